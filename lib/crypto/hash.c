/* Digests and HMAC over OpenSSL's EVP layer. Algorithms are fetched in each call: a cache would be
 * a mutable global shared by threads, and an HMAC of a short message costs about one microsecond
 * so. */
#include "crypto/hash.h"

#include "base/wipe.h"
#include "crypto/hash_mac.h"

#include <stdio.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

static const struct {
    const char *library; /* OpenSSL's name; NULL when there is nothing to compute */
    size_t len;
} algs[] = {
    [HASH_NONE] = {NULL, 0},          [HASH_MD5] = {"MD5", 16},
    [HASH_SHA1] = {"SHA1", 20},       [HASH_SHA256] = {"SHA2-256", 32},
    [HASH_SHA384] = {"SHA2-384", 48}, [HASH_SHA512] = {"SHA2-512", 64},
};

static size_t row_of(enum hash_alg alg)
{
    return (size_t)alg < sizeof algs / sizeof algs[0] ? (size_t)alg : HASH_NONE;
}

size_t hash_len(enum hash_alg alg)
{
    return algs[row_of(alg)].len;
}

static bool digest_parts(EVP_MD_CTX *ctx, const EVP_MD *md, const struct span *parts, size_t count)
{
    if (EVP_DigestInit_ex2(ctx, md, NULL) != 1)
        return false;
    for (size_t i = 0; i < count; i++)
        if (parts[i].len && EVP_DigestUpdate(ctx, parts[i].at, parts[i].len) != 1)
            return false;
    return true;
}

enum rc hash_compute(enum hash_alg alg, const struct span *parts, size_t count, uint8_t *out)
{
    const char *library = algs[row_of(alg)].library;
    EVP_MD *md = library ? EVP_MD_fetch(NULL, library, NULL) : NULL;
    EVP_MD_CTX *ctx = md ? EVP_MD_CTX_new() : NULL;
    uint8_t digest[HASH_MAX];
    unsigned len = 0;
    enum rc rc = RC_CRYPTO;
    if (ctx && digest_parts(ctx, md, parts, count) && EVP_DigestFinal_ex(ctx, digest, &len) == 1 &&
        len == hash_len(alg)) {
        memcpy(out, digest, len);
        rc = RC_OK;
    }
    wipe(digest, sizeof digest); /* digests of keys pass through here */
    EVP_MD_CTX_free(ctx);
    EVP_MD_free(md);
    return rc;
}

EVP_MAC_CTX *hash_mac_new(enum hash_alg alg, struct span key)
{
    const char *library = algs[row_of(alg)].library;
    EVP_MAC *mac = library ? EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL) : NULL;
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
    char name[16]; /* OSSL_PARAM takes no const text */
    snprintf(name, sizeof name, "%s", library ? library : "");
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_end(),
    };
    /* A NULL key would mean "the key of last time", so an empty one is a pointer to nothing. */
    const uint8_t *octets = key.len ? key.at : (const uint8_t *)"";
    if (ctx && EVP_MAC_init(ctx, octets, key.len, params) != 1) {
        EVP_MAC_CTX_free(ctx);
        ctx = NULL;
    }
    EVP_MAC_free(mac);
    return ctx;
}

static bool mac_parts(EVP_MAC_CTX *ctx, const struct span *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (parts[i].len && EVP_MAC_update(ctx, parts[i].at, parts[i].len) != 1)
            return false;
    return true;
}

enum rc hash_hmac(enum hash_alg alg, struct span key, const struct span *parts, size_t count,
                  uint8_t *out)
{
    EVP_MAC_CTX *ctx = hash_mac_new(alg, key);
    uint8_t tag[HASH_MAX]; /* out may be the octets of the key or of a part */
    size_t len = 0;
    enum rc rc = RC_CRYPTO;
    if (ctx && mac_parts(ctx, parts, count) && EVP_MAC_final(ctx, tag, &len, sizeof tag) == 1 &&
        len == hash_len(alg)) {
        memcpy(out, tag, len);
        rc = RC_OK;
    }
    wipe(tag, sizeof tag);
    EVP_MAC_CTX_free(ctx);
    return rc;
}

bool hash_equal(const void *a, const void *b, size_t n)
{
    return n == 0 || CRYPTO_memcmp(a, b, n) == 0;
}
