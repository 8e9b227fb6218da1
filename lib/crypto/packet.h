/* Per-packet protection for ESP: one context per SA and direction, made once (key schedules are
 * kept), used for every packet. The seam where a multi-buffer backend goes in later: callers hand
 * arrays of jobs and never see the library. */
#ifndef HUBWARD_CRYPTO_PACKET_H
#define HUBWARD_CRYPTO_PACKET_H

#include "base/cursor.h"
#include "base/rc.h"
#include "crypto/hash.h"

enum packet_cipher {
    PACKET_NULL,
    PACKET_DES_CBC,
    PACKET_3DES_CBC,
    PACKET_AES_CBC,
    PACKET_AES_CTR,
    PACKET_AES_GCM
};

struct packet_suite {
    enum packet_cipher cipher;
    uint16_t key_bits;       /* AES: 128, 192, 256; else 0 */
    enum hash_alg integrity; /* HMAC; HASH_NONE with GCM */
    uint8_t icv_len;         /* octets of the tag on the wire: 12, 16, 24, 32; GCM 8, 12, 16 */
};

/* Octets of key material in the order of RFC 2409, 5.5: cipher key, salt or nonce (4 for GCM and
 * CTR), HMAC key (hash length). 0: not a suite. */
size_t packet_key_len(const struct packet_suite *suite);
size_t packet_iv_len(const struct packet_suite *suite); /* on the wire: 0, 8, 16 */
size_t packet_align(const struct packet_suite *suite);  /* padding multiple: 4, 8, 16 */

struct packet_context;

/* keymat: packet_key_len octets, copied. NULL when the suite is unknown, or out of memory. */
struct packet_context *packet_context_new(const struct packet_suite *suite, struct span keymat);
void packet_context_free(struct packet_context *context); /* wipes; NULL allowed */

/* One packet. body is transformed in place; icv follows the body on sealing. */
struct packet_job {
    const uint8_t *header;  /* SPI and sequence, 8 octets: authenticated, not encrypted */
    uint32_t sequence_high; /* ESN high half, authenticated when use_esn */
    bool use_esn;
    uint8_t *iv;   /* packet_iv_len octets, between header and body in memory order */
    uint8_t *body; /* ciphertext or plaintext, a multiple of packet_align */
    size_t len;    /* octets of body */
    uint8_t *icv;  /* icv_len octets; written by seal, read by open */
    enum rc rc;    /* out: RC_OK, RC_AUTH_FAILED (open), RC_MALFORMED (len no multiple of
                       packet_align, or not contiguous; nothing changed), RC_CRYPTO */
};

/* Encrypt, then authenticate header, iv and body. The IV stands in job->iv already. header, iv,
 * body and icv must be contiguous in memory in that order. */
void packet_seal(struct packet_context *context, struct packet_job *jobs, size_t count);
/* Authenticate (constant-time compare) before decrypting; body is untouched unless RC_OK. */
void packet_open(struct packet_context *context, struct packet_job *jobs, size_t count);

#endif
