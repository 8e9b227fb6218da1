/* Who a peer must be and what this end calls itself: crypto identity, set identity, self-identity,
 * and the profile of a whole map. */
#include "unit/config/printed.h"

static const char base[] =
    "hostname Hub\n"
    "crypto keyring k\n pre-shared-key address 0.0.0.0 0.0.0.0 key sesame\n"
    "crypto isakmp profile P\n keyring k\n match identity host domain x.org\n"
    "crypto ipsec transform-set t esp-gcm\n";

static struct loaded with(const char *lines)
{
    char text[2048];
    snprintf(text, sizeof text, "%s%s", base, lines);
    return load_good(text);
}

static void an_identity_list_holds_names_once(void **state)
{
    (void)state;
    struct loaded loaded = with("crypto identity branches\n fqdn b7.x.org\n fqdn b8.x.org\n"
                                " fqdn B7.x.org\n no fqdn b8.x.org\n description ours\n"
                                "crypto dynamic-map d 1\n set transform-set t\n"
                                " set identity branches\n");
    const struct identity_list *list = &loaded.config->identities[0];
    assert_int_equal(loaded.config->identity_count, 1);
    assert_int_equal(list->match_count, 1);
    assert_string_equal(list->matches[0].text, "b7.x.org");
    assert_int_equal(list->matches[0].kind, MATCH_HOST);
    assert_ptr_equal(loaded.config->dynamic_maps[0].entries[0].identity, list);
    assert_prints_back(loaded.config);
    unload(&loaded);
}

static void an_identity_list_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    assert_one_error("crypto ipsec transform-set t esp-gcm\ncrypto dynamic-map d 1\n"
                     " set transform-set t\n set identity branchs\ncrypto identity branches\n"
                     " fqdn b7.x.org\n",
                     4, 15, "there is no crypto identity \"branchs\" (did you mean \"branches\"?)");
    assert_one_error("crypto identity c\n dn ou=sales\n", 2, 2, "use \"fqdn\"");
}

static void a_map_may_bind_all_its_entries(void **state)
{
    (void)state;
    struct loaded loaded = with("crypto dynamic-map d 1\n set transform-set t\n"
                                "crypto map m 10 ipsec-isakmp dynamic d\n"
                                "crypto map m isakmp-profile P\n");
    assert_ptr_equal(loaded.config->crypto_maps[0].profile, &loaded.config->profiles[0]);
    assert_prints_back(loaded.config);
    unload(&loaded);
    loaded = with("crypto map m isakmp-profile P\nno crypto map m isakmp-profile P\n");
    assert_null(loaded.config->crypto_maps[0].profile);
    unload(&loaded);
}

static void a_profile_says_what_this_end_calls_itself(void **state)
{
    static const struct {
        const char *line, *text;
        enum self_identity self;
    } rows[] = {
        {"crypto isakmp profile P\n self-identity address\n", NULL, SELF_ADDRESS},
        {"crypto isakmp profile P\n self-identity fqdn\n", NULL, SELF_FQDN},
        {"crypto isakmp profile P\n self-identity fqdn hub.x.org\n", "hub.x.org", SELF_FQDN},
        {"crypto isakmp profile P\n self-identity user-fqdn hub@x.org\n", "hub@x.org",
         SELF_USER_FQDN},
        {"crypto isakmp profile P\n self-identity fqdn hub.x.org\n no self-identity\n", NULL,
         SELF_GLOBAL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct loaded loaded = with(rows[i].line);
        const struct isakmp_profile *profile = &loaded.config->profiles[0];
        assert_int_equal(profile->self, rows[i].self);
        if (rows[i].text)
            assert_string_equal(profile->self_text, rows[i].text);
        else
            assert_null(profile->self_text);
        assert_prints_back(loaded.config);
        unload(&loaded);
    }
}

static void a_login_that_counts_longer_is_warned_of(void **state)
{
    (void)state;
    struct loaded loaded = with("hubward xauth once\n");
    assert_true(loaded.config->xauth_once);
    assert_non_null(find_rule(&loaded, "login-once"));
    assert_prints_back(loaded.config);
    unload(&loaded);
    loaded = with("hubward xauth once\nno hubward xauth once\n");
    assert_false(loaded.config->xauth_once);
    assert_null(find_rule(&loaded, "login-once"));
    unload(&loaded);
}

static void what_can_never_match_is_warned_of(void **state)
{
    (void)state;
    struct loaded loaded = with("crypto identity nobody\ncrypto dynamic-map d 1\n"
                                " set transform-set t\n set identity nobody\n"
                                "crypto isakmp profile Q\n keyring k\n"
                                "crypto map m isakmp-profile Q\n");
    assert_non_null(find_rule(&loaded, "empty-list"));
    assert_non_null(find_rule(&loaded, "unreachable-profile"));
    unload(&loaded);
}

static void the_replay_window_may_be_asked_for(void **state)
{
    (void)state;
    struct loaded loaded = with("crypto ipsec security-association replay window-size 128\n"
                                "crypto dynamic-map d 1\n"
                                " set security-association replay window-size 1024\n");
    unload(&loaded);
    assert_one_error("crypto ipsec security-association replay window-size 100\n", 1, 35,
                     "not supported yet");
    assert_one_error("crypto ipsec security-association replay disable\n", 1, 35,
                     "not supported yet");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_identity_list_holds_names_once),
        cmocka_unit_test(an_identity_list_that_is_not_there_is_an_error),
        cmocka_unit_test(a_map_may_bind_all_its_entries),
        cmocka_unit_test(a_profile_says_what_this_end_calls_itself),
        cmocka_unit_test(a_login_that_counts_longer_is_warned_of),
        cmocka_unit_test(what_can_never_match_is_warned_of),
        cmocka_unit_test(the_replay_window_may_be_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
