/* `show crypto map` and `show crypto dynamic-map`: the entries as they are configured and, of a
 * running hub, the tunnels that dynamic entries have made, as IOS's temporary entries. */
#ifndef HUBWARD_CLI_SHOW_MAP_H
#define HUBWARD_CLI_SHOW_MAP_H

#include "base/sink.h"
#include "config/config.h"
#include "ike/status.h"

#include <jansson.h>

/* What all maps are shown with. */
struct show_maps {
    const struct config *config;
    struct status_ipsec *rows; /* live tunnels; put in order by show_maps_sort */
    size_t row_count;          /* 0 without a hub */
};

/* Put the rows in order, one for each flow. Call it once, before the others. */
void show_maps_sort(struct show_maps *maps);

void show_crypto_map(struct sink *out, const struct show_maps *maps, const struct crypto_map *map);
void show_dynamic_map(struct sink *out, const struct config *config, const struct dynamic_map *map);

/* Objects; NULL: out of memory. */
json_t *show_crypto_map_json(const struct show_maps *maps, const struct crypto_map *map);
json_t *show_dynamic_map_json(const struct config *config, const struct dynamic_map *map);

/* Is the map on this interface? name: as IOS spells it in full. */
bool show_map_is_on(const struct config *config, const struct crypto_map *map, const char *name);

#endif
