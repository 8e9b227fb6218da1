/* Sealing: the exact packets of an independent implementation, numbers, lifetimes, room, and the
 * lengths that MTUs are made from. */
#include "unit/esp/lab.h"

static struct esp_sa *new_sa(const struct packet_suite *suite)
{
    struct esp_params params = lab_params(ESP_OUTBOUND, suite);
    struct esp_sa *sa;
    assert_int_equal(esp_sa_new(&params, &sa), RC_OK);
    return sa;
}

static enum drop_reason seal_one(struct esp_sa *sa, uint64_t now_ms, uint8_t *events)
{
    struct lab_packet packet = lab_inner();
    packet.buffer.sa = sa;
    esp_seal(&packet.buffer, 1, now_ms, &lab_rng);
    *events = packet.buffer.events;
    free(packet.block);
    return packet.buffer.drop;
}

static void every_suite_yields_the_known_packet(void **state)
{
    (void)state;
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        struct octets want = octets_hex(known[i].packet);
        struct octets got = lab_echo(&known[i].suite, 1);
        assert_int_equal(got.len, want.len);
        assert_memory_equal(got.bytes, want.bytes, want.len);
    }
}

static void a_batch_numbers_packets_in_order_and_per_sa(void **state)
{
    (void)state;
    enum { COUNT = 2 * ESP_BATCH + 7 };
    struct esp_sa *sas[3] = {new_sa(&lab_gcm), new_sa(&lab_cbc), new_sa(&lab_gcm)};
    struct lab_packet packets[COUNT];
    struct esp_buffer buffers[COUNT];
    uint32_t expected[3] = {0};
    for (size_t i = 0; i < COUNT; i++) {
        packets[i] = lab_inner();
        packets[i].buffer.sa = sas[i / 3 % 3];
        buffers[i] = packets[i].buffer;
    }
    esp_seal(buffers, COUNT, LAB_NOW, &lab_rng);
    for (size_t i = 0; i < COUNT; i++) {
        struct cursor c = cursor_of(buffers[i].at, buffers[i].len);
        assert_int_equal(buffers[i].drop, DROP_NONE);
        assert_int_equal(cursor_u32(&c), LAB_SPI);
        assert_int_equal(cursor_u32(&c), ++expected[i / 3 % 3]);
        free(packets[i].block);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(sas[i]->counters.packets, expected[i]);
        assert_int_equal(sas[i]->counters.bytes, expected[i] * (strlen(known_inner) / 2));
        assert_int_equal(sas[i]->counters.last_ms, LAB_NOW);
        esp_sa_free(sas[i]);
    }
}

static void what_has_no_sa_or_was_dropped_is_left_alone(void **state)
{
    (void)state;
    struct esp_sa *sa = new_sa(&lab_gcm);
    struct lab_packet a = lab_inner(), b = lab_inner();
    struct esp_buffer buffers[2] = {a.buffer, b.buffer};
    buffers[1].sa = sa;
    buffers[1].drop = DROP_OUT_POLICY;
    esp_seal(buffers, 2, LAB_NOW, &lab_rng);
    struct octets inner = octets_hex(known_inner);
    assert_int_equal(buffers[0].drop, DROP_NONE);
    assert_int_equal(buffers[1].drop, DROP_OUT_POLICY);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(buffers[i].len, inner.len);
        assert_memory_equal(buffers[i].at, inner.bytes, inner.len);
    }
    assert_int_equal(sa->sequence, 0);
    esp_sa_free(sa);
    free(a.block);
    free(b.block);
}

static void the_last_sequence_number_is_used_and_none_after_it(void **state)
{
    (void)state;
    struct esp_sa *sa = new_sa(&lab_gcm);
    uint8_t events;
    sa->sequence = UINT32_MAX - 1;
    assert_int_equal(seal_one(sa, LAB_NOW, &events), DROP_NONE);
    assert_int_equal(sa->sequence, UINT32_MAX);
    for (int i = 0; i < 3; i++)
        assert_int_equal(seal_one(sa, LAB_NOW, &events), DROP_OUT_SEQUENCE);
    assert_int_equal(sa->sequence, UINT32_MAX);
    assert_int_equal(sa->counters.packets, 1);
    assert_int_equal(sa->counters.errors, 3);
    esp_sa_free(sa);
}

static void a_batch_stops_at_the_last_sequence_number(void **state)
{
    (void)state;
    struct esp_sa *sa = new_sa(&lab_gcm);
    struct lab_packet packets[5];
    struct esp_buffer buffers[5];
    sa->sequence = UINT32_MAX - 3;
    for (size_t i = 0; i < 5; i++) {
        packets[i] = lab_inner();
        buffers[i] = packets[i].buffer;
        buffers[i].sa = sa;
    }
    esp_seal(buffers, 5, LAB_NOW, &lab_rng);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(buffers[i].drop, i < 3 ? DROP_NONE : DROP_OUT_SEQUENCE);
        free(packets[i].block);
    }
    esp_sa_free(sa);
}

static void the_end_of_the_numbers_is_announced_once(void **state)
{
    (void)state;
    struct esp_sa *sa = new_sa(&lab_gcm);
    uint8_t events;
    sa->sequence = ESP_SEQUENCE_SOFT - 2;
    assert_int_equal(seal_one(sa, LAB_NOW, &events), DROP_NONE);
    assert_int_equal(events, 0);
    assert_int_equal(seal_one(sa, LAB_NOW, &events), DROP_NONE);
    assert_int_equal(events, ESP_EVENT_SOFT);
    assert_int_equal(seal_one(sa, LAB_NOW, &events), DROP_NONE);
    assert_int_equal(events, 0);
    esp_sa_free(sa);
}

static void octets_have_a_soft_and_a_hard_limit(void **state)
{
    (void)state;
    struct esp_params params = lab_params(ESP_OUTBOUND, &lab_gcm);
    size_t len = strlen(known_inner) / 2;
    params.soft_bytes = 2 * len;
    params.hard_bytes = 4 * len - 1;
    struct esp_sa *sa;
    uint8_t events;
    assert_int_equal(esp_sa_new(&params, &sa), RC_OK);
    assert_int_equal(seal_one(sa, LAB_NOW, &events), DROP_NONE);
    assert_int_equal(events, 0);
    assert_int_equal(seal_one(sa, LAB_NOW, &events), DROP_NONE);
    assert_int_equal(events, ESP_EVENT_SOFT);
    assert_int_equal(seal_one(sa, LAB_NOW, &events), DROP_NONE);
    assert_int_equal(events, 0);
    assert_int_equal(seal_one(sa, LAB_NOW, &events), DROP_ESP_EXPIRED);
    assert_int_equal(sa->sequence, 3);
    assert_int_equal(sa->counters.bytes, 3 * len);
    esp_sa_free(sa);
}

static void time_has_a_hard_limit(void **state)
{
    (void)state;
    struct esp_params params = lab_params(ESP_OUTBOUND, &lab_gcm);
    params.hard_ms = 1000;
    struct esp_sa *sa;
    uint8_t events;
    assert_int_equal(esp_sa_new(&params, &sa), RC_OK);
    assert_int_equal(seal_one(sa, 999, &events), DROP_NONE);
    assert_int_equal(seal_one(sa, 1000, &events), DROP_ESP_EXPIRED);
    assert_int_equal(sa->sequence, 1);
    esp_sa_free(sa);
}

static void a_packet_without_room_or_that_is_not_ip_is_dropped(void **state)
{
    (void)state;
    struct octets inner = octets_hex(known_inner);
    struct esp_sa *sa = new_sa(&lab_cbc);
    const struct {
        size_t len, headroom, tailroom;
        enum drop_reason drop;
    } rows[] = {{inner.len, ESP_HEADROOM, ESP_TAILROOM, DROP_NONE},
                {inner.len, ESP_HEADROOM - 1, ESP_TAILROOM, DROP_OUT_SIZE},
                {inner.len, ESP_HEADROOM, ESP_TAILROOM - 1, DROP_OUT_SIZE},
                {inner.len - 1, ESP_HEADROOM, ESP_TAILROOM, DROP_ESP_INNER},
                {0, ESP_HEADROOM, ESP_TAILROOM, DROP_ESP_INNER}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct lab_packet packet =
            lab_packet_of(inner.bytes, rows[i].len, rows[i].headroom, rows[i].tailroom);
        packet.buffer.sa = sa;
        esp_seal(&packet.buffer, 1, LAB_NOW, &lab_rng);
        assert_int_equal(packet.buffer.drop, rows[i].drop);
        free(packet.block);
    }
    assert_int_equal(sa->sequence, 1);
    esp_sa_free(sa);
}

static void the_outer_header_gets_the_inner_traffic_class(void **state)
{
    (void)state;
    struct esp_sa *sa = new_sa(&lab_gcm);
    struct octets inner = octets_hex(known_inner);
    for (unsigned tos = 0; tos < 256; tos += 5) {
        inner.bytes[1] = (uint8_t)tos;
        struct lab_packet packet =
            lab_packet_of(inner.bytes, inner.len, ESP_HEADROOM, ESP_TAILROOM);
        packet.buffer.sa = sa;
        esp_seal(&packet.buffer, 1, LAB_NOW, &lab_rng);
        assert_int_equal(packet.buffer.tos, tos);
        free(packet.block);
    }
    esp_sa_free(sa);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_suite_yields_the_known_packet),
        cmocka_unit_test(a_batch_numbers_packets_in_order_and_per_sa),
        cmocka_unit_test(what_has_no_sa_or_was_dropped_is_left_alone),
        cmocka_unit_test(the_last_sequence_number_is_used_and_none_after_it),
        cmocka_unit_test(a_batch_stops_at_the_last_sequence_number),
        cmocka_unit_test(the_end_of_the_numbers_is_announced_once),
        cmocka_unit_test(octets_have_a_soft_and_a_hard_limit),
        cmocka_unit_test(time_has_a_hard_limit),
        cmocka_unit_test(a_packet_without_room_or_that_is_not_ip_is_dropped),
        cmocka_unit_test(the_outer_header_gets_the_inner_traffic_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
