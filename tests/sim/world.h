/* A world of engines and scripted hosts, joined by a fake network under a fake clock. Everything is
 * a function of the seed: the same seed and the same calls give the same datagrams, byte for byte.
 * After every turn of an engine its effects are applied in order and the invariants that must hold
 * always are checked; a broken one prints the seed and aborts. */
#ifndef HUBWARD_TESTS_SIM_WORLD_H
#define HUBWARD_TESTS_SIM_WORLD_H

#include "base/sink.h"
#include "ike/engine.h"

#include <uthash.h>

enum { WORLD_START_MS = 5000, NODE_NAME = 24, WORLD_USERS = 16, NODE_DECISIONS = 8 };

struct world;

/* What happens to datagrams; chances in thousandths. */
struct weather {
    uint32_t delay_ms;
    uint32_t jitter_ms;
    unsigned loss;
    unsigned duplication;
    unsigned reorder;
    uint32_t reorder_ms; /* how long a reordered datagram is held back */
};

/* A NAT box: inside endpoints share one address. Mappings do not depend on the destination. */
struct nat_mapping {
    struct endpoint inside;
    uint16_t port;
    bool closing; /* lets in, but nothing out */
};
struct nat {
    struct addr address;
    struct nat_mapping mappings[64];
    size_t count;
    uint16_t next_port;
    struct nat *next;
};

/* A host that is no engine: a scripted client. */
struct host_ops {
    void (*input)(void *host, const struct ike_path *path, struct span bytes);
    void (*tick)(void *host);
    uint64_t (*deadline)(const void *host);
    void (*free)(void *host);
};

/* One installed direction of a pair. */
struct path_entry {
    struct {
        uint64_t tunnel;
        uint64_t direction;
    } key;
    struct esp_params params;
    struct esp_counters counters;
    uint64_t order; /* newest is largest */
    bool used_told, soft_told;
    UT_hash_handle hh;
};

/* A lease as the store remembers it. */
struct stored_lease {
    struct addr addr;
    struct lease_row row;
    UT_hash_handle hh;
};

/* A session as it was last told. */
struct told_session {
    uint64_t number;
    unsigned times;
    struct session_row row;
    UT_hash_handle hh;
};

struct digest_row;

struct node {
    struct world *world;
    char name[NODE_NAME];
    size_t index;
    struct addr address;
    struct nat *behind;
    bool unplugged; /* receives and sends nothing */

    const struct config *config;
    struct config *own_config; /* NULL: config is borrowed */
    struct engine *engine;
    struct effects effects;
    struct rng_seeded rng_state;
    struct rng rng;
    const struct host_ops *ops;
    void *host;

    uint64_t tick_at_ms; /* of the tick that is queued; UINT64_MAX: none */
    struct path_entry *paths;
    struct digest_row *keymats; /* every key ever installed here */
    struct stored_lease *store;
    size_t routes;                 /* added minus deleted */
    struct told_session *sessions; /* of this engine, also those that have ended */
    uint64_t last_session;
    size_t sessions_open;

    /* What the engine reported. */
    uint32_t events[EVENT_COUNT];
    struct event last[EVENT_COUNT];
    struct effect_decision decisions[NODE_DECISIONS]; /* the newest first */
    size_t decision_count;
    struct peer_row last_peer;
    uint32_t sent, asked_dh, asked_key, keys_tried, asked_password, saved_leases, installs, deletes;
    unsigned login_round; /* codes asked for in the login that was judged last */
    uint32_t cancelled_passwords;
    struct effect_ask_password last_ask; /* the newest login question */
    uint32_t asked_name;
    struct effect_ask_name last_name; /* the newest host that was asked for */

    UT_hash_handle by_address;
};

enum store_mode { STORE_WORKS, STORE_FAILS, STORE_SILENT };
/* LOGIN_BY_NAME: who says his own name as password. */
enum login_mode { LOGIN_BY_TABLE, LOGIN_BY_NAME, LOGIN_SILENT, LOGIN_UNAVAILABLE };

struct world_user {
    char name[64];
    char password[64];
};

struct queued;
struct held;

/* Looks at a datagram on its way to a node; false: it is swallowed. */
typedef bool world_tap(void *context, struct node *to, const struct ike_path *path,
                       struct span bytes);

struct world {
    uint64_t seed;
    const char *replay; /* NULL, or the command that plays this again: told when something breaks */
    uint64_t now_ms;
    struct weather weather;
    uint32_t dh_ms, password_ms, store_ms; /* how long answers take */
    enum store_mode store_mode;
    enum login_mode login_mode;
    const char *login_codes[4]; /* asked for after a right password, one a round; NULL: no more */
    enum decision_rule login_rule;  /* of refusals; RULE_CHOSEN: RULE_PASSWORD */
    struct login_grant login_grant; /* what is said of everyone who may log in */
    unsigned hold;                  /* 1 << enum answer_kind: answers wait for world_release */
    uint32_t packet_bytes;          /* of what world_packet sends */
    bool debug;                     /* engines emit debug events */
    bool store_late;    /* a restarted engine waits for its leases until world_leases_come */
    bool outside;       /* the other ends are no nodes of this world: nobody knows their keys */
    struct sink *trace; /* NULL, or every datagram as a line */
    struct sink *log;   /* NULL, or every event as a line */
    world_tap *tap;
    void *tap_context;
    struct world_user users[WORLD_USERS];
    size_t user_count;
    uint64_t delivered, lost, unreachable, keepalives;
    uint64_t turns;

    /* Private to world*.c. */
    struct rng_seeded chance_state;
    struct rng chance;
    struct queued **queue;
    size_t queue_count, queue_room;
    uint64_t queue_sequence;
    struct held *held;
    struct node **nodes;
    size_t node_count;
    struct node *by_address;
    struct nat *nats;
    struct digest_row *inbound_keys; /* (SPI, key) of every inbound SA ever installed anywhere */
    uint64_t path_order;
};

struct world *world_new(uint64_t seed);
void world_free(struct world *world);
/* Print what is broken, the seed and where we are, and abort. */
__attribute__((format(printf, 2, 3), noreturn)) void world_broken(const struct world *world,
                                                                  const char *format, ...);

/* An engine from configuration text, with the interface (IOS name) at this address. */
struct node *world_engine(struct world *world, const char *name, const char *config_text,
                          const char *interface, const char *address);
/* The same from a configuration that is borrowed: many worlds may share one. */
struct node *world_engine_sharing(struct world *world, const char *name,
                                  const struct config *config, const char *interface,
                                  const char *address);
/* Load or abort; the caller frees with config_free. */
struct config *world_config(const char *text, const char *name);
/* A scripted host. world owns it: freed with ops->free. */
struct node *world_host(struct world *world, const char *name, const char *address,
                        const struct host_ops *ops, void *host);
void world_user_add(struct world *world, const char *name, const char *password);

/* A NAT box with this outside address; nodes are put behind it before they send. */
struct nat *world_nat(struct world *world, const char *address);
/* All mappings are forgotten: the next datagrams get new ports. */
void nat_forget(struct nat *nat);
/* New ports for what goes out from now on, while the old ones still let answers in. */
void nat_move(struct nat *nat);

/* The node moves to another address; engines are told through COMMAND_INTERFACE. */
void world_move(struct node *node, const char *interface, const char *address);
/* The process restarts: a new engine on the same configuration and store; its path is empty. */
void world_restart(struct node *node, const char *interface);
/* The engine goes by another configuration from now on; the text must load, it is freed. */
void world_reconfigure(struct node *node, char *config_text);
/* The same, on this day (config/weak.h). */
void world_reconfigure_on(struct node *node, char *config_text, uint32_t day);
/* The store tells its leases at last. */
void world_leases_come(struct node *node);

/* Put a datagram on the wire, from a node (through its NAT) or forged from anywhere. */
void world_send(struct node *from, const struct ike_path *path, struct span bytes, bool bare);
void world_inject(struct world *world, struct endpoint from, struct endpoint to, struct span bytes);

/* Turns of an engine. */
void node_input(struct node *node, const struct ike_path *path, struct span bytes);
void node_command(struct node *node, const struct command *command);
void node_answer(struct node *node, const struct answer *answer);
void node_tick(struct node *node);
/* Begin another phase 1 in place of the one in use, now and not when its life says so. */
void node_renew_phase1(struct node *node);
/* The same with the peer at this address. */
void node_renew_phase1_with(struct node *node, struct addr peer);
/* What was found of a host; addresses ends with NULL; NULL: nothing. */
void node_named(struct node *node, const char *host, const char *const *addresses);

/* Do the next thing that is due at or before until_ms; false: nothing is, and now is until_ms. */
bool world_step(struct world *world, uint64_t until_ms);
void world_run(struct world *world, uint64_t for_ms);
/* Answers that were held: give the oldest of this kind its computed value, with rc instead of RC_OK
 * when it is another one. False: none is held. */
bool world_release(struct world *world, enum answer_kind kind, enum rc rc);
size_t world_held(const struct world *world, enum answer_kind kind);
/* Copies of the oldest held answer, to be given as often as one likes. */
void world_repeat_answers(const struct world *world, struct answer *copies, size_t count);

/* Traffic: one packet between inner addresses, as path and TUN would carry it at once. True: it was
 * sealed with the newest outbound SA that covers it and the other end has the same key. Without an
 * SA the engine is told (COMMAND_ACQUIRE); both ends hold to the volumes of their SAs. */
bool world_packet(struct node *from, const char *source, const char *destination);
/* The path process of the node dies and comes back: its SAs are gone. */
void world_path_lost(struct node *node);

/* Conveniences. */
void node_dial(struct node *node);
size_t node_ike(const struct node *node, struct status_ike *rows, size_t max);
size_t node_ipsec(const struct node *node, struct status_ipsec *rows, size_t max);
size_t node_established(const struct node *node);
size_t node_tunnels(const struct node *node);
uint64_t node_drops(const struct node *node, enum drop_reason reason);
bool node_refused_with(const struct node *node, enum decision_rule rule);
size_t node_installed(const struct node *node);
struct addr world_addr(const char *text);

/* -- world_path.c: for world.c and for scripted hosts that hold keys ----------------- */
void path_install(struct node *node, const struct esp_params *params);
void path_delete(struct node *node, const struct effect_sa_delete *what);
void path_clear(struct node *node);
void path_free(struct node *node);
void keys_free(struct world *world);
/* A host that is no engine has made an inbound key, or will send with this outbound one. */
void world_inbound_key(struct world *world, uint32_t spi, struct span keymat);
void world_outbound_key(struct world *world, const char *who, uint32_t spi, struct span keymat);

/* -- world_session.c ----------------------------------------------------------------- */
void session_told(struct node *node, const struct session_row *row);
void sessions_forget(struct node *node);
void audit_sessions(const struct node *node);
/* NULL: not told. Sessions are numbered from 1. */
const struct told_session *node_session(const struct node *node, uint64_t number);

/* -- world_audit.c: what must hold after every turn
 * ----------------------------------------------- */
void world_audit(struct node *node);
/* The rest, that costs a walk over all nodes: no address is leased twice. */
void world_audit_all(struct world *world);

#endif
