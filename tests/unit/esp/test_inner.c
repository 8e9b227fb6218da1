/* Headers of inner packets: what selectors see, what is cut off or contradicts itself, the ECN
 * table of RFC 6040 and addresses that no tunnel may bring. */
#include "unit/esp/lab.h"

static const char v6_udp[] = "6a512345001011400001000200030004000500060007000800112233445566778899"
                             "aabbccddeeff06a506a5001000000000000000000000";

static enum rc parse(const struct octets *packet, struct esp_inner *out)
{
    uint8_t *exact = octets_exact(packet->bytes, packet->len);
    enum rc rc = esp_inner_parse((struct span){exact, packet->len}, out);
    free(exact);
    return rc;
}

static void an_ipv4_packet_shows_its_fields(void **state)
{
    (void)state;
    struct octets packet = octets_hex(known_inner);
    struct esp_inner inner;
    assert_int_equal(parse(&packet, &inner), RC_OK);
    assert_true(addr_equal(inner.source, lab_addr("10.1.1.10")));
    assert_true(addr_equal(inner.destination, lab_addr("10.2.2.10")));
    assert_int_equal(inner.protocol, 1);
    assert_int_equal(inner.ttl, 63);
    assert_int_equal(inner.tos, 0);
    assert_false(inner.has_ports);
    assert_int_equal(inner.total_len, packet.len);
}

static void an_ipv6_packet_shows_its_fields(void **state)
{
    (void)state;
    struct octets packet = octets_hex(v6_udp);
    struct esp_inner inner;
    assert_int_equal(parse(&packet, &inner), RC_OK);
    assert_true(addr_equal(inner.source, lab_addr("1:2:3:4:5:6:7:8")));
    assert_true(addr_equal(inner.destination, lab_addr("11:2233:4455:6677:8899:aabb:ccdd:eeff")));
    assert_int_equal(inner.tos, 0xa5);
    assert_int_equal(inner.ttl, 64);
    assert_int_equal(inner.protocol, 17);
    assert_true(inner.has_ports);
    assert_int_equal(inner.source_port, 1701);
    assert_int_equal(inner.destination_port, 1701);
    assert_int_equal(inner.total_len, 56);
}

static void every_truncation_is_short(void **state)
{
    (void)state;
    static const char *const texts[] = {known_inner, v6_udp};
    for (size_t i = 0; i < 2; i++) {
        struct octets packet = octets_hex(texts[i]);
        for (size_t whole = packet.len - (i == 1); packet.len > 0;) {
            struct esp_inner inner = {.ttl = 99};
            packet.len--;
            if (packet.len >= 56 && whole)
                continue; /* the IPv6 packet has octets behind its own end */
            assert_int_equal(parse(&packet, &inner), RC_SHORT);
            assert_int_equal(inner.ttl, 99);
        }
    }
}

static void lengths_that_contradict_each_other_are_malformed(void **state)
{
    (void)state;
    struct esp_inner inner;
    struct octets packet = octets_hex(known_inner);
    packet.bytes[0] = 0x44; /* header of 16 octets */
    assert_int_equal(parse(&packet, &inner), RC_MALFORMED);
    packet = octets_hex(known_inner);
    packet.bytes[3] = 19; /* total length inside the header */
    assert_int_equal(parse(&packet, &inner), RC_MALFORMED);
    packet = octets_hex(known_inner);
    packet.bytes[0] = 0x4f; /* header longer than the total length */
    assert_int_equal(parse(&packet, &inner), RC_MALFORMED);
    for (unsigned version = 0; version < 16; version++) {
        packet = octets_hex(known_inner);
        packet.bytes[0] = (uint8_t)(version << 4 | 5);
        if (version != 4 && version != 6)
            assert_int_not_equal(parse(&packet, &inner), RC_OK);
    }
}

/* An IPv4 packet of 28 octets with these flags, offset and protocol, and ports 1000 and 2000. */
static struct octets datagram(uint16_t fragment, uint8_t protocol)
{
    struct octets packet = octets_hex("4500001c00000000400000000a01010a0a02020a03e807d000080000");
    packet.bytes[6] = (uint8_t)(fragment >> 8);
    packet.bytes[7] = (uint8_t)fragment;
    packet.bytes[9] = protocol;
    return packet;
}

static void only_the_first_fragment_of_a_transport_shows_ports(void **state)
{
    (void)state;
    static const struct {
        uint16_t fragment;
        uint8_t protocol;
        bool has_ports;
    } rows[] = {{0, 6, true},       {0, 17, true},       {0, 132, true},    {0, 33, true},
                {0, 136, true},     {0, 1, false},       {0, 47, false},    {0x4000, 17, true},
                {0x2000, 17, true}, {0x2001, 17, false}, {0x1fff, 6, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct octets packet = datagram(rows[i].fragment, rows[i].protocol);
        struct esp_inner inner;
        assert_int_equal(parse(&packet, &inner), RC_OK);
        assert_int_equal(inner.has_ports, rows[i].has_ports);
        assert_int_equal(inner.source_port, rows[i].has_ports ? 1000 : 0);
        assert_int_equal(inner.destination_port, rows[i].has_ports ? 2000 : 0);
    }
}

static void a_restricted_port_needs_a_packet_that_shows_it(void **state)
{
    (void)state;
    struct selector from = lab_net("10.1.0.0", 16), to = lab_net("10.2.0.0", 16);
    struct octets packet = datagram(0, 17);
    struct esp_inner inner;
    assert_int_equal(parse(&packet, &inner), RC_OK);
    assert_true(esp_inner_matches(&inner, &from, &to));
    from.protocol = to.protocol = 17;
    to.port = 2000;
    assert_true(esp_inner_matches(&inner, &from, &to));
    assert_false(esp_inner_matches(&inner, &to, &from));
    from.port = 2000; /* the source has 1000 */
    assert_false(esp_inner_matches(&inner, &from, &to));
    from.port = 0;
    packet = datagram(0x2001, 17);
    assert_int_equal(parse(&packet, &inner), RC_OK);
    assert_false(esp_inner_matches(&inner, &from, &to));
    to.port = 0;
    assert_true(esp_inner_matches(&inner, &from, &to));
    to.protocol = 6;
    assert_false(esp_inner_matches(&inner, &from, &to));
}

/* An IPv6 packet with this next header and extension headers, then 4 octets of ports. */
static struct octets chained(uint8_t next, const char *extensions)
{
    struct octets tail = octets_hex(extensions), out = octets_hex(v6_udp);
    out.bytes[6] = next;
    out.bytes[4] = 0;
    out.bytes[5] = (uint8_t)(tail.len + 4);
    memcpy(&out.bytes[40], tail.bytes, tail.len);
    memcpy(&out.bytes[40 + tail.len], "\x03\xe8\x07\xd0", 4);
    out.len = 40 + tail.len + 4;
    return out;
}

static void ipv6_extension_headers_are_stepped_over(void **state)
{
    (void)state;
    struct esp_inner inner;
    /* hop-by-hop (8 octets), destination options (16), routing (8), then UDP */
    struct octets packet = chained(0, "3c000102030405062b01000000000000000000000000000011000000"
                                      "00000000");
    assert_int_equal(parse(&packet, &inner), RC_OK);
    assert_int_equal(inner.protocol, 17);
    assert_int_equal(inner.source_port, 1000);
    packet = chained(44, "1100000100000007"); /* first fragment */
    assert_int_equal(parse(&packet, &inner), RC_OK);
    assert_true(inner.has_ports);
    packet = chained(44, "1100000900000007"); /* a later one */
    assert_int_equal(parse(&packet, &inner), RC_OK);
    assert_int_equal(inner.protocol, 17);
    assert_false(inner.has_ports);
    packet = chained(0, "3cff010203040506"); /* longer than the packet */
    assert_int_equal(parse(&packet, &inner), RC_MALFORMED);
    packet = chained(59, "");
    assert_int_equal(parse(&packet, &inner), RC_OK);
    assert_int_equal(inner.protocol, 59);
}

static void a_chain_of_extension_headers_has_an_end(void **state)
{
    (void)state;
    struct esp_inner inner;
    for (size_t n = 1; n <= 10; n++) {
        char chain[10 * 16 + 1] = "";
        for (size_t i = 0; i < n; i++) /* destination options, the last one before UDP */
            memcpy(&chain[i * 16], i + 1 == n ? "1100010203040506" : "3c00010203040506", 17);
        struct octets packet = chained(60, chain);
        assert_int_equal(parse(&packet, &inner), n <= 8 ? RC_OK : RC_MALFORMED);
    }
}

static uint16_t header_sum(const uint8_t *header)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < 20; i += 2)
        sum += (uint32_t)(header[i] << 8 | header[i + 1]);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* RFC 6040, figure 4, written out; 4 = drop. Columns: outer Not-ECT, ECT(1), ECT(0), CE. */
static const uint8_t figure_4[4][4] = {{0, 0, 0, 4}, {1, 1, 1, 3}, {2, 1, 2, 3}, {3, 3, 3, 3}};

static void ecn_is_combined_as_rfc_6040_says(void **state)
{
    (void)state;
    for (unsigned cell = 0; cell < 16 * 64; cell++) {
        uint8_t in = cell & 3, outer = cell >> 2 & 3, dscp = (uint8_t)(cell >> 4 << 2);
        struct octets v4 = octets_hex(known_inner), v6 = octets_hex(v6_udp);
        v4.bytes[1] = dscp | in;
        v4.bytes[10] = v4.bytes[11] = 0;
        uint16_t sum = (uint16_t)~header_sum(v4.bytes);
        v4.bytes[10] = (uint8_t)(sum >> 8);
        v4.bytes[11] = (uint8_t)sum;
        v6.bytes[0] = (uint8_t)(0x60 | dscp >> 4);
        v6.bytes[1] = (uint8_t)((dscp | in) << 4 | 3);
        enum rc want = figure_4[in][outer] == 4 ? RC_DENIED : RC_OK;
        assert_int_equal(esp_inner_decapsulate_ecn(v4.bytes, outer | 0xb8), want);
        assert_int_equal(esp_inner_decapsulate_ecn(v6.bytes, outer | 0xb8), want);
        uint8_t out = want == RC_OK ? figure_4[in][outer] : in;
        assert_int_equal(v4.bytes[1], dscp | out);
        assert_int_equal(header_sum(v4.bytes), 0xffff);
        assert_int_equal(v6.bytes[0], 0x60 | dscp >> 4);
        assert_int_equal(v6.bytes[1], ((dscp | out) << 4 & 0xf0) | 3);
    }
}

static void addresses_that_belong_on_no_wire_are_martians(void **state)
{
    (void)state;
    static const struct {
        const char *addr;
        bool as_source, as_destination;
    } rows[] = {{"0.0.0.0", true, true},     {"0.1.2.3", true, true},
                {"127.0.0.1", true, true},   {"127.255.255.255", true, true},
                {"224.0.0.5", true, false},  {"239.255.255.255", true, false},
                {"240.0.0.1", true, true},   {"255.255.255.255", true, true},
                {"1.0.0.0", false, false},   {"126.255.255.255", false, false},
                {"128.0.0.0", false, false}, {"223.255.255.255", false, false},
                {"::", true, true},          {"::1", true, true},
                {"::2", false, false},       {"::ffff:10.1.1.1", true, true},
                {"ff02::1", true, false},    {"2001:db8::1", false, false},
                {"fe80::1", false, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct addr addr = lab_addr(rows[i].addr);
        struct addr good = lab_addr(addr.family == ADDR_V4 ? "10.1.1.1" : "2001:db8::2");
        struct esp_inner in = {.source = addr, .destination = good};
        assert_int_equal(esp_inner_is_martian(&in), rows[i].as_source);
        in = (struct esp_inner){.source = good, .destination = addr};
        assert_int_equal(esp_inner_is_martian(&in), rows[i].as_destination);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ipv4_packet_shows_its_fields),
        cmocka_unit_test(an_ipv6_packet_shows_its_fields),
        cmocka_unit_test(every_truncation_is_short),
        cmocka_unit_test(lengths_that_contradict_each_other_are_malformed),
        cmocka_unit_test(only_the_first_fragment_of_a_transport_shows_ports),
        cmocka_unit_test(a_restricted_port_needs_a_packet_that_shows_it),
        cmocka_unit_test(ipv6_extension_headers_are_stepped_over),
        cmocka_unit_test(a_chain_of_extension_headers_has_an_end),
        cmocka_unit_test(ecn_is_combined_as_rfc_6040_says),
        cmocka_unit_test(addresses_that_belong_on_no_wire_are_martians),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
