/* Which live tunnel belongs to which entry of a crypto map. */
#ifndef HUBWARD_CLI_MAP_LIVE_H
#define HUBWARD_CLI_MAP_LIVE_H

#include "cli/show_map.h"

/* The peer of a static entry that a tunnel is up with, else its first one; ADDR_NONE: it has no
 * peer. */
struct addr map_live_peer(const struct show_maps *maps, const struct crypto_map *map,
                          const struct map_entry *entry);

/* A tunnel of a dynamic entry. */
struct map_temporary {
    unsigned sequence;              /* what IOS would number it */
    const struct dynamic_map *from; /* NULL: the map has several templates */
    const struct status_ipsec *row;
};

/* The next temporary entry of the map; false at the end. *at counts the rows that were looked at,
 * *next is the one before: both zero at first. */
bool map_live_temporary(const struct show_maps *maps, const struct crypto_map *map, size_t *at,
                        struct map_temporary *next);

#endif
