/* The spoke's side, with the seed's two configurations (003): traffic and the dialler bring the
 * tunnel up, rekeys lose nothing, and what breaks is put together again. */
#include "replay/scene.h"

#include "ike/wire.h"

#include <stdio.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* The dialler of spoked: once a second. */
static void run_dialling(struct scene *scene, uint64_t for_ms)
{
    for (uint64_t ms = 0; ms < for_ms; ms += SECOND) {
        node_dial(scene->spoke);
        world_run(scene->world, SECOND);
    }
}

/* A packet each way every step; how many did not pass. */
static size_t lost_packets(struct scene *scene, uint64_t for_ms, uint64_t step_ms, bool dialling)
{
    size_t lost = 0;
    for (uint64_t ms = 0; ms < for_ms; ms += step_ms) {
        if (dialling)
            node_dial(scene->spoke);
        world_run(scene->world, step_ms);
        lost += !world_packet(scene->spoke, "10.2.7.7", "10.1.9.9");
        lost += !world_packet(scene->hub, "10.1.9.9", "10.2.7.7");
    }
    return lost;
}

static void traffic_that_matches_the_access_list_brings_the_tunnel_up(void **state)
{
    (void)state;
    struct scene scene = scene_new(1);
    assert_false(world_packet(scene.spoke, "10.2.7.7", "10.1.9.9"));
    for (int i = 0; i < 50; i++) /* more of them do not begin more exchanges */
        assert_false(world_packet(scene.spoke, "10.2.7.8", "10.1.9.9"));
    world_run(scene.world, SECOND);
    assert_traffic(&scene);
    assert_int_equal(scene.spoke->events[EV_INITIATE], 2); /* main mode, quick mode */
    assert_int_equal(node_tunnels(scene.hub), 1);
    world_free(scene.world);
}

static void traffic_that_does_not_match_brings_nothing_up(void **state)
{
    (void)state;
    struct scene scene = scene_new(2);
    assert_false(world_packet(scene.spoke, "10.3.7.7", "10.1.9.9"));
    assert_false(world_packet(scene.spoke, "10.2.7.7", "8.8.8.8"));
    world_run(scene.world, SECOND);
    assert_int_equal(scene.spoke->sent, 0);
    world_free(scene.world);
}

static void the_hub_never_dials_a_dynamic_entry(void **state)
{
    (void)state;
    struct scene scene = scene_new(3);
    uint32_t missing = 7;
    const struct command command = {.kind = COMMAND_DIAL, .missing = &missing};
    node_command(scene.hub, &command);
    assert_false(world_packet(scene.hub, "10.1.9.9", "10.2.7.7"));
    world_run(scene.world, SECOND);
    assert_int_equal(scene.hub->sent, 0);
    assert_int_equal(missing, 0);
    world_free(scene.world);
}

static void the_dialler_learns_how_many_tunnels_are_missing(void **state)
{
    (void)state;
    struct scene scene = scene_new(4);
    uint32_t missing = 7;
    const struct command command = {.kind = COMMAND_DIAL, .missing = &missing};
    node_command(scene.spoke, &command);
    assert_int_equal(missing, 1);
    world_run(scene.world, SECOND);
    node_command(scene.spoke, &command);
    assert_int_equal(missing, 0);
    assert_int_equal(scene.spoke->events[EV_INITIATE], 2);
    world_free(scene.world);
}

static void the_pair_is_renewed_before_it_ends_and_no_packet_is_lost(void **state)
{
    (void)state;
    struct scene scene = scene_up(5);
    assert_int_equal(lost_packets(&scene, 4 * HOUR, 10 * SECOND, false), 0);
    assert_int_equal(node_tunnels(scene.hub), 1);
    assert_int_equal(node_tunnels(scene.spoke), 1);
    /* Renewed by the side that began, at 85 %: nobody gets in the way. */
    assert_in_range(scene.spoke->installs, 8, 12);
    assert_int_equal(scene.hub->installs, scene.spoke->installs);
    assert_int_equal(scene.hub->routes, 1);
    assert_in_range(node_installed(scene.hub), 2, 4);
    world_free(scene.world);
}

static void a_pair_that_is_renewed_says_so_neither_to_route_nor_to_operator(void **state)
{
    (void)state;
    struct scene scene = scene_up(6);
    world_run(scene.world, 4 * HOUR);
    assert_int_equal(scene.hub->events[EV_TUNNEL_UP], 1);
    assert_int_equal(scene.hub->events[EV_TUNNEL_DOWN], 0);
    assert_int_equal(scene.spoke->events[EV_TUNNEL_DOWN], 0);
    world_free(scene.world);
}

static void phase_1_is_renewed_and_no_packet_is_lost(void **state)
{
    (void)state;
    struct scene scene = scene_up(7);
    assert_int_equal(lost_packets(&scene, 3 * DAY, MINUTE, true), 0);
    assert_int_equal(node_established(scene.hub), 1);
    assert_int_equal(node_established(scene.spoke), 1);
    assert_int_equal(node_tunnels(scene.hub), 1);
    struct status_ike row;
    assert_int_equal(node_ike(scene.hub, &row, 1), 1);
    assert_true(row.id > 1);
    assert_int_equal(row.tunnels, 1);
    assert_int_equal(scene.hub->events[EV_TUNNEL_DOWN], 0);
    world_free(scene.world);
}

static void phase_1_is_there_all_the_time_while_the_tunnel_stands(void **state)
{
    (void)state;
    struct scene scene = scene_up(8);
    for (int i = 0; i < 3 * 24 * 60; i++) {
        world_run(scene.world, MINUTE);
        assert_true(node_established(scene.spoke) >= 1);
        assert_true(node_established(scene.hub) >= 1);
    }
    world_free(scene.world);
}

static void a_soft_limit_of_the_path_renews_the_pair(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++) {
        struct scene scene = scene_up(9);
        struct node *node = side ? scene.hub : scene.spoke;
        struct status_ipsec before, after;
        assert_int_equal(node_ipsec(node, &before, 1), 1);
        const struct command command = {.kind = COMMAND_SA_SOFT, .tunnel = before.tunnel};
        node_command(node, &command);
        node_command(node, &command); /* said twice, renewed once */
        world_run(scene.world, SECOND);
        assert_int_equal(node_ipsec(node, &after, 1), 1);
        assert_true(after.spi_in != before.spi_in);
        assert_int_equal(node->installs, 4);
        assert_traffic(&scene);
        world_run(scene.world, MINUTE);
        assert_int_equal(node_installed(node), 2);
        assert_traffic(&scene);
        world_free(scene.world);
    }
}

static void the_hub_renews_when_the_spoke_does_not(void **state)
{
    (void)state;
    /* A spoke that is deaf while its own time to renew comes and goes. */
    struct client_scene scene = client_scene_played(10, &alice, 2000);
    char lease[ADDR_TEXT];
    addr_format(scene.client->lease, lease);
    for (int i = 0; i < 4 * 60; i++) {
        world_run(scene.world, MINUTE);
        assert_true(world_packet(scene.client->node, lease, "10.1.0.1"));
        assert_true(world_packet(scene.hub, "10.1.0.1", lease));
    }
    assert_in_range(scene.client->rekeys, 3, 5);
    assert_int_equal(node_tunnels(scene.hub), 1);
    world_free(scene.world);
}

static void p15_both_sides_renewing_at_once_end_with_one_pair_that_works(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct scene scene = scene_up(1000 + seed);
        struct status_ipsec at_hub, at_spoke;
        scene.world->weather =
            (struct weather){.delay_ms = 5, .jitter_ms = 60, .loss = seed % 2 ? 200 : 0};
        assert_int_equal(node_ipsec(scene.hub, &at_hub, 1), 1);
        assert_int_equal(node_ipsec(scene.spoke, &at_spoke, 1), 1);
        const struct command hub = {.kind = COMMAND_SA_SOFT, .tunnel = at_hub.tunnel};
        const struct command spoke = {.kind = COMMAND_SA_SOFT, .tunnel = at_spoke.tunnel};
        node_command(scene.hub, &hub);
        world_run(scene.world, seed % 70);
        node_command(scene.spoke, &spoke);
        world_run(scene.world, 90 * SECOND);
        scene.world->weather = (struct weather){.delay_ms = 5};
        world_run(scene.world, 5 * SECOND);
        /* The old ones are gone on both sides, and what is left is the same. */
        assert_int_equal(node_ipsec(scene.hub, &at_hub, 1), 1);
        assert_int_equal(node_ipsec(scene.spoke, &at_spoke, 1), 1);
        assert_int_equal(at_hub.spi_in, at_spoke.spi_out);
        assert_int_equal(at_hub.spi_out, at_spoke.spi_in);
        assert_traffic(&scene);
        assert_int_equal(node_installed(scene.hub), 2);
        assert_int_equal(node_installed(scene.spoke), 2);
        world_free(scene.world);
    }
}

static void p15_both_sides_beginning_phase_1_at_once_end_with_a_tunnel_that_stays(void **state)
{
    (void)state;
    /* Two sites with static entries towards each other. */
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct world *world = world_new(2000 + seed);
        char *one = scene_text("spoke");
        one = text_with(one, "permit ip 10.2.0.0 0.0.255.255 10.1.0.0\n0.0.255.255",
                        "permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255");
        one = text_with(one, "set peer 10.48.67.181", "set peer " SPOKE_ADDRESS);
        one = text_with(one, "key cisco123 address 10.48.67.181",
                        "key cisco123 address " SPOKE_ADDRESS);
        one = text_with(one, "ip address dhcp", "ip address 10.48.67.181 255.255.255.224");
        one = text_with(one, "ip address 10.2.2.2", "ip address 10.1.1.1");
        struct scene scene = {.world = world, .hub = scene_hub_of(world, one)};
        scene.spoke = scene_spoke(world);
        world->weather = (struct weather){.delay_ms = 5, .jitter_ms = (uint32_t)(seed % 7) * 10};
        node_dial(scene.hub);
        world_run(world, seed % 40);
        node_dial(scene.spoke);
        world_run(world, 90 * SECOND);
        assert_traffic(&scene);
        assert_int_equal(node_tunnels(scene.hub), 1);
        assert_int_equal(node_tunnels(scene.spoke), 1);
        assert_int_equal(lost_packets(&scene, 4 * HOUR, MINUTE, false), 0);
        world_free(world);
    }
}

static void a_new_address_brings_a_new_tunnel_and_the_hub_follows(void **state)
{
    (void)state;
    struct scene scene = scene_up(11);
    world_move(scene.spoke, OUTSIDE, "10.100.2.240");
    assert_int_equal(node_tunnels(scene.spoke), 0);
    assert_int_equal(node_installed(scene.spoke), 0);
    run_dialling(&scene, 3 * SECOND);
    assert_traffic(&scene);
    char text[ADDR_TEXT];
    struct status_ipsec pair;
    assert_int_equal(node_ipsec(scene.hub, &pair, 1), 1);
    assert_string_equal(addr_format(pair.remote.addr, text), "10.100.2.240");
    assert_int_equal(node_tunnels(scene.hub), 1);
    assert_int_equal(scene.hub->routes, 1);
    /* And back again. */
    world_move(scene.spoke, OUTSIDE, SPOKE_ADDRESS);
    run_dialling(&scene, 3 * SECOND);
    assert_traffic(&scene);
    assert_int_equal(node_tunnels(scene.hub), 1);
    world_run(scene.world, 2 * MINUTE);
    assert_int_equal(node_installed(scene.hub), 2);
    world_free(scene.world);
}

static void an_address_that_is_lost_and_comes_back_the_same_needs_a_new_tunnel(void **state)
{
    (void)state;
    struct scene scene = scene_up(12);
    struct command command = {.kind = COMMAND_INTERFACE, .interface = OUTSIDE};
    node_command(scene.spoke, &command); /* none now */
    assert_int_equal(node_installed(scene.spoke), 0);
    run_dialling(&scene, 5 * SECOND);
    assert_int_equal(scene.spoke->sent, 5); /* MM1, MM3, MM5, QM1, QM3: nothing since */
    command.addr = world_addr(SPOKE_ADDRESS);
    node_command(scene.spoke, &command);
    run_dialling(&scene, 3 * SECOND);
    assert_traffic(&scene);
    assert_int_equal(node_tunnels(scene.hub), 1);
    world_free(scene.world);
}

static void a_lost_path_gets_new_keys_at_once_and_never_the_old_ones(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++) {
        struct scene scene = scene_up(13);
        world_path_lost(side ? scene.hub : scene.spoke);
        assert_no_traffic(&scene);
        world_run(scene.world, SECOND);
        assert_traffic(&scene); /* the world aborts when a key is installed twice */
        world_run(scene.world, MINUTE);
        assert_traffic(&scene);
        assert_int_equal(node_installed(scene.hub), 2);
        assert_int_equal(node_installed(scene.spoke), 2);
        assert_int_equal(scene.hub->routes, 1);
        world_free(scene.world);
    }
}

static void a_client_whose_hub_lost_its_path_gets_new_keys(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(14, &alice, 2000);
    world_path_lost(scene.hub);
    world_run(scene.world, SECOND);
    assert_client_up(&scene);
    assert_int_equal(scene.client->rekeys, 1);
    world_free(scene.world);
}

static void a_hub_that_clears_the_session_is_dialled_again(void **state)
{
    (void)state;
    struct scene scene = scene_up(15);
    uint32_t cleared = 0;
    const struct command command = {.kind = COMMAND_CLEAR, .cleared = &cleared};
    node_command(scene.hub, &command);
    world_run(scene.world, 100);
    assert_int_equal(cleared, 1);
    assert_int_equal(node_established(scene.spoke), 0);
    assert_int_equal(node_tunnels(scene.spoke), 0);
    assert_int_equal(scene.hub->routes, 0);
    run_dialling(&scene, 3 * SECOND);
    assert_traffic(&scene);
    world_free(scene.world);
}

static void a_spoke_that_shuts_down_says_goodbye(void **state)
{
    (void)state;
    struct scene scene = scene_up(16);
    const struct command command = {.kind = COMMAND_SHUTDOWN};
    node_command(scene.spoke, &command);
    assert_int_equal(node_installed(scene.spoke), 0);
    world_run(scene.world, SECOND);
    struct status_ike row;
    assert_int_equal(node_ike(scene.hub, &row, 1), 0);
    assert_int_equal(node_tunnels(scene.hub), 0);
    assert_int_equal(node_installed(scene.hub), 0);
    assert_int_equal(scene.hub->routes, 0);
    world_free(scene.world);
}

/* The hub's phase 1 has run out while the spoke was away; its pair still stands. */
static struct scene orphaned(uint64_t seed)
{
    struct world *world = world_new(seed);
    struct scene scene = {.world = world};
    scene.hub = scene_hub_of(
        world, text_with(scene_text("hub"), "  encr 3des", "  encr 3des\n  lifetime 600"));
    scene.spoke = scene_spoke(world);
    node_dial(scene.spoke);
    world_run(world, 500 * SECOND);
    scene.spoke->unplugged = true;
    world_run(world, 200 * SECOND);
    assert_int_equal(node_established(scene.hub), 0);
    assert_int_equal(node_tunnels(scene.hub), 1);
    scene.spoke->unplugged = false;
    return scene;
}

static void a_shutdown_takes_pairs_without_phase_1_along(void **state)
{
    (void)state;
    struct scene scene = orphaned(17);
    const struct command command = {.kind = COMMAND_SHUTDOWN};
    node_command(scene.hub, &command);
    assert_int_equal(node_installed(scene.hub), 0);
    assert_int_equal(scene.hub->routes, 0);
    world_free(scene.world);
}

static void initial_contact_takes_pairs_without_phase_1_along(void **state)
{
    (void)state;
    struct scene scene = orphaned(22);
    world_restart(scene.spoke, OUTSIDE); /* it forgot everything */
    world_run(scene.world, SECOND);
    node_dial(scene.spoke);
    while (!node_established(scene.hub))
        assert_true(world_step(scene.world, scene.world->now_ms + 5 * SECOND));
    assert_int_equal(node_tunnels(scene.hub), 0);
    assert_int_equal(node_installed(scene.hub), 0);
    assert_int_equal(scene.hub->routes, 0);
    world_run(scene.world, 2 * SECOND);
    assert_traffic(&scene);
    world_free(scene.world);
}

static void a_quick_mode_the_hub_refuses_is_reported_and_tried_again_without_storm(void **state)
{
    (void)state;
    struct world *world = world_new(18);
    struct scene scene = {.world = world, .hub = scene_hub(world)};
    scene.spoke = scene_spoke_of(
        world, text_with(scene_text("spoke"), "esp-3des esp-sha-hmac", "esp-aes esp-sha-hmac"));
    run_dialling(&scene, 10 * MINUTE);
    assert_int_equal(node_tunnels(scene.hub), 0);
    assert_true(node_refused_with(scene.hub, RULE_CIPHER));
    assert_true(scene.spoke->decision_count >= 1);
    assert_in_range(scene.hub->decision_count, 2, 25);
    world_free(world);
}

/* The seed's spoke with so many more lines in its access list. */
static char *spoke_with_lines(unsigned lines)
{
    char *text = scene_text("spoke");
    for (unsigned i = 0; i < lines; i++) {
        char line[96];
        snprintf(line, sizeof line,
                 "access-list 100 permit ip 10.2.0.0 0.0.255.255 10.%u.0.0 0.0.255.255", 100 + i);
        text = text_and(text, line);
    }
    return text;
}

static struct scene many_tunnels(uint64_t seed, unsigned lines)
{
    struct world *world = world_new(seed);
    struct scene scene = {.world = world, .hub = scene_hub(world)};
    scene.spoke = scene_spoke_of(world, spoke_with_lines(lines));
    return scene;
}

static void every_line_of_a_long_access_list_gets_its_tunnel_at_once(void **state)
{
    (void)state;
    struct scene scene = many_tunnels(30, 39);
    node_dial(scene.spoke);
    world_run(scene.world, 5 * SECOND);
    assert_int_equal(node_tunnels(scene.spoke), 40);
    assert_int_equal(node_tunnels(scene.hub), 40);
    assert_int_equal(node_established(scene.spoke), 1);
    world_free(scene.world);
}

static void all_pairs_of_a_long_access_list_are_renewed_in_time(void **state)
{
    (void)state;
    struct scene scene = many_tunnels(31, 39);
    run_dialling(&scene, 5 * SECOND);
    uint32_t before = scene.spoke->events[EV_TUNNEL_UP];
    world_run(scene.world, 3 * HOUR);
    assert_int_equal(node_tunnels(scene.spoke), 40);
    assert_int_equal(scene.spoke->events[EV_TUNNEL_UP], before);
    assert_int_equal(scene.spoke->events[EV_TUNNEL_DOWN], 0);
    world_path_lost(scene.spoke);
    world_run(scene.world, 20 * SECOND);
    assert_int_equal(scene.spoke->events[EV_TUNNEL_DOWN], 0);
    assert_true(world_packet(scene.spoke, "10.2.7.7", "10.138.9.9"));
    assert_traffic(&scene);
    world_free(scene.world);
}

static void phase_1_is_renewed_before_its_message_ids_are_used_up(void **state)
{
    (void)state;
    struct world *world = world_new(32);
    struct scene scene = {.world = world, .hub = scene_hub(world)};
    scene.spoke = scene_spoke_of(world, text_and(spoke_with_lines(39),
                                                 "crypto ipsec security-association lifetime "
                                                 "seconds 120"));
    run_dialling(&scene, 5 * SECOND);
    assert_int_equal(node_tunnels(scene.spoke), 40);
    world_run(world, 5 * HOUR);
    assert_int_equal(scene.spoke->events[EV_TUNNEL_DOWN], 0);
    assert_int_equal(scene.hub->events[EV_TUNNEL_DOWN], 0);
    assert_true(scene.spoke->events[EV_AUTHENTICATED] >= 2);
    assert_traffic(&scene);
    world_free(world);
}

static void the_next_peer_is_tried_when_the_first_is_silent(void **state)
{
    (void)state;
    struct world *world = world_new(19);
    struct scene scene = {.world = world, .hub = scene_hub(world)};
    char *text = text_with(scene_text("spoke"), "set peer 10.48.67.181",
                           "set peer 10.48.67.180\n  set peer 10.48.67.181");
    text = text_and(text, "crypto isakmp key cisco123 address 10.48.67.180");
    scene.spoke = scene_spoke_of(world, text);
    run_dialling(&scene, 40 * SECOND);
    assert_traffic(&scene);
    world_free(world);
}

static void a_hub_that_asks_a_branch_for_a_password_gets_none(void **state)
{
    (void)state;
    /* P11: a hub that has the branch's key but is another's. */
    char *hub = text_with(scene_text("hub"), "  keyring spokes\n",
                          "  keyring spokes\n  client authentication list clientauth\n");
    struct world *world = world_new(20);
    struct scene scene = {.world = world, .hub = scene_hub_of(world, hub)};
    scene.spoke = scene_spoke(world);
    run_dialling(&scene, 80 * SECOND);
    assert_int_equal(node_tunnels(scene.hub), 0);
    assert_int_equal(scene.hub->asked_password, 0);
    world_free(world);
}

static void the_right_branch_of_two_keys_takes_its_network_over_from_its_old_address(void **state)
{
    (void)state;
    /* DPD is off: the hub still holds the pair of the old address when the new one comes. */
    struct scene scene = scene_up(21);
    scene.spoke->unplugged = true; /* its goodbye is lost */
    world_move(scene.spoke, OUTSIDE, "10.100.2.241");
    scene.spoke->unplugged = false;
    run_dialling(&scene, 3 * SECOND);
    assert_int_equal(node_established(scene.hub), 2);
    assert_int_equal(node_tunnels(scene.hub), 1);
    assert_traffic(&scene);
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traffic_that_matches_the_access_list_brings_the_tunnel_up),
        cmocka_unit_test(traffic_that_does_not_match_brings_nothing_up),
        cmocka_unit_test(the_hub_never_dials_a_dynamic_entry),
        cmocka_unit_test(the_dialler_learns_how_many_tunnels_are_missing),
        cmocka_unit_test(the_pair_is_renewed_before_it_ends_and_no_packet_is_lost),
        cmocka_unit_test(a_pair_that_is_renewed_says_so_neither_to_route_nor_to_operator),
        cmocka_unit_test(phase_1_is_renewed_and_no_packet_is_lost),
        cmocka_unit_test(phase_1_is_there_all_the_time_while_the_tunnel_stands),
        cmocka_unit_test(a_soft_limit_of_the_path_renews_the_pair),
        cmocka_unit_test(the_hub_renews_when_the_spoke_does_not),
        cmocka_unit_test(p15_both_sides_renewing_at_once_end_with_one_pair_that_works),
        cmocka_unit_test(p15_both_sides_beginning_phase_1_at_once_end_with_a_tunnel_that_stays),
        cmocka_unit_test(a_new_address_brings_a_new_tunnel_and_the_hub_follows),
        cmocka_unit_test(an_address_that_is_lost_and_comes_back_the_same_needs_a_new_tunnel),
        cmocka_unit_test(a_lost_path_gets_new_keys_at_once_and_never_the_old_ones),
        cmocka_unit_test(a_client_whose_hub_lost_its_path_gets_new_keys),
        cmocka_unit_test(a_hub_that_clears_the_session_is_dialled_again),
        cmocka_unit_test(a_spoke_that_shuts_down_says_goodbye),
        cmocka_unit_test(a_shutdown_takes_pairs_without_phase_1_along),
        cmocka_unit_test(initial_contact_takes_pairs_without_phase_1_along),
        cmocka_unit_test(a_quick_mode_the_hub_refuses_is_reported_and_tried_again_without_storm),
        cmocka_unit_test(every_line_of_a_long_access_list_gets_its_tunnel_at_once),
        cmocka_unit_test(all_pairs_of_a_long_access_list_are_renewed_in_time),
        cmocka_unit_test(phase_1_is_renewed_before_its_message_ids_are_used_up),
        cmocka_unit_test(the_next_peer_is_tried_when_the_first_is_silent),
        cmocka_unit_test(a_hub_that_asks_a_branch_for_a_password_gets_none),
        cmocka_unit_test(the_right_branch_of_two_keys_takes_its_network_over_from_its_old_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
