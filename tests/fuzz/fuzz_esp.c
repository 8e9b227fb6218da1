/* Fuzzing the data path. The first octet says how the rest is used: as a packet off the wire, as
 * the body of an authentic packet (what a peer with keys can do), as an inner packet to seal and
 * open again, or as an SA from another process. */
#include "esp/inner.h"
#include "esp/open.h"
#include "esp/seal.h"

#include <stdlib.h>

enum { SPI = 0x1234, INPUT_MAX = 4096 };

static const struct packet_suite suites[] = {
    {PACKET_NULL, 0, HASH_MD5, 12},
    {PACKET_3DES_CBC, 0, HASH_SHA1, 12},
    {PACKET_AES_CBC, 128, HASH_SHA1, 12},
    {PACKET_AES_GCM, 128, HASH_NONE, 16},
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static struct selector everything(uint8_t version)
{
    struct addr first = {.family = version == 4 ? ADDR_V4 : ADDR_V6};
    return selector_of_prefix(prefix_of(first, 0));
}

static struct esp_params params_of(enum esp_direction direction, const struct packet_suite *suite,
                                   uint8_t version)
{
    struct esp_params params = {.direction = direction, .spi = SPI, .suite = *suite};
    params.ours = params.theirs = everything(version);
    params.replay_window = 64;
    params.remote_may_move = true;
    return params;
}

static void no_randomness(void *context, uint8_t *out, size_t n)
{
    (void)context;
    memset(out, 0x55, n);
}

/* Open a heap copy of exact size; on success the result is a packet inside that copy. */
static enum drop_reason open_exact(struct esp_sadb *sadb, const uint8_t *bytes, size_t len,
                                   uint8_t tos)
{
    uint8_t *copy = malloc(len);
    require(copy != NULL);
    memcpy(copy, bytes, len);
    struct esp_buffer buffer = {.at = copy, .len = len, .tos = tos};
    struct esp_inner inner;
    esp_open(sadb, &buffer, 1, 1);
    if (buffer.drop == DROP_NONE) {
        require(buffer.at >= copy && buffer.at + buffer.len <= copy + len);
        require(buffer.headroom + buffer.len + buffer.tailroom == len);
        require(esp_inner_parse((struct span){buffer.at, buffer.len}, &inner) == RC_OK);
        require(inner.total_len == buffer.len);
        require(!esp_inner_is_martian(&inner));
    }
    free(copy);
    return buffer.drop;
}

static struct esp_sadb *database(const struct packet_suite *suite, uint8_t version)
{
    struct esp_sadb *sadb = esp_sadb_new(1, 4);
    struct esp_params params = params_of(ESP_INBOUND, suite, version);
    require(sadb && esp_sadb_install(sadb, &params) == RC_OK);
    return sadb;
}

/* What anybody can send: without the key nothing is ever accepted. */
static void hostile_packet(const struct packet_suite *suite, const uint8_t *data, size_t size)
{
    struct esp_sadb *sadb = database(suite, 4);
    require(open_exact(sadb, data, size, 0) != DROP_NONE);
    esp_sadb_free(sadb);
}

/* What a peer can send: any body under the right key. */
static void authentic_body(const struct packet_suite *suite, const uint8_t *data, size_t size,
                           uint8_t version, uint8_t tos)
{
    uint8_t bytes[INPUT_MAX + 64] = {0, 0, SPI >> 8, SPI & 0xff, 0, 0, 0, 1};
    struct esp_params params = params_of(ESP_OUTBOUND, suite, version);
    struct packet_context *context =
        packet_context_new(suite, (struct span){params.keymat, packet_key_len(suite)});
    size_t iv_len = packet_iv_len(suite);
    size -= size % packet_align(suite);
    struct packet_job job = {.header = bytes, .iv = bytes + 8, .body = bytes + 8 + iv_len};
    memcpy(job.body, data, size);
    job.len = size;
    job.icv = job.body + size;
    require(context != NULL);
    packet_seal(context, &job, 1);
    require(job.rc == RC_OK);
    struct esp_sadb *sadb = database(suite, version);
    enum drop_reason drop = open_exact(sadb, bytes, 8 + iv_len + size + suite->icv_len, tos);
    require(drop != DROP_ESP_AUTH && drop != DROP_ESP_REPLAY);
    esp_sadb_free(sadb);
    packet_context_free(context);
}

/* What comes out of a TUN: sealed and opened it is the same packet. */
static void inner_packet(const struct packet_suite *suite, const uint8_t *data, size_t size)
{
    const struct rng rng = {no_randomness, NULL};
    uint8_t version = size ? data[0] >> 4 : 4;
    struct esp_params params = params_of(ESP_OUTBOUND, suite, version);
    struct esp_sa *sa;
    require(esp_sa_new(&params, &sa) == RC_OK);
    uint8_t *room = malloc(ESP_HEADROOM + size + ESP_TAILROOM);
    require(room != NULL);
    memcpy(room + ESP_HEADROOM, data, size);
    struct esp_buffer buffer = {.at = room + ESP_HEADROOM,
                                .len = size,
                                .headroom = ESP_HEADROOM,
                                .tailroom = ESP_TAILROOM,
                                .sa = sa};
    esp_seal(&buffer, 1, 1, &rng);
    if (buffer.drop == DROP_NONE) {
        struct esp_sadb *sadb = database(suite, version);
        enum drop_reason drop = open_exact(sadb, buffer.at, buffer.len, buffer.tos);
        require(drop == DROP_NONE || drop == DROP_ESP_SELECTOR);
        esp_sadb_free(sadb);
    }
    free(room);
    esp_sa_free(sa);
}

/* What another process says: refused, or an SA that can be installed and said again. */
static void foreign_params(const uint8_t *data, size_t size)
{
    uint8_t again[512];
    struct cursor c = cursor_of(data, size);
    struct esp_params params;
    esp_params_get(&c, &params);
    if (c.bad)
        return;
    struct builder b = builder_of(again, sizeof again);
    esp_params_put(&b, &params);
    require(!b.bad && builder_len(&b) == (size_t)(c.at - data));
    require(memcmp(again, data, builder_len(&b)) == 0);
    struct esp_sadb *sadb = esp_sadb_new(1, 4);
    require(sadb && esp_sadb_install(sadb, &params) == RC_OK);
    esp_sadb_free(sadb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > INPUT_MAX)
        return 0;
    const struct packet_suite *suite = &suites[data[0] & 3];
    uint8_t version = data[0] & 4 ? 6 : 4, tos = data[0] >> 3 & 3;
    switch (data[0] >> 5 & 3) {
    case 0:
        hostile_packet(suite, data + 1, size - 1);
        break;
    case 1:
        authentic_body(suite, data + 1, size - 1, version, tos);
        break;
    case 2:
        inner_packet(suite, data + 1, size - 1);
        break;
    default:
        foreign_params(data + 1, size - 1);
        break;
    }
    return 0;
}
