/* All SAs of the data path: inbound ones by SPI, outbound ones by TUN and selectors, both by the
 * tunnel they belong to. A database has one owner and no lock. */
#ifndef HUBWARD_ESP_SADB_H
#define HUBWARD_ESP_SADB_H

#include "esp/inner.h"
#include "esp/sa.h"

struct esp_sadb;

/* A pair of SAs that one quick mode made. Lives while one of them does. */
struct esp_tunnel {
    uint64_t handle;                 /* the engine's */
    struct esp_sa *sa[2];            /* by direction; NULL: not installed, or deleted */
    bool installed[2];               /* ever: a key is installed once in its life */
    bool orphan;                     /* the key process that asked for it is gone */
    struct esp_counters reported[2]; /* for the reporter: what was told last */
    struct esp_tunnel *previous, *next;
};

/* seed: random, for hashes over what peers chose. limit: tunnels at once. NULL: out of memory. */
struct esp_sadb *esp_sadb_new(uint64_t seed, size_t limit);
void esp_sadb_free(struct esp_sadb *sadb); /* wipes; NULL allowed */

/* Add one SA with a counter from zero. It is used at once; an outbound SA comes before older ones
 * of equal selectors. RC_EXISTS: this tunnel has, or had, an SA in this direction, or the SPI is
 * taken. RC_FULL, RC_UNSUPPORTED, RC_NO_MEMORY. Nothing is added then. */
MUST_USE enum rc esp_sadb_install(struct esp_sadb *sadb, const struct esp_params *params);

/* Remove one SA. RC_NOT_FOUND. */
MUST_USE enum rc esp_sadb_delete(struct esp_sadb *sadb, uint64_t tunnel, uint32_t spi,
                                 enum esp_direction direction);

/* The inbound SA of a SPI, or NULL. */
struct esp_sa *esp_sadb_inbound(const struct esp_sadb *sadb, uint32_t spi);
/* The outbound SA for a packet that came out of this TUN, or NULL. */
struct esp_sa *esp_sadb_outbound(const struct esp_sadb *sadb, uint32_t tun,
                                 const struct esp_inner *inner);

/* The peer answers from here now: both directions of the SA's tunnel follow. */
void esp_sadb_move(struct esp_sa *sa, struct endpoint remote, uint64_t now_ms);

/* The key process is gone and its handles mean nothing to the next one: its tunnels go on until
 * they expire or a new outbound SA has the same selectors, but can no longer be named. */
void esp_sadb_orphan(struct esp_sadb *sadb);

/* Free the SAs whose hard time is over. */
void esp_sadb_expire(struct esp_sadb *sadb, uint64_t now_ms);

/* Iterate over tunnels: start with NULL, returns NULL at the end. */
struct esp_tunnel *esp_sadb_next(const struct esp_sadb *sadb, const struct esp_tunnel *tunnel);
size_t esp_sadb_count(const struct esp_sadb *sadb);

#endif
