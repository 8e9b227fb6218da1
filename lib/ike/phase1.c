/* What main and aggressive mode share: vendor ids, key exchange, keys, proofs, NAT detection, and
 * what comes next once the peer has authenticated. */
#include "ike/phase1.h"

#include "ike/dpd.h"
#include "ike/initiate.h"
#include "ike/octets.h"
#include "ike/peer.h"
#include "ike/principal.h"
#include "ike/report.h"
#include "ike/sa.h"
#include "ike/send.h"
#include "ike/trace.h"
#include "ike/v1.h"
#include "select/opening.h"

#include <stdio.h>
#include <stdlib.h>

bool phase1_take_key(struct ike_sa *sa, const struct key_choice *key)
{
    struct handshake *hs = sa->hs;
    if (key->entry->secret.len > sizeof hs->psk)
        return false;
    memcpy(hs->psk, key->entry->secret.at, key->entry->secret.len);
    hs->psk_len = key->entry->secret.len;
    snprintf(sa->key_ring, sizeof sa->key_ring, "%s", key->ring->name);
    sa->key_line = key->entry->line;
    principal_key_entry(key->entry, sa->key_entry);
    sa->no_xauth = key->entry->no_xauth;
    return true;
}

struct ike_sa *phase1_initiate(struct engine *engine, const struct config_interface *interface,
                               struct addr local, struct addr peer, const char *host,
                               const struct isakmp_profile *profile, struct io *io)
{
    struct key_choice key;
    struct decision decision;
    const struct ike_path path = {.local = {local, 500}, .remote = {peer, 500}};
    if (select_key_host_peer(engine->config, profile, peer, host, &key, &decision) != RC_OK) {
        engine_refuse(engine, &path, NULL, NULL, &decision, io);
        return NULL;
    }
    struct ike_sa *sa = sa_new(engine, &path, NULL, io);
    if (!sa)
        return NULL;
    sa->hs->decision = decision;
    snprintf(sa->interface, sizeof sa->interface, "%s", interface->name);
    snprintf(sa->profile, sizeof sa->profile, "%s", profile ? profile->name : "");
    if (!phase1_take_key(sa, &key)) {
        sa_end(engine, sa, "its key is too long", false, io);
        return NULL;
    }
    return sa;
}

void phase1_vendors(struct engine *engine, struct ike_sa *sa, const struct ike_chain *chain,
                    struct io *io)
{
    uint32_t seen = vendor_set(chain);
    sa->vendors |= seen;
    for (unsigned v = 0; v < VENDOR_COUNT; v++) {
        if (!(seen & 1u << v))
            continue;
        sa_event(engine, sa, EV_VENDOR_IN, io);
        struct event *event = sa_event(engine, sa, EV_VENDOR, io);
        if (event)
            event_text(event, 0, vendor_name((enum vendor)v));
    }
    sa->natt = natt_choose(sa->vendors);
}

void phase1_put_vendors(struct ike_sa *sa, struct ike_writer *w)
{
    /* A responder answers with what was offered, and with one NAT-T dialect: the best. */
    static const enum vendor answered[] = {VENDOR_XAUTH, VENDOR_DPD, VENDOR_UNITY};
    static const enum vendor offered[] = {VENDOR_NATT_RFC3947, VENDOR_NATT_03, VENDOR_NATT_02N,
                                          VENDOR_DPD};
    if (sa->initiator) {
        for (size_t i = 0; i < sizeof offered / sizeof offered[0]; i++)
            vendor_put(w, offered[i]);
        return;
    }
    enum vendor natt = natt_answer(sa->vendors);
    if (natt != VENDOR_COUNT)
        vendor_put(w, natt);
    for (size_t i = 0; i < sizeof answered / sizeof answered[0]; i++)
        if (sa->vendors & 1u << answered[i])
            vendor_put(w, answered[i]);
}

bool phase1_take_key_exchange(struct engine *engine, struct ike_sa *sa, const struct incoming *in,
                              struct io *io)
{
    struct span ke = ike_chain_find(&in->chain, PAYLOAD_KE, 0)->body;
    struct span nonce = ike_chain_find(&in->chain, PAYLOAD_NONCE, 0)->body;
    const struct dh_group *group = dh_group(sa->suite.group);
    if (!group || dh_check_public(group, ke) != RC_OK || nonce.len < IKE_NONCE_MIN ||
        nonce.len > IKE_NONCE_MAX) {
        engine_drop(engine, in->path, DROP_IKE_KEY_EXCHANGE, io);
        return false;
    }
    struct handshake *hs = sa->hs;
    memcpy(sa->initiator ? hs->g_r : hs->g_i, ke.at, ke.len);
    hs->g_len = ke.len;
    memcpy(sa->initiator ? hs->nonce_r : hs->nonce_i, nonce.at, nonce.len);
    *(sa->initiator ? &hs->nonce_r_len : &hs->nonce_i_len) = nonce.len;
    return true;
}

void phase1_make_private(struct ike_sa *sa, struct io *io)
{
    const struct dh_group *group = dh_group(sa->suite.group);
    struct handshake *hs = sa->hs;
    rng_bytes(io->rng, hs->private_value, group->private_len);
    rng_bytes(io->rng, sa->initiator ? hs->nonce_i : hs->nonce_r, NONCE_OURS);
    *(sa->initiator ? &hs->nonce_i_len : &hs->nonce_r_len) = NONCE_OURS;
}

void phase1_put_key_exchange(const struct ike_sa *sa, struct ike_writer *w)
{
    const struct handshake *hs = sa->hs;
    const struct dh_group *group = dh_group(sa->suite.group);
    ike_writer_add(w, PAYLOAD_KE,
                   (struct span){sa->initiator ? hs->g_i : hs->g_r, group->public_len});
    ike_writer_add(w, PAYLOAD_NONCE, sa->initiator ? sa_nonce_i(sa) : sa_nonce_r(sa));
}

bool phase1_keys(struct engine *engine, struct ike_sa *sa, struct span shared, struct io *io)
{
    const struct handshake *hs = sa->hs;
    const struct ike_key_inputs inputs = {.psk = {hs->psk, hs->psk_len},
                                          .nonce_i = sa_nonce_i(sa),
                                          .nonce_r = sa_nonce_r(sa),
                                          .shared = shared,
                                          .cky_i = sa->cky_i,
                                          .cky_r = sa->cky_r};
    struct span g_i = {hs->g_i, hs->g_len}, g_r = {hs->g_r, hs->g_len};
    if (ike_keys_derive(&sa->suite, &inputs, &sa->keys) != RC_OK ||
        ike_iv_phase1(&sa->keys, g_i, g_r, sa->iv) != RC_OK)
        return false;
    sa_event(engine, sa, EV_SKEYID, io);
    return true;
}

/* What the peer's profile says; else what holds for all. */
static struct identity own_identity(const struct config *config,
                                    const struct isakmp_profile *profile, struct addr local)
{
    enum self_identity self = profile ? profile->self : SELF_GLOBAL;
    char name[IDENTITY_DATA_MAX];
    if (self == SELF_GLOBAL)
        self = config->identity == IDENTITY_HOSTNAME ? SELF_FQDN : SELF_ADDRESS;
    if (profile && profile->self_text)
        return identity_of_text(self == SELF_FQDN ? ID_FQDN : ID_USER_FQDN, profile->self_text);
    if (self != SELF_FQDN || !config->hostname)
        return identity_of_addr(local);
    snprintf(name, sizeof name, "%s%s%s", config->hostname, config->domain_name ? "." : "",
             config->domain_name ? config->domain_name : "");
    return identity_of_text(ID_FQDN, name);
}

bool phase1_own_identity(struct engine *engine, struct ike_sa *sa, uint16_t port)
{
    struct identity identity =
        own_identity(engine->config, engine_profile(engine, sa->profile), sa->path.local.addr);
    identity.protocol = 17; /* UDP, as IOS sends it (seed 003) */
    identity.port = port;
    uint8_t body[4 + IDENTITY_DATA_MAX];
    struct builder b = builder_of(body, sizeof body);
    identity_put(&b, &identity);
    return !b.bad && octets_set(&sa->hs->id_own, builder_span(&b));
}

bool phase1_proof(const struct ike_sa *sa, bool ours, struct span id, uint8_t *out)
{
    const struct handshake *hs = sa->hs;
    bool by_initiator = ours == sa->initiator;
    struct span g_i = {hs->g_i, hs->g_len}, g_r = {hs->g_r, hs->g_len};
    const struct ike_proof_inputs inputs = {.g_own = by_initiator ? g_i : g_r,
                                            .g_peer = by_initiator ? g_r : g_i,
                                            .cky_own = by_initiator ? sa->cky_i : sa->cky_r,
                                            .cky_peer = by_initiator ? sa->cky_r : sa->cky_i,
                                            .sa_i = octets_span(&hs->sa_i),
                                            .id = id};
    return ike_proof(&sa->keys, &inputs, out) == RC_OK;
}

bool phase1_proof_holds(const struct ike_sa *sa, struct span id, struct span claimed)
{
    uint8_t hash[HASH_MAX];
    size_t n = hash_len(sa->keys.prf);
    bool holds =
        phase1_proof(sa, false, id, hash) && claimed.len == n && hash_equal(hash, claimed.at, n);
    wipe(hash, sizeof hash);
    return holds;
}

bool phase1_judge_nat(struct engine *engine, struct ike_sa *sa, const struct incoming *in,
                      struct io *io)
{
    struct natt_verdict verdict = {0};
    if (sa->natt == NATT_NONE)
        return true;
    if (natt_judge(&in->chain, sa->natt, sa->suite.hash, sa->cky_i, sa->cky_r, in->path,
                   &verdict) != RC_OK)
        return false;
    if (!verdict.present) {
        sa->natt = NATT_NONE;
        return true;
    }
    sa->we_are_behind = verdict.we_are_behind;
    sa->peer_is_behind = verdict.peer_is_behind;
    struct event *event =
        verdict.we_are_behind || verdict.peer_is_behind ? sa_event(engine, sa, EV_NAT, io) : NULL;
    if (event)
        event_text(event, 0,
                   !verdict.we_are_behind    ? "the peer is behind NAT"
                   : !verdict.peer_is_behind ? "we are behind NAT"
                                             : "both sides are behind NAT");
    return true;
}

void phase1_notifications(struct engine *engine, struct ike_sa *sa, const struct ike_chain *chain,
                          struct io *io)
{
    struct ike_notification notification;
    const struct ike_payload *payload;
    for (size_t i = 0; (payload = ike_chain_find(chain, PAYLOAD_NOTIFY, i)); i++) {
        if (ike_notification_parse(payload->body, &notification) != RC_OK)
            continue;
        struct event *event = sa_event(engine, sa, EV_NOTIFY_IN, io);
        if (event) {
            event->n[0] = notification.protocol;
            event_text(event, 0, ike_notify_name(notification.type));
        }
        if (notification.type == NOTIFY_INITIAL_CONTACT)
            sa->initial_contact = true;
    }
}

const struct aaa_list *phase1_login_list(const struct engine *engine, const char *interface,
                                         const struct isakmp_profile *profile)
{
    return select_login_list(engine_map(engine, interface), profile);
}

void phase1_take_profile(struct engine *engine, struct ike_sa *sa,
                         const struct isakmp_profile *profile, struct io *io)
{
    const struct aaa_list *list = phase1_login_list(engine, sa->interface, profile);
    snprintf(sa->profile, sizeof sa->profile, "%s", profile ? profile->name : "");
    if (list && !sa->no_xauth && !sa->initiator) {
        sa->login = LOGIN_DUE;
        snprintf(sa->login_list, sizeof sa->login_list, "%s", list->name);
    }
    sa->client = !sa->initiator && (sa->login == LOGIN_DUE || sa->group[0]);
    struct event *event = sa_event(engine, sa, EV_PROFILE, io);
    if (!event)
        return;
    char text[EVENT_TEXT] = "*none* of the profiles";
    if (profile)
        snprintf(text, sizeof text, "%.200s profile", profile->name);
    event_text(event, 0, text);
}

static void responder_lifetime_send(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    uint8_t spi[2 * IKE_COOKIE], data[16];
    memcpy(spi, sa->cky_i, IKE_COOKIE);
    memcpy(spi + IKE_COOKIE, sa->cky_r, IKE_COOKIE);
    struct builder b = builder_of(data, sizeof data);
    ike_lifetime_put_phase1(&b, sa->suite.lifetime_s);
    const struct ike_notification notification = {.protocol = PROTOCOL_ISAKMP,
                                                  .type = NOTIFY_RESPONDER_LIFETIME,
                                                  .spi = {spi, sizeof spi},
                                                  .data = builder_span(&b)};
    struct event *event = sa_event(engine, sa, EV_RESPONDER_LIFETIME, io);
    if (event)
        event->n[0] = sa->suite.lifetime_s;
    notify_send(engine, sa, &notification, io);
}

/* Behind this address and port is a session of the same group that is logged in. */
static const struct ike_sa *logged_in_there(const struct engine *engine, const struct ike_sa *sa)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct ike_sa *other;
    while ((other = slots_next(&engine->sas, &at, &handle)))
        if (other != sa && other->state == SA_DONE && !other->rekeyed && other->login == LOGIN_OK &&
            other->principal[0] && sa->group[0] && strcmp(other->group, sa->group) == 0 &&
            strcmp(other->profile, sa->profile) == 0 &&
            endpoint_equal(other->path.remote, sa->path.remote))
            return other;
    return NULL;
}

/* hubward xauth once: its login goes on. Any member of the group that can send from there could
 * take the session over, which is why it has to be asked for. */
static void login_goes_on(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    const struct ike_sa *other =
        engine->config->xauth_once && sa->login == LOGIN_DUE ? logged_in_there(engine, sa) : NULL;
    if (!other)
        return;
    memcpy(sa->user, other->user, sizeof sa->user);
    memcpy(sa->principal, other->principal, sizeof sa->principal);
    sa->login = LOGIN_OK;
    struct event *event = sa_event(engine, sa, EV_XAUTH_ONCE, io);
    if (event) {
        event_text(event, 0, sa->user);
        event_text(event, 1, sa->group);
    }
}

void phase1_done(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    dpd_start(engine, sa, io);
    keepalive_start(engine, sa, io);
    if (sa->initiator) {
        const slot_handle self = sa->self;
        initiate_pending(engine, peer_known(engine, sa, io), io);
        if (slots_get(&engine->sas, self))
            trace_sa(engine, sa, TRACE_P1_IDLE, io);
        return;
    }
    login_goes_on(engine, sa, io);
    /* vpnc waits for a packet after AM3 even when no Xauth is due (WIRE §13). */
    if (sa->suite.policy_lifetime_s || (sa->aggressive && sa->login != LOGIN_DUE))
        responder_lifetime_send(engine, sa, io);
    if (sa->login == LOGIN_DUE) {
        sa_event(engine, sa, EV_XAUTH_NEEDED, io);
        xauth_start(engine, sa, io);
        return;
    }
    trace_sa(engine, sa, TRACE_P1_IDLE, io);
    sa_expect_request(engine, sa, io);
    initiate_pending(engine, peer_known(engine, sa, io), io);
}
