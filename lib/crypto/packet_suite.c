/* Which ciphers, key lengths, integrity algorithms and tag lengths go together in ESP (RFC 2403,
 * 2404, 2405, 2410, 2451, 3602, 3686, 4106, 4868). */
#include "crypto/packet_suite.h"

#include "crypto/cipher.h"

static const struct packet_facts facts[] = {
    /* library, mode, key, nonce, iv, align */
    [PACKET_NULL] = {NULL, PACKET_MODE_NONE, 0, 0, 0, 4},
    [PACKET_DES_CBC] = {"DES-EDE3-CBC", PACKET_MODE_CBC, 8, 0, 8, 8},
    [PACKET_3DES_CBC] = {"DES-EDE3-CBC", PACKET_MODE_CBC, 24, 0, 8, 8},
    [PACKET_AES_CBC] = {"CBC", PACKET_MODE_CBC, 0, 0, 16, 16},
    [PACKET_AES_CTR] = {"CTR", PACKET_MODE_CTR, 0, 4, 8, 4},
    [PACKET_AES_GCM] = {"GCM", PACKET_MODE_GCM, 0, 4, 8, 4},
};

const struct packet_facts *packet_facts(enum packet_cipher cipher)
{
    return (size_t)cipher < sizeof facts / sizeof facts[0] ? &facts[cipher] : NULL;
}

static bool is_aes(const struct packet_facts *fact)
{
    return fact->library && fact->key_len == 0;
}

size_t packet_cipher_key_len(const struct packet_suite *suite)
{
    const struct packet_facts *fact = packet_facts(suite->cipher);
    return is_aes(fact) ? cipher_key_len(CIPHER_AES, suite->key_bits) : fact->key_len;
}

/* AES needs one of its three lengths, the others need none. */
static bool key_bits_fit(const struct packet_suite *suite, const struct packet_facts *fact)
{
    return is_aes(fact) ? packet_cipher_key_len(suite) != 0 : suite->key_bits == 0;
}

/* Encryption without integrity is no suite: whoever can change packets and watch what happens to
 * them can read them. */
static bool integrity_fits(const struct packet_suite *suite, const struct packet_facts *fact)
{
    unsigned icv = suite->icv_len;
    if (fact->mode == PACKET_MODE_GCM)
        return suite->integrity == HASH_NONE && (icv == 8 || icv == 12 || icv == 16);
    switch (suite->integrity) {
    case HASH_MD5:
    case HASH_SHA1:
        return icv == 12;
    case HASH_SHA256:
        return icv == 16 || icv == 12; /* 12: the draft before RFC 4868, spoken by old Android */
    case HASH_SHA384:
        return icv == 24;
    case HASH_SHA512:
        return icv == 32;
    case HASH_NONE:
        break;
    }
    return false;
}

size_t packet_key_len(const struct packet_suite *suite)
{
    const struct packet_facts *fact = packet_facts(suite->cipher);
    if (!fact || !key_bits_fit(suite, fact) || !integrity_fits(suite, fact))
        return 0;
    return packet_cipher_key_len(suite) + fact->nonce_len + hash_len(suite->integrity);
}

size_t packet_iv_len(const struct packet_suite *suite)
{
    const struct packet_facts *fact = packet_facts(suite->cipher);
    return fact ? fact->iv_len : 0;
}

size_t packet_align(const struct packet_suite *suite)
{
    const struct packet_facts *fact = packet_facts(suite->cipher);
    return fact ? fact->align : 4;
}
