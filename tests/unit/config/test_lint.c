/* Each lint rule finds what it is for, at the line to change, and nothing in a configuration that
 * is as it should be. */
#include "unit/config/load_text.h"

#include "config/lint.h"

/* The rule fires once, at this line. */
static void assert_rule(const char *text, const char *rule, unsigned line)
{
    struct loaded loaded = load_good(text);
    size_t count = 0;
    for (size_t i = 0; i < loaded.report.count; i++)
        count += strcmp(loaded.report.findings[i].rule, rule) == 0;
    const struct config_finding *finding = find_rule(&loaded, rule);
    if (!finding)
        fail_msg("%s not found in\n%s", rule, text);
    assert_int_equal(count, 1);
    assert_int_equal(finding->line, line);
    assert_true(finding->severity == CONFIG_NOTE || finding->severity == CONFIG_WARNING);
    unload(&loaded);
}

static void assert_silent(const char *text, const char *rule)
{
    struct loaded loaded = load_good(text);
    assert_null(find_rule(&loaded, rule));
    unload(&loaded);
}

#define POLICY "crypto isakmp policy 1\n encr aes 256\n hash sha256\n auth pre\n group 14\n"

static void every_rule_is_a_row_of_its_own(void **state)
{
    (void)state;
    size_t count = 0;
    for (; lint_rule_at(count); count++) {
        const struct lint_rule *rule = lint_rule_at(count);
        assert_true(rule->severity == CONFIG_NOTE || rule->severity == CONFIG_WARNING);
        assert_true(strlen(rule->wire) > 20);
        for (size_t i = 0; i < count; i++)
            assert_string_not_equal(lint_rule_at(i)->id, rule->id);
    }
    assert_true(count > 25);
}

static void weak_algorithms_are_found_where_they_are_written(void **state)
{
    (void)state;
    assert_rule("crypto isakmp policy 1\n group 14\n encr des\n", "weak-des", 3);
    assert_rule("crypto isakmp policy 1\n group 14\n encr 3des\n", "weak-3des", 3);
    assert_rule("crypto isakmp policy 1\n group 14\n hash md5\n", "weak-md5", 3);
    assert_rule("crypto isakmp policy 1\n encr aes\n group 1\n", "weak-group-1", 3);
    assert_rule("crypto isakmp policy 1\n encr aes\n group 2\n", "weak-group-2", 3);
    assert_rule("crypto isakmp policy 1\n encr aes\n group 5\n", "weak-group-5", 3);
    assert_rule("crypto ipsec transform-set t esp-des esp-sha-hmac\n", "weak-des", 1);
    assert_rule("crypto ipsec transform-set t esp-3des esp-sha-hmac\n", "weak-3des", 1);
    assert_rule("crypto ipsec transform-set t esp-aes esp-md5-hmac\n", "weak-md5", 1);
    assert_rule("crypto ipsec transform-set t esp-null esp-sha-hmac\n", "no-encryption", 1);
    assert_rule("crypto dynamic-map d 1\n set pfs group2\n", "weak-group-2", 1);
    assert_rule("crypto map m 1 ipsec-isakmp\n set pfs\n", "weak-group-1", 1);
}

static void inherited_weak_defaults_are_said_as_lines(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp policy 10\n authentication pre-share\n");
    assert_non_null(find_finding(&loaded, CONFIG_WARNING, "inherits \"encryption des\""));
    assert_non_null(find_finding(&loaded, CONFIG_WARNING, "inherits \"group 1\""));
    assert_null(find_rule(&loaded, "rsa-sig"));
    unload(&loaded);
    assert_rule("crypto isakmp policy 1\n encr aes\n group 14\n", "rsa-sig", 1);
    assert_rule("crypto map m 1 ipsec-isakmp\n", "no-policy", 1);
    assert_silent(POLICY, "inherited-default");
    assert_silent(POLICY, "rsa-sig");
}

static void short_and_common_group_keys_are_found(void **state)
{
    static const char *const weak[] = {"cisco123", "cisco",           "Password1234567",
                                       "short",    "123456789012345", "VPN2024!!!!!!!!!!"};
    static const char *const strong[] = {"v9Yq2-Lr7c-Xt4m", "correcthorsebattery"};
    char text[256];
    (void)state;
    for (size_t i = 0; i < sizeof weak / sizeof *weak; i++) {
        snprintf(text, sizeof text,
                 "crypto isakmp client configuration group g\n dns 1.1.1.1\n"
                 " key %s\n",
                 weak[i]);
        assert_rule(text, "weak-group-key", 3);
    }
    for (size_t i = 0; i < sizeof strong / sizeof *strong; i++) {
        snprintf(text, sizeof text, "crypto isakmp client configuration group g\n key %s\n",
                 strong[i]);
        assert_silent(text, "weak-group-key");
    }
}

static void keys_that_hide_one_another_are_found(void **state)
{
    (void)state;
    assert_rule("crypto keyring a\n pre-shared-key address 10.0.0.1 key x\n"
                "crypto keyring b\n pre-shared-key address 10.0.0.1 key x\n",
                "two-keyrings", 4);
    assert_rule("crypto keyring a\n pre-shared-key address 10.0.0.1 key x\n"
                " pre-shared-key address 10.0.0.1 key y\n",
                "two-keys", 3);
    assert_silent("crypto keyring a\n pre-shared-key address 10.0.0.0 255.0.0.0 key x\n"
                  "crypto keyring b\n pre-shared-key address 10.0.0.1 key x\n",
                  "two-keyrings");
    assert_rule("crypto isakmp key x address 10.0.0.0 255.0.0.0\n"
                "crypto keyring b\n pre-shared-key address 10.0.0.1 key x\n"
                " pre-shared-key address 11.0.0.1 key x\n",
                "global-key-first", 3);
    assert_rule("crypto isakmp key x address 10.0.0.1\n"
                "crypto keyring b\n pre-shared-key address 10.0.0.1 key x\n",
                "global-key-first", 3);
    assert_silent("crypto isakmp key x address 10.0.0.1\n"
                  "crypto keyring b\n pre-shared-key address 10.0.0.0 255.0.0.0 key x\n"
                  " pre-shared-key address ipv6 ::/0 key x\n",
                  "global-key-first");
}

static void keys_that_open_too_much_are_found(void **state)
{
    (void)state;
    assert_rule("crypto isakmp key x address 0.0.0.0 0.0.0.0\n", "wildcard-key", 1);
    assert_rule("crypto keyring k\n pre-shared-key address ipv6 ::/0 key x\n", "wildcard-key", 2);
    assert_rule("aaa authentication login l local\ncrypto keyring k\n"
                " pre-shared-key address 0.0.0.0 0.0.0.0 key x\ncrypto isakmp profile p\n"
                " keyring k\n match identity address 0.0.0.0\n client authentication list l\n",
                "wildcard-key-login", 4);
    assert_rule("aaa authentication login l local\ncrypto isakmp key x address 0.0.0.0 0.0.0.0\n"
                "crypto isakmp profile p\n match identity user domain e\n"
                " client authentication list l\n",
                "wildcard-key-login", 3);
    assert_silent("aaa authentication login l local\ncrypto isakmp key x address 0.0.0.0 0.0.0.0\n"
                  "crypto isakmp profile p\n match identity group g\n"
                  " client authentication list l\n",
                  "wildcard-key-login");
    assert_rule("crypto isakmp profile p\n match identity group g\n", "group-without-login", 2);
}

static void profiles_that_cannot_be_told_apart_are_found(void **state)
{
    (void)state;
    assert_rule("crypto isakmp profile a\n match identity address 10.0.0.0 255.0.0.0\n"
                "crypto isakmp profile b\n match identity group g\n"
                " match identity address 10.0.0.0 255.0.0.0\n",
                "equal-profiles", 5);
    assert_silent("crypto isakmp profile a\n match identity address 10.0.0.0 255.0.0.0\n"
                  "crypto isakmp profile b\n match identity address 10.0.0.0 255.255.0.0\n",
                  "equal-profiles");
    assert_silent("crypto isakmp profile a\n match identity host x\n"
                  "crypto isakmp profile b\n match identity user x\n",
                  "equal-profiles");
}

static void groups_that_cannot_work_are_found(void **state)
{
    (void)state;
    assert_rule("crypto isakmp profile p\n match identity group g\n", "unknown-group", 2);
    assert_rule("crypto isakmp client configuration group g\n", "group-without-key", 1);
    assert_rule("crypto isakmp client configuration group g\n key x\n", "group-without-pool", 1);
    assert_rule("crypto isakmp aggressive-mode disable\n"
                "crypto isakmp client configuration group g\n key x\n",
                "aggressive-disabled", 2);
}

static void entries_bound_to_profiles_that_no_peer_reaches_are_found(void **state)
{
    (void)state;
    /* no identity, no key, no such group, a group without a key */
    assert_rule("crypto isakmp profile p\ncrypto dynamic-map d 1\n set isakmp-profile p\n",
                "unreachable-profile", 2);
    assert_rule("crypto isakmp profile p\n match identity address 0.0.0.0\n"
                "crypto dynamic-map d 1\n set isakmp-profile p\n",
                "unreachable-profile", 3);
    assert_rule("crypto isakmp profile p\n match identity group g\n"
                "crypto map m 1 ipsec-isakmp\n set isakmp-profile p\n",
                "unreachable-profile", 3);
    assert_rule("crypto isakmp client configuration group g\n"
                "crypto isakmp profile p\n match identity group g\n"
                "crypto map m 1 ipsec-isakmp\n set isakmp-profile p\n",
                "unreachable-profile", 4);
    assert_silent("crypto isakmp key x address 10.0.0.1\n"
                  "crypto isakmp profile p\n match identity address 0.0.0.0\n"
                  "crypto dynamic-map d 1\n set isakmp-profile p\n",
                  "unreachable-profile");
    assert_silent("crypto isakmp client configuration group g\n key x\n"
                  "crypto isakmp profile p\n match identity group g\n"
                  "crypto dynamic-map d 1\n set isakmp-profile p\n",
                  "unreachable-profile");
}

static void entries_that_never_take_traffic_are_found(void **state)
{
    (void)state;
    assert_rule("crypto dynamic-map d 1\n", "incomplete-entry", 1);
    assert_rule("crypto ipsec transform-set t esp-gcm\naccess-list 100 permit ip any any\n"
                "crypto map m 1 ipsec-isakmp\n set transform-set t\n match address 100\n",
                "incomplete-entry", 3);
    assert_rule("crypto ipsec transform-set t esp-gcm\n"
                "crypto map m 1 ipsec-isakmp\n set transform-set t\n set peer 10.0.0.1\n",
                "incomplete-entry", 2);
    assert_silent("crypto ipsec transform-set t esp-gcm\ncrypto dynamic-map d 1\n"
                  " set transform-set t\ncrypto map m 1 ipsec-isakmp dynamic d\n",
                  "incomplete-entry");
    assert_rule("access-list 100 deny ip any any\ncrypto dynamic-map d 1\n match address 100\n",
                "empty-list", 2);
}

static void a_static_entry_behind_a_dynamic_one_is_found(void **state)
{
    (void)state;
    assert_rule("crypto dynamic-map d 1\ncrypto map m 10 ipsec-isakmp dynamic d\n"
                "crypto map m 20 ipsec-isakmp\n",
                "static-above-dynamic", 3);
    assert_silent("crypto dynamic-map d 1\ncrypto map m 20 ipsec-isakmp dynamic d\n"
                  "crypto map m 10 ipsec-isakmp\n",
                  "static-above-dynamic");
}

static void addresses_that_collide_are_found(void **state)
{
    (void)state;
    assert_rule("ip local pool a 10.0.0.1 10.0.0.9\nip local pool b 10.0.0.9 10.0.0.20\n",
                "pool-overlap", 2);
    assert_rule("ip local pool a 10.0.0.1 10.0.0.99\nip local pool b 10.0.0.2\n"
                "ip local pool c 10.0.1.0\n",
                "pool-overlap", 2);
    assert_silent("ip local pool a 10.0.0.1 10.0.0.9\nip local pool b 10.0.0.10 10.0.0.20\n",
                  "pool-overlap");
    assert_rule("interface e0\n ip address 10.0.0.1 255.255.255.0\n"
                "ip local pool a 10.0.0.255 10.0.1.7\n",
                "pool-in-network", 3);
    assert_silent("interface e0\n ip address 10.0.0.1 255.255.255.0\ninterface e1\n"
                  " ip address dhcp\nip local pool a 10.0.1.0 10.0.1.7\n",
                  "pool-in-network");
}

static void a_next_hop_off_link_is_found_unless_dhcp_decides(void **state)
{
    (void)state;
    assert_rule("interface e0\n ip address 10.48.67.181 255.255.255.224\n"
                "ip route 0.0.0.0 0.0.0.0 10.48.66.181\n",
                "next-hop", 3);
    assert_silent("interface e0\n ip address 10.48.67.181 255.255.255.224\n"
                  "ip route 0.0.0.0 0.0.0.0 10.48.67.161\nip route 10.0.0.0 255.0.0.0 Null0\n",
                  "next-hop");
    assert_silent("interface e0\n ip address dhcp\nip route 0.0.0.0 0.0.0.0 10.100.2.3\n",
                  "next-hop");
}

static void interfaces_and_maps_that_hang_loose_are_found(void **state)
{
    (void)state;
    assert_rule("crypto map m 1 ipsec-isakmp\ninterface e0\n crypto map m\n", "unmapped-interface",
                2);
    assert_silent("crypto map m 1 ipsec-isakmp\ninterface e0\n crypto map m\n"
                  "hubward interface e0 eth0\n",
                  "unmapped-interface");
    assert_silent("crypto map m 1 ipsec-isakmp\ninterface e0\n crypto map m\n shutdown\n",
                  "unmapped-interface");
    assert_rule("crypto map m 1 ipsec-isakmp\n", "unused-map", 1);
    assert_rule("hubward interface e7 eth0\n", "mapping-unknown", 1);
}

static void nothing_is_found_in_a_configuration_that_is_as_it_should_be(void **state)
{
    (void)state;
    struct loaded loaded = load_good(
        "hostname hub\n" POLICY "crypto isakmp key v9Yq2-Lr7c-Xt4m address 192.0.2.7\n"
        "crypto ipsec transform-set t esp-gcm 256\naccess-list 101 permit ip 10.0.0.0 0.0.0.255 "
        "10.1.0.0 0.0.0.255\ncrypto map m 10 ipsec-isakmp\n set peer 192.0.2.7\n"
        " set transform-set t\n match address 101\ninterface e0\n"
        " ip address 192.0.2.1 255.255.255.0\n crypto map m\nhubward interface e0 eth0\n"
        "ip route 0.0.0.0 0.0.0.0 192.0.2.254\n");
    print_errors(&loaded);
    assert_int_equal(loaded.report.count, 0);
    unload(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_is_a_row_of_its_own),
        cmocka_unit_test(weak_algorithms_are_found_where_they_are_written),
        cmocka_unit_test(inherited_weak_defaults_are_said_as_lines),
        cmocka_unit_test(short_and_common_group_keys_are_found),
        cmocka_unit_test(keys_that_hide_one_another_are_found),
        cmocka_unit_test(keys_that_open_too_much_are_found),
        cmocka_unit_test(profiles_that_cannot_be_told_apart_are_found),
        cmocka_unit_test(groups_that_cannot_work_are_found),
        cmocka_unit_test(entries_bound_to_profiles_that_no_peer_reaches_are_found),
        cmocka_unit_test(entries_that_never_take_traffic_are_found),
        cmocka_unit_test(a_static_entry_behind_a_dynamic_one_is_found),
        cmocka_unit_test(addresses_that_collide_are_found),
        cmocka_unit_test(a_next_hop_off_link_is_found_unless_dhcp_decides),
        cmocka_unit_test(interfaces_and_maps_that_hang_loose_are_found),
        cmocka_unit_test(nothing_is_found_in_a_configuration_that_is_as_it_should_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
