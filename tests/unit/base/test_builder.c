/* The writer at every boundary: exact fits, one octet too many, nothing half written, patches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/builder.h"
#include "unit/base/octets.h"

enum { MOST = 20, FILL = 0xee };

static uint8_t *room(size_t size)
{
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    memset(bytes, FILL, size);
    return bytes;
}

static void every_room_ends_with_the_buffer(void **state)
{
    (void)state;
    for (size_t size = 0; size <= MOST; size++)
        for (size_t n = 0; n <= MOST + 1; n++) {
            uint8_t *bytes = room(size);
            struct builder b = builder_of(bytes, size);
            uint8_t *at = builder_room(&b, n);
            assert_int_equal(at != NULL, n <= size);
            assert_int_equal(b.bad, n > size);
            assert_int_equal(builder_len(&b), n <= size ? n : 0);
            free(bytes);
        }
}

static void a_length_that_wraps_is_too_long(void **state)
{
    (void)state;
    uint8_t *bytes = room(8);
    const size_t huge[] = {SIZE_MAX, SIZE_MAX - 3, SIZE_MAX / 2 + 1};
    for (size_t i = 0; i < sizeof huge / sizeof huge[0]; i++) {
        struct builder b = builder_of(bytes, 8);
        builder_u32(&b, 1);
        assert_null(builder_room(&b, huge[i]));
        assert_true(b.bad);
        assert_int_equal(builder_len(&b), 4);
    }
    free(bytes);
}

static void integers_are_big_endian(void **state)
{
    (void)state;
    static const uint8_t want[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09,
                                   0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12};
    uint8_t *bytes = room(sizeof want);
    struct builder b = builder_of(bytes, sizeof want);
    builder_u8(&b, 0x01);
    builder_u16(&b, 0x0203);
    builder_u32(&b, 0x04050607);
    builder_u64(&b, UINT64_C(0x08090a0b0c0d0e0f));
    builder_uint(&b, UINT64_C(0xff101112), 3); /* the high octets fall off */
    assert_false(b.bad);
    assert_int_equal(builder_len(&b), sizeof want);
    assert_memory_equal(bytes, want, sizeof want);
    assert_true(span_equal(builder_span(&b), (struct span){want, sizeof want}));
    free(bytes);
}

/* Each kind of write that does not fit leaves the buffer as it was, and all later ones too. */
static void a_write_that_does_not_fit_writes_nothing(void **state)
{
    (void)state;
    for (size_t size = 0; size < 8; size++)
        for (unsigned kind = 0; kind < 7; kind++) {
            uint8_t *bytes = room(size), *before = room(size);
            struct builder b = builder_of(bytes, size);
            const uint8_t eight[8] = {1, 2, 3, 4, 5, 6, 7, 8};
            if (kind == 0)
                builder_u64(&b, 1);
            else if (kind == 1)
                builder_bytes(&b, eight, sizeof eight);
            else if (kind == 2)
                builder_add(&b, (struct span){eight, sizeof eight});
            else if (kind == 3)
                builder_zeros(&b, 8);
            else if (kind == 4)
                builder_uint(&b, 1, size + 1);
            else if (kind == 5)
                builder_bytes(&b, eight, size + 1);
            else
                builder_zeros(&b, size + 1);
            assert_true(b.bad);
            builder_u8(&b, 1); /* would fit, but the message is broken already */
            builder_bytes(&b, NULL, 0);
            builder_string(&b, "");
            assert_true(b.bad);
            assert_int_equal(builder_len(&b), 0);
            assert_memory_equal(bytes, before, size);
            free(bytes);
            free(before);
        }
}

static void nothing_fits_everywhere(void **state)
{
    (void)state;
    struct builder b = builder_of(NULL, 0);
    builder_bytes(&b, NULL, 0);
    builder_add(&b, (struct span){NULL, 0});
    builder_zeros(&b, 0);
    builder_uint(&b, 7, 0);
    assert_false(b.bad);
    assert_int_equal(builder_len(&b), 0);
    builder_u8(&b, 1);
    assert_true(b.bad);
}

static void patches_change_only_what_was_written(void **state)
{
    (void)state;
    for (size_t written = 0; written <= 8; written++)
        for (size_t offset = 0; offset <= 9; offset++) {
            uint8_t *bytes = room(8), *want = room(8);
            struct builder b = builder_of(bytes, 8);
            builder_zeros(&b, written);
            memset(want, 0, written);
            builder_patch_u16(&b, offset, 0xabcd);
            if (offset + 2 <= written) {
                want[offset] = 0xab;
                want[offset + 1] = 0xcd;
            }
            assert_int_equal(b.bad, offset + 2 > written);
            assert_int_equal(builder_len(&b), written);
            assert_memory_equal(bytes, want, 8);
            free(bytes);
            free(want);
        }
}

static void a_patch_takes_sixteen_bits(void **state)
{
    (void)state;
    uint8_t bytes[4];
    struct builder b = builder_of(bytes, sizeof bytes);
    builder_u32(&b, 0);
    builder_patch_u16(&b, 0, 0xffff);
    assert_false(b.bad);
    builder_patch_u16(&b, 2, 0x10000);
    assert_true(b.bad);
    builder_patch_u16(&b, 0, 0);
    const uint8_t want[] = {0xff, 0xff, 0, 0};
    assert_memory_equal(bytes, want, sizeof want);
}

static void a_string_has_its_length_before_it(void **state)
{
    (void)state;
    uint8_t bytes[16];
    struct builder b = builder_of(bytes, sizeof bytes);
    builder_string(&b, "ab");
    builder_string(&b, "");
    builder_string(&b, NULL);
    const uint8_t want[] = {0, 2, 'a', 'b', 0, 0, 0, 0};
    assert_false(b.bad);
    assert_true(span_equal(builder_span(&b), (struct span){want, sizeof want}));
}

static void a_string_that_does_not_fit_poisons(void **state)
{
    (void)state;
    for (size_t size = 0; size <= 8; size++) {
        uint8_t *bytes = room(size);
        struct builder b = builder_of(bytes, size);
        builder_string(&b, "abcde");
        assert_int_equal(b.bad, size < 7);
        free(bytes);
    }
}

static void a_string_longer_than_its_length_field_poisons(void **state)
{
    (void)state;
    enum { LONGEST = 65535 };
    char *text = malloc(LONGEST + 2);
    uint8_t *bytes = room(LONGEST + 8);
    assert_non_null(text);
    memset(text, 'x', LONGEST + 1);
    text[LONGEST + 1] = '\0';
    struct builder b = builder_of(bytes, LONGEST + 8);
    builder_string(&b, text);
    assert_true(b.bad);
    assert_int_equal(builder_len(&b), 0);
    text[LONGEST] = '\0';
    b = builder_of(bytes, LONGEST + 8);
    builder_string(&b, text);
    assert_false(b.bad);
    assert_int_equal(builder_len(&b), LONGEST + 2);
    free(text);
    free(bytes);
}

static void what_was_built_reads_back(void **state)
{
    (void)state;
    uint8_t bytes[64];
    char text[8];
    struct builder b = builder_of(bytes, sizeof bytes);
    builder_u8(&b, 0xfe);
    builder_u16(&b, 0xfedc);
    builder_u32(&b, 0xfedcba98);
    builder_u64(&b, UINT64_C(0xfedcba9876543210));
    builder_string(&b, "hello");
    struct cursor c = cursor_over(builder_span(&b));
    assert_int_equal(cursor_u8(&c), 0xfe);
    assert_int_equal(cursor_u16(&c), 0xfedc);
    assert_int_equal(cursor_u32(&c), 0xfedcba98);
    assert_true(cursor_u64(&c) == UINT64_C(0xfedcba9876543210));
    cursor_string(&c, text, sizeof text);
    assert_string_equal(text, "hello");
    assert_true(cursor_done(&c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_room_ends_with_the_buffer),
        cmocka_unit_test(a_length_that_wraps_is_too_long),
        cmocka_unit_test(integers_are_big_endian),
        cmocka_unit_test(a_write_that_does_not_fit_writes_nothing),
        cmocka_unit_test(nothing_fits_everywhere),
        cmocka_unit_test(patches_change_only_what_was_written),
        cmocka_unit_test(a_patch_takes_sixteen_bits),
        cmocka_unit_test(a_string_has_its_length_before_it),
        cmocka_unit_test(a_string_that_does_not_fit_poisons),
        cmocka_unit_test(a_string_longer_than_its_length_field_poisons),
        cmocka_unit_test(what_was_built_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
