/* The IPC form of an SA: whole round trips, and everything that is cut off, out of range or does
 * not fit together. */
#include "unit/esp/lab.h"

static struct esp_params sample(void)
{
    struct esp_params params = lab_params(ESP_INBOUND, &lab_cbc);
    params.tun = 3;
    params.remote_may_move = true;
    params.ours.protocol = params.theirs.protocol = 17;
    params.theirs.port = 1701;
    params.soft_bytes = 1ull << 40;
    params.hard_bytes = (1ull << 40) + 5;
    params.hard_ms = 123456789;
    return params;
}

static struct octets encode(const struct esp_params *params)
{
    struct octets out = {0};
    struct builder b = builder_of(out.bytes, sizeof out.bytes);
    esp_params_put(&b, params);
    assert_false(b.bad);
    out.len = builder_len(&b);
    return out;
}

static void every_field_survives_the_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        struct esp_params in = sample(), out;
        in.suite = known[i].suite;
        memset(in.keymat, 0, sizeof in.keymat);
        memset(in.keymat, 0xc5, packet_key_len(&in.suite));
        struct octets text = encode(&in);
        struct cursor c = cursor_of(text.bytes, text.len);
        memset(&out, 0xff, sizeof out);
        esp_params_get(&c, &out);
        assert_true(cursor_done(&c));
        struct octets again = encode(&out);
        assert_int_equal(again.len, text.len);
        assert_memory_equal(again.bytes, text.bytes, text.len);
        assert_memory_equal(out.keymat, in.keymat, sizeof in.keymat);
        assert_true(out.remote_may_move);
        assert_int_equal(out.hard_bytes, in.hard_bytes);
        assert_int_equal(out.replay_window, in.replay_window);
        assert_int_equal(out.suite.cipher, in.suite.cipher);
        assert_int_equal(out.theirs.port, 1701);
    }
}

static void every_truncation_is_refused_and_writes_nothing(void **state)
{
    (void)state;
    struct esp_params in = sample();
    struct octets text = encode(&in);
    for (size_t n = 0; n < text.len; n++) {
        uint8_t *exact = octets_exact(text.bytes, n);
        struct cursor c = cursor_of(exact, n);
        struct esp_params out, before;
        memset(&out, 0x5a, sizeof out);
        memcpy(&before, &out, sizeof out);
        esp_params_get(&c, &out);
        assert_true(c.bad);
        assert_memory_equal(&out, &before, sizeof out);
        free(exact);
    }
}

/* Offsets of the octets that hold enums: direction, encapsulation, remote_may_move, cipher,
 * integrity. Addresses are IPv4 here. */
static void unknown_enums_are_refused(void **state)
{
    (void)state;
    static const size_t places[] = {0, 17, 32, 59, 62};
    struct esp_params in = sample();
    struct octets text = encode(&in);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct octets bad = text;
        bad.bytes[places[i]] = 0xfe;
        struct cursor c = cursor_of(bad.bytes, bad.len);
        struct esp_params out;
        esp_params_get(&c, &out);
        assert_true(c.bad);
    }
}

static bool can_be_put(const struct esp_params *params)
{
    uint8_t bytes[OCTETS_MAX];
    struct builder b = builder_of(bytes, sizeof bytes);
    esp_params_put(&b, params);
    return !b.bad;
}

static void what_does_not_fit_together_is_refused(void **state)
{
    (void)state;
    struct esp_params p = sample();
    assert_true(can_be_put(&p));
    p.spi = 255; /* reserved */
    assert_false(can_be_put(&p));
    p = sample();
    p.ours = lab_net("2001:db8::", 64);
    assert_false(can_be_put(&p));
    p = sample();
    p.ours.last = lab_addr("2001:db8::1");
    assert_false(can_be_put(&p));
    p = sample();
    p.theirs.first = lab_addr("10.9.0.0"); /* behind last */
    assert_false(can_be_put(&p));
    p = sample();
    p.remote.addr = lab_addr("2001:db8::1");
    assert_false(can_be_put(&p));
    p = sample();
    p.suite.integrity = HASH_NONE; /* encryption only */
    assert_false(can_be_put(&p));
    p = sample();
    p.suite.key_bits = 64;
    assert_false(can_be_put(&p));
}

static void every_single_bit_flip_yields_sound_parameters_or_none(void **state)
{
    (void)state;
    struct esp_params in = sample();
    struct octets text = encode(&in);
    for (size_t bit = 0; bit < text.len * 8; bit++) {
        struct octets flipped = text;
        flipped.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        uint8_t *exact = octets_exact(flipped.bytes, flipped.len);
        struct cursor c = cursor_of(exact, flipped.len);
        struct esp_params out;
        esp_params_get(&c, &out);
        if (!c.bad)
            assert_true(can_be_put(&out));
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_survives_the_message),
        cmocka_unit_test(every_truncation_is_refused_and_writes_nothing),
        cmocka_unit_test(unknown_enums_are_refused),
        cmocka_unit_test(what_does_not_fit_together_is_refused),
        cmocka_unit_test(every_single_bit_flip_yields_sound_parameters_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
