/* The delimiter is the first character of the text, or ^C, which stands for control-C and is how
 * `show running-config` prints it. */
#include "config/banner.h"

#include <string.h>
#include <strings.h>

static bool is_kind(const char *word)
{
    static const char *const kinds[] = {"motd",     "login",          "exec",
                                        "incoming", "prompt-timeout", "slip-ppp"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcasecmp(word, kinds[i]) == 0)
            return true;
    return false;
}

bool banner_begins(const struct text_line *line, enum config_mode mode)
{
    if (line->word_count < 2 || strcasecmp(line->words[0].text, "banner") != 0)
        return false;
    return mode == MODE_GROUP || is_kind(line->words[1].text) || line->words[1].text[0] == '^' ||
           strlen(line->words[1].text) == 1;
}

static size_t delimiter_len(const char *text)
{
    return strncmp(text, "^C", 2) == 0 ? 2 : 1;
}

static const char *find_delimiter(const char *text, const char *delimiter, size_t n)
{
    for (; strlen(text) >= n; text++)
        if (strncmp(text, delimiter, n) == 0)
            return text;
    return NULL;
}

/* Lines from..to joined with newlines, the first from `start` on, the last cut at `end`. */
static char *join(struct reader *reader, size_t to, const char *start, const char *end)
{
    size_t size = strlen(start) + 2, n;
    for (size_t i = reader->at + 1; i <= to; i++)
        size += strlen(reader->text->lines[i].text) + 1;
    char *text = arena_alloc(reader->scratch, size), *at = text;
    for (size_t i = reader->at; text && i <= to; i++) {
        const char *line = i == reader->at ? start : reader->text->lines[i].text;
        n = i == to ? (size_t)(end - line) : strlen(line);
        memcpy(at, line, n);
        at += n;
        if (i < to)
            *at++ = '\n';
    }
    return text;
}

enum rc banner_read(struct reader *reader, enum config_mode mode, struct reader_line *out)
{
    const struct text_line *line = &reader->text->lines[reader->at];
    bool of_group = mode == MODE_GROUP && !is_kind(line->words[1].text);
    const struct word *first = &line->words[of_group || !is_kind(line->words[1].text) ? 1 : 2];
    *out = (struct reader_line){.words = line->words, .count = 2, .indent = line->indent};
    if (first == &line->words[2] && line->word_count < 3) { /* the kind and nothing more */
        reader->at++;
        return RC_OK;
    }
    size_t n = delimiter_len(first->rest), last = reader->at;
    const char *start = first->rest + n, *end = find_delimiter(start, first->rest, n);
    while (!end && ++last < reader->text->count)
        end = find_delimiter(reader->text->lines[last].text, first->rest, n);
    if (!end) {
        report_add(reader->reporter, CONFIG_ERROR, place_of(first), "",
                   "the banner has no closing delimiter");
        reader->at++;
        return RC_OK;
    }
    struct word *words = arena_alloc(reader->scratch, 2 * sizeof *words);
    char *text = join(reader, last, start, end);
    if (!words || !text)
        return RC_NO_MEMORY;
    words[0] = line->words[0];
    words[1] = line->words[1];
    if (of_group)
        words[1].text = words[1].rest = text;
    out->words = words;
    reader->at = last + 1;
    return RC_OK;
}
