/* What could have been meant: the nearest known word, and what may stand at a place. */
#ifndef HUBWARD_CONFIG_SUGGEST_H
#define HUBWARD_CONFIG_SUGGEST_H

#include "config/draft.h"
#include "config/match.h"

enum { SUGGEST_TEXT = 240 };

/* `"encryption", "hash" or "group"`, cut after a few. */
const char *suggest_expected(const struct match *match, char out[SUGGEST_TEXT]);

/* The expected keyword that looks like the word, in quotes; false when none does. */
bool suggest_near(const struct match *match, const char *word, char out[SUGGEST_TEXT]);

/* ` (did you mean "ippool"?)` for an object of items, whose wrappers start with their names; ""
 * when no name is near. */
const char *suggest_name(const struct items *items, const char *name, char out[SUGGEST_TEXT]);

#endif
