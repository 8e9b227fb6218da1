/* What the tests of the data path share: parameters of an SA pair between 10.1.0.0/16 (the hub's
 * side) and 10.2.0.0/16, inner packets, buffers whose ends AddressSanitizer guards. */
#ifndef HUBWARD_TESTS_UNIT_ESP_LAB_H
#define HUBWARD_TESTS_UNIT_ESP_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "esp/open.h"
#include "esp/seal.h"
#include "unit/base/octets.h"
#include "unit/esp/known.h"

enum { LAB_SPI = KNOWN_SPI, LAB_TUNNEL = 77, LAB_NOW = 5000 };

static const struct packet_suite lab_gcm = {PACKET_AES_GCM, 128, HASH_NONE, 16};
static const struct packet_suite lab_cbc = {PACKET_AES_CBC, 128, HASH_SHA1, 12};

static inline struct addr lab_addr(const char *text)
{
    struct addr addr;
    if (addr_parse(text, &addr) != RC_OK)
        abort();
    return addr;
}

static inline struct selector lab_net(const char *text, uint8_t len)
{
    return selector_of_prefix(prefix_of(lab_addr(text), len));
}

/* Seen from the hub; what one side seals with the outbound SA, the same database opens with the
 * inbound SA of the same SPI once ours and theirs are exchanged. */
static inline struct esp_params lab_params(enum esp_direction direction,
                                           const struct packet_suite *suite)
{
    struct esp_params params = {.direction = direction,
                                .spi = LAB_SPI,
                                .tunnel = LAB_TUNNEL,
                                .encapsulation = ESP_UDP,
                                .local = {lab_addr("10.48.67.181"), 4500},
                                .remote = {lab_addr("10.100.2.102"), 4500},
                                .suite = *suite,
                                .replay_window = 64};
    bool in = direction == ESP_INBOUND;
    params.ours = lab_net(in ? "10.2.0.0" : "10.1.0.0", 16);
    params.theirs = lab_net(in ? "10.1.0.0" : "10.2.0.0", 16);
    for (size_t i = 0; i < packet_key_len(suite); i++)
        params.keymat[i] = (uint8_t)(KNOWN_KEY_FIRST + i);
    return params;
}

/* A generator that always gives the IV of the known packets. */
static inline void lab_fill(void *context, uint8_t *out, size_t n)
{
    (void)context;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(KNOWN_IV_FIRST + i % 16);
}
static const struct rng lab_rng = {lab_fill, NULL};

/* A heap block of exactly room before, packet and room behind. */
struct lab_packet {
    uint8_t *block;
    struct esp_buffer buffer;
};

static inline struct lab_packet lab_packet_of(const void *bytes, size_t len, size_t headroom,
                                              size_t tailroom)
{
    struct lab_packet packet = {.block = malloc(headroom + len + tailroom)};
    if (!packet.block)
        abort();
    memset(packet.block, 0xee, headroom + len + tailroom);
    memcpy(packet.block + headroom, bytes, len);
    packet.buffer = (struct esp_buffer){.at = packet.block + headroom,
                                        .len = len,
                                        .headroom = headroom,
                                        .tailroom = tailroom,
                                        .encapsulation = ESP_UDP,
                                        .remote = {lab_addr("10.100.2.102"), 4500}};
    return packet;
}

static inline struct lab_packet lab_inner(void)
{
    struct octets inner = octets_hex(known_inner);
    return lab_packet_of(inner.bytes, inner.len, ESP_HEADROOM, ESP_TAILROOM);
}

/* An ESP packet as it comes off the wire: no room to spare. */
static inline struct lab_packet lab_wire(const void *bytes, size_t len)
{
    return lab_packet_of(bytes, len, 0, 0);
}

static inline struct esp_sadb *lab_sadb(const struct esp_params *params)
{
    struct esp_sadb *sadb = esp_sadb_new(1, 100);
    assert_non_null(sadb);
    assert_int_equal(esp_sadb_install(sadb, params), RC_OK);
    return sadb;
}

/* A database with the inbound SA of LAB_SPI. */
static inline struct esp_sadb *lab_inbound(const struct packet_suite *suite)
{
    struct esp_params params = lab_params(ESP_INBOUND, suite);
    return lab_sadb(&params);
}

/* Seal one packet with an SA of its own and this sequence number; result on the heap. */
static inline struct octets lab_sealed(const struct packet_suite *suite, const void *inner,
                                       size_t len, uint32_t sequence)
{
    struct esp_params params = lab_params(ESP_OUTBOUND, suite);
    struct esp_sa *sa;
    assert_int_equal(esp_sa_new(&params, &sa), RC_OK);
    sa->sequence = sequence - 1;
    struct lab_packet packet = lab_packet_of(inner, len, ESP_HEADROOM, ESP_TAILROOM);
    packet.buffer.sa = sa;
    esp_seal(&packet.buffer, 1, LAB_NOW, &lab_rng);
    assert_int_equal(packet.buffer.drop, DROP_NONE);
    struct octets out = {.len = packet.buffer.len};
    memcpy(out.bytes, packet.buffer.at, out.len);
    free(packet.block);
    esp_sa_free(sa);
    return out;
}

/* The known inner packet, sealed under this number. */
static inline struct octets lab_echo(const struct packet_suite *suite, uint32_t sequence)
{
    struct octets inner = octets_hex(known_inner);
    return lab_sealed(suite, inner.bytes, inner.len, sequence);
}

/* Seal a body as it is: trailer, padding and contents are the test's. */
static inline struct octets lab_raw(const struct packet_suite *suite, const void *body, size_t len,
                                    uint32_t sequence)
{
    struct esp_params params = lab_params(ESP_OUTBOUND, suite);
    struct packet_context *context =
        packet_context_new(suite, (struct span){params.keymat, packet_key_len(suite)});
    assert_non_null(context);
    struct octets out = {0};
    struct builder b = builder_of(out.bytes, sizeof out.bytes);
    builder_u32(&b, LAB_SPI);
    builder_u32(&b, sequence);
    builder_zeros(&b, packet_iv_len(suite));
    uint8_t *at = builder_room(&b, len);
    assert_non_null(at);
    memcpy(at, body, len);
    struct packet_job job = {.header = out.bytes,
                             .iv = out.bytes + 8,
                             .body = at,
                             .len = len,
                             .icv = builder_room(&b, suite->icv_len)};
    packet_seal(context, &job, 1);
    assert_int_equal(job.rc, RC_OK);
    packet_context_free(context);
    out.len = builder_len(&b);
    return out;
}

/* Open one packet; what became of it. */
static inline enum drop_reason lab_open(struct esp_sadb *sadb, const struct octets *wire,
                                        uint64_t now_ms)
{
    struct lab_packet packet = lab_wire(wire->bytes, wire->len);
    esp_open(sadb, &packet.buffer, 1, now_ms);
    enum drop_reason drop = packet.buffer.drop;
    free(packet.block);
    return drop;
}

#endif
