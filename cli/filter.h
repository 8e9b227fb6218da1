/* `| include`, `exclude`, `begin`, `section` and `count` behind a command, as IOS has them. */
#ifndef HUBWARD_CLI_FILTER_H
#define HUBWARD_CLI_FILTER_H

#include "base/rc.h"
#include "base/sink.h"

#include <regex.h>
#include <stdbool.h>

enum filter_kind {
    FILTER_NONE,
    FILTER_BEGIN,
    FILTER_COUNT,
    FILTER_EXCLUDE,
    FILTER_INCLUDE,
    FILTER_SECTION
};

struct filter {
    enum filter_kind kind;
    regex_t regex;  /* unless FILTER_NONE */
    bool open;      /* BEGIN, SECTION: lines pass now */
    size_t indent;  /* SECTION: of the line that opened it */
    size_t matched; /* lines that matched */
};

/* words: what stands behind the `|`, or NULL for no filter. Kinds may be cut as long as they stay
 * clear. RC_UNSUPPORTED: no such filter. RC_SHORT: the expression is missing. RC_MALFORMED: it is
 * not one. *out needs filter_free after RC_OK only. */
MUST_USE enum rc filter_parse(const char *words, struct filter *out);
void filter_free(struct filter *filter);

/* Add the lines of text that pass to out. Text may come in several calls, each of whole lines. */
void filter_apply(struct filter *filter, const char *text, struct sink *out);
/* What comes after the last line (the count). */
void filter_end(const struct filter *filter, struct sink *out);
/* There was a filter and it found nothing. */
bool filter_found_nothing(const struct filter *filter);

/* For `?`: the i-th kind's word and help; NULL past the last. */
const char *filter_word(size_t i, const char **help);

#endif
