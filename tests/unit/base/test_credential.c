/* Which names and passwords are asked about at all. */
#include "base/credential.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Judge octets on the heap, so that ASan guards their end. */
static bool judge(bool (*rule)(struct span), const void *octets, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, octets, n);
    bool good = rule((struct span){exact, n});
    free(exact);
    return good;
}

static bool text(const char *octets)
{
    return judge(credential_is_text, octets, strlen(octets));
}

static bool pam_user(const char *octets)
{
    return judge(credential_is_pam_user, octets, strlen(octets));
}

static void one_to_255_octets_are_a_text(void **state)
{
    (void)state;
    static char long_text[65536];
    static const size_t lengths[] = {0, 1, 254, 255, 256, 512, 65536};
    memset(long_text, 'x', sizeof long_text);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        assert_int_equal(judge(credential_is_text, long_text, lengths[i]),
                         lengths[i] >= 1 && lengths[i] <= 255);
}

static void no_control_character_is_in_a_text(void **state)
{
    (void)state;
    for (int c = 0; c < 0x80; c++) {
        char octets[3] = {'a', (char)c, 'b'};
        assert_int_equal(judge(credential_is_text, octets, 3), c >= 0x20 && c != 0x7f);
    }
    assert_false(text("a\xc2\x80"));
    assert_false(text("a\xc2\x9f"));
    assert_true(text("a\xc2\xa0"));
}

static void utf8_is_a_text_and_nothing_near_it_is(void **state)
{
    (void)state;
    static const char *const good[] = {"gr\xc3\xbc\xc3\x9f", "\xe2\x82\xac", "\xf0\x9f\x94\x91",
                                       "\xed\x9f\xbf",       "\xee\x80\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {
        "\x80",             /* a following octet alone */
        "\xc3",             /* cut */
        "\xe2\x82",         /* cut */
        "\xf0\x9f\x94",     /* cut */
        "\xc3(",            /* no following octet */
        "\xc0\xaf",         /* '/' in two octets */
        "\xe0\x80\xaf",     /* '/' in three */
        "\xf0\x80\x80\xaf", /* '/' in four */
        "\xed\xa0\x80",     /* half of a surrogate pair */
        "\xf4\x90\x80\x80", /* above U+10FFFF */
        "\xf8\x88\x80\x80\x80",
        "\xff",
        "gr\xfc\xdf", /* Latin-1 */
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(text(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(text(bad[i]));
}

static void ordinary_names_reach_pam(void **state)
{
    (void)state;
    static const char *const names[] = {"alice",
                                        "Alice.B-c_d",
                                        "a",
                                        "42",
                                        "alice@example.com",
                                        "CORP\\alice",
                                        "corp+alice",
                                        "_svc",
                                        "j\xc3\xbcrgen",
                                        "\xe5\xb1\xb1\xe7\x94\xb0"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_true(pam_user(names[i]));
}

static void names_that_mean_something_to_a_module_do_not_reach_pam(void **state)
{
    (void)state;
    static const char *const names[] = {"",      "-schallenge", "-",        "../../etc/passwd",
                                        "a/b",   ".",           "..",       ".profile",
                                        "\\",    "\\alice",     "%n%n",     "$(id)",
                                        "`id`",  "a;b",         "a|b",      "a&b",
                                        "a b",   " alice",      "alice ",   "a\tb",
                                        "a\nb",  "a'b",         "a\"b",     "a*",
                                        "a?",    "a:b",         "a,b",      "a=b",
                                        "a#b",   "a!b",         "a<b",      "a>b",
                                        "a(b)",  "{a}",         "[a]",      "~alice",
                                        "a\x7f", "\xff",        "a\xc2\x85"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (pam_user(names[i]))
            fail_msg("%s", names[i]);
}

static void a_name_for_pam_is_a_text_first(void **state)
{
    (void)state;
    char name[257];
    memset(name, 'x', sizeof name);
    assert_true(judge(credential_is_pam_user, name, 255));
    assert_false(judge(credential_is_pam_user, name, 256));
    assert_false(judge(credential_is_pam_user, "a\0b", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_to_255_octets_are_a_text),
        cmocka_unit_test(no_control_character_is_in_a_text),
        cmocka_unit_test(utf8_is_a_text_and_nothing_near_it_is),
        cmocka_unit_test(ordinary_names_reach_pam),
        cmocka_unit_test(names_that_mean_something_to_a_module_do_not_reach_pam),
        cmocka_unit_test(a_name_for_pam_is_a_text_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
