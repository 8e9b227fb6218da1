/* The hub as hubctl sees it, played by a thread: it answers questions from fixed rows, and can be
 * told to misbehave. A command's exit status and both of its outputs are what is left behind. */
#ifndef HUBWARD_TESTS_CLI_HUB_H
#define HUBWARD_TESTS_CLI_HUB_H

#include "cli/shell.h"
#include "host/message_control.h"
#include "host/message_log.h"
#include "host/message_peer.h"
#include "host/message_running.h"
#include "unit/status_fixture.h"

#include <linux/sockios.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum mischief {
    HONEST,
    HANGS_UP,
    WRONG_KIND,
    WRONG_LENGTH,
    WRONG_PAYLOAD,
    WRONG_REQUEST,
    OTHER_ROWS,
    STANDS_STILL, /* more, but at the same place */
    SHORT_HEADER
};

/* One row a page, so that every listing takes several. */
struct hub {
    int fd;
    enum mischief mischief;
    struct status_ike ike[3];
    size_t ike_count;
    struct status_ipsec ipsec[3];
    size_t ipsec_count;
    const char *running;          /* the configuration's text; NULL: none */
    enum rc store;                /* what questions to the store come to */
    const char *said;             /* stands in texts of pools, processes and stored rows */
    struct control_result result; /* answer to clear and debug */
    bool no_decisions;            /* the store has none */
    bool event_first;             /* an event stands before each answer */
    struct control_clear cleared; /* what was asked */
    struct peer_forget forgotten;
    struct log_ring *log; /* NULL: it cannot be read */
    struct log_question log_asked;
    unsigned log_pieces;
    uint32_t debug_areas, debug_off_areas;
    bool interrupt;                   /* after the events: as if Ctrl-C were typed */
    unsigned questions, interrupt_at; /* about status; the same behind that answer; 0: never */
    unsigned silent_at;               /* from this one on the hub hangs up; 0: never */
    pthread_t thread, operator_thread;
};

static inline void hub_send(struct hub *hub, uint16_t kind, struct span payload)
{
    uint8_t *octets = malloc(MESSAGE_HEADER + payload.len);
    struct builder b = builder_of(octets, MESSAGE_HEADER + payload.len);
    builder_u16(&b, kind);
    builder_u16(&b, (uint16_t)(payload.len + (hub->mischief == WRONG_LENGTH)));
    builder_add(&b, payload);
    size_t len = hub->mischief == SHORT_HEADER ? 3 : builder_len(&b);
    if (send(hub->fd, octets, len, MSG_NOSIGNAL) < 0)
        hub->mischief = HANGS_UP;
    free(octets);
}

static inline void hub_send_event(struct hub *hub, const char *text)
{
    uint8_t octets[2048];
    struct builder b = builder_of(octets, sizeof octets);
    struct control_event event = {.unix_ms = 1700000000007, .event = {.kind = EV_SYSTEM}};
    event_text(&event.event, 0, text);
    control_event_put(&b, &event);
    hub_send(hub, MSG_EVENT, builder_span(&b));
}

static inline void hub_fill_decision(struct status_decision *row, const char *said)
{
    row->at_s = 1700000000;
    row->peer = fixture_endpoint("10.51.82.100", 4500);
    fixture_text(row->identity, sizeof row->identity, said);
    decision_start(&row->decision, STAGE_GROUP);
    decision_note(&row->decision, "group testgroup", 33, RULE_OTHER_NAME);
    fixture_text(row->decision.candidates[0].name, DECISION_NAME, said);
    row->decision.rule = RULE_OTHER_NAME;
    fixture_text(row->decision.theirs, sizeof row->decision.theirs, said);
    strcpy(row->decision.hint, "set the client's group name");
}

/* One row of a kind that is neither phase 1 nor phase 2. */
static inline void hub_fill_row(const struct hub *hub, struct status_page *page)
{
    const char *said = hub->said ? hub->said : "alice";
    struct status_pool *pool = &page->rows.pools[0];
    struct status_lease *lease = &page->rows.leases[0];
    struct status_process *process = &page->rows.processes[0];
    struct status_peer *peer = &page->rows.peers[0];
    struct status_history *session = &page->rows.history[0];
    struct status_problem *problem = &page->rows.problems[0];
    switch (page->what) {
    case STATUS_POOLS:
        strcpy(pool->name, "ourpool");
        pool->first = addr_v4(0x0a050501);
        pool->last = addr_v4(0x0a0505fe);
        break;
    case STATUS_LEASES:
        strcpy(lease->pool, "ourpool");
        lease->addr = addr_v4(0x0a050501);
        fixture_text(lease->principal, sizeof lease->principal, said);
        break;
    case STATUS_PROCESSES:
        process->role = ROLE_STORE;
        fixture_text(process->trouble, sizeof process->trouble, said);
        break;
    case STATUS_PEERS:
        fixture_text(peer->principal, sizeof peer->principal, said);
        fixture_text(peer->identity, sizeof peer->identity, said);
        fixture_text(peer->client, sizeof peer->client, said);
        break;
    case STATUS_HISTORY:
        session->remote = fixture_endpoint("10.51.82.100", 4500);
        session->assigned = addr_v4(0x0a050501);
        fixture_text(session->user, sizeof session->user, said);
        fixture_text(session->reason, sizeof session->reason, said);
        break;
    case STATUS_PROBLEMS:
        fixture_text(problem->identity, sizeof problem->identity, said);
        fixture_text(problem->theirs, sizeof problem->theirs, said);
        strcpy(problem->hint, "set a pool");
        break;
    case STATUS_ACCOUNTING:
        strcpy(page->rows.accounting[0].record, "stop");
        page->rows.accounting[0].remote = fixture_endpoint("10.51.82.100", 4500);
        fixture_text(page->rows.accounting[0].user, STATUS_ROW_TEXT, said);
        fixture_text(page->rows.accounting[0].reason, STATUS_ROW_TEXT, said);
        break;
    case STATUS_DECISIONS:
        hub_fill_decision(&page->rows.decisions[0], said);
        break;
    case STATUS_SUMMARY:
    case STATUS_IKE:
    case STATUS_IPSEC:
    case STATUS_WHAT_COUNT:
        break;
    }
}

static inline bool hub_fill_other(const struct hub *hub, struct status_page *page)
{
    bool stored = page->what >= STATUS_PEERS;
    if (page->what <= STATUS_IPSEC)
        return false;
    page->rc = stored ? hub->store : RC_OK;
    page->count = page->rc == RC_OK && !(hub->no_decisions && page->what == STATUS_DECISIONS);
    if (page->count)
        hub_fill_row(hub, page);
    return true;
}

static inline void hub_fill(struct hub *hub, const struct status_question *question,
                            struct status_page *page)
{
    size_t count = question->what == STATUS_IKE ? hub->ike_count : hub->ipsec_count;
    page->what = question->what;
    page->header = fixture_header();
    if (question->what == STATUS_SUMMARY) {
        page->count = 1;
        page->rows.summary = fixture_summary();
        return;
    }
    if (hub_fill_other(hub, page))
        return;
    page->count = question->at < count;
    page->next = question->at + 1;
    page->more = page->next < count;
    if (page->count && question->what == STATUS_IKE)
        page->rows.ike[0] = hub->ike[question->at];
    if (page->count && question->what == STATUS_IPSEC)
        page->rows.ipsec[0] = hub->ipsec[question->at];
}

static inline void hub_answer_status(struct hub *hub, struct cursor *c)
{
    struct status_question question;
    struct status_page *page = calloc(1, sizeof *page);
    uint8_t *octets = malloc(MESSAGE_MAX);
    struct builder b = builder_of(octets, MESSAGE_MAX);
    if (status_question_get(c, &question) != RC_OK)
        abort();
    hub_fill(hub, &question, page);
    page->request = question.request + (hub->mischief == WRONG_REQUEST);
    if (hub->mischief == OTHER_ROWS) {
        page->what = STATUS_SUMMARY;
        page->count = 1;
    }
    if (hub->mischief == STANDS_STILL) {
        page->more = true;
        page->next = question.at;
    }
    status_page_put(&b, page);
    if (hub->mischief == WRONG_PAYLOAD)
        builder_u8(&b, 0);
    hub_send(hub, hub->mischief == WRONG_KIND ? MSG_LEASE_ROW : MSG_STATUS_ROWS, builder_span(&b));
    free(octets);
    free(page);
}

/* Three octets a piece. */
static inline void hub_answer_running(struct hub *hub, struct cursor *c)
{
    struct running_question question;
    if (running_question_get(c, &question) != RC_OK)
        abort();
    const char *text = hub->running ? hub->running : "";
    size_t total = strlen(text), at = question.at < total ? question.at : total;
    struct running_piece piece = {
        .request = question.request + (hub->mischief == WRONG_REQUEST),
        .at = question.at + (hub->mischief == STANDS_STILL && question.at),
        .total = (uint32_t)total + (hub->mischief == OTHER_ROWS && question.at),
        .text = {(const uint8_t *)text + at, total - at < 3 ? total - at : 3}};
    uint8_t octets[64];
    struct builder b = builder_of(octets, sizeof octets);
    running_piece_put(&b, &piece);
    if (hub->mischief == WRONG_PAYLOAD)
        builder_u8(&b, 0);
    hub_send(hub, hub->mischief == WRONG_KIND ? MSG_LEASE_ROW : MSG_RUNNING_TEXT, builder_span(&b));
}

static inline void hub_answer_result(struct hub *hub)
{
    uint8_t octets[1024];
    struct builder b = builder_of(octets, sizeof octets);
    control_result_put(&b, &hub->result);
    hub_send(hub, MSG_RESULT, builder_span(&b));
}

/* Until the operator has taken everything. */
static inline void hub_wait_until_read(const struct hub *hub)
{
    int left = 1;
    while (ioctl(hub->fd, SIOCOUTQ, &left) == 0 && left > 0)
        usleep(1000);
}

static inline void hub_answer_debug(struct hub *hub, struct cursor *c)
{
    struct control_debug debug;
    if (control_debug_get(c, &debug) != RC_OK)
        abort();
    *(debug.on ? &hub->debug_areas : &hub->debug_off_areas) = debug.areas;
    hub_answer_result(hub);
    if (!debug.on)
        return;
    hub_send_event(hub, "first");
    hub_send_event(hub, "\x1b[2Jsecond");
    if (hub->interrupt) {
        hub_wait_until_read(hub);
        pthread_kill(hub->operator_thread, SIGINT);
    }
}

static inline void hub_answer_log(struct hub *hub, struct cursor *c)
{
    static uint8_t text[LOG_PIECE], octets[LOG_HEAD_LEN + LOG_PIECE];
    struct builder b = builder_of(octets, sizeof octets);
    struct log_question question;
    struct log_piece piece;
    if (log_question_get(c, &question) != RC_OK)
        abort();
    if (!hub->log_pieces++)
        hub->log_asked = question;
    if (!hub->log) {
        hub_answer_result(hub);
        return;
    }
    log_piece_fill(hub->log, &question, text, &piece);
    piece.request += hub->mischief == WRONG_REQUEST;
    if (hub->mischief == STANDS_STILL) {
        piece.next = question.from;
        piece.end = question.from + 1;
        piece.text = (struct span){(const uint8_t *)"{}\n", 3};
    }
    log_piece_put(&b, &piece);
    if (hub->mischief == WRONG_PAYLOAD)
        builder_u8(&b, 0);
    hub_send(hub, MSG_LOG_TEXT, builder_span(&b));
}

static inline void hub_answer(struct hub *hub, struct cursor c)
{
    uint16_t kind = cursor_u16(&c);
    cursor_u16(&c);
    if (hub->event_first)
        hub_send_event(hub, "left over");
    if (kind == MSG_STATUS_GET) {
        hub->questions++;
        hub_answer_status(hub, &c);
        if (hub->questions == hub->silent_at)
            hub->mischief = HANGS_UP;
        if (hub->questions == hub->interrupt_at) {
            hub_wait_until_read(hub);
            pthread_kill(hub->operator_thread, SIGINT);
        }
    }
    if (kind == MSG_RUNNING_GET)
        hub_answer_running(hub, &c);
    if (kind == MSG_CLEAR) {
        if (control_clear_get(&c, &hub->cleared) != RC_OK)
            abort();
        hub_answer_result(hub);
    }
    if (kind == MSG_LOG_GET)
        hub_answer_log(hub, &c);
    if (kind == MSG_PEER_CLEAR) {
        if (peer_forget_get(&c, &hub->forgotten) != RC_OK)
            abort();
        hub_answer_result(hub);
    }
    if (kind == MSG_DEBUG)
        hub_answer_debug(hub, &c);
}

static inline void *hub_thread(void *context)
{
    struct hub *hub = context;
    uint8_t octets[4096];
    ssize_t n;
    while ((n = recv(hub->fd, octets, sizeof octets, 0)) > 0 && hub->mischief != HANGS_UP)
        hub_answer(hub, cursor_of(octets, (size_t)n));
    close(hub->fd);
    return NULL;
}

/* What a command left behind. */
struct outcome {
    enum exit_code code;
    char *out;
    char *err;
};

struct session {
    struct shell shell;
    struct hub *hub;
    char *out, *err;
    size_t out_len, err_len;
};

static inline void begin(struct session *session, struct hub *hub)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    *session = (struct session){.hub = hub};
    shell_init(&session->shell, "/nonexistent", open_memstream(&session->out, &session->out_len),
               open_memstream(&session->err, &session->err_len));
    assert_int_equal(client_of_fd(fds[0], &session->shell.client), RC_OK);
    hub->fd = fds[1];
    hub->operator_thread = pthread_self();
    assert_int_equal(pthread_create(&hub->thread, NULL, hub_thread, hub), 0);
}

static inline void end(struct session *session)
{
    shell_wipe(&session->shell);
    pthread_join(session->hub->thread, NULL);
    fclose(session->shell.out);
    fclose(session->shell.err);
}

static inline struct outcome run(struct hub *hub, const char *line)
{
    struct session session;
    begin(&session, hub);
    enum exit_code code = shell_run(&session.shell, line, false);
    end(&session);
    return (struct outcome){code, session.out, session.err};
}

static inline void release(struct outcome outcome)
{
    free(outcome.out);
    free(outcome.err);
}

static inline struct hub a_hub(void)
{
    return (struct hub){
        .ike = {fixture_branch(), fixture_client(), fixture_v6()},
        .ike_count = 3,
        .ipsec = {fixture_branch_tunnel(), fixture_client_tunnel(), fixture_v6_tunnel()},
        .ipsec_count = 3,
        .running = "hostname Hub\n"
                   "crypto isakmp policy 10\n"
                   "  authentication pre-share\n"
                   "crypto isakmp key <hidden> address 10.0.0.1\n"
                   "crypto isakmp profile branches\n"
                   "  match identity address 10.0.0.0 255.0.0.0\n"
                   "crypto ipsec transform-set strong esp-gcm\n"
                   "crypto dynamic-map mymap 10\n"
                   "  set transform-set strong\n"
                   "crypto map mymap 10 ipsec-isakmp dynamic mymap\n"
                   "interface FastEthernet0/0\n"
                   "  ip address 10.48.67.181 255.255.255.224\n"
                   "  crypto map mymap\n"
                   "end\n",
    };
}

#endif
