/* Which outbound SA a packet takes, for one TUN: the SA with the narrowest selector on the peer's
 * side, then on ours, then by protocol and port; among equals the newest. SAs are hashed by the
 * prefix on the peer's side, one hash look-up for each prefix length in use, so ten thousand
 * clients with a host route each cost as much as one. */
#ifndef HUBWARD_ESP_SPD_H
#define HUBWARD_ESP_SPD_H

#include "esp/inner.h"
#include "esp/sa.h"
#include "esp/table.h"

struct esp_spd_class;

/* All zero, but for the seed, is an empty database. */
struct esp_spd {
    uint64_t seed;                 /* of the hash: selectors come from peers */
    struct esp_spd_class *classes; /* longest prefix first */
    size_t class_count;
    struct esp_table heads; /* hash of family, prefix length and prefix → list by preference */
};

/* The SA is borrowed until it is removed. RC_NO_MEMORY: not added. */
MUST_USE enum rc esp_spd_add(struct esp_spd *spd, struct esp_sa *sa);
void esp_spd_remove(struct esp_spd *spd, struct esp_sa *sa);
/* NULL: no SA carries such a packet. */
struct esp_sa *esp_spd_find(const struct esp_spd *spd, const struct esp_inner *inner);
void esp_spd_wipe(struct esp_spd *spd);

#endif
