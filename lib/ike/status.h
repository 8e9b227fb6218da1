/* Status rows: what `show`, the page, JSON and metrics render. Plain values, no pointers into the
 * engine; times are ages or remaining times, so no clock has to be shared. */
#ifndef HUBWARD_IKE_STATUS_H
#define HUBWARD_IKE_STATUS_H

#include "base/drop.h"
#include "crypto/cipher.h"
#include "crypto/hash.h"
#include "esp/params.h"

enum { STATUS_TEXT = 96, STATUS_PRINCIPAL = 320 };

/* One phase 1 SA and, for clients, its session. */
struct status_ike {
    uint64_t id;   /* never reused; names the session in `clear crypto session id` */
    uint32_t conn; /* connection number, as IOS's C-id */
    struct endpoint local;
    struct endpoint remote;
    char state[24]; /* MM_NO_STATE, QM_IDLE, CONF_XAUTH … */
    bool established;
    bool initiator;
    bool aggressive;
    bool nat; /* NAT-T in use */
    bool dpd;
    bool xauth;                 /* Xauth was or is due */
    bool config_mode;           /* mode-config was used */
    char identity[STATUS_TEXT]; /* peer's, escaped */
    char profile[STATUS_TEXT];
    char group[STATUS_TEXT];
    char user[STATUS_TEXT];
    struct addr assigned; /* ADDR_NONE: none */
    char client[STATUS_TEXT];
    enum cipher_alg cipher;
    uint16_t key_bits;
    enum hash_alg hash;
    uint16_t dh_group;
    bool weak;             /* DES, 3DES, MD5, groups 1, 2, 5 in phase 1 or an ESP SA */
    uint64_t age_ms;       /* since established */
    uint64_t remaining_ms; /* of the lifetime */
    uint64_t idle_ms;      /* since the last authenticated sign of life */
    uint32_t tunnels;      /* live phase 2 pairs */
    uint64_t bytes_in, bytes_out;
};

/* One phase 2 pair. */
struct status_ipsec {
    uint64_t tunnel;
    uint64_t ike_id;             /* 0: its phase 1 SA is gone */
    char interface[STATUS_TEXT]; /* IOS name */
    char map[STATUS_TEXT];       /* crypto map name */
    struct endpoint local;
    struct endpoint remote;
    struct selector ours;
    struct selector theirs;
    struct packet_suite suite;
    uint16_t pfs_group; /* of its own Diffie-Hellman exchange; 0: none */
    enum esp_encapsulation encapsulation;
    uint32_t spi_in, spi_out;
    uint64_t remaining_ms;
    uint64_t remaining_kb; /* UINT64_MAX: no limit */
    struct esp_counters in, out;
    uint32_t conn_in, conn_out; /* numbers as IOS prints them */
};

/* One address pool. */
struct status_pool {
    char name[STATUS_TEXT];
    struct addr first, last; /* of its first and last range */
    uint32_t ranges;
    uint64_t total;
    uint64_t active; /* held by a session now */
    uint64_t kept;   /* held for the return of a principal */
    uint64_t free;   /* neither; total = active + kept + free */
    uint64_t empty;  /* times it had no address for somebody since the start */
};

/* One address of a pool that is or was given out. */
struct status_lease {
    char pool[STATUS_TEXT];
    struct addr addr;
    char principal[STATUS_PRINCIPAL];
    uint32_t slot;
    bool active;
    uint64_t ike_id;  /* of the session that holds it; 0: none */
    uint64_t kept_ms; /* not active: how long it still waits for its principal */
};

/* The whole. */
struct status_summary {
    uint32_t ike_sas;
    uint32_t ike_half_open;
    uint32_t tunnels;
    uint64_t started_total; /* phase 1 exchanges begun since start */
    uint64_t established_total;
    uint64_t refused_total;
    struct drop_counters drops;
};

/* IPC forms. */
struct builder;
struct cursor;
void status_ike_put(struct builder *b, const struct status_ike *row);
void status_ike_get(struct cursor *c, struct status_ike *out);
void status_ipsec_put(struct builder *b, const struct status_ipsec *row);
void status_ipsec_get(struct cursor *c, struct status_ipsec *out);
void status_pool_put(struct builder *b, const struct status_pool *row);
void status_pool_get(struct cursor *c, struct status_pool *out);
void status_lease_put(struct builder *b, const struct status_lease *row);
void status_lease_get(struct cursor *c, struct status_lease *out);
void status_summary_put(struct builder *b, const struct status_summary *summary);
void status_summary_get(struct cursor *c, struct status_summary *out);

#endif
