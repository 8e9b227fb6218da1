/* Peers that did not answer are left alone for a while, however many others there were before. */
#include "ike/initiate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct addr peer(uint8_t number)
{
    return (struct addr){.family = ADDR_V4, .bytes = {192, 0, 2, number}};
}

static void a_new_failure_is_held_off_though_the_table_is_full_of_old_ones(void **state)
{
    (void)state;
    struct engine *engine = calloc(1, sizeof *engine);
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, 1);
    struct effects effects = {0};
    struct io io = {.now_ms = 1000, .rng = &rng, .out = &effects};
    assert_non_null(engine);
    for (uint8_t i = 0; i < HOLD_OFF_MAX; i++) {
        io.now_ms++;
        initiate_failed(engine, peer(i), &io);
    }
    io.now_ms += 1000000;
    initiate_failed(engine, peer(HOLD_OFF_MAX), &io);
    assert_true(initiate_held_off(engine, peer(HOLD_OFF_MAX), io.now_ms));
    initiate_failed(engine, peer(HOLD_OFF_MAX + 1), &io);
    assert_true(initiate_held_off(engine, peer(HOLD_OFF_MAX + 1), io.now_ms));
    assert_true(initiate_held_off(engine, peer(HOLD_OFF_MAX), io.now_ms));
    assert_int_equal(engine->hold_off_count, HOLD_OFF_MAX);
    effects_wipe(&effects);
    free(engine);
}

static void every_failure_in_a_row_waits_longer_and_success_forgets_them(void **state)
{
    (void)state;
    struct engine *engine = calloc(1, sizeof *engine);
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, 2);
    struct effects effects = {0};
    struct io io = {.now_ms = 1000, .rng = &rng, .out = &effects};
    assert_non_null(engine);
    for (unsigned i = 0; i < 10; i++) {
        uint64_t most = 1000u << (i < 6 ? i : 6);
        most = most < 60000 ? most : 60000;
        initiate_failed(engine, peer(1), &io);
        assert_true(initiate_held_off(engine, peer(1), io.now_ms + most * 3 / 4));
        assert_false(initiate_held_off(engine, peer(1), io.now_ms + most));
        io.now_ms += most;
    }
    initiate_failed(engine, peer(1), &io);
    initiate_succeeded(engine, peer(1));
    assert_false(initiate_held_off(engine, peer(1), io.now_ms));
    initiate_failed(engine, peer(1), &io);
    assert_false(initiate_held_off(engine, peer(1), io.now_ms + 1000));
    effects_wipe(&effects);
    free(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_failure_is_held_off_though_the_table_is_full_of_old_ones),
        cmocka_unit_test(every_failure_in_a_row_waits_longer_and_success_forgets_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
