/* Key-selection verify (PRODUCT §4): branches on one wildcard network, each with a key of its own
 * in main mode; the peer is the key that it proves to have. And what the search adds to the reason
 * of a refusal without it. */
#include "replay/scene.h"

#include "ike/wire.h"

#include <stdio.h>
#include <stdlib.h>

#define ONE_KEY "pre-shared-key address 0.0.0.0 0.0.0.0 key cisco123"

/* A hub with keys key0, key1, … for one network, under names branch0, …; extra stands under the
 * last of them. */
static char *hub_with_keys(unsigned count, const char *extra)
{
    size_t size = 128 + count * 96 + strlen(extra), at = 0;
    char *keys = calloc(1, size);
    assert_non_null(keys);
    for (unsigned i = 0; i < count; i++)
        at += (size_t)snprintf(keys + at, size - at,
                               "%spre-shared-key address 0.0.0.0 0.0.0.0 key key%u name branch%u",
                               i ? "\n  " : "", i, i);
    snprintf(keys + at, size - at, "\n%s", extra);
    char *text = text_with(scene_text("hub"), ONE_KEY, keys);
    free(keys);
    return text_and(text, "hubward key-selection verify");
}

static struct node *spoke_with_key(struct world *world, const char *key)
{
    return scene_spoke_of(world, text_with(scene_text("spoke"), "cisco123", key));
}

static struct scene verified(uint64_t seed, unsigned count, const char *extra, const char *key)
{
    struct scene scene = {.world = world_new(seed)};
    scene.hub = scene_hub_of(scene.world, hub_with_keys(count, extra));
    scene.spoke = spoke_with_key(scene.world, key);
    node_dial(scene.spoke);
    return scene;
}

static void every_branch_of_one_network_is_known_by_its_own_key(void **state)
{
    static const unsigned counts[] = {1, 16, 256, 1000};
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char key[32], principal[64];
        unsigned last = counts[i] - 1;
        snprintf(key, sizeof key, "key%u", last);
        struct scene scene = verified(70 + i, counts[i], "", key);
        world_run(scene.world, 2000);
        assert_traffic(&scene);
        snprintf(principal, sizeof principal, "key/spokes/branch%u", last);
        assert_string_equal(scene.hub->last_peer.principal, principal);
        assert_string_equal(scene.hub->last_peer.profile, "L2L");
        assert_int_equal(scene.hub->asked_key, counts[i] > 1);
        assert_int_equal(scene.hub->keys_tried, last);
        assert_int_equal(scene.hub->decision_count, 0);
        world_free(scene.world);
    }
}

static void a_branch_that_comes_again_needs_no_search(void **state)
{
    (void)state;
    struct scene scene = verified(80, 16, "", "key9");
    world_run(scene.world, 2000);
    assert_int_equal(scene.hub->asked_key, 1);
    node_command(scene.spoke, &(struct command){.kind = COMMAND_CLEAR});
    world_run(scene.world, 1000);
    node_dial(scene.spoke);
    world_run(scene.world, 2000);
    assert_traffic(&scene);
    assert_int_equal(scene.hub->asked_key, 1);
    world_free(scene.world);
}

static void who_has_none_of_the_keys_is_refused_and_told_why_once(void **state)
{
    (void)state;
    struct scene scene = verified(81, 16, "", "another");
    world_run(scene.world, 29000);
    const struct decision *decision = &scene.hub->decisions[0].decision;
    assert_int_equal(node_established(scene.hub), 0);
    assert_int_equal(scene.hub->decision_count, 1);
    assert_int_equal(decision->stage, STAGE_AUTHENTICATION);
    assert_int_equal(decision->rule, RULE_OTHER_KEY);
    assert_string_equal(decision->ours, "none of the 16 keys for " SPOKE_ADDRESS);
    assert_int_equal(scene.hub->asked_key, 3); /* of one SA, however often it comes */
    assert_int_equal(scene.hub->installs, 0);
    world_free(scene.world);
}

static void a_key_may_be_bound_to_an_identity(void **state)
{
    (void)state;
    struct scene scene = verified(82, 4, "  hubward identity address " SPOKE_ADDRESS "\n", "key3");
    world_run(scene.world, 2000);
    assert_traffic(&scene);
    world_free(scene.world);
}

static void who_claims_to_be_another_is_refused_with_the_reason(void **state)
{
    (void)state;
    struct scene scene = verified(83, 4, "  hubward identity fqdn branch3.example\n", "key3");
    world_run(scene.world, 2000);
    const struct decision *decision = &scene.hub->decisions[0].decision;
    assert_int_equal(node_established(scene.hub), 0);
    assert_true(scene.hub->decision_count > 0);
    assert_int_equal(decision->rule, RULE_CLAIM);
    assert_string_equal(decision->theirs, SPOKE_ADDRESS);
    assert_non_null(strstr(decision->ours, "key branch3"));
    assert_non_null(strstr(decision->ours, "fqdn branch3.example"));
    assert_int_equal(scene.hub->installs, 0);
    world_free(scene.world);
}

static void an_identity_of_another_profile_does_not_go_with_the_key(void **state)
{
    (void)state;
    char *text = text_with(hub_with_keys(4, ""), "  match identity address 0.0.0.0",
                           "  match identity address 192.0.2.0 255.255.255.0");
    text = text_and(text, "crypto keyring others\n"
                          "  pre-shared-key address 198.51.100.0 255.255.255.0 key other\n"
                          "crypto isakmp profile OTHERS\n"
                          "  keyring others\n"
                          "  match identity address " SPOKE_ADDRESS "\n");
    struct world *world = world_new(84);
    struct node *hub = scene_hub_of(world, text);
    struct node *spoke = spoke_with_key(world, "key2");
    node_dial(spoke);
    world_run(world, 2000);
    assert_int_equal(node_established(hub), 0);
    assert_true(hub->decision_count > 0);
    assert_int_equal(hub->decisions[0].decision.rule, RULE_KEY_OF_OTHER_RING);
    assert_non_null(strstr(hub->decisions[0].decision.ours, "profile OTHERS"));
    world_free(world);
}

/* Feeds the hub a message that decrypts to nothing just before the true fifth message. */
struct forger {
    size_t fed;
    bool busy;
    size_t most;
};

static bool forge_tap(void *context, struct node *to, const struct ike_path *path,
                      struct span bytes)
{
    struct forger *forger = context;
    uint8_t copy[512];
    bool fifth = to->engine && bytes.at[19] & IKE_FLAG_ENCRYPTED && bytes.at[18] == EXCHANGE_MAIN;
    if (forger->busy || strcmp(to->name, "hub") != 0 || !fifth || forger->fed == forger->most ||
        bytes.len > sizeof copy)
        return true;
    forger->busy = true;
    memcpy(copy, bytes.at, bytes.len);
    copy[bytes.len - 1] ^= (uint8_t)++forger->fed;
    copy[IKE_HEADER] ^= 0x55;
    node_input(to, path, (struct span){copy, bytes.len});
    forger->busy = false;
    return true;
}

static void a_forged_fifth_message_does_not_keep_the_true_one_out(void **state)
{
    (void)state;
    for (size_t most = 1; most <= 2; most++) {
        struct scene scene = verified(85, 16, "", "key9");
        struct forger forger = {.most = most};
        scene.world->tap = forge_tap;
        scene.world->tap_context = &forger;
        world_run(scene.world, 20000);
        assert_int_equal(forger.fed, most);
        assert_traffic(&scene);
        assert_string_equal(scene.hub->last_peer.principal, "key/spokes/branch9");
        world_free(scene.world);
    }
}

static void an_answer_that_comes_too_late_finds_nothing(void **state)
{
    (void)state;
    struct scene scene = verified(86, 16, "", "key9");
    scene.world->hold = 1u << ANSWER_KEY;
    world_run(scene.world, 2000);
    assert_int_equal(world_held(scene.world, ANSWER_KEY), 1);
    scene.spoke->unplugged = true;
    world_run(scene.world, 40000); /* the half-open exchange is forgotten */
    assert_true(world_release(scene.world, ANSWER_KEY, RC_OK));
    world_run(scene.world, 1000);
    assert_int_equal(node_established(scene.hub), 0);
    assert_int_equal(scene.hub->installs, 0);
    world_free(scene.world);
}

/* After a power cut all come at once, and all their keys are to be found. */
static void too_many_at_once_wait_for_their_next_try(void **state)
{
    enum { KEYS = 4000, SPOKES = 60 };
    (void)state;
    struct world *world = world_new(88);
    struct node *hub = scene_hub_of(world, hub_with_keys(KEYS, ""));
    struct node *spokes[SPOKES];
    for (unsigned i = 0; i < SPOKES; i++) {
        char name[16], address[16], key[16], net[40];
        snprintf(name, sizeof name, "spoke%u", i);
        snprintf(address, sizeof address, "10.100.3.%u", i + 1);
        snprintf(key, sizeof key, "key%u", KEYS - 1 - i);
        snprintf(net, sizeof net, "10.%u.0.0 0.0.255.255", 110 + i);
        char *text = text_with(scene_text("spoke"), "cisco123", key);
        text = text_with(text, "10.2.0.0 0.0.255.255", net);
        spokes[i] = world_engine(world, name, text, OUTSIDE, address);
        free(text);
        node_dial(spokes[i]);
    }
    world_run(world, 500);
    assert_true(node_established(hub) < SPOKES);
    world_run(world, 20000);
    assert_int_equal(node_established(hub), SPOKES);
    for (size_t i = 0; i < hub->decision_count; i++)
        assert_int_not_equal(hub->decisions[i].decision.stage, STAGE_AUTHENTICATION);
    world_free(world);
}

static void without_it_the_reason_names_the_key_that_would_have_fitted(void **state)
{
    (void)state;
    char *text = text_with(scene_text("hub"), ONE_KEY,
                           ONE_KEY "\ncrypto keyring keyring2\n"
                                   "  pre-shared-key address 0.0.0.0 0.0.0.0 key cisco456");
    struct world *world = world_new(87);
    struct node *hub = scene_hub_of(world, text);
    struct node *spoke = spoke_with_key(world, "cisco456");
    node_dial(spoke);
    world_run(world, 29000);
    const struct decision *decision = &hub->decisions[0].decision;
    assert_int_equal(node_established(hub), 0);
    assert_int_equal(hub->decision_count, 1);
    assert_int_equal(decision->rule, RULE_DECRYPT);
    assert_non_null(
        strstr(decision->ours, "MM5 did not decrypt with the key of keyring spokes line "));
    assert_non_null(strstr(decision->ours, "; it does with keyring keyring2 line "));
    assert_null(strstr(decision->ours, "cisco"));
    assert_int_equal(hub->asked_key, 1);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_branch_of_one_network_is_known_by_its_own_key),
        cmocka_unit_test(a_branch_that_comes_again_needs_no_search),
        cmocka_unit_test(who_has_none_of_the_keys_is_refused_and_told_why_once),
        cmocka_unit_test(a_key_may_be_bound_to_an_identity),
        cmocka_unit_test(who_claims_to_be_another_is_refused_with_the_reason),
        cmocka_unit_test(an_identity_of_another_profile_does_not_go_with_the_key),
        cmocka_unit_test(a_forged_fifth_message_does_not_keep_the_true_one_out),
        cmocka_unit_test(an_answer_that_comes_too_late_finds_nothing),
        cmocka_unit_test(too_many_at_once_wait_for_their_next_try),
        cmocka_unit_test(without_it_the_reason_names_the_key_that_would_have_fitted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
