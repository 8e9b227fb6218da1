/* Output filters and hubctl's own options. */
#include "cli/filter.h"
#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char screen[] = "interface: A\n"
                             "  map: one\n"
                             "    spi: 1\n"
                             "\n"
                             "    spi: 2\n"
                             "interface: B\n"
                             "  map: two\n"
                             "    spi: 3\n";

static void check(const char *words, const char *want, bool nothing)
{
    struct filter filter;
    struct sink out = {0};
    assert_int_equal(filter_parse(words, &filter), RC_OK);
    filter_apply(&filter, screen, &out);
    filter_end(&filter, &out);
    assert_string_equal(sink_string(&out), want);
    assert_int_equal(filter_found_nothing(&filter), nothing);
    filter_free(&filter);
    sink_free(&out);
}

static void no_filter_passes_everything(void **state)
{
    (void)state;
    check(NULL, screen, false);
}

static void include_and_exclude_go_by_line(void **state)
{
    (void)state;
    check(" include map", "  map: one\n  map: two\n", false);
    check("i ^interface|spi: 3", "interface: A\ninterface: B\n    spi: 3\n", false);
    check("inc nowhere", "", true);
    check("exclude [13]|map|^inter|^$", "    spi: 2\n", false);
    check("e nowhere", screen, false);
}

static void begin_starts_at_the_first_match(void **state)
{
    (void)state;
    check("begin B", "interface: B\n  map: two\n    spi: 3\n", false);
    check("b nowhere", "", true);
}

static void count_says_how_many(void **state)
{
    (void)state;
    check("count spi", "Number of lines which match regexp = 3\n", false);
    check("c nowhere", "Number of lines which match regexp = 0\n", true);
}

static void section_takes_what_stands_deeper(void **state)
{
    (void)state;
    check("section interface: A", "interface: A\n  map: one\n    spi: 1\n\n    spi: 2\n", false);
    check("sec two", "  map: two\n    spi: 3\n", false);
    check("s map", "  map: one\n    spi: 1\n\n    spi: 2\n  map: two\n    spi: 3\n", false);
    check("s nowhere", "", true);
}

static void text_may_come_in_pieces(void **state)
{
    (void)state;
    struct filter filter;
    struct sink out = {0};
    assert_int_equal(filter_parse("begin two", &filter), RC_OK);
    filter_apply(&filter, "one\ntwo\n", &out);
    filter_apply(&filter, "three\n", &out);
    assert_string_equal(sink_string(&out), "two\nthree\n");
    filter_free(&filter);
    sink_free(&out);
}

static void broken_filters_are_refused_by_kind(void **state)
{
    (void)state;
    struct filter filter;
    assert_int_equal(filter_parse("", &filter), RC_UNSUPPORTED);
    assert_int_equal(filter_parse("grep x", &filter), RC_UNSUPPORTED);
    assert_int_equal(filter_parse("includes x", &filter), RC_UNSUPPORTED);
    assert_int_equal(filter_parse("include", &filter), RC_SHORT);
    assert_int_equal(filter_parse("include  ", &filter), RC_SHORT);
    assert_int_equal(filter_parse("include (", &filter), RC_MALFORMED);
    assert_int_equal(filter_parse("include [", &filter), RC_MALFORMED);
}

static enum rc parse(struct options *out, const char **problem, ...)
{
    char *argv[16];
    int argc = 0;
    va_list args;
    argv[argc++] = (char *)(uintptr_t) "hubctl";
    va_start(args, problem);
    for (char *word = va_arg(args, char *); word && argc < 16; word = va_arg(args, char *))
        argv[argc++] = word;
    va_end(args);
    return options_parse(argc, argv, out, problem);
}

static void options_may_stand_anywhere_before_the_bar(void **state)
{
    (void)state;
    struct options options;
    const char *problem;
    assert_int_equal(
        parse(&options, &problem, "--run-dir", "/tmp/a", "show", "version", "--json", NULL), RC_OK);
    assert_string_equal(options.run_dir, "/tmp/a");
    assert_string_equal(sink_string(&options.line), "show version");
    assert_true(options.json);
    sink_free(&options.line);
    assert_int_equal(parse(&options, &problem, "show", "version", "|", "include", "--json", NULL),
                     RC_OK);
    assert_string_equal(options.run_dir, "/run/hubward");
    assert_string_equal(sink_string(&options.line), "show version | include --json");
    assert_false(options.json);
    sink_free(&options.line);
    assert_int_equal(parse(&options, &problem, "--run-dir=/x", "show version |inc -h", NULL),
                     RC_OK);
    assert_string_equal(options.run_dir, "/x");
    assert_string_equal(sink_string(&options.line), "show version |inc -h");
    sink_free(&options.line);
    assert_int_equal(parse(&options, &problem, "--help", "--version", "--", "-h", NULL), RC_OK);
    assert_true(options.help && options.version);
    assert_string_equal(sink_string(&options.line), "-h");
    sink_free(&options.line);
}

static void watch_takes_a_number_only(void **state)
{
    (void)state;
    struct options options;
    const char *problem;
    assert_int_equal(parse(&options, &problem, "show", "version", NULL), RC_OK);
    assert_null(options.watch);
    sink_free(&options.line);
    assert_int_equal(parse(&options, &problem, "--watch", "show", "version", NULL), RC_OK);
    assert_string_equal(options.watch, "");
    assert_string_equal(sink_string(&options.line), "show version");
    sink_free(&options.line);
    assert_int_equal(parse(&options, &problem, "show", "version", "--watch", "5", NULL), RC_OK);
    assert_string_equal(options.watch, "5");
    assert_string_equal(sink_string(&options.line), "show version");
    sink_free(&options.line);
    assert_int_equal(parse(&options, &problem, "show", "--watch=7", "version", NULL), RC_OK);
    assert_string_equal(options.watch, "7");
    sink_free(&options.line);
    assert_int_equal(parse(&options, &problem, "show", "version", "--watch", NULL), RC_OK);
    assert_string_equal(options.watch, "");
    sink_free(&options.line);
}

static void unknown_options_are_named(void **state)
{
    (void)state;
    struct options options;
    const char *problem = NULL;
    assert_int_equal(parse(&options, &problem, "show", "--jsonx", NULL), RC_MALFORMED);
    assert_string_equal(problem, "--jsonx");
    assert_int_equal(parse(&options, &problem, "--run-dir", NULL), RC_MALFORMED);
    assert_int_equal(parse(&options, &problem, "--run-dir=", NULL), RC_MALFORMED);
    assert_int_equal(parse(&options, &problem, "--run-directory", "x", NULL), RC_MALFORMED);
    assert_int_equal(parse(&options, &problem, "-x", NULL), RC_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_filter_passes_everything),
        cmocka_unit_test(include_and_exclude_go_by_line),
        cmocka_unit_test(begin_starts_at_the_first_match),
        cmocka_unit_test(count_says_how_many),
        cmocka_unit_test(section_takes_what_stands_deeper),
        cmocka_unit_test(text_may_come_in_pieces),
        cmocka_unit_test(broken_filters_are_refused_by_kind),
        cmocka_unit_test(options_may_stand_anywhere_before_the_bar),
        cmocka_unit_test(watch_takes_a_number_only),
        cmocka_unit_test(unknown_options_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
