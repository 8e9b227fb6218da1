/* Coding of the login messages. */
#include "host/message_login.h"

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

void login_verdict_put(struct builder *b, const struct login_verdict *verdict)
{
    builder_bytes(b, verdict->ticket.id, sizeof verdict->ticket.id);
    builder_u8(b, (uint8_t)verdict->rc);
}

enum rc login_verdict_get(struct cursor *c, struct login_verdict *out)
{
    struct login_verdict verdict;
    cursor_copy(c, verdict.ticket.id, sizeof verdict.ticket.id);
    verdict.rc = (enum rc)cursor_u8(c);
    if (!cursor_done(c) ||
        (verdict.rc != RC_OK && verdict.rc != RC_AUTH_FAILED && verdict.rc != RC_AGAIN))
        return RC_MALFORMED;
    *out = verdict;
    return RC_OK;
}
