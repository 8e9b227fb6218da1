/* The scripted client: phase 1, Xauth, mode-config, informational messages, retransmission. */
#include "sim/client.h"

#include "ike/attr.h"
#include "ike/proposal_parse.h"
#include "ike/vendor.h"
#include "sim/world_queue.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    RESEND_FIRST_MS = 2000,
    PATIENCE_MS = 100000,
    TRIES = 5,
    NONCE = 20,
    PORT_IKE = 500,
    PORT_NATT = 4500
};

static const char *const stage_names[] = {"idle",      "opened",  "proved",  "answered",
                                          "logged in", "asking",  "leased",  "quick",
                                          "up",        "refused", "silence", "ended"};

const char *client_stage_name(enum client_stage stage)
{
    return stage_names[stage];
}

void client_random(struct client *client, void *out, size_t n)
{
    rng_bytes(&client->node->rng, out, n);
}

uint32_t client_fresh_id(struct client *client)
{
    uint32_t id;
    do
        client_random(client, &id, sizeof id);
    while (id == 0);
    return id;
}

/* -- sending ------------------------------------------------------------------------- */

void client_send(struct client *client, const struct client_sa *sa, struct span bytes)
{
    if (!bytes.len)
        world_broken(client->node->world, "%s: its message does not fit", client->node->name);
    world_send(client->node, &sa->path, bytes, false);
}

static uint32_t resend_ms(const struct client *client)
{
    return client->habits.resend_ms ? client->habits.resend_ms : RESEND_FIRST_MS;
}

void client_wait_for(struct client *client, const struct client_sa *sa, struct span bytes)
{
    memcpy(client->waiting, bytes.at, bytes.len);
    client->waiting_len = bytes.len;
    client->waiting_path = sa->path;
    client->tries = 1;
    client->due_ms = client->node->world->now_ms + resend_ms(client);
    queue_tick(client->node, client->due_ms);
    client_send(client, sa, bytes);
}

void client_waits_no_more(struct client *client)
{
    client->waiting_len = 0;
    client->due_ms = UINT64_MAX;
}

void client_is_patient(struct client *client)
{
    client->waiting_len = 0;
    client->due_ms = client->node->world->now_ms + PATIENCE_MS;
    queue_tick(client->node, client->due_ms);
}

static uint64_t digest_of(struct span bytes)
{
    uint64_t digest = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < bytes.len; i++)
        digest = (digest ^ bytes.at[i]) * UINT64_C(1099511628211);
    return digest;
}

void client_answer(struct client *client, const struct client_sa *sa, struct span request,
                   struct span bytes)
{
    struct client_answer *kept = &client->answers[client->answer_at++ % CLIENT_ANSWERS];
    kept->digest = digest_of(request);
    kept->len = bytes.len;
    kept->path = sa->path;
    if (bytes.len) {
        memcpy(kept->bytes, bytes.at, bytes.len);
        client_send(client, sa, bytes);
    }
}

static bool repeated(struct client *client, struct span bytes)
{
    uint64_t digest = digest_of(bytes);
    for (size_t i = 0; i < CLIENT_ANSWERS; i++) {
        const struct client_answer *kept = &client->answers[i];
        if (kept->digest != digest)
            continue;
        if (kept->len)
            world_send(client->node, &kept->path, (struct span){kept->bytes, kept->len}, false);
        return true;
    }
    return false;
}

void client_begin(struct client *client, const struct client_sa *sa, struct client_message *m,
                  uint8_t exchange, uint32_t message_id)
{
    struct ike_header header = {
        .version = IKE_VERSION_1, .exchange = exchange, .message_id = message_id};
    if (exchange == EXCHANGE_QUICK && client->habits.commit)
        header.flags = IKE_FLAG_COMMIT;
    memcpy(header.cky_i, sa->cky_i, IKE_COOKIE);
    memcpy(header.cky_r, sa->cky_r, IKE_COOKIE);
    m->exchange = exchange;
    m->message_id = message_id;
    ike_writer_start(&m->w, m->buffer, sizeof m->buffer, &header);
    if (exchange == EXCHANGE_AGGRESSIVE || exchange == EXCHANGE_MAIN)
        return;
    ike_writer_open(&m->w, PAYLOAD_HASH);
    builder_zeros(&m->w.b, hash_len(sa->keys.prf));
    ike_writer_close(&m->w);
}

struct span client_seal(const struct client *client, const struct client_sa *sa,
                        struct client_message *m, struct span prefix, uint8_t *iv)
{
    const size_t at = IKE_HEADER + IKE_PAYLOAD_HEADER, n = hash_len(sa->keys.prf);
    size_t len = client_finish(client, m).len;
    size_t rest = len > at + n ? len - at - n : 0; /* a warped message may be short */
    const struct span parts[] = {prefix, {m->buffer + at + n, rest}};
    uint8_t hash[HASH_MAX];
    if (!len || ike_hash_message(&sa->keys, m->message_id, parts, 2, hash) != RC_OK)
        abort();
    memcpy(m->buffer + at, hash, n);
    if (ike_seal(&sa->keys, iv, m->buffer, sizeof m->buffer, &len) != RC_OK)
        abort();
    return (struct span){m->buffer, len};
}

void client_send_first(struct client *client, struct client_message *m, struct client_exchange *x)
{
    const struct client_sa *sa = &client->sa;
    uint8_t iv[CIPHER_BLOCK_MAX];
    if (!sa->alive) { /* the hub has ended it meanwhile */
        client->stage = client->stage == CLIENT_REFUSED ? CLIENT_REFUSED : CLIENT_ENDED;
        return;
    }
    if (ike_iv_phase2(&sa->keys, sa->iv, m->message_id, iv) != RC_OK)
        abort();
    struct span bytes = client_seal(client, sa, m, (struct span){NULL, 0}, iv);
    if (x) {
        memcpy(x->iv, iv, sizeof x->iv);
        client_wait_for(client, sa, bytes);
    } else {
        client_send(client, sa, bytes);
    }
}

/* -- exchanges ----------------------------------------------------------------------- */

struct client_exchange *client_exchange(struct client *client, uint32_t message_id)
{
    for (size_t i = 0; i < CLIENT_EXCHANGES; i++)
        if (client->exchanges[i].open && client->exchanges[i].message_id == message_id)
            return &client->exchanges[i];
    return NULL;
}

struct client_exchange *client_exchange_new(struct client *client, enum client_exchange_kind kind,
                                            uint32_t message_id)
{
    memmove(client->exchanges + 1, client->exchanges,
            sizeof client->exchanges - sizeof client->exchanges[0]);
    struct client_exchange *x = &client->exchanges[0];
    *x = (struct client_exchange){.open = true, .kind = kind, .message_id = message_id};
    return x;
}

bool client_open(struct client *client, const struct client_sa *sa, struct client_exchange *x,
                 struct span bytes, struct span prefix, uint8_t *plain, struct ike_chain *chain)
{
    struct ike_header header;
    struct span body;
    uint8_t iv[CIPHER_BLOCK_MAX], next_iv[CIPHER_BLOCK_MAX], hash[HASH_MAX];
    size_t len;
    if (ike_header_parse(bytes, &header, &body) != DROP_NONE || body.len > CLIENT_MESSAGE)
        return false;
    if (x)
        memcpy(iv, x->iv, sizeof iv);
    else if (ike_iv_phase2(&sa->keys, sa->iv, header.message_id, iv) != RC_OK)
        abort();
    if (ike_open(&sa->keys, iv, body, plain, &len, next_iv) != RC_OK ||
        ike_chain_parse(header.next, (struct span){plain, len}, chain) != RC_OK ||
        chain->items[0].type != PAYLOAD_HASH)
        return false;
    const struct span parts[] = {prefix, ike_chain_after_first(chain)};
    struct span claimed = chain->items[0].body;
    if (ike_hash_message(&sa->keys, header.message_id, parts, 2, hash) != RC_OK)
        abort();
    if (claimed.len != hash_len(sa->keys.prf) || memcmp(claimed.at, hash, claimed.len) != 0)
        return false;
    if (x)
        memcpy(x->iv, next_iv, sizeof x->iv);
    client->heard_ms = client->node->world->now_ms;
    return true;
}

/* -- AM1 ----------------------------------------------------------------------------- */

static void put_transform(const struct client *client, struct builder *b, bool more, uint8_t number,
                          uint16_t method)
{
    const struct client_habits *h = &client->habits;
    size_t start = sa_put_transform(b, more, number, 1);
    /* vpnc names the key length first (WIRE §2). */
    if (h->key_bits)
        ike_attr_put_basic(b, 14, h->key_bits);
    ike_attr_put_basic(b, 1, h->cipher ? h->cipher : 5);
    ike_attr_put_basic(b, 2, h->hash ? h->hash : 2);
    ike_attr_put_basic(b, 4, h->dh_group ? h->dh_group : 2);
    ike_attr_put_basic(b, 3, method);
    ike_attr_put_basic(b, 11, 1);
    ike_attr_put_u32(b, 12, h->life_s ? h->life_s : 2147483);
    sa_close(b, start);
}

static void make_offer(struct client *client)
{
    static const uint16_t methods[][2] = {
        [METHODS_XAUTH] = {AUTH_XAUTH_INIT_PSK, 0},
        [METHODS_PSK] = {AUTH_PSK, 0},
        [METHODS_BOTH_PSK_FIRST] = {AUTH_PSK, AUTH_XAUTH_INIT_PSK}};
    const uint16_t *offered = methods[client->habits.methods];
    struct builder b = builder_of(client->sa.sa_body, sizeof client->sa.sa_body);
    uint8_t count = offered[1] ? 2 : 1;
    sa_put_start(&b);
    size_t start = sa_put_proposal(&b, false, 0, PROTOCOL_ISAKMP, (struct span){NULL, 0}, count);
    for (uint8_t i = 0; i < count; i++)
        put_transform(client, &b, i + 1 < count, i, offered[i]);
    sa_close(&b, start);
    client->sa.sa_body_len = builder_len(&b);
}

static void make_identity(struct client *client)
{
    const struct client_habits *h = &client->habits;
    struct identity identity = identity_of_text(h->id_type ? h->id_type : ID_KEY_ID, h->group);
    identity.protocol = 17;
    identity.port = PORT_IKE;
    struct builder b = builder_of(client->sa.id_body, sizeof client->sa.id_body);
    identity_put(&b, &identity);
    client->sa.id_body_len = builder_len(&b);
}

static void put_vendors(const struct client *client, struct ike_writer *w)
{
    vendor_put(w, VENDOR_XAUTH);
    if (!client->habits.no_unity)
        vendor_put(w, VENDOR_UNITY);
    if (!client->habits.no_natt) {
        if (!client->habits.draft_natt)
            vendor_put(w, VENDOR_NATT_RFC3947);
        vendor_put(w, VENDOR_NATT_02N);
    }
    if (!client->habits.no_dpd)
        vendor_put(w, VENDOR_DPD);
}

static void send_am1(struct client *client)
{
    struct client_sa *sa = &client->sa;
    const struct dh_group *group = dh_group(client->habits.dh_group ? client->habits.dh_group : 2);
    struct client_message m;
    *sa = (struct client_sa){
        .path = {.local = {client->node->address, PORT_IKE}, .remote = client->hub}};
    client_random(client, sa->cky_i, IKE_COOKIE);
    sa->cky_i[0] |= 1;
    client_random(client, sa->private_value, group->private_len);
    sa->nonce_i_len = client->habits.nonce_len ? client->habits.nonce_len : NONCE;
    client_random(client, sa->nonce_i, sa->nonce_i_len);
    sa->suite.group = group->number;
    if (dh_public(group, sa->private_value, sa->g_i) != RC_OK)
        abort();
    make_offer(client);
    make_identity(client);
    client_begin(client, sa, &m, EXCHANGE_AGGRESSIVE, 0);
    ike_writer_add(&m.w, PAYLOAD_SA, (struct span){sa->sa_body, sa->sa_body_len});
    ike_writer_add(&m.w, PAYLOAD_KE, (struct span){sa->g_i, group->public_len});
    ike_writer_add(&m.w, PAYLOAD_NONCE, (struct span){sa->nonce_i, sa->nonce_i_len});
    ike_writer_add(&m.w, PAYLOAD_ID, (struct span){sa->id_body, sa->id_body_len});
    put_vendors(client, &m.w);
    client->stage = CLIENT_OPENED;
    client_wait_for(client, sa, client_finish(client, &m));
}

void client_start(struct client *client)
{
    client_forget_tunnel(client);
    client->old = (struct client_sa){0};
    client->lease = (struct addr){.family = ADDR_NONE};
    client->rekeying = false;
    memset(client->exchanges, 0, sizeof client->exchanges);
    send_am1(client);
}

void client_rekey_phase1(struct client *client)
{
    client->old = client->sa;
    client->rekeying = true;
    send_am1(client);
}

/* -- AM2, AM3 ------------------------------------------------------------------------ */

static bool take_suite(struct client_sa *sa, struct span sa_body)
{
    static const enum cipher_alg ciphers[] = {
        [1] = CIPHER_DES, [5] = CIPHER_3DES, [7] = CIPHER_AES};
    static const enum hash_alg hashes[] = {
        [1] = HASH_MD5, [2] = HASH_SHA1, [4] = HASH_SHA256, [5] = HASH_SHA384, [6] = HASH_SHA512};
    struct cursor proposals, transforms;
    struct sa_proposal proposal;
    struct sa_transform transform;
    struct ike_attr attr;
    if (sa_open(sa_body, &proposals) != RC_OK || !sa_next_proposal(&proposals, &proposal))
        return false;
    transforms = cursor_over(proposal.transforms);
    if (!sa_next_transform(&transforms, &transform) || proposal.transform_count != 1)
        return false;
    struct cursor c = cursor_over(transform.attrs);
    while (cursor_left(&c) && ike_attr_next(&c, &attr) == RC_OK) {
        if (attr.type == 1)
            sa->suite.cipher = ciphers[attr.value];
        else if (attr.type == 2)
            sa->suite.hash = hashes[attr.value];
        else if (attr.type == 3)
            sa->suite.auth_method = (uint16_t)attr.value;
        else if (attr.type == 14)
            sa->suite.key_bits = (uint16_t)attr.value;
    }
    return true;
}

static bool derive(struct client *client, const struct ike_chain *chain)
{
    struct client_sa *sa = &client->sa;
    const struct dh_group *group = dh_group(sa->suite.group);
    struct span ke = ike_chain_find(chain, PAYLOAD_KE, 0)->body;
    struct span nonce = ike_chain_find(chain, PAYLOAD_NONCE, 0)->body;
    struct span key = {(const uint8_t *)client->habits.key, strlen(client->habits.key)};
    uint8_t shared[DH_SHARED_MAX];
    if (dh_shared(group, sa->private_value, ke, shared) != RC_OK)
        return false;
    const struct ike_key_inputs inputs = {.psk = key,
                                          .nonce_i = {sa->nonce_i, sa->nonce_i_len},
                                          .nonce_r = nonce,
                                          .shared = {shared, group->shared_len},
                                          .cky_i = sa->cky_i,
                                          .cky_r = sa->cky_r};
    return ike_keys_derive(&sa->suite, &inputs, &sa->keys) == RC_OK &&
           ike_iv_phase1(&sa->keys, (struct span){sa->g_i, group->public_len}, ke, sa->iv) == RC_OK;
}

static bool proof(const struct client_sa *sa, bool ours, struct span g_r, struct span id,
                  uint8_t *out)
{
    struct span g_i = {sa->g_i, g_r.len};
    const struct ike_proof_inputs inputs = {.g_own = ours ? g_i : g_r,
                                            .g_peer = ours ? g_r : g_i,
                                            .cky_own = ours ? sa->cky_i : sa->cky_r,
                                            .cky_peer = ours ? sa->cky_r : sa->cky_i,
                                            .sa_i = {sa->sa_body, sa->sa_body_len},
                                            .id = id};
    return ike_proof(&sa->keys, &inputs, out) == RC_OK;
}

static void put_nat(struct client *client, const struct ike_chain *chain, struct client_message *m)
{
    struct client_sa *sa = &client->sa;
    struct natt_verdict verdict = {0};
    sa->natt = client->habits.no_natt ? NATT_NONE : natt_choose(vendor_set(chain));
    if (sa->natt == NATT_NONE)
        return;
    if (natt_judge(chain, sa->natt, sa->suite.hash, sa->cky_i, sa->cky_r, &sa->path, &verdict) !=
            RC_OK ||
        natt_put(&m->w, sa->natt, sa->suite.hash, sa->cky_i, sa->cky_r, &sa->path,
                 client->habits.lie_about_nat) != RC_OK)
        abort();
    sa->behind_nat =
        verdict.we_are_behind || verdict.peer_is_behind || client->habits.lie_about_nat;
}

static void send_am3(struct client *client, const struct ike_chain *chain, struct span request)
{
    struct client_sa *sa = &client->sa;
    struct client_message m;
    struct span ke = ike_chain_find(chain, PAYLOAD_KE, 0)->body;
    uint8_t hash[HASH_MAX], spi[2 * IKE_COOKIE];
    if (!proof(sa, true, ke, (struct span){sa->id_body, sa->id_body_len}, hash))
        abort();
    hash[0] ^= client->habits.wrong_hash;
    client_begin(client, sa, &m, EXCHANGE_AGGRESSIVE, 0);
    ike_writer_add(&m.w, PAYLOAD_HASH, (struct span){hash, hash_len(sa->keys.prf)});
    put_nat(client, chain, &m);
    memcpy(spi, sa->cky_i, IKE_COOKIE);
    memcpy(spi + IKE_COOKIE, sa->cky_r, IKE_COOKIE);
    const struct ike_notification contact = {
        .protocol = PROTOCOL_ISAKMP, .type = NOTIFY_INITIAL_CONTACT, .spi = {spi, sizeof spi}};
    if (client->habits.initial_contact && !client->rekeying)
        ike_notification_put(&m.w, &contact);
    size_t len = client_finish(client, &m).len;
    if (!client->habits.clear_am3 &&
        ike_seal(&sa->keys, sa->iv, m.buffer, sizeof m.buffer, &len) != RC_OK)
        abort();
    if (sa->behind_nat) {
        sa->path.local.port = sa->path.remote.port = PORT_NATT;
        sa->path.natt = true;
    }
    client->stage = CLIENT_PROVED;
    sa->alive = true;
    sa->proved_ms = client->node->world->now_ms;
    /* vpnc waits for a packet now, and repeats AM3 until one comes. */
    client_answer(client, sa, request, (struct span){NULL, 0});
    client_wait_for(client, sa, (struct span){m.buffer, len});
}

static void am2_received(struct client *client, const struct ike_header *header, struct span body,
                         struct span request)
{
    struct client_sa *sa = &client->sa;
    struct ike_chain chain;
    uint8_t hash[HASH_MAX];
    static const uint8_t needed[] = {PAYLOAD_SA, PAYLOAD_KE, PAYLOAD_NONCE, PAYLOAD_ID,
                                     PAYLOAD_HASH};
    if (client->stage != CLIENT_OPENED || ike_chain_parse(header->next, body, &chain) != RC_OK)
        return;
    for (size_t i = 0; i < sizeof needed; i++)
        if (ike_chain_count(&chain, needed[i]) != 1)
            return;
    memcpy(sa->cky_r, header->cky_r, IKE_COOKIE);
    if (!take_suite(sa, ike_chain_find(&chain, PAYLOAD_SA, 0)->body) || !derive(client, &chain))
        return;
    struct span ke = ike_chain_find(&chain, PAYLOAD_KE, 0)->body;
    struct span claimed = ike_chain_find(&chain, PAYLOAD_HASH, 0)->body;
    if (!proof(sa, false, ke, ike_chain_find(&chain, PAYLOAD_ID, 0)->body, hash))
        abort();
    bool holds =
        claimed.len == hash_len(sa->keys.prf) && memcmp(claimed.at, hash, claimed.len) == 0;
    /* Who guesses the key goes on all the same. */
    if (!holds && !client->habits.wrong_hash) {
        client->stage = CLIENT_REFUSED;
        client_waits_no_more(client);
        return;
    }
    send_am3(client, &chain, request);
}

/* -- the host ------------------------------------------------------------------------ */

static struct client_sa *sa_of(struct client *client, const struct ike_header *header)
{
    struct client_sa *sas[] = {&client->sa, &client->old};
    for (size_t i = 0; i < 2; i++)
        if (sas[i]->alive && memcmp(sas[i]->cky_i, header->cky_i, IKE_COOKIE) == 0 &&
            memcmp(sas[i]->cky_r, header->cky_r, IKE_COOKIE) == 0)
            return sas[i];
    return NULL;
}

static void input(void *host, const struct ike_path *path, struct span bytes)
{
    struct client *client = host;
    struct ike_header header;
    struct span body;
    (void)path;
    if (ike_header_parse(bytes, &header, &body) != DROP_NONE || bytes.len > CLIENT_MESSAGE ||
        repeated(client, bytes))
        return;
    struct client_sa *sa = sa_of(client, &header);
    if (header.exchange == EXCHANGE_AGGRESSIVE &&
        memcmp(header.cky_i, client->sa.cky_i, IKE_COOKIE) == 0)
        am2_received(client, &header, body, bytes);
    else if (sa && header.exchange == EXCHANGE_TRANSACTION)
        client_transaction_input(client, sa, bytes, header.message_id);
    else if (sa && header.exchange == EXCHANGE_INFORMATIONAL)
        client_informational(client, sa, bytes);
    else if (sa && header.exchange == EXCHANGE_QUICK)
        client_quick_input(client, sa, bytes);
}

static void tick(void *host)
{
    struct client *client = host;
    if (client->node->world->now_ms < client->due_ms)
        return;
    if (!client->waiting_len ||
        client->tries >= (client->habits.tries ? client->habits.tries : TRIES)) {
        client_waits_no_more(client);
        client->stage = CLIENT_SILENCE;
        return;
    }
    client->due_ms += (uint64_t)resend_ms(client) << client->tries++;
    world_send(client->node, &client->waiting_path,
               (struct span){client->waiting, client->waiting_len}, false);
}

static uint64_t deadline(const void *host)
{
    return ((const struct client *)host)->due_ms;
}

struct client *client_join(struct world *world, const char *name, const char *address,
                           const struct node *hub, const struct client_habits *habits)
{
    static const struct host_ops ops = {input, tick, deadline, free};
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        abort();
    client->habits = *habits;
    client->hub = (struct endpoint){hub->address, PORT_IKE};
    client->due_ms = UINT64_MAX;
    client->node = world_host(world, name, address, &ops, client);
    return client;
}
