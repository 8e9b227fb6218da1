/* Diffie-Hellman groups of IKE: 1, 2, 5, 14, 15, 16 (MODP), 19, 20, 21 (ECP), 31 (X25519), by
 * private value, so the same seed gives the same exchange. Runs on worker threads: no state. */
#ifndef HUBWARD_CRYPTO_DH_H
#define HUBWARD_CRYPTO_DH_H

#include "base/cursor.h"
#include "base/rc.h"

#include <stdbool.h>

enum { DH_PUBLIC_MAX = 512, DH_SHARED_MAX = 512, DH_PRIVATE_MAX = 66 };

struct dh_group {
    uint16_t number;      /* IANA, RFC 2409 and RFC 3526, 5903, 8031 */
    uint16_t bits;        /* of the prime or curve */
    uint16_t public_len;  /* octets on the wire, always full length */
    uint16_t shared_len;  /* octets of g^xy, always full length (ECP: x only) */
    uint16_t private_len; /* random octets a private value is made from (KEYING: 256 bits; 320 for
                             3072 and 4096; scalar length for curves) */
    bool weak;            /* 1, 2, 5 */
};

/* NULL when the group is not offered. */
const struct dh_group *dh_group(uint16_t number);

/* Check a peer's value before any arithmetic: length, 1 < y < p - 1 (RFC 6989, 2.1), point on the
 * curve. RC_MALFORMED otherwise. */
MUST_USE enum rc dh_check_public(const struct dh_group *group, struct span peer_public);

/* Our public value from private_len random octets (curves: reduced into the scalar range).
 * public_out: public_len octets. RC_CRYPTO. */
MUST_USE enum rc dh_public(const struct dh_group *group, const uint8_t *private_value,
                           uint8_t *public_out);

/* The shared secret, left-padded to shared_len octets. Constant time in the private value.
 * RC_MALFORMED: dh_check_public refuses, or the result is zero (X25519). RC_CRYPTO. */
MUST_USE enum rc dh_shared(const struct dh_group *group, const uint8_t *private_value,
                           struct span peer_public, uint8_t *shared_out);

#endif
