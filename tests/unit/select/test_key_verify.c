/* Keys of key-selection verify: which may be a peer's, and what goes with the one that it proved.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "select/keyring.h"
#include "select/profile.h"
#include "unit/select/select_kit.h"

static void every_key_that_covers_the_peer_may_be_its_own_the_longest_masks_ahead(void **state)
{
    (void)state;
    struct keyring_entry one[] = {kit_key("0.0.0.0", 0, "a", 1), kit_key("10.0.0.0", 8, "b", 2),
                                  kit_key("192.0.2.0", 24, "c", 3), kit_host_key("h", "d", 4)};
    struct keyring_entry two[] = {kit_key("10.1.0.0", 16, "e", 5), kit_key("0.0.0.0", 0, "f", 6)};
    const struct keyring rings[] = {kit_ring("default", one, 4), kit_ring("two", two, 2)};
    const struct config config = {.keyrings = rings, .keyring_count = 2};
    static const unsigned lines[] = {5, 2, 1, 6};
    struct key_choice found[8];
    assert_int_equal(select_key_candidates(&config, kit_addr("10.1.1.1"), NULL, 0), 4);
    assert_int_equal(select_key_candidates(&config, kit_addr("10.1.1.1"), found, 8), 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(found[i].entry->line, lines[i]);
    assert_int_equal(select_key_candidates(&config, kit_addr("10.1.1.1"), found, 2), 4);
    assert_int_equal(found[0].entry->line, 2); /* the first two of the configuration, sorted */
    assert_int_equal(found[1].entry->line, 1);
}

static void a_key_that_is_bound_goes_with_its_identity_only(void **state)
{
    (void)state;
    const struct identity_match bound = {.kind = MATCH_HOST, .text = "porto.example", .line = 9};
    struct keyring_entry key = kit_key("0.0.0.0", 0, "a", 8);
    const struct keyring ring = kit_ring("branches", &key, 1);
    const struct config config = {.keyrings = &ring, .keyring_count = 1};
    const struct key_choice choice = {&ring, &key};
    struct identity own = identity_of_text(ID_FQDN, "porto.example");
    struct identity other = identity_of_text(ID_FQDN, "lisbon.example");
    struct decision decision;
    assert_true(select_key_identity(&config, &choice, &other, &decision)); /* not bound */
    key.identity = &bound;
    assert_true(select_key_identity(&config, &choice, &own, &decision));
    assert_false(select_key_identity(&config, &choice, &other, &decision));
    assert_int_equal(decision.rule, RULE_CLAIM);
    assert_string_equal(decision.theirs, "fqdn lisbon.example");
    assert_non_null(strstr(decision.ours, "(line 8) is for fqdn porto.example (line 9)"));
}

static void a_profile_counts_only_with_the_keyring_that_was_proved(void **state)
{
    (void)state;
    struct keyring_entry keys[] = {kit_key("0.0.0.0", 0, "a", 1), kit_key("0.0.0.0", 0, "b", 2)};
    const struct keyring rings[] = {kit_ring("default", NULL, 0), kit_ring("one", &keys[0], 1),
                                    kit_ring("two", &keys[1], 1)};
    const struct keyring *const first[] = {&rings[1]}, *const second[] = {&rings[2]};
    const struct identity_match everyone = kit_match_net("0.0.0.0", 0, 11);
    const struct identity_match exact = kit_match_net("10.1.1.1", 32, 12);
    const struct isakmp_profile profiles[] = {{.name = "wide",
                                               .keyrings = first,
                                               .keyring_count = 1,
                                               .matches = &everyone,
                                               .match_count = 1},
                                              {.name = "exact",
                                               .keyrings = second,
                                               .keyring_count = 1,
                                               .matches = &exact,
                                               .match_count = 1}};
    const struct config config = {
        .keyrings = rings, .keyring_count = 3, .profiles = profiles, .profile_count = 2};
    const struct key_choice one = {&rings[1], &keys[0]}, two = {&rings[2], &keys[1]};
    const struct identity here = identity_of_addr(kit_addr("10.1.1.1"));
    const struct identity there = identity_of_addr(kit_addr("10.9.9.9"));
    const struct isakmp_profile *found;
    struct decision decision;
    assert_true(select_profile_of_key(&config, &here, &one, &found, &decision));
    assert_string_equal(found->name, "wide"); /* the more specific one does not use the key */
    assert_true(select_profile_of_key(&config, &here, &two, &found, &decision));
    assert_string_equal(found->name, "exact");
    assert_false(select_profile_of_key(&config, &there, &two, &found, &decision));
    assert_int_equal(decision.rule, RULE_KEY_OF_OTHER_RING);
    const struct identity nobody = identity_of_text(ID_FQDN, "x.example");
    assert_true(select_profile_of_key(&config, &nobody, &two, &found, &decision));
    assert_null(found); /* none matches, which is no error */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_that_covers_the_peer_may_be_its_own_the_longest_masks_ahead),
        cmocka_unit_test(a_key_that_is_bound_goes_with_its_identity_only),
        cmocka_unit_test(a_profile_counts_only_with_the_keyring_that_was_proved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
