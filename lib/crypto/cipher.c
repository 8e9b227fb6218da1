/* CBC over OpenSSL's EVP layer, one fetch and one key schedule a call: an ISAKMP message is one
 * call. Packets of an SA, where that would hurt, go through crypto/packet.h. */
#include "crypto/cipher.h"

#include "base/wipe.h"

#include <limits.h>
#include <openssl/evp.h>

enum { DES_KEY = 8, DES3_KEY = 24 };

static const struct {
    size_t block;
    size_t key_len; /* 0: chosen by the key length attribute */
} algs[] = {
    [CIPHER_NONE] = {0, 0},
    [CIPHER_DES] = {8, DES_KEY},
    [CIPHER_3DES] = {8, DES3_KEY},
    [CIPHER_AES] = {16, 0},
};

static size_t row_of(enum cipher_alg alg)
{
    return (size_t)alg < sizeof algs / sizeof algs[0] ? (size_t)alg : CIPHER_NONE;
}

size_t cipher_block(enum cipher_alg alg)
{
    return algs[row_of(alg)].block;
}

size_t cipher_key_len(enum cipher_alg alg, unsigned key_bits)
{
    if (alg == CIPHER_AES)
        return key_bits == 128 || key_bits == 192 || key_bits == 256 ? key_bits / 8 : 0;
    return algs[row_of(alg)].key_len;
}

void cipher_triple_des(uint8_t key[CIPHER_KEY_MAX])
{
    for (size_t i = DES_KEY; i < DES3_KEY; i++)
        key[i] = key[i - DES_KEY];
}

/* OpenSSL's name for the permutation, and the key as that wants it. NULL: no such key. */
static const char *expand_key(enum cipher_alg alg, struct span key, uint8_t out[CIPHER_KEY_MAX])
{
    if (key.len == 0 || key.len != cipher_key_len(alg, (unsigned)(key.len * 8)))
        return NULL;
    memcpy(out, key.at, key.len);
    if (alg == CIPHER_DES)
        cipher_triple_des(out);
    if (alg != CIPHER_AES)
        return "DES-EDE3-CBC";
    return key.len == 16 ? "AES-128-CBC" : key.len == 24 ? "AES-192-CBC" : "AES-256-CBC";
}

static enum rc run(const char *name, const uint8_t *key, const uint8_t *iv, const uint8_t *in,
                   uint8_t *out, int n, int encrypt)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    EVP_CIPHER_CTX *ctx = cipher ? EVP_CIPHER_CTX_new() : NULL;
    int written = 0;
    enum rc rc = RC_CRYPTO;
    if (ctx && EVP_CipherInit_ex2(ctx, cipher, key, iv, encrypt, NULL) == 1 &&
        EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
        EVP_CipherUpdate(ctx, out, &written, in, n) == 1 && written == n)
        rc = RC_OK;
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(cipher);
    return rc;
}

static enum rc cbc(enum cipher_alg alg, struct span key, uint8_t *iv, const uint8_t *in,
                   uint8_t *out, size_t n, int encrypt)
{
    uint8_t expanded[CIPHER_KEY_MAX], last[CIPHER_BLOCK_MAX];
    size_t block = cipher_block(alg);
    enum rc rc = RC_OK;
    const char *name = expand_key(alg, key, expanded);
    if (!name || n % block != 0 || n > INT_MAX)
        rc = RC_MALFORMED;
    if (rc != RC_OK || n == 0)
        goto out;
    memcpy(last, in + n - block, block); /* in place, decryption overwrites it */
    rc = run(name, expanded, iv, in, out, (int)n, encrypt);
    if (rc == RC_OK)
        memcpy(iv, encrypt ? out + n - block : last, block);
out:
    wipe(expanded, sizeof expanded);
    wipe(last, sizeof last);
    return rc;
}

enum rc cipher_cbc_encrypt(enum cipher_alg alg, struct span key, uint8_t *iv, const uint8_t *in,
                           uint8_t *out, size_t n)
{
    return cbc(alg, key, iv, in, out, n, 1);
}

enum rc cipher_cbc_decrypt(enum cipher_alg alg, struct span key, uint8_t *iv, const uint8_t *in,
                           uint8_t *out, size_t n)
{
    return cbc(alg, key, iv, in, out, n, 0);
}
