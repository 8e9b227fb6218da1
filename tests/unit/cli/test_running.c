/* `show running-config`: pieces put together, filters, JSON, and what no terminal may see. */
#include "cli/running.h"
#include "unit/cli/hub.h"

#include <jansson.h>

#include <cmocka.h>

static void the_pieces_make_the_text(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    struct outcome got = run(&hub, "show run");
    assert_int_equal(got.code, EXIT_OK);
    assert_string_equal(got.out, hub.running);
    assert_string_equal(got.err, "");
    release(got);
}

static void a_filter_works_on_its_lines(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    hub.running =
        "crypto keyring k\n  pre-shared-key hostname h key <hidden>\ncrypto map m 1\nend\n";
    struct outcome got = run(&hub, "show running-config | section keyring");
    assert_string_equal(got.out, "crypto keyring k\n  pre-shared-key hostname h key <hidden>\n");
    release(got);
    got = run(&hub, "show running-config | include nowhere");
    assert_int_equal(got.code, EXIT_NOTHING);
    release(got);
}

static void json_has_a_string_a_line(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    hub.running = "hostname \xc3\x9c\n! \"\\\x1b[2J\nend\n";
    struct outcome got = run(&hub, "show running-config --json");
    json_t *document = json_loads(got.out, 0, NULL);
    json_t *lines = json_object_get(document, "running_config");
    assert_int_equal(json_array_size(lines), 3);
    assert_string_equal(json_string_value(json_array_get(lines, 0)), "hostname \xc3\x9c");
    assert_string_equal(json_string_value(json_array_get(lines, 1)), "! \"\\\\x1b[2J");
    assert_string_equal(json_string_value(json_array_get(lines, 2)), "end");
    json_decref(document);
    release(got);
}

static void an_empty_text_is_no_line(void **state)
{
    (void)state;
    struct hub hub = {.running = ""};
    struct outcome got = run(&hub, "show running-config --json | include running");
    assert_string_equal(got.out, "  \"running_config\": []\n");
    release(got);
}

static void a_piece_that_does_not_follow_is_refused(void **state)
{
    (void)state;
    const enum mischief rows[] = {WRONG_KIND,    WRONG_LENGTH, WRONG_PAYLOAD,
                                  WRONG_REQUEST, OTHER_ROWS,   STANDS_STILL};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hub hub = a_hub();
        hub.mischief = rows[i];
        struct outcome got = run(&hub, "show running-config");
        assert_int_equal(got.code, EXIT_FAILED);
        assert_string_equal(got.out, "");
        release(got);
    }
}

static void what_could_move_a_cursor_is_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
    } rows[] = {
        {"plain\ttab\n", "plain\ttab\n"},
        {"\x1b[2J\r\x03\x7f", "\\x1b[2J\\x0d\\x03\\x7f"},
        {"\xc3\xbc \xe2\x82\xac \xf0\x9f\x94\x92", "\xc3\xbc \xe2\x82\xac \xf0\x9f\x94\x92"},
        {"\xc2\x9b\x32J", "\\xc2\\x9b2J"},                              /* C1: CSI */
        {"\xe2\x80\xae\xe2\x81\xa6", "\\xe2\\x80\\xae\\xe2\\x81\\xa6"}, /* turns */
        {"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},                            /* line separator */
        {"\xc0\x8a", "\\xc0\\x8a"},                                     /* overlong newline */
        {"\xe0\x80\x8a", "\\xe0\\x80\\x8a"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* surrogate */
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* past the end */
        {"\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80"},
        {"\xe2\x82", "\\xe2\\x82"}, /* cut */
        {"\x80\xffz", "\\x80\\xffz"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sink out = {0};
        size_t n = strlen(rows[i].text);
        char *exact = malloc(n);
        assert_non_null(exact);
        memcpy(exact, rows[i].text, n);
        running_safe(&out, exact, n);
        assert_string_equal(sink_string(&out), rows[i].shown);
        sink_free(&out);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pieces_make_the_text),
        cmocka_unit_test(a_filter_works_on_its_lines),
        cmocka_unit_test(json_has_a_string_a_line),
        cmocka_unit_test(an_empty_text_is_no_line),
        cmocka_unit_test(a_piece_that_does_not_follow_is_refused),
        cmocka_unit_test(what_could_move_a_cursor_is_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
