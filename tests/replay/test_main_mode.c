/* Main mode as it is played between the seed's spoke and hub (003): the whole conversation octet
 * for octet, lost and repeated messages, refusals, and what strangers can do to it. */
#include "replay/scene.h"

#include <stdio.h>

#include "ike/wire.h"

#include <stdlib.h>

enum { MESSAGES = 9 }; /* MM1 to MM6, QM1 to QM3 */

static void the_seeds_branch_comes_up_and_traffic_passes(void **state)
{
    (void)state;
    struct scene scene = scene_new(1);
    struct sink trace = {0};
    scene.world->trace = &trace;
    node_dial(scene.spoke);
    world_run(scene.world, 2000);
    assert_int_equal(node_established(scene.hub), 1);
    assert_int_equal(node_established(scene.spoke), 1);
    assert_int_equal(scene.world->delivered, MESSAGES);
    assert_traffic(&scene);
    assert_golden(scene.world, "main_mode");
    sink_free(&trace);
    world_free(scene.world);
}

static void the_rows_show_what_was_agreed(void **state)
{
    (void)state;
    struct scene scene = scene_up(1);
    struct status_ike ike;
    struct status_ipsec pair;
    assert_int_equal(node_ike(scene.hub, &ike, 1), 1);
    assert_string_equal(ike.state, "QM_IDLE");
    assert_string_equal(ike.profile, "L2L");
    assert_string_equal(ike.identity, SPOKE_ADDRESS);
    assert_string_equal(ike.client, "");
    assert_int_equal(ike.cipher, CIPHER_3DES);
    assert_int_equal(ike.hash, HASH_SHA1);
    assert_int_equal(ike.dh_group, 2);
    assert_true(ike.weak);
    assert_int_equal(ike.tunnels, 1);
    assert_false(ike.initiator);
    assert_int_equal(node_ipsec(scene.hub, &pair, 1), 1);
    char ours[SELECTOR_TEXT], theirs[SELECTOR_TEXT];
    assert_string_equal(selector_format(&pair.ours, ours), "10.1.0.0/16");
    assert_string_equal(selector_format(&pair.theirs, theirs), "10.2.0.0/16");
    assert_int_equal(pair.ike_id, ike.id);
    assert_int_equal(scene.hub->routes, 1);
    assert_true(scene.hub->last_peer.up);
    assert_string_equal(scene.hub->last_peer.profile, "L2L");
    world_free(scene.world);
}

static char *played(uint64_t seed)
{
    struct scene scene = scene_new(seed);
    struct sink trace = {0};
    scene.world->trace = &trace;
    node_dial(scene.spoke);
    world_run(scene.world, 2000);
    world_free(scene.world);
    return trace.at;
}

static void the_same_seed_plays_the_same_octets_and_another_one_others(void **state)
{
    (void)state;
    char *first = played(5), *again = played(5), *other = played(6);
    assert_string_equal(first, again);
    assert_string_not_equal(first, other);
    free(first);
    free(again);
    free(other);
}

static void any_one_lost_message_is_made_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESSAGES; i++) {
        struct scene scene = scene_new(100 + i);
        struct swallow swallow = {.at = i};
        scene.world->tap = swallow_one;
        scene.world->tap_context = &swallow;
        node_dial(scene.spoke);
        world_run(scene.world, 5000);
        assert_int_equal(node_tunnels(scene.hub), 1);
        assert_int_equal(node_established(scene.hub), 1);
        assert_traffic(&scene);
        world_free(scene.world);
    }
}

static void every_message_may_come_twice(void **state)
{
    (void)state;
    struct scene scene = scene_new(7);
    scene.world->weather.duplication = 1000;
    node_dial(scene.spoke);
    world_run(scene.world, 5000);
    assert_int_equal(node_established(scene.hub), 1);
    assert_int_equal(node_established(scene.spoke), 1);
    assert_int_equal(node_tunnels(scene.hub), 1);
    assert_int_equal(scene.hub->installs, 2);
    assert_int_equal(scene.hub->asked_dh, 1);
    assert_traffic(&scene);
    world_free(scene.world);
}

/* The last datagram to each node. */
struct kept {
    uint8_t bytes[8][2048];
    size_t len[8];
    struct ike_path path[8];
    size_t count;
    const struct node *of;
};

static bool keep(void *context, struct node *to, const struct ike_path *path, struct span bytes)
{
    struct kept *kept = context;
    if (to != kept->of || kept->count == 8)
        return true;
    memcpy(kept->bytes[kept->count], bytes.at, bytes.len);
    kept->len[kept->count] = bytes.len;
    kept->path[kept->count++] = *path;
    return true;
}

static void a_repeated_request_gets_the_same_octets_again(void **state)
{
    (void)state;
    struct scene scene = scene_new(8);
    struct kept answers = {.of = scene.spoke}, requests = {.of = scene.hub};
    scene.world->tap = keep;
    scene.world->tap_context = &requests;
    node_dial(scene.spoke);
    while (requests.count < 1)
        world_step(scene.world, UINT64_MAX);
    scene.world->tap_context = &answers;
    scene.spoke->unplugged = true; /* it is the tap that looks, not the spoke */
    world_run(scene.world, 100);
    scene.spoke->unplugged = false;
    const struct span mm1 = {requests.bytes[0], requests.len[0]};
    for (int i = 0; i < 3; i++)
        node_input(scene.hub, &requests.path[0], mm1);
    world_run(scene.world, 15);
    assert_true(answers.count >= 3);
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(answers.len[i], answers.len[0]);
        assert_memory_equal(answers.bytes[i], answers.bytes[0], answers.len[0]);
    }
    assert_int_equal(node_drops(scene.hub, DROP_IKE_REPEATED), 3);
    world_run(scene.world, 5000);
    assert_traffic(&scene);
    world_free(scene.world);
}

static void a_wrong_key_is_told_once_and_leaves_nothing(void **state)
{
    (void)state;
    struct world *world = world_new(9);
    struct node *hub = scene_hub(world);
    struct node *spoke =
        scene_spoke_of(world, text_with(scene_text("spoke"), "cisco123", "cisco124"));
    node_dial(spoke);
    world_run(world, 29000);
    assert_int_equal(node_established(hub), 0);
    assert_int_equal(hub->decision_count, 1);
    assert_int_equal(hub->decisions[0].decision.rule, RULE_DECRYPT);
    assert_int_equal(hub->decisions[0].decision.stage, STAGE_AUTHENTICATION);
    assert_non_null(strstr(hub->decisions[0].decision.ours, "spokes"));
    assert_null(strstr(hub->decisions[0].decision.hint, "cisco123"));
    assert_true(node_drops(hub, DROP_IKE_DECRYPT) >= 2);
    world_run(world, 5000);
    struct status_ike row;
    assert_int_equal(node_ike(hub, &row, 1), 0);
    assert_int_equal(hub->installs, 0);
    world_free(world);
}

static void an_offer_that_no_policy_takes_is_refused_with_both_sides_values(void **state)
{
    (void)state;
    struct world *world = world_new(10);
    struct node *hub = scene_hub(world);
    struct node *spoke =
        scene_spoke_of(world, text_with(scene_text("spoke"), "  encr 3des", "  encr aes"));
    struct kept answers = {.of = spoke};
    world->tap = keep;
    world->tap_context = &answers;
    node_dial(spoke);
    world_run(world, 50);
    assert_int_equal(hub->decision_count, 1);
    assert_int_equal(hub->decisions[0].decision.rule, RULE_CIPHER);
    assert_int_equal(answers.count, 1);
    assert_int_equal(answers.bytes[0][18], EXCHANGE_INFORMATIONAL);
    struct status_ike row;
    assert_int_equal(node_ike(hub, &row, 1), 0);
    world_free(world);
}

static void a_stranger_without_key_is_refused(void **state)
{
    (void)state;
    struct world *world = world_new(11);
    struct node *hub =
        scene_hub_of(world, text_with(scene_text("hub"), "address 0.0.0.0 0.0.0.0 key",
                                      "address 192.0.2.0 255.255.255.0 key"));
    struct node *spoke = scene_spoke(world);
    node_dial(spoke);
    world_run(world, 500);
    assert_int_equal(hub->decision_count, 1);
    assert_int_equal(hub->decisions[0].decision.stage, STAGE_KEY);
    assert_int_equal(hub->asked_dh, 0);
    struct status_ike row;
    assert_int_equal(node_ike(hub, &row, 1), 0);
    world_free(world);
}

static struct span opening_with_cookie(struct kept *requests, uint8_t number)
{
    memset(requests->bytes[0], number, IKE_COOKIE);
    return (struct span){requests->bytes[0], requests->len[0]};
}

static void half_open_exchanges_of_a_source_are_few_and_forgotten_in_time(void **state)
{
    (void)state;
    struct scene scene = scene_new(12);
    struct kept requests = {.of = scene.hub};
    struct status_ike rows[16];
    scene.world->tap = keep;
    scene.world->tap_context = &requests;
    node_dial(scene.spoke);
    scene.spoke->unplugged = false;
    world_run(scene.world, 10);
    scene.spoke->unplugged = true;
    for (uint8_t i = 1; i <= 10; i++)
        node_input(scene.hub, &requests.path[0], opening_with_cookie(&requests, i));
    assert_int_equal(node_ike(scene.hub, rows, 16), 5);
    assert_int_equal(node_drops(scene.hub, DROP_IKE_HALF_OPEN), 6);
    /* Another source is not held back by them. */
    struct ike_path elsewhere = requests.path[0];
    elsewhere.remote.addr = world_addr("198.51.100.7");
    node_input(scene.hub, &elsewhere, opening_with_cookie(&requests, 77));
    assert_int_equal(node_ike(scene.hub, rows, 16), 6);
    world_run(scene.world, 30001);
    assert_int_equal(node_ike(scene.hub, rows, 16), 0);
    world_free(scene.world);
}

static void d06_a_flood_of_forged_first_messages_keeps_no_branch_out(void **state)
{
    (void)state;
    struct scene scene = scene_new(112);
    struct kept requests = {.of = scene.hub};
    struct status_summary summary;
    scene.world->tap = keep;
    scene.world->tap_context = &requests;
    node_dial(scene.spoke);
    world_run(scene.world, 2000);
    assert_traffic(&scene);
    world_restart(scene.spoke, OUTSIDE);
    struct ike_path forged = requests.path[0];
    for (uint32_t i = 0; i < 1500; i++) {
        forged.remote.addr = addr_add(world_addr("198.18.0.0"), i);
        node_input(scene.hub, &forged, opening_with_cookie(&requests, 66));
    }
    engine_status_summary(scene.hub->engine, &summary);
    assert_int_equal(summary.ike_half_open, 1000);
    node_dial(scene.spoke);
    for (uint32_t i = 0; i < 100; i++) {
        forged.remote.addr = addr_add(world_addr("198.19.0.0"), i);
        node_input(scene.hub, &forged, opening_with_cookie(&requests, 66));
        world_run(scene.world, 10);
    }
    assert_traffic(&scene);
    world_run(scene.world, 30001);
    engine_status_summary(scene.hub->engine, &summary);
    assert_int_equal(summary.ike_half_open, 0);
    world_free(scene.world);
}

static void a_hub_that_is_silent_is_tried_again_less_and_less_often(void **state)
{
    (void)state;
    struct scene scene = scene_new(13);
    scene.hub->unplugged = true;
    uint32_t begun = 0, by_minute[10];
    for (int minute = 0; minute < 10; minute++) {
        uint32_t before = scene.spoke->events[EV_INITIATE];
        for (int second = 0; second < 60; second++) {
            node_dial(scene.spoke);
            world_run(scene.world, 1000);
        }
        by_minute[minute] = scene.spoke->events[EV_INITIATE] - before;
        begun += by_minute[minute];
    }
    /* Each try lasts 30 s, and the pause grows to a minute. */
    assert_in_range(begun, 6, 12);
    scene.hub->unplugged = false;
    for (int second = 0; second < 120 && !node_tunnels(scene.hub); second++) {
        node_dial(scene.spoke);
        world_run(scene.world, 1000);
    }
    assert_traffic(&scene);
    world_free(scene.world);
}

static void each_profile_may_call_this_end_by_another_name(void **state)
{
    static const struct {
        const char *line, *seen;
    } rows[] = {
        {"self-identity fqdn", "fqdn Hub"},
        {"self-identity fqdn hub.example", "fqdn hub.example"},
        {"self-identity user-fqdn hub@example", "user-fqdn hub@example"},
        {"self-identity address", HUB_ADDRESS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char lines[128];
        struct world *world = world_new(60 + i);
        snprintf(lines, sizeof lines, "crypto isakmp profile L2L\n  %s", rows[i].line);
        struct scene scene = {.world = world,
                              .hub = scene_hub_of(world, text_and(scene_text("hub"), lines)),
                              .spoke = scene_spoke(world)};
        node_dial(scene.spoke);
        world_run(world, 2000);
        assert_traffic(&scene);
        assert_string_equal(scene.spoke->last_peer.identity, rows[i].seen);
        world_free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_profile_may_call_this_end_by_another_name),
        cmocka_unit_test(the_seeds_branch_comes_up_and_traffic_passes),
        cmocka_unit_test(the_rows_show_what_was_agreed),
        cmocka_unit_test(the_same_seed_plays_the_same_octets_and_another_one_others),
        cmocka_unit_test(any_one_lost_message_is_made_good),
        cmocka_unit_test(every_message_may_come_twice),
        cmocka_unit_test(a_repeated_request_gets_the_same_octets_again),
        cmocka_unit_test(a_wrong_key_is_told_once_and_leaves_nothing),
        cmocka_unit_test(an_offer_that_no_policy_takes_is_refused_with_both_sides_values),
        cmocka_unit_test(a_stranger_without_key_is_refused),
        cmocka_unit_test(half_open_exchanges_of_a_source_are_few_and_forgotten_in_time),
        cmocka_unit_test(d06_a_flood_of_forged_first_messages_keeps_no_branch_out),
        cmocka_unit_test(a_hub_that_is_silent_is_tried_again_less_and_less_often),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
