/* Aggressive mode with pre-shared keys, initiator (RFC 2409, 5.4): where a profile says "initiate
 * mode aggressive", for peers that find our key by our name.
 *
 *   initiator                         responder
 *   AM1  SA, KE, Ni, IDii, VIDs   ->  one group: the value for it goes along
 *                                 <-  AM2  SA, KE, Nr, IDir, HASH_R, NAT-D, VIDs
 *   AM3  {HASH_I, NAT-D, [N]}     ->
 *
 * AM2 is kept whole until the shared secret is there. One that does not prove itself then leaves
 * nothing behind, and the true one may still come. */
#include "ike/initiate.h"
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

static const struct ike_rule reply_rule = {P_SA | P_KE | P_NONCE | P_ID | P_HASH,
                                           P_VENDOR | P_NATD | P_NOTIFY | P_CERT | P_UNKNOWN,
                                           PAYLOAD_SA, 1, 1};

/* Of the first policy that can be offered: KE goes with the offer, so it is for one group only. */
static uint16_t group_to_offer(const struct config *config)
{
    for (size_t i = 0; i < config->policy_count; i++) {
        const struct isakmp_policy *policy = &config->policies[i];
        if (policy->auth == ISAKMP_AUTH_PSK && !policy->ended && dh_group(policy->group))
            return policy->group;
    }
    return 0;
}

static bool make_offer(struct engine *engine, struct ike_sa *sa)
{
    uint8_t offer[IKE_SEND_MAX / 2];
    struct builder b = builder_of(offer, sizeof offer);
    sa->suite.group = group_to_offer(engine->config);
    if (!sa->suite.group)
        return false;
    ike_p1_put_offer(&b, engine->config, AUTH_PSK, sa->suite.group);
    return !b.bad && octets_set(&sa->hs->sa_i, builder_span(&b)) &&
           phase1_own_identity(engine, sa, 0);
}

struct ike_sa *aggressive_initiate(struct engine *engine, const struct config_interface *interface,
                                   struct addr local, struct addr peer, const char *host,
                                   const struct isakmp_profile *profile, struct io *io)
{
    struct ike_sa *sa = phase1_initiate(engine, interface, local, peer, host, profile, io);
    if (!sa)
        return NULL;
    sa->aggressive = true;
    sa->state = SA_I_AM0;
    if (!make_offer(engine, sa)) {
        sa_end(engine, sa, "no ISAKMP policy to offer", false, io);
        return NULL;
    }
    trace_key_found(engine, sa, io);
    struct event *event = sa_event(engine, sa, EV_INITIATE, io);
    if (event)
        event_text(event, 0, "Aggressive Mode");
    phase1_make_private(sa, io);
    ask_dh(engine, WAIT_SA_DH, sa->self, 0, sa->suite.group, sa->hs->private_value,
           (struct span){NULL, 0}, true, &sa->waits_for, io);
    return sa;
}

static void am1_send(struct engine *engine, struct ike_sa *sa, const struct answer *answer,
                     struct io *io)
{
    struct outgoing out;
    memcpy(sa->hs->g_i, answer->public_value, dh_group(sa->suite.group)->public_len);
    message_start(&out, sa, EXCHANGE_AGGRESSIVE, 0);
    ike_writer_add(&out.w, PAYLOAD_SA, octets_span(&sa->hs->sa_i));
    phase1_put_key_exchange(sa, &out.w);
    ike_writer_add(&out.w, PAYLOAD_ID, octets_span(&sa->hs->id_own));
    phase1_put_vendors(sa, &out.w);
    sa_set_state(engine, sa, SA_I_AM1, io);
    sa_send(engine, sa, &out, false, io);
    resend_arm(engine, &sa->resend, io);
}

/* DROP_NONE with in->chain set. */
static enum drop_reason open_reply(struct incoming *in)
{
    if (in->header.flags & IKE_FLAG_ENCRYPTED || in->header.message_id != 0 ||
        ike_cookie_is_zero(in->header.cky_r))
        return DROP_IKE_FLAGS;
    if (ike_chain_parse(in->header.next, in->body, &in->chain) != RC_OK)
        return DROP_IKE_CHAIN;
    return ike_rule_check(&reply_rule, &in->chain) == RC_OK ? DROP_NONE : DROP_IKE_PAYLOADS;
}

void aggressive_reply(struct engine *engine, struct ike_sa *sa, struct incoming *in, struct io *io)
{
    struct ike_suite suite;
    enum drop_reason reason = sa->state == SA_I_AM1 ? open_reply(in) : DROP_IKE_STATE;
    if (reason == DROP_NONE && (ike_p1_accept(ike_chain_find(&in->chain, PAYLOAD_SA, 0)->body,
                                              engine->config, AUTH_PSK, &suite) != RC_OK ||
                                suite.group != sa->suite.group))
        reason = DROP_IKE_REFUSED;
    if (reason != DROP_NONE) {
        engine_drop(engine, in->path, reason, io);
        return;
    }
    if (!phase1_take_key_exchange(engine, sa, in, io) ||
        !octets_set(&sa->hs->unproved, in->datagram))
        return;
    sa->hs->unproved_path = *in->path;
    sa->suite = suite;
    memcpy(sa->cky_r, in->header.cky_r, IKE_COOKIE);
    sa->state = SA_I_AM2;
    ask_dh(engine, WAIT_SA_DH, sa->self, 0, sa->suite.group, sa->hs->private_value,
           (struct span){sa->hs->g_r, sa->hs->g_len}, false, &sa->waits_for, io);
}

/* Wait for another AM2: this one was not the peer's. */
static void forget_reply(struct ike_sa *sa)
{
    octets_wipe(&sa->hs->unproved);
    wipe(&sa->keys, sizeof sa->keys);
    memset(sa->cky_r, 0, sizeof sa->cky_r);
    sa->state = SA_I_AM1;
}

static void refuse_proof(struct engine *engine, struct ike_sa *sa, const struct ike_path *path,
                         struct io *io)
{
    engine_drop(engine, path, DROP_IKE_HASH, io);
    if (!sa->hs->malformed_told) {
        struct decision decision = sa->hs->decision;
        decision.stage = STAGE_AUTHENTICATION;
        decision.accepted = false;
        decision.rule = RULE_HASH;
        snprintf(decision.hint, sizeof decision.hint,
                 "give the peer the key of keyring %s line %u, or add a key for its address",
                 sa->key_ring, sa->key_line);
        engine_refuse(engine, path, sa, NULL, &decision, io);
    }
    sa->hs->malformed_told = true;
    forget_reply(sa);
}

/* The peer is who has the key; is it on a profile that may use it? */
static bool take_peer(struct engine *engine, struct ike_sa *sa, const struct identity *identity,
                      const struct ike_path *path, struct io *io)
{
    const struct isakmp_profile *profile;
    struct decision decision;
    char text[IDENTITY_TEXT];
    sa->identity = *identity;
    principal_of_key(sa->key_ring, sa->key_entry, identity_format(identity, text), sa->principal);
    select_profile(engine->config, identity, &profile, &decision);
    if (profile && !select_profile_accepts_key(engine->config, profile, sa->key_ring, sa->key_line,
                                               identity, &decision)) {
        engine_refuse(engine, path, sa, identity, &decision, io);
        initiate_give_up(engine, sa, "its profile has not the key that it proved", io);
        return false;
    }
    phase1_take_profile(engine, sa, profile, io);
    return true;
}

static void put_initial_contact(const struct ike_sa *sa, struct ike_writer *w)
{
    uint8_t spi[2 * IKE_COOKIE];
    memcpy(spi, sa->cky_i, IKE_COOKIE);
    memcpy(spi + IKE_COOKIE, sa->cky_r, IKE_COOKIE);
    const struct ike_notification notification = {
        .protocol = PROTOCOL_ISAKMP, .type = NOTIFY_INITIAL_CONTACT, .spi = {spi, sizeof spi}};
    ike_notification_put(w, &notification);
}

static bool am3_send(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    struct outgoing out;
    uint8_t hash[HASH_MAX];
    if (!phase1_proof(sa, true, octets_span(&sa->hs->id_own), hash))
        return false;
    message_start(&out, sa, EXCHANGE_AGGRESSIVE, 0);
    ike_writer_add(&out.w, PAYLOAD_HASH, (struct span){hash, hash_len(sa->keys.prf)});
    /* What NAT-D covers is where AM1 and AM2 went (RFC 3947, 3.2). */
    if (sa->natt != NATT_NONE && natt_put(&out.w, sa->natt, sa->suite.hash, sa->cky_i, sa->cky_r,
                                          &sa->path, engine->config->encapsulate_always) != RC_OK)
        out.w.b.bad = true;
    if (!sa_known_peer(engine, sa->path.remote.addr)) {
        put_initial_contact(sa, &out.w);
        sa_event(engine, sa, EV_INITIAL_SENT, io);
    }
    if (sa->we_are_behind || sa->peer_is_behind) {
        sa->path.natt = true;
        sa->path.local.port = 4500;
        sa->path.remote.port = 4500;
    }
    sa_send(engine, sa, &out, true, io);
    return true;
}

static void am2_proved(struct engine *engine, struct ike_sa *sa, struct incoming *in,
                       const struct identity *identity, struct io *io)
{
    phase1_vendors(engine, sa, &in->chain, io);
    if (!phase1_judge_nat(engine, sa, in, io) || !take_peer(engine, sa, identity, in->path, io))
        return;
    trace_authenticated(engine, sa, io);
    resend_accepted(engine, &sa->resend, in);
    phase1_notifications(engine, sa, &in->chain, io);
    sa->initial_contact = false; /* it stood in clear (RFC 2407, 4.6.3.3) */
    if (!am3_send(engine, sa, io)) {
        sa_end(engine, sa, "our proof could not be made", false, io);
        return;
    }
    resend_arm(engine, &sa->resend, io);
    sa_established(engine, sa, io);
    phase1_done(engine, sa, io);
}

void aggressive_repeat(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    if (sa->heard_ms <= sa->established_ms)
        (void)resend_again(engine, &sa->resend, io); /* false: that was the last time */
}

/* The shared secret for the AM2 that is kept. */
static void am2_read(struct engine *engine, struct ike_sa *sa, const struct answer *answer,
                     struct io *io)
{
    uint8_t octets[IKE_MESSAGE_MAX];
    const struct ike_path path = sa->hs->unproved_path;
    struct incoming in = {.path = &path, .datagram = {octets, sa->hs->unproved.len}};
    struct identity identity;
    memcpy(octets, sa->hs->unproved.at, sa->hs->unproved.len); /* it outlives the handshake */
    engine_keyed(engine, &in.datagram, 1, in.digest);
    if (ike_header_parse(in.datagram, &in.header, &in.body) != DROP_NONE ||
        open_reply(&in) != DROP_NONE) {
        forget_reply(sa); /* it was read before: never */
        return;
    }
    struct span id = ike_chain_find(&in.chain, PAYLOAD_ID, 0)->body;
    struct span hash = ike_chain_find(&in.chain, PAYLOAD_HASH, 0)->body;
    if (identity_parse(id, &identity) != RC_OK ||
        !phase1_keys(engine, sa,
                     (struct span){answer->shared, dh_group(sa->suite.group)->shared_len}, io) ||
        !phase1_proof_holds(sa, id, hash))
        refuse_proof(engine, sa, &path, io);
    else
        am2_proved(engine, sa, &in, &identity, io);
}

void aggressive_initiator_dh(struct engine *engine, struct ike_sa *sa, const struct answer *answer,
                             struct io *io)
{
    if (answer->rc != RC_OK)
        initiate_give_up(engine, sa, "Diffie-Hellman failed", io);
    else if (sa->state == SA_I_AM0)
        am1_send(engine, sa, answer, io);
    else if (sa->state == SA_I_AM2)
        am2_read(engine, sa, answer, io);
}
