/* The opening of aggressive mode: whose secret, step by step, and who has to log in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "select/opening.h"
#include "unit/select/select_kit.h"

static const struct aaa_list list = {.name = "clientauth", .line = 3};
static const struct client_group groups[] = {
    {.name = "sales", .secret = {(const uint8_t *)"k", 1}, .line = 20}};

/* A group, a host key in a keyring, a wildcard beside it, and a profile for each. */
struct lab {
    struct keyring_entry global[1];
    struct keyring_entry entries[2];
    struct keyring rings[2];
    const struct keyring *of_hosts[1];
    struct identity_match group_match, host_match;
    struct isakmp_profile profiles[2];
    struct config config;
};

static void lab_init(struct lab *lab)
{
    lab->global[0] = kit_key("198.51.100.0", 24, "d", 5);
    lab->entries[0] = kit_key("0.0.0.0", 0, "w", 7);
    lab->entries[1] = kit_host_key("branch7.example", "h", 8);
    lab->rings[0] = kit_ring("default", lab->global, 1);
    lab->rings[1] = kit_ring("spokes", lab->entries, 2);
    lab->of_hosts[0] = &lab->rings[1];
    lab->group_match = kit_match(MATCH_GROUP, "sales", 31);
    lab->host_match = kit_match(MATCH_HOST, "branch7.example", 41);
    lab->profiles[0] = (struct isakmp_profile){.name = "clients",
                                               .matches = &lab->group_match,
                                               .match_count = 1,
                                               .xauth = &list,
                                               .line = 30};
    lab->profiles[1] = (struct isakmp_profile){.name = "branches",
                                               .keyrings = lab->of_hosts,
                                               .keyring_count = 1,
                                               .matches = &lab->host_match,
                                               .match_count = 1,
                                               .line = 40};
    lab->config = (struct config){.keyrings = lab->rings,
                                  .keyring_count = 2,
                                  .profiles = lab->profiles,
                                  .profile_count = 2,
                                  .groups = groups,
                                  .group_count = 1};
}

static bool open_as(const struct lab *lab, enum identity_type type, const char *text,
                    struct opening_choice *out)
{
    const struct identity identity = identity_of_text(type, text);
    return select_opening(&lab->config, &identity, out);
}

static void a_group_is_looked_for_first(void **state)
{
    (void)state;
    struct lab lab;
    struct opening_choice opening;
    lab_init(&lab);
    assert_true(open_as(&lab, ID_KEY_ID, "sales", &opening));
    assert_ptr_equal(opening.group, &groups[0]);
    assert_null(opening.key.entry);
    assert_ptr_equal(opening.profile, &lab.profiles[0]);
    assert_int_equal(opening.step_count, 2);
    assert_int_equal(opening.steps[opening.deciding].stage, STAGE_GROUP);
    assert_ptr_equal(select_opening_login(NULL, &opening), &list);
}

static void a_host_with_a_key_of_its_own_comes_next(void **state)
{
    (void)state;
    struct lab lab;
    struct opening_choice opening;
    lab_init(&lab);
    assert_true(open_as(&lab, ID_FQDN, "branch7.example", &opening));
    assert_null(opening.group);
    assert_int_equal(opening.key.entry->line, 8);
    assert_ptr_equal(opening.profile, &lab.profiles[1]);
    assert_int_equal(opening.step_count, 4);
    assert_int_equal(opening.deciding, 1);
    assert_false(opening.steps[0].accepted);
    for (size_t i = 1; i < 4; i++)
        assert_true(opening.steps[i].accepted);
    assert_null(select_opening_login(NULL, &opening));
}

static void a_wildcard_key_is_nobodys_secret(void **state)
{
    (void)state;
    struct lab lab;
    struct opening_choice opening;
    const struct identity identity = identity_of_addr(kit_addr("203.0.113.9"));
    lab_init(&lab);
    assert_false(select_opening(&lab.config, &identity, &opening));
    assert_int_equal(opening.step_count, 2);
    assert_int_equal(opening.deciding, 0);
    assert_int_equal(opening.steps[0].stage, STAGE_GROUP);
    assert_int_equal(opening.steps[1].rule, RULE_SHARED_KEY);
    assert_null(opening.key.entry);
    assert_null(opening.profile);
}

static void the_profile_must_own_the_keyring_of_the_key(void **state)
{
    (void)state;
    struct lab lab;
    struct opening_choice opening;
    lab_init(&lab);
    lab.profiles[1].keyring_count = 0; /* the default keyring */
    assert_false(open_as(&lab, ID_FQDN, "branch7.example", &opening));
    assert_int_equal(opening.deciding, 3);
    const struct decision *why = &opening.steps[3];
    assert_int_equal(why->stage, STAGE_KEY);
    assert_int_equal(why->rule, RULE_KEY_OF_OTHER_RING);
    assert_int_equal(why->candidate_count, 2);
    assert_string_equal(why->candidates[0].name, "keyring spokes");
    assert_int_equal(why->candidates[0].line, 8);
    assert_int_equal(why->candidates[0].rule, RULE_RING);
    assert_string_equal(why->candidates[1].name, "keyring default");
    assert_string_equal(why->hint, "add 'keyring spokes' to profile branches (line 40), or give "
                                   "its own keyring a longer mask");
}

static void a_keyring_that_is_gone_is_not_owned(void **state)
{
    (void)state;
    struct lab lab;
    struct decision decision;
    const struct identity identity = identity_of_text(ID_FQDN, "branch7.example");
    lab_init(&lab);
    assert_true(select_profile_accepts_key(&lab.config, &lab.profiles[1], "spokes", 8, &identity,
                                           &decision));
    assert_true(decision.accepted);
    assert_string_equal(decision.hint, "");
    assert_false(select_profile_accepts_key(&lab.config, &lab.profiles[1], "former", 8, &identity,
                                            &decision));
    assert_int_equal(decision.rule, RULE_KEY_OF_OTHER_RING);
}

static void the_map_asks_for_a_login_where_no_profile_matches(void **state)
{
    (void)state;
    struct lab lab;
    struct opening_choice opening;
    const struct crypto_map map = {.name = "cmap", .xauth = &list};
    const struct crypto_map silent = {.name = "cmap"};
    lab_init(&lab);
    assert_ptr_equal(select_login_list(&map, NULL), &list);
    assert_null(select_login_list(&silent, NULL));
    assert_null(select_login_list(NULL, NULL));
    assert_null(select_login_list(&map, &lab.profiles[1]));
    lab.config.profile_count = 0;
    assert_true(open_as(&lab, ID_FQDN, "branch7.example", &opening));
    assert_ptr_equal(select_opening_login(&map, &opening), &list);
    lab.entries[1].no_xauth = true;
    assert_null(select_opening_login(&map, &opening));
}

static void aggressive_mode_can_be_forbidden(void **state)
{
    (void)state;
    struct config config = {.aggressive_disabled = true};
    struct decision decision;
    assert_false(select_opening_allowed(&config, &decision));
    assert_int_equal(decision.rule, RULE_AGGRESSIVE_DISABLED);
    assert_true(strlen(decision.hint) > 0);
    config.aggressive_disabled = false;
    assert_true(select_opening_allowed(&config, &decision));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_is_looked_for_first),
        cmocka_unit_test(a_host_with_a_key_of_its_own_comes_next),
        cmocka_unit_test(a_wildcard_key_is_nobodys_secret),
        cmocka_unit_test(the_profile_must_own_the_keyring_of_the_key),
        cmocka_unit_test(a_keyring_that_is_gone_is_not_owned),
        cmocka_unit_test(the_map_asks_for_a_login_where_no_profile_matches),
        cmocka_unit_test(aggressive_mode_can_be_forbidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
