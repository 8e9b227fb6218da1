/* Cutting lines and words, comparing them loosely, and blanking secrets in what is quoted. */
#include "config/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { CONTROL_C = 0x03 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Copies one line, blanks and control characters put right, and cuts trailing blanks. */
static char *copy_line(struct arena *arena, const char *from, size_t n, struct text_line *line)
{
    char *copy = arena_strndup(arena, from, n);
    if (!copy)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)copy[i];
        if (c == 0xc2 && i + 1 < n && (unsigned char)copy[i + 1] == 0xa0) {
            copy[i] = copy[i + 1] = ' ';
            line->odd_blanks = true;
        } else if ((c < ' ' && c != '\t' && c != CONTROL_C) || c == 0x7f) {
            copy[i] = '?';
            if (!line->control)
                line->control = (unsigned)i + 1;
        }
    }
    while (n > 0 && is_blank(copy[n - 1]))
        copy[--n] = '\0';
    return copy;
}

static size_t count_words(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += !is_blank(*text) && (is_blank(text[1]) || !text[1]);
    return count;
}

static enum rc cut_words(struct arena *arena, struct text_line *line)
{
    size_t count = count_words(line->text);
    if (count == 0)
        return RC_OK;
    char *copy = arena_strdup(arena, line->text);
    line->words = arena_alloc(arena, count * sizeof *line->words);
    if (!copy || !line->words)
        return RC_NO_MEMORY;
    for (size_t at = 0; line->word_count < count;) {
        while (is_blank(copy[at]))
            copy[at++] = '\0';
        line->words[line->word_count++] = (struct word){.text = copy + at,
                                                        .rest = line->text + at,
                                                        .line = line->number,
                                                        .column = (unsigned)at + 1};
        while (copy[at] && !is_blank(copy[at]))
            at++;
    }
    line->indent = line->words[0].column - 1;
    return RC_OK;
}

enum rc text_split(struct arena *arena, struct span source, struct text *out)
{
    struct text text = {.lines = NULL};
    const char *at = (const char *)source.at;
    size_t left = source.len;
    if (left >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0) { /* byte order mark */
        at += 3;
        left -= 3;
    }
    while (left > 0) {
        const char *newline = memchr(at, '\n', left);
        size_t n = newline ? (size_t)(newline - at) : left;
        size_t shown = n > 0 && at[n - 1] == '\r' ? n - 1 : n;
        struct text_line line = {.number = (unsigned)text.count + 1};
        line.text = copy_line(arena, at, shown, &line);
        if (!line.text || cut_words(arena, &line) != RC_OK)
            return RC_NO_MEMORY;
        struct text_line *lines = arena_grow(arena, text.lines, text.count, sizeof *lines);
        if (!lines)
            return RC_NO_MEMORY;
        text.lines = lines;
        text.lines[text.count++] = line;
        at += newline ? n + 1 : n;
        left -= newline ? n + 1 : n;
    }
    *out = text;
    return RC_OK;
}

static char lower(char c)
{
    return (char)tolower((unsigned char)c);
}

/* Bounded recursion: each difference found leaves one less to spend. */
static unsigned distance(const char *a, const char *b, unsigned budget)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    if (!*a && !*b)
        return 0;
    if (budget == 0)
        return 1;
    unsigned best = budget + 1;
    unsigned tries[] = {
        *a && *b ? distance(a + 1, b + 1, budget - 1) : best,
        *a ? distance(a + 1, b, budget - 1) : best,
        *b ? distance(a, b + 1, budget - 1) : best,
        *a && *b && lower(a[0]) == lower(b[1]) && lower(a[1]) == lower(b[0]) && a[1] && b[1]
            ? distance(a + 2, b + 2, budget - 1)
            : best,
    };
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++)
        best = tries[i] + 1 < best ? tries[i] + 1 : best;
    return best;
}

unsigned text_distance(const char *a, const char *b)
{
    unsigned found = distance(a, b, 2);
    return found > 3 ? 3 : found;
}

static bool announces_secret(const char *word)
{
    static const char *const words[] = {"key", "password", "secret", "key-string", "passphrase"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(word);
        if (text_distance(word, words[i]) <= 1 ||
            (n >= 4 && n < strlen(words[i]) && strncasecmp(word, words[i], n) == 0))
            return true;
    }
    return false;
}

void text_redact(char *line)
{
    static const char *const types = "0567889";
    bool hiding = false;
    for (char *at = line; *at;) {
        while (is_blank(*at))
            at++;
        char *end = at;
        while (*end && !is_blank(*end))
            end++;
        char kept = *end;
        *end = '\0';
        if (hiding && (strcasecmp(at, "address") == 0 || strcasecmp(at, "hostname") == 0))
            hiding = false;
        bool type = kept && strlen(at) == 1 && strchr(types, *at);
        if (hiding && !type)
            memset(at, '*', (size_t)(end - at));
        else if (!hiding && *at)
            hiding = announces_secret(at);
        *end = kept;
        at = end;
    }
}
