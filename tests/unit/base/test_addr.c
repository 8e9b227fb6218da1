/* Addresses, prefixes and their text in both families, at the edges: zero, the last bit, wrapping,
 * families that do not mix. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/addr.h"
#include "unit/base/octets.h"

static struct addr parse(const char *text)
{
    struct addr addr;
    assert_int_equal(addr_parse(text, &addr), RC_OK);
    return addr;
}

static void assert_text(struct addr addr, const char *want)
{
    char *out = malloc(ADDR_TEXT);
    assert_non_null(out);
    assert_ptr_equal(addr_format(addr, out), out);
    assert_string_equal(out, want);
    free(out);
}

static void families_have_their_lengths(void **state)
{
    (void)state;
    assert_int_equal(addr_len(ADDR_V4), 4);
    assert_int_equal(addr_len(ADDR_V6), 16);
    assert_int_equal(addr_len(ADDR_NONE), 0);
    assert_int_equal(addr_len((enum addr_family)5), 0);
}

static void values_of_ipv4_go_there_and_back(void **state)
{
    (void)state;
    const uint32_t values[] = {0, 1, 0x0a010203, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        assert_int_equal(addr_v4_value(addr_v4(values[i])), values[i]);
    assert_text(addr_v4(0x0a010203), "10.1.2.3");
    assert_int_equal(addr_v4_value(parse("::1")), 0);
    assert_int_equal(addr_v4_value((struct addr){0}), 0);
}

static void octets_of_any_other_length_are_no_address(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 20; n++) {
        struct octets octets = octets_count(1, n);
        uint8_t *exact = octets_exact(octets.bytes, n);
        struct addr addr = {.family = ADDR_NONE};
        enum rc rc = addr_from_bytes(&addr, (struct span){exact, n});
        assert_int_equal(rc, n == 4 || n == 16 ? RC_OK : RC_MALFORMED);
        assert_int_equal(addr.family, n == 4 ? ADDR_V4 : n == 16 ? ADDR_V6 : ADDR_NONE);
        if (rc == RC_OK)
            assert_memory_equal(addr.bytes, exact, n);
        free(exact);
    }
}

static void text_is_read_and_written(void **state)
{
    (void)state;
    static const char *const same[] = {"0.0.0.0",
                                       "10.48.67.181",
                                       "255.255.255.255",
                                       "::",
                                       "::1",
                                       "2001:db8::1",
                                       "fe80::1:2:3:4",
                                       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                                       "::ffff:10.1.2.3"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        assert_text(parse(same[i]), same[i]);
    assert_text(parse("2001:0DB8:0:0:0:0:0:0001"), "2001:db8::1");
    assert_text((struct addr){0}, "-");
}

static void text_that_is_no_address_changes_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "1",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "1.2.3.256",
                                      "1.2.3.4 ",
                                      " 1.2.3.4",
                                      "1.2.3.4/24",
                                      "1.2.3.-4",
                                      "0x1.2.3.4",
                                      "1.2..4",
                                      "1.2.3.04x",
                                      ":",
                                      ":::",
                                      "1::2::3",
                                      "2001:db8::1%eth0",
                                      "12345::",
                                      "::g",
                                      "[::1]",
                                      "1:2:3:4:5:6",
                                      "::1.2.3.4.5",
                                      "any",
                                      "-",
                                      "1.2.3.4\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct addr addr = addr_v4(7);
        assert_int_equal(addr_parse(bad[i], &addr), RC_MALFORMED);
        assert_int_equal(addr_v4_value(addr), 7);
    }
}

static void endpoints_and_prefixes_have_a_text(void **state)
{
    (void)state;
    char *text = malloc(ENDPOINT_TEXT);
    char *slash = malloc(PREFIX_TEXT);
    assert_non_null(text);
    assert_non_null(slash);
    endpoint_format((struct endpoint){parse("10.1.1.1"), 500}, text);
    assert_string_equal(text, "10.1.1.1:500");
    endpoint_format((struct endpoint){parse("2001:db8::1"), 500}, text);
    assert_string_equal(text, "[2001:db8::1]:500");
    endpoint_format((struct endpoint){parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 65535},
                    text);
    assert_string_equal(text, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
    endpoint_format((struct endpoint){0}, text);
    assert_string_equal(text, "-:0");
    prefix_format((struct prefix){parse("10.1.0.0"), 16}, slash);
    assert_string_equal(slash, "10.1.0.0/16");
    prefix_format((struct prefix){parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 128}, slash);
    assert_string_equal(slash, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
    free(text);
    free(slash);
}

static void comparison_orders_families_then_octets(void **state)
{
    (void)state;
    static const char *const order[] = {
        "0.0.0.0",         "0.0.0.255", "0.0.1.0", "127.255.255.255", "128.0.0.0",
        "255.255.255.255", "::",        "::ff",    "::100",           "8000::"};
    enum { ORDER = sizeof order / sizeof order[0] };
    for (size_t i = 0; i < ORDER; i++)
        for (size_t k = 0; k < ORDER; k++) {
            int sign = addr_compare(parse(order[i]), parse(order[k]));
            assert_int_equal((sign > 0) - (sign < 0), (i > k) - (i < k));
            assert_int_equal(addr_equal(parse(order[i]), parse(order[k])), i == k);
        }
    assert_true(addr_compare((struct addr){0}, parse("0.0.0.0")) < 0);
    assert_true(addr_equal((struct addr){0}, (struct addr){0}));
    assert_false(addr_equal(parse("0.0.0.0"), parse("::")));
}

static void endpoints_are_equal_with_their_ports(void **state)
{
    (void)state;
    struct endpoint a = {parse("10.1.1.1"), 500}, b = a;
    assert_true(endpoint_equal(a, b));
    b.port = 4500;
    assert_false(endpoint_equal(a, b));
    b = (struct endpoint){parse("10.1.1.2"), 500};
    assert_false(endpoint_equal(a, b));
}

static void any_is_all_zero(void **state)
{
    (void)state;
    assert_true(addr_is_any(parse("0.0.0.0")));
    assert_true(addr_is_any(parse("::")));
    assert_true(addr_is_any((struct addr){0}));
    assert_false(addr_is_any(parse("0.0.0.1")));
    assert_false(addr_is_any(parse("128.0.0.0")));
    assert_false(addr_is_any(parse("::1")));
}

static void addition_carries_and_wraps_in_the_family(void **state)
{
    (void)state;
    assert_text(addr_add(parse("10.0.0.255"), 1), "10.0.1.0");
    assert_text(addr_add(parse("10.0.0.0"), 0), "10.0.0.0");
    assert_text(addr_add(parse("0.0.0.0"), UINT32_MAX), "255.255.255.255");
    assert_text(addr_add(parse("255.255.255.255"), 1), "0.0.0.0");
    assert_text(addr_add(parse("255.255.255.255"), UINT32_MAX), "255.255.255.254");
    assert_text(addr_add(parse("::ffff:ffff"), 1), "::1:0:0");
    assert_text(addr_add(parse("2001:db8::ffff:ffff:ffff:ffff"), 1), "2001:db8:0:1::");
    assert_text(addr_add(parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 2), "::1");
    assert_text(addr_add((struct addr){0}, 5), "-");
}

static void every_mask_has_its_length_and_no_other_has_one(void **state)
{
    (void)state;
    const enum addr_family families[] = {ADDR_V4, ADDR_V6};
    for (size_t f = 0; f < 2; f++) {
        size_t bits = addr_len(families[f]) * 8;
        for (size_t len = 0; len <= bits; len++) {
            struct addr mask = prefix_mask(families[f], (uint8_t)len);
            uint8_t back = 99;
            for (size_t bit = 0; bit < bits; bit++)
                assert_int_equal(mask.bytes[bit / 8] >> (7 - bit % 8) & 1, bit < len);
            assert_int_equal(prefix_len_of_mask(mask, &back), RC_OK);
            assert_int_equal(back, len);
            for (size_t bit = 0; bit < bits; bit++) { /* a hole, or a stray bit */
                if (bit + 1 == len || bit == len)
                    continue; /* these give the neighbouring masks */
                struct addr bad = mask;
                bad.bytes[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
                back = 99;
                assert_int_equal(prefix_len_of_mask(bad, &back), RC_MALFORMED);
                assert_int_equal(back, 99);
            }
        }
    }
    assert_text(prefix_mask(ADDR_V4, 29), "255.255.255.248");
    assert_text(prefix_mask(ADDR_V4, 255), "255.255.255.255");
}

static void a_prefix_clears_the_host_bits(void **state)
{
    (void)state;
    assert_text(prefix_of(parse("10.1.2.3"), 24).addr, "10.1.2.0");
    assert_text(prefix_of(parse("10.1.2.255"), 31).addr, "10.1.2.254");
    assert_text(prefix_of(parse("10.1.2.3"), 0).addr, "0.0.0.0");
    assert_text(prefix_of(parse("10.1.2.3"), 32).addr, "10.1.2.3");
    assert_text(prefix_of(parse("2001:db8:1:2:3::4"), 47).addr, "2001:db8::");
    assert_text(prefix_last(prefix_of(parse("10.1.2.3"), 24)), "10.1.2.255");
    assert_text(prefix_last(prefix_of(parse("10.1.2.3"), 32)), "10.1.2.3");
    assert_text(prefix_last(prefix_of(parse("10.1.2.3"), 0)), "255.255.255.255");
    assert_text(prefix_last(prefix_of(parse("2001:db8::"), 33)),
                "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff");
    /* octets past the family's length stay zero, so that values compare and hash alike */
    struct addr last = prefix_last(prefix_of(parse("10.1.2.3"), 8));
    for (size_t i = 4; i < sizeof last.bytes; i++)
        assert_int_equal(last.bytes[i], 0);
}

static void a_prefix_contains_its_first_and_last_and_no_neighbour(void **state)
{
    (void)state;
    for (uint8_t len = 1; len <= 32; len++) {
        struct prefix p = prefix_of(parse("172.16.5.128"), len);
        struct addr last = prefix_last(p);
        assert_true(prefix_contains(p, p.addr));
        assert_true(prefix_contains(p, last));
        assert_false(prefix_contains(p, addr_add(last, 1)));
        assert_false(prefix_contains(p, addr_add(p.addr, UINT32_MAX))); /* - 1 */
    }
    struct prefix all = prefix_of(parse("0.0.0.0"), 0);
    assert_true(prefix_contains(all, parse("255.255.255.255")));
    assert_false(prefix_contains(all, parse("::")));
    assert_true(prefix_contains(prefix_of(parse("::"), 0), parse("ffff::")));
    assert_false(prefix_contains(prefix_of(parse("::"), 0), parse("1.2.3.4")));
    assert_false(prefix_contains(all, (struct addr){0}));
}

static void prefixes_are_equal_with_their_lengths(void **state)
{
    (void)state;
    struct prefix a = prefix_of(parse("10.0.0.0"), 8);
    assert_true(prefix_equal(a, prefix_of(parse("10.9.9.9"), 8)));
    assert_false(prefix_equal(a, prefix_of(parse("10.0.0.0"), 9)));
    assert_false(prefix_equal(a, prefix_of(parse("11.0.0.0"), 8)));
    assert_false(prefix_equal(prefix_of(parse("0.0.0.0"), 0), prefix_of(parse("::"), 0)));
}

/* One value of each kind through its IPC form; every truncation of that is refused. */
static void put_all(struct builder *b, struct addr addr)
{
    addr_put(b, addr);
    endpoint_put(b, (struct endpoint){addr, 4500});
    prefix_put(b, prefix_of(addr, (uint8_t)(addr_len(addr.family) * 8)));
}

static void ipc_forms_come_back_and_truncations_do_not(void **state)
{
    (void)state;
    const struct addr addrs[] = {{0}, parse("10.1.2.3"), parse("2001:db8::7")};
    for (size_t i = 0; i < 3; i++) {
        uint8_t wire[128];
        struct builder b = builder_of(wire, sizeof wire);
        put_all(&b, addrs[i]);
        assert_false(b.bad);
        for (size_t n = 0; n <= builder_len(&b); n++) {
            uint8_t *exact = octets_exact(wire, n);
            struct cursor c = cursor_of(exact, n);
            struct addr addr = addr_get(&c);
            struct endpoint endpoint = endpoint_get(&c);
            struct prefix prefix = prefix_get(&c);
            assert_int_equal(cursor_done(&c), n == builder_len(&b));
            if (cursor_done(&c)) {
                assert_true(addr_equal(addr, addrs[i]));
                assert_true(endpoint_equal(endpoint, (struct endpoint){addrs[i], 4500}));
                assert_int_equal(prefix.len, addr_len(addrs[i].family) * 8);
                assert_true(addr_equal(prefix.addr, addrs[i]));
            }
            free(exact);
        }
    }
}

static void a_family_or_length_out_of_range_poisons(void **state)
{
    (void)state;
    for (unsigned family = 0; family < 256; family++) {
        uint8_t wire[32] = {(uint8_t)family};
        struct cursor c = cursor_of(wire, sizeof wire);
        (void)addr_get(&c);
        assert_int_equal(c.bad, family != 0 && family != 4 && family != 6);
    }
    for (unsigned len = 0; len < 256; len++) {
        uint8_t v4[6] = {4, 10, 0, 0, 0, (uint8_t)len}, v6[18] = {6};
        v6[17] = (uint8_t)len;
        struct cursor a = cursor_of(v4, sizeof v4), b = cursor_of(v6, sizeof v6);
        (void)prefix_get(&a);
        (void)prefix_get(&b);
        assert_int_equal(a.bad, len > 32);
        assert_int_equal(b.bad, len > 128);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(families_have_their_lengths),
        cmocka_unit_test(values_of_ipv4_go_there_and_back),
        cmocka_unit_test(octets_of_any_other_length_are_no_address),
        cmocka_unit_test(text_is_read_and_written),
        cmocka_unit_test(text_that_is_no_address_changes_nothing),
        cmocka_unit_test(endpoints_and_prefixes_have_a_text),
        cmocka_unit_test(comparison_orders_families_then_octets),
        cmocka_unit_test(endpoints_are_equal_with_their_ports),
        cmocka_unit_test(any_is_all_zero),
        cmocka_unit_test(addition_carries_and_wraps_in_the_family),
        cmocka_unit_test(every_mask_has_its_length_and_no_other_has_one),
        cmocka_unit_test(a_prefix_clears_the_host_bits),
        cmocka_unit_test(a_prefix_contains_its_first_and_last_and_no_neighbour),
        cmocka_unit_test(prefixes_are_equal_with_their_lengths),
        cmocka_unit_test(ipc_forms_come_back_and_truncations_do_not),
        cmocka_unit_test(a_family_or_length_out_of_range_poisons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
