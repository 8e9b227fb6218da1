/* One ESP security association as the data path holds it: cipher context, counter or replay window,
 * counters and lifetimes. Keys and selectors never change after it was made; the peer's outer
 * endpoint may. */
#ifndef HUBWARD_ESP_SA_H
#define HUBWARD_ESP_SA_H

#include "base/drop.h"
#include "esp/params.h"
#include "esp/replay.h"

struct esp_tunnel;

/* Sequence numbers are 32 bits without ESN (RFC 4303, 3.3.3): from SOFT on a new SA is asked for,
 * MAX is the last one used. The distance is some minutes at a million packets a second. */
#define ESP_SEQUENCE_SOFT UINT32_C(0xf0000000)
#define ESP_SEQUENCE_MAX  UINT32_MAX

struct esp_sa {
    struct esp_params params; /* keymat wiped: the context has it */
    struct packet_context *context;
    uint64_t sequence;        /* outbound: last one sent */
    struct esp_replay replay; /* inbound */
    struct esp_counters counters;
    uint64_t moved_ms;         /* when the remote endpoint last moved; 0 = never */
    bool soft_reported;        /* the soft limit is reported once */
    uint64_t serial;           /* order of installation */
    struct esp_tunnel *tunnel; /* the sadb's: finds the other direction */
    struct esp_sa *next;       /* the spd's: less preferred SA under the same key */
};

/* params is copied; its keymat stays the caller's to wipe. RC_UNSUPPORTED: not a suite, or one
 * without integrity. RC_NO_MEMORY. */
MUST_USE enum rc esp_sa_new(const struct esp_params *params, struct esp_sa **out);
void esp_sa_free(struct esp_sa *sa); /* wipes; NULL allowed */

/* May len more inner octets pass at this time? DROP_NONE, DROP_ESP_EXPIRED, DROP_OUT_SEQUENCE. */
enum drop_reason esp_sa_admits(const struct esp_sa *sa, size_t len, uint64_t now_ms);

/* Count a good packet of len inner octets. */
void esp_sa_count(struct esp_sa *sa, size_t len, uint64_t now_ms);

/* True once, when the soft limit in octets or in sequence numbers has been passed. */
bool esp_sa_take_soft(struct esp_sa *sa);

#endif
