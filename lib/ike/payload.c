/* Payload chains: cutting, judging against a row of an exchange, and writing; and the two payloads
 * whose body every exchange may meet, notification and deletion. */
#include "ike/payload.h"

/* Cut one payload off. type: in its own, out the next one's. */
static enum rc cut_payload(struct cursor *c, uint8_t *type, struct ike_payload *out)
{
    const uint8_t *start = c->at;
    uint8_t next = cursor_u8(c);
    uint8_t reserved = cursor_u8(c);
    uint16_t length = cursor_u16(c);
    if (c->bad)
        return RC_SHORT;
    if (reserved != 0 || length < IKE_PAYLOAD_HEADER)
        return RC_MALFORMED;
    struct span body = cursor_span(c, (size_t)length - IKE_PAYLOAD_HEADER);
    if (c->bad)
        return RC_SHORT;
    *out = (struct ike_payload){.type = *type, .body = body, .whole = {start, length}};
    *type = next;
    return RC_OK;
}

enum rc ike_chain_parse(uint8_t first, struct span octets, struct ike_chain *out)
{
    if (first == PAYLOAD_NONE)
        return RC_MALFORMED;
    struct cursor c = cursor_over(octets);
    struct ike_chain chain = {.count = 0};
    uint8_t type = first;
    while (type != PAYLOAD_NONE) {
        if (chain.count == IKE_CHAIN_MAX)
            return RC_FULL;
        enum rc rc = cut_payload(&c, &type, &chain.items[chain.count]);
        if (rc != RC_OK)
            return rc;
        chain.count++;
    }
    chain.octets = (struct span){octets.at, (size_t)(c.at - octets.at)};
    *out = chain;
    return RC_OK;
}

const struct ike_payload *ike_chain_find(const struct ike_chain *chain, uint8_t type, size_t nth)
{
    for (size_t i = 0; i < chain->count; i++) {
        if (chain->items[i].type != type)
            continue;
        if (nth == 0)
            return &chain->items[i];
        nth--;
    }
    return NULL;
}

size_t ike_chain_count(const struct ike_chain *chain, uint8_t type)
{
    size_t count = 0;
    for (size_t i = 0; i < chain->count; i++)
        count += chain->items[i].type == type;
    return count;
}

struct span ike_chain_after_first(const struct ike_chain *chain)
{
    size_t cut = chain->items[0].whole.len;
    return (struct span){chain->octets.at + cut, chain->octets.len - cut};
}

static const struct {
    uint8_t type;
    uint32_t bit;
} type_bits[] = {
    {PAYLOAD_SA, P_SA},         {PAYLOAD_PROPOSAL, 0}, /* only inside an SA payload */
    {PAYLOAD_TRANSFORM, 0},     {PAYLOAD_KE, P_KE},           {PAYLOAD_ID, P_ID},
    {PAYLOAD_CERT, P_CERT},     {PAYLOAD_CERTREQ, P_CERT},    {PAYLOAD_HASH, P_HASH},
    {PAYLOAD_SIG, P_CERT},      {PAYLOAD_NONCE, P_NONCE},     {PAYLOAD_NOTIFY, P_NOTIFY},
    {PAYLOAD_DELETE, P_DELETE}, {PAYLOAD_VENDOR, P_VENDOR},   {PAYLOAD_ATTRIBUTES, P_ATTR},
    {PAYLOAD_NATD_OLD, P_NATD}, {PAYLOAD_NATOA_OLD, P_NATOA}, {PAYLOAD_NATD, P_NATD},
    {PAYLOAD_NATOA, P_NATOA},   {PAYLOAD_NATD_DRAFT, P_NATD}, {PAYLOAD_NATOA_DRAFT, P_NATOA},
};

static uint32_t bit_of(uint8_t type)
{
    for (size_t i = 0; i < sizeof type_bits / sizeof *type_bits; i++)
        if (type_bits[i].type == type)
            return type_bits[i].bit;
    return P_UNKNOWN;
}

static bool ids_right(const struct ike_rule *rule, size_t ids)
{
    size_t least = rule->id_least;
    if (rule->needed & P_ID && least == 0)
        least = 1;
    size_t most = rule->id_most > least ? rule->id_most : least;
    return ids >= least && ids <= most;
}

enum rc ike_rule_check(const struct ike_rule *rule, const struct ike_chain *chain)
{
    uint32_t needed = rule->needed & ~P_ID;
    uint32_t seen = 0;
    if (chain->count == 0 || (rule->first && chain->items[0].type != rule->first))
        return RC_MALFORMED;
    for (size_t i = 0; i < chain->count; i++) {
        uint32_t bit = bit_of(chain->items[i].type);
        if (bit == P_ID)
            continue;
        if (!(bit & (needed | rule->allowed)) || bit & seen & needed)
            return RC_MALFORMED;
        seen |= bit;
    }
    if ((seen & needed) != needed || !ids_right(rule, ike_chain_count(chain, PAYLOAD_ID)))
        return RC_MALFORMED;
    return RC_OK;
}

enum { HEADER_NEXT = 16, HEADER_LENGTH = 24 }; /* offsets in the ISAKMP header */

void ike_writer_start(struct ike_writer *w, void *buffer, size_t size,
                      const struct ike_header *header)
{
    struct ike_header empty = *header;
    empty.next = PAYLOAD_NONE;
    empty.length = 0;
    *w = (struct ike_writer){.b = builder_of(buffer, size), .next_field = HEADER_NEXT};
    ike_header_put(&w->b, &empty);
}

void ike_writer_open(struct ike_writer *w, uint8_t type)
{
    size_t start = builder_len(&w->b);
    if (w->payload_start)
        w->b.bad = true;
    builder_zeros(&w->b, IKE_PAYLOAD_HEADER);
    if (w->b.bad)
        return;
    w->b.start[w->next_field] = type;
    w->next_field = start;
    w->payload_start = start + IKE_PAYLOAD_HEADER;
}

void ike_writer_close(struct ike_writer *w)
{
    if (!w->payload_start) {
        w->b.bad = true;
        return;
    }
    size_t length = builder_len(&w->b) - w->payload_start + IKE_PAYLOAD_HEADER;
    builder_patch_u16(&w->b, w->payload_start - 2, length);
    w->payload_start = 0;
}

void ike_writer_add(struct ike_writer *w, uint8_t type, struct span body)
{
    ike_writer_open(w, type);
    builder_add(&w->b, body);
    ike_writer_close(w);
}

struct span ike_writer_finish(struct ike_writer *w)
{
    if (w->b.bad || w->payload_start)
        return (struct span){w->b.start, 0};
    struct builder field = builder_of(w->b.start + HEADER_LENGTH, 4);
    builder_u32(&field, (uint32_t)builder_len(&w->b));
    return builder_span(&w->b);
}

/* Some stacks name the generic DOI 0 in notifications about the ISAKMP SA (RFC 2408, 3.14). */
static bool doi_known(uint32_t doi)
{
    return doi == 0 || doi == IKE_DOI_IPSEC;
}

enum rc ike_notification_parse(struct span body, struct ike_notification *out)
{
    struct cursor c = cursor_over(body);
    struct ike_notification n;
    uint32_t doi = cursor_u32(&c);
    n.protocol = cursor_u8(&c);
    uint8_t spi_size = cursor_u8(&c);
    n.type = cursor_u16(&c);
    n.spi = cursor_span(&c, spi_size);
    n.data = cursor_span(&c, cursor_left(&c));
    if (c.bad)
        return RC_SHORT;
    if (!doi_known(doi))
        return RC_UNSUPPORTED;
    *out = n;
    return RC_OK;
}

void ike_notification_put(struct ike_writer *w, const struct ike_notification *notification)
{
    if (notification->spi.len > UINT8_MAX) {
        w->b.bad = true;
        return;
    }
    ike_writer_open(w, PAYLOAD_NOTIFY);
    builder_u32(&w->b, IKE_DOI_IPSEC);
    builder_u8(&w->b, notification->protocol);
    builder_u8(&w->b, (uint8_t)notification->spi.len);
    builder_u16(&w->b, notification->type);
    builder_add(&w->b, notification->spi);
    builder_add(&w->b, notification->data);
    ike_writer_close(w);
}

enum rc ike_deletion_parse(struct span body, struct ike_deletion *out)
{
    struct cursor c = cursor_over(body);
    struct ike_deletion d;
    uint32_t doi = cursor_u32(&c);
    d.protocol = cursor_u8(&c);
    d.spi_size = cursor_u8(&c);
    d.spi_count = cursor_u16(&c);
    if (c.bad)
        return RC_SHORT;
    if (!doi_known(doi))
        return RC_UNSUPPORTED;
    if (d.spi_size == 0 || cursor_left(&c) != (size_t)d.spi_size * d.spi_count)
        return RC_MALFORMED;
    d.spis = cursor_span(&c, cursor_left(&c));
    *out = d;
    return RC_OK;
}

struct span ike_deletion_spi(const struct ike_deletion *deletion, size_t nth)
{
    if (nth >= deletion->spi_count)
        return (struct span){NULL, 0};
    return (struct span){deletion->spis.at + nth * deletion->spi_size, deletion->spi_size};
}

void ike_deletion_put(struct ike_writer *w, uint8_t protocol, struct span spi)
{
    if (spi.len == 0 || spi.len > UINT8_MAX) {
        w->b.bad = true;
        return;
    }
    ike_writer_open(w, PAYLOAD_DELETE);
    builder_u32(&w->b, IKE_DOI_IPSEC);
    builder_u8(&w->b, protocol);
    builder_u8(&w->b, (uint8_t)spi.len);
    builder_u16(&w->b, 1);
    builder_add(&w->b, spi);
    ike_writer_close(w);
}
