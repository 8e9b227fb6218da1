/* When tunnels are dialled, with a clock of its own. */
#include "role/dial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* A configuration with one map on one interface, whose entry has these peers. */
struct lab {
    struct config config;
    struct config_interface interface;
    struct crypto_map map;
    struct map_entry entry;
};

static void lab_init(struct lab *lab, bool on_start, const struct map_peer *peers, size_t count)
{
    *lab = (struct lab){.config = {.dial_on_start = on_start}};
    for (size_t i = 0; i < count; i++)
        lab->entry.peers[i] = peers[i];
    lab->entry.peer_count = count;
    lab->map = (struct crypto_map){.name = "m", .entries = &lab->entry, .entry_count = 1};
    lab->interface = (struct config_interface){.name = "Ethernet0", .map = &lab->map};
    lab->config.interfaces = &lab->interface;
    lab->config.interface_count = 1;
}

static const struct map_peer plain[] = {{.addr = {.family = ADDR_V4, .bytes = {192, 0, 2, 1}}},
                                        {.addr = {.family = ADDR_V4, .bytes = {192, 0, 2, 2}}}};
static const struct map_peer with_default[] = {
    {.addr = {.family = ADDR_V4, .bytes = {192, 0, 2, 1}}},
    {.addr = {.family = ADDR_V4, .bytes = {192, 0, 2, 2}}, .preferred = true}};
static const struct map_peer named[] = {{.host = "hub.example"}};

static void where_traffic_dials_and_nothing_can_move_the_dialler_sleeps(void **state)
{
    (void)state;
    struct lab lab;
    struct dial dial;
    lab_init(&lab, false, plain, 2);
    dial_start(&dial, &lab.config, 1000);
    assert_true(dial.next_ms == UINT64_MAX);
    dial_address_changed(&dial, 2000);
    assert_true(dial.next_ms == UINT64_MAX);
    /* One peer that is the default has nothing to return from. */
    lab_init(&lab, false, &with_default[1], 1);
    dial_start(&dial, &lab.config, 1000);
    assert_true(dial.next_ms == UINT64_MAX);
}

static void on_start_it_dials_at_once_and_looks_every_five_seconds(void **state)
{
    (void)state;
    struct lab lab;
    struct dial dial;
    lab_init(&lab, true, plain, 2);
    dial_start(&dial, &lab.config, 1000);
    assert_int_equal(dial.next_ms, 1000);
    dial_done(&dial, 0, 1000);
    assert_int_equal(dial.next_ms, 6000);
    dial_done(&dial, 0, 6000);
    assert_int_equal(dial.next_ms, 11000);
}

static void what_is_missing_is_dialled_at_growing_distance(void **state)
{
    (void)state;
    struct lab lab;
    struct dial dial;
    uint64_t now_ms = 1000;
    lab_init(&lab, true, plain, 2);
    dial_start(&dial, &lab.config, now_ms);
    for (unsigned i = 0; i < 10; i++) {
        uint64_t pause_ms = 1000u << (i < 6 ? i : 6);
        dial_done(&dial, 3, now_ms);
        assert_int_equal(dial.next_ms, now_ms + (pause_ms < 60000 ? pause_ms : 60000));
        now_ms = dial.next_ms;
    }
    dial_address_changed(&dial, now_ms);
    assert_int_equal(dial.next_ms, now_ms);
    dial_done(&dial, 3, now_ms);
    assert_int_equal(dial.next_ms, now_ms + 1000);
}

static void what_may_move_is_looked_after_whatever_is_missing(void **state)
{
    (void)state;
    const struct map_peer *const lists[] = {with_default, named};
    for (size_t i = 0; i < 2; i++)
        for (int on_start = 0; on_start < 2; on_start++) {
            struct lab lab;
            struct dial dial;
            uint64_t now_ms = 1000;
            lab_init(&lab, on_start, lists[i], lists[i] == named ? 1 : 2);
            dial_start(&dial, &lab.config, now_ms);
            assert_int_equal(dial.next_ms, on_start ? now_ms : now_ms + 5000);
            for (int k = 0; k < 20; k++) {
                now_ms = dial.next_ms;
                dial_done(&dial, 1, now_ms);
                assert_in_range(dial.next_ms - now_ms, 1000, 5000);
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_traffic_dials_and_nothing_can_move_the_dialler_sleeps),
        cmocka_unit_test(on_start_it_dials_at_once_and_looks_every_five_seconds),
        cmocka_unit_test(what_is_missing_is_dialled_at_growing_distance),
        cmocka_unit_test(what_may_move_is_looked_after_whatever_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
