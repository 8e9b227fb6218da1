/* Quick mode as initiator: a spoke's tunnel, and the rekey of a pair by either side. Towards
 * clients the offer is one proposal with the transforms of before and a nonce of 20 octets: vpnc
 * can read nothing else (WIRE §13). */
#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/fate.h"
#include "ike/initiate.h"
#include "ike/octets.h"
#include "ike/quick.h"
#include "ike/report.h"
#include "ike/sa.h"
#include "ike/send.h"
#include "ike/trace.h"
#include "ike/v1.h"
#include "ike/wait.h"

#include <stdio.h>
#include <stdlib.h>

enum { COMMIT_MS = 2000 };

static const struct ike_rule qm4_rule = {P_HASH | P_NOTIFY, P_VENDOR, PAYLOAD_HASH, 0, 0};
static const struct ike_rule qm2_rule = {
    P_HASH | P_SA | P_NONCE, P_KE | P_ID | P_NOTIFY | P_VENDOR | P_NATOA, PAYLOAD_HASH, 0, 2};

void quick_put_lifetime(struct ike_writer *w, const struct quick *quick)
{
    uint8_t spi[4], data[24];
    struct builder s = builder_of(spi, sizeof spi), d = builder_of(data, sizeof data);
    builder_u32(&s, quick->spi_in);
    ike_lifetime_put(&d, quick->suite.lifetime_s, quick->suite.lifetime_kb);
    const struct ike_notification notification = {.protocol = PROTOCOL_ESP,
                                                  .type = NOTIFY_RESPONDER_LIFETIME,
                                                  .spi = {spi, sizeof spi},
                                                  .data = builder_span(&d)};
    ike_notification_put(w, &notification);
}

static const struct map_entry *entry_of(const struct engine *engine, const struct ike_sa *sa,
                                        const char *name, unsigned sequence)
{
    const struct crypto_map *map = engine_map(engine, sa->interface);
    for (size_t i = 0; map && strcmp(map->name, name) == 0 && i < map->entry_count; i++)
        if (!map->entries[i].dynamic && map->entries[i].sequence == sequence)
            return &map->entries[i];
    return NULL;
}

/* What to offer: the entry's terms, or for a rekey what was agreed before, unless the entry has
 * come to want something else. set is storage for what was agreed. */
static bool find_terms(const struct engine *engine, const struct ike_sa *sa,
                       const struct pending *wanted, struct transform_set *set,
                       const struct transform_set **one, struct ike_child_terms *terms)
{
    const struct child *old = slots_get(&engine->children, wanted->replaces);
    if (!old) {
        const struct map_entry *entry = entry_of(engine, sa, wanted->map, wanted->sequence);
        if (entry)
            *terms = quick_terms(engine, entry, sa);
        return entry != NULL;
    }
    struct served by;
    if (!fate_terms_stand(engine, old, &by)) {
        *terms = quick_terms(engine, by.entry, sa);
        return true;
    }
    *set = ike_child_as_set(&old->suite);
    *one = set;
    const struct map_entry as_before = {.set_count = 1, .sets = {*one}};
    *terms = quick_terms(engine, &as_before, sa);
    terms->sets = one;
    terms->pfs_group = old->suite.pfs_group;
    terms->lifetime_s = old->suite.lifetime_s;
    terms->lifetime_kb = old->suite.lifetime_kb;
    return true;
}

static void qm1_send(struct engine *engine, struct ike_sa *sa, struct exchange *x, struct io *io)
{
    struct quick *quick = x->quick;
    struct outgoing out;
    exchange_message_start(&out, sa, EXCHANGE_QUICK, x->message_id, 0);
    ike_writer_add(&out.w, PAYLOAD_SA, octets_span(&quick->sa_reply));
    ike_writer_add(&out.w, PAYLOAD_NONCE, (struct span){quick->nonce_i, quick->nonce_i_len});
    if (quick->suite.pfs_group)
        ike_writer_add(&out.w, PAYLOAD_KE, (struct span){quick->g_own, quick->g_own_len});
    ike_writer_add(&out.w, PAYLOAD_ID, octets_span(&quick->id_i));
    ike_writer_add(&out.w, PAYLOAD_ID, octets_span(&quick->id_r));
    x->state = X_WAIT_PEER;
    exchange_send(engine, sa, x, &out, (struct span){NULL, 0}, io);
    resend_arm(engine, &x->resend, io);
    trace_node(engine, sa, x->message_id, TRACE_I_QM1, io);
}

static bool id_body(struct octets *out, const struct selector *selector)
{
    uint8_t body[4 + IDENTITY_DATA_MAX];
    struct builder b = builder_of(body, sizeof body);
    const struct identity identity = identity_of_selector(selector);
    identity_put(&b, &identity);
    return !b.bad && octets_set(out, builder_span(&b));
}

static struct quick *quick_new(struct engine *engine, const struct pending *wanted,
                               const struct ike_child_terms *terms, struct io *io)
{
    uint8_t offer[1024];
    struct builder b = builder_of(offer, sizeof offer);
    struct quick *quick = calloc(1, sizeof *quick);
    if (!quick)
        return NULL;
    quick->ours = wanted->ours;
    quick->theirs = wanted->theirs;
    quick->replaces = wanted->replaces;
    quick->sequence = wanted->sequence;
    /* Whose net is routed because it came by a dynamic entry is so whoever renews it. */
    const struct child *replaced = slots_get(&engine->children, wanted->replaces);
    quick->dynamic = replaced && replaced->dynamic;
    snprintf(quick->map, sizeof quick->map, "%s", wanted->map);
    quick->spi_in = child_spi(engine, io);
    quick->nonce_i_len = NONCE_OURS;
    rng_bytes(io->rng, quick->nonce_i, NONCE_OURS);
    quick->suite.pfs_group = terms->pfs_group;
    ike_p2_put_offer(&b, terms, quick->spi_in);
    if (b.bad || !octets_set(&quick->sa_reply, builder_span(&b)) ||
        !id_body(&quick->id_i, &quick->ours) || !id_body(&quick->id_r, &quick->theirs)) {
        quick_free(quick);
        return NULL;
    }
    return quick;
}

bool quick_initiate(struct engine *engine, struct ike_sa *sa, const struct pending *wanted,
                    struct io *io)
{
    struct transform_set set;
    const struct transform_set *one;
    struct ike_child_terms terms;
    if (!find_terms(engine, sa, wanted, &set, &one, &terms))
        return false;
    struct quick *quick = quick_new(engine, wanted, &terms, io);
    struct exchange *x = quick ? exchange_begin(engine, sa, X_QUICK_I, io) : NULL;
    if (!x) {
        quick_free(quick);
        return false;
    }
    x->quick = quick;
    struct event *event = sa_event(engine, sa, EV_INITIATE, io);
    if (event)
        event_text(event, 0, "Quick Mode");
    trace_node_new(engine, sa, x->message_id, io);
    if (!quick->suite.pfs_group) {
        qm1_send(engine, sa, x, io);
        return true;
    }
    rng_bytes(io->rng, quick->private_value, dh_group(quick->suite.pfs_group)->private_len);
    if (!quick_wait_inner(engine, x, io)) {
        exchange_free(engine, sa, x);
        return false;
    }
    ask_dh(engine, WAIT_EXCHANGE_DH, sa->self, x->message_id, quick->suite.pfs_group,
           quick->private_value, (struct span){NULL, 0}, true, &x->waits_for, io);
    return true;
}

/* The responder echoes our IDs; other ones are narrowed proxies, which IKEv1 does not know. */
static bool ids_echoed(const struct quick *quick, const struct ike_chain *chain)
{
    const struct ike_payload *id_i = ike_chain_find(chain, PAYLOAD_ID, 0);
    const struct ike_payload *id_r = ike_chain_find(chain, PAYLOAD_ID, 1);
    return id_i && id_r && span_equal(id_i->body, octets_span(&quick->id_i)) &&
           span_equal(id_r->body, octets_span(&quick->id_r));
}

void quick_committed(struct engine *engine, struct ike_sa *sa, struct exchange *x, struct io *io)
{
    struct child *child = slots_get(&engine->children, x->quick->child);
    x->quick->committing = false;
    if (child && !child->up)
        child_up(engine, child, io);
    exchange_finish(engine, x, io);
    trace_node_deleted(engine, sa, x->message_id, "quick mode done (await)", io);
    trace_node(engine, sa, x->message_id, TRACE_I_QM2, io);
    initiate_pending(engine, sa, io);
}

/* The peer wants to say when it is ready (RFC 2409, 5.5; WIRE §6): not for ever. Until then the
 * pair receives only; a packet on it is as good as the word. False: no memory to wait with. */
static bool commit_awaited(struct engine *engine, struct exchange *x, struct io *io)
{
    x->state = X_WAIT_INNER;
    x->quick->committing =
        heap_arm(&engine->timers, &x->resend.timer, io->now_ms + COMMIT_MS) == RC_OK;
    return x->quick->committing;
}

static void qm3_send(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                     struct span shared, struct io *io)
{
    struct quick *quick = x->quick;
    uint8_t hash[HASH_MAX];
    struct outgoing out;
    struct child *child = child_new(engine, sa, quick, shared, true, io);
    if (child)
        quick->child = child->self;
    if (!child ||
        ike_hash_3(&sa->keys, x->message_id, (struct span){quick->nonce_i, quick->nonce_i_len},
                   (struct span){quick->nonce_r, quick->nonce_r_len}, hash) != RC_OK) {
        x->state = X_WAIT_INNER; /* it is we who fail, not the peer */
        quick_gave_up(engine, sa, x, io);
        return;
    }
    message_start(&out, sa, EXCHANGE_QUICK, x->message_id);
    ike_writer_add(&out.w, PAYLOAD_HASH, (struct span){hash, hash_len(sa->keys.prf)});
    exchange_send_as_is(engine, sa, x, &out, io);
    if (!quick->commit || !commit_awaited(engine, x, io))
        quick_committed(engine, sa, x, io);
}

enum drop_reason quick_qm4_input(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                                 struct incoming *in, struct io *io)
{
    struct ike_notification notification;
    enum drop_reason reason = exchange_open(sa, x, &qm4_rule, (struct span){NULL, 0}, in);
    if (reason != DROP_NONE)
        return reason;
    const struct ike_payload *payload = ike_chain_find(&in->chain, PAYLOAD_NOTIFY, 0);
    if (ike_notification_parse(payload->body, &notification) != RC_OK ||
        notification.type != NOTIFY_CONNECTED)
        return DROP_IKE_NOTIFY;
    sa_heard(sa, io);
    quick_committed(engine, sa, x, io);
    return DROP_NONE;
}

/* A responder may tell that it will let the pair die earlier than we offered. */
static void take_responder_lifetime(struct quick *quick, const struct ike_chain *chain)
{
    const struct ike_payload *payload = ike_chain_find(chain, PAYLOAD_NOTIFY, 0);
    struct ike_notification notification;
    uint32_t seconds;
    uint64_t kilobytes;
    if (!payload || ike_notification_parse(payload->body, &notification) != RC_OK ||
        notification.type != NOTIFY_RESPONDER_LIFETIME ||
        ike_lifetime_parse(notification.data, &seconds, &kilobytes) != RC_OK)
        return;
    if (seconds && seconds < quick->suite.lifetime_s)
        quick->suite.lifetime_s = seconds;
    if (kilobytes && (!quick->suite.lifetime_kb || kilobytes < quick->suite.lifetime_kb))
        quick->suite.lifetime_kb = kilobytes;
}

static void refused(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                    const struct incoming *in, struct io *io)
{
    struct decision decision;
    decision_start(&decision, STAGE_TRANSFORM);
    decision.rule = RULE_UNSUPPORTED;
    snprintf(decision.hint, sizeof decision.hint,
             "compare the transform-sets and PFS of map %s %u with the peer's", x->quick->map,
             x->quick->sequence);
    engine_refuse(engine, in->path, sa, &sa->identity, &decision, io);
}

enum drop_reason quick_qm2_input(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                                 struct incoming *in, struct io *io)
{
    struct quick *quick = x->quick;
    struct transform_set set;
    const struct transform_set *one;
    struct ike_child_terms terms;
    struct pending wanted = {.sequence = quick->sequence, .replaces = quick->replaces};
    snprintf(wanted.map, sizeof wanted.map, "%s", quick->map);
    enum drop_reason reason =
        exchange_open(sa, x, &qm2_rule, (struct span){quick->nonce_i, quick->nonce_i_len}, in);
    if (reason != DROP_NONE)
        return reason;
    struct span nonce = ike_chain_find(&in->chain, PAYLOAD_NONCE, 0)->body;
    const struct ike_payload *ke = ike_chain_find(&in->chain, PAYLOAD_KE, 0);
    const struct dh_group *group = dh_group(quick->suite.pfs_group);
    if (nonce.len < IKE_NONCE_MIN || nonce.len > IKE_NONCE_MAX || (group != NULL) != (ke != NULL) ||
        (group && dh_check_public(group, ke->body) != RC_OK))
        return DROP_IKE_KEY_EXCHANGE;
    if (!ids_echoed(quick, &in->chain) || !find_terms(engine, sa, &wanted, &set, &one, &terms) ||
        ike_p2_accept(ike_chain_find(&in->chain, PAYLOAD_SA, 0)->body, &terms, &quick->suite,
                      &quick->spi_out) != RC_OK) {
        refused(engine, sa, x, in, io);
        return DROP_IKE_REFUSED;
    }
    memcpy(quick->nonce_r, nonce.at, nonce.len);
    quick->nonce_r_len = nonce.len;
    memcpy(x->iv, in->next_iv, sizeof x->iv);
    resend_accepted(engine, &x->resend, in);
    sa_heard(sa, io);
    sa_follow(engine, sa, in->path, io);
    take_responder_lifetime(quick, &in->chain);
    quick->commit = in->header.flags & IKE_FLAG_COMMIT;
    if (!group) {
        qm3_send(engine, sa, x, (struct span){NULL, 0}, io);
        return DROP_NONE;
    }
    if (!quick_wait_inner(engine, x, io)) {
        quick_gave_up(engine, sa, x, io);
        return DROP_NONE;
    }
    quick->g_peer_len = ke->body.len;
    memcpy(quick->g_peer, ke->body.at, ke->body.len);
    ask_dh(engine, WAIT_EXCHANGE_DH, sa->self, x->message_id, quick->suite.pfs_group,
           quick->private_value, ke->body, false, &x->waits_for, io);
    return DROP_NONE;
}

void quick_initiator_dh(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                        const struct answer *answer, struct io *io)
{
    struct quick *quick = x->quick;
    const struct dh_group *group = dh_group(quick->suite.pfs_group);
    if (quick->g_own_len) {
        qm3_send(engine, sa, x, (struct span){answer->shared, group->shared_len}, io);
        return;
    }
    memcpy(quick->g_own, answer->public_value, group->public_len);
    quick->g_own_len = group->public_len;
    qm1_send(engine, sa, x, io);
}
