/* Which key: the rules of the vendor's documents, one test each, and the two routers whose tunnel
 * comes up from one side only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "select/keyring.h"
#include "select/profile.h"
#include "unit/select/select_kit.h"

static struct config config_of(const struct keyring *rings, size_t count)
{
    return (struct config){.keyrings = rings, .keyring_count = count};
}

static const struct decision_candidate *candidate_at_line(const struct decision *decision,
                                                          unsigned line)
{
    for (size_t i = 0; i < decision->candidate_count; i++)
        if (decision->candidates[i].line == line)
            return &decision->candidates[i];
    fail_msg("no candidate of line %u", line);
    return NULL;
}

static void assert_responder(const struct config *config, const char *peer, unsigned line)
{
    struct key_choice choice = {NULL, NULL};
    struct decision decision;
    assert_int_equal(select_key_responder(config, kit_addr(peer), &choice, &decision), RC_OK);
    assert_int_equal(decision.stage, STAGE_KEY);
    assert_true(decision.accepted);
    assert_int_equal(choice.entry->line, line);
    assert_int_equal(candidate_at_line(&decision, line)->rule, RULE_CHOSEN);
}

static void the_longest_mask_over_all_keyrings_wins_whatever_their_order(void **state)
{
    (void)state;
    /* Seed 000: 192.168.0.0/16 in keyring1 stands before 192.168.0.2 in keyring2. */
    const struct keyring_entry first[] = {kit_key("192.168.0.0", 16, "cisco", 2)};
    const struct keyring_entry second[] = {kit_key("192.168.0.2", 32, "cisco2", 4)};
    const struct keyring rings[] = {kit_ring("default", NULL, 0), kit_ring("keyring1", first, 1),
                                    kit_ring("keyring2", second, 1)};
    const struct config config = config_of(rings, 3);
    struct key_choice choice;
    struct decision decision;
    assert_responder(&config, "192.168.0.2", 4);
    assert_responder(&config, "192.168.0.3", 2);
    assert_int_equal(select_key_responder(&config, kit_addr("192.168.0.2"), &choice, &decision),
                     RC_OK);
    assert_ptr_equal(choice.ring, &rings[2]);
    assert_int_equal(candidate_at_line(&decision, 2)->rule, RULE_MASK);
    assert_string_equal(decision.ours, "keyring keyring2 (line 4): address 192.168.0.2/32");
    assert_string_equal(decision.theirs, "192.168.0.2");
    assert_string_equal(decision.hint, "");
}

static void the_default_keyring_is_searched_first_even_with_a_shorter_mask(void **state)
{
    (void)state;
    /* Seed 000: `crypto isakmp key cisco3 address 0.0.0.0` wins over both keyrings. */
    const struct keyring_entry global[] = {kit_key("0.0.0.0", 0, "cisco3", 5)};
    const struct keyring_entry first[] = {kit_key("192.168.0.0", 16, "cisco", 2)};
    const struct keyring_entry second[] = {kit_key("192.168.0.2", 32, "cisco2", 4)};
    const struct keyring rings[] = {kit_ring("default", global, 1), kit_ring("keyring1", first, 1),
                                    kit_ring("keyring2", second, 1)};
    const struct config config = config_of(rings, 3);
    struct key_choice choice;
    struct decision decision;
    assert_responder(&config, "192.168.0.2", 5);
    assert_int_equal(select_key_responder(&config, kit_addr("192.168.0.2"), &choice, &decision),
                     RC_OK);
    assert_int_equal(candidate_at_line(&decision, 2)->rule, RULE_DEFAULT_FIRST);
    assert_int_equal(candidate_at_line(&decision, 4)->rule, RULE_DEFAULT_FIRST);
}

static void inside_the_default_keyring_the_longest_mask_wins(void **state)
{
    (void)state;
    const struct keyring_entry global[] = {kit_key("0.0.0.0", 0, "a", 1),
                                           kit_key("10.0.0.0", 8, "b", 2),
                                           kit_key("10.1.0.0", 16, "c", 3)};
    const struct keyring rings[] = {kit_ring("default", global, 3)};
    const struct config config = config_of(rings, 1);
    assert_responder(&config, "10.1.2.3", 3);
    assert_responder(&config, "10.2.2.3", 2);
    assert_responder(&config, "11.2.2.3", 1);
}

static void when_the_default_keyring_has_no_key_for_the_peer_the_others_are_searched(void **state)
{
    (void)state;
    const struct keyring_entry global[] = {kit_key("172.16.0.0", 12, "a", 1)};
    const struct keyring_entry spokes[] = {kit_key("0.0.0.0", 0, "cisco123", 2)};
    const struct keyring rings[] = {kit_ring("default", global, 1), kit_ring("spokes", spokes, 1)};
    const struct config config = config_of(rings, 2);
    struct key_choice choice;
    struct decision decision;
    assert_responder(&config, "10.100.2.102", 2);
    assert_int_equal(select_key_responder(&config, kit_addr("10.100.2.102"), &choice, &decision),
                     RC_OK);
    assert_int_equal(candidate_at_line(&decision, 1)->rule, RULE_ADDRESS);
    assert_string_equal(candidate_at_line(&decision, 1)->name, "keyring default");
}

static void of_equal_masks_the_first_in_configuration_order_wins(void **state)
{
    (void)state;
    const struct keyring_entry first[] = {kit_key("192.168.0.2", 32, "cisco", 2)};
    const struct keyring_entry second[] = {kit_key("192.168.0.2", 32, "cisco", 4)};
    const struct keyring rings[] = {kit_ring("default", NULL, 0), kit_ring("keyring1", first, 1),
                                    kit_ring("keyring2", second, 1)};
    const struct config config = config_of(rings, 3);
    struct key_choice choice;
    struct decision decision;
    assert_responder(&config, "192.168.0.2", 2);
    assert_int_equal(select_key_responder(&config, kit_addr("192.168.0.2"), &choice, &decision),
                     RC_OK);
    assert_int_equal(candidate_at_line(&decision, 4)->rule, RULE_ORDER);
}

static void keys_by_hostname_and_without_secret_are_not_found_by_address(void **state)
{
    (void)state;
    const struct keyring_entry keys[] = {kit_host_key("r1.example", "a", 1),
                                         kit_key("10.1.1.1", 32, "", 2),
                                         kit_key("10.0.0.0", 8, "b", 3)};
    const struct keyring rings[] = {kit_ring("default", keys, 3)};
    const struct config config = config_of(rings, 1);
    struct key_choice choice;
    struct decision decision;
    assert_responder(&config, "10.1.1.1", 3);
    assert_int_equal(select_key_responder(&config, kit_addr("10.1.1.1"), &choice, &decision),
                     RC_OK);
    assert_int_equal(candidate_at_line(&decision, 1)->rule, RULE_HOSTNAME);
    assert_int_equal(candidate_at_line(&decision, 2)->rule, RULE_NO_SECRET);
}

static void no_key_is_refused_with_every_entry_and_a_hint(void **state)
{
    (void)state;
    const struct keyring_entry keys[] = {kit_key("10.1.0.0", 16, "a", 1),
                                         kit_key("10.2.0.0", 16, "b", 2)};
    const struct keyring rings[] = {kit_ring("default", NULL, 0), kit_ring("spokes", keys, 2)};
    const struct config config = config_of(rings, 2);
    struct key_choice choice = {NULL, NULL};
    struct decision decision;
    assert_int_equal(select_key_responder(&config, kit_addr("10.3.0.1"), &choice, &decision),
                     RC_NOT_FOUND);
    assert_null(choice.entry);
    assert_false(decision.accepted);
    assert_int_equal(decision.rule, RULE_ADDRESS);
    assert_int_equal(decision.candidate_count, 2);
    assert_string_equal(decision.theirs, "10.3.0.1");
    assert_string_equal(decision.hint, "add pre-shared-key address 10.3.0.1 key KEY to a keyring");
}

static void an_ipv6_peer_finds_its_key_and_no_ipv4_wildcard(void **state)
{
    (void)state;
    const struct keyring_entry keys[] = {kit_key("0.0.0.0", 0, "a", 1),
                                         kit_key("2001:db8::3", 128, "b", 2),
                                         kit_key("2001:db8::", 32, "c", 3)};
    const struct keyring rings[] = {kit_ring("default", keys, 3)};
    const struct config config = config_of(rings, 1);
    assert_responder(&config, "2001:db8::3", 2);
    assert_responder(&config, "2001:db8::4", 3);
    struct key_choice choice;
    struct decision decision;
    assert_int_equal(select_key_responder(&config, kit_addr("2001:db9::3"), &choice, &decision),
                     RC_NOT_FOUND);
}

static void an_initiator_with_a_profile_uses_its_keyrings_only(void **state)
{
    (void)state;
    const struct keyring_entry global[] = {kit_key("0.0.0.0", 0, "g", 1)};
    const struct keyring_entry first[] = {kit_key("192.168.0.2", 32, "cisco", 2)};
    const struct keyring_entry second[] = {kit_key("192.168.0.0", 16, "cisco", 4)};
    const struct keyring rings[] = {kit_ring("default", global, 1), kit_ring("keyring1", first, 1),
                                    kit_ring("keyring2", second, 1)};
    const struct config config = config_of(rings, 3);
    const struct keyring *const own[] = {&rings[2]};
    const struct isakmp_profile profile = {
        .name = "profile2", .keyrings = own, .keyring_count = 1, .line = 9};
    struct key_choice choice;
    struct decision decision;
    assert_int_equal(
        select_key_initiator(&config, &profile, kit_addr("192.168.0.2"), &choice, &decision),
        RC_OK);
    assert_ptr_equal(choice.ring, &rings[2]);
    assert_int_equal(candidate_at_line(&decision, 1)->rule, RULE_RING);
    assert_int_equal(candidate_at_line(&decision, 2)->rule, RULE_RING);
    assert_int_equal(
        select_key_initiator(&config, &profile, kit_addr("10.0.0.1"), &choice, &decision),
        RC_NOT_FOUND);
    assert_string_equal(decision.ours, "no key in the keyrings of profile profile2 (line 9)");
}

static void a_profile_without_keyrings_uses_the_default_one(void **state)
{
    (void)state;
    const struct keyring_entry global[] = {kit_key("0.0.0.0", 0, "g", 1)};
    const struct keyring_entry first[] = {kit_key("192.168.0.2", 32, "cisco", 2)};
    const struct keyring rings[] = {kit_ring("default", global, 1), kit_ring("keyring1", first, 1)};
    const struct config config = config_of(rings, 2);
    const struct isakmp_profile profile = {.name = "p"};
    struct key_choice choice;
    struct decision decision;
    assert_int_equal(
        select_key_initiator(&config, &profile, kit_addr("192.168.0.2"), &choice, &decision),
        RC_OK);
    assert_int_equal(choice.entry->line, 1);
    assert_true(select_profile_owns_ring(&config, &profile, &rings[0]));
    assert_false(select_profile_owns_ring(&config, &profile, &rings[1]));
}

static void an_initiator_without_profile_selects_like_a_responder(void **state)
{
    (void)state;
    const struct keyring_entry first[] = {kit_key("192.168.0.0", 24, "cisco", 2)};
    const struct keyring_entry second[] = {kit_key("192.168.0.2", 32, "cisco", 4)};
    const struct keyring rings[] = {kit_ring("default", NULL, 0), kit_ring("keyring1", first, 1),
                                    kit_ring("keyring2", second, 1)};
    const struct config config = config_of(rings, 3);
    struct key_choice choice;
    struct decision decision;
    assert_int_equal(
        select_key_initiator(&config, NULL, kit_addr("192.168.0.2"), &choice, &decision), RC_OK);
    assert_int_equal(choice.entry->line, 4);
}

static void among_several_keyrings_of_a_profile_the_longest_mask_wins_over_the_default(void **state)
{
    (void)state;
    const struct keyring_entry global[] = {kit_key("0.0.0.0", 0, "g", 1)};
    const struct keyring_entry first[] = {kit_key("192.168.0.2", 32, "cisco", 2)};
    const struct keyring rings[] = {kit_ring("default", global, 1), kit_ring("keyring1", first, 1)};
    const struct config config = config_of(rings, 2);
    const struct keyring *const own[] = {&rings[0], &rings[1]};
    const struct isakmp_profile profile = {.name = "p", .keyrings = own, .keyring_count = 2};
    struct key_choice choice;
    struct decision decision;
    assert_int_equal(
        select_key_initiator(&config, &profile, kit_addr("192.168.0.2"), &choice, &decision),
        RC_OK);
    assert_int_equal(choice.entry->line, 2);
    assert_int_equal(candidate_at_line(&decision, 1)->rule, RULE_MASK);
}

static void aggressive_mode_uses_exact_keys_and_never_a_shared_one(void **state)
{
    (void)state;
    const struct keyring_entry keys[] = {
        kit_key("0.0.0.0", 0, "w", 1), kit_key("10.1.1.0", 31, "n", 2),
        kit_key("10.1.1.1", 32, "e", 3), kit_host_key("branch7.example", "h", 4)};
    const struct keyring rings[] = {kit_ring("default", NULL, 0), kit_ring("spokes", keys, 4)};
    const struct config config = config_of(rings, 2);
    struct key_choice choice;
    struct decision decision;
    struct identity identity = identity_of_addr(kit_addr("10.1.1.1"));
    assert_int_equal(select_key_host(&config, &identity, &choice, &decision), RC_OK);
    assert_int_equal(choice.entry->line, 3);
    assert_int_equal(candidate_at_line(&decision, 1)->rule, RULE_SHARED_KEY);
    assert_int_equal(candidate_at_line(&decision, 2)->rule, RULE_SHARED_KEY);
    assert_int_equal(candidate_at_line(&decision, 4)->rule, RULE_OTHER_NAME);
    identity = identity_of_addr(kit_addr("10.1.1.0"));
    assert_int_equal(select_key_host(&config, &identity, &choice, &decision), RC_NOT_FOUND);
    assert_int_equal(decision.rule, RULE_SHARED_KEY);
    identity = identity_of_text(ID_FQDN, "branch7.example");
    assert_int_equal(select_key_host(&config, &identity, &choice, &decision), RC_OK);
    assert_int_equal(choice.entry->line, 4);
    assert_string_equal(decision.ours, "keyring spokes (line 4): hostname branch7.example");
}

static void aggressive_mode_refuses_names_that_no_key_has(void **state)
{
    (void)state;
    const struct keyring_entry keys[] = {kit_host_key("branch7.example", "h", 4)};
    const struct keyring rings[] = {kit_ring("default", keys, 1)};
    const struct config config = config_of(rings, 1);
    static const struct {
        enum identity_type type;
        const char *text;
    } rows[] = {{ID_FQDN, "branch8.example"},      {ID_FQDN, "branch7.exampl"},
                {ID_FQDN, "branch7.example2"},     {ID_FQDN, ""},
                {ID_USER_FQDN, "branch7.example"}, {ID_KEY_ID, "branch7.example"}};
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        struct identity identity = identity_of_text(rows[i].type, rows[i].text);
        struct key_choice choice = {NULL, NULL};
        struct decision decision;
        assert_int_equal(select_key_host(&config, &identity, &choice, &decision), RC_NOT_FOUND);
        assert_null(choice.entry);
        assert_int_equal(decision.rule, RULE_OTHER_NAME);
        assert_true(strlen(decision.hint) > 0);
    }
}

/* The two routers of seed 000: both keyrings hold the peer's address and the same secret; the
 * profile that matches the peer's identity uses keyring2 on R1, keyring1 on R2. */
struct router {
    struct keyring_entry entries[2];
    struct keyring rings[3];
    const struct keyring *lists[2];
    struct identity_match matches[2];
    struct isakmp_profile profiles[2];
    struct config config;
};

static void router_init(struct router *r, const char *peer, const char *match1, const char *match2)
{
    r->entries[0] = kit_key(peer, 32, "cisco", 2);
    r->entries[1] = kit_key(peer, 32, "cisco", 4);
    r->rings[0] = kit_ring("default", NULL, 0);
    r->rings[1] = kit_ring("keyring1", &r->entries[0], 1);
    r->rings[2] = kit_ring("keyring2", &r->entries[1], 1);
    r->lists[0] = &r->rings[1];
    r->lists[1] = &r->rings[2];
    r->matches[0] = kit_match_net(match1, 32, 14);
    r->matches[1] = kit_match_net(match2, 32, 17);
    for (size_t i = 0; i < 2; i++)
        r->profiles[i] = (struct isakmp_profile){.name = i ? "profile2" : "profile1",
                                                 .keyrings = &r->lists[i],
                                                 .keyring_count = 1,
                                                 .matches = &r->matches[i],
                                                 .match_count = 1,
                                                 .line = (unsigned)(12 + 3 * i)};
    r->config = (struct config){
        .keyrings = r->rings, .keyring_count = 3, .profiles = r->profiles, .profile_count = 2};
}

/* Does this router, as the responder, find the key's ring in the profile of the peer's identity? */
static bool responder_keeps_key(struct router *r, const char *peer, const char **profile_name)
{
    struct key_choice choice;
    struct decision decision;
    const struct isakmp_profile *profile;
    struct identity identity = identity_of_addr(kit_addr(peer));
    assert_int_equal(select_key_responder(&r->config, kit_addr(peer), &choice, &decision), RC_OK);
    assert_ptr_equal(choice.ring, &r->rings[1]); /* keyring1 stands first on both */
    select_profile(&r->config, &identity, &profile, &decision);
    assert_non_null(profile);
    *profile_name = profile->name;
    return select_profile_owns_ring(&r->config, profile, choice.ring);
}

static void from_r1_to_r2_the_tunnel_of_seed_000_comes_up(void **state)
{
    (void)state;
    struct router r1;
    struct router r2;
    struct key_choice choice;
    struct decision decision;
    const char *profile = NULL;
    router_init(&r1, "192.168.0.2", "192.168.0.102", "192.168.0.2");
    router_init(&r2, "192.168.0.1", "192.168.0.1", "192.168.0.100");
    /* R1's tunnel is bound to profile2: it uses keyring2. */
    assert_int_equal(select_key_initiator(&r1.config, &r1.profiles[1], kit_addr("192.168.0.2"),
                                          &choice, &decision),
                     RC_OK);
    assert_ptr_equal(choice.ring, &r1.rings[2]);
    assert_true(responder_keeps_key(&r2, "192.168.0.1", &profile));
    assert_string_equal(profile, "profile1");
}

static void from_r2_to_r1_the_tunnel_of_seed_000_fails_on_the_keyring_not_on_the_key(void **state)
{
    (void)state;
    struct router r1;
    struct router r2;
    struct key_choice choice;
    struct decision decision;
    const char *profile = NULL;
    router_init(&r1, "192.168.0.2", "192.168.0.102", "192.168.0.2");
    router_init(&r2, "192.168.0.1", "192.168.0.1", "192.168.0.100");
    assert_int_equal(select_key_initiator(&r2.config, &r2.profiles[0], kit_addr("192.168.0.1"),
                                          &choice, &decision),
                     RC_OK);
    assert_ptr_equal(choice.ring, &r2.rings[1]);
    /* R1 takes keyring1, then finds profile2, which has keyring2 only: equal secrets do not
     * help. */
    assert_false(responder_keeps_key(&r1, "192.168.0.2", &profile));
    assert_string_equal(profile, "profile2");
}

static void with_both_keys_in_one_keyring_both_directions_come_up(void **state)
{
    (void)state;
    struct router r1;
    const char *profile = NULL;
    router_init(&r1, "192.168.0.2", "192.168.0.102", "192.168.0.2");
    const struct keyring *both[] = {&r1.rings[2], &r1.rings[1]};
    r1.profiles[1].keyrings = both;
    r1.profiles[1].keyring_count = 2;
    assert_true(responder_keeps_key(&r1, "192.168.0.2", &profile));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_mask_over_all_keyrings_wins_whatever_their_order),
        cmocka_unit_test(the_default_keyring_is_searched_first_even_with_a_shorter_mask),
        cmocka_unit_test(inside_the_default_keyring_the_longest_mask_wins),
        cmocka_unit_test(when_the_default_keyring_has_no_key_for_the_peer_the_others_are_searched),
        cmocka_unit_test(of_equal_masks_the_first_in_configuration_order_wins),
        cmocka_unit_test(keys_by_hostname_and_without_secret_are_not_found_by_address),
        cmocka_unit_test(no_key_is_refused_with_every_entry_and_a_hint),
        cmocka_unit_test(an_ipv6_peer_finds_its_key_and_no_ipv4_wildcard),
        cmocka_unit_test(an_initiator_with_a_profile_uses_its_keyrings_only),
        cmocka_unit_test(a_profile_without_keyrings_uses_the_default_one),
        cmocka_unit_test(an_initiator_without_profile_selects_like_a_responder),
        cmocka_unit_test(
            among_several_keyrings_of_a_profile_the_longest_mask_wins_over_the_default),
        cmocka_unit_test(aggressive_mode_uses_exact_keys_and_never_a_shared_one),
        cmocka_unit_test(aggressive_mode_refuses_names_that_no_key_has),
        cmocka_unit_test(from_r1_to_r2_the_tunnel_of_seed_000_comes_up),
        cmocka_unit_test(from_r2_to_r1_the_tunnel_of_seed_000_fails_on_the_keyring_not_on_the_key),
        cmocka_unit_test(with_both_keys_in_one_keyring_both_directions_come_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
