/* The heap of deadlines, mostly against a model that looks at every timer each time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/heap.h"
#include "base/rng.h"

enum { TIMERS = 200, ROUNDS = 50000 };

static void an_empty_heap_has_no_deadline(void **state)
{
    (void)state;
    struct heap heap = {0};
    assert_true(heap_next_ms(&heap) == UINT64_MAX);
    assert_null(heap_pop_due(&heap, UINT64_MAX));
    heap_wipe(&heap);
    assert_true(heap_next_ms(&heap) == UINT64_MAX);
}

static void a_timer_is_due_at_its_time_and_not_before(void **state)
{
    (void)state;
    struct heap heap = {0};
    struct timer timer = {.owner = 7, .kind = 3};
    assert_int_equal(heap_arm(&heap, &timer, 1000), RC_OK);
    assert_true(heap_next_ms(&heap) == 1000);
    assert_null(heap_pop_due(&heap, 999));
    struct timer *due = heap_pop_due(&heap, 1000);
    assert_ptr_equal(due, &timer);
    assert_true(due->owner == 7 && due->kind == 3 && due->due_ms == 1000);
    assert_int_equal(due->place, 0);
    assert_null(heap_pop_due(&heap, UINT64_MAX));
    heap_wipe(&heap);
}

static void arming_again_moves_the_deadline_both_ways(void **state)
{
    (void)state;
    struct heap heap = {0};
    struct timer a = {0}, b = {0};
    assert_int_equal(heap_arm(&heap, &a, 10), RC_OK);
    assert_int_equal(heap_arm(&heap, &b, 20), RC_OK);
    assert_int_equal(heap_arm(&heap, &a, 30), RC_OK);
    assert_true(heap_next_ms(&heap) == 20);
    assert_int_equal(heap_arm(&heap, &a, 5), RC_OK);
    assert_true(heap_next_ms(&heap) == 5);
    assert_int_equal(heap.count, 2);
    heap_wipe(&heap);
}

static void disarming_twice_or_what_was_never_armed_is_nothing(void **state)
{
    (void)state;
    struct heap heap = {0};
    struct timer a = {0}, b = {0};
    heap_disarm(&heap, &b);
    assert_int_equal(heap_arm(&heap, &a, 10), RC_OK);
    heap_disarm(&heap, &b);
    assert_int_equal(heap.count, 1);
    heap_disarm(&heap, &a);
    heap_disarm(&heap, &a);
    assert_int_equal(heap.count, 0);
    assert_true(heap_next_ms(&heap) == UINT64_MAX);
    heap_wipe(&heap);
}

static void a_timer_may_be_armed_again_after_it_fired(void **state)
{
    (void)state;
    struct heap heap = {0};
    struct timer timer = {0};
    for (uint64_t now = 0; now < 500; now++) {
        assert_int_equal(heap_arm(&heap, &timer, now), RC_OK);
        assert_ptr_equal(heap_pop_due(&heap, now), &timer);
    }
    assert_int_equal(heap.count, 0);
    heap_wipe(&heap);
}

static void deadlines_at_the_ends_of_time_are_deadlines(void **state)
{
    (void)state;
    struct heap heap = {0};
    struct timer first = {0}, last = {0};
    assert_int_equal(heap_arm(&heap, &last, UINT64_MAX), RC_OK);
    assert_int_equal(heap_arm(&heap, &first, 0), RC_OK);
    assert_ptr_equal(heap_pop_due(&heap, 0), &first);
    assert_null(heap_pop_due(&heap, UINT64_MAX - 1));
    assert_ptr_equal(heap_pop_due(&heap, UINT64_MAX), &last);
    heap_wipe(&heap);
}

static void all_timers_come_out_in_order(void **state)
{
    (void)state;
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, 1);
    struct timer timers[TIMERS] = {{0}};
    struct heap heap = {0};
    for (size_t i = 0; i < TIMERS; i++)
        assert_int_equal(heap_arm(&heap, &timers[i], rng_u32(&rng) % 50), RC_OK);
    uint64_t before = 0;
    for (size_t i = 0; i < TIMERS; i++) {
        uint64_t next = heap_next_ms(&heap);
        struct timer *due = heap_pop_due(&heap, UINT64_MAX);
        assert_non_null(due);
        assert_true(due->due_ms == next && due->due_ms >= before);
        before = due->due_ms;
    }
    assert_null(heap_pop_due(&heap, UINT64_MAX));
    heap_wipe(&heap);
}

/* What the heap must know: which timers are armed, and the earliest of them. */
static void assert_model(const struct heap *heap, const struct timer *timers, const bool *armed)
{
    uint64_t earliest = UINT64_MAX;
    size_t count = 0;
    for (size_t i = 0; i < TIMERS; i++) {
        assert_int_equal(timers[i].place != 0, armed[i]);
        count += armed[i];
        if (armed[i])
            assert_ptr_equal(heap->items[timers[i].place], &timers[i]);
        if (armed[i] && timers[i].due_ms < earliest)
            earliest = timers[i].due_ms;
    }
    assert_int_equal(heap->count, count);
    assert_true(heap_next_ms(heap) == earliest);
}

static void random_order_agrees_with_the_model(void **state)
{
    (void)state;
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, 2);
    static struct timer timers[TIMERS];
    static bool armed[TIMERS];
    struct heap heap = {0};
    uint64_t now = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t i = rng_u32(&rng) % TIMERS;
        unsigned what = rng_u32(&rng) % 8;
        if (what < 4) {
            uint64_t due = now + rng_u32(&rng) % 100;
            assert_int_equal(heap_arm(&heap, &timers[i], due), RC_OK);
            assert_true(timers[i].due_ms == due);
            armed[i] = true;
        } else if (what < 6) {
            heap_disarm(&heap, &timers[i]);
            armed[i] = false;
        } else {
            now += rng_u32(&rng) % 4;
            for (struct timer *due; (due = heap_pop_due(&heap, now)) != NULL;) {
                assert_true(due->due_ms <= now && armed[due - timers]);
                armed[due - timers] = false;
            }
            for (size_t k = 0; k < TIMERS; k++)
                assert_true(!armed[k] || timers[k].due_ms > now);
        }
        if (round % 16 == 0)
            assert_model(&heap, timers, armed);
    }
    heap_wipe(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_heap_has_no_deadline),
        cmocka_unit_test(a_timer_is_due_at_its_time_and_not_before),
        cmocka_unit_test(arming_again_moves_the_deadline_both_ways),
        cmocka_unit_test(disarming_twice_or_what_was_never_armed_is_nothing),
        cmocka_unit_test(a_timer_may_be_armed_again_after_it_fired),
        cmocka_unit_test(deadlines_at_the_ends_of_time_are_deadlines),
        cmocka_unit_test(all_timers_come_out_in_order),
        cmocka_unit_test(random_order_agrees_with_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
