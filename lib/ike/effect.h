/* What the engine wants done. The engine never calls out: a turn appends effects, in an order that
 * has meaning (the inbound SA is installed before the reply that invites traffic is sent), and the
 * caller applies, compares, delivers or ignores them. */
#ifndef HUBWARD_IKE_EFFECT_H
#define HUBWARD_IKE_EFFECT_H

#include "base/arena.h"
#include "base/event.h"
#include "base/slots.h"
#include "crypto/dh.h"
#include "esp/params.h"
#include "select/decision.h"
#include "select/identity.h"

/* The way a datagram came or goes. */
struct ike_path {
    struct endpoint local; /* our address, and port 500 or 4500 */
    struct endpoint remote;
    bool natt; /* port 4500 framing: the non-ESP marker (RFC 3948, 2.2) is the host's business and
                  is never part of the bytes */
};

/* Names one question; an answer with another id finds nothing. 128 random bits. */
struct ticket {
    uint8_t id[16];
};

enum { LOGIN_TEXT = 256, LOGIN_PROMPT = 128 };

/* A lease row: which principal holds which address (DESIGN §4). */
enum { LEASE_PRINCIPAL = 320, LEASE_POOL = 64 };
struct lease_row {
    char principal[LEASE_PRINCIPAL]; /* as lib/ike/principal.h makes it */
    uint32_t slot;                   /* 0 … max-logins - 1 */
    char pool[LEASE_POOL];
    struct addr addr;
    bool active;        /* a session holds it now; else kept for the principal's return */
    uint64_t expires_s; /* seconds from now until it may go to somebody else; 0 = not set */
};

/* A peer row: known once it has authenticated (PRODUCT §4). */
enum { PEER_TEXT = 160 };
struct peer_row {
    char profile[DECISION_NAME]; /* "" = none */
    char principal[LEASE_PRINCIPAL];
    char identity[PEER_TEXT];
    char client[PEER_TEXT]; /* kind, from vendor ids; "" = unknown */
    struct endpoint last;
    bool up;
    char reason[PEER_TEXT]; /* last end or failure; "" = none */
};

/* A session row: told when a session begins, gets its address, and ends (PRODUCT §6, history). A
 * new phase 1 of the same session goes on under the same number. */
struct session_row {
    uint64_t session; /* never used twice by one engine */
    bool ended;
    char profile[DECISION_NAME];            /* "" = none */
    char group[PEER_TEXT], user[PEER_TEXT]; /* "" = none */
    char identity[PEER_TEXT];
    char client[PEER_TEXT]; /* kind, from vendor ids; "" = unknown */
    struct endpoint remote; /* where it was last */
    struct addr assigned;   /* ADDR_NONE: none */
    uint64_t age_ms;        /* since it began */
    uint64_t bytes_in, bytes_out;
    uint64_t packets_in, packets_out;
    char accounting[DECISION_NAME]; /* list by which records of it are kept; "": none (yet) */
    bool stop_only;                 /* of that list */
    bool interim;                   /* a record in between is due */
    char reason[PEER_TEXT];         /* why it ended; "" while it lasts */
};

enum effect_kind {
    EFFECT_SEND,
    EFFECT_SA_INSTALL,
    EFFECT_SA_DELETE,
    EFFECT_ASK_PASSWORD,
    EFFECT_ASK_DH,
    EFFECT_ASK_KEY,
    EFFECT_LEASE_SAVE,
    EFFECT_PEER_SAVE,
    EFFECT_SESSION_SAVE,
    EFFECT_DECISION,
    EFFECT_ROUTE,
    EFFECT_EVENT,
    EFFECT_ASK_NAME
};

struct effect_send {
    struct ike_path path;
    struct span bytes; /* without marker */
    bool bare;         /* a NAT keepalive: goes out on port 4500 without the marker */
};
struct effect_sa_delete {
    uint64_t tunnel;
    uint32_t spi;
    enum esp_direction direction;
};
struct effect_ask_password {
    struct ticket ticket;
    bool cancel;              /* the exchange is gone; no verdict is wanted any more */
    bool more;                /* password: what was answered to this login's latest challenge */
    char list[DECISION_NAME]; /* aaa list */
    char group[LOGIN_TEXT];
    char user[LOGIN_TEXT];
    uint8_t password[LOGIN_TEXT];
    size_t password_len;
    struct addr source;
};
/* Compute g^x, and g^xy when the peer's value is known. */
struct effect_ask_dh {
    struct ticket ticket;
    uint16_t group;
    uint8_t private_value[DH_PRIVATE_MAX];
    uint8_t peer_public[DH_PUBLIC_MAX];
    size_t peer_public_len; /* 0: public value only */
    bool want_public;
};
struct key_scan; /* ike/key_scan.h */
struct effect_lease_save {
    struct ticket ticket; /* answered when it is on disk; all zero: no answer wanted */
    struct lease_row row;
};
struct effect_decision {
    struct endpoint peer;
    char identity[PEER_TEXT];
    struct decision decision;
};
/* Traffic for this net belongs in the TUN, or no longer does. */
struct effect_route {
    bool add;
    uint32_t tun;
    struct prefix net;
};

/* Which addresses has this host? COMMAND_NAME is the answer, also when there is none. */
enum { PEER_HOST = 256, PEER_HOST_ADDRS = 4 };
struct effect_ask_name {
    char host[PEER_HOST];
};

struct effect {
    enum effect_kind kind;
    union {
        struct effect_send send;
        struct esp_params *install;
        struct effect_sa_delete sa_delete;
        struct effect_ask_password *ask_password;
        struct effect_ask_dh *ask_dh;
        struct key_scan *ask_key;
        struct effect_lease_save *lease_save;
        struct peer_row *peer_save;
        struct session_row *session_save;
        struct effect_decision *decision;
        struct effect_route route;
        struct event *event;
        struct effect_ask_name *ask_name;
    };
};

/* The list of one turn. Everything the effects point to lives in its arena. */
struct effects {
    struct arena arena;
    struct effect *items;
    size_t count;
    bool lost; /* memory ran out: an effect is missing; the caller drops what the turn began */
};

/* Append an effect of this kind with a zeroed body of its own; NULL when memory is out (and
 * effects->lost is set). For SEND, SA_DELETE and ROUTE the body is inside the effect; that of
 * ASK_KEY is the caller's to set. */
struct effect *effects_add(struct effects *effects, enum effect_kind kind);
/* Append ASK_KEY with a scan that lies in effects->arena. */
void effects_scan(struct effects *effects, struct key_scan *scan);
/* Append SEND with a copy of the bytes. */
void effects_send(struct effects *effects, const struct ike_path *path, struct span bytes);
/* A new event to fill in; NULL when memory is out. */
struct event *effects_event(struct effects *effects, enum event_kind kind);
/* Forget (and wipe: keys and passwords pass through) everything; ready for the next turn. */
void effects_wipe(struct effects *effects);

#endif
