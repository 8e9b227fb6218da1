/* Coding of the messages that forget a peer. */
#include "host/message_peer.h"

void peer_forget_put(struct builder *b, const struct peer_forget *forget)
{
    builder_u64(b, forget->number);
    builder_string(b, forget->who);
    if (!forget->who[0])
        b->bad = true;
}

enum rc peer_forget_get(struct cursor *c, struct peer_forget *out)
{
    struct peer_forget forget = {.number = cursor_u64(c)};
    cursor_string(c, forget.who, sizeof forget.who);
    if (!cursor_done(c) || !forget.who[0])
        return RC_MALFORMED;
    *out = forget;
    return RC_OK;
}

void peer_forgotten_put(struct builder *b, const struct peer_forgotten *forgotten)
{
    builder_u64(b, forgotten->number);
    builder_u8(b, (uint8_t)forgotten->rc);
    builder_u32(b, forgotten->count);
    builder_u32(b, forgotten->up);
}

enum rc peer_forgotten_get(struct cursor *c, struct peer_forgotten *out)
{
    struct peer_forgotten forgotten = {.number = cursor_u64(c)};
    uint8_t rc = cursor_u8(c);
    forgotten.count = cursor_u32(c);
    forgotten.up = cursor_u32(c);
    if (!cursor_done(c) || rc > RC_AGAIN)
        return RC_MALFORMED;
    forgotten.rc = (enum rc)rc;
    *out = forgotten;
    return RC_OK;
}
