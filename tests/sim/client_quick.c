/* The scripted client's quick mode: as initiator, and as responder when the hub renews the pair. */
#include "sim/client.h"

#include "ike/attr.h"
#include "ike/proposal_parse.h"

#include <stdlib.h>

enum {
    NONCE = 20,
    ENCAPSULATION_TUNNEL = 1,
    ENCAPSULATION_UDP = 3,
    ENCAPSULATION_UDP_DRAFT = 61443
};

static uint16_t encapsulation(const struct client_sa *sa)
{
    if (!sa->behind_nat)
        return ENCAPSULATION_TUNNEL;
    return sa->natt == NATT_RFC ? ENCAPSULATION_UDP : ENCAPSULATION_UDP_DRAFT;
}

static struct packet_suite suite_of(uint16_t transform, uint16_t bits, uint16_t auth)
{
    static const enum packet_cipher ciphers[] = {[2] = PACKET_DES_CBC,
                                                 [3] = PACKET_3DES_CBC,
                                                 [11] = PACKET_NULL,
                                                 [12] = PACKET_AES_CBC,
                                                 [20] = PACKET_AES_GCM};
    static const enum hash_alg hashes[] = {[0] = HASH_NONE,   [1] = HASH_MD5,    [2] = HASH_SHA1,
                                           [5] = HASH_SHA256, [6] = HASH_SHA384, [7] = HASH_SHA512};
    static const uint8_t icvs[] = {[0] = 16, [1] = 12, [2] = 12, [5] = 16, [6] = 24, [7] = 32};
    return (struct packet_suite){.cipher = ciphers[transform],
                                 .key_bits = transform == 12 || transform == 20 ? bits : 0,
                                 .integrity = hashes[auth],
                                 .icv_len = icvs[auth]};
}

static void put_offer(const struct client *client, struct builder *b, uint32_t spi)
{
    const struct client_habits *h = &client->habits;
    uint8_t octets[4];
    struct builder s = builder_of(octets, sizeof octets);
    builder_u32(&s, spi);
    sa_put_start(b);
    size_t proposal =
        sa_put_proposal(b, false, 0, PROTOCOL_ESP, (struct span){octets, sizeof octets}, 1);
    size_t transform = sa_put_transform(b, false, 0, h->esp ? (uint8_t)h->esp : 3);
    ike_attr_put_basic(b, 4, encapsulation(&client->sa));
    ike_attr_put_basic(b, 1, 1);
    ike_attr_put_u32(b, 2, h->esp_life_s ? h->esp_life_s : 2147483);
    if (h->esp != 20)
        ike_attr_put_basic(b, 5, h->esp_auth ? h->esp_auth : 2);
    if (h->esp_bits)
        ike_attr_put_basic(b, 6, h->esp_bits);
    if (h->pfs_group)
        ike_attr_put_basic(b, 3, h->pfs_group);
    sa_close(b, transform);
    sa_close(b, proposal);
}

static void put_id(struct ike_writer *w, const struct selector *selector)
{
    const struct identity identity = identity_of_selector(selector);
    ike_writer_open(w, PAYLOAD_ID);
    identity_put(&w->b, &identity);
    ike_writer_close(w);
}

static uint32_t fresh_spi(struct client *client)
{
    uint32_t spi;
    client_random(client, &spi, sizeof spi);
    return spi < 256 ? spi + 256 : spi;
}

static void put_key_exchange(struct client *client, struct client_exchange *x,
                             struct client_message *m)
{
    const struct dh_group *group = dh_group(client->habits.pfs_group);
    uint8_t value[DH_PUBLIC_MAX];
    if (!group)
        return;
    client_random(client, x->private_value, group->private_len);
    if (dh_public(group, x->private_value, value) != RC_OK)
        abort();
    ike_writer_add(&m->w, PAYLOAD_KE, (struct span){value, group->public_len});
}

void client_quick_mode(struct client *client, struct selector ours, struct selector theirs)
{
    struct client_message m;
    struct client_exchange *x = client_exchange_new(client, CX_QUICK_I, client_fresh_id(client));
    x->spi_in = fresh_spi(client);
    x->nonce_i_len = client->habits.nonce_len ? client->habits.nonce_len : NONCE;
    client_random(client, x->nonce_i, x->nonce_i_len);
    client_begin(client, &client->sa, &m, EXCHANGE_QUICK, x->message_id);
    ike_writer_open(&m.w, PAYLOAD_SA);
    put_offer(client, &m.w.b, x->spi_in);
    ike_writer_close(&m.w);
    ike_writer_add(&m.w, PAYLOAD_NONCE, (struct span){x->nonce_i, x->nonce_i_len});
    put_key_exchange(client, x, &m);
    put_id(&m.w, &ours);
    put_id(&m.w, &theirs);
    client->stage = CLIENT_QUICK;
    client_send_first(client, &m, x);
}

void client_quick(struct client *client)
{
    const struct prefix everything = {.addr = addr_v4(0), .len = 0};
    client_quick_mode(client, selector_of_addr(client->lease), selector_of_prefix(everything));
}

/* -- keys ---------------------------------------------------------------------------- */

void client_forget_tunnel(struct client *client)
{
    struct effect_sa_delete what = {.tunnel = client->tunnel};
    if (!client->tunnel)
        return;
    what.direction = ESP_OUTBOUND;
    what.spi = client->spi_out;
    if (client->sending)
        path_delete(client->node, &what);
    what.direction = ESP_INBOUND;
    what.spi = client->spi_in;
    path_delete(client->node, &what);
    client->tunnel = 0;
    client->spi_in = client->spi_out = 0;
    client->sending = false;
}

static void install(struct client *client, const struct client_sa *sa,
                    const struct client_exchange *x, bool inbound)
{
    const struct prefix everything = {.addr = addr_v4(0), .len = 0};
    struct esp_params params = {.direction = inbound ? ESP_INBOUND : ESP_OUTBOUND,
                                .spi = inbound ? x->spi_in : x->spi_out,
                                .tunnel = client->tunnel,
                                .encapsulation = sa->behind_nat ? ESP_UDP : ESP_RAW,
                                .local = sa->path.local,
                                .remote = sa->path.remote,
                                .ours = selector_of_addr(client->lease),
                                .theirs = selector_of_prefix(everything),
                                .suite = x->suite,
                                .hard_ms = UINT64_MAX};
    if (ike_keymat(&sa->keys, (struct span){x->shared, x->shared_len}, PROTOCOL_ESP, params.spi,
                   (struct span){x->nonce_i, x->nonce_i_len},
                   (struct span){x->nonce_r, x->nonce_r_len}, params.keymat,
                   packet_key_len(&params.suite)) != RC_OK)
        abort();
    path_install(client->node, &params);
    client->sending = client->sending || !inbound;
}

/* vpnc has one pair: the new keys replace the old at once (WIRE §13). */
static void replace_keys(struct client *client, const struct client_sa *sa,
                         const struct client_exchange *x)
{
    client_forget_tunnel(client);
    client->tunnel = ++client->tunnels_made;
    client->spi_in = x->spi_in;
    client->spi_out = x->spi_out;
    install(client, sa, x, true);
    if (x->kind == CX_QUICK_I)
        install(client, sa, x, false);
}

/* The one proposal and transform of an SA payload. */
static bool take_offer(struct client_exchange *x, struct span sa_body)
{
    struct cursor proposals, transforms;
    struct sa_proposal proposal;
    struct sa_transform transform;
    struct ike_attr attr;
    uint16_t bits = 0, auth = 0;
    if (sa_open(sa_body, &proposals) != RC_OK || !sa_next_proposal(&proposals, &proposal) ||
        proposal.spi.len != 4 || proposal.transform_count != 1)
        return false;
    transforms = cursor_over(proposal.transforms);
    if (!sa_next_transform(&transforms, &transform))
        return false;
    struct cursor c = cursor_over(transform.attrs), spi = cursor_over(proposal.spi);
    while (cursor_left(&c) && ike_attr_next(&c, &attr) == RC_OK) {
        if (attr.type == 5)
            auth = (uint16_t)attr.value;
        else if (attr.type == 6)
            bits = (uint16_t)attr.value;
    }
    x->spi_out = cursor_u32(&spi);
    x->suite = suite_of(transform.id, bits, auth);
    return packet_key_len(&x->suite) != 0;
}

static void take_shared(struct client_exchange *x, const struct client *client,
                        const struct ike_chain *chain)
{
    const struct ike_payload *ke = ike_chain_find(chain, PAYLOAD_KE, 0);
    const struct dh_group *group = dh_group(client->habits.pfs_group);
    if (!ke || !group)
        return;
    if (dh_shared(group, x->private_value, ke->body, x->shared) != RC_OK)
        abort();
    x->shared_len = group->shared_len;
}

/* -- initiator ----------------------------------------------------------------------- */

static void send_qm3(struct client *client, struct client_sa *sa, struct client_exchange *x,
                     struct span request)
{
    struct client_message m;
    uint8_t hash[HASH_MAX];
    client_begin(client, sa, &m, EXCHANGE_QUICK, x->message_id);
    if (ike_hash_3(&sa->keys, x->message_id, (struct span){x->nonce_i, x->nonce_i_len},
                   (struct span){x->nonce_r, x->nonce_r_len}, hash) != RC_OK)
        abort();
    memcpy(m.buffer + IKE_HEADER + IKE_PAYLOAD_HEADER, hash, hash_len(sa->keys.prf));
    size_t len = client_finish(client, &m).len;
    if (ike_seal(&sa->keys, x->iv, m.buffer, sizeof m.buffer, &len) != RC_OK)
        abort();
    client_answer(client, sa, request, (struct span){m.buffer, len});
}

static void qm2_received(struct client *client, struct client_sa *sa, struct client_exchange *x,
                         struct span bytes)
{
    struct ike_chain chain;
    uint8_t plain[CLIENT_MESSAGE];
    if (!client_open(client, sa, x, bytes, (struct span){x->nonce_i, x->nonce_i_len}, plain,
                     &chain))
        return;
    const struct ike_payload *offer = ike_chain_find(&chain, PAYLOAD_SA, 0);
    const struct ike_payload *nonce = ike_chain_find(&chain, PAYLOAD_NONCE, 0);
    if (!offer || !nonce || nonce->body.len > sizeof x->nonce_r || !take_offer(x, offer->body))
        return;
    memcpy(x->nonce_r, nonce->body.at, nonce->body.len);
    x->nonce_r_len = nonce->body.len;
    client_waits_no_more(client);
    take_shared(x, client, &chain);
    replace_keys(client, sa, x);
    client->stage = CLIENT_UP;
    send_qm3(client, sa, x, bytes);
}

/* -- responder: the hub renews ------------------------------------------------------- */

static void send_qm2(struct client *client, struct client_sa *sa, struct client_exchange *x,
                     const struct ike_chain *chain, struct span request)
{
    struct client_message m;
    uint8_t octets[4];
    struct span offer = ike_chain_find(chain, PAYLOAD_SA, 0)->body;
    uint8_t reply[512];
    struct builder s = builder_of(octets, sizeof octets);
    /* One proposal with one transform came: echo it with our SPI in its place. */
    builder_u32(&s, x->spi_in);
    memcpy(reply, offer.at, offer.len);
    memcpy(reply + 16, octets, sizeof octets);
    client_begin(client, sa, &m, EXCHANGE_QUICK, x->message_id);
    ike_writer_add(&m.w, PAYLOAD_SA, (struct span){reply, offer.len});
    ike_writer_add(&m.w, PAYLOAD_NONCE, (struct span){x->nonce_r, x->nonce_r_len});
    if (ike_chain_find(chain, PAYLOAD_KE, 0))
        put_key_exchange(client, x, &m);
    for (size_t i = 0; i < 2 && ike_chain_find(chain, PAYLOAD_ID, i); i++)
        ike_writer_add(&m.w, PAYLOAD_ID, ike_chain_find(chain, PAYLOAD_ID, i)->body);
    take_shared(x, client, chain);
    /* The outbound key follows once the hub holds it. */
    replace_keys(client, sa, x);
    client_answer(client, sa, request,
                  client_seal(client, sa, &m, (struct span){x->nonce_i, x->nonce_i_len}, x->iv));
}

static void qm1_received(struct client *client, struct client_sa *sa, struct span bytes,
                         uint32_t message_id)
{
    struct ike_chain chain;
    uint8_t plain[CLIENT_MESSAGE];
    struct client_exchange fresh = {0};
    if (ike_iv_phase2(&sa->keys, sa->iv, message_id, fresh.iv) != RC_OK)
        abort();
    if (!client_open(client, sa, &fresh, bytes, (struct span){NULL, 0}, plain, &chain))
        return;
    const struct ike_payload *offer = ike_chain_find(&chain, PAYLOAD_SA, 0);
    const struct ike_payload *nonce = ike_chain_find(&chain, PAYLOAD_NONCE, 0);
    /* What vpnc insists on: exactly 20 octets, no notification, one transform. */
    if (!offer || !nonce || nonce->body.len != NONCE || offer->body.len > 512 ||
        ike_chain_find(&chain, PAYLOAD_NOTIFY, 0) || !take_offer(&fresh, offer->body))
        world_broken(client->node->world, "%s cannot read the hub's quick mode",
                     client->node->name);
    struct client_exchange *x = client_exchange_new(client, CX_QUICK_R, message_id);
    memcpy(x->iv, fresh.iv, sizeof x->iv);
    x->spi_out = fresh.spi_out;
    x->suite = fresh.suite;
    x->spi_in = fresh_spi(client);
    memcpy(x->nonce_i, nonce->body.at, NONCE);
    x->nonce_i_len = x->nonce_r_len = NONCE;
    client_random(client, x->nonce_r, NONCE);
    send_qm2(client, sa, x, &chain, bytes);
}

static void qm3_received(struct client *client, struct client_sa *sa, struct client_exchange *x,
                         struct span bytes)
{
    const size_t block = cipher_block(sa->keys.cipher);
    if (bytes.len > block)
        memcpy(x->iv, bytes.at + bytes.len - block, block);
    /* It may be about a pair that a later one has replaced meanwhile. */
    if (x->spi_in != client->spi_in || client->sending)
        return;
    install(client, sa, x, false);
    x->open = false;
    client->rekeys++;
}

void client_connected(struct client *client, struct client_exchange *x)
{
    struct client_message m;
    uint8_t spi[4];
    struct builder b = builder_of(spi, sizeof spi);
    builder_u32(&b, x->spi_in);
    const struct ike_notification notification = {
        .protocol = PROTOCOL_ESP, .type = NOTIFY_CONNECTED, .spi = {spi, sizeof spi}};
    client_begin(client, &client->sa, &m, EXCHANGE_QUICK, x->message_id);
    ike_notification_put(&m.w, &notification);
    client_send(client, &client->sa,
                client_seal(client, &client->sa, &m, (struct span){NULL, 0}, x->iv));
}

void client_quick_input(struct client *client, struct client_sa *sa, struct span bytes)
{
    struct cursor c = cursor_of(bytes.at + 20, 4);
    uint32_t message_id = cursor_u32(&c);
    struct client_exchange *x = client_exchange(client, message_id);
    if (!x && client->tunnel)
        qm1_received(client, sa, bytes, message_id);
    else if (x && x->kind == CX_QUICK_I && client->stage == CLIENT_QUICK)
        qm2_received(client, sa, x, bytes);
    else if (x && x->kind == CX_QUICK_R)
        qm3_received(client, sa, x, bytes);
}
