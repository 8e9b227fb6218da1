/* Derivations of RFC 2409, 5 and appendix B, each one line of the RFC long, and the sealing of
 * messages with what they yield. */
#include "ike/keys.h"

#include "base/wipe.h"

#include <string.h>

enum { PARTS_MAX = 16, HEADER_FLAGS = 19, HEADER_LENGTH = 24 };

static struct span span_of(const uint8_t *at, size_t len)
{
    return (struct span){at, len};
}

/* out = prf(skeyid, before | g^xy | CKY-I | CKY-R | number), for SKEYID_d, _a and _e. */
static enum rc derive_next(struct ike_keys *keys, const struct ike_key_inputs *in,
                           struct span before, uint8_t number, uint8_t *out)
{
    size_t len = hash_len(keys->prf);
    struct span parts[] = {before, in->shared, span_of(in->cky_i, IKE_COOKIE),
                           span_of(in->cky_r, IKE_COOKIE), span_of(&number, 1)};
    return hash_hmac(keys->prf, span_of(keys->skeyid, len), parts, 5, out);
}

static enum rc derive_secrets(struct ike_keys *keys, const struct ike_key_inputs *in)
{
    size_t len = hash_len(keys->prf);
    struct span nonces[] = {in->nonce_i, in->nonce_r};
    enum rc rc = hash_hmac(keys->prf, in->psk, nonces, 2, keys->skeyid);
    if (rc == RC_OK)
        rc = derive_next(keys, in, span_of(NULL, 0), 0, keys->skeyid_d);
    if (rc == RC_OK)
        rc = derive_next(keys, in, span_of(keys->skeyid_d, len), 1, keys->skeyid_a);
    if (rc == RC_OK)
        rc = derive_next(keys, in, span_of(keys->skeyid_a, len), 2, keys->skeyid_e);
    return rc;
}

/* SKEYID_e cut to the key, or stretched to K1 | K2 | … when it is too short (appendix B). */
static enum rc derive_cipher_key(struct ike_keys *keys)
{
    size_t len = hash_len(keys->prf);
    if (keys->cipher_key_len <= len) {
        memcpy(keys->cipher_key, keys->skeyid_e, keys->cipher_key_len);
        return RC_OK;
    }
    static const uint8_t zero[1];
    uint8_t block[HASH_MAX];
    struct span seed = span_of(zero, 1);
    enum rc rc = RC_OK;
    for (size_t done = 0; rc == RC_OK && done < keys->cipher_key_len; done += len) {
        rc = hash_hmac(keys->prf, span_of(keys->skeyid_e, len), &seed, 1, block);
        size_t left = keys->cipher_key_len - done;
        if (rc == RC_OK)
            memcpy(keys->cipher_key + done, block, left < len ? left : len);
        seed = span_of(keys->cipher_key + done, len); /* whole, unless it was the last */
    }
    wipe(block, sizeof block);
    return rc;
}

enum rc ike_keys_derive(const struct ike_suite *suite, const struct ike_key_inputs *inputs,
                        struct ike_keys *out)
{
    struct ike_keys keys = {.prf = suite->hash, .cipher = suite->cipher};
    keys.cipher_key_len = cipher_key_len(suite->cipher, suite->key_bits);
    enum rc rc = RC_CRYPTO;
    if (hash_len(keys.prf) == 0 || keys.cipher_key_len == 0)
        goto out;
    rc = derive_secrets(&keys, inputs);
    if (rc == RC_OK)
        rc = derive_cipher_key(&keys);
    if (rc == RC_OK)
        *out = keys;
out:
    wipe(&keys, sizeof keys);
    return rc;
}

enum rc ike_proof(const struct ike_keys *keys, const struct ike_proof_inputs *inputs, uint8_t *out)
{
    struct span parts[] = {inputs->g_own,
                           inputs->g_peer,
                           span_of(inputs->cky_own, IKE_COOKIE),
                           span_of(inputs->cky_peer, IKE_COOKIE),
                           inputs->sa_i,
                           inputs->id};
    return hash_hmac(keys->prf, span_of(keys->skeyid, hash_len(keys->prf)), parts, 6, out);
}

/* iv = the first block of hash(a | b). */
static enum rc iv_of(const struct ike_keys *keys, struct span a, struct span b, uint8_t *iv)
{
    uint8_t digest[HASH_MAX];
    struct span parts[] = {a, b};
    enum rc rc = hash_compute(keys->prf, parts, 2, digest);
    if (rc == RC_OK)
        memcpy(iv, digest, cipher_block(keys->cipher));
    return rc;
}

enum rc ike_iv_phase1(const struct ike_keys *keys, struct span g_i, struct span g_r,
                      uint8_t iv[CIPHER_BLOCK_MAX])
{
    return iv_of(keys, g_i, g_r, iv);
}

/* Integers enter hashes as they stand on the wire. */
struct wire_u32 {
    uint8_t octets[4];
};

static struct wire_u32 wire_u32(uint32_t value)
{
    struct wire_u32 out;
    struct builder b = builder_of(out.octets, sizeof out.octets);
    builder_u32(&b, value);
    return out;
}

enum rc ike_iv_phase2(const struct ike_keys *keys, const uint8_t *last_block, uint32_t message_id,
                      uint8_t iv[CIPHER_BLOCK_MAX])
{
    struct wire_u32 id = wire_u32(message_id);
    return iv_of(keys, span_of(last_block, cipher_block(keys->cipher)),
                 span_of(id.octets, sizeof id.octets), iv);
}

enum rc ike_hash_message(const struct ike_keys *keys, uint32_t message_id, const struct span *parts,
                         size_t count, uint8_t *out)
{
    struct wire_u32 id = wire_u32(message_id);
    struct span all[PARTS_MAX] = {span_of(id.octets, sizeof id.octets)};
    if (count > PARTS_MAX - 1)
        return RC_FULL;
    for (size_t i = 0; i < count; i++)
        all[i + 1] = parts[i];
    return hash_hmac(keys->prf, span_of(keys->skeyid_a, hash_len(keys->prf)), all, count + 1, out);
}

enum rc ike_hash_3(const struct ike_keys *keys, uint32_t message_id, struct span nonce_i,
                   struct span nonce_r, uint8_t *out)
{
    static const uint8_t zero[1];
    struct wire_u32 id = wire_u32(message_id);
    struct span parts[] = {span_of(zero, 1), span_of(id.octets, sizeof id.octets), nonce_i,
                           nonce_r};
    return hash_hmac(keys->prf, span_of(keys->skeyid_a, hash_len(keys->prf)), parts, 4, out);
}

enum rc ike_keymat(const struct ike_keys *keys, struct span shared, uint8_t protocol, uint32_t spi,
                   struct span nonce_i, struct span nonce_r, uint8_t *out, size_t len)
{
    struct wire_u32 spi_octets = wire_u32(spi);
    size_t step = hash_len(keys->prf);
    uint8_t block[HASH_MAX];
    /* The first round has nothing before g^xy, every later one the block before it. */
    struct span parts[] = {span_of(block, 0),
                           shared,
                           span_of(&protocol, 1),
                           span_of(spi_octets.octets, sizeof spi_octets.octets),
                           nonce_i,
                           nonce_r};
    enum rc rc = step ? RC_OK : RC_CRYPTO;
    for (size_t done = 0; rc == RC_OK && done < len; done += step) {
        uint8_t next[HASH_MAX];
        rc = hash_hmac(keys->prf, span_of(keys->skeyid_d, step), parts, 6, next);
        if (rc == RC_OK) {
            memcpy(block, next, step);
            memcpy(out + done, block, len - done < step ? len - done : step);
        }
        wipe(next, sizeof next);
        parts[0].len = step;
    }
    wipe(block, sizeof block);
    return rc;
}

enum rc ike_seal(const struct ike_keys *keys, uint8_t *iv, uint8_t *buffer, size_t size,
                 size_t *len)
{
    size_t block = cipher_block(keys->cipher);
    if (block == 0 || *len <= IKE_HEADER)
        return RC_MALFORMED;
    size_t body = (*len - IKE_HEADER + block - 1) / block * block;
    if (*len > size || body > size - IKE_HEADER)
        return RC_FULL;
    memset(buffer + *len, 0, IKE_HEADER + body - *len);
    enum rc rc = cipher_cbc_encrypt(keys->cipher, span_of(keys->cipher_key, keys->cipher_key_len),
                                    iv, buffer + IKE_HEADER, buffer + IKE_HEADER, body);
    if (rc != RC_OK)
        return rc;
    buffer[HEADER_FLAGS] |= IKE_FLAG_ENCRYPTED;
    struct builder length = builder_of(buffer + HEADER_LENGTH, 4);
    builder_u32(&length, (uint32_t)(IKE_HEADER + body));
    *len = IKE_HEADER + body;
    return RC_OK;
}

enum rc ike_open(const struct ike_keys *keys, const uint8_t *iv, struct span body, uint8_t *out,
                 size_t *out_len, uint8_t next_iv[CIPHER_BLOCK_MAX])
{
    size_t block = cipher_block(keys->cipher);
    if (block == 0)
        return RC_CRYPTO;
    size_t whole = body.len / block * block;
    if (whole == 0)
        return RC_SHORT;
    uint8_t chained[CIPHER_BLOCK_MAX] = {0};
    memcpy(chained, iv, block);
    enum rc rc = cipher_cbc_decrypt(keys->cipher, span_of(keys->cipher_key, keys->cipher_key_len),
                                    chained, body.at, out, whole);
    if (rc != RC_OK)
        return rc;
    memcpy(next_iv, chained, block);
    *out_len = whole;
    return RC_OK;
}
