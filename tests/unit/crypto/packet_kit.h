/* Packets for the tests of crypto/packet.h: all suites there are, and ESP packets in blocks of
 * exact size so that AddressSanitizer guards both ends. */
#ifndef HUBWARD_TESTS_UNIT_CRYPTO_PACKET_KIT_H
#define HUBWARD_TESTS_UNIT_CRYPTO_PACKET_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/packet.h"
#include "unit/base/octets.h"

enum { KIT_HEADER = 8, KIT_KEYMAT_MAX = 128 };

/* One row a cipher and key length, as RFC 2405, 2410, 2451, 3602, 3686 and 4106 have it. */
static const struct kit_cipher {
    enum packet_cipher cipher;
    uint16_t key_bits;
    size_t keymat; /* octets, with the nonce */
    size_t iv_len;
    size_t align;
} kit_ciphers[] = {
    {PACKET_NULL, 0, 0, 0, 4},         {PACKET_DES_CBC, 0, 8, 8, 8},
    {PACKET_3DES_CBC, 0, 24, 8, 8},    {PACKET_AES_CBC, 128, 16, 16, 16},
    {PACKET_AES_CBC, 192, 24, 16, 16}, {PACKET_AES_CBC, 256, 32, 16, 16},
    {PACKET_AES_CTR, 128, 20, 8, 4},   {PACKET_AES_CTR, 192, 28, 8, 4},
    {PACKET_AES_CTR, 256, 36, 8, 4},   {PACKET_AES_GCM, 128, 20, 8, 4},
    {PACKET_AES_GCM, 192, 28, 8, 4},   {PACKET_AES_GCM, 256, 36, 8, 4},
};

static const struct kit_tag {
    enum hash_alg integrity;
    uint8_t icv_len;
    size_t keymat;
} kit_tags[] = {
    {HASH_MD5, 12, 16},    {HASH_SHA1, 12, 20},   {HASH_SHA256, 16, 32},
    {HASH_SHA256, 12, 32}, {HASH_SHA384, 24, 48}, {HASH_SHA512, 32, 64},
    {HASH_NONE, 8, 0},     {HASH_NONE, 12, 0},    {HASH_NONE, 16, 0},
};

enum {
    KIT_CIPHERS = sizeof kit_ciphers / sizeof kit_ciphers[0],
    KIT_TAGS = sizeof kit_tags / sizeof kit_tags[0],
    KIT_SUITES = 9 * 6 + 3 * 3, /* HMAC with all but GCM, a tag alone with GCM */
};

/* Suite i of KIT_SUITES. */
static inline struct packet_suite kit_suite(size_t i)
{
    for (size_t at = 0; at < KIT_CIPHERS * KIT_TAGS; at++) {
        const struct kit_cipher *cipher = &kit_ciphers[at / KIT_TAGS];
        const struct kit_tag *tag = &kit_tags[at % KIT_TAGS];
        if ((cipher->cipher == PACKET_AES_GCM) != (tag->integrity == HASH_NONE))
            continue;
        if (i-- == 0)
            return (struct packet_suite){cipher->cipher, cipher->key_bits, tag->integrity,
                                         tag->icv_len};
    }
    abort();
}

static inline struct packet_context *kit_context(const struct packet_suite *suite, uint8_t seed)
{
    struct octets keymat = octets_count(seed, packet_key_len(suite));
    uint8_t *exact = octets_exact(keymat.bytes, keymat.len);
    struct packet_context *context = packet_context_new(suite, (struct span){exact, keymat.len});
    free(exact);
    assert_non_null(context);
    return context;
}

/* A packet in one block: header, IV, body, ICV. */
struct kit_packet {
    uint8_t *block;
    size_t len;
    struct packet_job job;
};

static inline struct kit_packet kit_packet_of(const struct packet_suite *suite, const void *octets,
                                              size_t body_len)
{
    size_t iv_len = packet_iv_len(suite);
    struct kit_packet packet = {.len = KIT_HEADER + iv_len + body_len + suite->icv_len};
    packet.block = octets_exact(octets, packet.len);
    packet.job = (struct packet_job){.header = packet.block,
                                     .iv = packet.block + KIT_HEADER,
                                     .body = packet.block + KIT_HEADER + iv_len,
                                     .len = body_len,
                                     .icv = packet.block + KIT_HEADER + iv_len + body_len,
                                     .rc = RC_IO};
    return packet;
}

/* Recognizable octets everywhere: header, IV and plaintext. */
static inline struct kit_packet kit_packet_plain(const struct packet_suite *suite, size_t body_len,
                                                 uint8_t seed)
{
    uint8_t octets[2048];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(i * 7 + seed);
    return kit_packet_of(suite, octets, body_len);
}

static inline enum rc kit_seal(struct packet_context *context, struct kit_packet *packet)
{
    packet_seal(context, &packet->job, 1);
    return packet->job.rc;
}

static inline enum rc kit_open(struct packet_context *context, struct kit_packet *packet)
{
    packet_open(context, &packet->job, 1);
    return packet->job.rc;
}

#endif
