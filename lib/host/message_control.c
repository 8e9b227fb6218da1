/* Coding of the operator's messages. */
#include "host/message_control.h"

void control_clear_put(struct builder *b, const struct control_clear *clear)
{
    builder_u64(b, clear->id);
    addr_put(b, clear->peer);
    builder_u8(b, (uint8_t)clear->scope);
}

enum rc control_clear_get(struct cursor *c, struct control_clear *out)
{
    struct control_clear clear = {.id = cursor_u64(c)};
    clear.peer = addr_get(c);
    uint8_t scope = cursor_u8(c);
    if (!cursor_done(c) || scope >= CLEAR_SCOPES)
        return RC_MALFORMED;
    clear.scope = (enum clear_scope)scope;
    *out = clear;
    return RC_OK;
}

void control_debug_put(struct builder *b, const struct control_debug *debug)
{
    builder_u32(b, debug->areas);
    builder_u8(b, debug->on ? 1 : 0);
}

enum rc control_debug_get(struct cursor *c, struct control_debug *out)
{
    struct control_debug debug = {.areas = cursor_u32(c)};
    uint8_t on = cursor_u8(c);
    if (!cursor_done(c) || on > 1 || (debug.areas & ~(uint32_t)CONTROL_AREAS))
        return RC_MALFORMED;
    debug.on = on == 1;
    *out = debug;
    return RC_OK;
}

void control_event_put(struct builder *b, const struct control_event *event)
{
    builder_u64(b, event->unix_ms);
    event_put(b, &event->event);
}

enum rc control_event_get(struct cursor *c, struct control_event *out)
{
    struct control_event event = {.unix_ms = cursor_u64(c)};
    event_get(c, &event.event);
    if (!cursor_done(c))
        return RC_MALFORMED;
    *out = event;
    return RC_OK;
}

void control_result_put(struct builder *b, const struct control_result *result)
{
    builder_u8(b, (uint8_t)result->rc);
    builder_u32(b, result->number);
    builder_string(b, result->text);
}

enum rc control_result_get(struct cursor *c, struct control_result *out)
{
    struct control_result result = {.rc = RC_OK};
    uint8_t rc = cursor_u8(c);
    result.number = cursor_u32(c);
    cursor_string(c, result.text, sizeof result.text);
    if (!cursor_done(c) || rc > RC_AGAIN)
        return RC_MALFORMED;
    result.rc = (enum rc)rc;
    *out = result;
    return RC_OK;
}
