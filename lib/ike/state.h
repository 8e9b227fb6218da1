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
    KEYED_LEN = 16,        /* octets of a keyed digest: table keys nobody outside can choose */
    IKE_SEND_MAX = 4096,   /* largest message we make */
    NONCE_OURS = 20,       /* vpnc overwrites a nonce of ours in place: never another length */
    SEEN_MAX = 4096,       /* exchanges in the life of one SA */
    PAIRS_PER_PEER = 1024, /* of one principal, whatever it asks for */
    EXCHANGES_PER_SA = 8,  /* open or lingering later exchanges */
    RETRANSMIT_TRIES = 5,
    RETRANSMIT_FIRST_MS = 1000,
    HALF_OPEN_MS = 30000, /* a phase 1 that is not done by then is forgotten */
    LINGER_MS = 30000,    /* how long a finished exchange answers retransmissions */
    OLD_CHILD_MS = 30000, /* how long a replaced pair goes on receiving */
    OLD_SA_MS = 30000,    /* how long a phase 1 SA stays that the one we began replaces */
    LOGIN_DEADLINE_MS = 45000,
    CHALLENGED_MS = 135000, /* the same for a login with challenges, all of them */
    CHALLENGES_MAX = 4,
    LEASE_DEADLINE_MS = 10000,
    REQUEST_DEADLINE_MS = 60000, /* a client that is in asks for its address within */
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
    TIMER_CHILD_HARD,
    TIMER_CHILD_IDLE,
    TIMER_SESSION,
    TIMER_SA_GOODBYE
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
    SA_I_AM0, /* initiator: our public value under way */
    SA_I_AM1, /* AM1 sent */
    SA_I_AM2, /* AM2 received, shared secret under way */
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
    uint8_t shared[DH_SHARED_MAX]; /* responder, main mode: until a key is proved */
    size_t shared_len;
    struct octets unproved; /* the message whose key is being searched, whole; empty: no search */
    struct ike_path unproved_path;
    unsigned searches;
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
    bool commit;     /* the peer set the commit bit */
    bool committing; /* initiator: QM3 is out, the peer's fourth message is waited for */
    bool told_initial;
};

/* Pairs whose DELETE is said again; a ring. */
enum { GOODBYES = 16 };
struct goodbyes {
    uint32_t spis[GOODBYES];
    size_t count;
    unsigned round;
    struct timer timer;
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
    uint64_t doubt_until_ms; /* mode-config: an older login of the user is asked if it lives */
};

struct ike_sa {
    slot_handle self;
    uint64_t id;   /* never reused */
    uint32_t conn; /* 1, 2, … */
    bool initiator, aggressive;
    enum sa_state state;
    uint8_t cky_i[IKE_COOKIE], cky_r[IKE_COOKIE];
    uint8_t own_cookie[IKE_COOKIE]; /* key of engine->by_cookie */
    uint8_t opening[KEYED_LEN];     /* key of engine->by_opening: who sent which first message */
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
    unsigned key_line;            /* the key entry that authenticated; 0 for a group key */
    char key_entry[NAME_MAX_LEN]; /* its net or hostname */
    bool no_xauth;
    enum login_state login;
    char login_list[NAME_MAX_LEN];
    unsigned challenges;       /* that its login service has asked for */
    uint16_t login_identifier; /* of its Xauth transaction */
    uint64_t login_began_ms;   /* when the name and password went to the login service */
    bool client;               /* mode-config peer: proxies are its lease */
    bool initial_contact;      /* seen, to be acted on when the principal is known */
    struct login_grant grant;  /* what the login service says of the user */
    struct addr lease;         /* ADDR_NONE: none */
    bool lease_saved;
    unsigned lease_tries; /* addresses that turned out to be somebody else's */
    bool config_mode;     /* mode-config was used */
    bool addressing;      /* its reply is being sent: for the debug's name of the state */
    slot_handle session;  /* 0: not begun, or a newer SA has it */

    uint64_t begun_ms; /* first message */
    uint64_t established_ms;
    uint64_t dies_ms;
    uint64_t heard_ms; /* last authenticated sign of life */
    struct timer life, dpd, keepalive;
    struct goodbyes goodbyes;
    uint32_t dpd_start;    /* the number before our first */
    uint32_t dpd_sequence; /* our last */
    unsigned dpd_unanswered;
    uint32_t dpd_peer_sequence; /* last one answered */
    bool dpd_peer_seen;
    uint64_t dpd_answered_ms; /* 0: never */
    bool rekeyed;             /* a newer SA of the same peer took over: ends quietly */

    struct exchange *exchanges;
    unsigned exchange_count;
    uint32_t *seen; /* message ids of all exchanges so far */
    size_t seen_count;
    /* Initiator: what to do when phase 1 is done. */
    struct pending *pending;

    UT_hash_handle by_cookie;
    UT_hash_handle by_opening;
};

/* A tunnel that is wanted as soon as phase 1 is done, or as a name is known. */
struct pending {
    struct pending *next;
    char interface[NAME_MAX_LEN];
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
    slot_handle session; /* 0: none */
    char principal[LEASE_PRINCIPAL];
    char profile[NAME_MAX_LEN];
    char key_ring[NAME_MAX_LEN]; /* the key entry is the peer (PRODUCT §4) */
    unsigned key_line;
    bool client;
    struct endpoint local, remote;
    bool natt;
    struct selector ours, theirs;
    struct ike_child_suite suite;
    uint32_t spi_in, spi_out;
    uint64_t soft_bytes;        /* the path tells when so many have passed */
    struct esp_params outbound; /* kept until QM3 proves the peer; wiped when installed */
    uint64_t dies_ms;
    struct timer soft, hard, idle;
    uint64_t busy_ms;   /* when a packet was last seen to pass */
    bool reverse_route; /* of its entry, when it came up */
    struct esp_counters in, out;
    UT_hash_handle by_spi;
};

/* What an operator calls connected: it lasts as long as an SA or a pair holds it. */
struct session {
    slot_handle self;
    unsigned holders;
    uint64_t begun_ms;
    struct session_row row; /* as last told; its bytes run on */
    struct timer interim;   /* the next record in between */
};

/* Who holds which pool address. */
struct lease {
    uint8_t owner_key[KEYED_LEN]; /* keyed digest of principal and slot */
    struct addr addr;
    struct lease_row row;
    slot_handle sa;      /* the session that holds it now; 0 = none */
    uint64_t free_at_ms; /* inactive: when it may go to somebody else */
    bool stored;         /* the store has it: the address may have been told */
    UT_hash_handle by_owner;
    UT_hash_handle by_addr;
};

/* A question that is out. */
enum wait_kind { WAIT_SA_DH, WAIT_EXCHANGE_DH, WAIT_PASSWORD, WAIT_LEASE, WAIT_KEY };
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

enum { INTERFACES_MAX = 64, HOLD_OFF_MAX = 64, OPENINGS_KEPT = 1024 };
struct engine_interface {
    char name[NAME_MAX_LEN];
    struct addr addr;
};
enum { KEYS_REMEMBERED = 4096, KEY_TRIALS_AT_START = 100000 };
/* Which key a source proved to have last: tried first when it comes again. */
struct remembered_key {
    uint8_t source[KEYED_LEN];
    bool used;
    uint32_t ring, entry; /* places in the configuration */
};
/* A peer that did not answer is left alone for a while, longer each time. */
struct hold_off {
    struct addr peer;
    unsigned failures;
    uint64_t until_ms;
};

/* Which of its peers a static entry was last served by. */
enum { ENTRY_PEERS_MAX = 4096 };
struct entry_peer {
    char map[NAME_MAX_LEN];
    unsigned sequence;
    struct addr current;
};
/* What is known of a host that a `set peer` names. */
enum { PEER_NAMES_MAX = 4096 };
struct peer_name {
    char host[PEER_HOST];
    struct addr addrs[PEER_HOST_ADDRS];
    size_t count;
    uint64_t asked_ms;    /* a question is out since; 0: none is */
    uint64_t answered_ms; /* the last answer, if only that there is none; 0: never */
    struct pending *waiting;
};

struct engine {
    const struct config *config;
    struct engine_options options;
    uint8_t secret[32]; /* per boot: table keys and decoy group keys */
    struct slots sas;
    struct slots children;
    struct slots sessions;
    struct heap timers;
    struct ike_sa *by_cookie;
    struct ike_sa *by_opening;
    struct child *by_spi;
    struct lease *leases_by_owner;
    struct lease *leases_by_addr;
    uint64_t *pool_empty; /* for each pool of the configuration: how often nothing was left */
    struct wait *waits;
    struct half_open *half_open;
    unsigned half_open_count;
    slot_handle openings[OPENINGS_KEPT]; /* the last SAs that strangers have begun, in a ring */
    uint32_t opening_next;
    struct engine_interface interfaces[INTERFACES_MAX];
    size_t interface_count;
    struct remembered_key *remembered; /* KEYS_REMEMBERED, by digest of the source */
    uint64_t trials_left;              /* of keys; fills up with time */
    uint64_t trials_filled_ms;
    struct hold_off hold_offs[HOLD_OFF_MAX];
    size_t hold_off_count;
    struct entry_peer *entry_peers;
    size_t entry_peer_count;
    struct peer_name *names;
    size_t name_count;
    uint64_t next_id;
    uint64_t next_session;
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
    uint32_t message_id;
    uint8_t buffer[IKE_SEND_MAX];
};

#endif
