/* Aggressive mode with pre-shared keys, responder (RFC 2409, 5.4).
 *
 *   initiator                         responder
 *   AM1  SA, KE, Ni, IDii, VIDs   ->  the identity names a group (key-id) or a host with its own
 * key
 *                                 <-  AM2  SA, KE, Nr, IDir, HASH_R, NAT-D, VIDs
 *   AM3  {HASH_I, NAT-D, [N]}     ->  sealed, or in clear as RFC 2409 permits
 *
 * An identity that is not ours gets the same answer as one that is: a secret made up from it under
 * the engine's own, which never verifies; so does a known one that offers the wrong method (THREATS
 * P08). */
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
#include "select/opening.h"

#include <stdio.h>

static const struct ike_rule opening_rule = {P_SA | P_KE | P_NONCE | P_ID,
                                             P_VENDOR | P_CERT | P_UNKNOWN, PAYLOAD_SA, 1, 1};
static const struct ike_rule closing_rule = {P_HASH, P_NATD | P_NOTIFY | P_VENDOR | P_CERT, 0, 0,
                                             0};

/* Whose secret: the group's, the host's, or nobody's. */
struct opening {
    struct identity identity;
    struct opening_choice choice;
    bool decoy;
    struct decision decision;
};

static void find_secret(const struct engine *engine, struct opening *opening)
{
    opening->decoy = !select_opening(engine->config, &opening->identity, &opening->choice);
    opening->decision = opening->choice.steps[opening->choice.deciding];
}

static void made_up_secret(const struct engine *engine, const struct identity *identity,
                           struct handshake *hs)
{
    const struct span parts[] = {{(const uint8_t *)"decoy", 5}, identity_data(identity)};
    engine_keyed(engine, parts, 2, hs->psk);
    hs->psk_len = KEYED_LEN;
    hs->decoy = true;
}

static bool keep_secret(struct handshake *hs, struct span secret)
{
    if (secret.len > sizeof hs->psk)
        return false;
    if (secret.len)
        memcpy(hs->psk, secret.at, secret.len);
    hs->psk_len = secret.len;
    return true;
}

static bool take_secret(const struct engine *engine, struct ike_sa *sa,
                        const struct opening *opening)
{
    const struct client_group *group = opening->choice.group;
    const struct keyring_entry *entry = opening->choice.key.entry;
    sa->hs->decision = opening->decision;
    if (opening->decoy || (!group && !entry)) {
        made_up_secret(engine, &opening->identity, sa->hs);
        return true;
    }
    if (group) {
        sa->key_line = group->line;
        snprintf(sa->group, sizeof sa->group, "%s", group->name);
        return keep_secret(sa->hs, group->secret);
    }
    sa->key_line = entry->line;
    principal_key_entry(entry, sa->key_entry);
    sa->no_xauth = entry->no_xauth;
    snprintf(sa->key_ring, sizeof sa->key_ring, "%s", opening->choice.key.ring->name);
    return keep_secret(sa->hs, entry->secret);
}

/* Does anybody have to log in here? What a made-up identity is answered goes by that. */
static bool logins_here(const struct engine *engine, const char *interface)
{
    for (size_t i = 0; i < engine->config->profile_count; i++)
        if (engine->config->profiles[i].xauth)
            return true;
    return phase1_login_list(engine, interface, NULL) != NULL;
}

static unsigned methods_allowed(const struct engine *engine, const char *interface,
                                const struct opening *opening)
{
    if (opening->decoy)
        return logins_here(engine, interface) ? ALLOW_XAUTH : ALLOW_PSK;
    bool xauth = select_opening_login(engine_map(engine, interface), &opening->choice) != NULL;
    return xauth ? ALLOW_XAUTH : ALLOW_PSK;
}

/* Choose by policy. Who offers only the wrong method is not told so: that would tell a known
 * identity from an unknown one. */
static enum rc choose(const struct engine *engine, const struct incoming *in, const char *interface,
                      struct opening *opening, struct ike_suite *suite, struct ike_choice *choice,
                      struct decision *decision)
{
    struct decision other;
    struct span sa_body = in->chain.items[0].body;
    size_t ke_len = ike_chain_find(&in->chain, PAYLOAD_KE, 0)->body.len;
    enum rc rc = ike_p1_choose(sa_body, engine->config, methods_allowed(engine, interface, opening),
                               ke_len, suite, choice, decision);
    if (rc != RC_NO_PROPOSAL || ike_p1_choose(sa_body, engine->config, ALLOW_PSK | ALLOW_XAUTH,
                                              ke_len, suite, choice, &other) != RC_OK)
        return rc;
    if (!opening->decoy)
        opening->decision = *decision;
    opening->decoy = true;
    return RC_OK;
}

static void refuse_opening(struct engine *engine, const struct incoming *in,
                           const struct identity *identity, const struct decision *decision,
                           struct io *io)
{
    engine_drop(engine, in->path, DROP_IKE_REFUSED, io);
    engine_refuse(engine, in->path, NULL, identity, decision, io);
}

static void begin(struct engine *engine, struct incoming *in, const struct opening *opening,
                  const struct config_interface *interface, const struct ike_suite *suite,
                  const struct ike_choice *choice, struct io *io)
{
    struct ike_sa *sa = sa_new(engine, in->path, in, io);
    if (!sa)
        return;
    uint8_t reply[512];
    struct builder b = builder_of(reply, sizeof reply);
    ike_p1_put_choice(&b, choice);
    sa->aggressive = true;
    sa->state = SA_R_AM1;
    sa->suite = *suite;
    sa->identity = opening->identity;
    snprintf(sa->interface, sizeof sa->interface, "%s", interface->name);
    if (b.bad || !octets_set(&sa->hs->sa_i, in->chain.items[0].body) ||
        !octets_set(&sa->resend.message, builder_span(&b)) || !take_secret(engine, sa, opening)) {
        sa_end(engine, sa, "out of memory", false, io);
        return;
    }
    trace_payload(engine, sa, "SA", io);
    trace_payload(engine, sa, "ID", io);
    trace_identity(engine, sa, &sa->identity,
                   ike_chain_find(&in->chain, PAYLOAD_ID, 0)->whole.at[0], io);
    phase1_take_profile(engine, sa, opening->choice.profile, io);
    phase1_vendors(engine, sa, &in->chain, io);
    if (sa->login == LOGIN_DUE)
        sa_event(engine, sa, EV_AUTH_METHOD, io);
    trace_transform(engine, sa, choice, io);
    trace_payload(engine, sa, "KE", io);
    trace_payload(engine, sa, "NONCE", io);
    if (!phase1_take_key_exchange(engine, sa, in, io)) {
        sa_end(engine, sa, "key exchange refused", false, io);
        return;
    }
    /* The SA reply waits in resend.message until AM2 can be made; a repeated AM1 finds no request
     * digest yet and is dropped as not due. */
    if (opening->decoy) {
        sa->hs->malformed_told = true;
        engine_refuse(engine, in->path, sa, &sa->identity, &opening->decision, io);
    }
    phase1_make_private(sa, io);
    trace_sa(engine, sa, TRACE_R_AM1, io);
    memcpy(sa->opening_digest, in->digest, KEYED_LEN);
    ask_dh(engine, WAIT_SA_DH, sa->self, 0, sa->suite.group, sa->hs->private_value,
           (struct span){sa->hs->g_i, sa->hs->g_len}, true, &sa->waits_for, io);
}

void aggressive_opening(struct engine *engine, struct incoming *in, struct io *io)
{
    struct opening opening = {0};
    struct ike_suite suite;
    struct ike_choice choice;
    struct decision decision;
    const struct config_interface *interface = engine_interface_of(engine, in->path->local.addr);
    if (ike_chain_parse(in->header.next, in->body, &in->chain) != RC_OK ||
        ike_rule_check(&opening_rule, &in->chain) != RC_OK ||
        identity_parse(ike_chain_find(&in->chain, PAYLOAD_ID, 0)->body, &opening.identity) !=
            RC_OK) {
        engine_drop(engine, in->path, DROP_IKE_CHAIN, io);
        return;
    }
    if (!interface || !interface->map) {
        engine_drop(engine, in->path, DROP_IKE_REFUSED, io);
        return;
    }
    if (!select_opening_allowed(engine->config, &opening.decision)) {
        refuse_opening(engine, in, &opening.identity, &opening.decision, io);
        return;
    }
    find_secret(engine, &opening);
    if (choose(engine, in, interface->name, &opening, &suite, &choice, &decision) != RC_OK) {
        refuse_opening(engine, in, &opening.identity, &decision, io);
        notify_clear(engine, in, NOTIFY_NO_PROPOSAL_CHOSEN, io);
        return;
    }
    begin(engine, in, &opening, interface, &suite, &choice, io);
}

static void am2_send(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    uint8_t hash[HASH_MAX];
    struct outgoing out;
    struct handshake *hs = sa->hs;
    if (!phase1_own_identity(engine, sa, 0) ||
        !phase1_proof(sa, true, octets_span(&hs->id_own), hash)) {
        sa_end(engine, sa, "our proof could not be made", false, io);
        return;
    }
    trace_own_proof(engine, sa, PAYLOAD_HASH, io);
    message_start(&out, sa, EXCHANGE_AGGRESSIVE, 0);
    ike_writer_add(&out.w, PAYLOAD_SA, octets_span(&sa->resend.message));
    phase1_put_key_exchange(sa, &out.w);
    ike_writer_add(&out.w, PAYLOAD_ID, octets_span(&hs->id_own));
    ike_writer_add(&out.w, PAYLOAD_HASH, (struct span){hash, hash_len(sa->keys.prf)});
    if (sa->natt != NATT_NONE && natt_put(&out.w, sa->natt, sa->suite.hash, sa->cky_i, sa->cky_r,
                                          &sa->path, engine->config->encapsulate_always) != RC_OK)
        out.w.b.bad = true;
    phase1_put_vendors(sa, &out.w);
    sa->state = SA_R_AM2;
    sa_send(engine, sa, &out, false, io);
    sa_trace_state(engine, sa, io);
    memcpy(sa->resend.request, sa->opening_digest, KEYED_LEN);
    sa->resend.has_request = true;
}

void aggressive_dh(struct engine *engine, struct ike_sa *sa, const struct answer *answer,
                   struct io *io)
{
    const struct dh_group *group = dh_group(sa->suite.group);
    if (sa->initiator) {
        aggressive_initiator_dh(engine, sa, answer, io);
        return;
    }
    if (sa->state != SA_R_AM1)
        return;
    if (answer->rc == RC_OK)
        memcpy(sa->hs->g_r, answer->public_value, group->public_len);
    if (answer->rc != RC_OK ||
        !phase1_keys(engine, sa, (struct span){answer->shared, group->shared_len}, io)) {
        sa_end(engine, sa, "Diffie-Hellman failed", false, io);
        return;
    }
    am2_send(engine, sa, io);
}

/* Wrong key: reported once, and the true peer is still heard. An identity that is not ours was
 * reported when it came. */
static void report_once(struct engine *engine, struct ike_sa *sa, const struct ike_path *path,
                        const char *how, struct io *io)
{
    if (!sa->hs || sa->hs->malformed_told)
        return;
    sa->hs->malformed_told = true;
    const char *name = sa->group[0] ? sa->group : sa->key_ring;
    struct decision decision = sa->hs->decision;
    decision.stage = STAGE_AUTHENTICATION;
    decision.accepted = false;
    decision.rule = RULE_HASH;
    snprintf(decision.ours, sizeof decision.ours, "key of %.100s (line %u)", name, sa->key_line);
    snprintf(decision.theirs, sizeof decision.theirs, "%s", how);
    snprintf(decision.hint, sizeof decision.hint, "give the client the key of %.100s", name);
    engine_refuse(engine, path, sa, &sa->identity, &decision, io);
}

void aggressive_gave_up(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    /* Who sees that our proof does not verify says nothing more (vpnc). */
    if (sa->state == SA_R_AM2)
        report_once(engine, sa, &sa->path, "no third message came", io);
}

/* AM3 may come sealed or in clear. DROP_NONE with in->chain set and next_iv the IV of later
 * exchanges. */
static enum drop_reason open_closing(const struct ike_sa *sa, struct incoming *in)
{
    struct span octets = in->body;
    size_t len = 0;
    if (in->header.message_id != 0)
        return DROP_IKE_MESSAGE_ID;
    memcpy(in->next_iv, sa->iv, sizeof in->next_iv);
    if (in->header.flags & IKE_FLAG_ENCRYPTED) {
        if (ike_open(&sa->keys, sa->iv, in->body, in->plain, &len, in->next_iv) != RC_OK)
            return DROP_IKE_DECRYPT;
        octets = (struct span){in->plain, len};
    }
    if (ike_chain_parse(in->header.next, octets, &in->chain) != RC_OK ||
        ike_rule_check(&closing_rule, &in->chain) != RC_OK)
        return DROP_IKE_DECRYPT;
    return DROP_NONE;
}

/* Who this is: the key entry and identity of a host. Members of a group share both, so one who does
 * not log in is only where it comes from; one who does is named when it has. */
static void make_principal(struct ike_sa *sa)
{
    char text[IDENTITY_TEXT];
    if (!sa->group[0])
        principal_of_key(sa->key_ring, sa->key_entry, identity_format(&sa->identity, text),
                         sa->principal);
    else if (sa->login == LOGIN_NONE)
        principal_of_member(sa->group, sa->path.remote, sa->principal);
}

static void am3_received(struct engine *engine, struct ike_sa *sa, struct incoming *in,
                         struct io *io)
{
    uint8_t id[4 + IDENTITY_DATA_MAX];
    struct builder b = builder_of(id, sizeof id);
    identity_put(&b, &sa->identity); /* as received in AM1, octet for octet */
    struct span hash = ike_chain_find(&in->chain, PAYLOAD_HASH, 0)->body;
    if (sa->hs->decoy || !phase1_proof_holds(sa, builder_span(&b), hash)) {
        engine_drop(engine, in->path, DROP_IKE_HASH, io);
        report_once(engine, sa, in->path, "HASH_I of another key", io);
        return;
    }
    if (!phase1_judge_nat(engine, sa, in, io))
        return;
    memcpy(sa->iv, in->next_iv, sizeof sa->iv);
    resend_accepted(engine, &sa->resend, in);
    sa_follow(engine, sa, in->path, io);
    phase1_vendors(engine, sa, &in->chain, io);
    make_principal(sa);
    trace_payload(engine, sa, "HASH", io);
    phase1_notifications(engine, sa, &in->chain, io);
    /* HASH_I covers none of them: what stood in clear may be anybody's (RFC 2407, 4.6.3.3). */
    if (!(in->header.flags & IKE_FLAG_ENCRYPTED))
        sa->initial_contact = false;
    trace_authenticated(engine, sa, io);
    sa_established(engine, sa, io);
    phase1_done(engine, sa, io);
}

void aggressive_input(struct engine *engine, struct ike_sa *sa, struct incoming *in, struct io *io)
{
    if (resend_repeated(engine, &sa->resend, in, io))
        return;
    if (sa->initiator) {
        aggressive_reply(engine, sa, in, io);
        return;
    }
    bool due = sa->aggressive && sa->state == SA_R_AM2 && !ike_cookie_is_zero(in->header.cky_r);
    enum drop_reason reason = due ? open_closing(sa, in) : DROP_IKE_STATE;
    if (reason == DROP_NONE) {
        am3_received(engine, sa, in, io);
        return;
    }
    engine_drop(engine, in->path, reason, io);
    if (reason == DROP_IKE_DECRYPT)
        report_once(engine, sa, in->path, "HASH_I of another key", io);
}
