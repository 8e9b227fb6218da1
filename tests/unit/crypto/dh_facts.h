/* What the standards say of each Diffie-Hellman group, how OpenSSL is told to use it, and our
 * functions called with blocks of exact size. For the tests of crypto/dh.h. */
#ifndef HUBWARD_TESTS_UNIT_CRYPTO_DH_FACTS_H
#define HUBWARD_TESTS_UNIT_CRYPTO_DH_FACTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/dh.h"
#include "unit/base/octets.h"

#include <openssl/bn.h>

static const struct fact {
    uint16_t number, bits, public_len, shared_len, private_len;
    bool weak;
    const char *type;  /* EVP_PKEY */
    const char *curve; /* NULL: modulo a prime */
    BIGNUM *(*prime)(BIGNUM *);
    const char *prime_sha256; /* NULL: none published to compare with */
} facts[] = {
    {1, 768, 96, 96, 32, true, "DH", NULL, BN_get_rfc2409_prime_768, NULL},
    {2, 1024, 128, 128, 32, true, "DH", NULL, BN_get_rfc2409_prime_1024,
     "3f35a3f5f6c4376a744acad409bb22f8d897f949d2311d885adaa890981b67a0"},
    {5, 1536, 192, 192, 32, true, "DH", NULL, BN_get_rfc3526_prime_1536,
     "64fcc83ec403930bf18393dbc883ccaa1fbb08ac876f77f7aa99748ca945019b"},
    {14, 2048, 256, 256, 32, false, "DH", NULL, BN_get_rfc3526_prime_2048,
     "d66436f79bbd6b2e38c0ffbd079be904d2641415e2e67140e09448be9a60890e"},
    {15, 3072, 384, 384, 40, false, "DH", NULL, BN_get_rfc3526_prime_3072,
     "48cf8b092fbce4359d9871abf74f98e25b6163379eaa15cd9087e800c6d1c55c"},
    {16, 4096, 512, 512, 40, false, "DH", NULL, BN_get_rfc3526_prime_4096,
     "4ee95187682bcb230ad26a95205f6920e84708f6251b3894329b09ec23919e33"},
    {19, 256, 64, 32, 32, false, "EC", "P-256", NULL, NULL},
    {20, 384, 96, 48, 48, false, "EC", "P-384", NULL, NULL},
    {21, 521, 132, 66, 66, false, "EC", "P-521", NULL, NULL},
    {31, 255, 32, 32, 32, false, "X25519", NULL, NULL, NULL},
};
enum { GROUPS = sizeof facts / sizeof facts[0] };

static inline void assert_octets(const uint8_t *got, const char *hex)
{
    struct octets want = octets_hex(hex);
    assert_memory_equal(got, want.bytes, want.len);
}

/* Wrappers that give the functions blocks of exact size, for ASan to guard; freed by the caller. */
static inline uint8_t *make_public(const struct dh_group *group, const uint8_t *private_value)
{
    uint8_t *exact = octets_exact(private_value, group->private_len);
    uint8_t *out = malloc(group->public_len);
    assert_non_null(out);
    assert_int_equal(dh_public(group, exact, out), RC_OK);
    free(exact);
    return out;
}

static inline enum rc share(const struct dh_group *group, const uint8_t *private_value,
                            const uint8_t *peer, size_t len, uint8_t *out)
{
    uint8_t *exact = octets_exact(peer, len);
    enum rc rc = dh_shared(group, private_value, (struct span){exact, len}, out);
    free(exact);
    return rc;
}

static inline enum rc check(const struct dh_group *group, const uint8_t *peer, size_t len)
{
    uint8_t *exact = octets_exact(peer, len);
    enum rc rc = dh_check_public(group, (struct span){exact, len});
    free(exact);
    return rc;
}

#endif
