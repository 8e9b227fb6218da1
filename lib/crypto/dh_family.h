/* What each family of Diffie-Hellman groups does; dh.c joins groups to families in one table.
 * Internal to crypto: everyone else uses crypto/dh.h. Lengths were checked by the caller. */
#ifndef HUBWARD_CRYPTO_DH_FAMILY_H
#define HUBWARD_CRYPTO_DH_FAMILY_H

#include "crypto/dh.h"

/* Outputs and outcomes as in crypto/dh.h; peer_public has public_len octets. */
struct dh_family {
    enum rc (*check)(const struct dh_group *group, const uint8_t *peer_public);
    enum rc (*make_public)(const struct dh_group *group, const uint8_t *private_value,
                           uint8_t *public_out);
    enum rc (*share)(const struct dh_group *group, const uint8_t *private_value,
                     const uint8_t *peer_public, uint8_t *shared_out);
};

extern const struct dh_family dh_modp;   /* RFC 2409, 6.1-6.2; RFC 3526 */
extern const struct dh_family dh_ecp;    /* RFC 5903 */
extern const struct dh_family dh_x25519; /* RFC 7748, RFC 8031 */

#endif
