/* What a row's apply function gets, and the functions that many rows share. */
#ifndef HUBWARD_CONFIG_APPLY_H
#define HUBWARD_CONFIG_APPLY_H

#include "config/draft.h"
#include "config/match.h"
#include "config/report.h"

struct apply {
    struct draft *draft;
    struct reporter *reporter;
    const struct match *match;
    const struct word *head; /* first word of the line */
    void *object;            /* of the open submode, or struct config in global mode */
    bool negated;            /* the line began with `no` */
};

/* The n-th argument's text, or NULL. */
const char *apply_text(const struct apply *apply, const char *name, size_t n);
bool apply_has(const struct apply *apply, const char *keyword);

/* Report an error at a word (NULL: at the head) and return RC_MALFORMED. */
enum rc apply_error(const struct apply *apply, const struct word *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* SECRET behind an optional type: 0 as it stands, 7 decoded, 6 refused with the way out. *out lives
 * in the configuration's arena. */
MUST_USE enum rc apply_secret(const struct apply *apply, struct span *out);

/* {ADDR [MASK] | ipv6 PREFIX6}. Without a mask an address is one host, and 0.0.0.0 everyone, as
 * routers read it. */
MUST_USE enum rc apply_prefix(const struct apply *apply, struct prefix *out);

/* Common rows. field: offset of the value in the draft object (or in struct config). */
row_apply apply_nothing;   /* accepted: this is how Hubward works anyway */
row_apply apply_flag;      /* bool */
row_apply apply_string;    /* const char *: the last argument, LINE to its end */
row_apply apply_number;    /* uint32_t: the last argument; `no`: row->initial */
row_apply apply_reference; /* struct reference: the last argument */

/* Fill a reference; RC_NO_MEMORY. */
MUST_USE enum rc apply_refer(const struct apply *apply, const struct word *word,
                             struct reference *out);

#endif
