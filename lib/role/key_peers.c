/* The key role's channels to path, xauth, store and web, and what each effect of a turn becomes: a
 * datagram, a message, work for a thread, a line. */
#include "base/wipe.h"
#include "host/message_login.h"
#include "host/message_path.h"
#include "host/message_store.h"
#include "role/key_state.h"

#include <unistd.h>

enum { PEER_BUFFER = 8192 };

/* Send to a role; without one the message is lost, which the callers have thought of. */
static bool peer_send(struct key *key, enum role role, enum message_kind kind,
                      const struct builder *b)
{
    struct channel *channel = key->peers[role];
    if (b->bad || !channel)
        return false;
    return channel_send(channel, kind, builder_span(b), -1) == RC_OK;
}

/* -- effects --------------------------------------------------------------------------- */

static void answer_at_once(struct key *key, enum answer_kind kind, const struct ticket *ticket,
                           enum rc rc)
{
    struct io io = key_turn(key);
    const struct answer answer = {.kind = kind, .ticket = *ticket, .rc = rc};
    engine_answer(key->engine, &answer, &io);
}

static void put_answer(struct builder *b, const struct effect_ask_password *ask)
{
    struct login_answer answer = {.ticket = ask->ticket, .len = ask->password_len};
    memcpy(answer.text, ask->password, ask->password_len);
    login_answer_put(b, &answer);
    wipe(&answer, sizeof answer);
}

static void apply_password(struct key *key, const struct effect_ask_password *ask)
{
    uint8_t buffer[LOGIN_ASK_MAX];
    struct builder b = builder_of(buffer, sizeof buffer);
    enum message_kind kind = ask->cancel ? MSG_LOGIN_CANCEL
                             : ask->more ? MSG_LOGIN_ANSWER
                                         : MSG_LOGIN;
    if (ask->cancel)
        login_cancel_put(&b, &ask->ticket);
    else if (ask->more)
        put_answer(&b, ask);
    else
        login_ask_put(&b, ask);
    bool sent = peer_send(key, ROLE_XAUTH, kind, &b);
    wipe(buffer, sizeof buffer);
    if (!sent && !ask->cancel)
        answer_at_once(key, ANSWER_PASSWORD, &ask->ticket, RC_AGAIN);
}

static void apply_lease(struct key *key, const struct effect_lease_save *save)
{
    uint8_t buffer[STORE_LEASE_SAVE_MAX];
    struct builder b = builder_of(buffer, sizeof buffer);
    store_lease_save_put(&b, save);
    /* Without a store no new lease is handed out: what is not on disk could be given twice. */
    if (!peer_send(key, ROLE_STORE, MSG_LEASE_SAVE, &b) && store_ticket_wanted(&save->ticket))
        answer_at_once(key, ANSWER_LEASE_SAVED, &save->ticket, RC_IO);
}

static void apply_install(struct key *key, const struct esp_params *params)
{
    uint8_t buffer[1024];
    struct builder b = builder_of(buffer, sizeof buffer);
    esp_params_put(&b, params);
    /* No path process: it will start empty, and every pair is negotiated anew then. */
    if (!peer_send(key, ROLE_PATH, MSG_SA_INSTALL, &b) && b.bad)
        child_log(key->child, LEVEL_ERROR, "an SA could not be encoded");
    wipe(buffer, sizeof buffer);
}

static void apply_route(struct key *key, const struct effect_route *route)
{
    if (child_route(key->child, route->add, route->tun, route->net) != RC_OK)
        child_log(key->child, LEVEL_ERROR, "the warden did not take a route");
}

void key_apply(struct key *key, const struct effect *effect)
{
    uint8_t buffer[PEER_BUFFER];
    struct builder b = builder_of(buffer, sizeof buffer);
    switch (effect->kind) {
    case EFFECT_SEND:
        key_udp_send(key, &effect->send);
        break;
    case EFFECT_SA_INSTALL:
        apply_install(key, effect->install);
        break;
    case EFFECT_SA_DELETE:
        path_delete_put(&b, &(struct path_delete){.tunnel = effect->sa_delete.tunnel,
                                                  .spi = effect->sa_delete.spi,
                                                  .direction = effect->sa_delete.direction});
        peer_send(key, ROLE_PATH, MSG_SA_DELETE, &b);
        break;
    case EFFECT_ASK_PASSWORD:
        apply_password(key, effect->ask_password);
        break;
    case EFFECT_ASK_DH:
        key_dh_start(key, effect->ask_dh);
        break;
    case EFFECT_ASK_KEY:
        key_proof_start(key, effect->ask_key);
        break;
    case EFFECT_LEASE_SAVE:
        apply_lease(key, effect->lease_save);
        break;
    case EFFECT_PEER_SAVE:
        store_peer_put(&b, effect->peer_save);
        peer_send(key, ROLE_STORE, MSG_PEER_SAVE, &b);
        break;
    case EFFECT_SESSION_SAVE:
        store_session_put(&b, effect->session_save);
        peer_send(key, ROLE_STORE, MSG_SESSION_SAVE, &b);
        break;
    case EFFECT_DECISION:
        store_decision_put(&b, effect->decision);
        peer_send(key, ROLE_STORE, MSG_DECISION, &b);
        break;
    case EFFECT_ROUTE:
        apply_route(key, &effect->route);
        break;
    case EFFECT_EVENT:
        key_event(key, effect->event);
        break;
    case EFFECT_ASK_NAME:
        key_name_ask(key, effect->ask_name);
        break;
    }
}

/* -- messages -------------------------------------------------------------------------- */

static void command(struct key *key, const struct command *command)
{
    struct io io = key_turn(key);
    engine_command(key->engine, command, &io);
    key_turn_end(key);
}

static enum rc counters(struct key *key, struct cursor *payload)
{
    while (cursor_left(payload)) {
        struct path_counters_row row;
        enum rc rc = path_counters_get(payload, &row);
        if (rc != RC_OK)
            return rc;
        command(key, &(struct command){.kind = COMMAND_SA_COUNTERS,
                                       .tunnel = row.tunnel,
                                       .in = row.in,
                                       .out = row.out});
    }
    return RC_OK;
}

static enum rc sa_event(struct key *key, struct cursor *payload)
{
    static const enum command_kind commands[SA_EVENT_COUNT] = {[SA_EVENT_SOFT] = COMMAND_SA_SOFT,
                                                               [SA_EVENT_USED] = COMMAND_SA_USED,
                                                               [SA_EVENT_MOVED] = COMMAND_SA_MOVED};
    struct path_event event;
    enum rc rc = path_event_get(payload, &event);
    if (rc != RC_OK)
        return rc;
    command(key, &(struct command){.kind = commands[event.event],
                                   .tunnel = event.tunnel,
                                   .moved_to = event.moved_to});
    return RC_OK;
}

static enum rc acquire(struct key *key, struct cursor *payload)
{
    struct path_acquire wanted;
    enum rc rc = path_acquire_get(payload, &wanted);
    if (rc != RC_OK)
        return rc;
    command(key, &(struct command){.kind = COMMAND_ACQUIRE,
                                   .tun = wanted.tun,
                                   .source = wanted.source,
                                   .destination = wanted.destination});
    return RC_OK;
}

static enum rc datagram(struct key *key, struct cursor *payload)
{
    struct path_datagram handed;
    enum rc rc = path_datagram_get(payload, &handed);
    if (rc != RC_OK)
        return rc;
    const struct ike_path path = {.local = handed.local, .remote = handed.remote, .natt = true};
    key_udp_input(key, &path, handed.bytes);
    return RC_OK;
}

static enum rc drops(struct key *key, struct cursor *payload)
{
    while (cursor_left(payload)) {
        struct path_drops_row row;
        enum rc rc = path_drops_get(payload, &row);
        if (rc != RC_OK)
            return rc;
        key->path_drops.by_reason[row.reason] = row.total;
    }
    return RC_OK;
}

static enum rc verdict(struct key *key, struct cursor *payload)
{
    struct login_verdict verdict;
    enum rc rc = login_verdict_get(payload, &verdict);
    if (rc != RC_OK)
        return rc;
    struct io io = key_turn(key);
    const struct answer answer = {.kind = ANSWER_PASSWORD,
                                  .ticket = verdict.ticket,
                                  .rc = verdict.rc,
                                  .rule = verdict.rule,
                                  .grant = verdict.grant};
    engine_answer(key->engine, &answer, &io);
    key_turn_end(key);
    return RC_OK;
}

static enum rc challenge(struct key *key, struct cursor *payload)
{
    struct login_challenge challenge;
    struct answer answer = {.kind = ANSWER_CHALLENGE};
    enum rc rc = login_challenge_get(payload, &challenge);
    if (rc != RC_OK)
        return rc;
    answer.ticket = challenge.ticket;
    memcpy(answer.prompt, challenge.prompt, sizeof answer.prompt);
    struct io io = key_turn(key);
    engine_answer(key->engine, &answer, &io);
    key_turn_end(key);
    return RC_OK;
}

static enum rc lease_saved(struct key *key, struct cursor *payload)
{
    struct store_lease_saved saved;
    enum rc rc = store_lease_saved_get(payload, &saved);
    if (rc != RC_OK)
        return rc;
    answer_at_once(key, ANSWER_LEASE_SAVED, &saved.ticket, saved.rc);
    key_turn_end(key);
    return RC_OK;
}

static enum rc lease_row(struct key *key, struct cursor *payload)
{
    struct command loaded = {.kind = COMMAND_LEASE_LOADED};
    enum rc rc = store_lease_row_get(payload, &loaded.lease);
    if (rc == RC_OK)
        command(key, &loaded);
    return rc;
}

static enum rc leases_done(struct key *key, struct cursor *payload)
{
    enum rc state;
    enum rc rc = store_leases_done_get(payload, &state);
    if (rc != RC_OK)
        return rc;
    if (state != RC_OK)
        child_log(key->child, LEVEL_WARNING, "stored leases could not all be read: %s",
                  rc_text(state));
    /* Set aside is known: nobody will ever tell them. */
    if (state == RC_OK || state == RC_NOT_FOUND)
        command(key, &(struct command){.kind = COMMAND_LEASES_KNOWN});
    key_start_listening(key);
    return RC_OK;
}

static enum rc status_question(struct key *key, struct cursor *payload)
{
    const struct key_asker web = {.role = ROLE_WEB, .serial = key->web_serial};
    return key->peers[ROLE_WEB] ? key_status_answer(key, key->peers[ROLE_WEB], &web, payload)
                                : RC_OK;
}

static const struct {
    enum message_kind kind;
    enum rc (*take)(struct key *key, struct cursor *payload);
} inbox[] = {
    {MSG_SA_COUNTERS, counters},
    {MSG_SA_EVENT, sa_event},
    {MSG_ACQUIRE, acquire},
    {MSG_IKE_DATAGRAM, datagram},
    {MSG_DROPS, drops},
    {MSG_VERDICT, verdict},
    {MSG_CHALLENGE, challenge},
    {MSG_LEASE_SAVED, lease_saved},
    {MSG_LEASE_ROW, lease_row},
    {MSG_LEASES_DONE, leases_done},
    {MSG_STATUS_GET, status_question},
    {MSG_STORE_ROWS, key_relay_rows},
    {MSG_STORE_STATE, key_relay_state},
    {MSG_LOGIN_TESTED, key_tested},
    {MSG_PEER_FORGOTTEN, key_peer_forgotten},
    {MSG_RESOLVED, key_name_answer},
};

static enum rc peer_message(void *context, struct channel *channel, enum message_kind kind,
                            struct cursor *payload, int fd)
{
    (void)channel;
    if (fd >= 0)
        close(fd);
    for (size_t i = 0; i < sizeof inbox / sizeof inbox[0]; i++)
        if (inbox[i].kind == kind)
            return inbox[i].take(context, payload);
    return RC_DENIED;
}

static void peer_gone(void *context, struct channel *channel, const char *reason)
{
    struct key *key = context;
    enum role role = channel_other(channel);
    child_log(key->child, LEVEL_WARNING, "channel to %s closed: %s", role_name(role), reason);
    if (key->peers[role] != channel)
        return;
    key->peers[role] = NULL;
    if (channel_broken(channel) && child_breach(key->child, role) != RC_OK)
        child_log(key->child, LEVEL_ERROR, "the warden was not told of it");
    if (role == ROLE_STORE) {
        key_relay_store_gone(key);
        key_forget_store_gone(key);
    }
    if (key->peers[role] == channel)
        key->peers[role] = NULL;
    if (role == ROLE_XAUTH)
        key_tests_lost(key);
    if (role == ROLE_RESOLVER)
        key_names_lost(key);
}

enum rc key_peer_open(struct key *key, enum role role, int take_fd)
{
    struct channel *channel;
    enum rc rc =
        channel_open(key->loop, take_fd, ROLE_KEY, role, peer_message, peer_gone, key, &channel);
    if (rc != RC_OK)
        return rc;
    channel_close(key->peers[role]);
    key->peers[role] = channel;
    if (role == ROLE_WEB)
        key->web_serial = ++key->askers_seen;
    if (role == ROLE_STORE) {
        key_relay_store_gone(key); /* the one before: its answers will not come */
        key_forget_store_gone(key);
        key_relay_store_came(key);
    }
    if (role == ROLE_XAUTH)
        key_tests_lost(key); /* a new broker knows nothing of what the former was asked */
    if (role == ROLE_RESOLVER)
        key_names_lost(key);
    if (role != ROLE_PATH)
        return RC_OK;
    if (key->path_seen)
        command(key, &(struct command){.kind = COMMAND_PATH_LOST});
    key->path_seen = true;
    key->path_drops = (struct drop_counters){0};
    return RC_OK;
}
