/* Operators: the control socket (questions and orders) and the status socket (questions only), and
 * events as they happen. Who may connect is the file's mode; who gave an order stands in the
 * log. */
#include "host/clock.h"
#include "role/key_log.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DEBUG_LASTS_MS = 30 * 60 * 1000 };

/* -- events ---------------------------------------------------------------------------- */

/* A stranger must not fill the log. */
static bool log_allowed(struct key *key, const struct event *event)
{
    unsigned lost;
    bool of_all;
    bool allowed = key_log_allowed(key->log_sources, event, clock_now_ms(), &lost, &of_all);
    if (lost)
        child_log(key->child, LEVEL_NOTICE, "%u more lines about %s were left out", lost,
                  of_all ? "strangers" : "this source");
    return allowed;
}

static void tell_operators(struct key *key, const struct event *event)
{
    uint8_t buffer[2048];
    struct builder b = builder_of(buffer, sizeof buffer);
    const struct control_event message = {.unix_ms = clock_unix_ms(), .event = *event};
    control_event_put(&b, &message);
    for (size_t i = 0; !b.bad && i < KEY_OPERATORS; i++) {
        struct key_operator *asker = &key->operators[i];
        if (!asker->channel || !(asker->areas & 1u << event_area(event->kind)))
            continue;
        if (clock_now_ms() > asker->areas_until_ms)
            asker->areas = 0;
        /* A slow reader loses lines rather than holding up the loop. */
        else if (channel_send(asker->channel, MSG_EVENT, builder_span(&b), -1) == RC_FULL)
            continue;
    }
}

void key_event(struct key *key, const struct event *event)
{
    if (event_level(event->kind) >= LEVEL_INFO && log_allowed(key, event))
        child_log_event(key->child, event);
    tell_operators(key, event);
}

static void refresh_debug(struct key *key)
{
    bool wanted = false;
    for (size_t i = 0; i < KEY_OPERATORS; i++)
        wanted = wanted || (key->operators[i].channel && key->operators[i].areas);
    engine_set_debug(key->engine, wanted);
}

/* -- questions ------------------------------------------------------------------------- */

void key_status_header(const struct key *key, struct status_header *header)
{
    const char *hostname = key->config->hostname ? key->config->hostname : "hub";
    *header = (struct status_header){.uptime_ms = clock_now_ms() - key->started_ms,
                                     .started_s = key->started_unix_ms / 1000};
    for (size_t i = 0; hostname[i] && i + 1 < sizeof header->hostname; i++)
        header->hostname[i] = hostname[i];
    memcpy(header->version, HUBWARD_VERSION, sizeof HUBWARD_VERSION);
}

static void fill_rows(const struct key *key, const struct status_question *question,
                      struct status_page *page)
{
    uint64_t now_ms = clock_now_ms();
    uint16_t max = question->max && question->max < STATUS_PAGE_ROWS ? question->max
                                                                     : (uint16_t)STATUS_PAGE_ROWS;
    uint32_t at = question->at;
    switch (question->what) {
    case STATUS_SUMMARY:
        engine_status_summary(key->engine, &page->rows.summary);
        for (size_t i = 0; i < DROP_COUNT; i++)
            page->rows.summary.drops.by_reason[i] += key->path_drops.by_reason[i];
        page->count = 1;
        return;
    case STATUS_IKE:
        page->count = (uint16_t)engine_status_ike(key->engine, now_ms, &at, page->rows.ike, max);
        break;
    case STATUS_IPSEC:
        page->count =
            (uint16_t)engine_status_ipsec(key->engine, now_ms, &at, page->rows.ipsec, max);
        break;
    case STATUS_POOLS:
        page->count =
            (uint16_t)engine_status_pools(key->engine, now_ms, &at, page->rows.pools, max);
        break;
    case STATUS_LEASES:
        page->count =
            (uint16_t)engine_status_leases(key->engine, now_ms, &at, page->rows.leases, max);
        break;
    case STATUS_PROCESSES:
        page->count = (uint16_t)key_processes(key, &at, page->rows.processes, max);
        break;
    case STATUS_PEERS:
    case STATUS_HISTORY:
    case STATUS_PROBLEMS:
    case STATUS_DECISIONS:
    case STATUS_ACCOUNTING:
        page->rc = RC_AGAIN;
        break;
    case STATUS_WHAT_COUNT:
        break;
    }
    page->next = at;
    page->more = page->count == max;
}

enum rc key_status_send(struct channel *channel, const struct status_page *page)
{
    uint8_t *buffer = malloc(MESSAGE_MAX);
    if (!buffer)
        return RC_OK;
    struct builder b = builder_of(buffer, MESSAGE_MAX);
    status_page_put(&b, page);
    enum rc rc = b.bad ? RC_FULL : channel_send(channel, MSG_STATUS_ROWS, builder_span(&b), -1);
    free(buffer);
    return rc == RC_FULL || rc == RC_IO ? RC_OK : rc;
}

enum rc key_status_answer(struct key *key, struct channel *channel, const struct key_asker *asker,
                          struct cursor *payload)
{
    struct status_question question;
    enum rc rc = status_question_get(payload, &question);
    if (rc != RC_OK)
        return rc;
    if (key_relay_is_for_store(question.what) && key_relay_ask(key, asker, &question) == RC_OK)
        return RC_OK;
    struct status_page *page = calloc(1, sizeof *page);
    if (!page)
        return RC_OK;
    page->request = question.request;
    page->what = question.what;
    key_status_header(key, &page->header);
    fill_rows(key, &question, page);
    rc = key_status_send(channel, page);
    free(page);
    return rc;
}

/* -- orders ---------------------------------------------------------------------------- */

void key_control_result(struct key_operator *asker, enum rc rc, uint32_t number, const char *text)
{
    uint8_t buffer[1024];
    struct builder b = builder_of(buffer, sizeof buffer);
    struct control_result message = {.rc = rc, .number = number};
    for (size_t i = 0; text[i] && i + 1 < sizeof message.text; i++)
        message.text[i] = text[i];
    control_result_put(&b, &message);
    if (b.bad || channel_send(asker->channel, MSG_RESULT, builder_span(&b), -1) != RC_OK)
        child_log(asker->key->child, LEVEL_NOTICE, "an operator did not take its answer");
}

static const char *const cleared_words[CLEAR_SCOPES] = {
    [CLEAR_SESSIONS] = "sessions", [CLEAR_IPSEC] = "IPsec tunnels", [CLEAR_ISAKMP] = "ISAKMP SAs"};

static enum rc clear(struct key_operator *asker, struct cursor *payload)
{
    struct key *key = asker->key;
    struct control_clear wanted;
    uint32_t cleared = 0;
    enum rc rc = control_clear_get(payload, &wanted);
    if (rc != RC_OK)
        return rc;
    const struct command command = {.kind = COMMAND_CLEAR,
                                    .clear_scope = wanted.scope,
                                    .clear_id = wanted.id,
                                    .clear_peer = wanted.peer,
                                    .cleared = &cleared};
    struct io io = key_turn(key);
    engine_command(key->engine, &command, &io);
    key_turn_end(key);
    child_log(key->child, LEVEL_NOTICE, "uid %u cleared %u %s", asker->uid, cleared,
              cleared_words[wanted.scope]);
    key_control_result(asker, cleared ? RC_OK : RC_NOT_FOUND, cleared, "");
    return RC_OK;
}

static enum rc debug(struct key_operator *asker, struct cursor *payload)
{
    struct control_debug wanted;
    enum rc rc = control_debug_get(payload, &wanted);
    if (rc != RC_OK)
        return rc;
    asker->areas = wanted.on ? asker->areas | wanted.areas : asker->areas & ~wanted.areas;
    asker->areas_until_ms = clock_now_ms() + DEBUG_LASTS_MS;
    refresh_debug(asker->key);
    key_control_result(asker, RC_OK, 0, "");
    return RC_OK;
}

static enum rc clear_peer(struct key_operator *asker, struct cursor *payload)
{
    child_log(asker->key->child, LEVEL_NOTICE, "uid %u has a known peer cleared", asker->uid);
    return key_peer_clear(asker, payload);
}

static const struct {
    enum message_kind kind;
    enum rc (*obey)(struct key_operator *asker, struct cursor *payload);
} orders[] = {
    {MSG_CLEAR, clear},
    {MSG_DEBUG, debug},
    {MSG_TEST_AAA, key_test_login},
    {MSG_USERS_GET, key_users_get},
    {MSG_USERS_RELOAD, key_users_reload},
    {MSG_RELOAD, key_reload_order},
    {MSG_REPORT_GET, key_report_answer},
    {MSG_PEER_CLEAR, clear_peer},
    {MSG_LOG_GET, key_log_get},
};

static enum rc operator_message(void *context, struct channel *channel, enum message_kind kind,
                                struct cursor *payload, int fd)
{
    struct key_operator *asker = context;
    const struct key_asker handle = {.role = ROLE_OPERATOR,
                                     .slot = (size_t)(asker - asker->key->operators),
                                     .serial = asker->serial};
    if (fd >= 0)
        close(fd);
    if (kind == MSG_STATUS_GET)
        return key_status_answer(asker->key, channel, &handle, payload);
    if (asker->read_only)
        return RC_DENIED;
    /* Not for the status socket: no secret is in the text, but who may log in, which branch is
     * expected where, and what is weak are, and that is more than who is connected now. */
    if (kind == MSG_RUNNING_GET)
        return key_running_answer(asker->key, channel, payload);
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++)
        if (orders[i].kind == kind)
            return orders[i].obey(asker, payload);
    return RC_DENIED;
}

static void operator_gone(void *context, struct channel *channel, const char *reason)
{
    struct key_operator *asker = context;
    struct key *key = asker->key;
    (void)channel;
    (void)reason;
    key_test_cancel(asker);
    sink_free(&asker->report);
    *asker = (struct key_operator){0};
    refresh_debug(key);
}

static void take_operator(struct key *key, int fd, bool read_only)
{
    struct ucred who = {0};
    socklen_t len = sizeof who;
    for (size_t i = 0; i < KEY_OPERATORS; i++) {
        struct key_operator *asker = &key->operators[i];
        if (asker->channel)
            continue;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0)
            break;
        *asker = (struct key_operator){
            .key = key, .read_only = read_only, .serial = ++key->askers_seen, .uid = who.uid};
        if (channel_open(key->loop, fd, ROLE_KEY, ROLE_OPERATOR, operator_message, operator_gone,
                         asker, &asker->channel) != RC_OK)
            asker->channel = NULL;
        return;
    }
    close(fd);
}

static void listener_ready(uv_poll_t *poll, int status, int events)
{
    struct key_listener *listener = poll->data;
    (void)status;
    (void)events;
    int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0)
        take_operator(listener->key, fd, listener->read_only);
}

enum rc key_control_add(struct key *key, bool read_only, int take_fd)
{
    if (key->listener_count == KEY_LISTENERS) {
        close(take_fd);
        return RC_FULL;
    }
    key->listeners[key->listener_count++] =
        (struct key_listener){.key = key, .fd = take_fd, .read_only = read_only};
    return RC_OK;
}

enum rc key_control_listen(struct key *key)
{
    for (size_t i = 0; i < key->listener_count; i++) {
        struct key_listener *listener = &key->listeners[i];
        if (uv_poll_init(key->loop, &listener->poll, listener->fd) != 0)
            return RC_IO;
        listener->poll.data = listener;
        listener->polling = true;
        if (uv_poll_start(&listener->poll, UV_READABLE, listener_ready) != 0)
            return RC_IO;
    }
    return RC_OK;
}

void key_control_close(struct key *key)
{
    for (size_t i = 0; i < KEY_OPERATORS; i++) {
        channel_close(key->operators[i].channel);
        key->operators[i].channel = NULL;
        sink_free(&key->operators[i].report);
    }
    for (size_t i = 0; i < key->listener_count; i++) {
        if (key->listeners[i].polling)
            uv_close((uv_handle_t *)&key->listeners[i].poll, NULL);
        close(key->listeners[i].fd);
    }
    key->listener_count = 0;
}
