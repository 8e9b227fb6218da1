/* hubward allow-weak SUITE until DATE: a weak algorithm that lines name works until that day is
 * over (UTC), and then as if the lines did not name it. Without the line it works as long as they
 * do. */
#ifndef HUBWARD_CONFIG_WEAK_H
#define HUBWARD_CONFIG_WEAK_H

#include "config/config.h"

/* From now on the configuration goes by this day, in days since 1970: policies, transform-sets and
 * Diffie-Hellman groups whose day is over are marked. To be called by the owner of a configuration
 * that nobody looks at yet. */
void config_set_day(struct config *config, uint32_t day);

/* Is this Diffie-Hellman group among config->ended_groups? */
static inline bool weak_group_ended(uint64_t ended_groups, uint16_t group)
{
    return group < 64 && (ended_groups >> group & 1) != 0;
}

/* Does the configuration mean something else on the day `to` than on `from`, an earlier one? */
bool config_ends_between(const struct config *config, uint32_t from, uint32_t to);

/* "des", "3des", … */
const char *weak_word(enum weak_kind kind);
/* The kind of this word; WEAK_KIND_COUNT: none. */
enum weak_kind weak_kind_of(const char *word);

enum { WEAK_DATE = 16 };
/* YYYY-MM-DD to days since 1970 and back. RC_MALFORMED: no such day, or one before 1970. */
MUST_USE enum rc weak_day_parse(const char *text, uint32_t *out);
const char *weak_day_format(uint32_t day, char out[WEAK_DATE]);

#endif
