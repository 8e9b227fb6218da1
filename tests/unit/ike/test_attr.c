/* Data attributes: both forms, every length, every truncation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ike/attr.h"
#include "unit/base/octets.h"

static enum rc read_one(const char *hex, struct ike_attr *out)
{
    static struct octets octets;
    octets = octets_hex(hex);
    struct cursor c = cursor_over(octets_span(&octets));
    return ike_attr_next(&c, out);
}

static void a_basic_attribute_has_its_value_in_place(void **state)
{
    (void)state;
    struct ike_attr attr;
    assert_int_equal(read_one("800e0100", &attr), RC_OK);
    assert_int_equal(attr.type, 14);
    assert_true(attr.basic);
    assert_int_equal(attr.value, 256);
    assert_int_equal(attr.data.len, 2);
    assert_memory_equal(attr.data.at, "\x01\x00", 2);
}

static void a_variable_attribute_is_a_number_of_up_to_8_octets(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint64_t value;
        size_t len;
    } rows[] = {
        {"000c0000", 0, 0},
        {"000c000107", 7, 1},
        {"000c00020e10", 3600, 2},
        {"000c00040020c49b", 2147483, 4},
        {"000c000700ffffffffffff", 0xffffffffffff, 7},
        {"000c0008ffffffffffffffff", UINT64_MAX, 8},
        {"000c0009000000000000015180", 86400, 9},
        {"000c0009010000000000000000", UINT64_MAX, 9},
        {"000c000bff00000000000000000001", UINT64_MAX, 11},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ike_attr attr;
        assert_int_equal(read_one(rows[i].hex, &attr), RC_OK);
        assert_int_equal(attr.type, 12);
        assert_false(attr.basic);
        assert_true(attr.value == rows[i].value);
        assert_int_equal(attr.data.len, rows[i].len);
    }
}

static void every_truncation_is_short_and_sets_nothing(void **state)
{
    (void)state;
    static const char *const whole[] = {"800e0080", "000c00040020c49b"};
    for (size_t k = 0; k < 2; k++) {
        struct octets octets = octets_hex(whole[k]);
        for (size_t n = 0; n < octets.len; n++) {
            uint8_t *exact = octets_exact(octets.bytes, n);
            struct cursor c = cursor_of(exact, n);
            struct ike_attr attr = {.type = 4242};
            assert_int_equal(ike_attr_next(&c, &attr), RC_SHORT);
            assert_int_equal(attr.type, 4242);
            free(exact);
        }
    }
}

static void attributes_follow_each_other(void **state)
{
    (void)state;
    struct octets octets = octets_hex("800b0001000c000400015180800e0080");
    static const uint16_t types[] = {11, 12, 14};
    struct cursor c = cursor_over(octets_span(&octets));
    for (size_t i = 0; i < 3; i++) {
        struct ike_attr attr;
        assert_int_equal(ike_attr_next(&c, &attr), RC_OK);
        assert_int_equal(attr.type, types[i]);
    }
    assert_true(cursor_done(&c));
}

static void what_is_written_has_the_octets_of_rfc_2408(void **state)
{
    (void)state;
    uint8_t buffer[64];
    struct builder b = builder_of(buffer, sizeof buffer);
    ike_attr_put_basic(&b, 16527, 1);
    ike_attr_put_u32(&b, 12, 86400);
    ike_attr_put_bytes(&b, 28672, (struct span){(const uint8_t *)"hi", 2});
    ike_attr_put_bytes(&b, 16521, (struct span){NULL, 0});
    struct octets want = octets_hex("c08f0001"
                                    "000c000400015180"
                                    "700000026869"
                                    "40890000");
    assert_false(b.bad);
    assert_int_equal(builder_len(&b), want.len);
    assert_memory_equal(buffer, want.bytes, want.len);
}

static void what_does_not_fit_poisons_the_builder(void **state)
{
    (void)state;
    static uint8_t huge[UINT16_MAX + 1];
    for (size_t room = 0; room < 8; room++) {
        uint8_t *exact = octets_exact(huge, room);
        struct builder b = builder_of(exact, room);
        ike_attr_put_u32(&b, 12, 1);
        assert_true(b.bad);
        free(exact);
    }
    static uint8_t large[2 * UINT16_MAX];
    struct builder b = builder_of(large, sizeof large);
    ike_attr_put_bytes(&b, 1, (struct span){huge, sizeof huge});
    assert_true(b.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_basic_attribute_has_its_value_in_place),
        cmocka_unit_test(a_variable_attribute_is_a_number_of_up_to_8_octets),
        cmocka_unit_test(every_truncation_is_short_and_sets_nothing),
        cmocka_unit_test(attributes_follow_each_other),
        cmocka_unit_test(what_is_written_has_the_octets_of_rfc_2408),
        cmocka_unit_test(what_does_not_fit_poisons_the_builder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
