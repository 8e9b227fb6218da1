/* Which profile and which group: specificity, order, and identities that only look like a match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "select/profile.h"
#include "unit/select/select_kit.h"

enum { PROFILES_MAX = 20 };

/* One profile a match, named by its place, in this order. */
struct lab {
    struct isakmp_profile profiles[PROFILES_MAX];
    struct config config;
};

static void lab_init(struct lab *lab, const struct identity_match *matches, size_t count)
{
    static const char *const names[] = {"p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"};
    for (size_t i = 0; i < count; i++)
        lab->profiles[i] = (struct isakmp_profile){.name = names[i % KIT_COUNT(names)],
                                                   .matches = &matches[i],
                                                   .match_count = 1,
                                                   .line = (unsigned)(10 * i + 10)};
    lab->config = (struct config){.profiles = lab->profiles, .profile_count = count};
}

/* The place of the profile that wins; -1 for none. */
static int winner(const struct config *config, const struct identity *identity,
                  struct decision *decision)
{
    const struct isakmp_profile *profile = NULL;
    select_profile(config, identity, &profile, decision);
    assert_int_equal(decision->stage, STAGE_PROFILE);
    assert_true(decision->accepted);
    return profile ? (int)(profile - config->profiles) : -1;
}

static int winner_text(const struct config *config, enum identity_type type, const char *text)
{
    struct identity identity = identity_of_text(type, text);
    struct decision decision;
    return winner(config, &identity, &decision);
}

static int winner_addr(const struct config *config, const char *addr)
{
    struct identity identity = identity_of_addr(kit_addr(addr));
    struct decision decision;
    return winner(config, &identity, &decision);
}

static void the_most_specific_address_wins_whatever_the_order(void **state)
{
    (void)state;
    const struct identity_match matches[] = {
        kit_match_net("0.0.0.0", 0, 11), kit_match_net("10.0.0.0", 8, 21),
        kit_match_net("10.1.0.0", 16, 31), kit_match_net("10.1.2.3", 32, 41)};
    struct lab lab;
    lab_init(&lab, matches, 4);
    assert_int_equal(winner_addr(&lab.config, "10.1.2.3"), 3);
    assert_int_equal(winner_addr(&lab.config, "10.1.2.4"), 2);
    assert_int_equal(winner_addr(&lab.config, "10.2.2.4"), 1);
    assert_int_equal(winner_addr(&lab.config, "11.2.2.4"), 0);
    assert_int_equal(winner_addr(&lab.config, "2001:db8::1"), -1);
}

static void each_candidate_says_why_it_lost(void **state)
{
    (void)state;
    const struct identity_match matches[] = {
        kit_match_net("0.0.0.0", 0, 11), kit_match_net("10.1.2.3", 32, 21),
        kit_match_net("10.1.2.3", 32, 31), kit_match_net("11.0.0.0", 8, 41)};
    struct lab lab;
    struct decision decision;
    struct identity identity = identity_of_addr(kit_addr("10.1.2.3"));
    lab_init(&lab, matches, 4);
    assert_int_equal(winner(&lab.config, &identity, &decision), 1);
    assert_int_equal(decision.candidate_count, 4);
    assert_int_equal(decision.candidates[0].rule, RULE_SPECIFICITY);
    assert_int_equal(decision.candidates[1].rule, RULE_CHOSEN);
    assert_int_equal(decision.candidates[2].rule, RULE_ORDER);
    assert_int_equal(decision.candidates[3].rule, RULE_IDENTITY);
    assert_string_equal(decision.candidates[1].name, "profile p1");
    assert_string_equal(decision.ours, "profile p1 (line 20), matched by line 21");
    assert_string_equal(decision.theirs, "10.1.2.3");
}

static void no_profile_is_no_error(void **state)
{
    (void)state;
    const struct identity_match matches[] = {kit_match_net("10.0.0.0", 8, 11)};
    struct lab lab;
    struct decision decision;
    struct identity identity = identity_of_addr(kit_addr("11.0.0.1"));
    lab_init(&lab, matches, 1);
    assert_int_equal(winner(&lab.config, &identity, &decision), -1);
    assert_string_equal(decision.ours, "no profile matches");
    assert_int_equal(decision.candidates[0].rule, RULE_IDENTITY);
    lab.config.profile_count = 0;
    assert_int_equal(winner(&lab.config, &identity, &decision), -1);
}

static void the_seed_hub_tells_branches_from_clients(void **state)
{
    (void)state;
    const struct client_group groups[] = {{.name = "testgroup"}};
    const struct identity_match matches[] = {kit_match_net("0.0.0.0", 0, 46),
                                             kit_match(MATCH_GROUP, "testgroup", 49)};
    struct lab lab;
    lab_init(&lab, matches, 2);
    lab.config.groups = groups;
    lab.config.group_count = 1;
    assert_int_equal(winner_addr(&lab.config, "10.100.2.102"), 0);
    assert_int_equal(winner_text(&lab.config, ID_KEY_ID, "testgroup"), 1);
    assert_int_equal(winner_text(&lab.config, ID_KEY_ID, "othergroup"), -1);
}

static void a_group_is_named_by_key_id_or_by_a_name_that_is_a_group(void **state)
{
    (void)state;
    const struct client_group groups[] = {{.name = "known"}};
    const struct identity_match matches[] = {kit_match(MATCH_GROUP, "known", 11),
                                             kit_match(MATCH_GROUP, "unknown", 21)};
    struct lab lab;
    lab_init(&lab, matches, 2);
    lab.config.groups = groups;
    lab.config.group_count = 1;
    assert_int_equal(winner_text(&lab.config, ID_KEY_ID, "known"), 0);
    assert_int_equal(winner_text(&lab.config, ID_KEY_ID, "unknown"), 1);
    assert_int_equal(winner_text(&lab.config, ID_FQDN, "known"), 0);
    assert_int_equal(winner_text(&lab.config, ID_USER_FQDN, "known"), 0);
    assert_int_equal(winner_text(&lab.config, ID_FQDN, "unknown"), -1);
    assert_int_equal(winner_text(&lab.config, ID_DER_ASN1_DN, "known"), -1);
    assert_int_equal(winner_text(&lab.config, ID_KEY_ID, "Known"), -1);
    assert_int_equal(winner_text(&lab.config, ID_KEY_ID, "know"), -1);
    assert_int_equal(winner_text(&lab.config, ID_KEY_ID, "known2"), -1);
}

static void an_exact_name_beats_its_domain_and_a_longer_domain_a_shorter(void **state)
{
    (void)state;
    const struct identity_match matches[] = {kit_match(MATCH_HOST_DOMAIN, "example", 11),
                                             kit_match(MATCH_HOST_DOMAIN, "branches.example", 21),
                                             kit_match(MATCH_HOST, "b7.branches.example", 31)};
    struct lab lab;
    lab_init(&lab, matches, 3);
    assert_int_equal(winner_text(&lab.config, ID_FQDN, "b7.branches.example"), 2);
    assert_int_equal(winner_text(&lab.config, ID_FQDN, "B7.Branches.EXAMPLE"), 2);
    assert_int_equal(winner_text(&lab.config, ID_FQDN, "b8.branches.example"), 1);
    assert_int_equal(winner_text(&lab.config, ID_FQDN, "hub.example"), 0);
    assert_int_equal(winner_text(&lab.config, ID_FQDN, "example"), 0);
}

static void a_domain_ends_at_a_dot_and_belongs_to_its_type(void **state)
{
    (void)state;
    const struct identity_match matches[] = {kit_match(MATCH_HOST_DOMAIN, ".example", 11),
                                             kit_match(MATCH_USER_DOMAIN, "example", 21),
                                             kit_match(MATCH_USER, "joe@other.org", 31)};
    struct lab lab;
    lab_init(&lab, matches, 3);
    assert_int_equal(winner_text(&lab.config, ID_FQDN, "hub.example"), 0);
    assert_int_equal(winner_text(&lab.config, ID_FQDN, "hubexample"), -1);
    assert_int_equal(winner_text(&lab.config, ID_FQDN, "hub.example.org"), -1);
    assert_int_equal(winner_text(&lab.config, ID_USER_FQDN, "joe@example"), 1);
    assert_int_equal(winner_text(&lab.config, ID_USER_FQDN, "joe@sub.example"), -1);
    assert_int_equal(winner_text(&lab.config, ID_USER_FQDN, "example"), -1);
    assert_int_equal(winner_text(&lab.config, ID_USER_FQDN, "joe@other.org"), 2);
    assert_int_equal(winner_text(&lab.config, ID_FQDN, "joe@other.org"), -1);
    assert_int_equal(winner_text(&lab.config, ID_KEY_ID, "hub.example"), -1);
    assert_int_equal(winner_text(&lab.config, ID_FQDN, ""), -1);
}

static void four_octets_of_another_type_are_no_address(void **state)
{
    (void)state;
    const struct identity_match matches[] = {kit_match_net("0.0.0.0", 0, 11)};
    struct lab lab;
    lab_init(&lab, matches, 1);
    assert_int_equal(winner_text(&lab.config, ID_KEY_ID, "abcd"), -1);
    assert_int_equal(winner_text(&lab.config, ID_FQDN, "abcd"), -1);
    assert_int_equal(winner_text(&lab.config, ID_IPV4_ADDR, "abcd"), 0);
}

static void the_best_of_several_lines_of_a_profile_counts(void **state)
{
    (void)state;
    const struct identity_match wide[] = {kit_match_net("0.0.0.0", 0, 11),
                                          kit_match_net("10.1.2.3", 32, 12)};
    const struct identity_match narrow[] = {kit_match_net("10.1.0.0", 16, 21)};
    const struct isakmp_profile profiles[] = {
        {.name = "a", .matches = wide, .match_count = 2, .line = 10},
        {.name = "b", .matches = narrow, .match_count = 1, .line = 20}};
    const struct config config = {.profiles = profiles, .profile_count = 2};
    assert_int_equal(winner_addr(&config, "10.1.2.3"), 0);
    assert_int_equal(winner_addr(&config, "10.1.2.4"), 1);
    assert_int_equal(winner_addr(&config, "10.2.2.4"), 0);
}

static void a_group_needs_its_name_and_a_key(void **state)
{
    (void)state;
    const struct client_group groups[] = {
        {.name = "keyless", .line = 5},
        {.name = "testgroup", .secret = {(const uint8_t *)"cisco321", 8}, .line = 38}};
    const struct config config = {.groups = groups, .group_count = 2};
    struct decision decision;
    static const enum identity_type types[] = {ID_KEY_ID, ID_FQDN, ID_USER_FQDN};
    for (size_t i = 0; i < 3; i++) {
        struct identity identity = identity_of_text(types[i], "testgroup");
        assert_ptr_equal(select_group(&config, &identity, &decision), &groups[1]);
        assert_int_equal(decision.stage, STAGE_GROUP);
        assert_true(decision.accepted);
        assert_string_equal(decision.ours, "group testgroup (line 38)");
        assert_int_equal(decision.candidates[0].rule, RULE_OTHER_NAME);
        assert_int_equal(decision.candidates[1].rule, RULE_CHOSEN);
    }
    struct identity identity = identity_of_text(ID_KEY_ID, "keyless");
    assert_null(select_group(&config, &identity, &decision));
    assert_false(decision.accepted);
    assert_int_equal(decision.rule, RULE_NO_SECRET);
    assert_string_equal(decision.hint, "add key KEY to group keyless");
    identity = identity_of_text(ID_KEY_ID, "nosuch");
    assert_null(select_group(&config, &identity, &decision));
    assert_int_equal(decision.rule, RULE_OTHER_NAME);
    assert_string_equal(decision.theirs, "key-id nosuch");
    assert_string_equal(decision.hint, "add crypto isakmp client configuration group nosuch, or "
                                       "set the client's group name");
}

static void an_address_names_no_group(void **state)
{
    (void)state;
    const struct client_group groups[] = {{.name = "abcd", .secret = {(const uint8_t *)"k", 1}}};
    const struct config config = {.groups = groups, .group_count = 1};
    struct decision decision;
    struct identity identity = identity_of_text(ID_IPV4_ADDR, "abcd");
    assert_null(select_group(&config, &identity, &decision));
    assert_string_equal(decision.hint, "let the client name a group: key-id, FQDN or user@FQDN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_specific_address_wins_whatever_the_order),
        cmocka_unit_test(each_candidate_says_why_it_lost),
        cmocka_unit_test(no_profile_is_no_error),
        cmocka_unit_test(the_seed_hub_tells_branches_from_clients),
        cmocka_unit_test(a_group_is_named_by_key_id_or_by_a_name_that_is_a_group),
        cmocka_unit_test(an_exact_name_beats_its_domain_and_a_longer_domain_a_shorter),
        cmocka_unit_test(a_domain_ends_at_a_dot_and_belongs_to_its_type),
        cmocka_unit_test(four_octets_of_another_type_are_no_address),
        cmocka_unit_test(the_best_of_several_lines_of_a_profile_counts),
        cmocka_unit_test(a_group_needs_its_name_and_a_key),
        cmocka_unit_test(an_address_names_no_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
