/* Phase 1 is renewed from either side, at once from both, and may be lost or end before its pairs:
 * no packet is lost, and both sides keep the same one. */
#include "replay/rekey.h"

static void both_sides_begin_phase_1_at_once_and_keep_the_same_one(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 120; seed++) {
        struct sites sites = sites_new(400 + seed, &plain);
        sites.world->weather =
            (struct weather){.delay_ms = 15, .jitter_ms = (uint32_t)(seed % 5) * 10};
        node_dial(sites.left);
        world_run(sites.world, seed % 25);
        node_dial(sites.right);
        world_run(sites.world, 5 * SECOND);
        assert_int_equal(sites_traffic(&sites, MINUTE, 100), 0);
        assert_null(sites_differ(&sites));
        /* Nobody deletes more than the one that gave way. */
        assert_in_range(sites.left->events[EV_IKE_DELETED], 0, 1);
        assert_in_range(sites.right->events[EV_IKE_DELETED], 0, 1);
        assert_int_equal(sites_traffic(&sites, 2 * HOUR, SECOND), 0);
        assert_null(sites_differ(&sites));
        world_free(sites.world);
    }
}

static void both_sides_renew_phase_1_at_once_and_keep_the_same_one(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 120; seed++) {
        struct sites sites = sites_up(600 + seed, &plain);
        sites.world->weather.delay_ms = 15;
        node_renew_phase1(sites.left);
        world_run(sites.world, seed % 25);
        node_renew_phase1(sites.right);
        assert_int_equal(sites_traffic(&sites, 2 * MINUTE, 50), 0);
        assert_null(sites_differ(&sites));
        assert_int_equal(sites.left->events[EV_IKE_DELETED], 2);
        assert_int_equal(sites.right->events[EV_IKE_DELETED], 2);
        world_free(sites.world);
    }
}

static void who_renewed_phase_1_deletes_the_old_one_late(void **state)
{
    (void)state;
    struct sites sites = sites_up(700, &plain);
    node_renew_phase1(sites.left);
    assert_int_equal(sites_traffic(&sites, 5 * SECOND, 10), 0);
    assert_int_equal(node_established(sites.left), 2);
    assert_int_equal(node_established(sites.right), 2);
    assert_int_equal(sites_traffic(&sites, MINUTE, 10), 0);
    assert_null(sites_differ(&sites));
    world_free(sites.world);
}

static void a_tunnel_asked_for_while_both_begin_is_made_once(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct sites sites = sites_new(720 + seed, &plain);
        sites.world->weather.delay_ms = 15;
        node_dial(sites.left);
        node_dial(sites.right);
        world_run(sites.world, MINUTE);
        assert_int_equal(sites.left->sessions_open, 1);
        assert_int_equal(sites.right->sessions_open, 1);
        assert_int_equal(sites.left->events[EV_SA_CREATED], 1);
        assert_int_equal(sites_packets(&sites), 0);
        world_free(sites.world);
    }
}

static void a_quick_mode_under_a_phase_1_that_gave_way_belongs_to_the_one_that_stays(void **state)
{
    (void)state;
    struct sites sites = sites_up(760, &plain);
    node_renew_phase1(sites.left);
    sites.world->weather.delay_ms = 100;
    /* Quick mode begins under the old SA and ends when the new one stands. */
    world_run(sites.world, 30);
    soft(sites.right);
    world_run(sites.world, 2 * MINUTE);
    assert_null(sites_differ(&sites));
    const struct child *child = newest(sites.right);
    assert_true(slots_get(&sites.right->engine->sas, child->sa) != NULL);
    assert_true(slots_get(&sites.right->engine->sessions, child->session) != NULL);
    world_free(sites.world);
}

static void a_responders_shorter_phase_1_is_the_initiators_too(void **state)
{
    (void)state;
    const struct sites_terms terms = {.left_phase1_s = 86400, .right_phase1_s = 600};
    struct sites sites = sites_up(770, &terms);
    for (int i = 0; i < 3600; i++) {
        assert_int_equal(sites_traffic(&sites, SECOND, SECOND), 0);
        assert_true(node_established(sites.left) >= 1);
        assert_true(node_established(sites.right) >= 1);
    }
    world_free(sites.world);
}

static void a_phase_1_that_the_peer_has_lost_is_found_out_before_the_pair_ends(void **state)
{
    (void)state;
    /* Its DELETE is lost, and the traffic is a sign of life, so that nobody probes. */
    struct sites sites = sites_up(8, &plain);
    struct no_exchange no = {.exchange = EXCHANGE_INFORMATIONAL};
    sites.world->tap = swallow_exchange;
    sites.world->tap_context = &no;
    clear_isakmp(sites.right);
    world_run(sites.world, SECOND);
    sites.world->tap = NULL;
    assert_int_equal(node_established(sites.left), 1);
    assert_int_equal(node_established(sites.right), 0);
    soft(sites.left);
    assert_int_equal(sites_traffic(&sites, MINUTE, 100), 0);
    assert_int_equal(sites.left->events[EV_SA_CREATED], 2);
    assert_int_equal(sites_traffic(&sites, 2 * HOUR, SECOND), 0);
    assert_null(sites_differ(&sites));
    world_free(sites.world);
}

static void a_new_tunnel_under_a_phase_1_that_the_peer_has_lost_comes_up_without_dpd(void **state)
{
    (void)state;
    struct sites sites = sites_up(10, &plain);
    const struct command command = {.kind = COMMAND_CLEAR, .clear_scope = CLEAR_IPSEC};
    node_command(sites.left, &command);
    world_run(sites.world, 100);
    world_restart(sites.right, SITES_INTERFACE); /* nothing is left of it there */
    unsigned seconds = 0;
    for (; seconds < 120 && !world_packet(sites.left, LEFT_INSIDE, RIGHT_INSIDE); seconds++) {
        node_dial(sites.left);
        world_run(sites.world, SECOND);
    }
    assert_in_range(seconds, 1, 70);
    world_run(sites.world, MINUTE);
    assert_null(sites_differ(&sites));
    world_free(sites.world);
}

static void pairs_that_outlive_phase_1_are_not_forgotten_by_the_next_phase_1(void **state)
{
    (void)state;
    struct sites sites = sites_up(3, &plain);
    clear_isakmp(sites.left);
    world_run(sites.world, SECOND);
    assert_int_equal(node_established(sites.right), 0);
    assert_int_equal(node_tunnels(sites.right), 1);
    /* Packets as close as 5 ms, over the whole of the next phase 1 and quick mode. */
    uint32_t begun = sites.left->events[EV_INITIATE] + sites.right->events[EV_INITIATE];
    while (sites.left->events[EV_INITIATE] + sites.right->events[EV_INITIATE] == begun)
        assert_int_equal(sites_traffic(&sites, SECOND, SECOND), 0);
    assert_int_equal(sites_traffic(&sites, MINUTE, 5), 0);
    assert_null(sites_differ(&sites));
    assert_int_equal(sites.right->events[EV_TUNNEL_DOWN], 0);
    world_free(sites.world);
}

static void who_deletes_phase_1_after_every_quick_mode_keeps_the_tunnel(void **state)
{
    (void)state;
    struct sites sites = sites_up(4, &plain);
    unsigned lost = 0;
    for (int hours = 0; hours < 6; hours++) {
        clear_isakmp(hours % 2 ? sites.left : sites.right);
        lost += sites_traffic(&sites, HOUR, SECOND);
    }
    assert_int_equal(lost, 0);
    assert_int_equal(sites.left->events[EV_TUNNEL_DOWN], 0);
    assert_int_equal(sites.right->events[EV_TUNNEL_DOWN], 0);
    world_free(sites.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_begin_phase_1_at_once_and_keep_the_same_one),
        cmocka_unit_test(both_sides_renew_phase_1_at_once_and_keep_the_same_one),
        cmocka_unit_test(who_renewed_phase_1_deletes_the_old_one_late),
        cmocka_unit_test(a_tunnel_asked_for_while_both_begin_is_made_once),
        cmocka_unit_test(a_quick_mode_under_a_phase_1_that_gave_way_belongs_to_the_one_that_stays),
        cmocka_unit_test(a_responders_shorter_phase_1_is_the_initiators_too),
        cmocka_unit_test(a_phase_1_that_the_peer_has_lost_is_found_out_before_the_pair_ends),
        cmocka_unit_test(a_new_tunnel_under_a_phase_1_that_the_peer_has_lost_comes_up_without_dpd),
        cmocka_unit_test(pairs_that_outlive_phase_1_are_not_forgotten_by_the_next_phase_1),
        cmocka_unit_test(who_deletes_phase_1_after_every_quick_mode_keeps_the_tunnel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
