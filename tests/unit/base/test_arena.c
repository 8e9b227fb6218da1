/* The arena: zeroed, aligned, not overlapping memory of any size; strings; growing arrays. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (size_t size = 1; size < 300; size++) {
        unsigned char *at = arena_alloc(&arena, size);
        assert_non_null(at);
        assert_int_equal((uintptr_t)at % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(at[i], 0);
        memset(at, 0xff, size);
    }
    arena_wipe(&arena);
}

static void allocations_do_not_overlap(void **state)
{
    (void)state;
    enum { PIECES = 3000 };
    struct arena arena = {0};
    static unsigned char *pieces[PIECES];
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = arena_alloc(&arena, i % 100 + 1);
        assert_non_null(pieces[i]);
        memset(pieces[i], (int)(i % 251), i % 100 + 1);
    }
    for (size_t i = 0; i < PIECES; i++)
        for (size_t k = 0; k < i % 100 + 1; k++)
            assert_int_equal(pieces[i][k], i % 251);
    arena_wipe(&arena);
}

static void sizes_around_a_block_are_served_whole(void **state)
{
    (void)state;
    const size_t sizes[] = {16383, 16384, 16385, 100000, 1, 16368, 16, 16, 1 << 20};
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *at = arena_alloc(&arena, sizes[i]);
        assert_non_null(at);
        memset(at, 1, sizes[i]); /* ASan sees an end that comes too early */
    }
    arena_wipe(&arena);
}

static void a_size_that_cannot_be_is_refused(void **state)
{
    (void)state;
    struct arena arena = {0};
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 64, SIZE_MAX / 2 + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        assert_null(arena_alloc(&arena, sizes[i]));
    assert_null(arena_grow(&arena, NULL, SIZE_MAX / 4 + 1, 8));
    assert_non_null(arena_alloc(&arena, 1)); /* and does no harm */
    arena_wipe(&arena);
}

static void strings_are_copied_and_terminated(void **state)
{
    (void)state;
    struct arena arena = {0};
    char text[] = "crypto isakmp policy 10";
    char *whole = arena_strdup(&arena, text), *word = arena_strndup(&arena, text, 6);
    char *none = arena_strndup(&arena, text, 0), *empty = arena_strdup(&arena, "");
    memset(text, 'x', sizeof text - 1);
    assert_string_equal(whole, "crypto isakmp policy 10");
    assert_string_equal(word, "crypto");
    assert_string_equal(none, "");
    assert_string_equal(empty, "");
    arena_wipe(&arena);
}

static void arrays_grow_one_by_one(void **state)
{
    (void)state;
    struct arena arena = {0};
    uint32_t *array = NULL;
    size_t moves = 0;
    for (uint32_t count = 0; count < 5000; count++) {
        uint32_t *grown = arena_grow(&arena, array, count, sizeof *array);
        assert_non_null(grown);
        moves += grown != array;
        array = grown;
        array[count] = count * 7;
        (void)arena_alloc(&arena, count % 33); /* others allocate in between */
    }
    for (uint32_t i = 0; i < 5000; i++)
        assert_int_equal(array[i], i * 7);
    assert_true(moves <= 14); /* capacity doubles: 1, 2, 4, … 8192 */
    arena_wipe(&arena);
}

static void two_arrays_grow_side_by_side(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct wide {
        uint64_t a[5];
    } *wide = NULL;
    char *narrow = NULL;
    for (size_t count = 0; count < 300; count++) {
        wide = arena_grow(&arena, wide, count, sizeof *wide);
        narrow = arena_grow(&arena, narrow, count, sizeof *narrow);
        assert_true(wide && narrow);
        wide[count].a[4] = count;
        narrow[count] = (char)('a' + count % 26);
    }
    for (size_t i = 0; i < 300; i++) {
        assert_true(wide[i].a[4] == i);
        assert_int_equal(narrow[i], (char)('a' + i % 26));
    }
    arena_wipe(&arena);
}

static void a_wiped_arena_is_empty_and_usable(void **state)
{
    (void)state;
    struct arena arena = {0};
    arena_wipe(&arena);
    for (size_t round = 0; round < 3; round++) {
        unsigned char *at = arena_alloc(&arena, 64);
        assert_non_null(at);
        for (size_t i = 0; i < 64; i++)
            assert_int_equal(at[i], 0);
        memset(at, 0xee, 64);
        arena_wipe(&arena);
        assert_null(arena.blocks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(allocations_do_not_overlap),
        cmocka_unit_test(sizes_around_a_block_are_served_whole),
        cmocka_unit_test(a_size_that_cannot_be_is_refused),
        cmocka_unit_test(strings_are_copied_and_terminated),
        cmocka_unit_test(arrays_grow_one_by_one),
        cmocka_unit_test(two_arrays_grow_side_by_side),
        cmocka_unit_test(a_wiped_arena_is_empty_and_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
