/* The one table of messages between processes: kind, sender, receiver, largest size, whether a file
 * descriptor rides along. Fields are written with a builder and read with a cursor, structs are
 * never copied raw. A kind outside the table, from the wrong side, with octets left over or a
 * surprise descriptor closes the channel and is logged. */
#ifndef HUBWARD_HOST_MESSAGE_H
#define HUBWARD_HOST_MESSAGE_H

#include "base/builder.h"
#include "base/rc.h"

enum role {
    ROLE_WARDEN,
    ROLE_KEY,
    ROLE_PATH,
    ROLE_XAUTH,
    ROLE_STORE,
    ROLE_WEB,
    ROLE_OPERATOR, /* hubctl on the control socket */
    ROLE_LAUNCHER, /* of login workers that run as root */
    ROLE_RESOLVER, /* looks up the names of peers */
    ROLE_COUNT
};

#define TO(role) (1u << ROLE_##role)
#define CHILDREN                                                                                   \
    (TO(KEY) | TO(PATH) | TO(XAUTH) | TO(STORE) | TO(WEB) | TO(LAUNCHER) | TO(RESOLVER))
#define ASKERS (TO(WEB) | TO(OPERATOR))

enum { MESSAGE_HEADER = 4, MESSAGE_MAX = 60000 };

/* clang-format off */
/*    kind              senders       receivers     most octets fd */
#define MESSAGE_TABLE(X)                                                                           \
    /* start-up, warden and child: all is handed over, then RUN; the child locks itself: READY */  \
    X(MSG_CONFIG,       TO(WARDEN),   CHILDREN,            1024, true)  /* sealed text */          \
    X(MSG_SOCKET,       TO(WARDEN),   CHILDREN,             256, true)  /* kind, number, name */   \
    X(MSG_CHANNEL,      TO(WARDEN),   CHILDREN,              16, true)  /* which role */           \
    X(MSG_INTERFACE,    TO(WARDEN),   TO(KEY),              512, false) /* two names, address */   \
    X(MSG_RUN,          TO(WARDEN),   CHILDREN,              16, false)                            \
    X(MSG_READY,        CHILDREN,     TO(WARDEN),            16, false)                            \
    X(MSG_STOP,         TO(WARDEN),   CHILDREN,              16, false)                            \
    X(MSG_LOG,          CHILDREN,     TO(WARDEN),          2048, false) /* a rendered line */      \
    /* what only root can do, checked by the warden against the configuration */                   \
    X(MSG_ROUTE,        TO(KEY),      TO(WARDEN),            64, false) /* add?, tun, prefix */    \
    X(MSG_BREACH,       TO(KEY),      TO(WARDEN),            16, false) /* role that broke this */ \
    X(MSG_PROCESS,      TO(WARDEN),   TO(KEY),              256, false) /* status_process */       \
    /* key and path */                                                                             \
    X(MSG_SA_INSTALL,   TO(KEY),      TO(PATH),            1024, false) /* esp_params */           \
    X(MSG_SA_DELETE,    TO(KEY),      TO(PATH),              32, false) /* tunnel, spi, way */     \
    X(MSG_SA_COUNTERS,  TO(PATH),     TO(KEY),      MESSAGE_MAX, false) /* rows */                 \
    X(MSG_SA_EVENT,     TO(PATH),     TO(KEY),              128, false) /* sa_event, tunnel */     \
    X(MSG_ACQUIRE,      TO(PATH),     TO(KEY),              256, false) /* tun, two selectors */   \
    X(MSG_IKE_DATAGRAM, TO(PATH),     TO(KEY),      MESSAGE_MAX, false) /* two ends, octets */     \
    X(MSG_DROPS,        TO(PATH),     TO(KEY),             4096, false) /* changed counters */     \
    /* key and the xauth broker */                                                                 \
    X(MSG_LOGIN,        TO(KEY),      TO(XAUTH),           4096, false) /* ticket, list, … */      \
    X(MSG_LOGIN_CANCEL, TO(KEY),      TO(XAUTH),             32, false) /* ticket */               \
    X(MSG_VERDICT,      TO(XAUTH),    TO(KEY),              256, false) /* ticket, rc, grant */    \
    X(MSG_CHALLENGE,    TO(XAUTH),    TO(KEY),              256, false) /* ticket, prompt */       \
    X(MSG_LOGIN_ANSWER, TO(KEY),      TO(XAUTH),            512, false) /* ticket, answer */       \
    /* key and store */                                                                            \
    X(MSG_KEY_START,    TO(KEY),      TO(STORE),            16, false) /* 64 random bits */        \
    X(MSG_LEASE_SAVE,   TO(KEY),      TO(STORE),           2048, false) /* ticket, lease_row */    \
    X(MSG_LEASE_SAVED,  TO(STORE),    TO(KEY),               64, false) /* ticket, rc */           \
    X(MSG_LEASE_ROW,    TO(STORE),    TO(KEY),             2048, false) /* lease_row */            \
    X(MSG_LEASES_DONE,  TO(STORE),    TO(KEY),               16, false) /* rc */                   \
    X(MSG_PEER_SAVE,    TO(KEY),      TO(STORE),           4096, false) /* peer_row */             \
    X(MSG_DECISION,     TO(KEY),      TO(STORE),           8192, false) /* effect_decision */      \
    X(MSG_SESSION_SAVE, TO(KEY),      TO(STORE),           4096, false) /* session_row */          \
    X(MSG_STORE_STATE,  TO(STORE),    TO(KEY),              512, false) /* rc, text */             \
    X(MSG_STORE_GET,    TO(KEY),      TO(STORE),            256, false) /* status_question */      \
    X(MSG_STORE_ROWS,   TO(STORE),    TO(KEY),      MESSAGE_MAX, false) /* status_page */          \
    /* questions about status: web has these only, operators also act */                           \
    X(MSG_STATUS_GET,   ASKERS,       TO(KEY),              256, false) /* what, at, max */        \
    X(MSG_STATUS_ROWS,  TO(KEY),      ASKERS,       MESSAGE_MAX, false)                            \
    X(MSG_CLEAR,        TO(OPERATOR), TO(KEY),              256, false) /* id, peer, scope */      \
    X(MSG_DEBUG,        TO(OPERATOR), TO(KEY),               64, false) /* areas, on? */           \
    X(MSG_EVENT,        TO(KEY),      TO(OPERATOR),        2048, false) /* event */                \
    X(MSG_RESULT,       TO(KEY),      TO(OPERATOR),        1024, false) /* rc, number, text */     \
    X(MSG_RUNNING_GET,  TO(OPERATOR), TO(KEY),               64, false) /* from which octet */     \
    X(MSG_RUNNING_TEXT, TO(KEY),      TO(OPERATOR), MESSAGE_MAX, false) /* piece of the text */    \
    X(MSG_LOG_EVENT,    TO(KEY),      TO(WARDEN),          2048, false) /* event, for the log */   \
    /* operators try a login; they see the users and have their file read anew */                  \
    X(MSG_TEST_AAA,     TO(OPERATOR), TO(KEY),             2048, false) /* as MSG_LOGIN */         \
    X(MSG_LOGIN_TEST,   TO(KEY),      TO(XAUTH),           4096, false) /* as MSG_LOGIN */         \
    X(MSG_LOGIN_TESTED, TO(XAUTH),    TO(KEY),             1024, false) /* ticket, outcome */      \
    X(MSG_TEST_RESULT,  TO(KEY),      TO(OPERATOR),        1024, false) /* outcome */              \
    X(MSG_USERS_GET,    TO(OPERATOR), TO(KEY),               16, false) /* at */                   \
    X(MSG_USERS_ROWS,   TO(KEY),      TO(OPERATOR), MESSAGE_MAX, false) /* users_page */           \
    X(MSG_USERS_RELOAD, TO(OPERATOR), TO(KEY),               16, false)                            \
    X(MSG_USERS_READ,   TO(KEY),      TO(WARDEN),            16, false) /* the users file anew */  \
    X(MSG_USERS_DONE,   TO(WARDEN),   TO(KEY),             1024, false) /* control_result */       \
    /* another configuration, from an operator's order to the report (message_reload.h) */         \
    X(MSG_RELOAD,       TO(OPERATOR), TO(KEY),               16, false) /* reload_order */         \
    X(MSG_CONFIG_READ,  TO(KEY),      TO(WARDEN),            16, false) /* reload_order */         \
    X(MSG_CONFIG_NEW,   TO(WARDEN),   TO(KEY),      MESSAGE_MAX, true)  /* reload_text, text */    \
    X(MSG_REPORT_GET,   TO(OPERATOR), TO(KEY),               64, false) /* from which octet */     \
    X(MSG_REPORT_TEXT,  TO(KEY),      TO(OPERATOR), MESSAGE_MAX, false) /* piece of the report */  \
    /* operators have the store forget a peer */                                                   \
    X(MSG_PEER_CLEAR,   TO(OPERATOR), TO(KEY),              512, false) /* who */                  \
    X(MSG_PEER_FORGET,  TO(KEY),      TO(STORE),            512, false) /* number, who */          \
    X(MSG_PEER_FORGOTTEN, TO(STORE),  TO(KEY),               64, false) /* number, rc, counts */   \
    /* operators read the latest records of the log, which the warden keeps */                     \
    X(MSG_LOG_GET,      TO(OPERATOR), TO(KEY),               32, false) /* from, last, events? */  \
    X(MSG_LOG_READ,     TO(KEY),      TO(WARDEN),            32, false) /* as MSG_LOG_GET */       \
    X(MSG_LOG_PIECE,    TO(WARDEN),   TO(KEY),      MESSAGE_MAX, false) /* as MSG_LOG_TEXT */      \
    X(MSG_LOG_TEXT,     TO(KEY),      TO(OPERATOR), MESSAGE_MAX, false) /* whole lines */          \
    /* key and the resolver */                                                                     \
    X(MSG_RESOLVE,      TO(KEY),      TO(RESOLVER),         512, false) /* host */                 \
    X(MSG_RESOLVED,     TO(RESOLVER), TO(KEY),              512, false) /* host, addresses */
/* clang-format on */

enum message_kind {
    MSG_NONE = 0,
#define MESSAGE_ENUM(name, from, to, most, fd) name,
    MESSAGE_TABLE(MESSAGE_ENUM)
#undef MESSAGE_ENUM
        MESSAGE_COUNT
};

/* What a socket handed over in MSG_SOCKET is for. */
enum socket_kind {
    SOCKET_IKE_500,   /* number: address family 4 or 6 */
    SOCKET_IKE_4500,  /* key's member of the reuseport group */
    SOCKET_ESP_4500,  /* path's member */
    SOCKET_ESP_RAW,   /* protocol 50 */
    SOCKET_TUN,       /* number: which TUN; name: the device */
    SOCKET_CONTROL,   /* listening, for operators */
    SOCKET_STATUS,    /* listening, read-only */
    SOCKET_WEB,       /* listening, HTTP */
    SOCKET_STATE_DIR, /* directory of the database (store) */
    SOCKET_KIND_COUNT
};

enum sa_event { SA_EVENT_SOFT, SA_EVENT_USED, SA_EVENT_MOVED, SA_EVENT_COUNT };

enum status_what {
    STATUS_SUMMARY,   /* one status_summary and the daemon's header */
    STATUS_IKE,       /* status_ike rows */
    STATUS_IPSEC,     /* status_ipsec rows */
    STATUS_POOLS,     /* status_pool rows */
    STATUS_LEASES,    /* status_lease rows */
    STATUS_PROCESSES, /* status_process rows, as the warden last told them */
    /* what the store remembers; key passes the question on and waits for nothing */
    STATUS_PEERS,      /* status_peer rows, by name */
    STATUS_HISTORY,    /* status_history rows, the newest first */
    STATUS_PROBLEMS,   /* status_problem rows of the last 24 hours, the newest first */
    STATUS_DECISIONS,  /* status_decision rows of whom the question is about, the newest first */
    STATUS_ACCOUNTING, /* status_accounting rows of whom the question is about, newest first */
    STATUS_WHAT_COUNT
};

const char *role_name(enum role role);            /* "warden", "key", … */
const char *message_name(enum message_kind kind); /* "MSG_CONFIG", … */

/* May this kind go from sender to receiver with so many payload octets and so many descriptors?
 * RC_OK; RC_UNSUPPORTED: unknown kind; RC_DENIED: wrong direction; RC_MALFORMED: size or fd. */
MUST_USE enum rc message_allowed(uint16_t kind, enum role sender, enum role receiver,
                                 size_t payload_len, size_t fd_count);

#endif
