/* Keys of `hubward key-selection verify`: names, identities, what must not be. */
#include "unit/config/printed.h"

#define VERIFY "hubward key-selection verify\n"
#define NET    " pre-shared-key address 10.0.0.0 255.0.0.0 key "

static void several_keys_of_one_network_have_names_or_numbers(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto keyring k\n" NET "one name east\n" NET "two\n" NET
                                     "three name west\n" NET "four\n" VERIFY);
    const struct keyring_entry *keys = loaded.config->keyrings[1].entries;
    assert_true(loaded.config->key_verify);
    assert_int_equal(loaded.config->keyrings[1].entry_count, 4);
    assert_string_equal(keys[0].name, "east");
    assert_null(keys[1].name);
    assert_int_equal(keys[1].ordinal, 1);
    assert_string_equal(keys[2].name, "west");
    assert_int_equal(keys[3].ordinal, 2);
    for (size_t i = 0; i < loaded.report.count; i++)
        assert_string_not_equal(loaded.report.findings[i].rule, "two-keys");
    unload(&loaded);
}

static void the_line_below_a_key_binds_it_to_an_identity(void **state)
{
    static const struct {
        const char *line;
        enum identity_match_kind kind;
    } rows[] = {{"address 10.1.1.1", MATCH_ADDRESS},
                {"address 10.1.0.0 255.255.0.0", MATCH_ADDRESS},
                {"address ipv6 2001:db8::/32", MATCH_ADDRESS},
                {"fqdn branch7.example", MATCH_HOST},
                {"user-fqdn ops@branch7.example", MATCH_USER},
                {"key-id branch7", MATCH_GROUP}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[256];
        snprintf(text, sizeof text, "crypto keyring k\n" NET "one\n hubward identity %s\n" VERIFY,
                 rows[i].line);
        struct loaded loaded = load_good(text);
        const struct keyring_entry *key = &loaded.config->keyrings[1].entries[0];
        assert_non_null(key->identity);
        assert_int_equal(key->identity->kind, rows[i].kind);
        assert_int_equal(key->identity->line, 3);
        unload(&loaded);
    }
}

static void they_are_printed_and_read_back(void **state)
{
    (void)state;
    struct loaded loaded =
        load_good("crypto keyring k\n" NET "one name east\n  hubward identity fqdn e.example\n" NET
                  "two name west\n" VERIFY);
    char *text = print_text(loaded.config);
    assert_non_null(strstr(text,
                           "  pre-shared-key address 10.0.0.0 255.0.0.0 key <hidden> name east\n"
                           "  hubward identity fqdn e.example\n"
                           "  pre-shared-key address 10.0.0.0 255.0.0.0 key <hidden> name west\n"));
    assert_non_null(strstr(text, VERIFY));
    free(text);
    unload(&loaded);
}

static void equal_keys_that_one_peer_may_have_are_an_error(void **state)
{
    (void)state;
    assert_one_error("crypto keyring k\n" NET "one\n" NET "one name b\n" VERIFY, 3, 1,
                     "the same key as in line 2");
    assert_one_error("crypto keyring k\n" NET "one\n"
                     "crypto keyring l\n pre-shared-key address 10.9.9.9 key one\n" VERIFY,
                     4, 1, "every peer needs a key of its own");
    struct loaded loaded = load_good("crypto keyring k\n" NET
                                     "one\n pre-shared-key address 192.0.2.1 key one\n" VERIFY);
    unload(&loaded);
}

static void a_name_is_there_once_in_a_keyring(void **state)
{
    (void)state;
    assert_one_error("crypto keyring k\n" NET "one name b\n" NET "two name b\n" VERIFY, 3, 1,
                     "line 2 has a key named b already");
}

static void without_verify_names_and_identities_are_errors(void **state)
{
    (void)state;
    assert_one_error("crypto keyring k\n" NET "one name b\n", 2, 1,
                     "a key has a name only with \"hubward key-selection verify\"");
    assert_one_error("crypto keyring k\n" NET "one\n hubward identity fqdn b.example\n", 3, 1,
                     "nothing would hold the peer to this identity");
}

static void an_identity_needs_a_key_before_it(void **state)
{
    (void)state;
    assert_one_error("crypto keyring k\n hubward identity fqdn b.example\n" VERIFY, 2, 2,
                     "there is no key before this line");
}

static void the_last_line_about_the_selection_counts(void **state)
{
    (void)state;
    struct loaded loaded = load_good(VERIFY "hubward key-selection ios\n");
    assert_false(loaded.config->key_verify);
    unload(&loaded);
    loaded = load_good(VERIFY "no hubward key-selection verify\n");
    assert_false(loaded.config->key_verify);
    unload(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_keys_of_one_network_have_names_or_numbers),
        cmocka_unit_test(the_line_below_a_key_binds_it_to_an_identity),
        cmocka_unit_test(they_are_printed_and_read_back),
        cmocka_unit_test(equal_keys_that_one_peer_may_have_are_an_error),
        cmocka_unit_test(a_name_is_there_once_in_a_keyring),
        cmocka_unit_test(without_verify_names_and_identities_are_errors),
        cmocka_unit_test(an_identity_needs_a_key_before_it),
        cmocka_unit_test(the_last_line_about_the_selection_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
