/* Words against the command table: unambiguous abbreviations, furthest match, what was expected.
 * A state is a place in a syntax string, so the table needs no compiling. */
#ifndef HUBWARD_CONFIG_MATCH_H
#define HUBWARD_CONFIG_MATCH_H

#include "config/argument.h"
#include "config/row.h"
#include "config/text.h"

enum match_outcome {
    MATCH_COMPLETE,
    MATCH_INCOMPLETE, /* the words are the beginning of a command */
    MATCH_UNKNOWN,    /* word `at` fits nothing */
    MATCH_AMBIGUOUS   /* word `at` abbreviates several keywords */
};

enum { MATCH_WORDS = 64, MATCH_EXPECTED = 24 };

/* A word and the token it stands for, in the order of the line. */
struct argument {
    struct token token;
    const struct word *word;
};

struct match {
    enum match_outcome outcome;
    const struct row *row;                 /* MATCH_COMPLETE */
    size_t at;                             /* words read before the failure */
    bool known;                            /* a command was recognised, only its arguments fail */
    bool secret;                           /* what stands behind word `at` may be a secret */
    bool secret_known;                     /* word `at` itself may be one, misplaced */
    bool secret_next;                      /* a secret is what may come next */
    struct token expected[MATCH_EXPECTED]; /* what could stand at `at`; no doubles */
    size_t expected_count;
    struct argument arguments[MATCH_WORDS]; /* MATCH_COMPLETE */
    size_t argument_count;
};

/* How to read: `no` in front was taken off, so that arguments may be left out; or strictly, for
 * repairs: only rows that describe the line to its end, the first word in full. */
enum match_style { MATCH_PLAIN, MATCH_NEGATED, MATCH_STRICT };

void match_words(enum config_mode mode, enum match_style style, const struct word *words,
                 size_t count, struct match *out);

/* The word of the n-th argument with this placeholder, NULL when absent. */
const struct word *match_word(const struct match *match, const char *name, size_t n);
/* Was this keyword on the line? */
bool match_has(const struct match *match, const char *keyword);

#endif
