/* Coding of the login messages. */
#include "host/message_login.h"

#include "base/credential.h"
#include "base/wipe.h"

void login_ask_put(struct builder *b, const struct effect_ask_password *ask)
{
    if (ask->password_len > sizeof ask->password) {
        b->bad = true;
        return;
    }
    builder_bytes(b, ask->ticket.id, sizeof ask->ticket.id);
    builder_string(b, ask->list);
    builder_string(b, ask->group);
    builder_string(b, ask->user);
    builder_u16(b, (uint16_t)ask->password_len);
    builder_bytes(b, ask->password, ask->password_len);
    addr_put(b, ask->source);
}

/* The length counts what it counts: octets of a password are not text, 0 may be among them. */
static void get_password(struct cursor *c, struct effect_ask_password *ask)
{
    size_t len = cursor_u16(c);
    if (len > sizeof ask->password) {
        c->bad = true;
        return;
    }
    cursor_copy(c, ask->password, len);
    ask->password_len = len;
}

enum rc login_ask_get(struct cursor *c, struct effect_ask_password *out)
{
    struct effect_ask_password ask = {.cancel = false};
    cursor_copy(c, ask.ticket.id, sizeof ask.ticket.id);
    cursor_string(c, ask.list, sizeof ask.list);
    cursor_string(c, ask.group, sizeof ask.group);
    cursor_string(c, ask.user, sizeof ask.user);
    get_password(c, &ask);
    ask.source = addr_get(c);
    enum rc rc = cursor_done(c) ? RC_OK : RC_MALFORMED;
    if (rc == RC_OK)
        *out = ask;
    wipe(&ask, sizeof ask);
    return rc;
}

void login_cancel_put(struct builder *b, const struct ticket *ticket)
{
    builder_bytes(b, ticket->id, sizeof ticket->id);
}

enum rc login_cancel_get(struct cursor *c, struct ticket *out)
{
    struct ticket ticket;
    cursor_copy(c, ticket.id, sizeof ticket.id);
    if (!cursor_done(c))
        return RC_MALFORMED;
    *out = ticket;
    return RC_OK;
}

void login_challenge_put(struct builder *b, const struct login_challenge *challenge)
{
    builder_bytes(b, challenge->ticket.id, sizeof challenge->ticket.id);
    builder_string(b, challenge->prompt);
}

enum rc login_challenge_get(struct cursor *c, struct login_challenge *out)
{
    struct login_challenge challenge;
    cursor_copy(c, challenge.ticket.id, sizeof challenge.ticket.id);
    cursor_string(c, challenge.prompt, sizeof challenge.prompt);
    if (!cursor_done(c) || !credential_is_text((struct span){(const uint8_t *)challenge.prompt,
                                                             strlen(challenge.prompt)}))
        return RC_MALFORMED;
    *out = challenge;
    return RC_OK;
}

void login_answer_put(struct builder *b, const struct login_answer *answer)
{
    if (answer->len > sizeof answer->text) {
        b->bad = true;
        return;
    }
    builder_bytes(b, answer->ticket.id, sizeof answer->ticket.id);
    builder_u16(b, (uint16_t)answer->len);
    builder_bytes(b, answer->text, answer->len);
}

enum rc login_answer_get(struct cursor *c, struct login_answer *out)
{
    struct login_answer answer;
    cursor_copy(c, answer.ticket.id, sizeof answer.ticket.id);
    answer.len = cursor_u16(c);
    if (answer.len > sizeof answer.text)
        return RC_MALFORMED;
    cursor_copy(c, answer.text, answer.len);
    enum rc rc = cursor_done(c) ? RC_OK : RC_MALFORMED;
    if (rc == RC_OK)
        *out = answer;
    wipe(&answer, sizeof answer);
    return rc;
}

void login_verdict_put(struct builder *b, const struct login_verdict *verdict)
{
    builder_bytes(b, verdict->ticket.id, sizeof verdict->ticket.id);
    builder_u8(b, (uint8_t)verdict->rc);
    builder_u8(b, (uint8_t)verdict->rule);
    grant_put(b, &verdict->grant);
}

/* The ends of a login; nothing else is a verdict. */
static const struct {
    enum rc rc;
    enum decision_rule rule;
} ends[] = {
    {RC_OK, RULE_CHOSEN},
    {RC_AGAIN, RULE_NO_VERDICT},
    {RC_AUTH_FAILED, RULE_PASSWORD},
    {RC_AUTH_FAILED, RULE_ACCOUNT_EXPIRED},
    {RC_AUTH_FAILED, RULE_ACCOUNT_LOCKED},
    {RC_AUTH_FAILED, RULE_NEW_PASSWORD},
};

static bool is_verdict(uint8_t rc, uint8_t rule)
{
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (ends[i].rc == (enum rc)rc && ends[i].rule == (enum decision_rule)rule)
            return true;
    return false;
}

/* Who is refused is given nothing. */
static bool may_grant(uint8_t rc, const struct login_grant *grant)
{
    return (enum rc)rc == RC_OK ||
           (!grant->group[0] && !grant->pool[0] && grant->addr.family == ADDR_NONE);
}

void login_outcome_put(struct builder *b, const struct login_outcome *outcome)
{
    builder_u8(b, (uint8_t)outcome->rc);
    builder_u8(b, (uint8_t)outcome->rule);
    builder_u32(b, outcome->took_ms);
    builder_u8(b, (uint8_t)outcome->method);
    builder_u8(b, outcome->pam_root);
    builder_string(b, outcome->service);
    grant_put(b, &outcome->grant);
    builder_string(b, outcome->reason);
}

enum rc login_outcome_get(struct cursor *c, struct login_outcome *out)
{
    struct login_outcome outcome;
    uint8_t rc = cursor_u8(c), rule = cursor_u8(c);
    outcome.took_ms = cursor_u32(c);
    uint8_t method = cursor_u8(c), root = cursor_u8(c);
    cursor_string(c, outcome.service, sizeof outcome.service);
    grant_get(c, &outcome.grant);
    cursor_string(c, outcome.reason, sizeof outcome.reason);
    if (!cursor_done(c) || !is_verdict(rc, rule) || !may_grant(rc, &outcome.grant) ||
        method > AAA_PAM || root > 1)
        return RC_MALFORMED;
    outcome.rc = (enum rc)rc;
    outcome.rule = (enum decision_rule)rule;
    outcome.method = (enum aaa_method)method;
    outcome.pam_root = root == 1;
    *out = outcome;
    return RC_OK;
}

void login_tested_put(struct builder *b, const struct login_tested *tested)
{
    builder_bytes(b, tested->ticket.id, sizeof tested->ticket.id);
    login_outcome_put(b, &tested->outcome);
}

enum rc login_tested_get(struct cursor *c, struct login_tested *out)
{
    struct login_tested tested;
    cursor_copy(c, tested.ticket.id, sizeof tested.ticket.id);
    enum rc rc = login_outcome_get(c, &tested.outcome);
    if (rc == RC_OK)
        *out = tested;
    return rc;
}

enum rc login_verdict_get(struct cursor *c, struct login_verdict *out)
{
    struct login_verdict verdict = {.rc = RC_AGAIN};
    cursor_copy(c, verdict.ticket.id, sizeof verdict.ticket.id);
    uint8_t rc = cursor_u8(c), rule = cursor_u8(c);
    grant_get(c, &verdict.grant);
    if (!cursor_done(c) || !is_verdict(rc, rule) || !may_grant(rc, &verdict.grant))
        return RC_MALFORMED;
    verdict.rc = (enum rc)rc;
    verdict.rule = (enum decision_rule)rule;
    *out = verdict;
    return RC_OK;
}
