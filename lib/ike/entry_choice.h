/* Which map entry and which transforms a quick mode gets: entries in the order of select/map.h,
 * each with its transform-sets, until one takes both the proxies and the proposal. Pure; quick mode
 * and what-if share it. */
#ifndef HUBWARD_IKE_ENTRY_CHOICE_H
#define HUBWARD_IKE_ENTRY_CHOICE_H

#include "ike/proposal.h"
#include "select/map.h"

/* What a map entry asks of phase 2 on such a path. */
struct ike_child_terms entry_terms(const struct config *config, const struct map_entry *entry,
                                   enum ike_natt_kind natt);

/* Does it stand in the map itself, and not in a template? */
bool entry_is_static(const struct crypto_map *map, const struct map_entry *entry);

struct entry_choice {
    const struct map_entry *entry; /* the one that took all; NULL: none */
    const struct map_entry *last;  /* the last whose transforms were judged; NULL: none */
    struct ike_child_suite suite;
    struct ike_choice choice; /* borrows the SA body */
    struct decision map;
    struct decision transforms; /* of `entry`, else of the first that took the proxies; only when
                                   last is not NULL */
};

/* facts->map must not be NULL. RC_OK; RC_NOT_FOUND: no entry takes the proxies; RC_NO_PROPOSAL:
 * none of those that do has the transforms; RC_MALFORMED: not a proper SA payload. */
MUST_USE enum rc entry_choose(const struct config *config, const struct map_facts *facts,
                              enum ike_natt_kind natt, struct span sa_body, size_t ke_len,
                              struct entry_choice *out);

#endif
