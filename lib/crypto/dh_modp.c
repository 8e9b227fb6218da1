/* Diffie-Hellman modulo the safe primes of RFC 2409 and RFC 3526, generator 2.
 *
 * Not by EVP_PKEY_derive: for a named safe-prime group that validates the peer's value with a
 * full-length exponentiation y^q, four times the cost of the exchange itself in group 14, and
 * groups 1 and 2 are no named groups at all, so their exponents come out as long as the prime. For
 * a safe prime and a private value used once, 1 < y < p - 1 is all there is to check: the other
 * subgroups have orders 1 and 2 (RFC 6989, 2.1). The constant-time exponentiation below is the one
 * that derive ends in. */
#include "crypto/dh_family.h"

#include <openssl/bn.h>

static const struct {
    uint16_t number;
    BIGNUM *(*prime)(BIGNUM *);
} primes[] = {
    {1, BN_get_rfc2409_prime_768},   {2, BN_get_rfc2409_prime_1024},
    {5, BN_get_rfc3526_prime_1536},  {14, BN_get_rfc3526_prime_2048},
    {15, BN_get_rfc3526_prime_3072}, {16, BN_get_rfc3526_prime_4096},
};

/* A new number for the caller to free; NULL when memory is out. */
static BIGNUM *prime_of(const struct dh_group *group)
{
    for (size_t i = 0; i < sizeof primes / sizeof primes[0]; i++)
        if (primes[i].number == group->number)
            return primes[i].prime(NULL);
    return NULL;
}

static enum rc modp_check(const struct dh_group *group, const uint8_t *peer_public)
{
    BIGNUM *limit = prime_of(group);
    BIGNUM *y = BN_bin2bn(peer_public, group->public_len, NULL);
    enum rc rc = RC_MALFORMED;
    if (!limit || !y || BN_sub_word(limit, 1) != 1)
        rc = RC_CRYPTO;
    else if (BN_cmp(y, BN_value_one()) > 0 && BN_cmp(y, limit) < 0)
        rc = RC_OK;
    BN_free(y);
    BN_free(limit);
    return rc;
}

/* out = base ^ private_value mod p, padded to the length of p. */
static enum rc power(const struct dh_group *group, const BIGNUM *base, const uint8_t *private_value,
                     uint8_t *out)
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *prime = prime_of(group);
    BIGNUM *exponent = BN_bin2bn(private_value, group->private_len, NULL);
    BIGNUM *result = BN_new();
    enum rc rc = RC_CRYPTO;
    if (ctx && prime && exponent && result && base &&
        BN_mod_exp_mont_consttime(result, base, exponent, prime, ctx, NULL) == 1 &&
        BN_bn2binpad(result, out, group->public_len) == group->public_len)
        rc = RC_OK;
    BN_clear_free(result);
    BN_clear_free(exponent);
    BN_free(prime);
    BN_CTX_free(ctx);
    return rc;
}

static enum rc modp_public(const struct dh_group *group, const uint8_t *private_value,
                           uint8_t *public_out)
{
    BIGNUM *generator = BN_new();
    enum rc rc = RC_CRYPTO;
    if (generator && BN_set_word(generator, 2) == 1)
        rc = power(group, generator, private_value, public_out);
    BN_free(generator);
    return rc;
}

static enum rc modp_shared(const struct dh_group *group, const uint8_t *private_value,
                           const uint8_t *peer_public, uint8_t *shared_out)
{
    enum rc rc = modp_check(group, peer_public);
    if (rc != RC_OK)
        return rc;
    BIGNUM *y = BN_bin2bn(peer_public, group->public_len, NULL);
    rc = power(group, y, private_value, shared_out);
    BN_free(y);
    return rc;
}

const struct dh_family dh_modp = {modp_check, modp_public, modp_shared};
