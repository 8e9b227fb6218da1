/* Every packet goes through the same steps; the first that fails names the drop reason:
 *
 *   length → SPI → encapsulation → expired? → replay check → cipher → replay commit → peer moved?
 *     → padding → next header → inner packet → selectors → ECN → counters
 *
 * What comes before the cipher costs little and changes nothing; the window moves only for an
 * authentic packet, and moves before the contents are judged, so that a packet refused for its
 * contents cannot be tried again. */
#include "esp/open.h"

#include "esp/inner.h"

enum { HEADER = 8, TRAILER = 2 };
enum { NEXT_IPV4 = 4, NEXT_IPV6 = 41, NEXT_NONE = 59 }; /* IANA protocol numbers */
enum { MOVE_MS = 1000 }; /* a peer that hops faster is somebody's replay or flood */

/* A packet that is with the cipher. */
struct opening {
    struct esp_buffer *packet;
    uint32_t sequence;
    uint8_t *body;
    size_t len;
};

static enum drop_reason find_sa(const struct esp_sadb *sadb, struct esp_buffer *packet,
                                struct opening *opening, uint64_t now_ms)
{
    struct cursor c = cursor_of(packet->at, packet->len);
    uint32_t spi = cursor_u32(&c);
    opening->sequence = cursor_u32(&c);
    if (c.bad)
        return DROP_ESP_SHORT;
    struct esp_sa *sa = esp_sadb_inbound(sadb, spi);
    if (!sa)
        return DROP_ESP_SPI;
    packet->sa = sa;
    if (packet->encapsulation != sa->params.encapsulation)
        return DROP_ESP_ENCAPSULATION; /* RFC 3948 leaves mixing out; so do we */
    if (sa->params.hard_ms && now_ms >= sa->params.hard_ms)
        return DROP_ESP_EXPIRED;
    return esp_replay_check(&sa->replay, opening->sequence) == RC_OK ? DROP_NONE : DROP_ESP_REPLAY;
}

/* Divide the packet; the body must be whole cipher blocks and hold at least the trailer. */
static enum drop_reason divide(struct esp_buffer *packet, struct opening *opening,
                               struct packet_job *job)
{
    const struct packet_suite *suite = &packet->sa->params.suite;
    size_t iv_len = packet_iv_len(suite);
    size_t around = HEADER + iv_len + suite->icv_len;
    if (packet->len < around + TRAILER || (packet->len - around) % packet_align(suite) != 0)
        return DROP_ESP_SHORT;
    opening->packet = packet;
    opening->body = packet->at + HEADER + iv_len;
    opening->len = packet->len - around;
    *job = (struct packet_job){.header = packet->at,
                               .iv = packet->at + HEADER,
                               .body = opening->body,
                               .len = opening->len,
                               .icv = opening->body + opening->len};
    return DROP_NONE;
}

/* The peer is where its newest authentic packet came from (RFC 3947, 4: only when it is behind a
 * NAT). */
static void follow(struct esp_buffer *packet, bool newer, uint64_t now_ms)
{
    struct esp_sa *sa = packet->sa;
    if (!newer || !sa->params.remote_may_move || endpoint_equal(packet->remote, sa->params.remote))
        return;
    if (sa->moved_ms && now_ms - sa->moved_ms < MOVE_MS)
        return;
    esp_sadb_move(sa, packet->remote, now_ms);
    packet->events |= ESP_EVENT_MOVED;
}

/* Take the trailer off (RFC 4303, 2.4-2.6). *next: next header. */
static enum drop_reason strip(struct opening *opening, uint8_t *next)
{
    size_t pad = opening->body[opening->len - 2];
    if (pad + TRAILER > opening->len)
        return DROP_ESP_PADDING;
    *next = opening->body[opening->len - 1];
    opening->len -= pad + TRAILER;
    for (size_t i = 0; i < pad; i++)
        if (opening->body[opening->len + i] != i + 1)
            return DROP_ESP_PADDING;
    if (*next == NEXT_NONE)
        return DROP_ESP_DUMMY;
    return *next == NEXT_IPV4 || *next == NEXT_IPV6 ? DROP_NONE : DROP_ESP_NEXT_HEADER;
}

/* Judge the inner packet and cut it to its length: what follows is TFC padding (RFC 4303, 2.7). */
static enum drop_reason judge(struct opening *opening, uint8_t next, uint64_t now_ms)
{
    const struct esp_sa *sa = opening->packet->sa;
    struct esp_inner inner;
    enum addr_family family = next == NEXT_IPV4 ? ADDR_V4 : ADDR_V6;
    if (esp_inner_parse((struct span){opening->body, opening->len}, &inner) != RC_OK ||
        inner.source.family != family)
        return DROP_ESP_INNER;
    if (!esp_inner_matches(&inner, &sa->params.theirs, &sa->params.ours) ||
        esp_inner_is_martian(&inner))
        return DROP_ESP_SELECTOR;
    if (esp_sa_admits(sa, inner.total_len, now_ms) != DROP_NONE)
        return DROP_ESP_EXPIRED;
    if (esp_inner_decapsulate_ecn(opening->body, opening->packet->tos) != RC_OK)
        return DROP_ESP_ECN;
    opening->len = inner.total_len;
    return DROP_NONE;
}

static enum drop_reason accept(struct opening *opening, enum rc rc, uint64_t now_ms)
{
    struct esp_buffer *packet = opening->packet;
    struct esp_sa *sa = packet->sa;
    bool newer = false;
    uint8_t next = 0;
    if (rc != RC_OK)
        return DROP_ESP_AUTH;
    if (esp_replay_commit(&sa->replay, opening->sequence, &newer) != RC_OK)
        return DROP_ESP_REPLAY;
    follow(packet, newer, now_ms);
    enum drop_reason drop = strip(opening, &next);
    if (drop == DROP_NONE)
        drop = judge(opening, next, now_ms);
    if (drop != DROP_NONE)
        return drop;
    if (sa->counters.packets == 0)
        packet->events |= ESP_EVENT_USED;
    esp_sa_count(sa, opening->len, now_ms);
    packet->headroom += (size_t)(opening->body - packet->at);
    packet->tailroom += (size_t)(packet->at + packet->len - (opening->body + opening->len));
    packet->at = opening->body;
    packet->len = opening->len;
    return DROP_NONE;
}

static void open_run(struct opening *openings, struct packet_job *jobs, size_t count,
                     uint64_t now_ms)
{
    packet_open(openings[0].packet->sa->context, jobs, count);
    for (size_t i = 0; i < count; i++) {
        struct esp_buffer *packet = openings[i].packet;
        packet->drop = accept(&openings[i], jobs[i].rc, now_ms);
        if (packet->drop != DROP_NONE && packet->drop != DROP_ESP_DUMMY)
            packet->sa->counters.errors++;
        if (jobs[i].rc == RC_OK && esp_sa_take_soft(packet->sa))
            packet->events |= ESP_EVENT_SOFT;
    }
}

static void open_batch(struct esp_sadb *sadb, struct esp_buffer *packets, size_t count,
                       uint64_t now_ms)
{
    struct opening openings[ESP_BATCH];
    struct packet_job jobs[ESP_BATCH];
    size_t n = 0, run = 0;
    for (size_t i = 0; i < count; i++) {
        struct esp_buffer *packet = &packets[i];
        if (packet->drop != DROP_NONE)
            continue;
        packet->sa = NULL;
        packet->drop = find_sa(sadb, packet, &openings[n], now_ms);
        if (packet->drop == DROP_NONE)
            packet->drop = divide(packet, &openings[n], &jobs[n]);
        if (packet->drop != DROP_NONE) {
            if (packet->sa)
                packet->sa->counters.errors++;
            continue;
        }
        if (n > run && packet->sa != openings[run].packet->sa) {
            open_run(&openings[run], &jobs[run], n - run, now_ms);
            run = n;
        }
        n++;
    }
    if (n > run)
        open_run(&openings[run], &jobs[run], n - run, now_ms);
}

void esp_open(struct esp_sadb *sadb, struct esp_buffer *packets, size_t count, uint64_t now_ms)
{
    for (size_t i = 0; i < count; i += ESP_BATCH)
        open_batch(sadb, &packets[i], count - i < ESP_BATCH ? count - i : ESP_BATCH, now_ms);
}
