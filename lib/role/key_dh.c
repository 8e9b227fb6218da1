/* Diffie-Hellman on the loop's worker threads: the job owns all it reads and writes, so threads
 * share nothing, and a flood of handshakes never stalls the loop. */
#include "base/wipe.h"
#include "crypto/cipher.h"
#include "crypto/hash.h"
#include "role/key_state.h"

#include <stdlib.h>

enum { DH_JOBS_MAX = 512 };

struct dh_job {
    uv_work_t work;
    struct key *key;
    struct effect_ask_dh ask;
    struct answer answer;
};

static void compute(uv_work_t *work)
{
    struct dh_job *job = work->data;
    const struct dh_group *group = dh_group(job->ask.group);
    struct answer *answer = &job->answer;
    answer->rc = group ? RC_OK : RC_UNSUPPORTED;
    if (answer->rc == RC_OK && job->ask.want_public)
        answer->rc = dh_public(group, job->ask.private_value, answer->public_value);
    if (answer->rc == RC_OK && job->ask.peer_public_len)
        answer->rc = dh_shared(group, job->ask.private_value,
                               (struct span){job->ask.peer_public, job->ask.peer_public_len},
                               answer->shared);
}

static void computed(uv_work_t *work, int status)
{
    struct dh_job *job = work->data;
    struct key *key = job->key;
    key->dh_running--;
    if (status != 0)
        job->answer.rc = RC_AGAIN;
    /* A job that ends after the engine did is nobody's. */
    if (key->engine) {
        struct io io = key_turn(key);
        engine_answer(key->engine, &job->answer, &io);
        key_turn_end(key);
    }
    wipe(job, sizeof *job);
    free(job);
}

/* No thread for it: the engine hears so at once, and the exchange ends. */
static void refuse(struct key *key, const struct effect_ask_dh *ask)
{
    struct io io = key_turn(key);
    const struct answer answer = {.kind = ANSWER_DH, .ticket = ask->ticket, .rc = RC_FULL};
    engine_answer(key->engine, &answer, &io);
}

void key_dh_start(struct key *key, const struct effect_ask_dh *ask)
{
    struct dh_job *job = key->dh_running < DH_JOBS_MAX ? calloc(1, sizeof *job) : NULL;
    if (!job) {
        refuse(key, ask);
        return;
    }
    job->work.data = job;
    job->key = key;
    job->ask = *ask;
    job->answer = (struct answer){.kind = ANSWER_DH, .ticket = ask->ticket};
    if (uv_queue_work(key->loop, &job->work, compute, computed) != 0) {
        wipe(job, sizeof *job);
        free(job);
        refuse(key, ask);
        return;
    }
    key->dh_running++;
}

enum rc key_crypto_warm_up(struct key *key)
{
    static const uint16_t groups[] = {1, 2, 5, 14, 15, 16, 19, 20, 21, 31};
    static const struct {
        enum cipher_alg cipher;
        unsigned bits;
    } ciphers[] = {
        {CIPHER_DES, 0}, {CIPHER_3DES, 0}, {CIPHER_AES, 128}, {CIPHER_AES, 192}, {CIPHER_AES, 256}};
    uint8_t private_value[DH_PRIVATE_MAX], public_value[DH_PUBLIC_MAX];
    uint8_t secret[CIPHER_KEY_MAX] = {0}, iv[CIPHER_BLOCK_MAX] = {0}, block[CIPHER_BLOCK_MAX] = {0};
    uint8_t digest[HASH_MAX];
    enum rc rc = RC_OK;
    rng_bytes(&key->rng, private_value, sizeof private_value);
    for (size_t i = 0; rc == RC_OK && i < sizeof groups / sizeof groups[0]; i++)
        rc = dh_public(dh_group(groups[i]), private_value, public_value);
    for (int hash = HASH_MD5; rc == RC_OK && hash <= HASH_SHA512; hash++)
        rc = hash_hmac((enum hash_alg)hash, (struct span){secret, 16},
                       &(struct span){block, sizeof block}, 1, digest);
    for (size_t i = 0; rc == RC_OK && i < sizeof ciphers / sizeof ciphers[0]; i++)
        rc = cipher_cbc_encrypt(
            ciphers[i].cipher,
            (struct span){secret, cipher_key_len(ciphers[i].cipher, ciphers[i].bits)}, iv, block,
            block, cipher_block(ciphers[i].cipher));
    wipe(private_value, sizeof private_value);
    return rc;
}
