/* What the cryptography costs on this machine: one line an operation, CPU time of one thread, best
 * of several rounds, and the memory of a packet context. To be compared only within one run. */
#include "crypto/cipher.h"
#include "crypto/dh.h"
#include "crypto/hash.h"
#include "crypto/packet.h"
#include "crypto/random.h"
#include "crypto/words.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 7, ROUND_NS = 20000000, BODY = 1408, CONTEXTS = 1000 };

typedef enum rc work_fn(void *context);

static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Best mean of the rounds; ends the program when the work fails, for then it measures nothing. */
static double measure(work_fn *work, void *context)
{
    double best = 1e18;
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_ns(), spent = 0;
        unsigned count = 0;
        for (; spent < ROUND_NS; count++) {
            if (work(context) != RC_OK) {
                fprintf(stderr, "an operation failed\n");
                exit(1);
            }
            spent = cpu_ns() - start;
        }
        if (spent / count < best)
            best = spent / count;
    }
    return best;
}

struct exchange {
    const struct dh_group *group;
    uint8_t private_value[DH_PRIVATE_MAX];
    uint8_t peer[DH_PUBLIC_MAX];
};

static enum rc do_public(void *context)
{
    struct exchange *exchange = context;
    uint8_t out[DH_PUBLIC_MAX];
    return dh_public(exchange->group, exchange->private_value, out);
}

static enum rc do_shared(void *context)
{
    struct exchange *exchange = context;
    uint8_t out[DH_SHARED_MAX];
    return dh_shared(exchange->group, exchange->private_value,
                     (struct span){exchange->peer, exchange->group->public_len}, out);
}

static void bench_dh(const struct rng *rng)
{
    static const uint16_t numbers[] = {1, 2, 5, 14, 15, 16, 19, 20, 21, 31};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct exchange exchange = {.group = dh_group(numbers[i])};
        rng_bytes(rng, exchange.private_value, sizeof exchange.private_value);
        if (dh_public(exchange.group, exchange.private_value, exchange.peer) != RC_OK)
            exit(1);
        rng_bytes(rng, exchange.private_value, sizeof exchange.private_value);
        printf("group %2u: public %7.1f us, shared %7.1f us\n", numbers[i],
               measure(do_public, &exchange) / 1e3, measure(do_shared, &exchange) / 1e3);
    }
}

static enum rc do_hmac(void *context)
{
    const enum hash_alg *alg = context;
    uint8_t key[20] = {1}, data[200] = {2}, out[HASH_MAX];
    struct span part = {data, sizeof data};
    return hash_hmac(*alg, (struct span){key, sizeof key}, &part, 1, out);
}

static enum rc do_cbc(void *context)
{
    const enum cipher_alg *alg = context;
    uint8_t key[CIPHER_KEY_MAX] = {1}, iv[CIPHER_BLOCK_MAX] = {2}, data[192] = {3};
    struct span k = {key, cipher_key_len(*alg, 128)};
    return cipher_cbc_encrypt(*alg, k, iv, data, data, sizeof data);
}

static void bench_messages(void)
{
    for (enum hash_alg alg = HASH_MD5; alg <= HASH_SHA512; alg++)
        printf("HMAC %s, 200 octets: %.0f ns\n", hash_word(alg), measure(do_hmac, &alg));
    for (enum cipher_alg alg = CIPHER_DES; alg <= CIPHER_AES; alg++)
        printf("CBC %s, 192 octets: %.0f ns\n", cipher_word(alg), measure(do_cbc, &alg));
}

struct flow {
    struct packet_context *context;
    struct packet_job job;
    uint8_t packet[2048], sealed[2048];
    size_t len;
};

static enum rc do_seal(void *context)
{
    struct flow *flow = context;
    packet_seal(flow->context, &flow->job, 1);
    return flow->job.rc;
}

static enum rc do_open(void *context)
{
    struct flow *flow = context;
    memcpy(flow->packet, flow->sealed, flow->len);
    packet_open(flow->context, &flow->job, 1);
    return flow->job.rc;
}

static struct packet_context *context_of(const struct packet_suite *suite)
{
    static const uint8_t keymat[128] = {7};
    struct packet_context *context =
        packet_context_new(suite, (struct span){keymat, packet_key_len(suite)});
    if (!context)
        exit(1);
    return context;
}

static size_t context_octets(const struct packet_suite *suite)
{
    static struct packet_context *contexts[CONTEXTS];
    size_t before = mallinfo2().uordblks;
    for (size_t i = 0; i < CONTEXTS; i++)
        contexts[i] = context_of(suite);
    size_t octets = (mallinfo2().uordblks - before) / CONTEXTS;
    for (size_t i = 0; i < CONTEXTS; i++)
        packet_context_free(contexts[i]);
    return octets;
}

static void bench_suite(const char *name, const struct packet_suite *suite)
{
    static struct flow flow;
    size_t iv_len = packet_iv_len(suite);
    flow = (struct flow){.context = context_of(suite), .len = 8 + iv_len + BODY + suite->icv_len};
    flow.job = (struct packet_job){.header = flow.packet,
                                   .iv = flow.packet + 8,
                                   .body = flow.packet + 8 + iv_len,
                                   .len = BODY,
                                   .icv = flow.packet + 8 + iv_len + BODY};
    double seal = measure(do_seal, &flow);
    memcpy(flow.sealed, flow.packet, flow.len);
    double open = measure(do_open, &flow);
    printf("%s, %d octets: seal %.0f ns, open %.0f ns; a context has %zu octets\n", name, BODY,
           seal, open, context_octets(suite));
    packet_context_free(flow.context);
}

int main(void)
{
    static const struct {
        const char *name;
        struct packet_suite suite;
    } suites[] = {
        {"AES-128-GCM-16", {PACKET_AES_GCM, 128, HASH_NONE, 16}},
        {"AES-128-CBC + SHA1", {PACKET_AES_CBC, 128, HASH_SHA1, 12}},
        {"AES-256-CBC + SHA256", {PACKET_AES_CBC, 256, HASH_SHA256, 16}},
        {"AES-128-CTR + SHA1", {PACKET_AES_CTR, 128, HASH_SHA1, 12}},
        {"3DES-CBC + SHA1", {PACKET_3DES_CBC, 0, HASH_SHA1, 12}},
        {"NULL + SHA1", {PACKET_NULL, 0, HASH_SHA1, 12}},
    };
    struct rng rng = random_rng();
    bench_messages();
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        bench_suite(suites[i].name, &suites[i].suite);
    bench_dh(&rng);
    return 0;
}
