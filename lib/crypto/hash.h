/* Digests and HMAC, by the names IKE uses for them. All arithmetic is OpenSSL's. */
#ifndef HUBWARD_CRYPTO_HASH_H
#define HUBWARD_CRYPTO_HASH_H

#include "base/cursor.h"
#include "base/rc.h"

enum hash_alg { HASH_NONE, HASH_MD5, HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512 };
enum { HASH_MAX = 64 }; /* octets of the longest digest */

/* Octets of a digest (16, 20, 32, 48, 64); 0 for HASH_NONE. */
size_t hash_len(enum hash_alg alg);

/* Digest of the parts in order. out has hash_len octets. RC_CRYPTO. */
MUST_USE enum rc hash_compute(enum hash_alg alg, const struct span *parts, size_t count,
                              uint8_t *out);

/* HMAC(key, parts in order), the prf of IKEv1 (RFC 2409, 4). Any key length, also 0. out has
 * hash_len octets; it may be the octets of the key. RC_CRYPTO. */
MUST_USE enum rc hash_hmac(enum hash_alg alg, struct span key, const struct span *parts,
                           size_t count, uint8_t *out);

/* Compare secrets or proofs in constant time. */
bool hash_equal(const void *a, const void *b, size_t n);

#endif
