/* A tunnel whose flow a static entry names is that entry's; every other one of the map came from a
 * dynamic entry. */
#include "cli/map_live.h"

#include "cli/show_ipsec.h"

#include <string.h>

void show_maps_sort(struct show_maps *maps)
{
    size_t kept = 0;
    show_ipsec_sort(maps->rows, maps->row_count);
    for (size_t i = 0; i < maps->row_count; i++) /* the newest pair of a flow is its last */
        if (i + 1 == maps->row_count || !show_ipsec_same_flow(&maps->rows[i], &maps->rows[i + 1]))
            maps->rows[kept++] = maps->rows[i];
    maps->row_count = kept;
}

static bool is_of_entry(const struct crypto_map *map, const struct map_entry *entry,
                        const struct status_ipsec *row)
{
    if (entry->dynamic || strcmp(row->map, map->name) != 0)
        return false;
    if (entry->match && !acl_permits(entry->match, &row->ours, &row->theirs))
        return false;
    if (config_entry_names(entry, row->remote.addr))
        return true;
    /* What a name was found to be, its pairs know. */
    bool by_name = false;
    for (size_t i = 0; i < entry->peer_count; i++)
        by_name = by_name || entry->peers[i].host;
    return by_name || entry->discover;
}

struct addr map_live_peer(const struct show_maps *maps, const struct crypto_map *map,
                          const struct map_entry *entry)
{
    for (size_t i = 0; i < maps->row_count; i++)
        if (is_of_entry(map, entry, &maps->rows[i]))
            return maps->rows[i].remote.addr;
    for (size_t i = 0; i < entry->peer_count; i++)
        if (entry->peers[i].preferred)
            return entry->peers[i].addr;
    return entry->peer_count ? entry->peers[0].addr : (struct addr){.family = ADDR_NONE};
}

/* The one template of the map, and the number of the last reference to one. */
static const struct dynamic_map *template_of(const struct crypto_map *map, unsigned *sequence)
{
    const struct dynamic_map *found = NULL;
    size_t count = 0;
    *sequence = 0;
    for (size_t i = 0; i < map->entry_count; i++) {
        if (!map->entries[i].dynamic)
            continue;
        found = map->entries[i].dynamic;
        *sequence = map->entries[i].sequence;
        count++;
    }
    return count == 1 ? found : NULL;
}

static bool is_temporary(const struct crypto_map *map, const struct status_ipsec *row)
{
    for (size_t i = 0; i < map->entry_count; i++)
        if (is_of_entry(map, &map->entries[i], row))
            return false;
    return strcmp(row->map, map->name) == 0;
}

bool map_live_temporary(const struct show_maps *maps, const struct crypto_map *map, size_t *at,
                        struct map_temporary *next)
{
    unsigned sequence;
    const struct dynamic_map *from = template_of(map, &sequence);
    while (*at < maps->row_count) {
        const struct status_ipsec *row = &maps->rows[(*at)++];
        if (!is_temporary(map, row))
            continue;
        if (next->sequence < sequence)
            next->sequence = sequence;
        *next = (struct map_temporary){next->sequence + 1, from, row};
        return true;
    }
    return false;
}
