/* The reader at every boundary: exact ends, one octet too many, and that an error sticks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cursor.h"
#include "unit/base/octets.h"

enum { MOST = 20 };

/* 1 2 3 … in a block of exact size, freed by the caller. */
static uint8_t *counted(size_t n)
{
    struct octets octets = octets_count(1, n);
    return octets_exact(octets.bytes, n);
}

static void every_take_stops_at_the_end(void **state)
{
    (void)state;
    for (size_t size = 0; size <= MOST; size++) {
        uint8_t *bytes = counted(size);
        for (size_t n = 0; n <= MOST + 1; n++) {
            struct cursor c = cursor_of(bytes, size);
            const uint8_t *taken = cursor_take(&c, n);
            assert_int_equal(taken != NULL, n <= size);
            assert_int_equal(c.bad, n > size);
            assert_int_equal(cursor_left(&c), n <= size ? size - n : 0);
            assert_int_equal(cursor_done(&c), n == size);
            if (taken)
                assert_ptr_equal(taken, bytes);
        }
        free(bytes);
    }
}

static void a_length_that_wraps_is_too_long(void **state)
{
    (void)state;
    uint8_t *bytes = counted(8);
    const size_t huge[] = {SIZE_MAX, SIZE_MAX - 7, SIZE_MAX / 2 + 1, (size_t)UINT32_MAX + 1};
    for (size_t i = 0; i < sizeof huge / sizeof huge[0]; i++) {
        struct cursor c = cursor_of(bytes, 8);
        assert_non_null(cursor_take(&c, 4));
        assert_null(cursor_take(&c, huge[i]));
        assert_true(c.bad);
    }
    free(bytes);
}

static void integers_are_big_endian_and_whole_or_zero(void **state)
{
    (void)state;
    for (size_t size = 0; size <= 8; size++) {
        uint8_t *bytes = counted(size);
        const uint64_t all = UINT64_C(0x0102030405060708);
        struct cursor a = cursor_of(bytes, size), b = a, c = a, d = a;
        assert_int_equal(cursor_u8(&a), size >= 1 ? 0x01 : 0);
        assert_int_equal(cursor_u16(&b), size >= 2 ? 0x0102 : 0);
        assert_int_equal(cursor_u32(&c), size >= 4 ? 0x01020304 : 0);
        assert_true(cursor_u64(&d) == (size >= 8 ? all : 0));
        assert_int_equal(a.bad, size < 1);
        assert_int_equal(b.bad, size < 2);
        assert_int_equal(c.bad, size < 4);
        assert_int_equal(d.bad, size < 8);
        for (size_t n = 0; n <= size; n++) {
            struct cursor e = cursor_of(bytes, size);
            assert_true(cursor_uint(&e, n) == (n ? all >> (64 - 8 * n) : 0));
        }
        free(bytes);
    }
}

static void the_first_failure_poisons_all_later_reads(void **state)
{
    (void)state;
    uint8_t *bytes = counted(MOST), copy[4], zeros[4] = {0};
    struct cursor c = cursor_of(bytes, MOST);
    char text[8] = "before";
    assert_int_equal(cursor_u8(&c), 1);
    assert_null(cursor_take(&c, MOST));
    assert_null(cursor_take(&c, 1));
    assert_null(cursor_take(&c, 0));
    assert_int_equal(cursor_u8(&c), 0);
    assert_int_equal(cursor_u16(&c), 0);
    assert_int_equal(cursor_u32(&c), 0);
    assert_true(cursor_u64(&c) == 0);
    struct span span = cursor_span(&c, 1);
    assert_null(span.at);
    assert_int_equal(span.len, 0);
    memset(copy, 7, sizeof copy);
    cursor_copy(&c, copy, sizeof copy);
    assert_memory_equal(copy, zeros, sizeof copy);
    cursor_string(&c, text, sizeof text);
    assert_string_equal(text, "");
    assert_int_equal(cursor_left(&c), 0);
    assert_false(cursor_done(&c));
    free(bytes);
}

static void nothing_can_be_read_from_nothing(void **state)
{
    (void)state;
    struct cursor c = cursor_of(NULL, 0);
    assert_true(cursor_done(&c));
    assert_int_equal(cursor_left(&c), 0);
    cursor_copy(&c, NULL, 0);
    assert_int_equal(cursor_span(&c, 0).len, 0);
    assert_int_equal(cursor_u8(&c), 0);
    assert_true(c.bad);
    struct cursor none = cursor_over((struct span){NULL, 0});
    assert_null(cursor_take(&none, 1));
    assert_true(none.bad);
}

static void copies_and_spans_walk_on(void **state)
{
    (void)state;
    uint8_t *bytes = counted(6), copy[2];
    struct cursor c = cursor_over((struct span){bytes, 6});
    struct span span = cursor_span(&c, 3);
    assert_ptr_equal(span.at, bytes);
    assert_int_equal(span.len, 3);
    cursor_copy(&c, copy, 2);
    assert_int_equal(copy[0], 4);
    assert_int_equal(copy[1], 5);
    assert_false(cursor_done(&c));
    assert_int_equal(cursor_u8(&c), 6);
    assert_true(cursor_done(&c));
    free(bytes);
}

/* A string of `len` octets 'a' announced as `announced`, read into room for `size` octets. */
static void assert_string(size_t announced, size_t len, size_t size, bool good)
{
    uint8_t wire[2 + MOST];
    memset(wire, 'a', sizeof wire);
    wire[0] = (uint8_t)(announced >> 8);
    wire[1] = (uint8_t)announced;
    uint8_t *exact = octets_exact(wire, 2 + len);
    char *out = malloc(size);
    assert_non_null(out);
    struct cursor c = cursor_of(exact, 2 + len);
    cursor_string(&c, out, size);
    assert_int_equal(c.bad, !good);
    if (size)
        assert_int_equal(strlen(out), good ? announced : 0);
    free(out);
    free(exact);
}

static void strings_fit_or_poison(void **state)
{
    (void)state;
    for (size_t len = 0; len <= MOST; len++)
        for (size_t size = 0; size <= MOST + 2; size++) {
            assert_string(len, len, size, len < size);
            assert_string(len + 1, len, size, false); /* more announced than there is */
            assert_string(0xffff, len, size, false);
        }
}

static void strings_with_an_octet_0_poison(void **state)
{
    (void)state;
    for (size_t at = 0; at < 5; at++) {
        uint8_t wire[7] = {0, 5, 'a', 'b', 'c', 'd', 'e'};
        char out[8];
        wire[2 + at] = 0;
        struct cursor c = cursor_of(wire, sizeof wire);
        cursor_string(&c, out, sizeof out);
        assert_true(c.bad);
        assert_string_equal(out, "");
    }
}

static void half_a_string_length_poisons(void **state)
{
    (void)state;
    uint8_t *one = counted(1);
    char out[4] = "old";
    struct cursor c = cursor_of(one, 1);
    cursor_string(&c, out, sizeof out);
    assert_true(c.bad);
    assert_string_equal(out, "");
    free(one);
}

static void spans_are_equal_by_length_and_octets(void **state)
{
    (void)state;
    const uint8_t a[] = {1, 2, 3}, b[] = {1, 2, 4};
    assert_true(span_equal((struct span){a, 3}, (struct span){a, 3}));
    assert_true(span_equal((struct span){a, 2}, (struct span){b, 2}));
    assert_false(span_equal((struct span){a, 3}, (struct span){b, 3}));
    assert_false(span_equal((struct span){a, 3}, (struct span){a, 2}));
    assert_true(span_equal((struct span){NULL, 0}, (struct span){a, 0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_take_stops_at_the_end),
        cmocka_unit_test(a_length_that_wraps_is_too_long),
        cmocka_unit_test(integers_are_big_endian_and_whole_or_zero),
        cmocka_unit_test(the_first_failure_poisons_all_later_reads),
        cmocka_unit_test(nothing_can_be_read_from_nothing),
        cmocka_unit_test(copies_and_spans_walk_on),
        cmocka_unit_test(strings_fit_or_poison),
        cmocka_unit_test(strings_with_an_octet_0_poison),
        cmocka_unit_test(half_a_string_length_poisons),
        cmocka_unit_test(spans_are_equal_by_length_and_octets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
