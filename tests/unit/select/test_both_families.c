/* The rules of selection over IPv6 as over IPv4, and for every type of identity: keys, profiles and
 * map entries of a configuration as an operator writes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/load.h"
#include "select/keyring.h"
#include "select/map.h"
#include "select/profile.h"
#include "unit/select/select_kit.h"

#include <stdio.h>

static const char text[] = "hostname Hub\n"                                             /* 1 */
                           "crypto isakmp key global address ipv6 2001:db8:1::/48\n"    /* 2 */
                           "crypto keyring one\n"                                       /* 3 */
                           " pre-shared-key address ipv6 ::/0 key anyone\n"             /* 4 */
                           " pre-shared-key address ipv6 2001:db8:2::/48 key site\n"    /* 5 */
                           " pre-shared-key address 192.0.2.0 255.255.255.0 key four\n" /* 6 */
                           "crypto keyring two\n"                                       /* 7 */
                           " pre-shared-key address ipv6 2001:db8:2::7/128 key host\n"  /* 8 */
                           " pre-shared-key address ipv6 2001:db8:2::/48 key again\n"   /* 9 */
                           "crypto isakmp client configuration group staff\n"           /* 10 */
                           " key group-secret\n"                                        /* 11 */
                           "crypto isakmp profile SIX\n"                                /* 12 */
                           " keyring one\n"                                             /* 13 */
                           " match identity address ipv6 2001:db8::/32\n"               /* 14 */
                           "crypto isakmp profile SITE\n"                               /* 15 */
                           " keyring two\n"                                             /* 16 */
                           " match identity address ipv6 2001:db8:2::/48\n"             /* 17 */
                           "crypto isakmp profile NAMES\n"                              /* 18 */
                           " keyring one\n"                                             /* 19 */
                           " match identity host domain example.org\n"                  /* 20 */
                           " match identity user bob@example.org\n"                     /* 21 */
                           "crypto isakmp profile HOST\n"                               /* 22 */
                           " keyring one\n"                                             /* 23 */
                           " match identity host b7.example.org\n"                      /* 24 */
                           "crypto isakmp profile STAFF\n"                              /* 25 */
                           " match identity group staff\n"                              /* 26 */
                           "crypto isakmp profile FOUR\n"                               /* 27 */
                           " keyring one\n"                                             /* 28 */
                           " match identity address 0.0.0.0\n"                          /* 29 */
                           "crypto ipsec transform-set t esp-gcm\n"                     /* 30 */
                           "crypto dynamic-map d 10\n"                                  /* 31 */
                           " set transform-set t\n"                                     /* 32 */
                           " set isakmp-profile SITE\n"                                 /* 33 */
                           "crypto map m 10 ipsec-isakmp dynamic d\n"                   /* 34 */
                           "ip local pool p 10.5.5.1 10.5.5.9\n"                        /* 35 */
                           "interface FastEthernet0/0\n"                                /* 36 */
                           " ip address 192.0.2.1 255.255.255.0\n"                      /* 37 */
                           " crypto map m\n";                                           /* 38 */

static struct config *configuration(void)
{
    struct config *config = NULL;
    struct config_report report;
    char line[512];
    enum rc rc = config_load((struct span){(const uint8_t *)text, sizeof text - 1}, "t", NULL, 0,
                             &config, &report);
    for (size_t i = 0; rc != RC_OK && i < report.count; i++)
        print_error("%s", config_finding_format(&report, &report.findings[i], line, sizeof line));
    config_report_wipe(&report);
    assert_int_equal(rc, RC_OK);
    return config;
}

static void keys_are_chosen_by_the_same_rules(void **state)
{
    static const struct {
        const char *peer;
        unsigned line; /* 0: none */
    } rows[] = {
        {"2001:db8:1::9", 2}, /* the default keyring first */
        {"2001:db8:2::7", 8}, /* the longest mask of all others */
        {"2001:db8:2::8", 5}, /* of equal masks the first in the configuration */
        {"2001:db8:3::1", 4}, {"fd00::1", 4},      {"::1", 4},
        {"192.0.2.9", 6},     {"198.51.100.1", 0}, /* ::/0 is not for IPv4 */
    };
    struct config *config = configuration();
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        struct decision decision;
        struct key_choice choice;
        enum rc rc = select_key_responder(config, kit_addr(rows[i].peer), &choice, &decision);
        assert_int_equal(rc, rows[i].line ? RC_OK : RC_NOT_FOUND);
        if (rows[i].line)
            assert_int_equal(choice.entry->line, rows[i].line);
        rc = select_key_initiator(config, NULL, kit_addr(rows[i].peer), &choice, &decision);
        assert_int_equal(rc, rows[i].line ? RC_OK : RC_NOT_FOUND);
        if (rows[i].line)
            assert_int_equal(choice.entry->line, rows[i].line);
    }
    config_free(config);
}

static void profiles_are_chosen_by_every_type_of_identity(void **state)
{
    const struct {
        struct identity identity;
        const char *profile; /* NULL: none, which is no error */
    } rows[] = {
        {identity_of_addr(kit_addr("2001:db8:9::1")), "SIX"},
        {identity_of_addr(kit_addr("2001:db8:2::1")), "SITE"}, /* the longer mask */
        {identity_of_addr(kit_addr("fd00::1")), NULL},
        {identity_of_addr(kit_addr("203.0.113.1")), "FOUR"},
        {identity_of_text(ID_FQDN, "b7.example.org"), "HOST"}, /* exact before domain */
        {identity_of_text(ID_FQDN, "b8.example.org"), "NAMES"},
        {identity_of_text(ID_FQDN, "example.net"), NULL},
        {identity_of_text(ID_USER_FQDN, "bob@example.org"), "NAMES"},
        {identity_of_text(ID_USER_FQDN, "eve@example.org"), NULL},
        {identity_of_text(ID_KEY_ID, "staff"), "STAFF"},
        {identity_of_text(ID_KEY_ID, "others"), NULL},
        /* Text of another type is no address and no name. */
        {identity_of_text(ID_KEY_ID, "b7.example.org"), NULL},
        {identity_of_text(ID_DER_ASN1_DN, "b7.example.org"), NULL},
        {identity_of_text(ID_DER_ASN1_GN, "staff"), NULL},
    };
    struct config *config = configuration();
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        const struct isakmp_profile *profile;
        struct decision decision;
        select_profile(config, &rows[i].identity, &profile, &decision);
        assert_true(decision.accepted);
        if (rows[i].profile && profile)
            assert_string_equal(profile->name, rows[i].profile);
        assert_int_equal(profile != NULL, rows[i].profile != NULL);
    }
    config_free(config);
}

static void a_key_of_another_ring_ends_an_exchange_over_ipv6_too(void **state)
{
    struct config *config = configuration();
    struct identity site = identity_of_addr(kit_addr("2001:db8:2::8"));
    const struct isakmp_profile *profile;
    struct decision decision;
    (void)state;
    select_profile(config, &site, &profile, &decision);
    assert_string_equal(profile->name, "SITE");
    /* MM1 took the key of ring "one", which the profile does not use. */
    assert_false(select_profile_accepts_key(config, profile, "one", 5, &site, &decision));
    assert_int_equal(decision.rule, RULE_KEY_OF_OTHER_RING);
    assert_true(select_profile_accepts_key(config, profile, "two", 9, &site, &decision));
    config_free(config);
}

static void nets_behind_a_peer_are_judged_in_both_families(void **state)
{
    static const struct {
        const char *net;
        uint8_t len;
        enum decision_rule rule; /* RULE_CHOSEN: accepted */
    } rows[] = {
        {"2001:db8:2:1::", 64, RULE_CHOSEN}, {"fd00:1::", 32, RULE_CHOSEN},
        {"::", 0, RULE_EVERYTHING},          {"2000::", 3, RULE_EVERYTHING},
        {"2001::", 15, RULE_EVERYTHING},     {"2001::", 16, RULE_CHOSEN},
        {"10.2.0.0", 16, RULE_CHOSEN},       {"10.5.5.0", 24, RULE_OVERLAP},
        {"192.0.2.128", 25, RULE_OVERLAP},   {"0.0.0.0", 1, RULE_EVERYTHING},
    };
    struct config *config = configuration();
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        bool six = strchr(rows[i].net, ':') != NULL;
        struct map_walk walk = {0};
        struct decision decision;
        const struct map_facts facts = {.map = &config->crypto_maps[0],
                                        .profile = config_profile(config, "SITE"),
                                        .peer = kit_addr("2001:db8:2::8"),
                                        .local = six ? kit_net("2001:db8:ffff::", 48)
                                                     : kit_net("10.1.0.0", 16),
                                        .remote = kit_net(rows[i].net, rows[i].len)};
        const struct map_entry *entry = select_map_next(config, &facts, &walk, &decision);
        if ((entry != NULL) != (rows[i].rule == RULE_CHOSEN))
            print_error("%s/%u\n", rows[i].net, rows[i].len);
        assert_int_equal(entry != NULL, rows[i].rule == RULE_CHOSEN);
        if (entry)
            continue;
        assert_null(select_map_next(config, &facts, &walk, &decision));
        assert_int_equal(decision.rule, rows[i].rule);
    }
    config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_chosen_by_the_same_rules),
        cmocka_unit_test(profiles_are_chosen_by_every_type_of_identity),
        cmocka_unit_test(a_key_of_another_ring_ends_an_exchange_over_ipv6_too),
        cmocka_unit_test(nets_behind_a_peer_are_judged_in_both_families),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
