/* Key material, IVs and proofs of IKEv1 (RFC 2409, 5 and appendix B). Pure functions of their
 * inputs; secrets go into structs that the caller wipes. */
#ifndef HUBWARD_IKE_KEYS_H
#define HUBWARD_IKE_KEYS_H

#include "crypto/cipher.h"
#include "crypto/hash.h"
#include "ike/proposal.h"

enum { IKE_NONCE_MAX = 256, IKE_NONCE_MIN = 8 };

/* The secrets of a phase 1 SA. */
struct ike_keys {
    enum hash_alg prf;
    enum cipher_alg cipher;
    uint8_t skeyid[HASH_MAX];
    uint8_t skeyid_d[HASH_MAX];
    uint8_t skeyid_a[HASH_MAX];
    uint8_t skeyid_e[HASH_MAX];
    uint8_t cipher_key[CIPHER_KEY_MAX];
    size_t cipher_key_len;
};

/* What the derivation takes; everything borrowed. */
struct ike_key_inputs {
    struct span psk;
    struct span nonce_i, nonce_r; /* bodies */
    struct span shared;           /* g^xy, full length */
    const uint8_t *cky_i, *cky_r;
};

/* SKEYID for pre-shared keys, _d, _a, _e and the cipher key. RC_CRYPTO. */
MUST_USE enum rc ike_keys_derive(const struct ike_suite *suite, const struct ike_key_inputs *inputs,
                                 struct ike_keys *out);

/* HASH_I (initiator true) or HASH_R. sa_i and id are payload bodies as sent; g_own/g_peer are the
 * public values of the side that makes the proof and of the other one. out: hash_len(prf). */
struct ike_proof_inputs {
    struct span g_own, g_peer;
    const uint8_t *cky_own, *cky_peer;
    struct span sa_i;
    struct span id;
};
MUST_USE enum rc ike_proof(const struct ike_keys *keys, const struct ike_proof_inputs *inputs,
                           uint8_t *out);

/* Phase 1 IV: hash(g^xi | g^xr), first block. */
MUST_USE enum rc ike_iv_phase1(const struct ike_keys *keys, struct span g_i, struct span g_r,
                               uint8_t iv[CIPHER_BLOCK_MAX]);
/* First IV of a later exchange: hash(last phase 1 block | message id). */
MUST_USE enum rc ike_iv_phase2(const struct ike_keys *keys, const uint8_t *last_block,
                               uint32_t message_id, uint8_t iv[CIPHER_BLOCK_MAX]);

/* prf(SKEYID_a, message id | parts): HASH of informational and transaction exchanges, HASH(1) with
 * the octets behind it, HASH(2) with Ni_b first. */
MUST_USE enum rc ike_hash_message(const struct ike_keys *keys, uint32_t message_id,
                                  const struct span *parts, size_t count, uint8_t *out);
/* HASH(3) = prf(SKEYID_a, 0 | message id | Ni_b | Nr_b). */
MUST_USE enum rc ike_hash_3(const struct ike_keys *keys, uint32_t message_id, struct span nonce_i,
                            struct span nonce_r, uint8_t *out);

/* KEYMAT for one direction (RFC 2409, 5.5): len octets. shared: len 0 without PFS. */
MUST_USE enum rc ike_keymat(const struct ike_keys *keys, struct span shared, uint8_t protocol,
                            uint32_t spi, struct span nonce_i, struct span nonce_r, uint8_t *out,
                            size_t len);

/* Encrypt a finished clear message in place behind its header: pads the body with zeros to the
 * block, sets flag E and the length, advances the IV. buffer: the message; size: its room.
 * RC_FULL: no room for the padding. */
MUST_USE enum rc ike_seal(const struct ike_keys *keys, uint8_t *iv, uint8_t *buffer, size_t size,
                          size_t *len);
/* Decrypt a message's body into out (room: body.len), whole blocks only, a tail that is no block
 * dropped; *out_len octets. The IV is advanced in next_iv, iv is untouched: the caller commits when
 * the message has proved itself. RC_SHORT: not one block. RC_CRYPTO. */
MUST_USE enum rc ike_open(const struct ike_keys *keys, const uint8_t *iv, struct span body,
                          uint8_t *out, size_t *out_len, uint8_t next_iv[CIPHER_BLOCK_MAX]);

#endif
