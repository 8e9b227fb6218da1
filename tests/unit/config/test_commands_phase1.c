/* Commands of phase 1: policies, keys, profiles, groups. What each sets, what it
 * refuses and where it points. */
#include "unit/config/load_text.h"

static void a_policy_without_lines_has_the_defaults_of_ios(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp policy 7\n");
    const struct isakmp_policy *policy = &loaded.config->policies[0];
    assert_int_equal(loaded.config->policy_count, 1);
    assert_int_equal(policy->priority, 7);
    assert_int_equal(policy->cipher, CIPHER_DES);
    assert_int_equal(policy->key_bits, 0);
    assert_int_equal(policy->hash, HASH_SHA1);
    assert_int_equal(policy->group, 1);
    assert_int_equal(policy->auth, ISAKMP_AUTH_RSA_SIG);
    assert_int_equal(policy->lifetime_s, 86400);
    unload(&loaded);
}

static void every_algorithm_of_phase_1_is_read(void **state)
{
    static const struct {
        const char *line;
        enum cipher_alg cipher;
        unsigned bits;
    } ciphers[] = {
        {"des", CIPHER_DES, 0},       {"3des", CIPHER_3DES, 0},     {"aes", CIPHER_AES, 128},
        {"aes 128", CIPHER_AES, 128}, {"aes 192", CIPHER_AES, 192}, {"aes 256", CIPHER_AES, 256},
    };
    static const struct {
        const char *line;
        enum hash_alg hash;
    } hashes[] = {{"md5", HASH_MD5},
                  {"sha", HASH_SHA1},
                  {"sha256", HASH_SHA256},
                  {"sha384", HASH_SHA384},
                  {"sha512", HASH_SHA512}};
    static const unsigned groups[] = {1, 2, 5, 14, 15, 16, 19, 20, 21, 31};
    char text[128];
    (void)state;
    for (size_t i = 0; i < sizeof ciphers / sizeof *ciphers; i++) {
        snprintf(text, sizeof text, "crypto isakmp policy 1\n encr %s\n", ciphers[i].line);
        struct loaded loaded = load_good(text);
        assert_int_equal(loaded.config->policies[0].cipher, ciphers[i].cipher);
        assert_int_equal(loaded.config->policies[0].key_bits, ciphers[i].bits);
        unload(&loaded);
    }
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        snprintf(text, sizeof text, "crypto isakmp policy 1\n hash %s\n", hashes[i].line);
        struct loaded loaded = load_good(text);
        assert_int_equal(loaded.config->policies[0].hash, hashes[i].hash);
        unload(&loaded);
    }
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        snprintf(text, sizeof text, "crypto isakmp policy 1\n group %u\n", groups[i]);
        struct loaded loaded = load_good(text);
        assert_int_equal(loaded.config->policies[0].group, groups[i]);
        unload(&loaded);
    }
}

static void policies_stand_in_the_order_of_their_numbers(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp policy 30\ncrypto isakmp policy 10\n group 14\n"
                                     "crypto isakmp policy 20\ncrypto isakmp policy 10\n hash md5\n"
                                     "no crypto isakmp policy 30\n");
    assert_int_equal(loaded.config->policy_count, 2);
    assert_int_equal(loaded.config->policies[0].priority, 10);
    assert_int_equal(loaded.config->policies[0].group, 14);
    assert_int_equal(loaded.config->policies[0].hash, HASH_MD5);
    assert_int_equal(loaded.config->policies[1].priority, 20);
    unload(&loaded);
}

static void the_no_form_restores_the_default(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp policy 1\n encr aes 256\n hash md5\n group 14\n"
                                     " auth pre\n lifetime 3600\n no encr\n no hash\n no group\n"
                                     " no auth\n no lifetime\n");
    const struct isakmp_policy *policy = &loaded.config->policies[0];
    assert_int_equal(policy->cipher, CIPHER_DES);
    assert_int_equal(policy->hash, HASH_SHA1);
    assert_int_equal(policy->group, 1);
    assert_int_equal(policy->auth, ISAKMP_AUTH_RSA_SIG);
    assert_int_equal(policy->lifetime_s, 86400);
    unload(&loaded);
}

static void the_edges_of_a_lifetime_are_60_and_86400(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp policy 1\n lifetime 60\n"
                                     "crypto isakmp policy 2\n lifetime 86400\n");
    assert_int_equal(loaded.config->policies[0].lifetime_s, 60);
    unload(&loaded);
    assert_one_error("crypto isakmp policy 1\n lifetime 59\n", 2, 11, "a number 60-86400");
    assert_one_error("crypto isakmp policy 1\n lifetime 86401\n", 2, 11, "a number 60-86400");
    assert_one_error("crypto isakmp policy 0\n", 1, 22, "a number 1-10000");
    assert_one_error("crypto isakmp policy 10001\n", 1, 22, "a number 1-10000");
    assert_one_error("crypto isakmp policy 4294967297\n", 1, 22, "a number 1-10000");
}

static void certificates_are_refused_by_name(void **state)
{
    (void)state;
    assert_one_error("crypto isakmp policy 1\n authentication rsa-sig\n", 2, 17,
                     "certificates are not supported yet");
    assert_one_error("crypto isakmp identity dn\n", 1, 24, "not supported yet");
}

static void keys_are_read_in_all_their_forms(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp key plain address 10.0.0.1\n"
                                     "crypto isakmp key 0 zero address 10.1.0.0 255.255.0.0\n"
                                     "crypto isakmp key 7 0822455D0A16 hostname b.example.com\n"
                                     "crypto isakmp key six address ipv6 ::/0 no-xauth\n"
                                     "crypto isakmp key 0 address 10.0.0.3\n"
                                     "crypto isakmp key all address 0.0.0.0\n");
    const struct keyring *keys = &loaded.config->keyrings[0];
    assert_string_equal(keys->name, "default");
    assert_int_equal(keys->entry_count, 6);
    assert_true(prefix_is(keys->entries[0].prefix, "10.0.0.1/32"));
    assert_true(span_is(keys->entries[0].secret, "plain"));
    assert_true(prefix_is(keys->entries[1].prefix, "10.1.0.0/16"));
    assert_true(span_is(keys->entries[1].secret, "zero"));
    assert_int_equal(keys->entries[2].kind, KEY_FOR_HOSTNAME);
    assert_string_equal(keys->entries[2].hostname, "b.example.com");
    assert_true(span_is(keys->entries[2].secret, "cisco"));
    assert_true(prefix_is(keys->entries[3].prefix, "::/0"));
    assert_true(keys->entries[3].no_xauth);
    assert_true(span_is(keys->entries[4].secret, "0")); /* a key may look like a type */
    assert_true(prefix_is(keys->entries[5].prefix, "0.0.0.0/0"));
    unload(&loaded);
}

static void a_type_6_key_is_refused_with_the_way_out(void **state)
{
    (void)state;
    assert_one_error("crypto isakmp key 6 ABCDEFG address 10.0.0.1\n", 1, 21, "write the key");
    assert_one_error("crypto isakmp client configuration group g\n key 6 ABCDEFG\n", 2, 8,
                     "write the key");
    assert_one_error("crypto isakmp key 7 XYZ address 10.0.0.1\n", 1, 21, "not a type 7 text");
    struct loaded loaded = load_text("crypto isakmp key 6 ABCDEFG address 10.0.0.1\n");
    assert_never_shown(&loaded, "ABCDEFG");
    unload(&loaded);
}

static void a_hidden_secret_is_refused_by_name(void **state)
{
    (void)state;
    assert_one_error("crypto isakmp key <hidden> address 10.0.0.1\n", 1, 19, "<hidden>");
    assert_one_error("username u secret 9 <hidden>\n", 1, 21, "write the secret");
    assert_one_error("crypto keyring k\n pre-shared-key address 1.2.3.4 key <hidden>\n", 2, 37,
                     "<hidden>");
}

static void keys_are_removed_by_peer(void **state)
{
    (void)state;
    struct loaded loaded =
        load_good("crypto keyring k\n pre-shared-key address 10.0.0.1 key a\n"
                  " pre-shared-key address 10.0.0.2 key b\n no pre-shared-key address 10.0.0.1\n"
                  "crypto isakmp key c address 10.0.0.9\nno crypto isakmp key c address 10.0.0.9\n"
                  "crypto keyring gone\nno crypto keyring gone\n");
    assert_int_equal(loaded.config->keyring_count, 2);
    assert_int_equal(loaded.config->keyrings[0].entry_count, 0);
    assert_int_equal(loaded.config->keyrings[1].entry_count, 1);
    assert_true(prefix_is(loaded.config->keyrings[1].entries[0].prefix, "10.0.0.2/32"));
    unload(&loaded);
    assert_one_error("no crypto isakmp key c address 10.0.0.9\n", 1, 4, "no such key");
    assert_one_error("no crypto isakmp key c\n", 1, 4, "say whose key");
    assert_one_error("crypto keyring default\n", 1, 16, "global keys");
}

static void global_settings_of_phase_1_are_read(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp identity hostname\n"
                                     "crypto isakmp keepalive 30 5 periodic\n"
                                     "crypto isakmp nat keepalive 15\n"
                                     "crypto isakmp aggressive-mode disable\n"
                                     "crypto isakmp enable\n");
    assert_int_equal(loaded.config->identity, IDENTITY_HOSTNAME);
    assert_int_equal(loaded.config->keepalive_s, 30);
    assert_int_equal(loaded.config->keepalive_retry_s, 5);
    assert_true(loaded.config->keepalive_periodic);
    assert_int_equal(loaded.config->nat_keepalive_s, 15);
    assert_true(loaded.config->aggressive_disabled);
    unload(&loaded);
    loaded = load_good("crypto isakmp keepalive 10\nno crypto isakmp nat keepalive\n"
                       "crypto isakmp identity hostname\nno crypto isakmp identity\n");
    assert_int_equal(loaded.config->identity, IDENTITY_ADDRESS);
    assert_int_equal(loaded.config->keepalive_retry_s, 2);
    assert_false(loaded.config->keepalive_periodic);
    assert_int_equal(loaded.config->nat_keepalive_s, 20);
    unload(&loaded);
    assert_one_error("no crypto isakmp enable\n", 1, 4, "cannot be switched off");
}

static void a_profile_is_read_in_full(void **state)
{
    (void)state;
    struct loaded loaded =
        load_good("crypto keyring a\ncrypto keyring b\naaa authentication login L local\n"
                  "aaa authorization network N local\ncrypto isakmp profile p\n"
                  " description all   of it\n keyring a b\n keyring a\n"
                  " match identity address 10.0.0.0 255.0.0.0\n match identity address 10.0.0.1\n"
                  " match identity address 0.0.0.0\n match identity group g\n"
                  " match identity address ipv6 2001:db8::7/64\n"
                  " match identity host h.example\n match identity fqdn f.example\n"
                  " match identity host domain d.example\n match identity user u@e.example\n"
                  " match identity user-fqdn v@e.example\n match identity user domain e.example\n"
                  " client authentication list L\n isakmp authorization list N\n"
                  " client configuration address respond\n"
                  " client configuration address initiate\n keepalive 20 retry 3\n");
    static const struct {
        enum identity_match_kind kind;
        const char *text;
    } wanted[] = {
        {MATCH_ADDRESS, "10.0.0.0/8"},    {MATCH_ADDRESS, "10.0.0.1/32"},
        {MATCH_ADDRESS, "0.0.0.0/0"},     {MATCH_GROUP, "g"},
        {MATCH_ADDRESS, "2001:db8::/64"}, {MATCH_HOST, "h.example"},
        {MATCH_HOST, "f.example"},        {MATCH_HOST_DOMAIN, "d.example"},
        {MATCH_USER, "u@e.example"},      {MATCH_USER, "v@e.example"},
        {MATCH_USER_DOMAIN, "e.example"},
    };
    const struct isakmp_profile *profile = &loaded.config->profiles[0];
    assert_string_equal(profile->description, "all   of it");
    assert_int_equal(profile->keyring_count, 2);
    assert_ptr_equal(profile->keyrings[1], &loaded.config->keyrings[2]);
    assert_int_equal(profile->match_count, sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < profile->match_count; i++) {
        assert_int_equal(profile->matches[i].kind, wanted[i].kind);
        if (wanted[i].kind == MATCH_ADDRESS)
            assert_true(prefix_is(profile->matches[i].prefix, wanted[i].text));
        else
            assert_string_equal(profile->matches[i].text, wanted[i].text);
    }
    assert_ptr_equal(profile->xauth, &loaded.config->aaa_lists[0]);
    assert_string_equal(profile->authorization, "N");
    assert_true(profile->respond_address && profile->initiate_address);
    assert_int_equal(profile->keepalive_s, 20);
    assert_int_equal(profile->keepalive_retry_s, 3);
    unload(&loaded);
}

static void lines_of_a_profile_are_removed_by_no(void **state)
{
    (void)state;
    struct loaded loaded =
        load_good("aaa authentication login L local\ncrypto keyring a\ncrypto isakmp profile p\n"
                  " keyring a\n no keyring\n description x\n no description\n"
                  " match identity group g\n match identity group h\n no match identity group g\n"
                  " client authentication list L\n no client authentication list\n"
                  " client configuration address respond\n no client configuration address\n");
    const struct isakmp_profile *profile = &loaded.config->profiles[0];
    assert_null(profile->description);
    assert_int_equal(profile->keyring_count, 0);
    assert_int_equal(profile->match_count, 1);
    assert_string_equal(profile->matches[0].text, "h");
    assert_null(profile->xauth);
    assert_false(profile->respond_address);
    unload(&loaded);
    assert_one_error("crypto isakmp profile p\n no match identity group g\n", 2, 5, "no such line");
}

static void what_a_profile_cannot_do_yet_is_refused_by_name(void **state)
{
    static const char *const lines[] = {"vrf A", "virtual-template 1", "ca trust-point T",
                                        "qos-group 1", "client configuration group g"};
    char text[128];
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        snprintf(text, sizeof text, "crypto isakmp profile p\n %s\n", lines[i]);
        struct loaded loaded = load_text(text);
        assert_int_equal(loaded.rc, RC_MALFORMED);
        assert_int_equal(loaded.report.errors, 1);
        assert_int_equal(loaded.report.findings[0].line, 2);
        assert_non_null(strstr(loaded.report.findings[0].text, "not supported"));
        unload(&loaded);
    }
}

static void a_group_is_read_in_full(void **state)
{
    (void)state;
    struct loaded loaded =
        load_good("ip local pool P 10.5.0.1 10.5.0.9\naccess-list 10 permit 10.0.0.0 0.0.0.255\n"
                  "crypto isakmp client configuration group g\n key 0 sesame-sesame\n"
                  " dns 1.1.1.1 2.2.2.2 3.3.3.3 4.4.4.4\n wins 5.5.5.5\n domain example.com\n"
                  " pool P\n acl 10\n split-dns a.example b.example\n split-dns c.example\n"
                  " banner # Hello\n  you! #\n netmask 255.255.255.0\n backup-gateway 192.0.2.9\n"
                  " backup-gateway h.example\n save-password\n pfs\n max-users 5000\n"
                  " max-logins 10\n");
    const struct client_group *group = &loaded.config->groups[0];
    assert_true(span_is(group->secret, "sesame-sesame"));
    assert_int_equal(group->dns_count, 4);
    assert_true(addr_equal(group->dns[3], address("4.4.4.4")));
    assert_int_equal(group->wins_count, 1);
    assert_string_equal(group->domain, "example.com");
    assert_ptr_equal(group->pool, &loaded.config->pools[0]);
    assert_ptr_equal(group->split, &loaded.config->acls[0]);
    assert_string_equal(group->split_dns, "a.example,b.example,c.example");
    assert_string_equal(group->banner, " Hello\n  you! ");
    assert_true(addr_equal(group->netmask, address("255.255.255.0")));
    assert_string_equal(group->backup_gateways, "192.0.2.9,h.example");
    assert_true(group->save_password && group->pfs);
    assert_int_equal(group->max_users, 5000);
    assert_int_equal(group->max_logins, 10);
    unload(&loaded);
}

static void a_group_that_says_nothing_holds_nothing(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp client configuration group g\n key a\n no key\n"
                                     " dns 1.1.1.1\n no dns\n pfs\n no pfs\n max-users 7\n"
                                     " no max-users\n split-dns a.example\n no split-dns\n"
                                     " netmask 255.0.0.0\n no netmask\n");
    const struct client_group *group = &loaded.config->groups[0];
    assert_int_equal(group->secret.len, 0);
    assert_int_equal(group->dns_count, 0);
    assert_int_equal(group->max_users, 0);
    assert_null(group->split_dns);
    assert_int_equal(group->netmask.family, ADDR_NONE);
    assert_false(group->pfs);
    unload(&loaded);
    assert_one_error("crypto isakmp client configuration group g\n max-logins 11\n", 2, 13, "1-10");
    assert_one_error("crypto isakmp client configuration group g\n dns 1 2\n", 2, 6,
                     "an address such as");
    assert_one_error("crypto isakmp client configuration group g\n firewall are-u-there\n", 2, 2,
                     "not supported yet");
}

static void a_group_without_a_pool_has_the_one_of_all(void **state)
{
    (void)state;
    struct loaded loaded =
        load_good("ip local pool P 10.5.0.1 10.5.0.9\nip local pool Q 10.6.0.1 10.6.0.9\n"
                  "crypto isakmp client configuration address-pool local P\n"
                  "crypto isakmp client configuration group a\n key sesame-sesame\n"
                  "crypto isakmp client configuration group b\n key sesame-sesame\n pool Q\n");
    assert_string_equal(loaded.config->groups[0].pool->name, "P");
    assert_string_equal(loaded.config->groups[1].pool->name, "Q");
    unload(&loaded);
    loaded = load_good("ip local pool P 10.5.0.1 10.5.0.9\n"
                       "crypto isakmp client configuration address-pool local P\n"
                       "no crypto isakmp client configuration address-pool local P\n"
                       "crypto isakmp client configuration group a\n key sesame-sesame\n");
    assert_null(loaded.config->groups[0].pool);
    unload(&loaded);
    assert_one_error("crypto isakmp client configuration address-pool local P\n"
                     "crypto isakmp client configuration group a\n key sesame-sesame\n",
                     1, 55, "there is no pool \"P\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_without_a_pool_has_the_one_of_all),
        cmocka_unit_test(a_policy_without_lines_has_the_defaults_of_ios),
        cmocka_unit_test(every_algorithm_of_phase_1_is_read),
        cmocka_unit_test(policies_stand_in_the_order_of_their_numbers),
        cmocka_unit_test(the_no_form_restores_the_default),
        cmocka_unit_test(the_edges_of_a_lifetime_are_60_and_86400),
        cmocka_unit_test(certificates_are_refused_by_name),
        cmocka_unit_test(keys_are_read_in_all_their_forms),
        cmocka_unit_test(a_type_6_key_is_refused_with_the_way_out),
        cmocka_unit_test(a_hidden_secret_is_refused_by_name),
        cmocka_unit_test(keys_are_removed_by_peer),
        cmocka_unit_test(global_settings_of_phase_1_are_read),
        cmocka_unit_test(a_profile_is_read_in_full),
        cmocka_unit_test(lines_of_a_profile_are_removed_by_no),
        cmocka_unit_test(what_a_profile_cannot_do_yet_is_refused_by_name),
        cmocka_unit_test(a_group_is_read_in_full),
        cmocka_unit_test(a_group_that_says_nothing_holds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
