/* A set of states walks all rows of a mode at once, because an abbreviation is unambiguous only
 * among all of them; the row that remains is then read a second time to tie words to tokens. */
#include "config/match.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { STATES = 320, ROW_STATES = 48 };

struct state {
    const struct row *row;
    const char *at; /* start of a token; the terminator: the row is complete */
};
struct states {
    struct state items[STATES];
    size_t count;
};
struct places {
    const char *items[ROW_STATES];
    size_t count;
};

static struct token token_of(const char *at)
{
    struct token token = {at, 0};
    for (;; token.len++) {
        char c = at[token.len];
        bool dots = c == '.' && at[token.len + 1] == '.';
        if (!c || c == ' ' || c == '|' || c == ']' || c == '}' || dots)
            return token;
    }
}

static const char *group_end(const char *at) /* from inside a group: behind its bracket */
{
    unsigned depth = 0;
    for (; *at; at++) {
        if (*at == '[' || *at == '{')
            depth++;
        else if ((*at == ']' || *at == '}') && depth-- == 0)
            return at + 1;
    }
    return at;
}

static const char *group_start(const char *syntax, const char *close)
{
    unsigned depth = 0;
    for (const char *at = close; at > syntax; at--) {
        if (at[-1] == ']' || at[-1] == '}')
            depth++;
        else if ((at[-1] == '[' || at[-1] == '{') && depth-- == 0)
            return at - 1;
    }
    return syntax;
}

static void reach(const char *syntax, const char *at, struct places *out);

static void reach_alternatives(const char *syntax, const char *open, struct places *out)
{
    unsigned depth = 0;
    reach(syntax, open + 1, out);
    for (const char *at = open + 1; *at; at++) {
        if (*at == '[' || *at == '{')
            depth++;
        else if ((*at == ']' || *at == '}') && depth-- == 0)
            return;
        else if (*at == '|' && depth == 0)
            reach(syntax, at + 1, out);
    }
}

static void reach_after(const char *syntax, const char *close, const char *again,
                        struct places *out)
{
    if (strncmp(close, "...", 3) == 0) {
        reach(syntax, again, out);
        close += 3;
    }
    reach(syntax, close, out);
}

/* All tokens that may come next from a place in a syntax. */
static void reach(const char *syntax, const char *at, struct places *out)
{
    while (*at == ' ')
        at++;
    if (*at == '[' || *at == '{') {
        reach_alternatives(syntax, at, out);
        if (*at == '[')
            reach(syntax, group_end(at + 1), out);
        return;
    }
    if (*at == '|' || *at == ']' || *at == '}') {
        const char *behind = group_end(at);
        reach_after(syntax, behind, group_start(syntax, behind - 1), out);
        return;
    }
    for (size_t i = 0; i < out->count; i++)
        if (out->items[i] == at)
            return;
    if (out->count < ROW_STATES)
        out->items[out->count++] = at;
}

static void reach_next(const char *syntax, struct token token, struct places *out)
{
    reach_after(syntax, token.at + token.len, token.at, out);
}

static void add_states(struct states *states, const struct row *row, const struct places *places)
{
    for (size_t i = 0; i < places->count && states->count < STATES; i++)
        states->items[states->count++] = (struct state){row, places->items[i]};
}

/* first: rows that can begin with this word; NULL: all rows of the mode. */
static void first_states(enum config_mode mode, enum match_style style, const char *first,
                         struct states *out)
{
    const struct row *row;
    struct row_place place = {0, 0};
    out->count = 0;
    while ((row = row_next(&place))) {
        bool keyword = islower((unsigned char)*row->syntax);
        if (row->mode != mode || (style == MATCH_STRICT && row->fallback) ||
            (first && keyword && tolower((unsigned char)*first) != *row->syntax))
            continue;
        struct places places;
        places.items[0] = row->syntax;
        places.count = keyword;
        if (!keyword)
            reach(row->syntax, row->syntax, &places);
        add_states(out, row, &places);
    }
}

static bool keyword_begins(struct token token, const char *word)
{
    size_t n = strlen(word);
    bool number = isdigit((unsigned char)*token.at) &&
                  strspn(token.at, "0123456789") >= token.len; /* 1 is no short form of 14 */
    return n <= token.len && strncasecmp(token.at, word, n) == 0 && (n == token.len || !number);
}

static bool token_equal(struct token a, struct token b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* The keyword a word means: in full, or the only one it abbreviates. Returns how many it could be;
 * the first word of a line needs two letters, or everything would be a command. */
static size_t find_keyword(const struct states *states, const char *word, bool whole,
                           struct token *out)
{
    size_t found = 0;
    for (size_t i = 0; i < states->count; i++) {
        struct token token = token_of(states->items[i].at);
        if (!token_is_keyword(token) || !keyword_begins(token, word))
            continue;
        if (strlen(word) == token.len) {
            *out = token;
            return 1;
        }
        if (whole || (found && token_equal(*out, token)))
            continue;
        *out = token;
        found++;
    }
    return found;
}

static bool row_has_secret(const struct row *row)
{
    return strstr(row->syntax, "SECRET") || strstr(row->syntax, "PASSWORD");
}

/* Is the token the last before a secret? */
static bool leads_to_secret(const struct row *row, struct token token)
{
    struct places next;
    next.count = 0;
    if (!row_has_secret(row) || token.len == 0)
        return false;
    reach_next(row->syntax, token, &next);
    for (size_t i = 0; i < next.count; i++)
        if (token_is_secret(token_of(next.items[i])))
            return true;
    return false;
}

/* Describe the states at which a line ended or failed. */
static void describe(const struct states *states, struct match *out)
{
    for (size_t i = 0; i < states->count; i++) {
        const struct row *row = states->items[i].row;
        struct token token = token_of(states->items[i].at);
        bool seen = false;
        size_t head = row_head_words(row);
        out->known = out->known || (head > 0 && head <= out->at);
        out->secret = out->secret || leads_to_secret(row, token);
        out->secret_known =
            out->secret_known || (head > 0 && head <= out->at && row_has_secret(row));
        out->secret_next = out->secret_next || token_is_secret(token);
        for (size_t k = 0; k < out->expected_count && !seen; k++)
            seen = token_equal(out->expected[k], token);
        if (!seen && out->expected_count < MATCH_EXPECTED)
            out->expected[out->expected_count++] = token;
    }
}

struct reading {
    const struct word *words;
    size_t count;
    const struct token *keywords; /* per word; len 0: not a keyword */
    bool may_stop;                /* `no` forms */
    struct argument *arguments;
};

/* Tie words to tokens, depth first in the order of the syntax. Returns the number of arguments,
 * or SIZE_MAX when this way does not lead to the end. */
static size_t tie(const struct reading *r, const char *syntax, const struct places *places,
                  size_t i)
{
    for (size_t p = 0; p < places->count; p++) {
        const char *at = places->items[p];
        struct token token = token_of(at);
        if (i == r->count && (!*at || r->may_stop))
            return i;
        if (i == r->count || !*at)
            continue;
        r->arguments[i] = (struct argument){token, &r->words[i]};
        if (token_is_keyword(token) ? !token_equal(token, r->keywords[i])
                                    : !token_accepts(token, r->words[i].text))
            continue;
        if (token_is_rest(token))
            return i + 1;
        struct places next = {.count = 0};
        reach_next(syntax, token, &next);
        size_t end = tie(r, syntax, &next, i + 1);
        if (end != SIZE_MAX)
            return end;
    }
    return SIZE_MAX;
}

static void step(const struct states *from, const char *word, struct token keyword,
                 struct states *to, struct states *ended)
{
    to->count = 0;
    for (size_t i = 0; i < from->count; i++) {
        const struct state *state = &from->items[i];
        struct token token = token_of(state->at);
        struct places places;
        places.count = 0;
        if (!*state->at)
            continue;
        if (token_is_keyword(token) ? !token_equal(token, keyword) : !token_accepts(token, word))
            continue;
        if (token_is_rest(token)) {
            if (ended->count < STATES)
                ended->items[ended->count++] = *state;
            continue;
        }
        reach_next(state->row->syntax, token, &places);
        add_states(to, state->row, &places);
    }
}

/* The row whose syntax may end here; at_end is NULL when the words stopped before. Table order
 * decides, rows that end by themselves go before those that swallow the rest, fallbacks last. */
static const struct row *choose(const struct states *at_end, const struct states *ended,
                                bool negated, size_t count)
{
    for (int fallback = 0; fallback < 2; fallback++) {
        for (size_t i = 0; at_end && i < at_end->count; i++) {
            const struct row *row = at_end->items[i].row;
            size_t head = row_head_words(row);
            bool done = !*at_end->items[i].at || (negated && head > 0 && head <= count);
            if (row->fallback == (fallback == 1) && done)
                return row;
        }
        for (size_t i = 0; i < ended->count; i++)
            if (ended->items[i].row->fallback == (fallback == 1))
                return ended->items[i].row;
    }
    return NULL;
}

struct walk {
    struct states sets[2];
    struct states *now;  /* after the words read so far */
    struct states ended; /* rows that took the rest of the line */
    struct token keywords[MATCH_WORDS];
    size_t read;
    bool ambiguous; /* the word that stopped it abbreviates several keywords */
};

static void walk_words(struct walk *walk, enum match_style style, const struct word *words,
                       size_t count)
{
    struct states *next = &walk->sets[1];
    for (size_t i = 0; i < count && i < MATCH_WORDS; i++) {
        bool whole = i == 0 && (style == MATCH_STRICT || strlen(words[0].text) < 2);
        struct token keyword = {NULL, 0};
        size_t found = find_keyword(walk->now, words[i].text, whole, &keyword);
        walk->keywords[i] = found == 1 ? keyword : (struct token){NULL, 0};
        step(walk->now, words[i].text, walk->keywords[i], next, &walk->ended);
        walk->ambiguous = found > 1 && next->count == 0;
        if (next->count == 0)
            return;
        struct states *swap = walk->now;
        walk->now = next;
        next = swap;
        walk->read = i + 1;
    }
}

static void tie_row(const struct walk *walk, enum match_style style, const struct word *words,
                    size_t count, struct match *out)
{
    struct reading reading = {words, count < MATCH_WORDS ? count : MATCH_WORDS, walk->keywords,
                              style == MATCH_NEGATED, out->arguments};
    struct places places = {.count = 0};
    reach(out->row->syntax, out->row->syntax, &places);
    size_t tied = tie(&reading, out->row->syntax, &places, 0);
    out->outcome = tied == SIZE_MAX ? MATCH_UNKNOWN : MATCH_COMPLETE;
    out->argument_count = tied == SIZE_MAX ? 0 : tied;
}

void match_words(enum config_mode mode, enum match_style style, const struct word *words,
                 size_t count, struct match *out)
{
    struct walk walk;
    walk.now = &walk.sets[0];
    walk.ended.count = 0;
    walk.read = 0;
    walk.ambiguous = false;
    memset(out, 0, sizeof *out);
    first_states(mode, style, count ? words[0].text : NULL, walk.now);
    walk_words(&walk, style, words, count);
    out->at = walk.read;
    out->row =
        choose(walk.read == count ? walk.now : NULL, &walk.ended, style == MATCH_NEGATED, count);
    if (out->row) {
        tie_row(&walk, style, words, count, out);
        return;
    }
    out->outcome = walk.read == count ? MATCH_INCOMPLETE
                   : walk.ambiguous   ? MATCH_AMBIGUOUS
                                      : MATCH_UNKNOWN;
    if (walk.read == 0) /* say all that could begin a line */
        first_states(mode, style, NULL, walk.now);
    describe(walk.now, out);
}

const struct word *match_word(const struct match *match, const char *name, size_t n)
{
    for (size_t i = 0; i < match->argument_count; i++)
        if (token_is(match->arguments[i].token, name) && n-- == 0)
            return match->arguments[i].word;
    return NULL;
}

bool match_has(const struct match *match, const char *keyword)
{
    return match_word(match, keyword, 0) != NULL;
}
