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
#include "ike/exchange.h"
#include "ike/octets.h"
#include "ike/quick.h"
#include "ike/report.h"
#include "ike/sa.h"
#include "ike/send.h"
#include "ike/v1.h"
#include "ike/wait.h"
#include "select/map.h"

#include <stdio.h>
#include <stdlib.h>

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

struct ike_child_terms quick_terms(const struct engine *engine, const struct map_entry *entry,
                                   const struct ike_sa *sa)
{
    bool nat = sa->natt != NATT_NONE && (sa->we_are_behind || sa->peer_is_behind);
    return (struct ike_child_terms){
        .sets = entry->sets,
        .set_count = entry->set_count,
        .pfs_group = entry->pfs_group,
        .lifetime_s = entry->lifetime_s ? entry->lifetime_s : engine->config->ipsec_lifetime_s,
        .lifetime_kb = entry->lifetime_kb ? entry->lifetime_kb : engine->config->ipsec_lifetime_kb,
        .natt = nat ? sa->natt : NATT_NONE};
}

static bool stands_in_map(const struct crypto_map *map, const struct map_entry *entry)
{
    for (size_t i = 0; i < map->entry_count; i++)
        if (&map->entries[i] == entry)
            return true;
    return false;
}

/* The first map entry whose conditions and whose transforms fit. On RC_OK quick holds what was
 * agreed and the SA body to answer with. */
static enum rc choose_entry(struct engine *engine, struct ike_sa *sa, const struct ike_chain *chain,
                            struct quick *quick, struct decision *decision, struct io *io)
{
    struct taken_context context = {engine, sa};
    const struct map_facts facts = {.map = engine_map(engine, sa->interface),
                                    .profile = engine_profile(engine, sa->profile),
                                    .peer = sa->path.remote.addr,
                                    .local = quick->ours,
                                    .remote = quick->theirs,
                                    .is_client = sa->client,
                                    .lease = sa->lease,
                                    .taken = proxies_taken,
                                    .context = &context};
    struct span sa_body = ike_chain_find(chain, PAYLOAD_SA, 0)->body;
    struct map_walk walk = {0};
    struct ike_choice choice;
    const struct map_entry *entry;
    enum rc rc = RC_NOT_FOUND;
    decision_start(decision, STAGE_MAP);
    while (facts.map && (entry = select_map_next(engine->config, &facts, &walk, decision))) {
        const struct ike_child_terms terms = quick_terms(engine, entry, sa);
        rc = ike_p2_choose(sa_body, &terms, quick->g_peer_len, &quick->suite, &choice, decision);
        if (rc != RC_NO_PROPOSAL) {
            quick->sequence = entry->sequence;
            quick->dynamic = !stands_in_map(facts.map, entry);
            break;
        }
    }
    if (rc != RC_OK)
        return rc;
    uint8_t reply[512];
    struct builder b = builder_of(reply, sizeof reply);
    struct cursor spi = cursor_over(choice.spi);
    quick->spi_out = cursor_u32(&spi);
    quick->spi_in = child_spi(engine, io);
    ike_p2_put_choice(&b, &choice, quick->spi_in);
    snprintf(quick->map, sizeof quick->map, "%s", facts.map->name);
    return !b.bad && octets_set(&quick->sa_reply, builder_span(&b)) ? RC_OK : RC_NO_MEMORY;
}

static void refuse_quick(struct engine *engine, struct ike_sa *sa, const struct incoming *in,
                         const struct decision *decision, uint16_t type, struct io *io)
{
    engine_drop(engine, in->path, DROP_IKE_REFUSED, io);
    engine_refuse(engine, in->path, sa, &sa->identity, decision, io);
    const struct ike_notification notification = {.protocol = PROTOCOL_ESP, .type = type};
    notify_send(engine, sa, &notification, io);
}

/* A client without login, or without a lease that the store remembers, has skipped a step (THREATS
 * P02). */
static bool step_skipped(struct engine *engine, struct ike_sa *sa, const struct incoming *in,
                         struct io *io)
{
    bool login_open = sa->login != LOGIN_NONE && sa->login != LOGIN_OK;
    if (!login_open && !(sa->client && !sa->lease_saved))
        return false;
    struct decision decision;
    decision_start(&decision, login_open ? STAGE_XAUTH : STAGE_ADDRESS);
    decision.rule = login_open ? RULE_STEP_SKIPPED : RULE_NO_LEASE;
    snprintf(decision.hint, sizeof decision.hint,
             login_open ? "the client must answer the login request first"
                        : "the client must ask for an address (mode-config) first");
    refuse_quick(engine, sa, in, &decision, NOTIFY_NO_PROPOSAL_CHOSEN, io);
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
}

static void qm1_accepted(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                         struct io *io)
{
    struct quick *quick = x->quick;
    quick->nonce_r_len = NONCE_OURS;
    rng_bytes(io->rng, quick->nonce_r, NONCE_OURS);
    proposal_events(engine, sa, x->message_id, io);
    if (!quick->suite.pfs_group) {
        qm2_send(engine, sa, x, (struct span){NULL, 0}, io);
        return;
    }
    const struct dh_group *group = dh_group(quick->suite.pfs_group);
    struct span g_peer = {quick->g_peer, quick->g_peer_len};
    rng_bytes(io->rng, quick->private_value, group->private_len);
    x->state = X_WAIT_INNER;
    if (heap_arm(&engine->timers, &x->resend.timer, io->now_ms + HALF_OPEN_MS) != RC_OK) {
        exchange_free(engine, sa, x);
        return;
    }
    ask_dh(engine, WAIT_EXCHANGE_DH, sa->self, x->message_id, quick->suite.pfs_group,
           quick->private_value, g_peer, true, &x->waits_for, io);
}

static void qm1_received(struct engine *engine, struct ike_sa *sa, struct incoming *in,
                         struct io *io)
{
    struct decision decision;
    struct quick *quick = calloc(1, sizeof *quick);
    if (!quick)
        return;
    sa_heard(sa, io);
    sa_follow(engine, sa, in->path, io);
    xauth_acknowledged(engine, sa, io);
    enum rc rc = RC_MALFORMED;
    if (step_skipped(engine, sa, in, io)) {
        quick_free(quick);
        return;
    }
    if (take_selectors(sa, &in->chain, quick) && take_nonce_and_ke(&in->chain, quick))
        rc = choose_entry(engine, sa, &in->chain, quick, &decision, io);
    const struct dh_group *group =
        rc == RC_OK && quick->suite.pfs_group ? dh_group(quick->suite.pfs_group) : NULL;
    if (group && dh_check_public(group, (struct span){quick->g_peer, quick->g_peer_len}) != RC_OK)
        rc = RC_MALFORMED;
    if (rc == RC_NOT_FOUND || rc == RC_NO_PROPOSAL)
        refuse_quick(engine, sa, in, &decision,
                     rc == RC_NO_PROPOSAL || decision.rule == RULE_PROFILE
                         ? NOTIFY_NO_PROPOSAL_CHOSEN
                         : NOTIFY_INVALID_ID_INFORMATION,
                     io);
    else if (rc != RC_OK)
        engine_drop(engine, in->path, DROP_IKE_CHAIN, io);
    struct exchange *x =
        rc == RC_OK ? exchange_new(engine, sa, in->header.message_id, X_QUICK_R) : NULL;
    if (!x) {
        quick_free(quick);
        return;
    }
    x->quick = quick;
    quick->commit = in->header.flags & IKE_FLAG_COMMIT;
    memcpy(x->iv, in->next_iv, sizeof x->iv);
    resend_accepted(engine, &x->resend, in);
    qm1_accepted(engine, sa, x, io);
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
        exchange_free(engine, sa, x);
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

void quick_gave_up(struct engine *engine, struct ike_sa *sa, struct exchange *x, struct io *io)
{
    struct quick *quick = x->quick;
    struct child *made = slots_get(&engine->children, quick->child);
    struct child *replaced = slots_get(&engine->children, quick->replaces);
    bool rekey = x->kind == X_QUICK_I && replaced;
    if (made && !made->up)
        child_end(engine, made, "quick mode not completed", true, io);
    if (replaced)
        replaced->rekeying = false;
    exchange_free(engine, sa, x);
    /* A peer that does not answer a rekey is not there: the session ends now, not when the keys do.
     */
    if (rekey)
        sa_end_all(engine, sa, "no answer to quick mode", true, io);
}

void quick_free(struct quick *quick)
{
    if (!quick)
        return;
    octets_wipe(&quick->sa_reply);
    octets_wipe(&quick->id_i);
    octets_wipe(&quick->id_r);
    wipe(quick, sizeof *quick);
    free(quick);
}
