/* Matching a line against the table. What the words so far amount to is a row; the rows that begin
 * with its words, or with those that it names, and go on tell what may come next. */
#include "cli/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MAX = COMMAND_TEXT + 1 };

struct word {
    char text[WORD_MAX];
    size_t column;
};

/* Where the matcher stands. */
struct place {
    const char *path; /* words of the table that are behind, or several such with ", " between */
    struct command_call call;
};

/* Cut the next word off; false at the end of the line. A longer word than any can be is kept only
 * so far that it fits none. */
static bool next_word(const char *line, size_t *at, struct word *out)
{
    *at += strspn(line + *at, " \t");
    size_t len = strcspn(line + *at, " \t");
    if (!len)
        return false;
    size_t kept = len < WORD_MAX - 1 ? len : WORD_MAX - 1;
    memcpy(out->text, line + *at, kept);
    out->text[kept] = '\0';
    out->column = *at;
    *at += len;
    return true;
}

/* The word of this row behind so many octets, if it is the row's last: each word has a row of its
 * own that ends in it. */
static bool word_behind(const struct command *row, const char *path, size_t len, char out[WORD_MAX])
{
    const char *at = row->words;
    if (len) {
        if (strncmp(at, path, len) != 0 || at[len] != ' ')
            return false;
        at += len + 1;
    }
    size_t n = strcspn(at, " ");
    memcpy(out, at, n);
    out[n] = '\0';
    return at[n] == '\0';
}

/* The word of this row that follows the path, or false: the row is elsewhere or ends here. */
static bool row_next(const struct command *row, const char *path, char out[WORD_MAX])
{
    for (;;) {
        size_t len = strcspn(path, ",");
        if (word_behind(row, path, len, out))
            return true;
        if (!path[len])
            return false;
        path += len + 2;
    }
}

static bool is_value(const char *word)
{
    return word[0] >= 'A' && word[0] <= 'Z';
}

/* Every digit, nothing else, no overflow. */
static bool read_number(const char *text, uint64_t *out)
{
    char *end;
    if (strspn(text, "0123456789") != strlen(text) || !*text)
        return false;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0;
}

/* A name as it stands; one that was cut is none. */
static bool read_text(const char *text, char out[COMMAND_TEXT])
{
    size_t len = strlen(text);
    if (len >= COMMAND_TEXT)
        return false;
    memcpy(out, text, len + 1);
    return true;
}

/* The same behind what stands there already, with a blank between. */
static bool add_text(const char *text, char out[COMMAND_TEXT])
{
    size_t at = strlen(out);
    if (at + 1 + strlen(text) >= COMMAND_TEXT)
        return false;
    if (at)
        out[at++] = ' ';
    memcpy(out + at, text, strlen(text) + 1);
    return true;
}

/* Where the text of a value is kept. */
static char *place_of(const char *kind, struct command_call *call)
{
    const struct {
        const char *kind;
        char *at;
    } places[] = {{"POOL", call->pool},
                  {"LIST", call->list},
                  {"USER", call->user},
                  {"TAG", call->tag},
                  {"INTERFACE", call->interface}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(kind, places[i].kind) == 0)
            return places[i].at;
    return NULL;
}

static bool read_value(const char *kind, const char *text, struct command_call *call)
{
    char *at = place_of(kind, call);
    if (at)
        return read_text(text, at);
    if (strcmp(kind, "WHO") == 0)
        return add_text(text, call->user);
    if (strcmp(kind, "ADDRESS") == 0)
        return addr_parse(text, &call->addr) == RC_OK;
    if (strcmp(kind, "NUMBER") == 0)
        return read_number(text, &call->number);
    if (strcmp(kind, "SUITE") == 0) /* it has the company of words */
        return strchr(text, '-') && strlen(text) < COMMAND_TEXT;
    return strlen(text) < COMMAND_TEXT;
}

/* Does this word of the table fit what was typed? A value is tried for good. */
static bool fits(const char *word, const char *typed, struct command_call *call)
{
    if (is_value(word))
        return read_value(word, typed, call);
    return strncmp(word, typed, strlen(typed)) == 0;
}

/* False: the line is longer than any can be. */
static bool line_add(struct command_call *call, const char *word)
{
    size_t at = strlen(call->line), len = strlen(word);
    if (at + len + 2 > sizeof call->line)
        return false;
    if (at)
        call->line[at++] = ' ';
    memcpy(call->line + at, word, len + 1);
    return true;
}

/* Take one typed word. */
static enum command_match step(struct place *place, const struct word *word)
{
    const struct command *found = NULL;
    char next[WORD_MAX], chosen[WORD_MAX];
    size_t fitting = 0;
    bool exact = false;
    for (const struct command *row = commands; row->words && !exact; row++) {
        if (!row_next(row, place->path, next) || !fits(next, word->text, &place->call))
            continue;
        exact = strcmp(next, word->text) == 0;
        fitting = exact ? 1 : fitting + 1;
        found = row;
        memcpy(chosen, next, sizeof chosen);
    }
    if (fitting != 1)
        return fitting ? MATCH_AMBIGUOUS : MATCH_INVALID;
    if (!line_add(&place->call, is_value(chosen) ? word->text : chosen))
        return MATCH_INVALID;
    place->path = found->then ? found->then : found->words;
    place->call.command = found;
    return MATCH_OK;
}

enum command_match command_find(const char *line, struct command_call *out, size_t *column)
{
    struct place place = {.path = ""};
    struct word word;
    size_t at = 0;
    while (next_word(line, &at, &word)) {
        enum command_match match = step(&place, &word);
        *column = word.column;
        if (match != MATCH_OK)
            return match;
    }
    if (!place.call.command)
        return MATCH_EMPTY;
    if (!place.call.command->work)
        return MATCH_INCOMPLETE;
    *out = place.call;
    return MATCH_OK;
}

/* Walk all words but an unfinished last one, which goes to last ("" after a blank). */
static bool walk(const char *line, struct place *place, struct word *last)
{
    struct word word;
    size_t at = 0, len = strlen(line);
    last->text[0] = '\0';
    while (next_word(line, &at, &word)) {
        if (at == len) {
            *last = word;
            return true;
        }
        if (step(place, &word) != MATCH_OK)
            return false;
    }
    return true;
}

static bool offered(const char *next, const char *typed)
{
    return is_value(next) ? !*typed : strncmp(next, typed, strlen(typed)) == 0;
}

void command_help(const char *line, struct sink *out)
{
    struct place place = {.path = ""};
    struct word last;
    char next[WORD_MAX];
    if (!walk(line, &place, &last))
        return;
    for (const struct command *row = commands; row->words; row++)
        if (row_next(row, place.path, next) && offered(next, last.text))
            sink_format(out, "  %-10s  %s\n", next, row->help);
    if (!last.text[0] && place.call.command && place.call.command->work)
        sink_text(out, "  |           Output modifiers\n  <cr>\n");
}

void command_next(const char *line, struct sink *out)
{
    struct place place = {.path = ""};
    struct word last;
    char next[WORD_MAX];
    if (!walk(line, &place, &last))
        return;
    for (const struct command *row = commands; row->words; row++)
        if (row_next(row, place.path, next) && !is_value(next) && offered(next, last.text))
            sink_format(out, "%s\n", next);
}

void command_complete(const char *line, struct sink *out)
{
    struct place place = {.path = ""};
    struct word last;
    char next[WORD_MAX], common[WORD_MAX] = "";
    size_t count = 0;
    if (!walk(line, &place, &last))
        return;
    for (const struct command *row = commands; row->words; row++) {
        if (!row_next(row, place.path, next) || is_value(next) || !offered(next, last.text))
            continue;
        if (count++ == 0)
            memcpy(common, next, sizeof common);
        for (size_t i = 0; common[i]; i++)
            if (common[i] != next[i])
                common[i] = '\0';
    }
    size_t typed = strlen(last.text);
    if (strlen(common) > typed)
        sink_text(out, common + typed);
    if (count == 1)
        sink_char(out, ' ');
}
