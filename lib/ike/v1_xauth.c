/* Extended authentication, hub side (draft-beaulieu-ike-xauth-01), and the doorway of transaction
 * exchanges.
 *
 *   hub                              client
 *   REQUEST(name, password)     ->
 *                               <-   REPLY(name, password)      same message id
 *   … the login broker decides; no verdict in time is a refusal …
 *   REQUEST(message, passcode)  ->                              when it asks for more: at most
 *                               <-   REPLY(passcode)            four rounds, one deadline for all
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

/* status: of a SET. prompt: of a REQUEST that asks for more; NULL: for name and password. */
static void send_attributes(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                            enum cfg_type type, int status, const char *prompt, struct io *io)
{
    struct outgoing out;
    exchange_message_start(&out, sa, EXCHANGE_TRANSACTION, x->message_id, 0);
    cfg_open(&out.w, (uint8_t)type, x->identifier);
    if (type == CFG_REQUEST && prompt) {
        /* In this order: vpnc shows the message before it asks. It takes no CHALLENGE (WIRE §13);
         * Apple's client answers a passcode and nothing else. */
        ike_attr_put_bytes(&out.w.b, CFG_XAUTH_MESSAGE,
                           (struct span){(const uint8_t *)prompt, strlen(prompt)});
        ike_attr_put_bytes(&out.w.b, CFG_XAUTH_PASSCODE, (struct span){NULL, 0});
    } else if (type == CFG_REQUEST) {
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

static void ask_client(struct engine *engine, struct ike_sa *sa, const char *prompt, struct io *io)
{
    struct exchange *x = exchange_begin(engine, sa, X_XAUTH_REQUEST, io);
    if (!x) {
        sa_end(engine, sa, "out of memory", true, io);
        return;
    }
    if (!prompt)
        sa->login_identifier = (uint16_t)rng_u32(io->rng);
    x->identifier = sa->login_identifier;
    trace_sa(engine, sa, TRACE_LOGIN, io);
    sa->login = LOGIN_ASKED;
    sa_event(engine, sa, EV_CALLBACK, io);
    trace_node_new(engine, sa, x->message_id, io);
    static const uint16_t asked[2][2] = {{CFG_XAUTH_USER_NAME, CFG_XAUTH_USER_PASSWORD},
                                         {CFG_XAUTH_MESSAGE, CFG_XAUTH_PASSCODE}};
    for (size_t i = 0; i < 2; i++) {
        struct event *event = sa_event(engine, sa, EV_XAUTH_REQUEST, io);
        if (event)
            event_text(event, 0, cfg_attr_name(asked[prompt != NULL][i]));
    }
    begun_event(engine, sa, x, io);
    send_attributes(engine, sa, x, CFG_REQUEST, 0, prompt, io);
    trace_sa(engine, sa, TRACE_LOGIN_ASKED, io);
}

void xauth_start(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    sa->challenges = 0;
    ask_client(engine, sa, NULL, io);
}

/* Android counts the terminating NUL as part of the text (WIRE §13). */
static struct span without_nul(struct span text)
{
    if (text.len && text.at[text.len - 1] == 0)
        text.len--;
    return text;
}

/* What would help, after what refused it; a %s is the login list. The last row is for the rest. */
static const struct {
    enum decision_rule rule;
    const char *hint;
} hints[] = {
    {RULE_PASSWORD, "check the user's name and password in login list %s"},
    {RULE_ACCOUNT_EXPIRED, "extend the user's account behind login list %s"},
    {RULE_ACCOUNT_LOCKED, "unlock or enable the user behind login list %s"},
    {RULE_NEW_PASSWORD, "the user sets a new password where list %s has it: Xauth cannot"},
    {RULE_GROUP_LOCK, "log in as USER@GROUP; login list %s is then asked for USER"},
    {RULE_NO_VERDICT, "check the login service behind list %s"},
    {RULE_CHOSEN, "check login list %s"},
};

static void put_hint(const struct ike_sa *sa, struct decision *decision)
{
    size_t i = 0;
    while (hints[i].rule != decision->rule && hints[i].rule != RULE_CHOSEN)
        i++;
    const char *hint = hints[i].hint;
    int before = (int)(strstr(hint, "%s") - hint);
    snprintf(decision->hint, sizeof decision->hint, "%.*s%s%s", before, hint, sa->login_list,
             hint + before + 2);
}

static void tell_refusal(struct engine *engine, struct ike_sa *sa, struct decision *decision,
                         struct io *io)
{
    snprintf(decision->theirs, sizeof decision->theirs, "user %.64s of group %.64s", sa->user,
             sa->group);
    engine_refuse(engine, &sa->path, sa, &sa->identity, decision, io);
    struct event *event = sa_event(engine, sa, EV_XAUTH_FAILED, io);
    if (event) {
        event_text(event, 0, sa->user);
        event_text(event, 1, sa->group);
        event_text(event, 2, decision_rule_text(decision->rule));
    }
}

static void refuse_login(struct engine *engine, struct ike_sa *sa, enum decision_rule rule,
                         struct io *io)
{
    struct decision decision;
    decision_start(&decision, STAGE_XAUTH);
    decision.rule = rule;
    snprintf(decision.ours, sizeof decision.ours, "login list %s", sa->login_list);
    put_hint(sa, &decision);
    tell_refusal(engine, sa, &decision, io);
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
    send_attributes(engine, sa, x, CFG_SET, ok, NULL, io);
    trace_sa(engine, sa, TRACE_LOGIN_SET, io);
}

static bool ask_password(struct engine *engine, struct ike_sa *sa, struct span password,
                         struct io *io)
{
    if (!wait_add(engine, WAIT_PASSWORD, sa->self, 0, &sa->waits_for, io))
        return false;
    struct effect *effect = effects_add(io->out, EFFECT_ASK_PASSWORD);
    if (!effect)
        return false;
    struct effect_ask_password *ask = effect->ask_password;
    ask->ticket = sa->waits_for;
    ask->source = sa->path.remote.addr;
    snprintf(ask->user, sizeof ask->user, "%s", sa->user);
    memcpy(ask->password, password.at, password.len);
    ask->password_len = password.len;
    snprintf(ask->list, sizeof ask->list, "%s", sa->login_list);
    snprintf(ask->group, sizeof ask->group, "%s", sa->group);
    return true;
}

/* With group-lock the name is USER@GROUP, or has / % or \ between them, as on IOS; the user's part
 * is what the login list is asked for. It is refused before anybody is asked: it tells the peer
 * nothing but the name of the group whose key it has. */
static bool lock_to_group(const struct engine *engine, struct ike_sa *sa)
{
    const struct client_group *group =
        config_group(engine->config, (struct span){(const uint8_t *)sa->group, strlen(sa->group)});
    size_t tail = strlen(sa->group), len = strlen(sa->user);
    if (!group || !group->group_lock)
        return true;
    if (len < tail + 2 || strcmp(sa->user + len - tail, sa->group) != 0 ||
        !strchr("@/%\\", sa->user[len - tail - 1]))
        return false;
    sa->user[len - tail - 1] = '\0';
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
    bool locked_out = usable && !lock_to_group(engine, sa);
    if (!usable || locked_out || !ask_password(engine, sa, password, io)) {
        refuse_login(engine, sa,
                     locked_out ? RULE_GROUP_LOCK
                     : usable   ? RULE_NO_VERDICT
                                : RULE_PASSWORD,
                     io);
        send_status(engine, sa, false, io);
        return;
    }
    sa->login_began_ms = io->now_ms;
    /* The broker has its own deadline; this one holds even when the broker is gone. */
    if (heap_arm(&engine->timers, &sa->resend.timer, io->now_ms + LOGIN_DEADLINE_MS) != RC_OK)
        sa->login = LOGIN_VERDICT;
}

/* -- challenges ------------------------------------------------------------------------ */

/* The request that the client has not answered. */
static void withdraw_request(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    for (struct exchange *x = sa->exchanges; x; x = x->next)
        if (x->kind == X_XAUTH_REQUEST && x->state == X_WAIT_PEER)
            exchange_finish(engine, x, io);
}

void xauth_challenge(struct engine *engine, struct ike_sa *sa, const char *prompt, struct io *io)
{
    if (sa->login != LOGIN_VERDICT)
        return;
    if (++sa->challenges > CHALLENGES_MAX ||
        heap_arm(&engine->timers, &sa->resend.timer, sa->login_began_ms + CHALLENGED_MS) != RC_OK) {
        xauth_verdict(engine, sa, RC_AGAIN, RULE_NO_VERDICT, NULL, io);
        return;
    }
    ask_client(engine, sa, prompt, io);
}

/* Clients answer by the attribute that was asked for; those of RADIUS habits by the password's. */
static const struct ike_attr *challenge_answer(const struct cfg_message *message)
{
    static const uint16_t types[] = {CFG_XAUTH_PASSCODE, CFG_XAUTH_ANSWER, CFG_XAUTH_USER_PASSWORD};
    const struct ike_attr *found = NULL;
    for (size_t i = 0; i < sizeof types / sizeof types[0] && !found; i++)
        found = cfg_find(message, types[i]);
    return found;
}

static bool pass_on(struct engine *engine, const struct ike_sa *sa, struct span text, struct io *io)
{
    struct effect *effect = wait_stands(engine, &sa->waits_for) && text.len < LOGIN_TEXT
                                ? effects_add(io->out, EFFECT_ASK_PASSWORD)
                                : NULL;
    if (!effect)
        return false;
    effect->ask_password->ticket = sa->waits_for;
    effect->ask_password->more = true;
    memcpy(effect->ask_password->password, text.at, text.len);
    effect->ask_password->password_len = text.len;
    return true;
}

/* No answer, or none of a sensible size, is a wrong one. */
static void challenge_answered(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                               const struct cfg_message *message, struct io *io)
{
    const struct ike_attr *answer = challenge_answer(message);
    struct span text = answer ? without_nul(answer->data) : (struct span){NULL, 0};
    struct event *event = answer ? sa_event(engine, sa, EV_XAUTH_REPLY, io) : NULL;
    if (event)
        event_text(event, 0, cfg_attr_name(answer->type));
    exchange_finish(engine, x, io);
    trace_node_deleted(engine, sa, x->message_id, "done with xauth request/reply exchange", io);
    sa->login = LOGIN_VERDICT;
    trace_sa(engine, sa, TRACE_LOGIN_REPLY, io);
    if (!text.len || !pass_on(engine, sa, text, io))
        xauth_verdict(engine, sa, RC_AUTH_FAILED, RULE_PASSWORD, NULL, io);
}

/* -- the verdict ----------------------------------------------------------------------- */

void xauth_cancel(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    bool out = sa->login == LOGIN_VERDICT || (sa->login == LOGIN_ASKED && sa->challenges);
    if (!out || !wait_stands(engine, &sa->waits_for))
        return;
    struct effect *effect = effects_add(io->out, EFFECT_ASK_PASSWORD);
    if (effect) {
        effect->ask_password->ticket = sa->waits_for;
        effect->ask_password->cancel = true;
    }
    wait_cancel(engine, &sa->waits_for);
}

/* What the service says of a user whose password is right may still keep it out of this group. */
static bool take_grant(struct engine *engine, struct ike_sa *sa, const struct login_grant *grant,
                       struct io *io)
{
    struct decision decision;
    const struct client_group *group =
        config_group(engine->config, (struct span){(const uint8_t *)sa->group, strlen(sa->group)});
    decision_start(&decision, STAGE_XAUTH);
    if (!grant_fits(engine->config, group, sa->user, grant, &decision)) {
        tell_refusal(engine, sa, &decision, io);
        return false;
    }
    sa->grant = *grant;
    return true;
}

void xauth_verdict(struct engine *engine, struct ike_sa *sa, enum rc verdict,
                   enum decision_rule rule, const struct login_grant *grant, struct io *io)
{
    if (sa->login != LOGIN_VERDICT && !(sa->login == LOGIN_ASKED && sa->challenges))
        return;
    heap_disarm(&engine->timers, &sa->resend.timer);
    xauth_cancel(engine, sa, io);
    withdraw_request(engine, sa, io);
    if (verdict != RC_OK)
        refuse_login(engine, sa, verdict == RC_AUTH_FAILED ? rule : RULE_NO_VERDICT, io);
    if (verdict != RC_OK || (grant && !take_grant(engine, sa, grant, io))) {
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

/* -- the doorway --------------------------------------------------------------------- */

/* Anything but a reply to the request is a login that failed: what the client claims about its own
 * status counts for nothing (THREATS P02). */
static void answer_received(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                            const struct cfg_message *message, struct io *io)
{
    if (message && message->type == CFG_REPLY) {
        if (sa->challenges)
            challenge_answered(engine, sa, x, message, io);
        else
            reply_received(engine, sa, x, message, io);
        return;
    }
    xauth_cancel(engine, sa, io);
    heap_disarm(&engine->timers, &sa->resend.timer);
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
