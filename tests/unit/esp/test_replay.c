/* The replay window against a plain list of what was seen, at its edges and at the end of the
 * number space. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "esp/replay.h"

#include <stdlib.h>

static enum rc commit(struct esp_replay *replay, uint64_t sequence)
{
    bool newer = false;
    return esp_replay_commit(replay, sequence, &newer);
}

static void a_number_is_accepted_once(void **state)
{
    (void)state;
    struct esp_replay replay;
    assert_int_equal(esp_replay_init(&replay, 64), RC_OK);
    for (uint64_t n = 1; n <= 1000; n++) {
        assert_int_equal(esp_replay_check(&replay, n), RC_OK);
        assert_int_equal(commit(&replay, n), RC_OK);
        assert_int_equal(esp_replay_check(&replay, n), RC_REPLAYED);
        assert_int_equal(commit(&replay, n), RC_REPLAYED);
    }
    esp_replay_wipe(&replay);
}

static void number_zero_is_never_accepted(void **state)
{
    (void)state;
    struct esp_replay replay;
    assert_int_equal(esp_replay_init(&replay, 1024), RC_OK);
    assert_int_equal(esp_replay_check(&replay, 0), RC_REPLAYED);
    assert_int_equal(commit(&replay, 0), RC_REPLAYED);
    esp_replay_wipe(&replay);
}

static void the_window_is_exactly_as_wide_as_asked(void **state)
{
    (void)state;
    static const uint16_t windows[] = {1, 2, 32, 63, 64, 65, 127, 128, 1000, 1024, 65535};
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        struct esp_replay replay;
        uint64_t window = windows[i], highest = 1000000 + window;
        assert_int_equal(esp_replay_init(&replay, windows[i]), RC_OK);
        assert_int_equal(commit(&replay, highest), RC_OK);
        assert_int_equal(esp_replay_check(&replay, highest - window), RC_REPLAYED);
        if (window > 1) {
            assert_int_equal(esp_replay_check(&replay, highest - window + 1), RC_OK);
            assert_int_equal(commit(&replay, highest - window + 1), RC_OK);
            assert_int_equal(commit(&replay, highest - window + 1), RC_REPLAYED);
        }
        esp_replay_wipe(&replay);
    }
}

static void a_jump_of_any_length_leaves_no_stale_bit(void **state)
{
    (void)state;
    for (uint64_t jump = 1; jump < 3000; jump += 7) {
        struct esp_replay replay;
        assert_int_equal(esp_replay_init(&replay, 1024), RC_OK);
        for (uint64_t n = 1; n <= 2048; n++)
            assert_int_equal(commit(&replay, n), RC_OK);
        assert_int_equal(commit(&replay, 2048 + jump), RC_OK);
        for (uint64_t n = 2049; n < 2048 + jump; n++) {
            bool inside = 2048 + jump - n < 1024;
            assert_int_equal(esp_replay_check(&replay, n), inside ? RC_OK : RC_REPLAYED);
        }
        esp_replay_wipe(&replay);
    }
}

/* seen[] is the specification: accept what is new and not older than the window. */
static void a_shuffled_stream_is_judged_as_a_list_would(void **state)
{
    (void)state;
    enum { SPAN = 20000, WINDOW = 130 };
    uint8_t *seen = calloc(SPAN, 1);
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, 42);
    struct esp_replay replay;
    uint64_t highest = 0;
    assert_non_null(seen);
    assert_int_equal(esp_replay_init(&replay, WINDOW), RC_OK);
    for (int i = 0; i < 200000; i++) {
        uint64_t base = highest > 300 ? highest - 300 : 0;
        uint64_t n = base + rng_u32(&rng) % 310;
        if (n >= SPAN)
            break;
        bool fresh = n > 0 && !seen[n] && (n > highest || highest - n < WINDOW), newer = false;
        assert_int_equal(esp_replay_check(&replay, n), fresh ? RC_OK : RC_REPLAYED);
        assert_int_equal(esp_replay_commit(&replay, n, &newer), fresh ? RC_OK : RC_REPLAYED);
        assert_int_equal(newer, fresh && n > highest);
        if (fresh)
            seen[n] = 1;
        if (fresh && n > highest)
            highest = n;
    }
    assert_true(highest > 10000);
    esp_replay_wipe(&replay);
    free(seen);
}

static void the_end_of_the_number_space_is_no_edge(void **state)
{
    (void)state;
    struct esp_replay replay;
    assert_int_equal(esp_replay_init(&replay, 1024), RC_OK);
    for (uint64_t n = UINT32_MAX - 3000ull; n <= UINT32_MAX; n++)
        assert_int_equal(commit(&replay, n), RC_OK);
    for (uint64_t n = UINT32_MAX - 3000ull; n <= UINT32_MAX; n++)
        assert_int_equal(commit(&replay, n), RC_REPLAYED);
    /* A counter that wrapped starts at small numbers again, which are old. */
    for (uint64_t n = 0; n < 2000; n++)
        assert_int_equal(commit(&replay, n), RC_REPLAYED);
    esp_replay_wipe(&replay);
}

static void a_window_of_zero_refuses_nothing_but_knows_the_highest(void **state)
{
    (void)state;
    struct esp_replay replay;
    bool newer = true;
    assert_int_equal(esp_replay_init(&replay, 0), RC_OK);
    assert_int_equal(esp_replay_commit(&replay, 9, &newer), RC_OK);
    assert_true(newer);
    assert_int_equal(esp_replay_commit(&replay, 9, &newer), RC_OK);
    assert_false(newer);
    assert_int_equal(esp_replay_commit(&replay, 3, &newer), RC_OK);
    assert_false(newer);
    assert_int_equal(replay.highest, 9);
    esp_replay_wipe(&replay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_accepted_once),
        cmocka_unit_test(number_zero_is_never_accepted),
        cmocka_unit_test(the_window_is_exactly_as_wide_as_asked),
        cmocka_unit_test(a_jump_of_any_length_leaves_no_stale_bit),
        cmocka_unit_test(a_shuffled_stream_is_judged_as_a_list_would),
        cmocka_unit_test(the_end_of_the_number_space_is_no_edge),
        cmocka_unit_test(a_window_of_zero_refuses_nothing_but_knows_the_highest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
