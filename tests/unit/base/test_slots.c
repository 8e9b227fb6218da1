/* Slots: handles that outlive their object find nothing, places are used again, iteration survives
 * freeing; all of it once more against a plain model in random order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/slots.h"

enum { CAPACITY = 16, ROUNDS = 20000, GONE = 256 };

struct thing {
    uint64_t value;
    uint8_t tail[40];
};

static struct slots make(uint32_t capacity)
{
    struct slots slots;
    assert_int_equal(slots_init(&slots, sizeof(struct thing), capacity), RC_OK);
    return slots;
}

static struct thing *add(struct slots *slots, slot_handle *handle)
{
    void *object = NULL;
    assert_int_equal(slots_new(slots, handle, &object), RC_OK);
    assert_non_null(object);
    return object;
}

static bool all_zero(const struct thing *thing)
{
    static const struct thing zero;
    return thing->value == 0 && memcmp(thing->tail, zero.tail, sizeof zero.tail) == 0;
}

static void an_object_is_zeroed_and_found_by_its_handle(void **state)
{
    (void)state;
    struct slots slots = make(CAPACITY);
    slot_handle a, b;
    struct thing *first = add(&slots, &a), *second = add(&slots, &b);
    assert_true(all_zero(first) && all_zero(second));
    assert_true(a != 0 && b != 0 && a != b);
    assert_ptr_equal(slots_get(&slots, a), first);
    assert_ptr_equal(slots_get(&slots, b), second);
    assert_int_equal(slots.live, 2);
    slots_wipe(&slots);
}

static void zero_and_foreign_handles_find_nothing(void **state)
{
    (void)state;
    struct slots slots = make(CAPACITY), empty = make(CAPACITY);
    slot_handle a;
    add(&slots, &a);
    const slot_handle foreign[] = {0,
                                   a + 1,
                                   a + CAPACITY,
                                   a ^ UINT64_C(1) << 32,
                                   a ^ UINT64_C(1) << 33,
                                   a ^ UINT64_C(1) << 63,
                                   (uint32_t)a,
                                   UINT32_MAX,
                                   UINT64_MAX};
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        assert_null(slots_get(&slots, foreign[i]));
        slots_free(&slots, foreign[i]);
    }
    assert_null(slots_get(&empty, a));
    assert_non_null(slots_get(&slots, a));
    assert_int_equal(slots.live, 1);
    slots_wipe(&slots);
    slots_wipe(&empty);
}

static void a_stale_handle_never_reaches_the_next_tenant(void **state)
{
    (void)state;
    struct slots slots = make(1);
    slot_handle old[GONE];
    for (size_t i = 0; i < GONE; i++) {
        struct thing *thing = add(&slots, &old[i]);
        assert_true(all_zero(thing)); /* nothing of the tenant before */
        memset(thing, 0xaa, sizeof *thing);
        for (size_t k = 0; k < i; k++) {
            assert_null(slots_get(&slots, old[k]));
            slots_free(&slots, old[k]); /* ignored */
        }
        assert_ptr_equal(slots_get(&slots, old[i]), thing);
        assert_int_equal(slots.live, 1);
        slots_free(&slots, old[i]);
        assert_null(slots_get(&slots, old[i]));
        assert_int_equal(slots.live, 0);
    }
    slots_wipe(&slots);
}

static void capacity_is_the_limit_and_freeing_makes_room(void **state)
{
    (void)state;
    struct slots slots = make(CAPACITY);
    slot_handle handles[CAPACITY], extra = 77;
    void *object = &extra;
    for (size_t i = 0; i < CAPACITY; i++)
        add(&slots, &handles[i])->value = i;
    assert_int_equal(slots_new(&slots, &extra, &object), RC_FULL);
    assert_true(extra == 77);
    assert_ptr_equal(object, &extra);
    for (size_t i = 0; i < CAPACITY; i++) {
        slots_free(&slots, handles[i]);
        add(&slots, &handles[i])->value = i + 100;
        assert_int_equal(slots_new(&slots, &extra, &object), RC_FULL);
    }
    for (size_t i = 0; i < CAPACITY; i++)
        assert_int_equal(((struct thing *)slots_get(&slots, handles[i]))->value, i + 100);
    slots_wipe(&slots);
}

static void no_capacity_holds_nothing(void **state)
{
    (void)state;
    struct slots slots = make(0);
    slot_handle handle;
    void *object;
    uint32_t at = 0;
    assert_int_equal(slots_new(&slots, &handle, &object), RC_FULL);
    assert_null(slots_next(&slots, &at, &handle));
    slots_wipe(&slots);
}

static void iteration_visits_each_live_object_once(void **state)
{
    (void)state;
    struct slots slots = make(CAPACITY);
    slot_handle handles[CAPACITY], handle;
    for (size_t i = 0; i < CAPACITY; i++)
        add(&slots, &handles[i])->value = i;
    for (size_t i = 0; i < CAPACITY; i += 3)
        slots_free(&slots, handles[i]);
    unsigned seen = 0;
    uint32_t at = 0;
    for (struct thing *t; (t = slots_next(&slots, &at, &handle)) != NULL;) {
        assert_true(handle == handles[t->value]);
        assert_true(t->value % 3 != 0);
        assert_int_equal(seen >> t->value & 1, 0);
        seen |= 1u << t->value;
    }
    for (unsigned i = 0; i < CAPACITY; i++)
        assert_int_equal(seen >> i & 1, i % 3 != 0);
    slots_wipe(&slots);
}

static void the_current_object_may_be_freed_while_iterating(void **state)
{
    (void)state;
    for (unsigned every = 1; every <= 3; every++) {
        struct slots slots = make(CAPACITY);
        slot_handle handles[CAPACITY], handle;
        for (size_t i = 0; i < CAPACITY; i++)
            add(&slots, &handles[i])->value = i;
        unsigned visited = 0;
        uint32_t at = 0;
        for (struct thing *t; (t = slots_next(&slots, &at, &handle)) != NULL; visited++)
            if (t->value % every == 0)
                slots_free(&slots, handle);
        assert_int_equal(visited, CAPACITY);
        for (size_t i = 0; i < CAPACITY; i++)
            assert_int_equal(slots_get(&slots, handles[i]) != NULL, i % every != 0);
        slots_wipe(&slots);
    }
}

static void objects_do_not_move_and_others_are_not_touched(void **state)
{
    (void)state;
    struct slots slots = make(1000);
    slot_handle first, handle;
    struct thing *thing = add(&slots, &first);
    memset(thing, 0x5c, sizeof *thing);
    struct thing before = *thing;
    for (size_t i = 1; i < 1000; i++)
        add(&slots, &handle);
    slots_free(&slots, handle);
    assert_ptr_equal(slots_get(&slots, first), thing);
    assert_memory_equal(thing->tail, before.tail, sizeof before.tail);
    assert_true(thing->value == before.value);
    slots_wipe(&slots);
}

static void a_wiped_table_finds_nothing(void **state)
{
    (void)state;
    struct slots slots = make(CAPACITY);
    slot_handle handle;
    uint32_t at = 0;
    add(&slots, &handle);
    slots_wipe(&slots);
    assert_null(slots_get(&slots, handle));
    slots_free(&slots, handle);
    assert_null(slots_next(&slots, &at, &handle));
    slots_wipe(&slots);
}

/* Add and free in random order; the model is an array of handles with their values. */
static void random_use_agrees_with_a_model(void **state)
{
    (void)state;
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, 17);
    struct slots slots = make(CAPACITY);
    slot_handle live[CAPACITY], gone[GONE] = {0};
    uint64_t values[CAPACITY];
    size_t count = 0, freed = 0;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        if (count < CAPACITY && rng_u32(&rng) % 2) {
            struct thing *thing = add(&slots, &live[count]);
            assert_true(all_zero(thing));
            memset(thing->tail, 0xff, sizeof thing->tail);
            values[count++] = thing->value = round;
        } else if (count) {
            size_t i = rng_u32(&rng) % count;
            slots_free(&slots, live[i]);
            gone[freed++ % GONE] = live[i];
            live[i] = live[--count];
            values[i] = values[count];
        }
        assert_int_equal(slots.live, count);
        for (size_t i = 0; i < count; i++)
            assert_true(((struct thing *)slots_get(&slots, live[i]))->value == values[i]);
        for (size_t i = 0; i < GONE; i++)
            assert_null(slots_get(&slots, gone[i]));
    }
    assert_true(freed > GONE);
    slots_wipe(&slots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_zeroed_and_found_by_its_handle),
        cmocka_unit_test(zero_and_foreign_handles_find_nothing),
        cmocka_unit_test(a_stale_handle_never_reaches_the_next_tenant),
        cmocka_unit_test(capacity_is_the_limit_and_freeing_makes_room),
        cmocka_unit_test(no_capacity_holds_nothing),
        cmocka_unit_test(iteration_visits_each_live_object_once),
        cmocka_unit_test(the_current_object_may_be_freed_while_iterating),
        cmocka_unit_test(objects_do_not_move_and_others_are_not_touched),
        cmocka_unit_test(a_wiped_table_finds_nothing),
        cmocka_unit_test(random_use_agrees_with_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
