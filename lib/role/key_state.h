/* The key role's own state. Private to lib/role/key*.c. */
#ifndef HUBWARD_ROLE_KEY_STATE_H
#define HUBWARD_ROLE_KEY_STATE_H

#include "host/channel.h"
#include "host/child.h"
#include "host/message_control.h"
#include "host/message_log.h"
#include "host/message_status.h"
#include "host/message_store.h"
#include "host/udp.h"
#include "ike/engine.h"
#include "role/dial.h"
#include "role/key.h"

enum { KEY_SOCKETS = 4, KEY_LISTENERS = 2, KEY_OPERATORS = 32, KEY_LOG_SOURCES = 64 };

struct key;
struct key_wire;

/* A UDP socket of IKE. */
struct key_socket {
    struct key *key;
    struct udp_socket udp;
    bool natt; /* port 4500 */
    bool polling;
    uv_poll_t poll;
};

/* A listening socket for operators. */
struct key_listener {
    struct key *key;
    int fd;
    bool read_only; /* the status socket: questions only */
    bool polling;
    uv_poll_t poll;
};

/* A connected operator; channel NULL: the slot is free. */
struct key_operator {
    struct key *key;
    struct channel *channel;
    bool read_only;
    uint64_t serial; /* no other asker ever has it */
    uint32_t uid;
    uint32_t areas; /* whose events it gets */
    uint64_t areas_until_ms;
    bool testing; /* waits for what becomes of a login */
    struct ticket test;
    uint64_t reading;                /* waits for this reading of the users file; 0: for none */
    uint64_t reload;                 /* waits for this reading of the configuration; 0: for none */
    struct sink report;              /* what became of the last one */
    uint64_t forgetting;             /* waits until the store has forgotten a peer; 0: does not */
    uint32_t log_asked, log_request; /* key's number of its question for the log, and its own; 0:
                                        none is open */
};

/* Whoever asked for status: a handle, since he may be gone when the answer comes. */
struct key_asker {
    enum role role; /* ROLE_WEB or ROLE_OPERATOR */
    size_t slot;    /* of an operator */
    uint64_t serial;
};

/* A question that the store is to answer. */
struct key_relay {
    bool open;
    uint32_t number; /* the store's answer bears it */
    struct key_asker asker;
    struct status_question question; /* as the asker put it */
    uint64_t asked_ms;
};

/* Log lines a source may still cause. */
struct key_log_source {
    struct addr source;
    uint64_t since_ms;
    unsigned strange, known; /* lines so far: what anybody can cause, what takes a key */
    unsigned lost;
};

/* A process of the daemon; told_ms 0: not heard of. */
struct key_process {
    struct status_process row;
    uint64_t told_ms;
};

enum { KEY_NAMES = 64 };

struct key {
    struct child *child;
    uv_loop_t *loop;
    struct config *config;
    struct engine *engine;
    struct rng rng;
    const struct key_kind *kind;
    struct dial dial;

    struct key_socket sockets[KEY_SOCKETS];
    size_t socket_count;
    struct key_wire *wire; /* buffers of the sockets; NULL until packets are read */
    uint64_t sends_lost;   /* the kernel did not take them; retransmission makes up for it */
    struct key_listener listeners[KEY_LISTENERS];
    size_t listener_count;
    struct key_operator operators[KEY_OPERATORS];
    struct channel *peers[ROLE_COUNT];
    uint64_t askers_seen;
    uint64_t web_serial; /* of the web process that is there */
    struct key_relay relays[STORE_QUESTIONS];
    uint32_t relay_number;          /* the last that was given */
    uint64_t relay_strays;          /* answers that came too late, or unasked */
    uint64_t start_number;          /* of this process, for the store; 0: not drawn yet */
    struct store_state store_state; /* as the store last told it */
    bool path_seen;                 /* a path process was there before: a new one starts empty */
    bool listening;                 /* leases are known, packets are read */
    bool stopping;

    uv_timer_t deadline;
    uv_timer_t start_limit; /* how long the store may keep us waiting */
    struct effects effects;
    unsigned dh_running;
    unsigned proofs_running;
    uint64_t started_ms, started_unix_ms;
    struct key_process processes[ROLE_COUNT];
    uint32_t logs_asked;    /* questions that the warden was asked for the log */
    uint64_t forgets_asked; /* peers that the store was to forget */
    uint64_t users_asked;   /* readings of the users file, which the warden answers */
    uint64_t users_read;    /* in order */
    uint64_t reloads_asked;
    struct drop_counters path_drops; /* as path last told them */
    struct key_log_source log_sources[KEY_LOG_SOURCES];
    char names_asked[KEY_NAMES][PEER_HOST]; /* hosts that the resolver looks for; "": free */
};

/* -- key_turn.c ------------------------------------------------------------------------ */
/* Start a turn: what the engine may use. */
struct io key_turn(struct key *key);
/* End it: apply the effects in order, wipe them, arm the next deadline. */
void key_turn_end(struct key *key);
void key_deadline_start(struct key *key);

/* -- key.c ----------------------------------------------------------------------------- */
/* Leases are known, or the store has had its chance: read packets from now on. */
void key_start_listening(struct key *key);

/* -- key_udp.c ------------------------------------------------------------------------- */
MUST_USE enum rc key_udp_add(struct key *key, enum socket_kind kind, int take_fd);
MUST_USE enum rc key_udp_listen(struct key *key);
void key_udp_send(struct key *key, const struct effect_send *send);
/* A datagram from port 500, or from 4500 without its marker. */
void key_udp_input(struct key *key, const struct ike_path *path, struct span datagram);
void key_udp_close(struct key *key);

/* -- key_dh.c -------------------------------------------------------------------------- */
void key_dh_start(struct key *key, const struct effect_ask_dh *ask);

/* -- key_proof.c ------------------------------------------------------------------------ */
/* Compute on a worker thread; the answer comes as a turn of its own. */
void key_proof_start(struct key *key, const struct key_scan *scan);
/* Use every algorithm once, so that the library has loaded what it needs before files are out of
 * reach. RC_CRYPTO. */
MUST_USE enum rc key_crypto_warm_up(struct key *key);

/* -- key_peers.c: path, xauth, store, web ---------------------------------------------- */
MUST_USE enum rc key_peer_open(struct key *key, enum role role, int take_fd);
void key_apply(struct key *key, const struct effect *effect);

/* -- key_processes.c ------------------------------------------------------------------- */
void key_process_told(struct key *key, const struct status_process *row);
/* Rows from *at on, as engine_status_ike has them. */
size_t key_processes(const struct key *key, uint32_t *at, struct status_process *rows, size_t max);

/* -- key_control.c: operators ---------------------------------------------------------- */
MUST_USE enum rc key_control_add(struct key *key, bool read_only, int take_fd);
MUST_USE enum rc key_control_listen(struct key *key);
/* A question has come over this channel, from this asker. */
enum rc key_status_answer(struct key *key, struct channel *channel, const struct key_asker *asker,
                          struct cursor *payload);
void key_status_header(const struct key *key, struct status_header *header);
/* An asker that does not read its answers gets no more of them, and without memory nobody does.
 * RC_MALFORMED, RC_DENIED: a defect of ours. */
enum rc key_status_send(struct channel *channel, const struct status_page *page);
/* An event has happened: to the log, and to the operators who listen. */
void key_event(struct key *key, const struct event *event);
void key_control_close(struct key *key);
/* Tell an operator what became of an order. */
void key_control_result(struct key_operator *asker, enum rc rc, uint32_t number, const char *text);

/* -- key_login.c: logins that operators try, the users they keep ----------------------- */
MUST_USE enum rc key_test_login(struct key_operator *asker, struct cursor *payload);
MUST_USE enum rc key_tested(struct key *key, struct cursor *payload);
/* No verdict will come any more: xauth is gone. */
void key_tests_lost(struct key *key);
/* The operator is gone. */
void key_test_cancel(struct key_operator *asker);
MUST_USE enum rc key_users_get(struct key_operator *asker, struct cursor *payload);
MUST_USE enum rc key_users_reload(struct key_operator *asker, struct cursor *payload);
void key_users_done(struct key *key, const struct control_result *result);

/* -- key_reload.c: another configuration ------------------------------------------------ */
MUST_USE enum rc key_reload_order(struct key_operator *asker, struct cursor *payload);
MUST_USE enum rc key_report_answer(struct key_operator *asker, struct cursor *payload);
/* The warden has read it. */
void key_config_new(struct key *key, const struct reload_text *text, int take_fd);
/* -- key_forget.c: peers that the store is to forget ------------------------------------ */
MUST_USE enum rc key_peer_clear(struct key_operator *asker, struct cursor *payload);
MUST_USE enum rc key_peer_forgotten(struct key *key, struct cursor *payload);
/* No answer will come any more. */
void key_forget_store_gone(struct key *key);

/* -- key_log_relay.c: the latest records of the log, which the warden keeps ------------- */
MUST_USE enum rc key_log_get(struct key_operator *asker, struct cursor *payload);
void key_log_text(struct key *key, const struct log_piece *piece);

/* -- key_names.c: hosts, which the resolver looks up ------------------------------------ */
void key_name_ask(struct key *key, const struct effect_ask_name *ask);
MUST_USE enum rc key_name_answer(struct key *key, struct cursor *payload);
/* The resolver is gone, or another one is there: what it was asked it will not answer. */
void key_names_lost(struct key *key);

/* -- key_running.c: the text of the configuration -------------------------------------- */
enum rc key_running_answer(struct key *key, struct channel *channel, struct cursor *payload);

/* -- key_relay.c: questions that the store answers ------------------------------------- */
bool key_relay_is_for_store(enum status_what what);
/* Pass it on. RC_AGAIN: it cannot be answered now, and nothing will come of it. */
MUST_USE enum rc key_relay_ask(struct key *key, const struct key_asker *asker,
                               const struct status_question *question);
/* MSG_STORE_ROWS and MSG_STORE_STATE. RC_MALFORMED: the channel is to be closed. */
MUST_USE enum rc key_relay_rows(struct key *key, struct cursor *payload);
MUST_USE enum rc key_relay_state(struct key *key, struct cursor *payload);
/* A store is there, and is told which key this is; it is gone, and all its askers are told. */
void key_relay_store_came(struct key *key);
void key_relay_store_gone(struct key *key);

#endif
