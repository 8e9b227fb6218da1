/* Diffie-Hellman against OpenSSL's own derivation, the slow path that crypto/dh.h does without:
 * each group, both directions, full length. */
#include "unit/crypto/dh_facts.h"

#include "base/rng.h"

#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

enum { EXCHANGES = 3 };

static OSSL_PARAM *build(OSSL_PARAM_BLD *bld)
{
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
    OSSL_PARAM_BLD_free(bld);
    assert_non_null(params);
    return params;
}

static EVP_PKEY *from_params(const struct fact *fact, OSSL_PARAM_BLD *bld, int selection)
{
    OSSL_PARAM *params = build(bld);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, fact->type, NULL);
    EVP_PKEY *key = NULL;
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &key, selection, params), 1);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    return key;
}

/* A builder that names the group's parameters: p and g, so that groups 1 and 2 work too. */
static OSSL_PARAM_BLD *group_params(const struct fact *fact, BIGNUM **prime, BIGNUM **generator)
{
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    assert_non_null(bld);
    *prime = NULL;
    *generator = NULL;
    if (fact->curve)
        OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, fact->curve, 0);
    if (!fact->prime)
        return bld;
    *prime = fact->prime(NULL);
    *generator = BN_new();
    BN_set_word(*generator, 2);
    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_FFC_P, *prime);
    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_FFC_G, *generator);
    return bld;
}

static EVP_PKEY *slow_generate(const struct fact *fact)
{
    EVP_PKEY *key = NULL;
    if (!fact->prime)
        return fact->curve ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", fact->curve)
                           : EVP_PKEY_Q_keygen(NULL, NULL, fact->type);
    BIGNUM *prime, *generator;
    OSSL_PARAM_BLD *bld = group_params(fact, &prime, &generator);
    EVP_PKEY *params = from_params(fact, bld, EVP_PKEY_KEY_PARAMETERS);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, params, NULL);
    assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
    assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(params);
    BN_free(prime);
    BN_free(generator);
    return key;
}

/* The peer's public value as it would come off the wire. */
static void slow_public(const struct fact *fact, EVP_PKEY *key, uint8_t *out)
{
    uint8_t octets[1 + DH_PUBLIC_MAX];
    size_t len = 0;
    if (fact->prime) {
        BIGNUM *y = NULL;
        assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PUB_KEY, &y), 1);
        assert_int_equal(BN_bn2binpad(y, out, fact->public_len), fact->public_len);
        BN_free(y);
        return;
    }
    assert_int_equal(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
                                                     octets, sizeof octets, &len),
                     1);
    size_t skip = fact->curve ? 1 : 0; /* the format octet, which IKE does not send */
    assert_int_equal(len, fact->public_len + skip);
    memcpy(out, octets + skip, fact->public_len);
}

/* Our public value as a key of OpenSSL's. */
static EVP_PKEY *slow_import(const struct fact *fact, const uint8_t *value)
{
    BIGNUM *prime, *generator, *y = NULL;
    uint8_t octets[1 + DH_PUBLIC_MAX] = {POINT_CONVERSION_UNCOMPRESSED};
    OSSL_PARAM_BLD *bld = group_params(fact, &prime, &generator);
    size_t skip = fact->curve ? 1 : 0;
    memcpy(octets + skip, value, fact->public_len);
    if (fact->prime) {
        y = BN_bin2bn(value, fact->public_len, NULL);
        OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PUB_KEY, y);
    } else {
        OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, octets,
                                         fact->public_len + skip);
    }
    EVP_PKEY *key = from_params(fact, bld, EVP_PKEY_PUBLIC_KEY);
    BN_free(y);
    BN_free(prime);
    BN_free(generator);
    return key;
}

static void slow_derive(const struct fact *fact, EVP_PKEY *ours, EVP_PKEY *peer, uint8_t *out)
{
    size_t len = fact->shared_len;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ours, NULL);
    assert_int_equal(EVP_PKEY_derive_init(ctx), 1);
    if (fact->prime)
        assert_int_equal(EVP_PKEY_CTX_set_dh_pad(ctx, 1), 1);
    assert_int_equal(EVP_PKEY_derive_set_peer(ctx, peer), 1);
    assert_int_equal(EVP_PKEY_derive(ctx, out, &len), 1);
    assert_int_equal(len, fact->shared_len);
    EVP_PKEY_CTX_free(ctx);
}

static void one_exchange(const struct fact *fact, const struct rng *rng)
{
    const struct dh_group *group = dh_group(fact->number);
    uint8_t private_value[DH_PRIVATE_MAX], theirs[DH_PUBLIC_MAX];
    uint8_t fast[DH_SHARED_MAX], slow[DH_SHARED_MAX];
    rng_bytes(rng, private_value, group->private_len);
    uint8_t *ours = make_public(group, private_value);
    EVP_PKEY *peer = slow_generate(fact), *imported = slow_import(fact, ours);
    assert_non_null(peer);
    slow_public(fact, peer, theirs);
    assert_int_equal(check(group, theirs, group->public_len), RC_OK);
    assert_int_equal(check(group, ours, group->public_len), RC_OK);
    assert_int_equal(share(group, private_value, theirs, group->public_len, fast), RC_OK);
    slow_derive(fact, peer, imported, slow);
    assert_memory_equal(fast, slow, group->shared_len);
    EVP_PKEY_free(peer);
    EVP_PKEY_free(imported);
    free(ours);
}

static void every_group_agrees_with_the_slow_path(void **state)
{
    (void)state;
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, 5903);
    for (size_t i = 0; i < GROUPS; i++)
        for (size_t round = 0; round < EXCHANGES; round++)
            one_exchange(&facts[i], &rng);
}

/* One secret in 256 starts with a zero octet, which must stay (RFC 2409, 5: full length). */
static void leading_zeros_of_a_secret_are_kept(void **state)
{
    (void)state;
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, 2409);
    const struct dh_group *group = dh_group(1);
    EVP_PKEY *peer = slow_generate(&facts[0]);
    uint8_t theirs[DH_PUBLIC_MAX], private_value[DH_PRIVATE_MAX];
    uint8_t fast[DH_SHARED_MAX] = {1}, slow[DH_SHARED_MAX];
    slow_public(&facts[0], peer, theirs);
    for (size_t tries = 0; fast[0] != 0 && tries < 20000; tries++) {
        rng_bytes(&rng, private_value, group->private_len);
        assert_int_equal(share(group, private_value, theirs, group->public_len, fast), RC_OK);
    }
    assert_int_equal(fast[0], 0);
    uint8_t *ours = make_public(group, private_value);
    EVP_PKEY *imported = slow_import(&facts[0], ours);
    slow_derive(&facts[0], peer, imported, slow);
    assert_memory_equal(fast, slow, group->shared_len);
    EVP_PKEY_free(imported);
    EVP_PKEY_free(peer);
    free(ours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_group_agrees_with_the_slow_path),
        cmocka_unit_test(leading_zeros_of_a_secret_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
