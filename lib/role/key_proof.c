/* Searches for the key that made a message, on the loop's worker threads: each job owns a copy of
 * all it reads, and wipes it. */
#include "base/wipe.h"
#include "ike/key_scan.h"
#include "role/key_state.h"

#include <stdlib.h>
#include <string.h>

enum { PROOF_JOBS_MAX = 64 };

struct proof_job {
    uv_work_t work;
    struct key *key;
    struct key_scan *scan; /* owned */
    struct answer answer;
};

static void compute(uv_work_t *work)
{
    struct proof_job *job = work->data;
    job->answer.rc = key_scan_run(job->scan, &job->answer.tried);
}

static void free_job(struct proof_job *job)
{
    wipe(job->scan, job->scan->size);
    free(job->scan);
    free(job);
}

static void computed(uv_work_t *work, int status)
{
    struct proof_job *job = work->data;
    struct key *key = job->key;
    key->proofs_running--;
    if (status != 0)
        job->answer.rc = RC_FULL;
    /* A job that ends after the engine did is nobody's. */
    if (key->engine) {
        struct io io = key_turn(key);
        engine_answer(key->engine, &job->answer, &io);
        key_turn_end(key);
    }
    free_job(job);
}

static struct proof_job *new_job(struct key *key, const struct key_scan *scan)
{
    struct proof_job *job = key->proofs_running < PROOF_JOBS_MAX ? calloc(1, sizeof *job) : NULL;
    struct key_scan *copy = job ? malloc(scan->size) : NULL;
    if (!copy) {
        free(job);
        return NULL;
    }
    memcpy(copy, scan, scan->size);
    job->work.data = job;
    job->key = key;
    job->scan = copy;
    job->answer = (struct answer){.kind = ANSWER_KEY, .ticket = scan->ticket};
    return job;
}

void key_proof_start(struct key *key, const struct key_scan *scan)
{
    struct proof_job *job = new_job(key, scan);
    if (job && uv_queue_work(key->loop, &job->work, compute, computed) == 0) {
        key->proofs_running++;
        return;
    }
    if (job)
        free_job(job);
    struct io io = key_turn(key);
    const struct answer answer = {.kind = ANSWER_KEY, .ticket = scan->ticket, .rc = RC_FULL};
    engine_answer(key->engine, &answer, &io);
}
