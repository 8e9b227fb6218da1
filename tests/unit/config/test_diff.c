/* What differs between two configurations, line by line, secrets unseen. */
#include "unit/config/load_text.h"

#include "config/diff.h"

#define BASE                                                                                       \
    "crypto isakmp policy 10\n encr 3des\n authentication pre-share\n group 2\n"                   \
    "crypto keyring spokes\n pre-shared-key address 0.0.0.0 0.0.0.0 key cisco123\n"                \
    "crypto ipsec transform-set myset esp-3des esp-sha-hmac\n"                                     \
    "crypto dynamic-map dyn 10\n set transform-set myset\n"                                        \
    "username alice secret 0 wonder\n"

/* Every change as "-section|text". */
static void assert_diff(const char *before, const char *after, const char *wanted)
{
    struct loaded a = load_good(before), b = load_good(after);
    struct config_diff diff;
    struct buffer text = {.text = NULL};
    static const char signs[][2] = {
        [CONFIG_REMOVED] = "-", [CONFIG_ADDED] = "+", [CONFIG_SECRET] = "*"};
    buffer_add(&text, "");
    assert_int_equal(config_diff(a.config, b.config, &diff), RC_OK);
    for (size_t i = 0; i < diff.count; i++) {
        buffer_add(&text, signs[diff.changes[i].kind]);
        buffer_add(&text, diff.changes[i].section);
        buffer_add(&text, "|");
        buffer_add(&text, diff.changes[i].text);
        buffer_add(&text, "\n");
    }
    assert_string_equal(text.text, wanted);
    free(text.text);
    config_diff_wipe(&diff);
    unload(&a);
    unload(&b);
}

static char *replaced(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    char *out = calloc(1, strlen(text) + strlen(to) + 1);
    assert_non_null(at);
    assert_non_null(out);
    sprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
}

static void assert_change(const char *from, const char *to, const char *wanted)
{
    char *after = replaced(BASE, from, to);
    assert_diff(BASE, after, wanted);
    free(after);
}

static void equal_configurations_have_no_difference(void **state)
{
    (void)state;
    assert_diff(BASE, BASE, "");
    assert_diff(BASE, "!\n!\n" BASE "! a remark\n", "");
}

static void a_changed_line_is_removed_and_added_under_its_section(void **state)
{
    (void)state;
    assert_change(
        "encr 3des", "encr aes 256",
        "-crypto isakmp policy 10|encryption 3des\n+crypto isakmp policy 10|encryption aes 256\n");
}

static void another_secret_is_one_change_that_shows_neither(void **state)
{
    (void)state;
    assert_change("cisco123", "another1",
                  "*crypto keyring spokes|pre-shared-key address 0.0.0.0 0.0.0.0 key <hidden>\n");
    assert_change("wonder", "plunder", "*|username alice secret 0 <hidden>\n");
}

static void whole_sections_come_and_go(void **state)
{
    (void)state;
    assert_diff(BASE, BASE "username bob secret 0 builder\nip local pool p 10.9.0.1 10.9.0.9\n",
                "+|username bob secret 0 <hidden>\n+|ip local pool p 10.9.0.1 10.9.0.9\n");
    assert_change("username alice secret 0 wonder\n", "", "-|username alice secret 0 <hidden>\n");
}

static void the_order_of_an_access_list_counts(void **state)
{
    (void)state;
    static const char a[] = "access-list 101 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255\n"
                            "access-list 101 deny ip any any\n";
    static const char b[] = "access-list 101 deny ip any any\n"
                            "access-list 101 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255\n";
    struct loaded x = load_good(a), y = load_good(b);
    struct config_diff diff;
    assert_int_equal(config_diff(x.config, y.config, &diff), RC_OK);
    assert_int_equal(diff.count, 2);
    config_diff_wipe(&diff);
    unload(&x);
    unload(&y);
}

static char *many_keys(size_t count, size_t from)
{
    struct buffer text = {.text = NULL};
    buffer_add(&text, "crypto keyring many\n");
    for (size_t i = from; i < from + count; i++) {
        char line[96];
        snprintf(line, sizeof line, " pre-shared-key address 10.%zu.%zu.%zu key secret%zu\n",
                 i >> 16, i >> 8 & 255, i & 255, i);
        buffer_add(&text, line);
    }
    return text.text;
}

static void a_text_of_which_nothing_is_left_is_told_whole(void **state)
{
    (void)state;
    char *before = many_keys(1500, 1), *after = many_keys(1500, 10001);
    struct loaded a = load_good(before), b = load_good(after);
    struct config_diff diff;
    assert_int_equal(config_diff(a.config, b.config, &diff), RC_OK);
    assert_int_equal(diff.count, 3000);
    config_diff_wipe(&diff);
    unload(&a);
    unload(&b);
    free(before);
    free(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_configurations_have_no_difference),
        cmocka_unit_test(a_changed_line_is_removed_and_added_under_its_section),
        cmocka_unit_test(another_secret_is_one_change_that_shows_neither),
        cmocka_unit_test(whole_sections_come_and_go),
        cmocka_unit_test(the_order_of_an_access_list_counts),
        cmocka_unit_test(a_text_of_which_nothing_is_left_is_told_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
