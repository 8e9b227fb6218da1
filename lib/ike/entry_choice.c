/* The walk over entries and their transforms. */
#include "ike/entry_choice.h"

struct ike_child_terms entry_terms(const struct config *config, const struct map_entry *entry,
                                   enum ike_natt_kind natt)
{
    return (struct ike_child_terms){
        .sets = entry->sets,
        .set_count = entry->set_count,
        .pfs_group = entry->pfs_group,
        .lifetime_s = entry->lifetime_s ? entry->lifetime_s : config->ipsec_lifetime_s,
        .lifetime_kb = entry->lifetime_kb ? entry->lifetime_kb : config->ipsec_lifetime_kb,
        .ended_groups = config->ended_groups,
        .natt = natt};
}

bool entry_is_static(const struct crypto_map *map, const struct map_entry *entry)
{
    for (size_t i = 0; i < map->entry_count; i++)
        if (&map->entries[i] == entry)
            return true;
    return false;
}

enum rc entry_choose(const struct config *config, const struct map_facts *facts,
                     enum ike_natt_kind natt, struct span sa_body, size_t ke_len,
                     struct entry_choice *out)
{
    struct map_walk walk = {0};
    const struct map_entry *entry;
    enum rc rc = RC_NOT_FOUND;
    out->entry = out->last = NULL;
    while (rc != RC_OK && (entry = select_map_next(config, facts, &walk, &out->map))) {
        struct decision judged;
        const struct ike_child_terms terms = entry_terms(config, entry, natt);
        rc = ike_p2_choose(sa_body, &terms, ke_len, &out->suite, &out->choice, &judged);
        if (rc != RC_OK && rc != RC_NO_PROPOSAL)
            return rc;
        /* The first entry that took the proxies says best what its transforms lack. */
        if (rc == RC_OK || !out->last)
            out->transforms = judged;
        out->last = entry;
        if (rc == RC_OK)
            out->entry = entry;
    }
    return rc;
}
