/* Messages between processes, as a sandboxed role that was taken over might write them: sender,
 * receiver, header, payload. What the table allows goes to the decoder of its kind; what a decoder
 * accepts must encode again, to octets that decode to the same. Kinds from 200 on are the parts
 * that travel inside others, and the users' memfd. */
#include "base/event.h"
#include "host/message_control.h"
#include "host/message_log.h"
#include "host/message_login.h"
#include "host/message_path.h"
#include "host/message_peer.h"
#include "host/message_reload.h"
#include "host/message_running.h"
#include "host/message_start.h"
#include "host/message_status.h"
#include "host/message_store.h"
#include "host/message_users.h"
#include "host/users.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    PART_EVENT = 200,
    PART_DECISION,
    PART_STATUS_IKE,
    PART_STATUS_IPSEC,
    PART_STATUS_SUMMARY,
    PART_USERS,
    PART_STATUS_POOL,
    PART_STATUS_LEASE,
    PART_STATUS_PEER,
    PART_STATUS_HISTORY,
    PART_STATUS_PROBLEM,
    PART_REPORT
};

/* A decoded value of any kind. */
union value {
    struct child_socket socket;
    struct child_interface interface;
    enum role role;
    struct child_line line;
    struct child_route route;
    struct esp_params params;
    struct path_delete path_delete;
    struct path_counters_row counters;
    struct path_event path_event;
    struct path_acquire acquire;
    struct path_datagram datagram;
    struct path_drops_row drops;
    struct effect_ask_password ask;
    struct ticket ticket;
    struct login_verdict verdict;
    struct login_challenge challenge;
    struct login_answer answer;
    struct effect_lease_save save;
    struct store_lease_saved saved;
    struct lease_row lease;
    enum rc rc;
    struct peer_row peer;
    struct effect_decision decision;
    struct status_question question;
    struct status_page page;
    struct control_clear clear;
    struct control_debug debug;
    struct control_event event;
    struct control_result result;
    struct running_question running_question;
    struct running_piece running_piece;
    struct event bare_event;
    struct decision bare_decision;
    struct status_ike ike;
    struct status_ipsec ipsec;
    struct status_summary summary;
    struct session_row session;
    struct store_state store_state;
    struct status_pool pool;
    struct status_lease status_lease;
    struct status_process process;
    struct status_peer status_peer;
    struct log_question log_question;
    struct log_piece log_piece;
    struct peer_forget forget;
    struct peer_forgotten forgotten;
    struct status_history history;
    struct status_problem problem;
    struct login_outcome outcome;
    struct login_tested tested;
    struct users_page users;
    struct reload_order reload_order;
    struct reload_text reload_text;
    struct report_row report;
};

/* Decode one value from the cursor, encode it again. */
typedef enum rc decode(struct cursor *c, union value *out);
typedef void encode(struct builder *b, const union value *value);

#define EXACT(name, field)                                                                         \
    static enum rc decode_##name(struct cursor *c, union value *out)                               \
    {                                                                                              \
        return name##_get(c, &out->field);                                                         \
    }                                                                                              \
    static void encode_##name(struct builder *b, const union value *value)                         \
    {                                                                                              \
        name##_put(b, &value->field);                                                              \
    }
#define STICKY(name, field)                                                                        \
    static enum rc decode_##name(struct cursor *c, union value *out)                               \
    {                                                                                              \
        name##_get(c, &out->field);                                                                \
        return cursor_done(c) ? RC_OK : RC_MALFORMED;                                              \
    }                                                                                              \
    static void encode_##name(struct builder *b, const union value *value)                         \
    {                                                                                              \
        name##_put(b, &value->field);                                                              \
    }

EXACT(child_socket, socket)
EXACT(child_interface, interface)
EXACT(child_route, route)
EXACT(path_delete, path_delete)
EXACT(path_counters, counters)
EXACT(path_event, path_event)
EXACT(path_acquire, acquire)
EXACT(path_datagram, datagram)
EXACT(path_drops, drops)
EXACT(login_ask, ask)
EXACT(login_cancel, ticket)
EXACT(login_verdict, verdict)
EXACT(login_challenge, challenge)
EXACT(login_answer, answer)
EXACT(login_outcome, outcome)
EXACT(login_tested, tested)
EXACT(users_page, users)
EXACT(store_lease_save, save)
EXACT(store_lease_saved, saved)
EXACT(store_lease_row, lease)
EXACT(store_peer, peer)
EXACT(store_decision, decision)
EXACT(status_question, question)
EXACT(status_page, page)
EXACT(control_clear, clear)
EXACT(control_debug, debug)
EXACT(control_event, event)
EXACT(control_result, result)
EXACT(running_question, running_question)
EXACT(running_piece, running_piece)
EXACT(reload_order, reload_order)
EXACT(reload_text, reload_text)
EXACT(report_row, report)
EXACT(log_question, log_question)
EXACT(log_piece, log_piece)
EXACT(peer_forget, forget)
EXACT(peer_forgotten, forgotten)
STICKY(esp_params, params)
STICKY(event, bare_event)
STICKY(decision, bare_decision)
STICKY(status_ike, ike)
STICKY(status_ipsec, ipsec)
STICKY(status_summary, summary)
EXACT(store_session, session)
EXACT(store_state, store_state)
STICKY(status_pool, pool)
STICKY(status_lease, status_lease)
STICKY(status_process, process)
STICKY(status_peer, status_peer)
STICKY(status_history, history)
STICKY(status_problem, problem)

static enum rc decode_child_peer(struct cursor *c, union value *out)
{
    return child_peer_get(c, &out->role);
}
static void encode_child_peer(struct builder *b, const union value *value)
{
    child_peer_put(b, value->role);
}
static enum rc decode_child_line(struct cursor *c, union value *out)
{
    return child_line_get(c, &out->line);
}
static void encode_child_line(struct builder *b, const union value *value)
{
    child_line_put(b, value->line.level, value->line.text);
}
static enum rc decode_store_leases_done(struct cursor *c, union value *out)
{
    return store_leases_done_get(c, &out->rc);
}
static void encode_store_leases_done(struct builder *b, const union value *value)
{
    store_leases_done_put(b, value->rc);
}

static const struct codec {
    unsigned kind;
    decode *decode;
    encode *encode;
    bool rows; /* one after the other to the end of the message */
} codecs[] = {
#define CODEC(kind, name)                                                                          \
    {                                                                                              \
        kind, decode_##name, encode_##name, false                                                  \
    }
#define ROWS(kind, name)                                                                           \
    {                                                                                              \
        kind, decode_##name, encode_##name, true                                                   \
    }
    CODEC(MSG_SOCKET, child_socket),
    CODEC(MSG_INTERFACE, child_interface),
    CODEC(MSG_CHANNEL, child_peer),
    CODEC(MSG_LOG, child_line),
    CODEC(MSG_ROUTE, child_route),
    CODEC(MSG_SA_INSTALL, esp_params),
    CODEC(MSG_SA_DELETE, path_delete),
    ROWS(MSG_SA_COUNTERS, path_counters),
    CODEC(MSG_SA_EVENT, path_event),
    CODEC(MSG_ACQUIRE, path_acquire),
    CODEC(MSG_IKE_DATAGRAM, path_datagram),
    ROWS(MSG_DROPS, path_drops),
    CODEC(MSG_LOGIN, login_ask),
    CODEC(MSG_LOGIN_CANCEL, login_cancel),
    CODEC(MSG_VERDICT, login_verdict),
    CODEC(MSG_CHALLENGE, login_challenge),
    CODEC(MSG_LOGIN_ANSWER, login_answer),
    CODEC(MSG_LOGIN_TEST, login_ask),
    CODEC(MSG_LOGIN_TESTED, login_tested),
    CODEC(MSG_TEST_AAA, login_ask),
    CODEC(MSG_TEST_RESULT, login_outcome),
    CODEC(MSG_USERS_DONE, control_result),
    CODEC(MSG_USERS_ROWS, users_page),
    CODEC(MSG_LEASE_SAVE, store_lease_save),
    CODEC(MSG_LEASE_SAVED, store_lease_saved),
    CODEC(MSG_LEASE_ROW, store_lease_row),
    CODEC(MSG_LEASES_DONE, store_leases_done),
    CODEC(MSG_PEER_SAVE, store_peer),
    CODEC(MSG_DECISION, store_decision),
    CODEC(MSG_STATUS_GET, status_question),
    CODEC(MSG_STATUS_ROWS, status_page),
    CODEC(MSG_CLEAR, control_clear),
    CODEC(MSG_DEBUG, control_debug),
    CODEC(MSG_EVENT, control_event),
    CODEC(MSG_RESULT, control_result),
    CODEC(MSG_RUNNING_GET, running_question),
    CODEC(MSG_RUNNING_TEXT, running_piece),
    CODEC(MSG_LOG_EVENT, event),
    CODEC(PART_EVENT, event),
    CODEC(PART_DECISION, decision),
    CODEC(PART_STATUS_IKE, status_ike),
    CODEC(PART_STATUS_IPSEC, status_ipsec),
    CODEC(PART_STATUS_SUMMARY, status_summary),
    CODEC(MSG_SESSION_SAVE, store_session),
    CODEC(MSG_STORE_STATE, store_state),
    CODEC(MSG_STORE_GET, status_question),
    CODEC(MSG_STORE_ROWS, status_page),
    CODEC(MSG_PROCESS, status_process),
    CODEC(PART_STATUS_POOL, status_pool),
    CODEC(PART_STATUS_LEASE, status_lease),
    CODEC(PART_STATUS_PEER, status_peer),
    CODEC(PART_STATUS_HISTORY, status_history),
    CODEC(PART_STATUS_PROBLEM, status_problem),
    CODEC(MSG_RELOAD, reload_order),
    CODEC(MSG_CONFIG_READ, reload_order),
    CODEC(MSG_CONFIG_NEW, reload_text),
    CODEC(MSG_REPORT_GET, running_question),
    CODEC(MSG_REPORT_TEXT, running_piece),
    ROWS(PART_REPORT, report_row),
    CODEC(MSG_LOG_GET, log_question),
    CODEC(MSG_LOG_TEXT, log_piece),
    CODEC(MSG_LOG_READ, log_question),
    CODEC(MSG_LOG_PIECE, log_piece),
    CODEC(MSG_PEER_CLEAR, peer_forget),
    CODEC(MSG_PEER_FORGET, peer_forget),
    CODEC(MSG_PEER_FORGOTTEN, peer_forgotten),
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* A value that was accepted: its own encoding is accepted, and is a fixed point. */
static void round_trip(const struct codec *codec, const union value *value)
{
    static uint8_t first[1 << 17], second[1 << 17];
    static union value again;
    struct builder b = builder_of(first, sizeof first);
    codec->encode(&b, value);
    require(!b.bad);
    uint8_t *exact = malloc(builder_len(&b) + 1);
    if (!exact)
        return;
    memcpy(exact, first, builder_len(&b));
    struct cursor c = cursor_of(exact, builder_len(&b));
    require(codec->decode(&c, &again) == RC_OK);
    require(cursor_done(&c));
    struct builder twice = builder_of(second, sizeof second);
    codec->encode(&twice, &again);
    require(!twice.bad && span_equal(builder_span(&b), builder_span(&twice)));
    free(exact);
}

static void decode_all(const struct codec *codec, struct cursor *c)
{
    static union value value;
    do {
        if (codec->decode(c, &value) != RC_OK)
            return;
        round_trip(codec, &value);
    } while (codec->rows && cursor_left(c) > 0);
}

static void decode_users(struct cursor *c)
{
    struct users users;
    if (users_get(c, &users) != RC_OK)
        return;
    require(!users_user(&users, "no such user") || users.user_count > 0);
    users_wipe(&users);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_of(data, size);
    uint8_t sender = cursor_u8(&c), receiver = cursor_u8(&c);
    uint16_t kind = cursor_u16(&c);
    size_t len = cursor_u16(&c);
    if (c.bad)
        return 0;
    if (kind == PART_USERS) {
        decode_users(&c);
        return 0;
    }
    if (kind < PART_EVENT) {
        size_t fds = size & 1;
        enum rc rc =
            message_allowed(kind, (enum role)sender, (enum role)receiver, cursor_left(&c), fds);
        require(rc == RC_OK || rc == RC_DENIED || rc == RC_MALFORMED || rc == RC_UNSUPPORTED);
        require(message_name((enum message_kind)kind) && role_name((enum role)sender));
        if (len != cursor_left(&c) || (rc != RC_OK && rc != RC_MALFORMED))
            return 0;
    }
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
        if (codecs[i].kind == kind)
            decode_all(&codecs[i], &c);
    return 0;
}
