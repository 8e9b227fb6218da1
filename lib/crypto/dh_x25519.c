/* X25519 (RFC 7748) as IKE carries it (RFC 8031). Every 32 octets are a public value; those of
 * small order, which lead to an all-zero secret, are refused after the multiplication. */
#include "crypto/dh_family.h"

#include "base/wipe.h"
#include "crypto/hash.h"

#include <openssl/evp.h>

enum { X25519_LEN = 32 };

static enum rc x25519_check(const struct dh_group *group, const uint8_t *peer_public)
{
    (void)group;
    (void)peer_public; /* the length was checked; RFC 7748, 5 gives every value a meaning */
    return RC_OK;
}

static enum rc x25519_public(const struct dh_group *group, const uint8_t *private_value,
                             uint8_t *public_out)
{
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, private_value, X25519_LEN);
    size_t len = group->public_len;
    enum rc rc = RC_CRYPTO;
    if (key && EVP_PKEY_get_raw_public_key(key, public_out, &len) == 1)
        rc = RC_OK;
    EVP_PKEY_free(key);
    return rc;
}

/* ctx has our key and the peer's. Deriving fails for one reason that is not ours: the result would
 * be zero (RFC 7748, 6.1). The comparison stands here too, so as not to rest on that. */
static enum rc derive(EVP_PKEY_CTX *ctx, uint8_t *shared_out)
{
    static const uint8_t zero[X25519_LEN];
    uint8_t shared[X25519_LEN];
    size_t len = sizeof shared;
    enum rc rc = RC_MALFORMED;
    if (EVP_PKEY_derive(ctx, shared, &len) == 1 && len == sizeof shared &&
        !hash_equal(shared, zero, sizeof shared)) {
        memcpy(shared_out, shared, sizeof shared);
        rc = RC_OK;
    }
    wipe(shared, sizeof shared);
    return rc;
}

static enum rc x25519_shared(const struct dh_group *group, const uint8_t *private_value,
                             const uint8_t *peer_public, uint8_t *shared_out)
{
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, private_value, X25519_LEN);
    EVP_PKEY *peer =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, peer_public, group->public_len);
    EVP_PKEY_CTX *ctx = key && peer ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    enum rc rc = RC_CRYPTO;
    if (ctx && EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_derive_set_peer(ctx, peer) == 1)
        rc = derive(ctx, shared_out);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
    EVP_PKEY_free(key);
    return rc;
}

const struct dh_family dh_x25519 = {x25519_check, x25519_public, x25519_shared};
