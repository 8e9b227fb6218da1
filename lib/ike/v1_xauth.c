/* Extended authentication, hub side (draft-beaulieu-ike-xauth-01), and the doorway of transaction
 * exchanges.
 *
 *   hub                              client
 *   REQUEST(name, password)     ->
 *                               <-   REPLY(name, password)      same message id
 *   … the login broker decides; no verdict in time is a refusal …
 *   SET(STATUS 1 or 0)          ->                              new message id
 *                               <-   ACK
 *
 * The client can never set a status itself, and nothing but informational messages counts before
 * the login is done. */
#include "ike/exchange.h"
#include "ike/modecfg.h"
#include "ike/peer.h"
#include "ike/principal.h"
#include "ike/report.h"
#include "ike/sa.h"
#include "ike/send.h"
#include "ike/trace.h"
#include "ike/v1.h"
#include "ike/wait.h"

#include <stdio.h>

static const struct ike_rule transaction_rule = {P_HASH | P_ATTR, P_NOTIFY | P_VENDOR, PAYLOAD_HASH,
                                                 0, 0};

static void send_attributes(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                            enum cfg_type type, int status, struct io *io)
{
    struct outgoing out;
    exchange_message_start(&out, sa, EXCHANGE_TRANSACTION, x->message_id, 0);
    cfg_open(&out.w, (uint8_t)type, x->identifier);
    if (type == CFG_REQUEST) {
        ike_attr_put_bytes(&out.w.b, CFG_XAUTH_USER_NAME, (struct span){NULL, 0});
        ike_attr_put_bytes(&out.w.b, CFG_XAUTH_USER_PASSWORD, (struct span){NULL, 0});
    } else {
        /* vpnc insists that STATUS stands alone (WIRE §9). */
        ike_attr_put_basic(&out.w.b, CFG_XAUTH_STATUS, (uint16_t)status);
    }
    ike_writer_close(&out.w);
    exchange_send(engine, sa, x, &out, (struct span){NULL, 0}, io);
    resend_arm(engine, &x->resend, io);
}

static void begun_event(struct engine *engine, const struct ike_sa *sa, const struct exchange *x,
                        struct io *io)
{
    struct event *event = sa_event(engine, sa, EV_CONFIG_BEGUN, io);
    if (event)
        event->n[0] = x->message_id;
}

void xauth_start(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    struct exchange *x = exchange_begin(engine, sa, X_XAUTH_REQUEST, io);
    if (!x) {
        sa_end(engine, sa, "out of memory", true, io);
        return;
    }
    x->identifier = (uint16_t)rng_u32(io->rng);
    trace_sa(engine, sa, TRACE_LOGIN, io);
    sa->login = LOGIN_ASKED;
    sa_event(engine, sa, EV_CALLBACK, io);
    trace_node_new(engine, sa, x->message_id, io);
    static const char *const asked[] = {"XAUTH_USER_NAME_V2", "XAUTH_USER_PASSWORD_V2"};
    for (size_t i = 0; i < 2; i++) {
        struct event *event = sa_event(engine, sa, EV_XAUTH_REQUEST, io);
        if (event)
            event_text(event, 0, asked[i]);
    }
    begun_event(engine, sa, x, io);
    send_attributes(engine, sa, x, CFG_REQUEST, 0, io);
    trace_sa(engine, sa, TRACE_LOGIN_ASKED, io);
}

/* Android counts the terminating NUL as part of the text (WIRE §13). */
static struct span without_nul(struct span text)
{
    if (text.len && text.at[text.len - 1] == 0)
        text.len--;
    return text;
}

static void refuse_login(struct engine *engine, struct ike_sa *sa, enum decision_rule rule,
                         struct io *io)
{
    struct decision decision;
    decision_start(&decision, STAGE_XAUTH);
    decision.rule = rule;
    snprintf(decision.ours, sizeof decision.ours, "login list %s", sa->login_list);
    snprintf(decision.theirs, sizeof decision.theirs, "user %.64s of group %.64s", sa->user,
             sa->group);
    snprintf(decision.hint, sizeof decision.hint,
             rule == RULE_PASSWORD ? "check the user's name and password in login list %s"
                                   : "check the login service behind list %s",
             sa->login_list);
    engine_refuse(engine, &sa->path, sa, &sa->identity, &decision, io);
    struct event *event = sa_event(engine, sa, EV_XAUTH_FAILED, io);
    if (event) {
        event_text(event, 0, sa->user);
        event_text(event, 1, sa->group);
        event_text(event, 2, decision_rule_text(rule));
    }
}

static void send_status(struct engine *engine, struct ike_sa *sa, bool ok, struct io *io)
{
    struct exchange *x = exchange_begin(engine, sa, X_XAUTH_SET, io);
    if (!x) {
        sa_end(engine, sa, "out of memory", true, io);
        return;
    }
    x->identifier = (uint16_t)rng_u32(io->rng);
    sa->login = ok ? LOGIN_SET : LOGIN_FAILED;
    sa_event(engine, sa, EV_CALLBACK, io);
    trace_node_new(engine, sa, x->message_id, io);
    begun_event(engine, sa, x, io);
    send_attributes(engine, sa, x, CFG_SET, ok, io);
    trace_sa(engine, sa, TRACE_LOGIN_SET, io);
}

static bool ask_password(struct engine *engine, struct ike_sa *sa, struct span user,
                         struct span password, struct io *io)
{
    if (!wait_add(engine, WAIT_PASSWORD, sa->self, 0, &sa->waits_for, io))
        return false;
    struct effect *effect = effects_add(io->out, EFFECT_ASK_PASSWORD);
    if (!effect)
        return false;
    struct effect_ask_password *ask = effect->ask_password;
    ask->ticket = sa->waits_for;
    ask->source = sa->path.remote.addr;
    memcpy(ask->user, user.at, user.len);
    memcpy(ask->password, password.at, password.len);
    ask->password_len = password.len;
    snprintf(ask->list, sizeof ask->list, "%s", sa->login_list);
    snprintf(ask->group, sizeof ask->group, "%s", sa->group);
    return true;
}

/* The client's answer: a name and a password of sensible size, or the login fails like a wrong
 * one. */
static void reply_received(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                           const struct cfg_message *message, struct io *io)
{
    const struct ike_attr *name = cfg_find(message, CFG_XAUTH_USER_NAME);
    const struct ike_attr *word = cfg_find(message, CFG_XAUTH_USER_PASSWORD);
    struct span user = name ? without_nul(name->data) : (struct span){NULL, 0};
    struct span password = word ? without_nul(word->data) : (struct span){NULL, 0};
    exchange_finish(engine, x, io);
    sa->login = LOGIN_VERDICT;
    bool usable = user.len && password.len && user.len < LOGIN_TEXT && password.len < LOGIN_TEXT &&
                  !memchr(user.at, 0, user.len);
    if (usable) {
        memcpy(sa->user, user.at, user.len);
        sa->user[user.len] = '\0';
    }
    static const char *const given[] = {"XAUTH_USER_NAME_V2", "XAUTH_USER_PASSWORD_V2"};
    for (size_t i = 0; i < 2; i++) {
        struct event *event = (i ? word : name) ? sa_event(engine, sa, EV_XAUTH_REPLY, io) : NULL;
        if (event)
            event_text(event, 0, given[i]);
    }
    trace_node_deleted(engine, sa, x->message_id, "done with xauth request/reply exchange", io);
    trace_sa(engine, sa, TRACE_LOGIN_REPLY, io);
    if (!usable || !ask_password(engine, sa, user, password, io)) {
        refuse_login(engine, sa, usable ? RULE_NO_VERDICT : RULE_PASSWORD, io);
        send_status(engine, sa, false, io);
        return;
    }
    /* The broker has its own deadline; this one holds even when the broker is gone. */
    if (heap_arm(&engine->timers, &sa->resend.timer, io->now_ms + LOGIN_DEADLINE_MS) != RC_OK)
        sa->login = LOGIN_VERDICT;
}

void xauth_cancel(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    if (sa->login != LOGIN_VERDICT || !wait_stands(engine, &sa->waits_for))
        return;
    struct effect *effect = effects_add(io->out, EFFECT_ASK_PASSWORD);
    if (effect) {
        effect->ask_password->ticket = sa->waits_for;
        effect->ask_password->cancel = true;
    }
    wait_cancel(engine, &sa->waits_for);
}

void xauth_verdict(struct engine *engine, struct ike_sa *sa, enum rc verdict, struct io *io)
{
    if (sa->login != LOGIN_VERDICT)
        return;
    heap_disarm(&engine->timers, &sa->resend.timer);
    xauth_cancel(engine, sa, io);
    if (verdict != RC_OK) {
        refuse_login(engine, sa, verdict == RC_AUTH_FAILED ? RULE_PASSWORD : RULE_NO_VERDICT, io);
        send_status(engine, sa, false, io);
        return;
    }
    struct event *event = sa_event(engine, sa, EV_XAUTH_OK, io);
    if (event) {
        event_text(event, 0, sa->user);
        event_text(event, 1, sa->group);
    }
    send_status(engine, sa, true, io);
}

void xauth_gave_up(struct engine *engine, struct ike_sa *sa, struct exchange *x, struct io *io)
{
    (void)x;
    sa_end_all(engine, sa, sa->login == LOGIN_FAILED ? "login refused" : "no answer to Xauth", true,
               io);
}

void xauth_acknowledged(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    if (sa->login != LOGIN_SET)
        return;
    sa->login = LOGIN_OK;
    sa_event(engine, sa, EV_XAUTH_ACK, io);
    for (struct exchange *x = sa->exchanges; x; x = x->next) {
        if (x->kind != X_XAUTH_SET || x->state == X_FINISHED)
            continue;
        exchange_finish(engine, x, io);
        trace_node_deleted(engine, sa, x->message_id, "done with transaction", io);
    }
    trace_sa(engine, sa, TRACE_LOGIN_ACK, io);
    trace_sa(engine, sa, TRACE_P1_IDLE, io);
    principal_of_user(sa->group, sa->user, sa->principal);
    peer_known(engine, sa, io);
    sa_expect_request(engine, sa, io);
}

static void acknowledged(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                         struct io *io)
{
    if (sa->login != LOGIN_FAILED) {
        xauth_acknowledged(engine, sa, io);
        return;
    }
    /* The SA of a failed login goes at once (draft, section 3). */
    exchange_finish(engine, x, io);
    sa_end_all(engine, sa, "login refused", true, io);
}

/* -- the doorway
 * -------------------------------------------------------------------------------- */

/* Anything but a reply to the request is a login that failed: what the client claims about its own
 * status counts for nothing (THREATS P02). */
static void answer_received(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                            const struct cfg_message *message, struct io *io)
{
    if (message && message->type == CFG_REPLY) {
        reply_received(engine, sa, x, message, io);
        return;
    }
    exchange_finish(engine, x, io);
    sa->login = LOGIN_VERDICT;
    refuse_login(engine, sa, RULE_STEP_SKIPPED, io);
    send_status(engine, sa, false, io);
}

/* A message in an exchange of ours. message is NULL when it could not be read. False: not due. */
static bool xauth_message(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                          const struct cfg_message *message, const struct incoming *in,
                          struct io *io)
{
    bool asked = x->kind == X_XAUTH_REQUEST;
    bool told = x->kind == X_XAUTH_SET && message && message->type == CFG_ACK;
    if (x->state != X_WAIT_PEER || (!asked && !told))
        return false;
    memcpy(x->iv, in->next_iv, sizeof x->iv);
    resend_accepted(engine, &x->resend, in);
    sa_heard(sa, io);
    sa_follow(engine, sa, in->path, io);
    if (asked)
        answer_received(engine, sa, x, message, io);
    else
        acknowledged(engine, sa, x, io);
    return true;
}

static const char *const cfg_type_names[] = {"", "REQUEST", "REPLY", "SET", "ACK"};

static void transaction_event(struct engine *engine, const struct ike_sa *sa, uint32_t message_id,
                              struct io *io)
{
    struct event *event = sa_event(engine, sa, EV_TRANSACTION, io);
    if (event)
        event->n[0] = message_id;
}

static void config_event(struct engine *engine, const struct ike_sa *sa, uint8_t type,
                         struct io *io)
{
    struct event *event = sa_event(engine, sa, EV_CONFIG_IN, io);
    if (event)
        event_text(event, 0, type <= CFG_ACK ? cfg_type_names[type] : "UNKNOWN");
}

/* The peer begins an exchange: only mode-config, and only once the login is done. */
static void fresh_message(struct engine *engine, struct ike_sa *sa,
                          const struct cfg_message *message, const struct incoming *in,
                          struct io *io)
{
    struct exchange *x = exchange_new(engine, sa, in->header.message_id, X_CONFIG);
    if (!x) {
        engine_drop(engine, in->path, DROP_IKE_NO_MEMORY, io);
        return;
    }
    sa_heard(sa, io);
    sa_follow(engine, sa, in->path, io);
    /* Who asks for an address has heard that the login succeeded: an acknowledgement that was lost
     * or overtaken is made good. */
    if (message && message->type == CFG_REQUEST)
        xauth_acknowledged(engine, sa, io);
    bool login_open = sa->login != LOGIN_NONE && sa->login != LOGIN_OK;
    if (!message || message->type != CFG_REQUEST || login_open) {
        engine_drop(engine, in->path, message ? DROP_IKE_STATE : DROP_IKE_CHAIN, io);
        exchange_free(engine, sa, x);
        return;
    }
    memcpy(x->iv, in->next_iv, sizeof x->iv);
    resend_accepted(engine, &x->resend, in);
    x->identifier = message->identifier;
    config_request(engine, sa, x, in, io);
}

void transaction_input(struct engine *engine, struct ike_sa *sa, struct incoming *in, struct io *io)
{
    if (sa->state != SA_DONE || in->header.message_id == 0) {
        engine_drop(engine, in->path, DROP_IKE_STATE, io);
        return;
    }
    struct exchange *x = exchange_find(sa, in->header.message_id);
    struct cfg_message message;
    if (x && resend_repeated(engine, &x->resend, in, io))
        return;
    enum drop_reason reason = DROP_IKE_MESSAGE_ID;
    if (x || !exchange_seen(sa, in->header.message_id))
        reason = exchange_open(sa, x, &transaction_rule, (struct span){NULL, 0}, in);
    if (reason != DROP_NONE) {
        engine_drop(engine, in->path, reason, io);
        return;
    }
    const struct ike_payload *attributes = ike_chain_find(&in->chain, PAYLOAD_ATTRIBUTES, 0);
    bool readable = cfg_parse(attributes->body, &message) == RC_OK;
    if (!x)
        trace_node_new(engine, sa, in->header.message_id, io);
    transaction_event(engine, sa, in->header.message_id, io);
    if (readable)
        config_event(engine, sa, message.type, io);
    if (!x)
        fresh_message(engine, sa, readable ? &message : NULL, in, io);
    else if (!xauth_message(engine, sa, x, readable ? &message : NULL, in, io))
        engine_drop(engine, in->path, DROP_IKE_STATE, io);
}
