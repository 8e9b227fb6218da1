/* Coding of the messages between key and path. */
#include "host/message_path.h"

void path_delete_put(struct builder *b, const struct path_delete *msg)
{
    builder_u64(b, msg->tunnel);
    builder_u32(b, msg->spi);
    builder_u8(b, (uint8_t)msg->direction);
}

enum rc path_delete_get(struct cursor *c, struct path_delete *out)
{
    struct path_delete msg = {.tunnel = cursor_u64(c)};
    msg.spi = cursor_u32(c);
    uint8_t direction = cursor_u8(c);
    if (!cursor_done(c) || direction > ESP_OUTBOUND)
        return RC_MALFORMED;
    msg.direction = (enum esp_direction)direction;
    *out = msg;
    return RC_OK;
}

static void counters_put(struct builder *b, const struct esp_counters *counters)
{
    builder_u64(b, counters->packets);
    builder_u64(b, counters->bytes);
    builder_u64(b, counters->errors);
    builder_u64(b, counters->last_ms);
    builder_u64(b, counters->sequence);
}

static void counters_get(struct cursor *c, struct esp_counters *counters)
{
    counters->packets = cursor_u64(c);
    counters->bytes = cursor_u64(c);
    counters->errors = cursor_u64(c);
    counters->last_ms = cursor_u64(c);
    counters->sequence = cursor_u64(c);
}

void path_counters_put(struct builder *b, const struct path_counters_row *row)
{
    builder_u64(b, row->tunnel);
    counters_put(b, &row->in);
    counters_put(b, &row->out);
}

enum rc path_counters_get(struct cursor *c, struct path_counters_row *out)
{
    struct path_counters_row row = {.tunnel = cursor_u64(c)};
    counters_get(c, &row.in);
    counters_get(c, &row.out);
    if (c->bad)
        return RC_MALFORMED;
    *out = row;
    return RC_OK;
}

void path_event_put(struct builder *b, const struct path_event *msg)
{
    builder_u8(b, (uint8_t)msg->event);
    builder_u64(b, msg->tunnel);
    endpoint_put(b, msg->moved_to);
}

enum rc path_event_get(struct cursor *c, struct path_event *out)
{
    uint8_t event = cursor_u8(c);
    struct path_event msg = {.tunnel = cursor_u64(c)};
    msg.moved_to = endpoint_get(c);
    if (!cursor_done(c) || event >= SA_EVENT_COUNT)
        return RC_MALFORMED;
    msg.event = (enum sa_event)event;
    if (msg.event == SA_EVENT_MOVED && msg.moved_to.addr.family == ADDR_NONE)
        return RC_MALFORMED;
    *out = msg;
    return RC_OK;
}

void path_acquire_put(struct builder *b, const struct path_acquire *msg)
{
    builder_u32(b, msg->tun);
    selector_put(b, &msg->source);
    selector_put(b, &msg->destination);
}

/* The selectors of a packet are single addresses of one family. */
static bool is_one_packet(const struct path_acquire *msg)
{
    return msg->source.first.family != ADDR_NONE &&
           msg->source.first.family == msg->destination.first.family &&
           addr_equal(msg->source.first, msg->source.last) &&
           addr_equal(msg->destination.first, msg->destination.last) &&
           msg->source.protocol == msg->destination.protocol;
}

enum rc path_acquire_get(struct cursor *c, struct path_acquire *out)
{
    struct path_acquire msg = {.tun = cursor_u32(c)};
    msg.source = selector_get(c);
    msg.destination = selector_get(c);
    if (!cursor_done(c) || !is_one_packet(&msg))
        return RC_MALFORMED;
    *out = msg;
    return RC_OK;
}

void path_datagram_put(struct builder *b, const struct path_datagram *msg)
{
    endpoint_put(b, msg->local);
    endpoint_put(b, msg->remote);
    builder_add(b, msg->bytes);
}

enum rc path_datagram_get(struct cursor *c, struct path_datagram *out)
{
    struct path_datagram msg = {.local = endpoint_get(c)};
    msg.remote = endpoint_get(c);
    msg.bytes = cursor_span(c, cursor_left(c));
    if (!cursor_done(c) || msg.local.addr.family == ADDR_NONE ||
        msg.local.addr.family != msg.remote.addr.family)
        return RC_MALFORMED;
    *out = msg;
    return RC_OK;
}

void path_drops_put(struct builder *b, const struct path_drops_row *row)
{
    builder_u16(b, (uint16_t)row->reason);
    builder_u64(b, row->total);
}

enum rc path_drops_get(struct cursor *c, struct path_drops_row *out)
{
    uint16_t reason = cursor_u16(c);
    uint64_t total = cursor_u64(c);
    if (c->bad || reason >= DROP_COUNT)
        return RC_MALFORMED;
    *out = (struct path_drops_row){(enum drop_reason)reason, total};
    return RC_OK;
}
