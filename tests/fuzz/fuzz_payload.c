/* Fuzzing what stands before any proof: the header, the payload chain, and the bodies of
 * notifications, deletions, identities, vendor ids and NAT-D. The first octet is the type of the
 * first payload; 255 makes the rest a whole datagram. What parses is written again and must read as
 * the same. */
#include "ike/natt.h"
#include "ike/payload.h"
#include "select/identity.h"
#include "unit/ike/chain.h"

#include <stdlib.h>

enum { WHOLE_DATAGRAM = 255, INPUT_MAX = 4096 };

static void require(bool holds)
{
    if (!holds)
        abort();
}

static const uint8_t cookie[IKE_COOKIE] = {1};

static void run_notification(struct span body)
{
    struct ike_notification notification;
    struct ike_notification again;
    uint8_t buffer[INPUT_MAX + 64];
    uint8_t first = 0;
    struct ike_writer w;
    if (ike_notification_parse(body, &notification) != RC_OK)
        return;
    chain_start(&w, buffer, sizeof buffer);
    ike_notification_put(&w, &notification);
    struct span written = chain_finish(&w, &first);
    require(written.len == body.len + 4 && first == PAYLOAD_NOTIFY);
    require(ike_notification_parse((struct span){written.at + 4, written.len - 4}, &again) ==
            RC_OK);
    require(again.type == notification.type && again.protocol == notification.protocol &&
            span_equal(again.spi, notification.spi) && span_equal(again.data, notification.data));
    require(ike_notify_name(notification.type) != NULL);
}

static void run_deletion(struct span body)
{
    struct ike_deletion deletion;
    if (ike_deletion_parse(body, &deletion) != RC_OK)
        return;
    for (size_t i = 0; i < deletion.spi_count; i++) {
        struct span spi = ike_deletion_spi(&deletion, i);
        require(spi.len == deletion.spi_size && spi.at >= body.at &&
                spi.at + spi.len <= body.at + body.len);
    }
    require(ike_deletion_spi(&deletion, deletion.spi_count).len == 0);
}

static void run_selector(const struct identity *identity)
{
    struct selector selector;
    struct selector again;
    if (identity_selector(identity, &selector) != RC_OK)
        return;
    require(addr_compare(selector.first, selector.last) <= 0);
    struct identity back = identity_of_selector(&selector);
    require(identity_selector(&back, &again) == RC_OK);
    require(selector_equal(&selector, &again));
}

static void run_identity(struct span body)
{
    struct identity identity;
    uint8_t buffer[4 + IDENTITY_DATA_MAX];
    char text[IDENTITY_TEXT];
    struct builder b = builder_of(buffer, sizeof buffer);
    if (identity_parse(body, &identity) != RC_OK)
        return;
    identity_put(&b, &identity);
    require(!b.bad && span_equal(builder_span(&b), body));
    for (const char *at = identity_format(&identity, text); *at; at++)
        require(*at >= 0x20 && *at < 0x7f);
    run_selector(&identity);
}

static void run_bodies(const struct ike_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        struct span body = chain->items[i].body;
        run_notification(body);
        run_deletion(body);
        run_identity(body);
        require(vendor_name(vendor_of(body)) != NULL);
    }
    require(vendor_client(vendor_set(chain)) != NULL);
}

static void run_natt(const struct ike_chain *chain)
{
    const struct ike_path path = {.local = {addr_v4(1), 500}, .remote = {addr_v4(2), 500}};
    struct natt_verdict verdict;
    for (enum ike_natt_kind kind = NATT_NONE; kind <= NATT_RFC; kind++)
        require(natt_judge(chain, kind, HASH_SHA1, cookie, cookie, &path, &verdict) == RC_OK);
}

/* The chain written again with the writer reads as the same chain. */
static void run_writer(const struct ike_chain *chain)
{
    uint8_t buffer[INPUT_MAX + 64];
    uint8_t first = 0;
    struct ike_writer w;
    struct ike_chain again;
    chain_start(&w, buffer, sizeof buffer);
    for (size_t i = 0; i < chain->count; i++)
        ike_writer_add(&w, chain->items[i].type, chain->items[i].body);
    struct span written = chain_finish(&w, &first);
    require(written.len == chain->octets.len);
    require(ike_chain_parse(first, written, &again) == RC_OK && again.count == chain->count);
    for (size_t i = 0; i < chain->count; i++)
        require(again.items[i].type == chain->items[i].type &&
                span_equal(again.items[i].body, chain->items[i].body));
}

static void run_rules(const struct ike_chain *chain)
{
    static const struct ike_rule rules[] = {
        {P_SA, P_VENDOR | P_UNKNOWN, PAYLOAD_SA, 0, 0},
        {P_KE | P_NONCE, P_VENDOR | P_NATD, 0, 0, 0},
        {P_HASH | P_SA | P_NONCE, P_KE | P_NATOA | P_NOTIFY, PAYLOAD_HASH, 0, 2},
        {P_HASH | P_ATTR, 0, PAYLOAD_HASH, 0, 0},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (ike_rule_check(&rules[i], chain) != RC_OK)
            continue;
        require(!rules[i].first || chain->items[0].type == rules[i].first);
        require(ike_chain_count(chain, PAYLOAD_ID) <= rules[i].id_most);
        require(!(rules[i].needed & P_NONCE) || ike_chain_count(chain, PAYLOAD_NONCE) == 1);
    }
}

static void run_chain(uint8_t first, struct span octets)
{
    struct ike_chain chain;
    if (ike_chain_parse(first, octets, &chain) != RC_OK)
        return;
    require(chain.count > 0 && chain.octets.len <= octets.len);
    struct span rest = ike_chain_after_first(&chain);
    require(rest.len + chain.items[0].whole.len == chain.octets.len);
    run_bodies(&chain);
    run_natt(&chain);
    run_rules(&chain);
    run_writer(&chain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ike_header header;
    struct span body;
    if (size == 0 || size > INPUT_MAX)
        return 0;
    struct span rest = {data + 1, size - 1};
    if (data[0] != WHOLE_DATAGRAM)
        run_chain(data[0], rest);
    else if (ike_header_parse(rest, &header, &body) == DROP_NONE)
        run_chain(header.next, body);
    return 0;
}
