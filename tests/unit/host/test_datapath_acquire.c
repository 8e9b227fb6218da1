/* How often an SA is asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/datapath_acquire.h"

static struct esp_inner flow(uint32_t destination)
{
    return (struct esp_inner){.source = addr_v4(0x0a010101),
                              .destination = addr_v4(0x0a020000 + destination),
                              .protocol = 6,
                              .has_ports = true,
                              .source_port = 1000,
                              .destination_port = 80};
}

static bool asks(struct datapath_acquire *acquire, uint32_t tun, uint32_t destination,
                 uint64_t now_ms)
{
    struct path_acquire out;
    struct esp_inner inner = flow(destination);
    return datapath_acquire_allowed(acquire, tun, &inner, now_ms, &out);
}

static void the_question_shows_the_packet(void **state)
{
    (void)state;
    struct datapath_acquire acquire = {.seed = 1};
    struct path_acquire out;
    struct esp_inner inner = flow(9);
    assert_true(datapath_acquire_allowed(&acquire, 3, &inner, 5000, &out));
    assert_int_equal(out.tun, 3);
    assert_true(addr_equal(out.source.first, inner.source));
    assert_true(addr_equal(out.source.last, inner.source));
    assert_true(addr_equal(out.destination.first, inner.destination));
    assert_int_equal(out.source.protocol, 6);
    assert_int_equal(out.destination.protocol, 6);
    assert_int_equal(out.source.port, 1000);
    assert_int_equal(out.destination.port, 80);
}

static void a_pair_asks_once_a_second(void **state)
{
    (void)state;
    struct datapath_acquire acquire = {.seed = 1};
    assert_true(asks(&acquire, 0, 1, 5000));
    assert_false(asks(&acquire, 0, 1, 5000));
    assert_false(asks(&acquire, 0, 1, 5999));
    assert_true(asks(&acquire, 0, 2, 5999));
    assert_true(asks(&acquire, 1, 1, 5999)); /* another TUN is another flow */
    assert_true(asks(&acquire, 0, 1, 6000));
}

static void many_pairs_share_one_limit(void **state)
{
    (void)state;
    struct datapath_acquire acquire = {.seed = 1};
    unsigned asked = 0;
    for (uint32_t i = 0; i < 10000; i++)
        asked += asks(&acquire, 0, i, 5000 + i / 20); /* half a second */
    assert_int_equal(asked, ACQUIRE_PER_SECOND);
    assert_true(asks(&acquire, 0, 20000, 6000));
}

static void the_first_second_after_boot_is_like_any_other(void **state)
{
    (void)state;
    struct datapath_acquire acquire = {.seed = 1};
    assert_true(asks(&acquire, 0, 1, 0));
    assert_false(asks(&acquire, 0, 1, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_question_shows_the_packet),
        cmocka_unit_test(a_pair_asks_once_a_second),
        cmocka_unit_test(many_pairs_share_one_limit),
        cmocka_unit_test(the_first_second_after_boot_is_like_any_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
