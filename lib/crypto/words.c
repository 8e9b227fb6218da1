/* The one table of each kind of algorithm's words. */
#include "crypto/words.h"

#include <stdio.h>

static const char *const ciphers[] = {
    [CIPHER_NONE] = "none", [CIPHER_DES] = "des", [CIPHER_3DES] = "3des", [CIPHER_AES] = "aes"};

static const char *const hashes[] = {
    [HASH_NONE] = "none",     [HASH_MD5] = "md5",       [HASH_SHA1] = "sha",
    [HASH_SHA256] = "sha256", [HASH_SHA384] = "sha384", [HASH_SHA512] = "sha512",
};

static const char *const transforms[] = {
    [PACKET_NULL] = "esp-null",   [PACKET_DES_CBC] = "esp-des", [PACKET_3DES_CBC] = "esp-3des",
    [PACKET_AES_CBC] = "esp-aes", [PACKET_AES_CTR] = "esp-ctr", [PACKET_AES_GCM] = "esp-gcm",
};

const char *cipher_word(enum cipher_alg alg)
{
    return (size_t)alg < sizeof ciphers / sizeof *ciphers ? ciphers[alg] : "none";
}

const char *hash_word(enum hash_alg alg)
{
    return (size_t)alg < sizeof hashes / sizeof *hashes ? hashes[alg] : "none";
}

const char *suite_format(const struct packet_suite *suite, char out[SUITE_TEXT])
{
    char bits[8] = "", hmac[24] = "";
    if ((size_t)suite->cipher >= sizeof transforms / sizeof *transforms ||
        (size_t)suite->integrity >= sizeof hashes / sizeof *hashes) {
        snprintf(out, SUITE_TEXT, "unknown");
        return out;
    }
    if (suite->key_bits > 128)
        snprintf(bits, sizeof bits, " %u", (unsigned)suite->key_bits);
    if (suite->integrity != HASH_NONE)
        snprintf(hmac, sizeof hmac, " esp-%s-hmac", hash_word(suite->integrity));
    snprintf(out, SUITE_TEXT, "%s%s%s", transforms[suite->cipher], bits, hmac);
    return out;
}
