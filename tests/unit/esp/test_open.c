/* Opening: the known packets, every way a packet can be wrong, and what a wrong packet must not
 * change; replay, selectors, trailers, ECN, lifetimes and peers that move. */
#include "unit/esp/lab.h"

static void every_suite_opens_the_known_packet(void **state)
{
    (void)state;
    struct octets inner = octets_hex(known_inner);
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        struct esp_sadb *sadb = lab_inbound(&known[i].suite);
        struct octets wire = octets_hex(known[i].packet);
        struct lab_packet packet = lab_wire(wire.bytes, wire.len);
        esp_open(sadb, &packet.buffer, 1, LAB_NOW);
        assert_int_equal(packet.buffer.drop, DROP_NONE);
        assert_int_equal(packet.buffer.events, ESP_EVENT_USED);
        assert_int_equal(packet.buffer.len, inner.len);
        assert_memory_equal(packet.buffer.at, inner.bytes, inner.len);
        assert_int_equal(packet.buffer.headroom, packet.buffer.at - packet.block);
        assert_int_equal(packet.buffer.headroom + inner.len + packet.buffer.tailroom, wire.len);
        struct esp_counters counters = esp_sadb_inbound(sadb, LAB_SPI)->counters;
        assert_int_equal(counters.packets, 1);
        assert_int_equal(counters.bytes, inner.len);
        assert_int_equal(counters.errors, 0);
        assert_int_equal(counters.last_ms, LAB_NOW);
        assert_int_equal(counters.sequence, esp_sadb_inbound(sadb, LAB_SPI)->replay.highest);
        assert_true(counters.sequence > 0);
        free(packet.block);
        esp_sadb_free(sadb);
    }
}

/* Both directions of an SA in one process, through batches, with sizes around every padding. */
static void packets_of_every_size_come_back_as_they_were(void **state)
{
    (void)state;
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        struct esp_sadb *sadb = lab_inbound(&known[i].suite);
        for (size_t len = 20; len < 120; len++) {
            struct octets inner = octets_count(0, len);
            memcpy(inner.bytes, octets_hex(known_inner).bytes, 20);
            inner.bytes[3] = (uint8_t)len;
            struct octets wire = lab_sealed(&known[i].suite, inner.bytes, len, (uint32_t)len);
            struct lab_packet packet = lab_wire(wire.bytes, wire.len);
            esp_open(sadb, &packet.buffer, 1, LAB_NOW);
            assert_int_equal(packet.buffer.drop, DROP_NONE);
            assert_int_equal(packet.buffer.len, len);
            assert_memory_equal(packet.buffer.at, inner.bytes, len);
            free(packet.block);
        }
        esp_sadb_free(sadb);
    }
}

static void every_bit_flip_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        struct esp_params params = lab_params(ESP_INBOUND, &known[i].suite);
        params.remote_may_move = true;
        struct esp_sadb *sadb = lab_sadb(&params);
        struct octets wire = octets_hex(known[i].packet);
        const struct esp_sa *sa = esp_sadb_inbound(sadb, LAB_SPI);
        for (size_t bit = 0; bit < wire.len * 8; bit++) {
            struct octets flipped = wire;
            flipped.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            struct lab_packet packet = lab_wire(flipped.bytes, flipped.len);
            packet.buffer.remote.port = 9999;
            esp_open(sadb, &packet.buffer, 1, LAB_NOW);
            /* a flip in the SPI, or one that makes the sequence number 0, ends earlier */
            enum drop_reason want = bit < 32    ? DROP_ESP_SPI
                                    : bit == 56 ? DROP_ESP_REPLAY
                                                : DROP_ESP_AUTH;
            assert_int_equal(packet.buffer.drop, want);
            assert_int_equal(packet.buffer.events, 0);
            assert_int_equal(sa->replay.highest, 0);
            assert_int_equal(sa->params.remote.port, 4500);
            assert_int_equal(sa->counters.packets, 0);
            free(packet.block);
        }
        assert_int_equal(sa->counters.errors, wire.len * 8 - 32);
        assert_int_equal(lab_open(sadb, &wire, LAB_NOW), DROP_NONE);
        esp_sadb_free(sadb);
    }
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        struct esp_sadb *sadb = lab_inbound(&known[i].suite);
        struct octets wire = octets_hex(known[i].packet);
        size_t whole = wire.len;
        for (wire.len = 0; wire.len < whole; wire.len++) {
            enum drop_reason drop = lab_open(sadb, &wire, LAB_NOW);
            assert_true(drop == DROP_ESP_SHORT || drop == DROP_ESP_AUTH);
        }
        assert_int_equal(esp_sadb_inbound(sadb, LAB_SPI)->counters.packets, 0);
        esp_sadb_free(sadb);
    }
}

static void a_packet_is_accepted_once_also_inside_one_batch(void **state)
{
    (void)state;
    struct esp_sadb *sadb = lab_inbound(&lab_cbc);
    struct octets wire = lab_echo(&lab_cbc, 7);
    struct lab_packet a = lab_wire(wire.bytes, wire.len), b = lab_wire(wire.bytes, wire.len);
    struct esp_buffer both[2] = {a.buffer, b.buffer};
    esp_open(sadb, both, 2, LAB_NOW);
    assert_int_equal(both[0].drop, DROP_NONE);
    assert_int_equal(both[1].drop, DROP_ESP_REPLAY);
    assert_int_equal(lab_open(sadb, &wire, LAB_NOW), DROP_ESP_REPLAY);
    assert_int_equal(esp_sadb_inbound(sadb, LAB_SPI)->counters.errors, 2);
    free(a.block);
    free(b.block);
    esp_sadb_free(sadb);
}

static void the_window_slides_with_authentic_packets_only(void **state)
{
    (void)state;
    struct esp_sadb *sadb = lab_inbound(&lab_gcm); /* window 64 */
    struct octets last = lab_echo(&lab_gcm, UINT32_MAX), forged = last;
    struct octets early = lab_echo(&lab_gcm, 1), edge = lab_echo(&lab_gcm, UINT32_MAX - 63);
    struct octets beyond = lab_echo(&lab_gcm, UINT32_MAX - 64);
    forged.bytes[forged.len - 1] ^= 1;
    assert_int_equal(lab_open(sadb, &forged, LAB_NOW), DROP_ESP_AUTH);
    assert_int_equal(lab_open(sadb, &early, LAB_NOW), DROP_NONE);
    assert_int_equal(lab_open(sadb, &last, LAB_NOW), DROP_NONE);
    assert_int_equal(lab_open(sadb, &beyond, LAB_NOW), DROP_ESP_REPLAY);
    assert_int_equal(lab_open(sadb, &edge, LAB_NOW), DROP_NONE);
    assert_int_equal(lab_open(sadb, &edge, LAB_NOW), DROP_ESP_REPLAY);
    assert_int_equal(lab_open(sadb, &last, LAB_NOW), DROP_ESP_REPLAY);
    esp_sadb_free(sadb);
}

static void a_batch_of_many_sas_keeps_them_apart(void **state)
{
    (void)state;
    enum { COUNT = ESP_BATCH * 2 + 5 };
    struct esp_sadb *sadb = lab_inbound(&lab_gcm);
    struct esp_params other = lab_params(ESP_INBOUND, &lab_cbc);
    struct lab_packet packets[COUNT];
    struct esp_buffer buffers[COUNT];
    other.spi = LAB_SPI + 1;
    other.tunnel++;
    assert_int_equal(esp_sadb_install(sadb, &other), RC_OK);
    for (uint32_t i = 0; i < COUNT; i++) {
        bool cbc = i / 2 % 3 == 1;
        struct octets wire = lab_echo(cbc ? &lab_cbc : &lab_gcm, i + 1);
        if (cbc || i % 11 == 3)
            wire.bytes[3] ^= 0x06; /* cbc: LAB_SPI + 2, unknown; others too */
        packets[i] = lab_wire(wire.bytes, wire.len);
        buffers[i] = packets[i].buffer;
    }
    esp_open(sadb, buffers, COUNT, LAB_NOW);
    for (uint32_t i = 0; i < COUNT; i++) {
        bool unknown = i / 2 % 3 == 1 || i % 11 == 3;
        assert_int_equal(buffers[i].drop, unknown ? DROP_ESP_SPI : DROP_NONE);
        free(packets[i].block);
    }
    esp_sadb_free(sadb);
}

static void only_the_negotiated_encapsulation_is_taken(void **state)
{
    (void)state;
    struct esp_sadb *sadb = lab_inbound(&lab_gcm);
    struct octets wire = lab_echo(&lab_gcm, 1);
    struct lab_packet packet = lab_wire(wire.bytes, wire.len);
    packet.buffer.encapsulation = ESP_RAW;
    esp_open(sadb, &packet.buffer, 1, LAB_NOW);
    assert_int_equal(packet.buffer.drop, DROP_ESP_ENCAPSULATION);
    assert_int_equal(lab_open(sadb, &wire, LAB_NOW), DROP_NONE);
    free(packet.block);
    esp_sadb_free(sadb);
}

/* An authentic packet whose body is this text in hexadecimal. */
static enum drop_reason open_body(const char *text, uint32_t sequence)
{
    const struct packet_suite suite = {PACKET_NULL, 0, HASH_SHA256, 16};
    struct esp_sadb *sadb = lab_inbound(&suite);
    struct octets body = octets_hex(text);
    struct octets wire = lab_raw(&suite, body.bytes, body.len, sequence);
    enum drop_reason drop = lab_open(sadb, &wire, LAB_NOW);
    const struct esp_sa *sa = esp_sadb_inbound(sadb, LAB_SPI);
    assert_int_equal(sa->counters.errors, drop != DROP_NONE && drop != DROP_ESP_DUMMY);
    assert_int_equal(sa->replay.highest, sequence); /* authentic: never again */
    assert_int_equal(lab_open(sadb, &wire, LAB_NOW), DROP_ESP_REPLAY);
    esp_sadb_free(sadb);
    return drop;
}

#define HEADER "4500001600000000400000000a01010a0a02020a" /* 22 octets: two of payload */

static void trailers_are_judged(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum drop_reason drop;
    } rows[] = {
        {HEADER "abcd0004", DROP_NONE},
        {HEADER "abcd01020304"
                "0000",
         DROP_ESP_NEXT_HEADER},
        {HEADER "abcd"
                "01020304"
                "0404",
         DROP_NONE},
        {HEADER "abcd"
                "01020305"
                "0404",
         DROP_ESP_PADDING},
        {HEADER "abcd"
                "00000000"
                "0404",
         DROP_ESP_PADDING},
        {HEADER "abcd"
                "ff04",
         DROP_ESP_PADDING}, /* longer than the body */
        {HEADER "abcd"
                "1704",
         DROP_ESP_PADDING}, /* by one */
        {HEADER "abcd"
                "0029",
         DROP_ESP_INNER}, /* says IPv6 */
        {HEADER "abcd"
                "0001",
         DROP_ESP_NEXT_HEADER},
        {HEADER "abcd"
                "0000",
         DROP_ESP_NEXT_HEADER},
        {HEADER "abcd"
                "0032",
         DROP_ESP_NEXT_HEADER}, /* ESP in ESP: not in tunnel mode */
        {HEADER "abcd"
                "003b",
         DROP_ESP_DUMMY},
        {"0102003b", DROP_ESP_DUMMY},
        {"0102023b", DROP_ESP_DUMMY},
        {"01020204", DROP_ESP_INNER}, /* nothing inside */
        {"00000000" HEADER "abcd0004", DROP_ESP_INNER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(open_body(rows[i].body, 1), rows[i].drop);
}

static void traffic_flow_padding_behind_the_inner_packet_is_cut_off(void **state)
{
    (void)state;
    const struct packet_suite suite = {PACKET_NULL, 0, HASH_SHA1, 12};
    struct esp_sadb *sadb = lab_inbound(&suite);
    struct octets body = octets_hex(HEADER "abcd"
                                           "0000000000000000"
                                           "0004");
    struct octets wire = lab_raw(&suite, body.bytes, body.len, 1);
    struct lab_packet packet = lab_wire(wire.bytes, wire.len);
    esp_open(sadb, &packet.buffer, 1, LAB_NOW);
    assert_int_equal(packet.buffer.drop, DROP_NONE);
    assert_int_equal(packet.buffer.len, 22);
    assert_int_equal(esp_sadb_inbound(sadb, LAB_SPI)->counters.bytes, 22);
    free(packet.block);
    esp_sadb_free(sadb);
}

/* An authentic packet with these inner addresses, on an SA that carries these nets. */
static enum drop_reason open_addressed(const struct esp_params *params, const char *from,
                                       const char *to)
{
    struct esp_sadb *sadb = lab_sadb(params);
    struct addr source = lab_addr(from), destination = lab_addr(to);
    struct octets inner = octets_hex(HEADER "abcd");
    if (source.family == ADDR_V6) {
        inner = octets_hex("60000000000011400000000000000000000000000000000000000000000000000000"
                           "000000000000");
        memcpy(&inner.bytes[8], source.bytes, 16);
        memcpy(&inner.bytes[24], destination.bytes, 16);
    } else {
        memcpy(&inner.bytes[12], source.bytes, 4);
        memcpy(&inner.bytes[16], destination.bytes, 4);
    }
    struct octets wire = lab_sealed(&params->suite, inner.bytes, inner.len, 1);
    enum drop_reason drop = lab_open(sadb, &wire, LAB_NOW);
    assert_int_equal(esp_sadb_inbound(sadb, LAB_SPI)->counters.packets, drop == DROP_NONE);
    esp_sadb_free(sadb);
    return drop;
}

static void inner_addresses_stay_inside_the_selectors(void **state)
{
    (void)state;
    /* theirs 10.1.0.0/16, ours 10.2.0.0/16 */
    const struct esp_params params = lab_params(ESP_INBOUND, &lab_gcm);
    static const struct {
        const char *from, *to;
        enum drop_reason drop;
    } rows[] = {
        {"10.1.0.0", "10.2.0.0", DROP_NONE},
        {"10.1.255.255", "10.2.255.255", DROP_NONE},
        {"10.0.255.255", "10.2.0.1", DROP_ESP_SELECTOR},
        {"10.2.0.0", "10.2.0.1", DROP_ESP_SELECTOR}, /* our own net as the source */
        {"10.1.0.1", "10.3.0.0", DROP_ESP_SELECTOR},
        {"10.1.0.1", "10.1.255.255", DROP_ESP_SELECTOR}, /* back to the peer */
        {"10.1.0.1", "10.48.67.181", DROP_ESP_SELECTOR}, /* the hub itself */
        {"10.1.0.1", "127.0.0.1", DROP_ESP_SELECTOR},
        {"169.254.1.1", "10.2.0.1", DROP_ESP_SELECTOR},
        {"2001:db8::1", "2001:db8::2", DROP_ESP_SELECTOR},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(open_addressed(&params, rows[i].from, rows[i].to), rows[i].drop);
}

static void selectors_for_everything_do_not_let_martians_in(void **state)
{
    (void)state;
    struct esp_params params = lab_params(ESP_INBOUND, &lab_gcm);
    params.ours = params.theirs = lab_net("0.0.0.0", 0);
    assert_int_equal(open_addressed(&params, "1.2.3.4", "10.2.0.1"), DROP_NONE);
    assert_int_equal(open_addressed(&params, "127.0.0.1", "10.2.0.1"), DROP_ESP_SELECTOR);
    assert_int_equal(open_addressed(&params, "0.0.0.0", "10.2.0.1"), DROP_ESP_SELECTOR);
    assert_int_equal(open_addressed(&params, "224.0.0.1", "10.2.0.1"), DROP_ESP_SELECTOR);
    assert_int_equal(open_addressed(&params, "1.2.3.4", "127.0.0.1"), DROP_ESP_SELECTOR);
    assert_int_equal(open_addressed(&params, "1.2.3.4", "255.255.255.255"), DROP_ESP_SELECTOR);
    params.ours = params.theirs = lab_net("::", 0);
    assert_int_equal(open_addressed(&params, "2001:db8::1", "2001:db8::2"), DROP_NONE);
    assert_int_equal(open_addressed(&params, "::ffff:1.2.3.4", "2001:db8::2"), DROP_ESP_SELECTOR);
    assert_int_equal(open_addressed(&params, "2001:db8::1", "::1"), DROP_ESP_SELECTOR);
    assert_int_equal(open_addressed(&params, "1.2.3.4", "10.2.0.1"), DROP_ESP_SELECTOR);
}

static void congestion_outside_is_carried_inside(void **state)
{
    (void)state;
    struct octets inner = octets_hex(known_inner);
    for (unsigned ecn = 0; ecn < 4; ecn++) {
        struct esp_sadb *sadb = lab_inbound(&lab_gcm);
        inner.bytes[1] = (uint8_t)(0xb8 | ecn);
        struct octets wire = lab_sealed(&lab_gcm, inner.bytes, inner.len, 1);
        struct lab_packet packet = lab_wire(wire.bytes, wire.len);
        packet.buffer.tos = 3;
        esp_open(sadb, &packet.buffer, 1, LAB_NOW);
        assert_int_equal(packet.buffer.drop, ecn == 0 ? DROP_ESP_ECN : DROP_NONE);
        if (ecn)
            assert_int_equal(packet.buffer.at[1], 0xbb);
        free(packet.block);
        esp_sadb_free(sadb);
    }
}

static void lifetimes_end_reception(void **state)
{
    (void)state;
    struct esp_params params = lab_params(ESP_INBOUND, &lab_gcm);
    size_t len = strlen(known_inner) / 2;
    params.soft_bytes = len;
    params.hard_bytes = 2 * len;
    params.hard_ms = 1000;
    struct esp_sadb *sadb = lab_sadb(&params);
    struct octets wire = lab_echo(&lab_gcm, 1);
    struct lab_packet packet = lab_wire(wire.bytes, wire.len);
    esp_open(sadb, &packet.buffer, 1, 999);
    assert_int_equal(packet.buffer.events, ESP_EVENT_USED | ESP_EVENT_SOFT);
    free(packet.block);
    wire = lab_echo(&lab_gcm, 2);
    assert_int_equal(lab_open(sadb, &wire, 1000), DROP_ESP_EXPIRED);
    assert_int_equal(lab_open(sadb, &wire, 999), DROP_NONE);
    wire = lab_echo(&lab_gcm, 3);
    assert_int_equal(lab_open(sadb, &wire, 999), DROP_ESP_EXPIRED);
    assert_int_equal(esp_sadb_inbound(sadb, LAB_SPI)->counters.bytes, 2 * len);
    esp_sadb_free(sadb);
}

/* Open packet `sequence` as coming from this port; whether the peer moved. */
static bool moves(struct esp_sadb *sadb, uint32_t sequence, uint16_t port, uint64_t now_ms)
{
    struct octets wire = lab_echo(&lab_gcm, sequence);
    struct lab_packet packet = lab_wire(wire.bytes, wire.len);
    packet.buffer.remote.port = port;
    esp_open(sadb, &packet.buffer, 1, now_ms);
    assert_int_equal(packet.buffer.drop, DROP_NONE);
    bool moved = packet.buffer.events & ESP_EVENT_MOVED;
    free(packet.block);
    return moved;
}

static void a_peer_behind_nat_is_followed_by_newer_packets(void **state)
{
    (void)state;
    struct esp_params in = lab_params(ESP_INBOUND, &lab_gcm);
    struct esp_params out = lab_params(ESP_OUTBOUND, &lab_gcm);
    in.remote_may_move = true;
    struct esp_sadb *sadb = lab_sadb(&in);
    assert_int_equal(esp_sadb_install(sadb, &out), RC_OK);
    const struct esp_tunnel *tunnel = esp_sadb_inbound(sadb, LAB_SPI)->tunnel;
    assert_false(moves(sadb, 10, 4500, 5000)); /* where it was */
    assert_true(moves(sadb, 12, 40000, 5000));
    assert_int_equal(tunnel->sa[ESP_OUTBOUND]->params.remote.port, 40000);
    assert_int_equal(tunnel->sa[ESP_INBOUND]->params.remote.port, 40000);
    assert_false(moves(sadb, 11, 40001, 9000)); /* late: not newer */
    assert_false(moves(sadb, 13, 40002, 5999)); /* once a second */
    assert_int_equal(tunnel->sa[ESP_OUTBOUND]->params.remote.port, 40000);
    assert_true(moves(sadb, 14, 40002, 6000));
    assert_int_equal(tunnel->sa[ESP_OUTBOUND]->params.remote.port, 40002);
    esp_sadb_free(sadb);
}

static void a_peer_that_is_not_behind_nat_is_not_followed(void **state)
{
    (void)state;
    struct esp_sadb *sadb = lab_inbound(&lab_gcm);
    assert_false(moves(sadb, 1, 40000, 5000));
    assert_int_equal(esp_sadb_inbound(sadb, LAB_SPI)->params.remote.port, 4500);
    esp_sadb_free(sadb);
}

static void the_first_good_packet_is_announced(void **state)
{
    (void)state;
    struct esp_sadb *sadb = lab_inbound(&lab_gcm);
    for (uint32_t i = 1; i < 4; i++) {
        struct octets wire = lab_echo(&lab_gcm, i);
        struct lab_packet packet = lab_wire(wire.bytes, wire.len);
        esp_open(sadb, &packet.buffer, 1, LAB_NOW);
        assert_int_equal(packet.buffer.events, i == 1 ? ESP_EVENT_USED : 0);
        free(packet.block);
    }
    esp_sadb_free(sadb);
}

static void packets_dropped_before_are_left_alone(void **state)
{
    (void)state;
    struct esp_sadb *sadb = lab_inbound(&lab_gcm);
    struct octets wire = lab_echo(&lab_gcm, 1);
    struct lab_packet packet = lab_wire(wire.bytes, wire.len);
    packet.buffer.drop = DROP_OUT_SIZE;
    esp_open(sadb, &packet.buffer, 1, LAB_NOW);
    assert_int_equal(packet.buffer.drop, DROP_OUT_SIZE);
    assert_memory_equal(packet.buffer.at, wire.bytes, wire.len);
    assert_int_equal(esp_sadb_inbound(sadb, LAB_SPI)->replay.highest, 0);
    free(packet.block);
    esp_sadb_free(sadb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_suite_opens_the_known_packet),
        cmocka_unit_test(packets_of_every_size_come_back_as_they_were),
        cmocka_unit_test(every_bit_flip_is_refused_and_changes_nothing),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(a_packet_is_accepted_once_also_inside_one_batch),
        cmocka_unit_test(the_window_slides_with_authentic_packets_only),
        cmocka_unit_test(a_batch_of_many_sas_keeps_them_apart),
        cmocka_unit_test(only_the_negotiated_encapsulation_is_taken),
        cmocka_unit_test(trailers_are_judged),
        cmocka_unit_test(traffic_flow_padding_behind_the_inner_packet_is_cut_off),
        cmocka_unit_test(inner_addresses_stay_inside_the_selectors),
        cmocka_unit_test(selectors_for_everything_do_not_let_martians_in),
        cmocka_unit_test(congestion_outside_is_carried_inside),
        cmocka_unit_test(lifetimes_end_reception),
        cmocka_unit_test(a_peer_behind_nat_is_followed_by_newer_packets),
        cmocka_unit_test(a_peer_that_is_not_behind_nat_is_not_followed),
        cmocka_unit_test(the_first_good_packet_is_announced),
        cmocka_unit_test(packets_dropped_before_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
