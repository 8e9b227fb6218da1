/* A reader of IPv4 and IPv6 headers, as far as selectors go and no further: nothing is reassembled
 * and nothing is repaired. */
#include "esp/inner.h"

enum {
    V4_HEADER = 20,
    V4_FRAGMENT_OFFSET = 0x1fff,
    V6_HEADER = 40,
    V6_CHAIN_MAX = 8, /* extension headers we follow; more is nobody's honest packet */
};

/* IANA protocol numbers. */
enum {
    HOP_BY_HOP = 0,
    TCP = 6,
    UDP = 17,
    DCCP = 33,
    ROUTING = 43,
    FRAGMENT = 44,
    DESTINATION_OPTIONS = 60,
    SCTP = 132,
    UDP_LITE = 136,
};

static bool protocol_has_ports(uint8_t protocol)
{
    return protocol == TCP || protocol == UDP || protocol == DCCP || protocol == SCTP ||
           protocol == UDP_LITE;
}

/* A header cut off before its ports is not an error: the first fragment may be that short. */
static void read_ports(struct cursor *c, struct esp_inner *inner)
{
    if (!protocol_has_ports(inner->protocol) || cursor_left(c) < 4)
        return;
    inner->source_port = cursor_u16(c);
    inner->destination_port = cursor_u16(c);
    inner->has_ports = true;
}

static struct addr take_addr(struct cursor *c, enum addr_family family)
{
    struct addr addr = {.family = family};
    cursor_copy(c, addr.bytes, addr_len(family));
    return addr;
}

static enum rc parse_v4(struct span packet, struct esp_inner *inner)
{
    struct cursor c = cursor_over(packet);
    size_t header_len = (size_t)(cursor_u8(&c) & 0x0f) * 4;
    inner->tos = cursor_u8(&c);
    inner->total_len = cursor_u16(&c);
    (void)cursor_u16(&c); /* identification */
    uint16_t fragment = cursor_u16(&c);
    inner->ttl = cursor_u8(&c);
    inner->protocol = cursor_u8(&c);
    (void)cursor_u16(&c); /* checksum: the receiving host checks it, as on any link */
    inner->source = take_addr(&c, ADDR_V4);
    inner->destination = take_addr(&c, ADDR_V4);
    if (c.bad)
        return RC_SHORT;
    if (header_len < V4_HEADER || inner->total_len < header_len)
        return RC_MALFORMED;
    if (inner->total_len > packet.len)
        return RC_SHORT;
    struct cursor payload = cursor_of(packet.at + header_len, inner->total_len - header_len);
    if ((fragment & V4_FRAGMENT_OFFSET) == 0)
        read_ports(&payload, inner);
    return RC_OK;
}

static bool is_extension(uint8_t protocol)
{
    return protocol == HOP_BY_HOP || protocol == ROUTING || protocol == FRAGMENT ||
           protocol == DESTINATION_OPTIONS;
}

/* Step over one extension header (RFC 8200, 4). Returns false at a later fragment, whose transport
 * header is elsewhere. */
static bool step_over(struct cursor *c, struct esp_inner *inner)
{
    uint8_t next = cursor_u8(c);
    uint8_t len = cursor_u8(c);
    bool first = true;
    if (inner->protocol == FRAGMENT) {
        first = (cursor_u16(c) & 0xfff8) == 0;
        (void)cursor_u32(c); /* identification */
    } else {
        (void)cursor_take(c, (size_t)len * 8 + 6);
    }
    inner->protocol = next;
    return first;
}

static enum rc parse_v6(struct span packet, struct esp_inner *inner)
{
    struct cursor c = cursor_over(packet);
    inner->tos = (uint8_t)(cursor_u16(&c) >> 4 & 0xff);
    (void)cursor_u16(&c); /* flow label */
    inner->total_len = (size_t)cursor_u16(&c) + V6_HEADER;
    inner->protocol = cursor_u8(&c);
    inner->ttl = cursor_u8(&c);
    inner->source = take_addr(&c, ADDR_V6);
    inner->destination = take_addr(&c, ADDR_V6);
    if (c.bad || inner->total_len > packet.len)
        return RC_SHORT;
    struct cursor payload = cursor_of(packet.at + V6_HEADER, inner->total_len - V6_HEADER);
    for (int i = 0; is_extension(inner->protocol); i++) {
        if (i == V6_CHAIN_MAX)
            return RC_MALFORMED;
        if (!step_over(&payload, inner))
            return payload.bad ? RC_MALFORMED : RC_OK;
        if (payload.bad)
            return RC_MALFORMED;
    }
    read_ports(&payload, inner);
    return RC_OK;
}

enum rc esp_inner_parse(struct span packet, struct esp_inner *out)
{
    struct esp_inner inner = {0};
    unsigned version = packet.len ? packet.at[0] >> 4 : 0;
    enum rc rc = packet.len ? RC_MALFORMED : RC_SHORT;
    if (version == 4)
        rc = parse_v4(packet, &inner);
    else if (version == 6)
        rc = parse_v6(packet, &inner);
    if (rc == RC_OK)
        *out = inner;
    return rc;
}

static bool side_matches(const struct esp_inner *inner, struct addr addr, uint16_t port,
                         const struct selector *selector)
{
    return selector_contains_addr(selector, addr) &&
           (!selector->protocol || selector->protocol == inner->protocol) &&
           (!selector->port || (inner->has_ports && selector->port == port));
}

bool esp_inner_matches(const struct esp_inner *inner, const struct selector *source,
                       const struct selector *destination)
{
    return side_matches(inner, inner->source, inner->source_port, source) &&
           side_matches(inner, inner->destination, inner->destination_port, destination);
}

/* RFC 6890 and its registry: never valid on a wire, or never as a source. */
static const struct {
    enum addr_family family;
    uint8_t len; /* bits of start that count */
    bool source_only;
    uint8_t start[16];
} martians[] = {
    {ADDR_V4, 8, false, {0}},                  /* this network */
    {ADDR_V4, 8, false, {127}},                /* loopback */
    {ADDR_V4, 4, false, {240}},                /* reserved and limited broadcast */
    {ADDR_V4, 4, true, {224}},                 /* multicast */
    {ADDR_V6, 127, false, {0}},                /* unspecified, loopback */
    {ADDR_V6, 96, false, {[10] = 0xff, 0xff}}, /* IPv4-mapped */
    {ADDR_V6, 8, true, {0xff}},                /* multicast */
};

/* Twice for every inbound packet, so without the detour over prefixes. */
static bool begins_with(const struct addr *addr, const uint8_t *start, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    return memcmp(addr->bytes, start, whole) == 0 &&
           (rest == 0 || (addr->bytes[whole] ^ start[whole]) >> (8 - rest) == 0);
}

bool esp_inner_is_martian(const struct esp_inner *inner)
{
    for (size_t i = 0; i < sizeof martians / sizeof martians[0]; i++) {
        if (martians[i].family != inner->source.family)
            continue;
        if (begins_with(&inner->source, martians[i].start, martians[i].len) ||
            (!martians[i].source_only &&
             begins_with(&inner->destination, martians[i].start, martians[i].len)))
            return true;
    }
    return false;
}

enum { ECN_NOT_ECT, ECN_ECT1, ECN_ECT0, ECN_CE, ECN_COUNT };
enum { ECN_DROP = 0xff };

/* RFC 6040, figure 4: the outgoing field by the inner (row) and the outer (column) one. */
static const uint8_t ecn_out[ECN_COUNT][ECN_COUNT] = {
    [ECN_NOT_ECT] = {ECN_NOT_ECT, ECN_NOT_ECT, ECN_NOT_ECT, ECN_DROP},
    [ECN_ECT1] = {ECN_ECT1, ECN_ECT1, ECN_ECT1, ECN_CE},
    [ECN_ECT0] = {ECN_ECT0, ECN_ECT1, ECN_ECT0, ECN_CE},
    [ECN_CE] = {ECN_CE, ECN_CE, ECN_CE, ECN_CE},
};

/* Change the octet behind the version and mend the header checksum by the difference (RFC 1624). */
static void set_v4_tos(uint8_t *packet, uint8_t tos)
{
    uint32_t sum = (uint32_t)(uint16_t) ~(packet[10] << 8 | packet[11]);
    sum += (uint16_t) ~(packet[0] << 8 | packet[1]);
    packet[1] = tos;
    sum += (uint32_t)(packet[0] << 8 | packet[1]);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    packet[10] = (uint8_t)(~sum >> 8 & 0xff);
    packet[11] = (uint8_t)(~sum & 0xff);
}

static void set_v6_ecn(uint8_t *packet, uint8_t ecn)
{
    packet[1] = (uint8_t)((packet[1] & 0xcf) | ecn << 4);
}

enum rc esp_inner_decapsulate_ecn(uint8_t *packet, uint8_t outer_tos)
{
    bool v4 = packet[0] >> 4 == 4;
    uint8_t before = (v4 ? packet[1] : packet[1] >> 4) & 3;
    uint8_t after = ecn_out[before][outer_tos & 3];
    if (after == ECN_DROP)
        return RC_DENIED;
    if (after == before)
        return RC_OK;
    if (v4)
        set_v4_tos(packet, (uint8_t)((packet[1] & ~3) | after));
    else
        set_v6_ecn(packet, after);
    return RC_OK;
}
