/* The block is a head and the octets behind it; parts are places in it, so that it can be copied as
 * it stands. */
#include "ike/key_scan.h"

#include "base/wipe.h"
#include "ike/keys.h"
#include "ike/payload.h"

#include <string.h>

static struct span part(const struct key_scan *scan, struct scan_part where)
{
    return (struct span){scan->octets + where.at, where.len};
}

static struct scan_part put(struct key_scan *scan, size_t *at, struct span octets)
{
    struct scan_part where = {(uint32_t)*at, (uint32_t)octets.len};
    if (octets.len)
        memcpy(scan->octets + *at, octets.at, octets.len);
    *at += octets.len;
    return where;
}

static size_t size_of(const struct key_scan_inputs *in)
{
    size_t size = in->nonce_i.len + in->nonce_r.len + in->shared.len + in->g_i.len + in->g_r.len +
                  in->sa_i.len + in->body.len + in->key_count * sizeof(struct scan_part);
    for (size_t i = 0; i < in->key_count; i++)
        size += in->keys[i].entry->secret.len;
    return size;
}

struct key_scan *key_scan_make(struct arena *arena, const struct key_scan_inputs *in)
{
    size_t octets = size_of(in), at = 0, list;
    struct key_scan *scan = arena_alloc(arena, sizeof *scan + octets);
    if (!scan)
        return NULL;
    *scan = (struct key_scan){.size = sizeof *scan + octets,
                              .suite = *in->suite,
                              .first = in->first,
                              .key_count = in->key_count};
    memcpy(scan->cky_i, in->cky_i, sizeof scan->cky_i);
    memcpy(scan->cky_r, in->cky_r, sizeof scan->cky_r);
    scan->nonce_i = put(scan, &at, in->nonce_i);
    scan->nonce_r = put(scan, &at, in->nonce_r);
    scan->shared = put(scan, &at, in->shared);
    scan->g_i = put(scan, &at, in->g_i);
    scan->g_r = put(scan, &at, in->g_r);
    scan->sa_i = put(scan, &at, in->sa_i);
    scan->body = put(scan, &at, in->body);
    list = at;
    scan->keys =
        (struct scan_part){(uint32_t)list, (uint32_t)(in->key_count * sizeof(struct scan_part))};
    at += scan->keys.len;
    for (size_t i = 0; i < in->key_count; i++) {
        struct scan_part key = put(scan, &at, in->keys[i].entry->secret);
        memcpy(scan->octets + list + i * sizeof key, &key, sizeof key);
    }
    return scan;
}

/* HASH_I over what the message says of its sender. */
static bool proof_holds(const struct key_scan *scan, const struct ike_keys *keys,
                        const struct ike_chain *chain)
{
    uint8_t hash[HASH_MAX];
    const struct ike_payload *id = ike_chain_find(chain, PAYLOAD_ID, 0);
    const struct ike_payload *claimed = ike_chain_find(chain, PAYLOAD_HASH, 0);
    size_t len = hash_len(keys->prf);
    if (!id || !claimed || claimed->body.len != len)
        return false;
    const struct ike_proof_inputs inputs = {.g_own = part(scan, scan->g_i),
                                            .g_peer = part(scan, scan->g_r),
                                            .cky_own = scan->cky_i,
                                            .cky_peer = scan->cky_r,
                                            .sa_i = part(scan, scan->sa_i),
                                            .id = id->body};
    bool holds = ike_proof(keys, &inputs, hash) == RC_OK && hash_equal(hash, claimed->body.at, len);
    wipe(hash, sizeof hash);
    return holds;
}

/* The first block tells nearly always: a payload's header has a zero octet, and a length that leads
 * no further than the message. */
static bool begins_well(const struct ike_keys *keys, const uint8_t *iv, struct span body)
{
    uint8_t plain[CIPHER_BLOCK_MAX] = {0}, next_iv[CIPHER_BLOCK_MAX];
    size_t len = 0;
    struct span block = {body.at, cipher_block(keys->cipher)};
    if (body.len < block.len || ike_open(keys, iv, block, plain, &len, next_iv) != RC_OK)
        return false;
    size_t payload = (size_t)plain[2] << 8 | plain[3];
    return plain[1] == 0 && payload >= IKE_PAYLOAD_HEADER && payload <= body.len;
}

static bool opens(const struct key_scan *scan, const struct ike_keys *keys, const uint8_t *iv)
{
    uint8_t plain[KEY_SCAN_BODY], next_iv[CIPHER_BLOCK_MAX];
    struct ike_chain chain;
    size_t len = 0;
    struct span body = part(scan, scan->body);
    bool good = body.len <= sizeof plain && begins_well(keys, iv, body);
    good = good && ike_open(keys, iv, body, plain, &len, next_iv) == RC_OK;
    good = good && ike_chain_parse(scan->first, (struct span){plain, len}, &chain) == RC_OK;
    good = good && proof_holds(scan, keys, &chain);
    wipe(plain, len);
    return good;
}

static bool fits(const struct key_scan *scan, struct span psk, const uint8_t *iv)
{
    struct ike_keys keys;
    const struct ike_key_inputs inputs = {.psk = psk,
                                          .nonce_i = part(scan, scan->nonce_i),
                                          .nonce_r = part(scan, scan->nonce_r),
                                          .shared = part(scan, scan->shared),
                                          .cky_i = scan->cky_i,
                                          .cky_r = scan->cky_r};
    bool good = ike_keys_derive(&scan->suite, &inputs, &keys) == RC_OK && opens(scan, &keys, iv);
    wipe(&keys, sizeof keys);
    return good;
}

enum rc key_scan_run(const struct key_scan *scan, size_t *tried)
{
    uint8_t iv[CIPHER_BLOCK_MAX];
    const struct ike_keys algorithms = {.prf = scan->suite.hash, .cipher = scan->suite.cipher};
    *tried = 0;
    if (ike_iv_phase1(&algorithms, part(scan, scan->g_i), part(scan, scan->g_r), iv) != RC_OK)
        return RC_NOT_FOUND;
    while (*tried < scan->key_count) {
        struct scan_part key;
        memcpy(&key, scan->octets + scan->keys.at + *tried * sizeof key, sizeof key);
        ++*tried;
        if (fits(scan, part(scan, key), iv))
            return RC_OK;
    }
    return RC_NOT_FOUND;
}
