/* Traffic selectors: ranges against prefixes, containment and overlap decided as a plain model
 * decides them, text, IPC form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/addr.h"
#include "base/rng.h"
#include "unit/base/octets.h"

static struct addr parse(const char *text)
{
    struct addr addr;
    assert_int_equal(addr_parse(text, &addr), RC_OK);
    return addr;
}

static struct selector range(const char *first, const char *last, uint8_t protocol, uint16_t port)
{
    return (struct selector){parse(first), parse(last), protocol, port};
}

static struct selector of_prefix(const char *text, uint8_t len)
{
    return selector_of_prefix(prefix_of(parse(text), len));
}

static void assert_text(const struct selector *selector, const char *want)
{
    char *out = malloc(SELECTOR_TEXT);
    assert_non_null(out);
    assert_ptr_equal(selector_format(selector, out), out);
    assert_string_equal(out, want);
    free(out);
}

static void every_prefix_is_a_selector_and_comes_back(void **state)
{
    (void)state;
    static const char *const bases[] = {
        "0.0.0.0", "10.77.3.129",          "255.255.255.255",
        "::",      "2001:db8:1:2:3:4:5:6", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        struct addr addr = parse(bases[i]);
        for (size_t len = 0; len <= addr_len(addr.family) * 8; len++) {
            struct prefix prefix = prefix_of(addr, (uint8_t)len), back;
            struct selector selector = selector_of_prefix(prefix);
            assert_true(selector_prefix(&selector, &back));
            assert_true(prefix_equal(prefix, back));
            assert_int_equal(selector_is_everything(&selector), len == 0);
            assert_true(selector_contains_addr(&selector, addr));
        }
    }
}

static void ranges_that_are_no_prefix_are_none(void **state)
{
    (void)state;
    const struct selector none[] = {
        range("10.0.0.1", "10.0.0.2", 0, 0),
        range("10.0.0.0", "10.0.0.2", 0, 0),
        range("10.0.0.1", "10.0.0.255", 0, 0),
        range("10.0.0.0", "10.0.1.254", 0, 0),
        range("10.0.1.0", "10.0.2.255", 0, 0),
        range("10.0.0.2", "10.0.0.1", 0, 0),
        range("0.0.0.1", "255.255.255.255", 0, 0),
        range("0.0.0.0", "255.255.255.254", 0, 0),
        range("::1", "::2", 0, 0),
        {{0}, {0}, 0, 0},
    };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct prefix out = {.len = 77};
        assert_false(selector_prefix(&none[i], &out));
        assert_int_equal(out.len, 77);
        assert_false(selector_is_everything(&none[i]));
    }
}

static void everything_is_everything_on_any_port(void **state)
{
    (void)state;
    struct selector all = of_prefix("0.0.0.0", 0);
    assert_true(selector_is_everything(&all));
    all.protocol = 17;
    all.port = 1701;
    assert_true(selector_is_everything(&all));
    struct selector half = of_prefix("0.0.0.0", 1);
    assert_false(selector_is_everything(&half));
}

static void one_address_is_a_selector(void **state)
{
    (void)state;
    struct selector one = selector_of_addr(parse("10.1.1.1"));
    assert_true(selector_contains_addr(&one, parse("10.1.1.1")));
    assert_false(selector_contains_addr(&one, parse("10.1.1.0")));
    assert_false(selector_contains_addr(&one, parse("10.1.1.2")));
    assert_text(&one, "10.1.1.1/32");
}

static void text_names_prefix_or_range_and_restriction(void **state)
{
    (void)state;
    const struct selector a = of_prefix("10.1.0.0", 16), b = range("10.0.0.1", "10.0.0.9", 0, 0),
                          c = range("10.1.0.0", "10.1.255.255", 17, 1701),
                          d = range("10.0.0.1", "10.0.0.9", 6, 0), e = of_prefix("::", 0);
    const struct selector longest = {parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff1"),
                                     parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff2"), 255, 65535};
    assert_text(&a, "10.1.0.0/16");
    assert_text(&b, "10.0.0.1-10.0.0.9");
    assert_text(&c, "10.1.0.0/16/17/1701");
    assert_text(&d, "10.0.0.1-10.0.0.9/6/0");
    assert_text(&e, "::/0");
    assert_text(&longest, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff1-"
                          "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff2/255/65535");
}

static void equality_looks_at_every_field(void **state)
{
    (void)state;
    const struct selector a = range("10.0.0.1", "10.0.0.9", 6, 80);
    struct selector b = a;
    assert_true(selector_equal(&a, &b));
    b.first = parse("10.0.0.2");
    assert_false(selector_equal(&a, &b));
    b = a;
    b.last = parse("10.0.0.8");
    assert_false(selector_equal(&a, &b));
    b = a;
    b.protocol = 17;
    assert_false(selector_equal(&a, &b));
    b = a;
    b.port = 81;
    assert_false(selector_equal(&a, &b));
}

/* The model: one octet of address, two protocols, two ports, packet by packet. */
static struct selector small(const struct rng *rng, enum addr_family family)
{
    struct selector s = {{.family = family}, {.family = family}, 0, 0};
    size_t last = addr_len(family) - 1;
    uint8_t a = (uint8_t)(rng_u32(rng) % 8), b = (uint8_t)(rng_u32(rng) % 8);
    s.first.bytes[last] = a < b ? a : b;
    s.last.bytes[last] = a < b ? b : a;
    s.protocol = (uint8_t)(rng_u32(rng) % 3);
    s.port = (uint16_t)(rng_u32(rng) % 3);
    return s;
}

/* Packets have a protocol and a port of 1 to 3; value 3 is in no selector but the open ones. */
static bool matches(const struct selector *s, unsigned at, unsigned protocol, unsigned port)
{
    size_t last = addr_len(s->first.family) - 1;
    return s->first.bytes[last] <= at && at <= s->last.bytes[last] &&
           (!s->protocol || s->protocol == protocol) && (!s->port || s->port == port);
}

static void containment_and_overlap_are_those_of_packets(void **state)
{
    (void)state;
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, 4301);
    unsigned contained = 0, overlapping = 0, rounds = 20000;
    for (unsigned i = 0; i < rounds; i++) {
        enum addr_family family = i % 2 ? ADDR_V4 : ADDR_V6;
        struct selector a = small(&rng, family), b = small(&rng, family);
        bool all = true, some = false;
        for (unsigned at = 0; at < 8; at++)
            for (unsigned pair = 0; pair < 9; pair++) {
                bool in_a = matches(&a, at, pair / 3 + 1, pair % 3 + 1);
                bool in_b = matches(&b, at, pair / 3 + 1, pair % 3 + 1);
                all = all && (!in_b || in_a);
                some = some || (in_a && in_b);
            }
        assert_int_equal(selector_contains(&a, &b), all);
        assert_int_equal(selector_overlaps(&a, &b), some);
        contained += all;
        overlapping += some;
    }
    assert_true(contained > rounds / 100 && contained < rounds / 2); /* both answers were asked */
    assert_true(overlapping > rounds / 10 && overlapping < rounds);
}

static void families_never_contain_or_overlap_each_other(void **state)
{
    (void)state;
    const struct selector v4 = of_prefix("0.0.0.0", 0), v6 = of_prefix("::", 0);
    assert_false(selector_contains(&v4, &v6));
    assert_false(selector_contains(&v6, &v4));
    assert_false(selector_overlaps(&v4, &v6));
    assert_false(selector_contains_addr(&v4, parse("::1")));
    assert_false(selector_contains_addr(&v6, parse("1.1.1.1")));
    assert_false(selector_contains_addr(&v4, (struct addr){0}));
}

static void the_ipc_form_comes_back_and_its_truncations_do_not(void **state)
{
    (void)state;
    const struct selector all[] = {
        range("10.0.0.1", "10.0.0.9", 17, 1701), of_prefix("::", 0), {{0}, {0}, 0, 0}};
    for (size_t i = 0; i < 3; i++) {
        uint8_t wire[64];
        struct builder b = builder_of(wire, sizeof wire);
        selector_put(&b, &all[i]);
        for (size_t n = 0; n <= builder_len(&b); n++) {
            uint8_t *exact = octets_exact(wire, n);
            struct cursor c = cursor_of(exact, n);
            struct selector back = selector_get(&c);
            assert_int_equal(cursor_done(&c), n == builder_len(&b));
            if (cursor_done(&c))
                assert_true(selector_equal(&back, &all[i]));
            free(exact);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_prefix_is_a_selector_and_comes_back),
        cmocka_unit_test(ranges_that_are_no_prefix_are_none),
        cmocka_unit_test(everything_is_everything_on_any_port),
        cmocka_unit_test(one_address_is_a_selector),
        cmocka_unit_test(text_names_prefix_or_range_and_restriction),
        cmocka_unit_test(equality_looks_at_every_field),
        cmocka_unit_test(containment_and_overlap_are_those_of_packets),
        cmocka_unit_test(families_never_contain_or_overlap_each_other),
        cmocka_unit_test(the_ipc_form_comes_back_and_its_truncations_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
