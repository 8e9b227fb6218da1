/* How many packets a second one core seals and opens, by suite and size, in batches as the data
 * path handles them: selectors, counters, replay window and cipher, without system calls. */
#include "crypto/random.h"
#include "crypto/words.h"
#include "esp/inner.h"
#include "esp/open.h"
#include "esp/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { STRIDE = 2048, SPI = 0x1234, RUN_NS = 300000000 };

static const struct packet_suite suites[] = {
    {PACKET_AES_GCM, 128, HASH_NONE, 16},   {PACKET_AES_GCM, 256, HASH_NONE, 16},
    {PACKET_AES_CBC, 128, HASH_SHA1, 12},   {PACKET_AES_CBC, 256, HASH_SHA256, 16},
    {PACKET_AES_CBC, 256, HASH_SHA512, 32}, {PACKET_3DES_CBC, 0, HASH_SHA1, 12},
    {PACKET_NULL, 0, HASH_SHA1, 12},
};

static uint8_t memory[ESP_BATCH][STRIDE];

struct pair {
    struct esp_sadb *sadb;
    struct rng rng;
    uint64_t seal_ns, open_ns, packets;
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void add_sa(struct esp_sadb *sadb, const struct packet_suite *suite,
                   enum esp_direction direction)
{
    struct esp_params params = {.direction = direction,
                                .spi = SPI,
                                .tunnel = 1,
                                .encapsulation = ESP_UDP,
                                .suite = *suite,
                                .replay_window = 1024};
    params.ours = params.theirs =
        selector_of_prefix((struct prefix){{ADDR_V4, {10}}, 8}); /* both ways in one process */
    if (esp_sadb_install(sadb, &params) != RC_OK)
        abort();
}

static void write_inner(uint8_t *at, size_t len)
{
    static const uint8_t header[20] = {0x45, 0, 0,  0, 0, 0, 0,  0, 64, 17,
                                       0,    0, 10, 1, 1, 1, 10, 2, 2,  2};
    memcpy(at, header, sizeof header);
    at[2] = (uint8_t)(len >> 8);
    at[3] = (uint8_t)len;
}

/* One batch out and in again. */
static void turn(struct pair *pair, size_t len)
{
    struct esp_buffer buffers[ESP_BATCH];
    uint64_t start = now_ns();
    for (size_t i = 0; i < ESP_BATCH; i++) {
        struct esp_inner inner;
        buffers[i] = (struct esp_buffer){.at = memory[i] + ESP_HEADROOM,
                                         .len = len,
                                         .headroom = ESP_HEADROOM,
                                         .tailroom = STRIDE - ESP_HEADROOM - len};
        write_inner(buffers[i].at, len);
        if (esp_inner_parse((struct span){buffers[i].at, len}, &inner) != RC_OK)
            abort();
        buffers[i].sa = esp_sadb_outbound(pair->sadb, 0, &inner);
    }
    esp_seal(buffers, ESP_BATCH, 1, &pair->rng);
    uint64_t middle = now_ns();
    for (size_t i = 0; i < ESP_BATCH; i++)
        buffers[i].encapsulation = ESP_UDP;
    esp_open(pair->sadb, buffers, ESP_BATCH, 1);
    uint64_t end = now_ns();
    for (size_t i = 0; i < ESP_BATCH; i++)
        if (buffers[i].drop != DROP_NONE)
            abort();
    pair->seal_ns += middle - start;
    pair->open_ns += end - middle;
    pair->packets += ESP_BATCH;
}

static void measure(const struct packet_suite *suite, size_t len)
{
    char name[SUITE_TEXT];
    struct pair pair = {.sadb = esp_sadb_new(1, 10), .rng = random_rng()};
    if (!pair.sadb)
        abort();
    add_sa(pair.sadb, suite, ESP_INBOUND);
    add_sa(pair.sadb, suite, ESP_OUTBOUND);
    while (pair.seal_ns + pair.open_ns < RUN_NS)
        turn(&pair, len);
    double seal = (double)pair.seal_ns / (double)pair.packets;
    double open = (double)pair.open_ns / (double)pair.packets;
    printf("%-28s %5zu octets  seal %7.0f ns %6.0f kpps %6.2f Gbit/s  open %7.0f ns %6.0f kpps "
           "%6.2f Gbit/s\n",
           suite_format(suite, name), len, seal, 1e6 / seal, 8.0 * (double)len / seal, open,
           1e6 / open, 8.0 * (double)len / open);
    esp_sadb_free(pair.sadb);
}

int main(void)
{
    static const size_t sizes[] = {64, 512, 1408};
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++)
            measure(&suites[i], sizes[k]);
    return 0;
}
