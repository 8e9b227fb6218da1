/* Main mode with pre-shared keys, both roles (RFC 2409, 5.4).
 *
 *   initiator                         responder
 *   MM1  SA, VIDs                 ->
 *                                 <-  MM2  SA (chosen), VIDs
 *   MM3  KE, Ni, NAT-D            ->  Diffie-Hellman leaves the loop
 *                                 <-  MM4  KE, Nr, NAT-D
 *   MM5  {IDii, HASH_I, [N]}      ->  the key had to be chosen by address; here it proves itself
 *                                 <-  MM6  {IDir, HASH_R}
 *
 * The tables below are the exchange; a step works on what arrived, proves it, then commits. */
#include "ike/child.h"
#include "ike/initiate.h"
#include "ike/key_refusal.h"
#include "ike/key_search.h"
#include "ike/octets.h"
#include "ike/phase1.h"
#include "ike/principal.h"
#include "ike/report.h"
#include "ike/sa.h"
#include "ike/send.h"
#include "ike/trace.h"
#include "ike/trace_phase1.h"
#include "ike/v1.h"
#include "ike/wait.h"
#include "select/profile.h"

#include <stdio.h>

typedef void step_work(struct engine *engine, struct ike_sa *sa, struct incoming *in,
                       struct io *io);

struct step {
    enum sa_state when; /* what we sent last */
    bool sealed;
    struct ike_rule rule;
    step_work *work;
};

static const struct ike_rule opening_rule = {P_SA, P_VENDOR | P_UNKNOWN, PAYLOAD_SA, 0, 0};

/* -- responder ------------------------------------------------------------------------- */

static void mm2_send(struct engine *engine, struct ike_sa *sa, const struct ike_choice *choice,
                     struct io *io)
{
    struct outgoing out;
    message_start(&out, sa, EXCHANGE_MAIN, 0);
    ike_writer_open(&out.w, PAYLOAD_SA);
    ike_p1_put_choice(&out.w.b, choice);
    ike_writer_close(&out.w);
    phase1_put_vendors(sa, &out.w);
    sa->state = SA_R_MM2;
    sa_send(engine, sa, &out, false, io);
    sa_trace_state(engine, sa, io);
}

void main_mode_opening(struct engine *engine, struct incoming *in, struct io *io)
{
    struct key_choice key;
    struct ike_suite suite;
    struct ike_choice choice;
    struct decision key_decision, decision;
    const struct config_interface *interface = engine_interface_of(engine, in->path->local.addr);
    if (ike_chain_parse(in->header.next, in->body, &in->chain) != RC_OK ||
        ike_rule_check(&opening_rule, &in->chain) != RC_OK) {
        engine_drop(engine, in->path, DROP_IKE_CHAIN, io);
        return;
    }
    if (!interface || !interface->map) {
        engine_drop(engine, in->path, DROP_IKE_REFUSED, io);
        return;
    }
    struct span sa_body = in->chain.items[0].body;
    enum rc rc = key_search_first(engine, in->path->remote.addr, &key, &key_decision);
    const struct decision *refusal = &key_decision;
    if (rc == RC_OK) {
        rc = ike_p1_choose(sa_body, engine->config, ALLOW_PSK | ALLOW_XAUTH, 0, &suite, &choice,
                           &decision);
        refusal = &decision;
    }
    if (rc != RC_OK) {
        engine_drop(engine, in->path, DROP_IKE_REFUSED, io);
        engine_refuse(engine, in->path, NULL, NULL, refusal, io);
        notify_clear(engine, in, NOTIFY_NO_PROPOSAL_CHOSEN, io);
        return;
    }
    struct ike_sa *sa = sa_new(engine, in->path, in, io);
    if (!sa)
        return;
    sa->suite = suite;
    snprintf(sa->interface, sizeof sa->interface, "%s", interface->name);
    sa->hs->decision = key_decision;
    if (!octets_set(&sa->hs->sa_i, sa_body) || !phase1_take_key(sa, &key)) {
        sa_end(engine, sa, "out of memory", false, io);
        return;
    }
    resend_accepted(engine, &sa->resend, in);
    trace_sa(engine, sa, TRACE_R_MM1, io);
    trace_payload(engine, sa, "SA", io);
    phase1_vendors(engine, sa, &in->chain, io);
    trace_key_lookup(engine, sa, io);
    sa_event(engine, sa, EV_KEY_LOCAL, io);
    trace_login_profiles(engine, sa, io);
    trace_transform(engine, sa, &choice, io);
    trace_sa(engine, sa, TRACE_R_MM1_READ, io);
    mm2_send(engine, sa, &choice, io);
}

static void mm3_received(struct engine *engine, struct ike_sa *sa, struct incoming *in,
                         struct io *io)
{
    if (!phase1_take_key_exchange(engine, sa, in, io) || !phase1_judge_nat(engine, sa, in, io))
        return;
    resend_accepted(engine, &sa->resend, in);
    sa_set_state(engine, sa, SA_R_MM3, io);
    trace_payload(engine, sa, "KE", io);
    trace_payload(engine, sa, "NONCE", io);
    trace_key_lookup(engine, sa, io);
    phase1_vendors(engine, sa, &in->chain, io);
    phase1_make_private(sa, io);
    ask_dh(engine, WAIT_SA_DH, sa->self, 0, sa->suite.group, sa->hs->private_value,
           (struct span){sa->hs->g_i, sa->hs->g_len}, true, &sa->waits_for, io);
}

static void put_key_exchange_message(struct engine *engine, struct ike_sa *sa, struct outgoing *out)
{
    message_start(out, sa, EXCHANGE_MAIN, 0);
    phase1_put_key_exchange(sa, &out->w);
    if (sa->natt != NATT_NONE && natt_put(&out->w, sa->natt, sa->suite.hash, sa->cky_i, sa->cky_r,
                                          &sa->path, engine->config->encapsulate_always) != RC_OK)
        out->w.b.bad = true;
}

static void mm4_send(struct engine *engine, struct ike_sa *sa, const struct answer *answer,
                     struct io *io)
{
    const struct dh_group *group = dh_group(sa->suite.group);
    memcpy(sa->hs->g_r, answer->public_value, group->public_len);
    memcpy(sa->hs->shared, answer->shared, group->shared_len);
    sa->hs->shared_len = group->shared_len;
    if (!phase1_keys(engine, sa, (struct span){answer->shared, group->shared_len}, io)) {
        sa_end(engine, sa, "key derivation failed", false, io);
        return;
    }
    struct outgoing out;
    trace_sa(engine, sa, TRACE_R_MM3_READ, io);
    put_key_exchange_message(engine, sa, &out);
    sa->state = SA_R_MM4;
    sa_send(engine, sa, &out, false, io);
    sa_trace_state(engine, sa, io);
}

static void abort_exchange(struct engine *engine, struct ike_sa *sa, const struct incoming *in,
                           const struct decision *decision, const char *reason, struct io *io)
{
    engine_drop(engine, in->path, DROP_IKE_REFUSED, io);
    engine_refuse(engine, in->path, sa, &sa->identity, decision, io);
    if (sa->initiator)
        initiate_failed(engine, sa->path.remote.addr, io);
    sa_end(engine, sa, reason, false, io);
}

/* The peer is the key that it proved to have, and may call itself only what goes with it. */
static bool key_accepts(struct engine *engine, struct ike_sa *sa, const struct incoming *in,
                        struct io *io)
{
    const struct isakmp_profile *profile;
    struct decision decision;
    struct key_choice key = key_search_entry(engine, sa);
    if (!key.entry) {
        sa_end(engine, sa, "the configuration has its key no more", false, io);
        return false;
    }
    if (!select_key_identity(engine->config, &key, &sa->identity, &decision) ||
        !select_profile_of_key(engine->config, &sa->identity, &key, &profile, &decision)) {
        abort_exchange(engine, sa, in, &decision, "Identity of another peer, aborting exchange",
                       io);
        return false;
    }
    key_search_remember(engine, sa);
    phase1_take_profile(engine, sa, profile, io);
    return true;
}

/* The identity is authenticated; does the profile it selects own the key that did it? */
static bool profile_accepts(struct engine *engine, struct ike_sa *sa, const struct incoming *in,
                            struct io *io)
{
    const struct isakmp_profile *profile;
    struct decision decision;
    select_profile(engine->config, &sa->identity, &profile, &decision);
    if (profile && !select_profile_accepts_key(engine->config, profile, sa->key_ring, sa->key_line,
                                               &sa->identity, &decision)) {
        abort_exchange(engine, sa, in, &decision,
                       "Key not found in keyrings of profile, aborting exchange", io);
        return false;
    }
    phase1_take_profile(engine, sa, profile, io);
    return true;
}

static bool by_proof(const struct engine *engine, const struct ike_sa *sa)
{
    return engine->config->key_verify && !sa->initiator;
}

static void make_principal(const struct engine *engine, struct ike_sa *sa)
{
    char identity[IDENTITY_TEXT];
    if (by_proof(engine, sa)) {
        principal_of_entry(sa->key_ring, sa->key_entry, sa->principal);
        return;
    }
    principal_of_key(sa->key_ring, sa->key_entry, identity_format(&sa->identity, identity),
                     sa->principal);
}

/* Check ID and HASH of MM5 or MM6; true: the peer is who has the key, and the message is
 * committed. */
static bool authenticate(struct engine *engine, struct ike_sa *sa, struct incoming *in,
                         struct io *io)
{
    struct span id = ike_chain_find(&in->chain, PAYLOAD_ID, 0)->body;
    struct span hash = ike_chain_find(&in->chain, PAYLOAD_HASH, 0)->body;
    struct identity identity;
    if (identity_parse(id, &identity) != RC_OK) {
        engine_drop(engine, in->path, DROP_IKE_PAYLOADS, io);
        return false;
    }
    if (!phase1_proof_holds(sa, id, hash)) {
        engine_drop(engine, in->path, DROP_IKE_HASH, io);
        key_refuse_wrong(engine, sa, in, RULE_HASH, io);
        return false;
    }
    sa->identity = identity;
    memcpy(sa->iv, in->next_iv, sizeof sa->iv);
    resend_accepted(engine, &sa->resend, in);
    sa_follow(engine, sa, in->path, io);
    trace_payload(engine, sa, "ID", io);
    trace_identity(engine, sa, &sa->identity,
                   ike_chain_find(&in->chain, PAYLOAD_ID, 0)->whole.at[0], io);
    make_principal(engine, sa);
    if (!(by_proof(engine, sa) ? key_accepts : profile_accepts)(engine, sa, in, io))
        return false;
    trace_key_found(engine, sa, io);
    trace_payload(engine, sa, "HASH", io);
    return true;
}

static void proof_message_send(struct engine *engine, struct ike_sa *sa, bool initial_contact,
                               struct io *io)
{
    struct outgoing out;
    uint8_t hash[HASH_MAX];
    if (!phase1_own_identity(engine, sa, 500) ||
        !phase1_proof(sa, true, octets_span(&sa->hs->id_own), hash)) {
        sa_end(engine, sa, "our proof could not be made", false, io);
        return;
    }
    if (initial_contact)
        sa_event(engine, sa, EV_INITIAL_SENT, io);
    trace_own_proof(engine, sa, PAYLOAD_HASH, io);
    message_start(&out, sa, EXCHANGE_MAIN, 0);
    ike_writer_add(&out.w, PAYLOAD_ID, octets_span(&sa->hs->id_own));
    ike_writer_add(&out.w, PAYLOAD_HASH, (struct span){hash, hash_len(sa->keys.prf)});
    if (initial_contact) {
        uint8_t spi[2 * IKE_COOKIE];
        memcpy(spi, sa->cky_i, IKE_COOKIE);
        memcpy(spi + IKE_COOKIE, sa->cky_r, IKE_COOKIE);
        const struct ike_notification notification = {
            .protocol = PROTOCOL_ISAKMP, .type = NOTIFY_INITIAL_CONTACT, .spi = {spi, sizeof spi}};
        ike_notification_put(&out.w, &notification);
    }
    sa_send(engine, sa, &out, true, io);
}

static void mm5_received(struct engine *engine, struct ike_sa *sa, struct incoming *in,
                         struct io *io)
{
    slot_handle self = sa->self;
    trace_sa(engine, sa, TRACE_R_MM5, io);
    if (!authenticate(engine, sa, in, io))
        return;
    phase1_notifications(engine, sa, &in->chain, io);
    trace_authenticated(engine, sa, io);
    trace_sa(engine, sa, TRACE_R_MM5_READ, io);
    proof_message_send(engine, sa, false, io);
    if (!slots_get(&engine->sas, self))
        return;
    sa_established(engine, sa, io);
    phase1_done(engine, sa, io);
}

/* -- initiator ------------------------------------------------------------------------- */

struct ike_sa *main_mode_initiate(struct engine *engine, const struct config_interface *interface,
                                  struct addr local, struct addr peer, const char *host,
                                  const struct isakmp_profile *profile, struct io *io)
{
    struct ike_sa *sa = phase1_initiate(engine, interface, local, peer, host, profile, io);
    if (!sa)
        return NULL;
    uint8_t offer[IKE_SEND_MAX / 2];
    struct builder b = builder_of(offer, sizeof offer);
    ike_p1_put_offer(&b, engine->config, AUTH_PSK, 0);
    if (b.bad || !octets_set(&sa->hs->sa_i, builder_span(&b))) {
        sa_end(engine, sa, "no ISAKMP policy to offer", false, io);
        return NULL;
    }
    struct outgoing out;
    message_start(&out, sa, EXCHANGE_MAIN, 0);
    ike_writer_add(&out.w, PAYLOAD_SA, octets_span(&sa->hs->sa_i));
    phase1_put_vendors(sa, &out.w);
    trace_key_found(engine, sa, io);
    sa_set_state(engine, sa, SA_I_MM1, io);
    struct event *event = sa_event(engine, sa, EV_INITIATE, io);
    if (event)
        event_text(event, 0, "Main Mode");
    sa_send(engine, sa, &out, false, io);
    resend_arm(engine, &sa->resend, io);
    return sa;
}

static void mm2_received(struct engine *engine, struct ike_sa *sa, struct incoming *in,
                         struct io *io)
{
    struct span sa_body = ike_chain_find(&in->chain, PAYLOAD_SA, 0)->body;
    if (ike_cookie_is_zero(in->header.cky_r) ||
        ike_p1_accept(sa_body, engine->config, AUTH_PSK, &sa->suite) != RC_OK) {
        engine_drop(engine, in->path, DROP_IKE_REFUSED, io);
        return;
    }
    memcpy(sa->cky_r, in->header.cky_r, IKE_COOKIE);
    resend_accepted(engine, &sa->resend, in);
    sa_set_state(engine, sa, SA_I_MM2, io);
    trace_payload(engine, sa, "SA", io);
    phase1_vendors(engine, sa, &in->chain, io);
    trace_key_found(engine, sa, io);
    sa_event(engine, sa, EV_KEY_LOCAL, io);
    trace_accepted(engine, sa, sa_body, io);
    phase1_make_private(sa, io);
    trace_sa(engine, sa, TRACE_I_MM2_READ, io);
    ask_dh(engine, WAIT_SA_DH, sa->self, 0, sa->suite.group, sa->hs->private_value,
           (struct span){NULL, 0}, true, &sa->waits_for, io);
}

static void mm3_send(struct engine *engine, struct ike_sa *sa, const struct answer *answer,
                     struct io *io)
{
    const struct dh_group *group = dh_group(sa->suite.group);
    struct outgoing out;
    memcpy(sa->hs->g_i, answer->public_value, group->public_len);
    put_key_exchange_message(engine, sa, &out);
    sa->state = SA_I_MM3;
    sa_send(engine, sa, &out, false, io);
    sa_trace_state(engine, sa, io);
    resend_arm(engine, &sa->resend, io);
}

static void mm4_received(struct engine *engine, struct ike_sa *sa, struct incoming *in,
                         struct io *io)
{
    phase1_vendors(engine, sa, &in->chain, io);
    if (!phase1_take_key_exchange(engine, sa, in, io) || !phase1_judge_nat(engine, sa, in, io))
        return;
    resend_accepted(engine, &sa->resend, in);
    sa_set_state(engine, sa, SA_I_MM4, io);
    trace_payload(engine, sa, "KE", io);
    trace_payload(engine, sa, "NONCE", io);
    trace_key_found(engine, sa, io);
    ask_dh(engine, WAIT_SA_DH, sa->self, 0, sa->suite.group, sa->hs->private_value,
           (struct span){sa->hs->g_r, sa->hs->g_len}, false, &sa->waits_for, io);
}

static void mm5_send(struct engine *engine, struct ike_sa *sa, const struct answer *answer,
                     struct io *io)
{
    slot_handle self = sa->self;
    const struct dh_group *group = dh_group(sa->suite.group);
    if (!phase1_keys(engine, sa, (struct span){answer->shared, group->shared_len}, io)) {
        sa_end(engine, sa, "key derivation failed", false, io);
        return;
    }
    trace_sa(engine, sa, TRACE_I_MM4_READ, io);
    if (sa->we_are_behind || sa->peer_is_behind) {
        /* RFC 3947, 4: from MM5 on everything goes port 4500 to port 4500. */
        sa->path.natt = true;
        sa->path.local.port = 4500;
        sa->path.remote.port = 4500;
    }
    sa->state = SA_I_MM5;
    /* Who has pairs with the peer, with or without a phase 1, has not forgotten it. */
    proof_message_send(engine, sa,
                       !sa_known_peer(engine, sa->path.remote.addr) &&
                           !child_known_peer(engine, sa->path.remote.addr),
                       io);
    if (!slots_get(&engine->sas, self))
        return;
    sa_trace_state(engine, sa, io);
    resend_arm(engine, &sa->resend, io);
}

static void mm6_received(struct engine *engine, struct ike_sa *sa, struct incoming *in,
                         struct io *io)
{
    if (!authenticate(engine, sa, in, io))
        return;
    trace_authenticated(engine, sa, io);
    trace_sa(engine, sa, TRACE_I_MM6, io);
    trace_sa(engine, sa, TRACE_I_MM6_READ, io);
    sa_established(engine, sa, io);
    phase1_done(engine, sa, io);
}

/* -- the exchange ---------------------------------------------------------------------- */

static const struct step steps[] = {
    /* we are at   sealed  needed            allowed                          first  ids   work */
    {SA_R_MM2,
     false,
     {P_KE | P_NONCE, P_VENDOR | P_NATD | P_CERT | P_UNKNOWN, 0, 0, 0},
     mm3_received},
    {SA_R_MM4, true, {P_ID | P_HASH, P_NOTIFY | P_VENDOR | P_CERT, 0, 1, 1}, mm5_received},
    {SA_I_MM1, false, {P_SA, P_VENDOR | P_UNKNOWN, PAYLOAD_SA, 0, 0}, mm2_received},
    {SA_I_MM3,
     false,
     {P_KE | P_NONCE, P_VENDOR | P_NATD | P_CERT | P_UNKNOWN, 0, 0, 0},
     mm4_received},
    {SA_I_MM5, true, {P_ID | P_HASH, P_NOTIFY | P_VENDOR | P_CERT, 0, 1, 1}, mm6_received},
};

static const struct step *step_due(const struct ike_sa *sa)
{
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (steps[i].when == sa->state)
            return &steps[i];
    return NULL;
}

/* Decrypt, or look at the clear octets; DROP_NONE with in->chain set. */
static enum drop_reason open_message(const struct ike_sa *sa, const struct step *step,
                                     struct incoming *in)
{
    struct span octets = in->body;
    size_t len = 0;
    bool encrypted = in->header.flags & IKE_FLAG_ENCRYPTED;
    if (encrypted != step->sealed || in->header.message_id != 0)
        return DROP_IKE_FLAGS;
    if (step->sealed) {
        if (ike_open(&sa->keys, sa->iv, in->body, in->plain, &len, in->next_iv) != RC_OK)
            return DROP_IKE_DECRYPT;
        octets = (struct span){in->plain, len};
    }
    if (ike_chain_parse(in->header.next, octets, &in->chain) != RC_OK)
        return step->sealed ? DROP_IKE_DECRYPT : DROP_IKE_CHAIN;
    return ike_rule_check(&step->rule, &in->chain) == RC_OK ? DROP_NONE
           : step->sealed                                   ? DROP_IKE_DECRYPT
                                                            : DROP_IKE_PAYLOADS;
}

void main_mode_input(struct engine *engine, struct ike_sa *sa, struct incoming *in, struct io *io)
{
    if (resend_repeated(engine, &sa->resend, in, io))
        return;
    const struct step *step = sa->aggressive ? NULL : step_due(sa);
    enum drop_reason reason = step ? open_message(sa, step, in) : DROP_IKE_STATE;
    if (reason == DROP_IKE_DECRYPT && key_search_stands(sa))
        reason = DROP_IKE_STATE; /* it comes again, if it is the peer's */
    if (reason == DROP_IKE_DECRYPT && key_search_begin(engine, sa, in, io))
        return;
    if (reason != DROP_NONE) {
        engine_drop(engine, in->path, reason, io);
        if (reason == DROP_IKE_DECRYPT)
            key_refuse_wrong(engine, sa, in, RULE_DECRYPT, io);
        return;
    }
    step->work(engine, sa, in, io);
}

void main_mode_dh(struct engine *engine, struct ike_sa *sa, const struct answer *answer,
                  struct io *io)
{
    if (answer->rc != RC_OK) {
        sa_end(engine, sa, "Diffie-Hellman failed", false, io);
        return;
    }
    if (sa->state == SA_R_MM3)
        mm4_send(engine, sa, answer, io);
    else if (sa->state == SA_I_MM2)
        mm3_send(engine, sa, answer, io);
    else if (sa->state == SA_I_MM4)
        mm5_send(engine, sa, answer, io);
}
