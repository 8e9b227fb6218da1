/* The engine's own state, private to lib/ike: phase 1 SAs, their later exchanges, phase 2 pairs,
 * and the tables that find them. Objects live in slots and are named by handles across turns; an SA
 * copies what it negotiated and never points into the configuration. */
#ifndef HUBWARD_IKE_STATE_H
#define HUBWARD_IKE_STATE_H

#include "base/heap.h"
#include "base/wipe.h"
#include "ike/engine.h"
#include "ike/keys.h"
#include "ike/natt.h"
#include "ike/payload.h"
#include "ike/vendor.h"

#include <uthash.h>

enum {
    KEYED_LEN = 16,       /* octets of a keyed digest: table keys nobody outside can choose */
    IKE_SEND_MAX = 4096,  /* largest message we make */
    NONCE_OURS = 20,      /* vpnc overwrites a nonce of ours in place: never another length */
    SEEN_MAX = 4096,      /* exchanges in the life of one SA */
    EXCHANGES_PER_SA = 8, /* open or lingering later exchanges */
    RETRANSMIT_TRIES = 5,
    RETRANSMIT_FIRST_MS = 1000,
    HALF_OPEN_MS = 30000, /* a phase 1 that is not done by then is forgotten */
    LINGER_MS = 30000,    /* how long a finished exchange answers retransmissions */
    OLD_CHILD_MS = 30000, /* how long a replaced pair goes on receiving */
    LOGIN_DEADLINE_MS = 45000,
    LEASE_DEADLINE_MS = 10000,
    NAME_MAX_LEN = DECISION_NAME
};

/* What a timer means to the object it sits in. */
enum timer_kind {
    TIMER_SA_RETRANSMIT,
    TIMER_SA_LIFE,
    TIMER_SA_DPD,
    TIMER_SA_KEEPALIVE,
    TIMER_EXCHANGE,
    TIMER_CHILD_SOFT,
    TIMER_CHILD_HARD
};

/* Where phase 1 stands: what was last sent or is being waited for. */
enum sa_state {
    SA_R_MM2, /* responder: MM2 sent */
    SA_R_MM3, /* MM3 received, Diffie-Hellman under way */
    SA_R_MM4, /* MM4 sent */
    SA_R_AM1, /* AM1 received, Diffie-Hellman under way */
    SA_R_AM2, /* AM2 sent */
    SA_I_MM1, /* initiator: MM1 sent */
    SA_I_MM2, /* MM2 received, our public value under way */
    SA_I_MM3, /* MM3 sent */
    SA_I_MM4, /* MM4 received, shared secret under way */
    SA_I_MM5, /* MM5 sent */
    SA_DONE,
    SA_STATE_COUNT
};

/* Where the login of a client stands. */
enum login_state {
    LOGIN_NONE,
    LOGIN_DUE,
    LOGIN_ASKED,
    LOGIN_VERDICT,
    LOGIN_SET,
    LOGIN_OK,
    LOGIN_FAILED
};

/* Octets kept for a while, on the heap. */
struct octets {
    uint8_t *at;
    size_t len;
};

/* What only the phase 1 exchange needs; freed when it is done. */
struct handshake {
    struct octets sa_i;   /* body of the initiator's SA payload, as sent */
    struct octets id_own; /* body of our ID payload */
    uint8_t g_i[DH_PUBLIC_MAX], g_r[DH_PUBLIC_MAX];
    size_t g_len;
    uint8_t nonce_i[IKE_NONCE_MAX], nonce_r[IKE_NONCE_MAX];
    size_t nonce_i_len, nonce_r_len;
    uint8_t private_value[DH_PRIVATE_MAX];
    uint8_t psk[256];
    size_t psk_len;
    bool decoy; /* the identity is not ours to know: the secret is made up and never verifies */
    bool malformed_told;      /* PAYLOAD-MALFORMED was sent, or the refusal logged, once */
    struct decision decision; /* why the key was chosen; what is reported when it proves wrong */
};

/* Retransmission of the last message, and the answer to the peer's own. */
struct resend {
    struct timer timer;
    uint8_t request[KEYED_LEN]; /* digest of the last accepted message of the peer */
    bool has_request;
    struct octets message; /* what we last sent, whole */
    struct ike_path path;
    unsigned tries;   /* sent so often by timer */
    unsigned repeats; /* sent so often because the peer repeated itself */
};

enum exchange_kind { X_XAUTH_REQUEST, X_XAUTH_SET, X_CONFIG, X_QUICK_R, X_QUICK_I };
enum exchange_state {
    X_WAIT_PEER,  /* our message is out, the peer's is due */
    X_WAIT_INNER, /* an answer from inside (DH, store, broker) is due */
    X_FINISHED    /* lingers to answer retransmissions */
};

/* A quick mode under way. */
struct quick {
    struct selector ours, theirs;
    struct ike_child_suite suite;
    uint32_t spi_in, spi_out;
    uint8_t nonce_i[IKE_NONCE_MAX], nonce_r[IKE_NONCE_MAX];
    size_t nonce_i_len, nonce_r_len;
    struct octets sa_reply;   /* body of the SA payload to answer with */
    struct octets id_i, id_r; /* bodies as sent by the initiator; empty when it sent none */
    uint8_t private_value[DH_PRIVATE_MAX];
    uint8_t g_own[DH_PUBLIC_MAX];
    size_t g_own_len;
    uint8_t g_peer[DH_PUBLIC_MAX];
    size_t g_peer_len;
    slot_handle child;    /* made when the inbound SA is installed */
    slot_handle replaces; /* the pair this one rekeys; 0 = none */
    char map[NAME_MAX_LEN];
    unsigned sequence; /* of the crypto map entry */
    bool dynamic;
    bool commit; /* the peer set the commit bit */
    bool told_initial;
};

/* A later exchange: one message id, one running IV. */
struct exchange {
    struct exchange *next;
    slot_handle sa;
    uint32_t message_id;
    enum exchange_kind kind;
    enum exchange_state state;
    uint8_t iv[CIPHER_BLOCK_MAX];
    struct resend resend;
    uint16_t identifier;     /* transaction */
    struct octets request;   /* mode-config: body of the peer's ATTRIBUTES payload */
    struct quick *quick;     /* quick mode */
    struct ticket waits_for; /* X_WAIT_INNER */
};

struct ike_sa {
    slot_handle self;
    uint64_t id;   /* never reused */
    uint32_t conn; /* 1, 2, … */
    bool initiator, aggressive;
    enum sa_state state;
    uint8_t cky_i[IKE_COOKIE], cky_r[IKE_COOKIE];
    uint8_t own_cookie[IKE_COOKIE]; /* key of engine->by_cookie */
    uint8_t opening[KEYED_LEN];     /* key of engine->by_opening: who sent which first cookie */
    uint8_t half_open_source[KEYED_LEN];
    uint8_t opening_digest[KEYED_LEN]; /* aggressive: digest of AM1, until AM2 answers it */
    struct ike_path path;
    char interface[NAME_MAX_LEN]; /* IOS name */
    uint32_t vendors;
    enum ike_natt_kind natt;
    bool we_are_behind, peer_is_behind;
    struct ike_suite suite;
    struct ike_keys keys;
    uint8_t iv[CIPHER_BLOCK_MAX]; /* phase 1: running; later: its last block */
    struct handshake *hs;
    struct resend resend;
    struct ticket waits_for;

    struct identity identity; /* the peer's */
    char principal[LEASE_PRINCIPAL];
    char profile[NAME_MAX_LEN];
    char group[LOGIN_TEXT];
    char user[LOGIN_TEXT];
    char key_ring[NAME_MAX_LEN];
    unsigned key_line; /* the key entry that authenticated; 0 for a group key */
    bool no_xauth;
    enum login_state login;
    char login_list[NAME_MAX_LEN];
    bool client;          /* mode-config peer: proxies are its lease */
    bool initial_contact; /* seen, to be acted on when the principal is known */
    struct addr lease;    /* ADDR_NONE: none */
    bool lease_saved;
    bool config_mode; /* mode-config was used */

    uint64_t established_ms;
    uint64_t dies_ms;
    uint64_t heard_ms; /* last authenticated sign of life */
    struct timer life, dpd, keepalive;
    uint32_t dpd_sequence; /* ours */
    unsigned dpd_unanswered;
    uint32_t dpd_peer_sequence; /* last one answered */
    bool dpd_peer_seen;
    bool rekeyed; /* a newer SA of the same peer took over: ends quietly */

    struct exchange *exchanges;
    unsigned exchange_count;
    uint32_t *seen; /* message ids of all exchanges so far */
    size_t seen_count;
    /* Initiator: what to do when phase 1 is done. */
    struct pending *pending;

    UT_hash_handle by_cookie;
    UT_hash_handle by_opening;
};

/* A tunnel that is wanted as soon as phase 1 is done. */
struct pending {
    struct pending *next;
    char map[NAME_MAX_LEN];
    unsigned sequence;
    struct selector ours, theirs;
    slot_handle replaces;
};

/* A phase 2 pair. */
struct child {
    slot_handle self;
    slot_handle sa; /* may be stale: children outlive their phase 1 SA */
    bool initiator;
    bool up;  /* outbound installed */
    bool old; /* replaced by a newer pair */
    bool rekeying;
    bool routed;
    uint32_t conn_in, conn_out;
    char interface[NAME_MAX_LEN];
    char map[NAME_MAX_LEN];
    unsigned sequence;
    bool dynamic;
    char principal[LEASE_PRINCIPAL];
    char key_ring[NAME_MAX_LEN]; /* the key entry is the peer (PRODUCT §4) */
    unsigned key_line;
    bool client;
    struct endpoint local, remote;
    bool natt;
    struct selector ours, theirs;
    struct ike_child_suite suite;
    uint32_t spi_in, spi_out;
    struct esp_params outbound; /* kept until QM3 proves the peer; wiped when installed */
    uint64_t dies_ms;
    struct timer soft, hard;
    struct esp_counters in, out;
    UT_hash_handle by_spi;
};

/* Who holds which pool address. */
struct lease {
    uint8_t owner_key[KEYED_LEN]; /* keyed digest of principal and slot */
    struct addr addr;
    struct lease_row row;
    slot_handle sa;      /* the session that holds it now; 0 = none */
    uint64_t free_at_ms; /* inactive: when it may go to somebody else */
    UT_hash_handle by_owner;
    UT_hash_handle by_addr;
};

/* A question that is out. */
enum wait_kind { WAIT_SA_DH, WAIT_EXCHANGE_DH, WAIT_PASSWORD, WAIT_LEASE };
struct wait {
    struct ticket ticket;
    enum wait_kind kind;
    slot_handle sa;
    uint32_t message_id; /* of the exchange; 0 = none */
    UT_hash_handle hh;
};

/* How many half-open phase 1 exchanges one source has. */
struct half_open {
    uint8_t source[KEYED_LEN];
    unsigned count;
    UT_hash_handle hh;
};

enum { INTERFACES_MAX = 64, HOLD_OFF_MAX = 64 };
struct engine_interface {
    char name[NAME_MAX_LEN];
    struct addr addr;
};
/* A peer that did not answer is left alone for a while, longer each time. */
struct hold_off {
    struct addr peer;
    unsigned failures;
    uint64_t until_ms;
};

struct engine {
    const struct config *config;
    struct engine_options options;
    uint8_t secret[32]; /* per boot: table keys and decoy group keys */
    struct slots sas;
    struct slots children;
    struct heap timers;
    struct ike_sa *by_cookie;
    struct ike_sa *by_opening;
    struct child *by_spi;
    struct lease *leases_by_owner;
    struct lease *leases_by_addr;
    struct wait *waits;
    struct half_open *half_open;
    unsigned half_open_count;
    struct engine_interface interfaces[INTERFACES_MAX];
    size_t interface_count;
    struct hold_off hold_offs[HOLD_OFF_MAX];
    size_t hold_off_count;
    uint64_t next_id;
    uint32_t next_conn;
    uint32_t next_child_conn;
    uint64_t started_total, established_total, refused_total;
    struct drop_counters drops;
};

/* A datagram on its way through a turn. */
struct incoming {
    const struct ike_path *path;
    struct span datagram;
    struct ike_header header;
    struct span body;
    uint8_t digest[KEYED_LEN];
    struct ike_chain chain; /* of the clear body, or of plain */
    uint8_t plain[IKE_MESSAGE_MAX];
    uint8_t next_iv[CIPHER_BLOCK_MAX];
};

/* A message being made. */
struct outgoing {
    struct ike_writer w;
    uint8_t buffer[IKE_SEND_MAX];
};

/* -- octets ---------------------------------------------------------------------------- */
MUST_USE bool octets_set(struct octets *octets, struct span bytes); /* false: out of memory */
void octets_wipe(struct octets *octets);
struct span octets_span(const struct octets *octets);

/* -- engine.c: counters and events ----------------------------------------------------- */
void engine_drop(struct engine *engine, const struct ike_path *path, enum drop_reason reason,
                 struct io *io);
/* An event about this SA; NULL when nobody listens (debug level, debug off) or memory is out. */
struct event *sa_event(struct engine *engine, const struct ike_sa *sa, enum event_kind kind,
                       struct io *io);
/* Count and report a refusal: one DECISION effect and one log line from the record. */
void engine_refuse(struct engine *engine, const struct ike_path *path, const struct ike_sa *sa,
                   const struct identity *identity, const struct decision *decision, struct io *io);
/* A digest under the engine's secret: table keys that a stranger cannot aim. */
void engine_keyed(const struct engine *engine, const struct span *parts, size_t count,
                  uint8_t out[KEYED_LEN]);
/* The interface an SA runs over, or NULL; and its crypto map. */
const struct config_interface *engine_interface_of(const struct engine *engine, struct addr local);
const struct crypto_map *engine_map(const struct engine *engine, const char *interface);
const struct isakmp_profile *engine_profile(const struct engine *engine, const char *name);

/* -- sa.c: life of phase 1 SAs --------------------------------------------------------- */
/* A new SA with its handshake; cookies and table keys set. NULL: limits or memory, counted. */
struct ike_sa *sa_new(struct engine *engine, const struct ike_path *path, bool initiator,
                      const uint8_t *peer_cookie, struct io *io);
/* The SA of these cookies, or of a first message seen before (responder cookie still zero). */
struct ike_sa *sa_find(struct engine *engine, const struct incoming *in);
void sa_opening_key(const struct engine *engine, const struct ike_path *path, const uint8_t *cky_i,
                    uint8_t out[KEYED_LEN]);
/* Phase 1 is authenticated: timers, counters, events; frees the handshake. */
void sa_established(struct engine *engine, struct ike_sa *sa, struct io *io);
/* Forget an SA: exchanges and questions die, the lease goes back, children of a client end; those
 * of a branch live on. tell: send a DELETE first. */
void sa_end(struct engine *engine, struct ike_sa *sa, const char *reason, bool tell, struct io *io);
/* The same with all children. */
void sa_end_all(struct engine *engine, struct ike_sa *sa, const char *reason, bool tell,
                struct io *io);
void sa_set_state(struct engine *engine, struct ike_sa *sa, enum sa_state state, struct io *io);
const char *sa_state_name(const struct ike_sa *sa);   /* MM_KEY_EXCH, QM_IDLE, … for `show` */
const char *sa_machine_name(const struct ike_sa *sa); /* IKE_R_MM2, … for debug */
void sa_handshake_free(struct ike_sa *sa);
struct span sa_nonce_i(const struct ike_sa *sa);
struct span sa_nonce_r(const struct ike_sa *sa);
/* The peer proved itself from this path: follow it (port float, NAT rebinding). */
void sa_follow(struct engine *engine, struct ike_sa *sa, const struct ike_path *path,
               struct io *io);
void sa_heard(struct ike_sa *sa, struct io *io);
/* Is there an established SA with this address? */
bool sa_known_peer(const struct engine *engine, struct addr peer);
/* Another live SA of the same principal and remote address, or NULL. */
struct ike_sa *sa_twin(struct engine *engine, const struct ike_sa *sa);

/* -- send.c: making and repeating messages --------------------------------------------- */
void message_start(struct outgoing *out, const struct ike_sa *sa, uint8_t exchange,
                   uint32_t message_id);
/* Send a finished phase 1 message, clear or sealed with the running IV, and keep it. */
void sa_send(struct engine *engine, struct ike_sa *sa, struct outgoing *out, bool sealed,
             struct io *io);
/* A message of a later exchange begins with room for its HASH. */
void exchange_message_start(struct outgoing *out, const struct ike_sa *sa, uint8_t exchange,
                            uint32_t message_id, uint8_t flags);
/* Fill in the HASH (over nonce_i first when it is not empty: HASH(2)), seal, send and keep. */
void exchange_send(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                   struct outgoing *out, struct span nonce_i, struct io *io);
/* A message whose HASH is there already (QM3). */
void exchange_send_as_is(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                         struct outgoing *out, struct io *io);
/* The same for a single informational message: nothing is kept. */
void informational_send(struct engine *engine, struct ike_sa *sa, struct outgoing *out,
                        struct io *io);
void informational_start(struct outgoing *out, const struct ike_sa *sa, struct io *io);
/* One notification in an informational exchange under the SA. */
void notify_send(struct engine *engine, struct ike_sa *sa,
                 const struct ike_notification *notification, struct io *io);
/* One notification in clear, when there is no SA to protect it; never larger than the request. */
void notify_clear(struct engine *engine, const struct incoming *in, uint16_t type, struct io *io);
/* Did the peer repeat its last message? Then the kept answer goes out again (bounded). */
bool resend_repeated(struct engine *engine, struct resend *resend, const struct incoming *in,
                     struct io *io);
/* The peer's message is accepted: remember it, and stop repeating ours. */
void resend_accepted(struct engine *engine, struct resend *resend, const struct incoming *in);
/* Arm the timer for the first repetition of the kept message. */
void resend_arm(struct engine *engine, struct resend *resend, struct io *io);
/* The timer fired: repeat and arm again. False: tries are used up. */
bool resend_again(struct engine *engine, struct resend *resend, struct io *io);
void resend_wipe(struct engine *engine, struct resend *resend);

/* -- exchange.c: later exchanges ------------------------------------------------------- */
struct exchange *exchange_find(struct ike_sa *sa, uint32_t message_id);
/* Was there ever an exchange with this id? Then a new one is a replay or a reflection. */
bool exchange_seen(const struct ike_sa *sa, uint32_t message_id);
/* NULL: too many, or memory. The IV is set. */
struct exchange *exchange_new(struct engine *engine, struct ike_sa *sa, uint32_t message_id,
                              enum exchange_kind kind);
/* One with a fresh random message id. */
struct exchange *exchange_begin(struct engine *engine, struct ike_sa *sa, enum exchange_kind kind,
                                struct io *io);
void exchange_free(struct engine *engine, struct ike_sa *sa, struct exchange *x);
/* Done: keep it for LINGER_MS to answer retransmissions. */
void exchange_finish(struct engine *engine, struct exchange *x, struct io *io);
void exchange_timer(struct engine *engine, struct exchange *x, struct io *io);
/* Decrypt with the exchange's IV (x NULL: the first one of this message id), cut the chain, check
 * rule and HASH. prefix: octets hashed before the rest (HASH(2)'s nonce), may be empty. DROP_NONE,
 * or why; nothing is changed in either case. */
enum drop_reason exchange_open(const struct ike_sa *sa, const struct exchange *x,
                               const struct ike_rule *rule, struct span prefix,
                               struct incoming *in);

/* -- wait.c: questions ----------------------------------------------------------------- */
/* A fresh ticket that leads back here; false: out of memory. */
bool wait_add(struct engine *engine, enum wait_kind kind, slot_handle sa, uint32_t message_id,
              struct ticket *out, struct io *io);
void wait_cancel(struct engine *engine, const struct ticket *ticket);
void ask_dh(struct engine *engine, enum wait_kind kind, slot_handle sa, uint32_t message_id,
            uint16_t group, const uint8_t *private_value, struct span peer_public, bool want_public,
            struct ticket *ticket, struct io *io);

/* -- v1_*.c: the exchanges ------------------------------------------------------------- */
void main_mode_opening(struct engine *engine, struct incoming *in, struct io *io);
void main_mode_input(struct engine *engine, struct ike_sa *sa, struct incoming *in, struct io *io);
void main_mode_dh(struct engine *engine, struct ike_sa *sa, const struct answer *answer,
                  struct io *io);
/* Begin main mode with a peer; NULL: no key, no memory, held off. */
struct ike_sa *main_mode_initiate(struct engine *engine, const struct config_interface *interface,
                                  struct addr local, struct addr peer,
                                  const struct isakmp_profile *profile, struct io *io);
void aggressive_opening(struct engine *engine, struct incoming *in, struct io *io);
void aggressive_input(struct engine *engine, struct ike_sa *sa, struct incoming *in, struct io *io);
void aggressive_dh(struct engine *engine, struct ike_sa *sa, const struct answer *answer,
                   struct io *io);
void xauth_start(struct engine *engine, struct ike_sa *sa, struct io *io);
void xauth_verdict(struct engine *engine, struct ike_sa *sa, enum rc verdict, struct io *io);
void xauth_gave_up(struct engine *engine, struct ike_sa *sa, struct exchange *x, struct io *io);
void transaction_input(struct engine *engine, struct ike_sa *sa, struct incoming *in,
                       struct io *io);
void config_request(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                    const struct incoming *in, struct io *io);
void config_lease_saved(struct engine *engine, struct ike_sa *sa, struct exchange *x, enum rc rc,
                        struct io *io);
void quick_input(struct engine *engine, struct ike_sa *sa, struct incoming *in, struct io *io);
void quick_dh(struct engine *engine, struct ike_sa *sa, struct exchange *x,
              const struct answer *answer, struct io *io);
/* Begin quick mode as initiator. False: limits, memory, or no such entry any more. */
bool quick_initiate(struct engine *engine, struct ike_sa *sa, const struct pending *wanted,
                    struct io *io);
void quick_gave_up(struct engine *engine, struct ike_sa *sa, struct exchange *x, struct io *io);
void quick_free(struct quick *quick);
void informational_input(struct engine *engine, struct ike_sa *sa, struct incoming *in,
                         struct io *io);

/* -- child.c: phase 2 pairs ------------------------------------------------------------ */
/* A free inbound SPI. */
uint32_t child_spi(const struct engine *engine, struct io *io);
/* Make the pair from a quick mode whose keys are now known; installs the inbound SA. NULL: memory
 * or cryptography. */
struct child *child_new(struct engine *engine, struct ike_sa *sa, const struct quick *quick,
                        struct span shared, bool initiator, struct io *io);
/* The peer has proved that it has the keys: install the outbound SA, retire what it replaces. */
void child_up(struct engine *engine, struct child *child, struct io *io);
void child_end(struct engine *engine, struct child *child, const char *reason, bool tell,
               struct io *io);
void child_timer_soft(struct engine *engine, struct child *child, struct io *io);
void child_timer_hard(struct engine *engine, struct child *child, struct io *io);
struct child *child_by_spi_in(const struct engine *engine, uint32_t spi);
struct child *child_by_spi_out(const struct engine *engine, const struct ike_sa *sa, uint32_t spi);
void child_delete_send(struct engine *engine, struct ike_sa *sa, uint32_t spi, struct io *io);
/* Does a live pair of somebody else cover any of these addresses? */
bool child_taken(const struct engine *engine, const struct ike_sa *sa,
                 const struct selector *theirs);
/* The pairs of an SA that is going move to its twin. */
void child_adopt(struct engine *engine, const struct ike_sa *from, const struct ike_sa *to);
/* Start over: a new quick mode with the same terms. False: no phase 1 SA to do it under. */
bool child_rekey(struct engine *engine, struct child *child, struct io *io);

/* -- initiate.c: tunnels somebody wants ------------------------------------------------ */
void initiate_acquire(struct engine *engine, const struct command *command, struct io *io);
void initiate_dial(struct engine *engine, const struct command *command, struct io *io);
/* The same tunnel once more, from phase 1 on. */
void initiate_again(struct engine *engine, const struct child *child, struct io *io);
void initiate_address_changed(struct engine *engine, const char *interface, struct addr old,
                              struct io *io);
void initiate_failed(struct engine *engine, struct addr peer, struct io *io);
void initiate_succeeded(struct engine *engine, struct addr peer);
bool initiate_held_off(const struct engine *engine, struct addr peer, uint64_t now_ms);

/* -- pool.c: leases -------------------------------------------------------------------- */
/* The lease of this client: its own from before, or a new one. RC_NOT_FOUND: no pool. RC_FULL: pool
 * empty. RC_EXISTS: max-logins sessions already. */
MUST_USE enum rc pool_take(struct engine *engine, struct ike_sa *sa,
                           const struct client_group *group, struct lease **out, struct io *io);
void pool_save(struct engine *engine, const struct lease *lease, const struct ticket *ticket,
               struct io *io);
/* The lease this SA holds, or NULL. */
struct lease *pool_of(const struct engine *engine, const struct ike_sa *sa);
/* A new phase 1 SA of the same session takes the lease over. */
void pool_move(struct engine *engine, struct ike_sa *from, struct ike_sa *to);
/* The session is over: the address stays the principal's until the grace period ends. */
void pool_release(struct engine *engine, struct ike_sa *sa, struct io *io);
void pool_load(struct engine *engine, const struct lease_row *row, struct io *io);
void pool_wipe(struct engine *engine);

/* -- dpd.c ----------------------------------------------------------------------------- */
void dpd_start(struct engine *engine, struct ike_sa *sa, struct io *io);
void dpd_timer(struct engine *engine, struct ike_sa *sa, struct io *io);
void dpd_notification(struct engine *engine, struct ike_sa *sa,
                      const struct ike_notification *notification, struct io *io);
void keepalive_start(struct engine *engine, struct ike_sa *sa, struct io *io);
void keepalive_timer(struct engine *engine, struct ike_sa *sa, struct io *io);

/* -- peer.c ---------------------------------------------------------------------------- */
/* Tell the store about this peer: up or down with a reason. */
void peer_save(struct engine *engine, const struct ike_sa *sa, bool up, const char *reason,
               struct io *io);
/* The principal is known: act on INITIAL-CONTACT, take over from an SA that this one rekeys. */
void peer_known(struct engine *engine, struct ike_sa *sa, struct io *io);

#endif
