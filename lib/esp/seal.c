/* The trailer is written behind the packet, header and IV before it, then the cipher takes whole
 * runs of packets of one SA. A sequence number is spent when the packet is prepared and never given
 * back, also when the cipher fails: it is the nonce of GCM and CTR. */
#include "esp/seal.h"

#include "esp/inner.h"

enum { HEADER = 8, TRAILER = 2, IV_MAX = 16 };
enum { NEXT_IPV4 = 4, NEXT_IPV6 = 41 }; /* IANA protocol numbers */

/* Padding octets for a packet of len octets (RFC 4303, 2.4). */
static size_t padding(const struct packet_suite *suite, size_t len)
{
    size_t align = packet_align(suite);
    return (align - (len + TRAILER) % align) % align;
}

static void put_u32(uint8_t *at, uint32_t value)
{
    struct builder b = builder_of(at, 4);
    builder_u32(&b, value);
}

/* A counter that never repeats under the key for GCM and CTR (RFC 4106, 3.1; RFC 3686, 2.1), an
 * unpredictable block for CBC (RFC 3602, 3). */
static void write_iv(const struct esp_sa *sa, uint8_t *iv, const uint8_t random[IV_MAX])
{
    enum packet_cipher cipher = sa->params.suite.cipher;
    size_t len = packet_iv_len(&sa->params.suite);
    if (cipher == PACKET_AES_GCM || cipher == PACKET_AES_CTR) {
        put_u32(iv, (uint32_t)(sa->sequence >> 32));
        put_u32(iv + 4, (uint32_t)sa->sequence);
    } else if (len) {
        memcpy(iv, random, len);
    }
}

static void write_trailer(uint8_t *at, size_t pad, uint8_t next_header)
{
    for (size_t i = 0; i < pad; i++)
        at[i] = (uint8_t)(i + 1);
    at[pad] = (uint8_t)pad;
    at[pad + 1] = next_header;
}

/* Also notes the traffic class for the outer header: DSCP as it is (RFC 4301, 5.1.2), ECN in normal
 * mode (RFC 6040, 4.1). */
static enum drop_reason check(struct esp_buffer *packet, uint64_t now_ms)
{
    struct esp_inner inner;
    if (esp_inner_parse((struct span){packet->at, packet->len}, &inner) != RC_OK)
        return DROP_ESP_INNER;
    if (packet->headroom < ESP_HEADROOM || packet->tailroom < ESP_TAILROOM)
        return DROP_OUT_SIZE;
    packet->tos = inner.tos;
    return esp_sa_admits(packet->sa, packet->len, now_ms);
}

/* Build header, IV and trailer around the packet and describe the work left to the cipher. */
static void wrap(struct esp_buffer *packet, const uint8_t random[IV_MAX], struct packet_job *job)
{
    struct esp_sa *sa = packet->sa;
    const struct packet_suite *suite = &sa->params.suite;
    size_t iv_len = packet_iv_len(suite);
    size_t pad = padding(suite, packet->len);
    uint8_t *body = packet->at;
    bool v4 = body[0] >> 4 == 4;
    write_trailer(body + packet->len, pad, v4 ? NEXT_IPV4 : NEXT_IPV6);
    packet->at = body - iv_len - HEADER;
    put_u32(packet->at, sa->params.spi);
    sa->sequence++;
    put_u32(packet->at + 4, (uint32_t)sa->sequence);
    write_iv(sa, packet->at + HEADER, random);
    *job = (struct packet_job){.header = packet->at,
                               .iv = packet->at + HEADER,
                               .body = body,
                               .len = packet->len + pad + TRAILER,
                               .icv = body + packet->len + pad + TRAILER};
    packet->len = HEADER + iv_len + job->len + suite->icv_len;
}

static void seal_run(struct esp_buffer **packets, struct packet_job *jobs, size_t count)
{
    packet_seal(packets[0]->sa->context, jobs, count);
    for (size_t i = 0; i < count; i++) {
        struct esp_sa *sa = packets[i]->sa;
        if (jobs[i].rc != RC_OK) {
            packets[i]->drop = DROP_OUT_SEND;
            sa->counters.errors++;
        } else if (esp_sa_take_soft(sa)) {
            packets[i]->events |= ESP_EVENT_SOFT;
        }
    }
}

static void seal_batch(struct esp_buffer *packets, size_t count, uint64_t now_ms,
                       const struct rng *rng)
{
    struct esp_buffer *taken[ESP_BATCH];
    struct packet_job jobs[ESP_BATCH];
    uint8_t random[ESP_BATCH * IV_MAX];
    size_t n = 0, run = 0;
    rng_bytes(rng, random, count * IV_MAX); /* one request a batch: the generator's fixed cost is
                                               that of a packet */
    for (size_t i = 0; i < count; i++) {
        struct esp_buffer *packet = &packets[i];
        if (!packet->sa || packet->drop != DROP_NONE)
            continue;
        packet->drop = check(packet, now_ms);
        if (packet->drop != DROP_NONE) {
            packet->sa->counters.errors++;
            continue;
        }
        if (n > run && packet->sa != taken[run]->sa) {
            seal_run(&taken[run], &jobs[run], n - run);
            run = n;
        }
        esp_sa_count(packet->sa, packet->len, now_ms);
        wrap(packet, &random[i * IV_MAX], &jobs[n]);
        taken[n++] = packet;
    }
    if (n > run)
        seal_run(&taken[run], &jobs[run], n - run);
}

void esp_seal(struct esp_buffer *packets, size_t count, uint64_t now_ms, const struct rng *rng)
{
    for (size_t i = 0; i < count; i += ESP_BATCH)
        seal_batch(&packets[i], count - i < ESP_BATCH ? count - i : ESP_BATCH, now_ms, rng);
}
