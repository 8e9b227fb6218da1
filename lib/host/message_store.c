/* Coding of the store's messages. Rows are read in two steps, fields first and their meaning after,
 * so that a value out of range is refused exactly as a message cut short is. */
#include "host/message_store.h"

/* A boolean is 0 or 1; anything else is a breach, not a truth. */
static bool flag_get(struct cursor *c)
{
    uint8_t value = cursor_u8(c);
    if (value > 1)
        c->bad = true;
    return value == 1;
}

void store_key_start_put(struct builder *b, uint64_t start)
{
    if (!start)
        b->bad = true;
    builder_u64(b, start);
}

enum rc store_key_start_get(struct cursor *c, uint64_t *out)
{
    uint64_t start = cursor_u64(c);
    if (!cursor_done(c) || !start)
        return RC_MALFORMED;
    *out = start;
    return RC_OK;
}

/* What nameless rows would collide on is the table's key, so neither side lets one pass. */
static bool lease_is_named(const struct lease_row *row)
{
    return row->principal[0] && row->pool[0] && row->addr.family != ADDR_NONE;
}

static void lease_put(struct builder *b, const struct lease_row *row)
{
    if (!lease_is_named(row))
        b->bad = true;
    builder_string(b, row->principal);
    builder_u32(b, row->slot);
    builder_string(b, row->pool);
    addr_put(b, row->addr);
    builder_u8(b, row->active ? 1 : 0);
    builder_u64(b, row->expires_s);
}

static void lease_get(struct cursor *c, struct lease_row *row)
{
    cursor_string(c, row->principal, sizeof row->principal);
    row->slot = cursor_u32(c);
    cursor_string(c, row->pool, sizeof row->pool);
    row->addr = addr_get(c);
    row->active = flag_get(c);
    row->expires_s = cursor_u64(c);
    if (!lease_is_named(row))
        c->bad = true;
}

void store_lease_row_put(struct builder *b, const struct lease_row *row)
{
    lease_put(b, row);
}

enum rc store_lease_row_get(struct cursor *c, struct lease_row *out)
{
    struct lease_row row = {.active = false};
    lease_get(c, &row);
    if (!cursor_done(c))
        return RC_MALFORMED;
    *out = row;
    return RC_OK;
}

void store_lease_save_put(struct builder *b, const struct effect_lease_save *save)
{
    builder_bytes(b, save->ticket.id, sizeof save->ticket.id);
    lease_put(b, &save->row);
}

enum rc store_lease_save_get(struct cursor *c, struct effect_lease_save *out)
{
    struct effect_lease_save save = {.row.active = false};
    cursor_copy(c, save.ticket.id, sizeof save.ticket.id);
    lease_get(c, &save.row);
    if (!cursor_done(c))
        return RC_MALFORMED;
    *out = save;
    return RC_OK;
}

/* Is this one of the results that a table of them allows? */
static bool rc_among(enum rc rc, const enum rc *allowed, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (allowed[i] == rc)
            return true;
    return false;
}

void store_lease_saved_put(struct builder *b, const struct store_lease_saved *saved)
{
    builder_bytes(b, saved->ticket.id, sizeof saved->ticket.id);
    builder_u8(b, (uint8_t)saved->rc);
}

enum rc store_lease_saved_get(struct cursor *c, struct store_lease_saved *out)
{
    static const enum rc allowed[] = {RC_OK, RC_EXISTS, RC_FULL, RC_IO, RC_DENIED};
    struct store_lease_saved saved;
    cursor_copy(c, saved.ticket.id, sizeof saved.ticket.id);
    saved.rc = (enum rc)cursor_u8(c);
    if (!cursor_done(c) || !rc_among(saved.rc, allowed, sizeof allowed / sizeof allowed[0]))
        return RC_MALFORMED;
    *out = saved;
    return RC_OK;
}

void store_leases_done_put(struct builder *b, enum rc rc)
{
    builder_u8(b, (uint8_t)rc);
}

enum rc store_leases_done_get(struct cursor *c, enum rc *out)
{
    static const enum rc allowed[] = {RC_OK, RC_NOT_FOUND, RC_IO, RC_UNSUPPORTED};
    enum rc rc = (enum rc)cursor_u8(c);
    if (!cursor_done(c) || !rc_among(rc, allowed, sizeof allowed / sizeof allowed[0]))
        return RC_MALFORMED;
    *out = rc;
    return RC_OK;
}

void store_peer_put(struct builder *b, const struct peer_row *row)
{
    if (!row->principal[0])
        b->bad = true;
    builder_string(b, row->profile);
    builder_string(b, row->principal);
    builder_string(b, row->identity);
    builder_string(b, row->client);
    endpoint_put(b, row->last);
    builder_u8(b, row->up ? 1 : 0);
    builder_string(b, row->reason);
}

enum rc store_peer_get(struct cursor *c, struct peer_row *out)
{
    struct peer_row row = {.up = false};
    cursor_string(c, row.profile, sizeof row.profile);
    cursor_string(c, row.principal, sizeof row.principal);
    cursor_string(c, row.identity, sizeof row.identity);
    cursor_string(c, row.client, sizeof row.client);
    row.last = endpoint_get(c);
    row.up = flag_get(c);
    cursor_string(c, row.reason, sizeof row.reason);
    if (!cursor_done(c) || !row.principal[0])
        return RC_MALFORMED;
    *out = row;
    return RC_OK;
}

void store_session_put(struct builder *b, const struct session_row *row)
{
    builder_u64(b, row->session);
    builder_u8(b, row->ended ? 1 : 0);
    builder_string(b, row->profile);
    builder_string(b, row->group);
    builder_string(b, row->user);
    builder_string(b, row->identity);
    builder_string(b, row->client);
    endpoint_put(b, row->remote);
    addr_put(b, row->assigned);
    builder_u64(b, row->age_ms);
    builder_u64(b, row->bytes_in);
    builder_u64(b, row->bytes_out);
    builder_u64(b, row->packets_in);
    builder_u64(b, row->packets_out);
    builder_string(b, row->accounting);
    builder_u8(b, row->stop_only ? 1 : 0);
    builder_u8(b, row->interim ? 1 : 0);
    builder_string(b, row->reason);
}

enum rc store_session_get(struct cursor *c, struct session_row *out)
{
    struct session_row row = {.session = cursor_u64(c)};
    row.ended = flag_get(c);
    cursor_string(c, row.profile, sizeof row.profile);
    cursor_string(c, row.group, sizeof row.group);
    cursor_string(c, row.user, sizeof row.user);
    cursor_string(c, row.identity, sizeof row.identity);
    cursor_string(c, row.client, sizeof row.client);
    row.remote = endpoint_get(c);
    row.assigned = addr_get(c);
    row.age_ms = cursor_u64(c);
    row.bytes_in = cursor_u64(c);
    row.bytes_out = cursor_u64(c);
    row.packets_in = cursor_u64(c);
    row.packets_out = cursor_u64(c);
    cursor_string(c, row.accounting, sizeof row.accounting);
    row.stop_only = flag_get(c);
    row.interim = flag_get(c);
    cursor_string(c, row.reason, sizeof row.reason);
    if (!cursor_done(c))
        return RC_MALFORMED;
    *out = row;
    return RC_OK;
}

void store_state_put(struct builder *b, const struct store_state *state)
{
    builder_u8(b, (uint8_t)state->rc);
    builder_string(b, state->text);
}

enum rc store_state_get(struct cursor *c, struct store_state *out)
{
    static const enum rc allowed[] = {RC_OK, RC_FULL, RC_IO, RC_UNSUPPORTED, RC_NOT_FOUND};
    struct store_state state = {.rc = (enum rc)cursor_u8(c)};
    cursor_string(c, state.text, sizeof state.text);
    if (!cursor_done(c) || !rc_among(state.rc, allowed, sizeof allowed / sizeof allowed[0]))
        return RC_MALFORMED;
    *out = state;
    return RC_OK;
}

void store_decision_put(struct builder *b, const struct effect_decision *decision)
{
    endpoint_put(b, decision->peer);
    builder_string(b, decision->identity);
    decision_put(b, &decision->decision);
}

enum rc store_decision_get(struct cursor *c, struct effect_decision *out)
{
    struct effect_decision decision = {.peer.port = 0};
    decision.peer = endpoint_get(c);
    cursor_string(c, decision.identity, sizeof decision.identity);
    decision_get(c, &decision.decision);
    if (!cursor_done(c))
        return RC_MALFORMED;
    *out = decision;
    return RC_OK;
}

bool store_ticket_wanted(const struct ticket *ticket)
{
    for (size_t i = 0; i < sizeof ticket->id; i++)
        if (ticket->id[i])
            return true;
    return false;
}
