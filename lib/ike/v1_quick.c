/* Quick mode, both roles (RFC 2409, 5.5), with and without PFS.
 *
 *   initiator                                    responder
 *   QM1 {HASH(1), SA, Ni, [KE], [IDci, IDcr]} ->  entry and transforms are chosen; [DH]; the
 * inbound SA is installed before the answer invites traffic
 *                                             <-  QM2 {HASH(2), SA, Nr, [KE], IDs, [LIFETIME]}
 *   QM3 {HASH(3)}                             ->  the outbound SA is installed
 *
 * Who is a client may ask for its lease only, and only after its login. */
#include "ike/child.h"
#include "ike/entry_choice.h"
#include "ike/exchange.h"
#include "ike/initiate.h"
#include "ike/octets.h"
#include "ike/peer_name.h"
#include "ike/quick.h"
#include "ike/report.h"
#include "ike/sa.h"
#include "ike/send.h"
#include "ike/trace.h"
#include "ike/v1.h"
#include "ike/wait.h"

#include <stdio.h>
#include <stdlib.h>

enum { CROSSING_MS = 1000 /* how late a message may be that crossed ours */ };

static const struct ike_rule qm1_rule = {
    P_HASH | P_SA | P_NONCE, P_KE | P_ID | P_NOTIFY | P_VENDOR | P_NATOA, PAYLOAD_HASH, 0, 2};
static const struct ike_rule qm3_rule = {P_HASH, P_NOTIFY | P_VENDOR, PAYLOAD_HASH, 0, 0};

/* -- QM1: who asks for what ------------------------------------------------------------ */

/* The proxies of QM1: both IDs or none; none are the two endpoints. */
static bool take_selectors(const struct ike_sa *sa, const struct ike_chain *chain,
                           struct quick *quick)
{
    const struct ike_payload *id_i = ike_chain_find(chain, PAYLOAD_ID, 0);
    const struct ike_payload *id_r = ike_chain_find(chain, PAYLOAD_ID, 1);
    struct identity theirs, ours;
    if (!id_i && !id_r) {
        quick->theirs = selector_of_addr(sa->path.remote.addr);
        quick->ours = selector_of_addr(sa->path.local.addr);
        return true;
    }
    return id_i && id_r && identity_parse(id_i->body, &theirs) == RC_OK &&
           identity_parse(id_r->body, &ours) == RC_OK &&
           identity_selector(&theirs, &quick->theirs) == RC_OK &&
           identity_selector(&ours, &quick->ours) == RC_OK &&
           octets_set(&quick->id_i, id_i->body) && octets_set(&quick->id_r, id_r->body);
}

static bool take_nonce_and_ke(const struct ike_chain *chain, struct quick *quick)
{
    struct span nonce = ike_chain_find(chain, PAYLOAD_NONCE, 0)->body;
    const struct ike_payload *ke = ike_chain_find(chain, PAYLOAD_KE, 0);
    if (nonce.len < IKE_NONCE_MIN || nonce.len > IKE_NONCE_MAX ||
        (ke && ke->body.len > sizeof quick->g_peer))
        return false;
    memcpy(quick->nonce_i, nonce.at, nonce.len);
    quick->nonce_i_len = nonce.len;
    quick->g_peer_len = ke ? ke->body.len : 0;
    if (ke)
        memcpy(quick->g_peer, ke->body.at, ke->body.len);
    return true;
}

struct taken_context {
    const struct engine *engine;
    const struct ike_sa *sa;
};

static bool proxies_taken(void *context, const struct selector *theirs)
{
    const struct taken_context *asked = context;
    return child_taken(asked->engine, asked->sa, theirs);
}

static enum ike_natt_kind path_natt(const struct ike_sa *sa)
{
    return sa->we_are_behind || sa->peer_is_behind ? sa->natt : NATT_NONE;
}

struct ike_child_terms quick_terms(const struct engine *engine, const struct map_entry *entry,
                                   const struct ike_sa *sa)
{
    return entry_terms(engine->config, entry, path_natt(sa));
}

/* The first map entry whose conditions and whose transforms fit. On RC_OK quick holds what was
 * agreed and the SA body to answer with. */
static enum rc choose_entry(struct engine *engine, struct ike_sa *sa, const struct ike_chain *chain,
                            struct quick *quick, struct decision *decision, struct io *io)
{
    struct taken_context context = {engine, sa};
    const struct map_facts facts = {.map = engine_map(engine, sa->interface),
                                    .profile = engine_profile(engine, sa->profile),
                                    .identity = &sa->identity,
                                    .peer = sa->path.remote.addr,
                                    .local = quick->ours,
                                    .remote = quick->theirs,
                                    .is_client = sa->client,
                                    .lease = sa->lease,
                                    .taken = proxies_taken,
                                    .context = &context,
                                    .named = peer_name_has,
                                    .name_context = engine};
    struct span sa_body = ike_chain_find(chain, PAYLOAD_SA, 0)->body;
    struct entry_choice found = {.last = NULL};
    enum rc rc = RC_NOT_FOUND;
    decision_start(decision, STAGE_MAP);
    if (facts.map) {
        rc =
            entry_choose(engine->config, &facts, path_natt(sa), sa_body, quick->g_peer_len, &found);
        *decision = found.last ? found.transforms : found.map;
    }
    if (found.last) {
        quick->sequence = found.last->sequence;
        quick->dynamic = !entry_is_static(facts.map, found.last);
    }
    if (rc != RC_OK)
        return rc;
    quick->suite = found.suite;
    uint8_t reply[512];
    struct builder b = builder_of(reply, sizeof reply);
    struct cursor spi = cursor_over(found.choice.spi);
    quick->spi_out = cursor_u32(&spi);
    quick->spi_in = child_spi(engine, io);
    ike_p2_put_choice(&b, &found.choice, quick->spi_in);
    snprintf(quick->map, sizeof quick->map, "%s", facts.map->name);
    return !b.bad && octets_set(&quick->sa_reply, builder_span(&b)) ? RC_OK : RC_NO_MEMORY;
}

/* The refusal is kept as the answer to this request: repeated, it gets the same again; played back
 * later, it finds its message id used (THREATS P06). */
static void refuse_quick(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                         const struct incoming *in, const struct decision *decision, uint16_t type,
                         struct io *io)
{
    struct outgoing out;
    const struct ike_notification notification = {.protocol = PROTOCOL_ESP, .type = type};
    engine_drop(engine, in->path, DROP_IKE_REFUSED, io);
    engine_refuse(engine, in->path, sa, &sa->identity, decision, io);
    informational_start(&out, sa, io);
    ike_notification_put(&out.w, &notification);
    informational_send_kept(engine, sa, &x->resend, &out, io);
    exchange_finish(engine, x, io);
}

/* A client without login, or without a lease that the store remembers, has skipped a step (THREATS
 * P02). */
static bool step_skipped(const struct ike_sa *sa, struct decision *decision)
{
    bool login_open = sa->login != LOGIN_NONE && sa->login != LOGIN_OK;
    if (!login_open && !(sa->client && !sa->lease_saved))
        return false;
    decision_start(decision, login_open ? STAGE_XAUTH : STAGE_ADDRESS);
    decision->rule = login_open ? RULE_STEP_SKIPPED : RULE_NO_LEASE;
    snprintf(decision->hint, sizeof decision->hint,
             login_open ? "the client must answer the login request first"
                        : "the client must ask for an address (mode-config) first");
    return true;
}

static void proposal_events(struct engine *engine, struct ike_sa *sa, uint32_t message_id,
                            struct io *io)
{
    static const char *const payloads[] = {"HASH", "SA", "NONCE", "ID", "ID"};
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        struct event *event = sa_event(engine, sa, EV_PAYLOAD, io);
        if (!event)
            return;
        event_text(event, 0, payloads[i]);
        event->n[0] = message_id;
    }
}

static void qm2_send(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                     struct span shared, struct io *io)
{
    struct quick *quick = x->quick;
    struct outgoing out;
    struct child *child = child_new(engine, sa, quick, shared, false, io);
    if (!child) {
        exchange_free(engine, sa, x);
        return;
    }
    quick->child = child->self;
    exchange_message_start(&out, sa, EXCHANGE_QUICK, x->message_id, 0);
    ike_writer_add(&out.w, PAYLOAD_SA, octets_span(&quick->sa_reply));
    ike_writer_add(&out.w, PAYLOAD_NONCE, (struct span){quick->nonce_r, quick->nonce_r_len});
    if (quick->suite.pfs_group)
        ike_writer_add(&out.w, PAYLOAD_KE, (struct span){quick->g_own, quick->g_own_len});
    if (quick->id_i.len) {
        ike_writer_add(&out.w, PAYLOAD_ID, octets_span(&quick->id_i));
        ike_writer_add(&out.w, PAYLOAD_ID, octets_span(&quick->id_r));
    }
    if (quick->suite.tell_lifetime)
        quick_put_lifetime(&out.w, quick);
    x->state = X_WAIT_PEER;
    exchange_send(engine, sa, x, &out, (struct span){quick->nonce_i, quick->nonce_i_len}, io);
    resend_arm(engine, &x->resend, io);
    trace_node(engine, sa, x->message_id, TRACE_R_QM2, io);
}

bool quick_wait_inner(struct engine *engine, struct exchange *x, struct io *io)
{
    x->state = X_WAIT_INNER;
    return heap_arm(&engine->timers, &x->resend.timer, io->now_ms + HALF_OPEN_MS) == RC_OK;
}

static void qm1_accepted(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                         struct io *io)
{
    struct quick *quick = x->quick;
    quick->nonce_r_len = NONCE_OURS;
    rng_bytes(io->rng, quick->nonce_r, NONCE_OURS);
    proposal_events(engine, sa, x->message_id, io);
    trace_node(engine, sa, x->message_id, TRACE_R_QM1, io);
    if (!quick->suite.pfs_group) {
        qm2_send(engine, sa, x, (struct span){NULL, 0}, io);
        return;
    }
    const struct dh_group *group = dh_group(quick->suite.pfs_group);
    struct span g_peer = {quick->g_peer, quick->g_peer_len};
    rng_bytes(io->rng, quick->private_value, group->private_len);
    if (!quick_wait_inner(engine, x, io)) {
        exchange_free(engine, sa, x);
        return;
    }
    ask_dh(engine, WAIT_EXCHANGE_DH, sa->self, x->message_id, quick->suite.pfs_group,
           quick->private_value, g_peer, true, &x->waits_for, io);
}

struct exchange *quick_under_way(const struct engine *engine, const struct ike_sa *sa,
                                 enum exchange_kind kind, const struct selector *ours,
                                 const struct selector *theirs, struct ike_sa **of)
{
    uint32_t at = 0;
    slot_handle handle;
    while ((*of = slots_next(&engine->sas, &at, &handle))) {
        if (*of != sa && strcmp((*of)->principal, sa->principal) != 0)
            continue;
        for (struct exchange *x = (*of)->exchanges; x; x = x->next)
            if (x->kind == kind && x->state != X_FINISHED &&
                selector_equal(&x->quick->ours, ours) && selector_equal(&x->quick->theirs, theirs))
                return x;
    }
    return NULL;
}

static bool higher_nonce(const struct quick *a, const struct quick *b)
{
    size_t n = a->nonce_i_len < b->nonce_i_len ? a->nonce_i_len : b->nonce_i_len;
    int order = memcmp(a->nonce_i, b->nonce_i, n);
    return order > 0 || (order == 0 && a->nonce_i_len > b->nonce_i_len);
}

/* One of ours for this tunnel was finished a moment ago and had the higher nonce: the peer gave way
 * to it, and what it had sent before is late. Answered, it would leave half a pair. */
static bool gave_way_late(const struct engine *engine, const struct ike_sa *sa,
                          const struct quick *theirs, const struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct ike_sa *of;
    while ((of = slots_next(&engine->sas, &at, &handle))) {
        if (of != sa && strcmp(of->principal, sa->principal) != 0)
            continue;
        for (const struct exchange *x = of->exchanges; x; x = x->next)
            if (x->kind == X_QUICK_I && x->state == X_FINISHED &&
                io->now_ms + LINGER_MS < x->resend.timer.due_ms + CROSSING_MS &&
                selector_equal(&x->quick->ours, &theirs->ours) &&
                selector_equal(&x->quick->theirs, &theirs->theirs) &&
                higher_nonce(x->quick, theirs))
                return true;
    }
    return false;
}

/* Both sides have begun quick mode for the same tunnel, and the messages crossed. Both know both
 * nonces: the lower one's side gives way, so that one pair comes out of it and not two of which
 * each side deletes another. True: ours goes on, the peer's message is not answered now. */
static bool ours_goes_on(struct engine *engine, struct ike_sa *sa, const struct quick *theirs,
                         struct io *io)
{
    struct ike_sa *of;
    struct exchange *x =
        quick_under_way(engine, sa, X_QUICK_I, &theirs->ours, &theirs->theirs, &of);
    if (!x)
        return gave_way_late(engine, sa, theirs, io);
    const struct quick *own = x->quick;
    bool sent = x->resend.message.len || own->g_peer_len; /* else nobody knows our nonce yet */
    if (own->committing)
        return false;
    if (sent && higher_nonce(own, theirs))
        return true;
    quick_abandon(engine, of, x, io);
    return false;
}

/* RC_OK: quick holds what was agreed. RC_NOT_FOUND, RC_NO_PROPOSAL: refused, decision says why. */
static enum rc judge_qm1(struct engine *engine, struct ike_sa *sa, const struct ike_chain *chain,
                         struct quick *quick, struct decision *decision, struct io *io)
{
    if (step_skipped(sa, decision))
        return RC_NO_PROPOSAL;
    enum rc rc = choose_entry(engine, sa, chain, quick, decision, io);
    const struct dh_group *group =
        rc == RC_OK && quick->suite.pfs_group ? dh_group(quick->suite.pfs_group) : NULL;
    if (group && dh_check_public(group, (struct span){quick->g_peer, quick->g_peer_len}) != RC_OK)
        return RC_MALFORMED;
    return rc;
}

static void qm1_answer(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                       const struct incoming *in, struct io *io)
{
    struct decision decision;
    enum rc rc = judge_qm1(engine, sa, &in->chain, x->quick, &decision, io);
    if (rc == RC_OK) {
        qm1_accepted(engine, sa, x, io);
    } else if (rc == RC_NOT_FOUND || rc == RC_NO_PROPOSAL) {
        bool proposal = rc == RC_NO_PROPOSAL || decision.rule == RULE_PROFILE;
        refuse_quick(engine, sa, x, in, &decision,
                     proposal ? NOTIFY_NO_PROPOSAL_CHOSEN : NOTIFY_INVALID_ID_INFORMATION, io);
    } else {
        engine_drop(engine, in->path, DROP_IKE_CHAIN, io);
        exchange_free(engine, sa, x);
    }
}

/* A client goes on: it knows that its login succeeded, and may have its address from before. True:
 * who has that address is not known yet. */
static bool former_address_open(struct engine *engine, struct ike_sa *sa, const struct quick *quick,
                                struct io *io)
{
    xauth_acknowledged(engine, sa, io);
    return config_skipped(engine, sa, &quick->theirs, io) == RC_AGAIN;
}

static void qm1_received(struct engine *engine, struct ike_sa *sa, struct incoming *in,
                         struct io *io)
{
    enum drop_reason reason = DROP_NONE;
    struct exchange *x = NULL;
    struct quick *quick = calloc(1, sizeof *quick);
    if (!quick)
        reason = DROP_IKE_NO_MEMORY;
    else if (!take_selectors(sa, &in->chain, quick) || !take_nonce_and_ke(&in->chain, quick))
        reason = DROP_IKE_CHAIN;
    else if (former_address_open(engine, sa, quick, io))
        reason = DROP_IKE_STATE; /* it comes again */
    else if (child_crowded(engine, sa, quick))
        reason = DROP_IKE_NO_MEMORY;
    else if (ours_goes_on(engine, sa, quick, io))
        reason = DROP_IKE_STATE;
    else if (!(x = exchange_new(engine, sa, in->header.message_id, X_QUICK_R)))
        reason = DROP_IKE_NO_MEMORY;
    if (reason != DROP_NONE) {
        engine_drop(engine, in->path, reason, io);
        quick_free(quick);
        /* No exchange can begin any more: the peer is told, and begins a new phase 1. */
        if (sa->seen_count == SEEN_MAX)
            sa_end(engine, sa, "message ids used up", true, io);
        return;
    }
    x->quick = quick;
    trace_node_new(engine, sa, x->message_id, io);
    quick->commit = in->header.flags & IKE_FLAG_COMMIT;
    memcpy(x->iv, in->next_iv, sizeof x->iv);
    resend_accepted(engine, &x->resend, in);
    sa_heard(sa, io);
    sa_follow(engine, sa, in->path, io);
    qm1_answer(engine, sa, x, in, io);
}

/* -- QM3 ------------------------------------------------------------------------------- */

/* Whoever set the commit bit waits for a fourth message (WIRE §6). */
static void connected_send(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                           struct io *io)
{
    struct outgoing out;
    uint8_t spi[4];
    struct builder b = builder_of(spi, sizeof spi);
    builder_u32(&b, x->quick->spi_in);
    const struct ike_notification notification = {
        .protocol = PROTOCOL_ESP, .type = NOTIFY_CONNECTED, .spi = {spi, sizeof spi}};
    exchange_message_start(&out, sa, EXCHANGE_QUICK, x->message_id, IKE_FLAG_COMMIT);
    ike_notification_put(&out.w, &notification);
    exchange_send(engine, sa, x, &out, (struct span){NULL, 0}, io);
}

static void qm3_received(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                         struct incoming *in, struct io *io)
{
    uint8_t hash[HASH_MAX];
    struct quick *quick = x->quick;
    struct span claimed = in->chain.items[0].body;
    size_t n = hash_len(sa->keys.prf);
    if (ike_hash_3(&sa->keys, x->message_id, (struct span){quick->nonce_i, quick->nonce_i_len},
                   (struct span){quick->nonce_r, quick->nonce_r_len}, hash) != RC_OK ||
        claimed.len != n || !hash_equal(claimed.at, hash, n)) {
        engine_drop(engine, in->path, DROP_IKE_HASH, io);
        return;
    }
    memcpy(x->iv, in->next_iv, sizeof x->iv);
    resend_accepted(engine, &x->resend, in);
    sa_heard(sa, io);
    if (quick->commit || in->header.flags & IKE_FLAG_COMMIT)
        connected_send(engine, sa, x, io);
    struct child *child = slots_get(&engine->children, quick->child);
    if (child && !child->up)
        child_up(engine, child, io);
    exchange_finish(engine, x, io);
    trace_node_deleted(engine, sa, x->message_id, "quick mode done (await)", io);
    trace_node(engine, sa, x->message_id, TRACE_R_QM3, io);
}

/* -- the exchange ---------------------------------------------------------------------- */

/* HASH(3) covers no octets of its message: only decrypt and cut it here. */
static enum drop_reason open_qm3(const struct ike_sa *sa, const struct exchange *x,
                                 struct incoming *in)
{
    size_t len = 0;
    if (!(in->header.flags & IKE_FLAG_ENCRYPTED))
        return DROP_IKE_FLAGS;
    if (ike_open(&sa->keys, x->iv, in->body, in->plain, &len, in->next_iv) != RC_OK ||
        ike_chain_parse(in->header.next, (struct span){in->plain, len}, &in->chain) != RC_OK)
        return DROP_IKE_DECRYPT;
    return ike_rule_check(&qm3_rule, &in->chain) == RC_OK ? DROP_NONE : DROP_IKE_PAYLOADS;
}

static void known_exchange(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                           struct incoming *in, struct io *io)
{
    enum drop_reason reason = DROP_IKE_STATE;
    if (resend_repeated(engine, &x->resend, in, io))
        return;
    if (x->kind == X_QUICK_R && x->state == X_WAIT_PEER) {
        reason = open_qm3(sa, x, in);
        if (reason == DROP_NONE)
            qm3_received(engine, sa, x, in, io);
    } else if (x->kind == X_QUICK_I && x->state == X_WAIT_PEER) {
        reason = quick_qm2_input(engine, sa, x, in, io);
    } else if (x->kind == X_QUICK_I && x->quick->committing) {
        reason = quick_qm4_input(engine, sa, x, in, io);
    }
    if (reason != DROP_NONE)
        engine_drop(engine, in->path, reason, io);
}

void quick_input(struct engine *engine, struct ike_sa *sa, struct incoming *in, struct io *io)
{
    if (sa->state != SA_DONE || in->header.message_id == 0) {
        engine_drop(engine, in->path, DROP_IKE_STATE, io);
        return;
    }
    struct exchange *x = exchange_find(sa, in->header.message_id);
    if (x) {
        known_exchange(engine, sa, x, in, io);
        return;
    }
    enum drop_reason reason = DROP_IKE_MESSAGE_ID;
    if (!exchange_seen(sa, in->header.message_id))
        reason = exchange_open(sa, NULL, &qm1_rule, (struct span){NULL, 0}, in);
    if (reason == DROP_NONE)
        qm1_received(engine, sa, in, io);
    else
        engine_drop(engine, in->path, reason, io);
}

void quick_dh(struct engine *engine, struct ike_sa *sa, struct exchange *x,
              const struct answer *answer, struct io *io)
{
    struct quick *quick = x->quick;
    const struct dh_group *group = quick ? dh_group(quick->suite.pfs_group) : NULL;
    heap_disarm(&engine->timers, &x->resend.timer);
    if (answer->rc != RC_OK || !group) {
        quick_abandon(engine, sa, x, io);
        return;
    }
    struct span shared = {answer->shared, group->shared_len};
    if (x->kind == X_QUICK_I) {
        quick_initiator_dh(engine, sa, x, answer, io);
        return;
    }
    memcpy(quick->g_own, answer->public_value, group->public_len);
    quick->g_own_len = group->public_len;
    qm2_send(engine, sa, x, shared, io);
}
