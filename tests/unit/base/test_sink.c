/* Growing text. */
#include "base/sink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void an_empty_sink_is_the_empty_text(void **state)
{
    (void)state;
    struct sink sink = {0};
    assert_string_equal(sink_string(&sink), "");
    sink_text(&sink, NULL);
    sink_text(&sink, "");
    assert_string_equal(sink_string(&sink), "");
    assert_int_equal(sink.len, 0);
    sink_free(&sink);
}

static void text_grows_over_every_boundary(void **state)
{
    (void)state;
    for (size_t n = 0; n < 1100; n++) {
        struct sink sink = {0};
        for (size_t i = 0; i < n; i++)
            sink_char(&sink, (char)('a' + i % 26));
        sink_format(&sink, "%05u", 42u);
        assert_false(sink.bad);
        assert_int_equal(sink.len, n + 5);
        assert_int_equal(strlen(sink_string(&sink)), n + 5);
        assert_string_equal(sink_string(&sink) + n, "00042");
        sink_free(&sink);
    }
}

static void one_format_may_be_longer_than_the_storage(void **state)
{
    (void)state;
    struct sink sink = {0};
    sink_format(&sink, "%4000s|", "x");
    assert_int_equal(sink.len, 4001);
    assert_string_equal(sink_string(&sink) + 3999, "x|");
    sink_free(&sink);
}

static void safe_text_keeps_printable_ascii_only(void **state)
{
    (void)state;
    for (unsigned c = 1; c < 256; c++) {
        const char in[] = {'a', (char)c, 'z', '\0'};
        struct sink sink = {0};
        sink_safe(&sink, in);
        if (c >= 0x20 && c < 0x7f)
            assert_string_equal(sink_string(&sink), in);
        else
            assert_int_equal(sink.len, 6);
        for (const char *at = sink_string(&sink); *at; at++)
            assert_true(*at >= 0x20 && *at < 0x7f);
        sink_free(&sink);
    }
}

static void a_length_no_memory_has_makes_it_bad_and_keeps_the_text(void **state)
{
    (void)state;
    struct sink sink = {0};
    sink_text(&sink, "kept");
    sink_octets(&sink, "", SIZE_MAX - 8);
    assert_true(sink.bad);
    sink_text(&sink, "lost");
    assert_string_equal(sink_string(&sink), "kept");
    sink_clear(&sink);
    sink_text(&sink, "new");
    assert_false(sink.bad);
    assert_string_equal(sink_string(&sink), "new");
    sink_free(&sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_sink_is_the_empty_text),
        cmocka_unit_test(text_grows_over_every_boundary),
        cmocka_unit_test(one_format_may_be_longer_than_the_storage),
        cmocka_unit_test(safe_text_keeps_printable_ascii_only),
        cmocka_unit_test(a_length_no_memory_has_makes_it_bad_and_keeps_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
