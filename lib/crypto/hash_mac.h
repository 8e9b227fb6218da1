/* An HMAC context of OpenSSL by our algorithm names. Internal to crypto. */
#ifndef HUBWARD_CRYPTO_HASH_MAC_H
#define HUBWARD_CRYPTO_HASH_MAC_H

#include "crypto/hash.h"

#include <openssl/types.h>

/* Keyed and ready for octets; the caller frees it. NULL: HASH_NONE, or the library failed. */
EVP_MAC_CTX *hash_mac_new(enum hash_alg alg, struct span key);

#endif
