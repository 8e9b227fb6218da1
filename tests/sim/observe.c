/* Observation of an engine, down to running IVs and retransmission state. */
#include "sim/observe.h"

#include "ike/state.h"

#include <stdlib.h>

static void put_resend(struct builder *b, const struct resend *resend)
{
    builder_u64(b, resend->timer.place ? resend->timer.due_ms : 0);
    builder_bytes(b, resend->request, sizeof resend->request);
    builder_u8(b, resend->has_request);
    builder_u16(b, (uint16_t)resend->message.len);
    builder_bytes(b, resend->message.at, resend->message.len);
    builder_u8(b, (uint8_t)resend->tries);
}

static void put_exchange(struct builder *b, const struct exchange *x)
{
    builder_u32(b, x->message_id);
    builder_u8(b, (uint8_t)x->kind);
    builder_u8(b, (uint8_t)x->state);
    builder_bytes(b, x->iv, sizeof x->iv);
    put_resend(b, &x->resend);
}

static void put_sa(struct builder *b, const struct ike_sa *sa)
{
    builder_u8(b, (uint8_t)sa->state);
    builder_u8(b, (uint8_t)sa->login);
    builder_bytes(b, sa->cky_i, IKE_COOKIE);
    builder_bytes(b, sa->cky_r, IKE_COOKIE);
    builder_bytes(b, sa->iv, sizeof sa->iv);
    builder_u32(b, (uint32_t)sa->seen_count);
    builder_u64(b, sa->heard_ms);
    builder_u32(b, sa->dpd_sequence);
    builder_u32(b, sa->dpd_unanswered);
    builder_u32(b, sa->dpd_peer_sequence);
    builder_u32(b, sa->vendors);
    endpoint_put(b, sa->path.remote);
    endpoint_put(b, sa->path.local);
    put_resend(b, &sa->resend);
    for (const struct exchange *x = sa->exchanges; x; x = x->next)
        put_exchange(b, x);
}

static void put_private(struct builder *b, const struct engine *engine)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct ike_sa *sa;
    while ((sa = slots_next(&engine->sas, &at, &handle)))
        put_sa(b, sa);
    builder_u32(b, HASH_COUNT(engine->waits));
    builder_u32(b, HASH_CNT(by_addr, engine->leases_by_addr));
    builder_u32(b, engine->sessions.live);
    builder_u64(b, engine->next_session);
}

static void put_rows(struct builder *b, const struct node *node)
{
    struct status_ike ike;
    struct status_ipsec pair;
    uint32_t at = 0;
    while (engine_status_ike(node->engine, node->world->now_ms, &at, &ike, 1) == 1)
        status_ike_put(b, &ike);
    at = 0;
    while (engine_status_ipsec(node->engine, node->world->now_ms, &at, &pair, 1) == 1)
        status_ipsec_put(b, &pair);
}

void observe(const struct node *node, struct observed *out)
{
    struct builder b = builder_of(out->bytes, sizeof out->bytes);
    struct status_summary summary;
    const uint32_t counters[] = {
        node->asked_dh, node->asked_password,   node->saved_leases,     node->installs,
        node->deletes,  (uint32_t)node->routes, HASH_COUNT(node->paths)};
    engine_status_summary(node->engine, &summary);
    summary.drops = (struct drop_counters){0};
    summary.refused_total = 0;
    status_summary_put(&b, &summary);
    builder_u64(&b, engine_next_deadline_ms(node->engine));
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        builder_u32(&b, counters[i]);
    put_rows(&b, node);
    put_private(&b, node->engine);
    if (b.bad)
        abort();
    out->len = builder_len(&b);
}

bool observed_same(const struct observed *a, const struct observed *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}
