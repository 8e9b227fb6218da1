/* Three damages, looked for in this order: a comment behind a command on one line, a comment that
 * runs into a command, a command broken over lines. Each repair needs the match of a whole command
 * as its proof. */
#include "config/repair.h"

#include "config/banner.h"
#include "config/foreign.h"
#include "config/match.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { PARAGRAPH_LINES = 12, PARAGRAPH_WORDS = 160, SHOWN = 200 };

/* Lines flowed together, and where each line that cannot be read as it stands begins and ends. */
struct paragraph {
    struct word words[PARAGRAPH_WORDS];
    size_t count;
    struct {
        size_t start, end; /* in words */
        size_t line;       /* in the text */
    } orphans[PARAGRAPH_LINES];
    size_t orphan_count;
    size_t next_line; /* behind the paragraph */
};

static bool is_comment(const struct text_line *line)
{
    return line->word_count > 0 && line->words[0].text[0] == '!';
}

/* `!---` and `! ---`: how the vendor's documents mark a comment. */
static bool is_mark(const struct word *words, size_t left)
{
    return left > 0 && words[0].text[0] == '!' &&
           (strncmp(words[0].text + 1, "--", 2) == 0 ||
            (!words[0].text[1] && left > 1 && strncmp(words[1].text, "--", 2) == 0));
}

static bool is_layout(const struct text_line *line)
{
    return line->word_count == 0 || strncmp(line->words[0].text, "```", 3) == 0;
}

static enum match_outcome outcome_of(enum config_mode mode, const struct word *words, size_t count,
                                     struct match *match)
{
    bool negated = count > 1 && strcasecmp(words[0].text, "no") == 0;
    match_words(mode, negated ? MATCH_NEGATED : MATCH_PLAIN, words + negated, count - negated,
                match);
    return match->outcome;
}

/* Is this a whole command where the parser stands, or a global one? */
static bool is_readable(enum config_mode mode, const struct word *words, size_t count)
{
    struct match match;
    return outcome_of(mode, words, count, &match) == MATCH_COMPLETE ||
           (mode != MODE_GLOBAL && outcome_of(MODE_GLOBAL, words, count, &match) == MATCH_COMPLETE);
}

/* ---- paragraphs ---- */

/* Joins `access-` and `list` of two lines. */
static bool join_hyphen(struct reader *reader, struct word *left, const struct word *right)
{
    size_t n = strlen(left->text);
    if (n < 2 || left->text[n - 1] != '-' || strspn(left->text, "!-") == n)
        return false;
    size_t size = n + strlen(right->text) + 1;
    char *joined = arena_alloc(reader->scratch, size);
    if (!joined)
        return false;
    snprintf(joined, size, "%s%s", left->text, right->text);
    left->text = joined;
    return true;
}

static void add_words(struct reader *reader, struct paragraph *p, const struct word *words,
                      size_t count)
{
    for (size_t i = 0; i < count && p->count < PARAGRAPH_WORDS; i++) {
        if (i == 0 && p->count > 0 && join_hyphen(reader, &p->words[p->count - 1], &words[0]))
            continue;
        p->words[p->count++] = words[i];
    }
}

static void add_orphan(struct reader *reader, struct paragraph *p, const struct text_line *line)
{
    size_t n = p->orphan_count++;
    p->orphans[n].start = p->count;
    add_words(reader, p, line->words, line->word_count);
    p->orphans[n].end = p->count;
    p->orphans[n].line = line->number - 1;
}

/* Flow what follows into the paragraph: comments if asked, and orphans, which are lines in the
 * first column that cannot be read as they stand. */
static void flow(struct reader *reader, enum config_mode mode, bool comments, size_t limit,
                 struct paragraph *p)
{
    size_t i = reader->at + 1;
    for (; i < reader->text->count && p->orphan_count < limit; i++) {
        const struct text_line *line = &reader->text->lines[i];
        if (is_layout(line))
            continue;
        if (comments && is_mark(line->words, line->word_count)) {
            add_words(reader, p, line->words, line->word_count);
            continue;
        }
        if (is_comment(line) || line->indent > 0 || p->count >= PARAGRAPH_WORDS ||
            is_readable(mode, line->words, line->word_count))
            break;
        add_orphan(reader, p, line);
    }
    p->next_line = i;
}

/* The words of the paragraph from `from` to `end` as a command, for a warning; no secrets. */
static const char *show(const struct match *match, char out[SHOWN])
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < match->argument_count && n < SHOWN - 1; i++) {
        const struct argument *argument = &match->arguments[i];
        bool secret = token_is_secret(argument->token);
        int used = snprintf(out + n, SHOWN - n, "%s%s", i ? " " : "",
                            secret ? "<hidden>" : argument->word->text);
        n += used > 0 ? (size_t)used : 0;
    }
    return out;
}

/* A whole command in these words. An orphan that begins with a foreign word is another command: it
 * may continue this one only where a keyword is due, not as somebody's name. */
static bool is_whole(const struct paragraph *p, enum config_mode mode, size_t from, size_t end,
                     struct match *match)
{
    match_words(mode, MATCH_STRICT, p->words + from, end - from, match);
    if (match->outcome != MATCH_COMPLETE)
        return false;
    for (size_t i = 0; i < match->argument_count; i++) {
        const struct argument *argument = &match->arguments[i];
        if (token_is_rest(argument->token) || argument->word->text[0] == '!')
            return false;
        for (size_t k = 0; k < p->orphan_count; k++)
            if (from + i == p->orphans[k].start && i > 0 && foreign_word(argument->word->text) &&
                !token_is_keyword(argument->token))
                return false;
    }
    return true;
}

static enum rc emit(struct reader *reader, const struct paragraph *p, size_t from, size_t end,
                    struct reader_line *out)
{
    size_t count = end - from;
    struct word *words = arena_alloc(reader->scratch, count * sizeof *words);
    if (!words)
        return RC_NO_MEMORY;
    memcpy(words, p->words + from, count * sizeof *words);
    out->words = words;
    out->count = count;
    return RC_OK;
}

static bool begins_command(const struct word *word)
{
    struct row_place place = {0, 0};
    const struct row *row;
    size_t n = strlen(word->text);
    while ((row = row_next(&place)))
        if (row->mode == MODE_GLOBAL && strncasecmp(row->syntax, word->text, n) == 0 &&
            (row->syntax[n] == ' ' || !row->syntax[n]))
            return true;
    return false;
}

/* The sub-line behind a comment proves that the comment's end opens a submode: it can be read there
 * and nowhere else. */
static bool opens_for_next(const struct reader *reader, const struct paragraph *p,
                           enum config_mode mode, const struct match *match)
{
    if (match->row->opens == MODE_GLOBAL || p->next_line >= reader->text->count)
        return false;
    const struct text_line *next = &reader->text->lines[p->next_line];
    struct match inside;
    return next->indent > 0 && !is_readable(mode, next->words, next->word_count) &&
           outcome_of(match->row->opens, next->words, next->word_count, &inside) == MATCH_COMPLETE;
}

/* A comment that runs into a command. *found: it did, and out is the command. */
static enum rc read_glued(struct reader *reader, enum config_mode mode, struct reader_line *out,
                          bool *found)
{
    const struct text_line *line = &reader->text->lines[reader->at];
    struct paragraph p = {.count = 0};
    struct match match;
    char shown[SHOWN];
    add_words(reader, &p, line->words + reader->word, line->word_count - reader->word);
    flow(reader, mode, true, PARAGRAPH_LINES, &p);
    size_t tries = p.orphan_count ? p.orphan_count : 1;
    while (tries-- > 0) {
        size_t end = p.orphan_count ? p.orphans[tries].end : p.count;
        for (size_t from = 1; from < end; from++) {
            if (!begins_command(&p.words[from]) || !is_whole(&p, MODE_GLOBAL, from, end, &match))
                continue;
            if (!p.orphan_count && !opens_for_next(reader, &p, mode, &match))
                continue;
            report_add(reader->reporter, CONFIG_WARNING, place_of(&p.words[from]), "glued-comment",
                       "a comment runs into a command, which was read as \"%s\"",
                       show(&match, shown));
            reader->at = p.orphan_count ? p.orphans[tries].line + 1 : p.next_line;
            reader->word = 0;
            *found = true;
            return emit(reader, &p, from, end, out);
        }
    }
    return RC_OK;
}

/* A command broken over lines: incomplete, or complete but followed by a line that begins with a
 * keyword it may go on with. */
static enum rc read_broken(struct reader *reader, enum config_mode mode, struct reader_line *out)
{
    enum { LINES = 3 };
    const struct text_line *line = &reader->text->lines[reader->at];
    const char *last = line->words[line->word_count - 1].text;
    struct paragraph p = {.count = 0};
    struct match match;
    char shown[SHOWN];
    match_words(mode, MATCH_STRICT, line->words, line->word_count, &match);
    enum match_outcome here = match.outcome, global = match.outcome;
    if (mode != MODE_GLOBAL && here != MATCH_COMPLETE) {
        match_words(MODE_GLOBAL, MATCH_STRICT, line->words, line->word_count, &match);
        global = match.outcome;
    }
    bool complete = here == MATCH_COMPLETE || global == MATCH_COMPLETE;
    if (!complete && here != MATCH_INCOMPLETE && global != MATCH_INCOMPLETE &&
        last[strlen(last) - 1] != '-')
        return RC_OK;
    add_words(reader, &p, line->words, line->word_count);
    size_t own = p.count;
    flow(reader, mode, false, LINES, &p);
    for (size_t i = p.orphan_count; i-- > 0;) {
        size_t end = p.orphans[i].end;
        enum config_mode modes[] = {mode, MODE_GLOBAL};
        for (size_t k = 0; k < 2; k++) {
            if (!is_whole(&p, modes[k], 0, end, &match) ||
                (complete && !token_is_keyword(match.arguments[own].token)))
                continue;
            report_add(reader->reporter, CONFIG_WARNING, place_of(&line->words[0]), "broken-line",
                       "the command goes on in line %zu and was read as \"%s\"",
                       p.orphans[0].line + 1, show(&match, shown));
            reader->at = p.orphans[i].line + 1;
            return emit(reader, &p, 0, end, out);
        }
    }
    return RC_OK;
}

/* Where a comment begins behind a command, or the number of words. A word that begins with `!` may
 * be a key, so the command is first tried with it. */
static size_t comment_start(const struct text_line *line, enum config_mode mode)
{
    size_t first = 1;
    while (first < line->word_count && line->words[first].text[0] != '!')
        first++;
    if (first >= line->word_count || is_readable(mode, line->words, line->word_count))
        return line->word_count;
    for (size_t i = first; i < line->word_count; i++)
        if (line->words[i].text[0] == '!' &&
            (is_readable(mode, line->words, i) || is_mark(line->words + i, line->word_count - i)))
            return i;
    return line->word_count;
}

static void warn_about(struct reader *reader, const struct text_line *line)
{
    struct place place = {line->number, 1, (unsigned)strlen(line->text)};
    if (line->control) {
        place.column = line->control;
        place.length = 1;
        report_add(reader->reporter, CONFIG_WARNING, place, "control-character",
                   "a control character was read as \"?\"");
    }
    if (line->word_count == 0 || !is_layout(line) || reader->layout_warned)
        return;
    reader->layout_warned = true;
    report_add(reader->reporter, CONFIG_WARNING, place, "document-layout",
               "lines such as this one belong to the document the text was taken from and were "
               "skipped");
}

static enum rc read_command(struct reader *reader, enum config_mode mode, struct reader_line *out)
{
    const struct text_line *line = &reader->text->lines[reader->at];
    size_t end = comment_start(line, mode);
    out->words = line->words;
    out->count = end;
    out->indent = line->indent;
    if (end < line->word_count) { /* the comment is read next: it may run on */
        reader->word = end;
        return RC_OK;
    }
    size_t before = reader->at;
    enum rc rc = read_broken(reader, mode, out);
    if (reader->at == before)
        reader->at++;
    return rc;
}

enum rc reader_next(struct reader *reader, enum config_mode mode, struct reader_line *out)
{
    *out = (struct reader_line){.words = NULL};
    while (reader->at < reader->text->count) {
        const struct text_line *line = &reader->text->lines[reader->at];
        bool found = false;
        enum rc rc = RC_OK;
        if (reader->word == 0)
            warn_about(reader, line);
        if (is_layout(line)) {
            reader->at++;
            continue;
        }
        if (reader->word == 0 && !is_comment(line)) {
            if (banner_begins(line, mode))
                return banner_read(reader, mode, out);
            return read_command(reader, mode, out);
        }
        if (is_mark(line->words + reader->word, line->word_count - reader->word))
            rc = read_glued(reader, mode, out, &found);
        if (rc != RC_OK || found)
            return rc;
        out->separated = out->separated || line->word_count == 1;
        reader->at++;
        reader->word = 0;
    }
    return RC_OK;
}
