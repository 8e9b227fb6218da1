/* Pairs are renewed from either side without losing a packet, whatever crosses, is lost or ends
 * meanwhile: scenes of two sites that may both begin, of a branch, and of a client. */
#include "replay/rekey.h"

static void a_pair_whose_renewal_ended_with_its_phase_1_is_renewed_all_the_same(void **state)
{
    (void)state;
    struct sites sites = sites_up(1, &plain);
    struct no_exchange no = {.exchange = EXCHANGE_QUICK};
    sites.world->tap = swallow_exchange;
    sites.world->tap_context = &no;
    soft(sites.left);
    world_run(sites.world, 500);
    assert_true(no.swallowed >= 1);
    clear_isakmp(sites.right); /* the DELETE arrives, the pair lives on */
    world_run(sites.world, 500);
    assert_int_equal(node_established(sites.left), 0);
    sites.world->tap = NULL;
    assert_int_equal(sites_traffic(&sites, 3 * HOUR, SECOND), 0);
    world_free(sites.world);
}

static void a_pair_that_the_other_side_began_is_renewed_after_the_end_of_phase_1(void **state)
{
    (void)state;
    /* The right side may not begin: it has no static entry, as a hub has none. */
    struct scene scene = scene_up(2);
    const struct command hub_soft = {.kind = COMMAND_SA_SOFT, .tunnel = newest(scene.hub)->self};
    node_command(scene.hub, &hub_soft); /* the hub is the initiator of the next pair */
    world_run(scene.world, MINUTE);
    clear_isakmp(scene.hub);
    unsigned lost = 0;
    for (uint64_t at = 0; at < 3 * HOUR; at += SECOND) {
        world_run(scene.world, SECOND);
        lost += !world_packet(scene.spoke, "10.2.7.7", "10.1.9.9");
        lost += !world_packet(scene.hub, "10.1.9.9", "10.2.7.7");
    }
    assert_int_equal(lost, 0);
    assert_int_equal(node_tunnels(scene.hub), 1);
    world_free(scene.world);
}

static void the_route_of_a_branch_goes_with_its_tunnel_also_when_the_hub_renewed_it(void **state)
{
    (void)state;
    struct scene scene = scene_up(6);
    assert_int_equal(scene.hub->routes, 1);
    soft(scene.hub);
    world_run(scene.world, MINUTE);
    assert_traffic(&scene);
    assert_int_equal(scene.hub->routes, 1);
    const struct command command = {.kind = COMMAND_CLEAR};
    node_command(scene.hub, &command);
    assert_int_equal(scene.hub->routes, 0);
    world_free(scene.world);
}

static void a_delete_of_a_pair_counts_under_another_phase_1_of_the_same_peer(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(5, &alice, 3000);
    struct client_sa before = scene.client->sa;
    client_rekey_phase1(scene.client);
    /* The client's own DELETE of the old one does not arrive. */
    while (scene.client->rekeying)
        assert_true(world_step(scene.world, UINT64_MAX));
    scene.world->tap = swallow_exchange;
    struct no_exchange no = {.exchange = EXCHANGE_INFORMATIONAL};
    scene.world->tap_context = &no;
    world_run(scene.world, SECOND);
    scene.world->tap = NULL;
    assert_int_equal(node_established(scene.hub), 2);
    assert_int_equal(node_tunnels(scene.hub), 1);
    struct client_sa now = scene.client->sa;
    scene.client->sa = before; /* it says so under the old one */
    client_delete_esp(scene.client, scene.client->spi_in);
    scene.client->sa = now;
    world_run(scene.world, SECOND);
    assert_int_equal(node_tunnels(scene.hub), 0);
    assert_int_equal(node_installed(scene.hub), 0);
    world_free(scene.world);
}

static void a_peer_that_sends_and_answers_no_quick_mode_keeps_its_pair(void **state)
{
    (void)state;
    /* The hub may not begin a phase 1 with a branch: it must not end what still works. */
    struct scene scene = scene_up(9);
    struct no_exchange no = {.exchange = EXCHANGE_QUICK};
    scene.world->tap = swallow_exchange;
    scene.world->tap_context = &no;
    soft(scene.hub);
    for (int i = 0; i < 200; i++) {
        world_run(scene.world, SECOND);
        assert_traffic(&scene);
    }
    scene.world->tap = NULL;
    for (int i = 0; i < 200; i++) {
        world_run(scene.world, SECOND);
        assert_traffic(&scene);
    }
    assert_true(scene.hub->events[EV_SA_CREATED] >= 2);
    world_free(scene.world);
}

static void a_lost_delete_of_a_pair_is_said_again(void **state)
{
    (void)state;
    /* To a client, which makes another pair then, and would send into the old one for ever. */
    struct client_scene scene = client_scene_played(7, &alice, 3000);
    struct no_exchange no = {.exchange = EXCHANGE_INFORMATIONAL};
    const struct command command = {.kind = COMMAND_CLEAR, .clear_scope = CLEAR_IPSEC};
    scene.world->tap = swallow_exchange;
    scene.world->tap_context = &no;
    node_command(scene.hub, &command);
    world_run(scene.world, SECOND);
    assert_int_equal(no.swallowed, 1);
    scene.world->tap = NULL;
    world_run(scene.world, 5 * SECOND);
    assert_client_up(&scene);
    /* Not for ever, and who has heard it minds nothing. */
    uint64_t tunnel = scene.client->tunnel;
    uint32_t sent = scene.hub->sent;
    world_run(scene.world, 10 * MINUTE);
    assert_in_range(scene.hub->sent - sent, 2, 3);
    assert_int_equal(scene.client->tunnel, tunnel);
    assert_client_up(&scene);
    world_free(scene.world);
}

static void a_lost_delete_is_said_again_under_the_phase_1_that_came_since(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(11, &alice, 3000);
    struct no_exchange no = {.exchange = EXCHANGE_INFORMATIONAL};
    const struct command command = {.kind = COMMAND_CLEAR, .clear_scope = CLEAR_IPSEC};
    scene.world->tap = swallow_exchange;
    scene.world->tap_context = &no;
    node_command(scene.hub, &command);
    client_rekey_phase1(scene.client);
    while (scene.client->rekeying)
        assert_true(world_step(scene.world, UINT64_MAX));
    world_run(scene.world, 100);
    scene.world->tap = NULL;
    world_run(scene.world, 5 * SECOND);
    assert_client_up(&scene);
    world_free(scene.world);
}

static void both_sides_renew_at_once_and_one_pair_comes_of_it_with_and_without_pfs(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 120; seed++) {
        const struct sites_terms terms = {.pfs = seed % 2 ? 2 : 0};
        struct sites sites = sites_up(100 + seed, &terms);
        sites.world->weather.delay_ms = 20;
        soft(sites.left);
        world_run(sites.world, seed % 60);
        soft(sites.right);
        assert_int_equal(sites_traffic(&sites, MINUTE, 10), 0);
        world_run(sites.world, MINUTE);
        assert_null(sites_differ(&sites));
        /* One new pair, not two of which one was deleted: the first and this one. */
        assert_int_equal(sites.left->events[EV_SA_CREATED], 2);
        assert_int_equal(sites.right->events[EV_SA_CREATED], 2);
        world_free(sites.world);
    }
}

/* Keeps the first quick mode message to this node. */
struct late {
    const struct node *to;
    uint8_t bytes[1024];
    size_t len;
    struct ike_path path;
};

static bool hold_back(void *context, struct node *to, const struct ike_path *path,
                      struct span bytes)
{
    struct late *late = context;
    struct ike_header header;
    struct span body;
    if (to != late->to || late->len || bytes.len > sizeof late->bytes ||
        ike_header_parse(bytes, &header, &body) != DROP_NONE || header.exchange != EXCHANGE_QUICK)
        return true;
    memcpy(late->bytes, bytes.at, bytes.len);
    late->len = bytes.len;
    late->path = *path;
    return false;
}

static void a_first_message_that_gave_way_and_comes_late_leaves_no_half_pair(void **state)
{
    (void)state;
    unsigned gave_way = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct sites sites = sites_up(250 + seed, &plain);
        struct late late = {.to = sites.right};
        sites.world->tap = hold_back;
        sites.world->tap_context = &late;
        soft(sites.left); /* its first message is on its way for long */
        soft(sites.right);
        world_run(sites.world, 500);
        sites.world->tap = NULL;
        assert_true(late.len > 0);
        bool left_gave_way = sites.left->events[EV_SA_CREATED] == 2;
        gave_way += left_gave_way;
        node_input(sites.right, &late.path, (struct span){late.bytes, late.len});
        world_run(sites.world, 500);
        if (left_gave_way) {
            assert_int_equal(sites.right->events[EV_SA_CREATED], 2);
            assert_int_equal(node_installed(sites.right), 4);
        }
        assert_int_equal(sites_traffic(&sites, 2 * MINUTE, 100), 0);
        assert_null(sites_differ(&sites));
        world_free(sites.world);
    }
    assert_in_range(gave_way, 1, 19);
}

/* -- kilobytes ------------------------------------------------------------------------------- */

#define VOLUME "crypto ipsec security-association lifetime kilobytes 2560\n"

/* So much, both ways, in packets of a kilobyte every 20 ms; how many were lost. */
static unsigned volume(struct sites *sites, unsigned kilobytes)
{
    sites->world->packet_bytes = 1024;
    return sites_traffic(sites, (uint64_t)kilobytes * 20, 20);
}

static void a_volume_is_renewed_before_it_ends_once_and_not_from_both_sides(void **state)
{
    (void)state;
    const struct sites_terms terms = {.left_lines = VOLUME, .right_lines = VOLUME};
    unsigned both = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct sites sites = sites_up(200 + seed, &terms);
        assert_int_equal(volume(&sites, 5 * 2560), 0);
        /* Each pair carried between 70 and 95 % of its volume. */
        assert_in_range(sites.left->events[EV_SA_CREATED], 6, 8);
        assert_int_equal(sites.left->events[EV_SA_CREATED], sites.right->events[EV_SA_CREATED]);
        both += sites.right->events[EV_INITIATE];
        world_free(sites.world);
    }
    /* Who began a pair renews it: the other side does not begin as well. */
    assert_int_equal(both, 0);
}

static void the_smaller_volume_is_both_sides(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++) {
        const struct sites_terms terms = {.left_lines = side ? VOLUME : "",
                                          .right_lines = side ? "" : VOLUME};
        struct sites sites = sites_up(220, &terms);
        assert_int_equal(newest(sites.left)->suite.lifetime_kb, 2560);
        assert_int_equal(newest(sites.right)->suite.lifetime_kb, 2560);
        assert_int_equal(volume(&sites, 3 * 2560), 0);
        assert_in_range(sites.left->events[EV_SA_CREATED], 4, 5);
        assert_in_range(sites.right->events[EV_SA_CREATED], 4, 5);
        world_free(sites.world);
    }
}

static void a_volume_that_only_one_way_uses_up_is_renewed_too(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++) {
        const struct sites_terms terms = {.left_lines = VOLUME, .right_lines = VOLUME};
        struct sites sites = sites_up(230, &terms);
        unsigned lost = 0;
        sites.world->packet_bytes = 1024;
        for (int i = 0; i < 3 * 2560; i++) {
            world_run(sites.world, 20);
            lost += side ? !world_packet(sites.right, RIGHT_INSIDE, LEFT_INSIDE)
                         : !world_packet(sites.left, LEFT_INSIDE, RIGHT_INSIDE);
        }
        assert_int_equal(lost, 0);
        assert_in_range(sites.left->events[EV_SA_CREATED], 4, 5);
        world_free(sites.world);
    }
}

/* -- the commit bit -------------------------------------------------------------------------- */

/* The hub renews the pair of a client that sets the bit in QM2. */
static struct client_scene renewed_with_commit(uint64_t seed)
{
    struct client_scene scene = client_scene_played(seed, &alice, 3000);
    scene.client->habits.commit = true;
    struct status_ipsec row;
    assert_int_equal(node_ipsec(scene.hub, &row, 1), 1);
    const struct command command = {.kind = COMMAND_SA_SOFT, .tunnel = row.tunnel};
    node_command(scene.hub, &command);
    world_run(scene.world, 100);
    assert_int_equal(scene.client->rekeys, 1); /* QM3 was there */
    return scene;
}

static void who_asks_for_commit_is_sent_nothing_on_the_new_pair_until_it_says_so(void **state)
{
    (void)state;
    struct client_scene scene = renewed_with_commit(300);
    /* The old pair both ways, the new one inbound only. */
    assert_int_equal(node_installed(scene.hub), 3);
    struct client_exchange *x = &scene.client->exchanges[0];
    client_connected(scene.client, x);
    world_run(scene.world, 100);
    assert_int_equal(node_installed(scene.hub), 4);
    assert_client_up(&scene);
    world_run(scene.world, MINUTE);
    assert_int_equal(node_installed(scene.hub), 2);
    world_free(scene.world);
}

static void commit_that_nobody_completes_waits_for_a_packet_or_two_seconds(void **state)
{
    (void)state;
    for (int packet = 0; packet < 2; packet++) {
        struct client_scene scene = renewed_with_commit(301);
        char lease[ADDR_TEXT];
        addr_format(scene.client->lease, lease);
        assert_int_equal(node_installed(scene.hub), 3);
        if (packet)
            assert_true(world_packet(scene.client->node, lease, "10.1.0.1"));
        else
            world_run(scene.world, 2 * SECOND);
        assert_int_equal(node_installed(scene.hub), 4);
        assert_true(world_packet(scene.hub, "10.1.0.1", lease));
        world_run(scene.world, 2 * MINUTE);
        assert_int_equal(node_installed(scene.hub), 2);
        assert_client_up(&scene);
        world_free(scene.world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_whose_renewal_ended_with_its_phase_1_is_renewed_all_the_same),
        cmocka_unit_test(a_pair_that_the_other_side_began_is_renewed_after_the_end_of_phase_1),
        cmocka_unit_test(the_route_of_a_branch_goes_with_its_tunnel_also_when_the_hub_renewed_it),
        cmocka_unit_test(a_delete_of_a_pair_counts_under_another_phase_1_of_the_same_peer),
        cmocka_unit_test(a_peer_that_sends_and_answers_no_quick_mode_keeps_its_pair),
        cmocka_unit_test(a_lost_delete_of_a_pair_is_said_again),
        cmocka_unit_test(a_lost_delete_is_said_again_under_the_phase_1_that_came_since),
        cmocka_unit_test(both_sides_renew_at_once_and_one_pair_comes_of_it_with_and_without_pfs),
        cmocka_unit_test(a_first_message_that_gave_way_and_comes_late_leaves_no_half_pair),
        cmocka_unit_test(a_volume_is_renewed_before_it_ends_once_and_not_from_both_sides),
        cmocka_unit_test(the_smaller_volume_is_both_sides),
        cmocka_unit_test(a_volume_that_only_one_way_uses_up_is_renewed_too),
        cmocka_unit_test(who_asks_for_commit_is_sent_nothing_on_the_new_pair_until_it_says_so),
        cmocka_unit_test(commit_that_nobody_completes_waits_for_a_packet_or_two_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
