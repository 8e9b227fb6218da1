/* What the key process logs of strangers is bounded, however many sources they pretend to have; and
 * arithmetic that ends after the engine did is forgotten. */
#include "role/key_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static bool allowed(struct key_log_source *rows, enum event_kind kind, uint32_t source,
                    uint64_t now_ms, unsigned *lost)
{
    bool of_all;
    const struct event event = {
        .kind = kind,
        .peer = {.addr = {.family = ADDR_V4,
                          .bytes = {10, (uint8_t)(source >> 16), (uint8_t)(source >> 8),
                                    (uint8_t)source}}}};
    return key_log_allowed(rows, &event, now_ms, lost, &of_all);
}

static void one_stranger_gets_few_lines_and_the_rest_is_counted(void **state)
{
    (void)state;
    struct key_log_source rows[KEY_LOG_SOURCES] = {0};
    unsigned lines = 0, lost;
    for (int i = 0; i < 1000; i++)
        lines += allowed(rows, EV_REFUSED, 1, 20000, &lost);
    assert_int_equal(lines, 10);
    assert_true(allowed(rows, EV_REFUSED, 1, 40000, &lost));
    assert_int_equal(lost, 990);
}

static void strangers_of_forged_sources_get_few_lines_together(void **state)
{
    (void)state;
    struct key_log_source rows[KEY_LOG_SOURCES] = {0};
    unsigned lines = 0, lost;
    for (uint32_t i = 0; i < 100000; i++)
        lines += allowed(rows, i % 2 ? EV_REFUSED : EV_IKE_DELETED, i, 20000 + i / 100, &lost);
    assert_int_equal(lines, 100);
    assert_true(allowed(rows, EV_REFUSED, 7, 40000, &lost));
    assert_int_equal(lost, 100000 - 100);
}

static void what_has_authenticated_is_heard_through_a_flood(void **state)
{
    (void)state;
    struct key_log_source rows[KEY_LOG_SOURCES] = {0};
    unsigned lost;
    for (uint32_t i = 0; i < 10000; i++)
        allowed(rows, EV_REFUSED, i, 20000, &lost);
    for (int i = 0; i < 100; i++)
        assert_true(allowed(rows, EV_TUNNEL_UP, 1u << 20, 20000, &lost));
    assert_false(allowed(rows, EV_TUNNEL_UP, 1u << 20, 20000, &lost));
}

static void arithmetic_that_ends_after_the_engine_is_forgotten(void **state)
{
    (void)state;
    uv_loop_t loop;
    struct key *key = calloc(1, sizeof *key);
    struct effect_ask_dh ask = {.group = 14, .want_public = true};
    assert_non_null(key);
    assert_int_equal(uv_loop_init(&loop), 0);
    key->loop = &loop;
    memset(ask.private_value, 3, sizeof ask.private_value);
    key_dh_start(key, &ask);
    assert_int_equal(key->dh_running, 1);
    uv_run(&loop, UV_RUN_DEFAULT); /* there is no engine any more */
    assert_int_equal(key->dh_running, 0);
    assert_int_equal(key->effects.count, 0);
    assert_int_equal(uv_loop_close(&loop), 0);
    free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_stranger_gets_few_lines_and_the_rest_is_counted),
        cmocka_unit_test(strangers_of_forged_sources_get_few_lines_together),
        cmocka_unit_test(what_has_authenticated_is_heard_through_a_flood),
        cmocka_unit_test(arithmetic_that_ends_after_the_engine_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
