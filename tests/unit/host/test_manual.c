/* mdoc: no text becomes a request, a macro or an escape. */
#include "host/manual.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_written(struct sink *out, const char *want)
{
    assert_false(out->bad);
    assert_string_equal(sink_string(out), want);
    sink_free(out);
}

static void text_at_the_beginning_of_a_line_is_no_request(void **state)
{
    (void)state;
    struct sink out = {0};
    manual_paragraph(&out, ".so /etc/shadow\n'br\na.b 'c'");
    assert_written(&out, ".Pp\n\\&.so /etc/shadow\n\\&\\(aqbr\na.b \\(aqc\\(aq\n");
}

static void a_paragraph_is_set_off_unless_it_is_the_first(void **state)
{
    (void)state;
    struct sink out = {0};
    manual_section(&out, "FILES");
    manual_paragraph(&out, "one");
    manual_paragraph(&out, "two");
    assert_written(&out, ".Sh FILES\none\n.Pp\ntwo\n");
}

static void backslashes_and_other_marks_are_themselves(void **state)
{
    (void)state;
    struct sink out = {0};
    manual_example(&out, "a\\fB `b` NAME0 \xe2\x80\xa6");
    assert_written(&out, ".Bd -literal -offset indent\na\\efB \\(gab\\(ga NAME0 ...\n.Ed\n");
}

/* "Ar" as a term is the word, and a quote does not end the argument. */
static void a_term_is_one_argument(void **state)
{
    (void)state;
    struct sink out = {0};
    manual_list(&out);
    manual_item(&out, "Ic", "show crypto \"map\"", "Maps");
    manual_item(&out, "Ic", "Ar", "A word");
    manual_list_end(&out);
    assert_written(&out, ".Bl -tag -width Ds\n.It Ic \"show crypto \\(dqmap\\(dq\"\nMaps\n"
                         ".It Ic \"\\&Ar\"\nA word\n.El\n");
}

static void options_have_both_forms_and_their_value(void **state)
{
    (void)state;
    struct sink out = {0};
    manual_option(&out, &(struct manual_option){"-c", "--config", "FILE", "the text", "/etc/c"});
    manual_option(&out, &(struct manual_option){NULL, "--tun", "", "TUN is `it`", NULL});
    assert_written(&out, ".It Fl c , Fl -config Ar \"FILE\"\nThe text.\nThe default is /etc/c.\n"
                         ".It Fl -tun\nTUN is \\(gait\\(ga.\n");
}

static void a_page_begins_with_its_name(void **state)
{
    (void)state;
    struct sink out = {0};
    manual_begin(&out, "hubd", 8, "a hub");
    assert_non_null(strstr(sink_string(&out), "\n.Dt HUBD 8\n"));
    assert_non_null(strstr(sink_string(&out), "\n.Sh NAME\n.Nm hubd\n.Nd a hub\n"));
    sink_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_at_the_beginning_of_a_line_is_no_request),
        cmocka_unit_test(a_paragraph_is_set_off_unless_it_is_the_first),
        cmocka_unit_test(backslashes_and_other_marks_are_themselves),
        cmocka_unit_test(a_term_is_one_argument),
        cmocka_unit_test(options_have_both_forms_and_their_value),
        cmocka_unit_test(a_page_begins_with_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
