/* The pure engine: IKEv1, both roles, as a function of bytes, time and chance. No socket, clock,
 * file or thread inside; same seed and same inputs give the same effects, byte for byte. */
#ifndef HUBWARD_IKE_ENGINE_H
#define HUBWARD_IKE_ENGINE_H

#include "base/rng.h"
#include "config/config.h"
#include "ike/clear.h"
#include "ike/effect.h"
#include "ike/grant.h"
#include "ike/status.h"

/* What a turn may use. */
struct io {
    uint64_t now_ms; /* monotonic */
    const struct rng *rng;
    struct effects *out; /* appended to */
};

struct engine;

struct engine_options {
    uint32_t sa_limit;             /* phase 1 SAs at once; 0 = 20000 */
    uint32_t half_open_limit;      /* in all; 0 = 1000 */
    uint32_t half_open_per_source; /* per address and port; 0 = 5 */
    bool debug;                    /* emit events of level debug */
    bool leases_to_come;           /* no new lease before COMMAND_LEASES_KNOWN */
};

/* config is borrowed until engine_free or engine_reconfigure. RC_NO_MEMORY. */
MUST_USE enum rc engine_new(const struct config *config, const struct engine_options *options,
                            const struct rng *rng, struct engine **out);
void engine_free(struct engine *engine);
void engine_set_debug(struct engine *engine, bool debug);

/* What another configuration would mean to a peer that is here: a row for each phase 1 SA that is
 * done, for each pair that is not kept though its SA is, and for each pair without an SA. */
enum engine_fate_kind { FATE_KEPT, FATE_REKEYED, FATE_DROPPED };
enum { FATE_TEXT = 192 };
struct engine_fate {
    enum engine_fate_kind kind;
    uint64_t id; /* of the phase 1 SA; 0: none */
    struct endpoint peer;
    char who[LEASE_PRINCIPAL];
    unsigned line; /* why it is not kept; 0: none */
    bool former;   /* it is a line of the configuration that goes */
    char why[FATE_TEXT];
};
/* Rows as those of engine_status_ike. `next` is borrowed for the call. */
size_t engine_fates(const struct engine *engine, const struct config *next, uint32_t *at,
                    struct engine_fate *rows, size_t max);
/* Go by this configuration from now on, and let everybody meet the fate that engine_fates tells;
 * half-open exchanges whose key is not the same begin anew. It is borrowed until engine_free or the
 * next one; the former is not used any more. RC_NO_MEMORY: nothing has changed. */
MUST_USE enum rc engine_reconfigure(struct engine *engine, const struct config *next,
                                    struct io *io);

/* A datagram from the network (hostile), without the non-ESP marker. */
void engine_input(struct engine *engine, const struct ike_path *path, struct span datagram,
                  struct io *io);
/* Time has passed: retransmit, probe, rekey, expire. Call at engine_next_deadline_ms or later. */
void engine_tick(struct engine *engine, struct io *io);
uint64_t engine_next_deadline_ms(const struct engine *engine);

/* The answer to an ASK_… or LEASE_SAVE effect. A stale or unknown ticket is ignored. */
enum answer_kind {
    ANSWER_PASSWORD,
    ANSWER_DH,
    ANSWER_LEASE_SAVED,
    ANSWER_KEY,
    ANSWER_CHALLENGE /* no end of the login: one more question, whose ticket stays the login's */
};
struct answer {
    enum answer_kind kind;
    struct ticket ticket;
    enum rc rc; /* password: RC_OK, RC_AUTH_FAILED, RC_AGAIN (no verdict); DH; lease on disk; key:
                   as key_scan_run, RC_FULL (nobody had the time) */
    uint8_t public_value[DH_PUBLIC_MAX];
    uint8_t shared[DH_SHARED_MAX];
    size_t tried;              /* key: how many */
    enum decision_rule rule;   /* password: what refused it; RULE_CHOSEN with RC_OK */
    struct login_grant grant;  /* password, RC_OK: what its service says of the user */
    char prompt[LOGIN_PROMPT]; /* challenge: what the user is asked; printable text */
};
void engine_answer(struct engine *engine, const struct answer *answer, struct io *io);

/* What the rest of the daemon tells the engine. */
enum command_kind {
    COMMAND_INTERFACE,    /* an interface of the configuration has this address now */
    COMMAND_LEASE_LOADED, /* a row from the store, at start */
    COMMAND_LEASES_KNOWN, /* there are no more of them */
    COMMAND_ACQUIRE,      /* an outbound packet found no SA */
    COMMAND_DIAL,         /* bring up every static entry, return to preferred peers */
    COMMAND_NAME,         /* what was found of a host, or that nothing was */
    COMMAND_CLEAR,        /* end sessions */
    COMMAND_SA_SOFT,      /* path: soft lifetime or sequence numbers near their end */
    COMMAND_SA_USED,      /* path: first inbound packet on a new SA */
    COMMAND_SA_MOVED,     /* path: authentic packet from a new outer endpoint */
    COMMAND_SA_COUNTERS,  /* path: counters of a pair */
    COMMAND_PATH_LOST,    /* path died: its SAs are dead, negotiate new ones */
    COMMAND_SHUTDOWN      /* send deletes for everything */
};
struct command {
    enum command_kind kind;
    /* INTERFACE */
    char interface[STATUS_TEXT]; /* IOS name */
    struct addr addr;            /* ADDR_NONE: none now */
    /* LEASE_LOADED */
    struct lease_row lease;
    /* ACQUIRE */
    uint32_t tun;
    struct selector source; /* of the packet: single addresses, protocol, port */
    struct selector destination;
    /* SA_… */
    uint64_t tunnel;
    struct endpoint moved_to;
    struct esp_counters in, out;
    /* CLEAR: 0 and ADDR_NONE = all */
    enum clear_scope clear_scope;
    uint64_t clear_id; /* SESSIONS: of a session. ISAKMP: the connection's number. IPSEC: 0 */
    struct addr clear_peer;
    uint32_t *cleared; /* out, may be NULL: how many, of what the scope says */
    /* DIAL */
    bool only_standing; /* begin nothing that does not stand, but see to what does */
    uint32_t *missing;  /* out, may be NULL: how many entries have no tunnel yet */
    /* NAME */
    char host[PEER_HOST];
    struct addr host_addrs[PEER_HOST_ADDRS];
    size_t host_addr_count; /* 0: no answer; what was known stays */
};
void engine_command(struct engine *engine, const struct command *command, struct io *io);

/* Rows, a page at a time: start with *at = 0; returns how many rows were filled in (at most max);
 * fewer than max means the end. */
size_t engine_status_ike(const struct engine *engine, uint64_t now_ms, uint32_t *at,
                         struct status_ike *rows, size_t max);
size_t engine_status_ipsec(const struct engine *engine, uint64_t now_ms, uint32_t *at,
                           struct status_ipsec *rows, size_t max);
size_t engine_status_pools(const struct engine *engine, uint64_t now_ms, uint32_t *at,
                           struct status_pool *rows, size_t max);
/* In the order of their addresses; those that nobody holds or waits for are left out. */
size_t engine_status_leases(const struct engine *engine, uint64_t now_ms, uint32_t *at,
                            struct status_lease *rows, size_t max);
void engine_status_summary(const struct engine *engine, struct status_summary *out);

#endif
