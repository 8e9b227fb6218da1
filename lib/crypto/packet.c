/* ESP protection with one OpenSSL cipher context and one MAC context an SA: the key schedules stay,
 * a packet brings only its IV. CBC and CTR encrypt, then authenticate (RFC 4303, 3.3.2); GCM is
 * RFC 4106. */
#include "crypto/packet.h"

#include "base/builder.h"
#include "base/wipe.h"
#include "crypto/cipher.h"
#include "crypto/hash_mac.h"
#include "crypto/packet_suite.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

enum { HEADER_LEN = 8, SPI_LEN = 4, HIGH_LEN = 4, NONCE_MAX = 4, IV_MAX = 16 };
enum { OPENING = 0, SEALING = 1, NEITHER = -1 }; /* the first two in OpenSSL's numbering */

struct packet_context {
    struct packet_suite suite;
    const struct packet_facts *facts;
    EVP_CIPHER_CTX *cipher; /* NULL with PACKET_NULL */
    EVP_MAC_CTX *mac;       /* NULL with GCM */
    int direction;          /* of the key schedule in cipher */
    uint8_t nonce[NONCE_MAX];
    uint8_t key[CIPHER_KEY_MAX];
};

/* A cipher context with its algorithm and, to begin with, the key schedule for sealing. */
static bool make_cipher(struct packet_context *context)
{
    char name[16];
    if (!context->facts->library)
        return true;
    if (context->suite.key_bits)
        snprintf(name, sizeof name, "AES-%u-%s", context->suite.key_bits, context->facts->library);
    else
        snprintf(name, sizeof name, "%s", context->facts->library);
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    context->cipher = cipher ? EVP_CIPHER_CTX_new() : NULL;
    context->direction = SEALING;
    bool made =
        context->cipher &&
        EVP_CipherInit_ex2(context->cipher, cipher, context->key, NULL, SEALING, NULL) == 1 &&
        EVP_CIPHER_CTX_set_padding(context->cipher, 0) == 1;
    EVP_CIPHER_free(cipher);
    return made;
}

/* Cut the key material (RFC 2409, 5.5; RFC 3686, 5.1; RFC 4106, 8.1) and make the contexts. */
static bool set_keys(struct packet_context *context, struct cursor keymat)
{
    const struct packet_suite *suite = &context->suite;
    cursor_copy(&keymat, context->key, packet_cipher_key_len(suite));
    if (suite->cipher == PACKET_DES_CBC)
        cipher_triple_des(context->key);
    cursor_copy(&keymat, context->nonce, context->facts->nonce_len);
    struct span mac_key = cursor_span(&keymat, hash_len(suite->integrity));
    if (!cursor_done(&keymat) || !make_cipher(context))
        return false;
    if (suite->integrity == HASH_NONE)
        return true;
    context->mac = hash_mac_new(suite->integrity, mac_key);
    return context->mac != NULL;
}

struct packet_context *packet_context_new(const struct packet_suite *suite, struct span keymat)
{
    size_t len = packet_key_len(suite);
    if (len == 0 || keymat.len != len)
        return NULL;
    struct packet_context *context = calloc(1, sizeof *context);
    if (!context)
        return NULL;
    context->suite = *suite;
    context->facts = packet_facts(suite->cipher);
    if (set_keys(context, cursor_over(keymat)))
        return context;
    packet_context_free(context);
    return NULL;
}

void packet_context_free(struct packet_context *context)
{
    if (!context)
        return;
    EVP_CIPHER_CTX_free(context->cipher);
    EVP_MAC_CTX_free(context->mac);
    wipe(context, sizeof *context);
    free(context);
}

static bool job_fits(const struct packet_context *context, const struct packet_job *job)
{
    size_t iv_len = context->facts->iv_len;
    return job->len <= INT_MAX && job->len % context->facts->align == 0 &&
           (iv_len == 0 || job->iv == job->header + HEADER_LEN) &&
           job->body == job->header + HEADER_LEN + iv_len && job->icv == job->body + job->len;
}

/* Give the cipher this packet's IV, and the key again only when the direction differs from last
 * time: an SA has one direction, so that happens once at most. */
static bool start(struct packet_context *context, const struct packet_job *job, int direction)
{
    const struct packet_facts *facts = context->facts;
    const uint8_t *key = context->direction == direction ? NULL : context->key;
    uint8_t iv[IV_MAX] = {0};
    memcpy(iv, context->nonce, facts->nonce_len);
    memcpy(iv + facts->nonce_len, job->iv, facts->iv_len);
    if (facts->mode == PACKET_MODE_CTR)
        iv[IV_MAX - 1] = 1; /* RFC 3686, 4: blocks are counted from one */
    context->direction = NEITHER;
    if (EVP_CipherInit_ex2(context->cipher, NULL, key, iv, direction, NULL) != 1)
        return false;
    context->direction = direction;
    return true;
}

static bool transform(struct packet_context *context, const struct packet_job *job)
{
    int written = 0;
    int len = (int)job->len; /* job_fits */
    return len == 0 || (EVP_CipherUpdate(context->cipher, job->body, &written, job->body, len) &&
                        written == len);
}

static bool crypt_body(struct packet_context *context, const struct packet_job *job, int direction)
{
    return !context->cipher || (start(context, job, direction) && transform(context, job));
}

static void put_high(uint8_t out[HIGH_LEN], const struct packet_job *job)
{
    struct builder b = builder_of(out, HIGH_LEN);
    builder_u32(&b, job->sequence_high);
}

/* The whole HMAC over header, IV and body; with ESN the high half follows (RFC 4303, 2.2.1). */
static bool authenticate(struct packet_context *context, const struct packet_job *job,
                         uint8_t tag[HASH_MAX])
{
    uint8_t high[HIGH_LEN];
    size_t len = 0;
    size_t covered = HEADER_LEN + context->facts->iv_len + job->len;
    put_high(high, job);
    return EVP_MAC_init(context->mac, NULL, 0, NULL) == 1 && /* NULL: the key it has */
           EVP_MAC_update(context->mac, job->header, covered) == 1 &&
           (!job->use_esn || EVP_MAC_update(context->mac, high, sizeof high) == 1) &&
           EVP_MAC_final(context->mac, tag, &len, HASH_MAX) == 1;
}

/* RFC 4106, 5: SPI and sequence, or SPI and both halves of the extended one. */
static bool gcm_aad(struct packet_context *context, const struct packet_job *job)
{
    uint8_t aad[HEADER_LEN + HIGH_LEN];
    int written;
    struct builder b = builder_of(aad, sizeof aad);
    builder_bytes(&b, job->header, SPI_LEN);
    if (job->use_esn)
        builder_u32(&b, job->sequence_high);
    builder_bytes(&b, job->header + SPI_LEN, HEADER_LEN - SPI_LEN);
    return EVP_CipherUpdate(context->cipher, NULL, &written, aad, (int)builder_len(&b)) == 1;
}

static bool gcm_finish(struct packet_context *context)
{
    uint8_t none[IV_MAX]; /* GCM ends with no further octets */
    int written;
    return EVP_CipherFinal_ex(context->cipher, none, &written) == 1;
}

static enum rc gcm_seal(struct packet_context *context, const struct packet_job *job)
{
    bool sealed = start(context, job, SEALING) && gcm_aad(context, job) &&
                  transform(context, job) && gcm_finish(context) &&
                  EVP_CIPHER_CTX_ctrl(context->cipher, EVP_CTRL_AEAD_GET_TAG,
                                      context->suite.icv_len, job->icv) == 1;
    return sealed ? RC_OK : RC_CRYPTO;
}

/* The tag is known only after the body was decrypted in place. A forged packet is therefore put
 * back: the same key stream a second time is its own undoing, and only forgeries pay for it. */
static enum rc gcm_open(struct packet_context *context, const struct packet_job *job)
{
    if (!start(context, job, OPENING) || !gcm_aad(context, job) ||
        EVP_CIPHER_CTX_ctrl(context->cipher, EVP_CTRL_AEAD_SET_TAG, context->suite.icv_len,
                            job->icv) != 1 ||
        !transform(context, job))
        return RC_CRYPTO;
    if (gcm_finish(context))
        return RC_OK;
    return crypt_body(context, job, OPENING) ? RC_AUTH_FAILED : RC_CRYPTO;
}

static enum rc mac_seal(struct packet_context *context, const struct packet_job *job)
{
    uint8_t tag[HASH_MAX];
    if (!crypt_body(context, job, SEALING) || !authenticate(context, job, tag))
        return RC_CRYPTO;
    memcpy(job->icv, tag, context->suite.icv_len);
    return RC_OK;
}

static enum rc mac_open(struct packet_context *context, const struct packet_job *job)
{
    uint8_t tag[HASH_MAX];
    if (!authenticate(context, job, tag))
        return RC_CRYPTO;
    if (!hash_equal(tag, job->icv, context->suite.icv_len))
        return RC_AUTH_FAILED;
    return crypt_body(context, job, OPENING) ? RC_OK : RC_CRYPTO;
}

void packet_seal(struct packet_context *context, struct packet_job *jobs, size_t count)
{
    bool gcm = context->facts->mode == PACKET_MODE_GCM;
    for (size_t i = 0; i < count; i++) {
        if (!job_fits(context, &jobs[i]))
            jobs[i].rc = RC_MALFORMED;
        else
            jobs[i].rc = gcm ? gcm_seal(context, &jobs[i]) : mac_seal(context, &jobs[i]);
    }
}

void packet_open(struct packet_context *context, struct packet_job *jobs, size_t count)
{
    bool gcm = context->facts->mode == PACKET_MODE_GCM;
    for (size_t i = 0; i < count; i++) {
        if (!job_fits(context, &jobs[i]))
            jobs[i].rc = RC_MALFORMED;
        else
            jobs[i].rc = gcm ? gcm_open(context, &jobs[i]) : mac_open(context, &jobs[i]);
    }
}
