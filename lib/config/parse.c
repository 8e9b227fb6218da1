/* Which mode a line belongs to, and what to say when it belongs nowhere. The rules of IOS: a line
 * is tried in the open submode, then as a global command, which leaves the submode. Beyond IOS:
 * what is unknown is an error where VPN commands are expected, and listed as ignored elsewhere. */
#include "config/parse.h"

#include "config/apply.h"
#include "config/foreign.h"
#include "config/printer.h"
#include "config/repair.h"
#include "config/suggest.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct parser {
    struct draft *draft;
    struct reporter *reporter;
    struct reader reader;
    enum config_mode mode;
    unsigned indent;   /* of the line that opened the submode */
    unsigned header;   /* its number */
    bool known_header; /* of a foreign submode: it began with a word of IOS */
    bool outdented;    /* lines of this submode stand as far left as its header */
    bool secret_due;   /* the line before ended where a secret was to come */
};

/* A line without its `no`. */
struct command_line {
    const struct word *words;
    size_t count;
    unsigned indent;
    bool negated;
    bool separated;
};

static bool is_submode(enum config_mode mode)
{
    return mode != MODE_GLOBAL && mode != MODE_FOREIGN && mode != MODE_REFUSED;
}

/* In these modes an unknown line is a mistake; below an interface it is none of our business. */
static bool is_strict(enum config_mode mode)
{
    return is_submode(mode) && mode != MODE_INTERFACE;
}

static bool is_ours(const struct command_line *line)
{
    return strcasecmp(line->words[0].text, "crypto") == 0 ||
           strcasecmp(line->words[0].text, "hubward") == 0;
}

static void open_mode(struct parser *parser, enum config_mode mode, const struct command_line *line)
{
    parser->mode = mode;
    parser->indent = line->indent;
    parser->header = line->words[0].line;
    parser->known_header = foreign_word(line->words[0].text);
    parser->outdented = false;
}

static void list_ignored(struct parser *parser, const struct command_line *line)
{
    char first[48], second[48] = "";
    snprintf(first, sizeof first, "%.40s", line->words[0].text);
    if (line->count > 1) {
        char both[100];
        snprintf(both, sizeof both, "%.40s %.40s", first, line->words[1].text);
        text_redact(both);
        snprintf(second, sizeof second, " %.44s", both + strlen(first) + 1);
    }
    report_add(parser->reporter, CONFIG_IGNORED, place_of(&line->words[0]), "", "%s%s%s%s",
               line->negated ? "no " : "", first, second, line->count > 2 ? " ..." : "");
}

/* ---- a line that is a command ---- */

/* Names the command up to its last keyword, and points at that. */
static enum rc refuse(struct parser *parser, const struct match *match,
                      const struct command_line *line)
{
    char words[160] = "";
    size_t n = 0, last = 0;
    for (size_t i = 0; i < match->argument_count; i++)
        if (token_is_keyword(match->arguments[i].token))
            last = i;
    for (size_t i = 0; i <= last && n < sizeof words; i++) {
        struct token token = match->arguments[i].token;
        bool keyword = token_is_keyword(token); /* in full, however it was abbreviated */
        const char *text = token_is_secret(token) ? PRINTER_HIDDEN : line->words[i].text;
        n += (size_t)snprintf(words + n, sizeof words - n, "%s%.*s", i ? " " : "",
                              keyword ? (int)token.len : 60, keyword ? token.at : text);
    }
    report_add(parser->reporter, CONFIG_ERROR, place_of(&line->words[last]), "", "\"%s\": %s",
               words, match->row->refuse);
    return RC_MALFORMED;
}

static enum rc apply_row(struct parser *parser, const struct match *match,
                         const struct command_line *line)
{
    const struct row *row = match->row;
    struct draft *draft = parser->draft;
    struct apply apply = {.draft = draft,
                          .reporter = parser->reporter,
                          .match = match,
                          .head = line->words,
                          .object =
                              row->mode == MODE_GLOBAL ? (void *)draft->config : draft->object,
                          .negated = line->negated};
    if (row->refuse && line->negated)
        return RC_OK; /* what is not supported is off */
    if (row->refuse)
        return refuse(parser, match, line);
    if (row->apply)
        return row->apply(&apply);
    if (!strstr(row->syntax, "remark"))
        list_ignored(parser, line);
    return RC_OK;
}

static enum rc run(struct parser *parser, const struct match *match,
                   const struct command_line *line)
{
    const struct row *row = match->row;
    if (row->mode == MODE_GLOBAL)
        parser->mode = MODE_GLOBAL;
    enum rc rc = apply_row(parser, match, line);
    if (row->opens != MODE_GLOBAL && !line->negated)
        open_mode(parser, rc == RC_OK ? row->opens : MODE_REFUSED, line);
    return rc == RC_MALFORMED ? RC_OK : rc; /* reported; go on */
}

/* ---- a line that is not ---- */

static void report_unknown(struct parser *parser, const struct match *match,
                           const struct command_line *line)
{
    char expected[SUGGEST_TEXT], near[SUGGEST_TEXT];
    suggest_expected(match, expected);
    if (match->outcome == MATCH_INCOMPLETE) {
        const struct word *last = &line->words[line->count - 1];
        struct place place = place_of(last);
        place.column += place.length;
        place.length = 1;
        parser->secret_due = match->secret_next;
        report_add(parser->reporter, CONFIG_ERROR, place, "",
                   "the command is not complete: %s must follow", expected);
        return;
    }
    const struct word *word = &line->words[match->at];
    bool like = suggest_near(match, word->text, near);
    bool hide = parser->secret_due || (match->secret_known && !like);
    const char *what = match->outcome == MATCH_AMBIGUOUS ? "ambiguous" : "unknown";
    const char *lead = like ? "did you mean " : "here could stand ";
    const char *tail = like ? "?" : "";
    if (hide)
        report_add_secret(parser->reporter, place_of(word), "unexpected word: here could stand %s",
                          expected);
    else if (match->secret || match->secret_known)
        report_add_secret_after(parser->reporter, place_of(word), "%s word \"%.60s\": %s%s%s", what,
                                word->text, lead, like ? near : expected, tail);
    else
        report_add(parser->reporter, CONFIG_ERROR, place_of(word), "", "%s word \"%.60s\": %s%s%s",
                   what, word->text, lead, like ? near : expected, tail);
}

/* A line below something that is not a VPN command. When the header is no word of IOS either, it
 * may be a broken VPN command, and then its lines must not get lost. */
static bool lost_below(const struct parser *parser, const struct command_line *line)
{
    struct match match;
    if (parser->known_header)
        return false;
    for (enum config_mode mode = MODE_KEYRING; mode <= MODE_ENTRY; mode++) {
        match_words(mode, MATCH_STRICT, line->words, line->count, &match);
        if (match.outcome == MATCH_COMPLETE && !match.row->refuse && match.row->apply &&
            match.argument_count > 1)
            return true;
    }
    return false;
}

/* `crypto`, also behind a router's prompt as in `Hub(config)#crypto`. */
static bool is_crypto(const char *word)
{
    size_t n = strlen(word), own = strlen("crypto");
    return n >= own && strcasecmp(word + n - own, "crypto") == 0 &&
           (n == own || word[n - own - 1] == '#' || word[n - own - 1] == '>');
}

/* Several commands on one line, as some documents' extraction leaves them: nothing of a VPN may get
 * lost because the line begins with something else. */
static const struct word *hidden_command(const struct parser *parser,
                                         const struct command_line *line)
{
    static const char *const seconds[] = {"isakmp", "ipsec", "map", "dynamic-map", "keyring"};
    if (foreign_word(line->words[0].text) ||
        (parser->mode == MODE_FOREIGN && parser->known_header && line->indent > parser->indent))
        return NULL;
    for (size_t i = 0; i + 1 < line->count; i++)
        for (size_t k = 0; k < sizeof seconds / sizeof *seconds; k++)
            if (is_crypto(line->words[i].text) &&
                strcasecmp(line->words[i + 1].text, seconds[k]) == 0)
                return &line->words[i];
    return NULL;
}

static enum rc unknown_line(struct parser *parser, const struct match *here,
                            const struct match *global, const struct command_line *line)
{
    bool inside = parser->mode != MODE_GLOBAL &&
                  (line->indent > parser->indent ||
                   (!line->separated && !foreign_word(line->words[0].text) &&
                    (parser->outdented || parser->header + 1 == line->words[0].line)));
    bool below = inside && is_submode(parser->mode);
    const struct match *best = below && here->at >= global->at ? here : global;
    if (is_ours(line) || best->known || (inside && is_strict(parser->mode))) {
        report_unknown(parser, best, line);
        return RC_OK;
    }
    if (inside && parser->mode == MODE_REFUSED)
        return RC_OK;
    if (line->indent > parser->indent && parser->mode == MODE_FOREIGN && lost_below(parser, line)) {
        report_add(parser->reporter, CONFIG_ERROR, place_of(line->words), "",
                   "this belongs below a crypto command, but line %u is none", parser->header);
        return RC_OK;
    }
    const struct word *hidden = hidden_command(parser, line);
    if (hidden) {
        report_add_secret_after(parser->reporter, place_of(hidden),
                                "a crypto command behind words that are none: write one command a "
                                "line");
        return RC_OK;
    }
    list_ignored(parser, line);
    if (!(line->indent > parser->indent && parser->mode != MODE_GLOBAL) &&
        !(inside && parser->mode == MODE_INTERFACE))
        open_mode(parser, MODE_FOREIGN, line);
    return RC_OK;
}

/* The line is not to be run: it holds <hidden>. In a printed text that is a secret like another,
 * except a user's, which has a form. */
static bool holds_hidden(struct parser *parser, const struct command_line *line)
{
    for (size_t i = 0; i < line->count; i++) {
        if (strcmp(line->words[i].text, PRINTER_HIDDEN) != 0)
            continue;
        if (parser->draft->printed)
            return strcmp(line->words[0].text, "username") == 0;
        report_add(parser->reporter, CONFIG_ERROR, place_of(&line->words[i]), "",
                   "%s stands where a secret was left out in printing: write the secret",
                   PRINTER_HIDDEN);
        return true;
    }
    return false;
}

static enum rc parse_line(struct parser *parser, const struct command_line *line)
{
    struct match here = {.outcome = MATCH_UNKNOWN}, global;
    enum match_style style = line->negated ? MATCH_NEGATED : MATCH_PLAIN;
    bool hidden = holds_hidden(parser, line);
    bool due = parser->secret_due;
    enum rc rc;
    if (is_submode(parser->mode))
        match_words(parser->mode, style, line->words, line->count, &here);
    if (here.outcome == MATCH_COMPLETE) {
        parser->outdented = parser->outdented || line->indent <= parser->indent;
        rc = hidden ? RC_OK : run(parser, &here, line);
    } else {
        match_words(MODE_GLOBAL, style, line->words, line->count, &global);
        bool foreign_sub = parser->mode == MODE_FOREIGN && line->indent > parser->indent;
        if (global.outcome == MATCH_COMPLETE && (!foreign_sub || is_ours(line)))
            rc = hidden ? RC_OK : run(parser, &global, line);
        else
            rc = unknown_line(parser, &here, &global, line);
    }
    if (due)
        parser->secret_due = false;
    return rc;
}

static void note_rest(struct parser *parser)
{
    for (size_t i = parser->reader.at; i < parser->reader.text->count; i++) {
        const struct text_line *line = &parser->reader.text->lines[i];
        if (line->word_count == 0 || line->words[0].text[0] == '!')
            continue;
        report_add(parser->reporter, CONFIG_IGNORED, place_of(line->words), "",
                   "everything after \"end\"");
        return;
    }
}

enum rc parse_text(const struct text *text, struct draft *draft, struct reporter *reporter)
{
    struct parser parser = {.draft = draft, .reporter = reporter};
    parser.reader = (struct reader){.text = text, .scratch = draft->scratch, .reporter = reporter};
    while (!draft->ended) {
        struct reader_line read;
        enum rc rc = reader_next(&parser.reader, parser.mode, &read);
        if (rc != RC_OK)
            return rc;
        if (read.count == 0)
            return RC_OK;
        bool negated = strcasecmp(read.words[0].text, "no") == 0 && read.count > 1;
        struct command_line line = {read.words + negated, read.count - negated, read.indent,
                                    negated, read.separated};
        rc = parse_line(&parser, &line);
        if (rc != RC_OK)
            return rc;
    }
    note_rest(&parser);
    return RC_OK;
}
