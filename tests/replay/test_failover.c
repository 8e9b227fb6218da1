/* Several peers of one static entry: who is tried next when one does not answer or has died, the
 * return to the preferred one, and names that move. */
#include "replay/scene.h"

#include <stdio.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND };
#define SECOND_HUB "10.48.67.182"

/* A spoke and two hubs with the document's configuration; peers: the lines of its entry. */
struct two_hubs {
    struct world *world;
    struct node *first, *second, *spoke;
};

static struct two_hubs two_hubs(uint64_t seed, const char *peers)
{
    struct two_hubs scene = {.world = world_new(seed)};
    char *text = text_with(scene_text("spoke"), "  set peer 10.48.67.181", peers);
    text = text_and(text, "crypto isakmp key cisco123 address " SECOND_HUB "\n"
                          "crypto isakmp keepalive 10");
    scene.first = scene_hub(scene.world);
    char *hub = scene_text("hub");
    scene.second = world_engine(scene.world, "hub2", hub, OUTSIDE, SECOND_HUB);
    free(hub);
    scene.spoke = scene_spoke_of(scene.world, text);
    return scene;
}

static bool traffic_with(struct two_hubs *scene, struct node *hub)
{
    return world_packet(scene->spoke, "10.2.7.7", "10.1.9.9") &&
           world_packet(hub, "10.1.9.9", "10.2.7.7");
}

/* A packet a second, and the dialler, until the hub has it; seconds, or `most`. */
static unsigned seconds_to(struct two_hubs *scene, struct node *hub, bool dialling, unsigned most)
{
    for (unsigned s = 0; s < most; s++) {
        if (dialling)
            node_dial(scene->spoke);
        if (world_packet(scene->spoke, "10.2.7.7", "10.1.9.9") && node_tunnels(hub) &&
            traffic_with(scene, hub))
            return s;
        world_run(scene->world, SECOND);
    }
    return most;
}

static void the_first_peer_that_answers_gets_the_tunnel(void **state)
{
    (void)state;
    struct two_hubs scene = two_hubs(1, "  set peer 10.48.67.181\n  set peer " SECOND_HUB);
    assert_true(seconds_to(&scene, scene.first, false, 5) < 3);
    assert_int_equal(node_tunnels(scene.second), 0);
    world_free(scene.world);
}

static void a_first_peer_that_is_silent_is_left_after_seconds(void **state)
{
    (void)state;
    for (int dialling = 0; dialling < 2; dialling++) {
        struct two_hubs scene = two_hubs(2, "  set peer 10.48.67.181\n  set peer " SECOND_HUB);
        scene.first->unplugged = true;
        assert_in_range(seconds_to(&scene, scene.second, dialling, 30), 7, 9);
        assert_int_equal(node_tunnels(scene.spoke), 1);
        world_free(scene.world);
    }
}

static void a_peer_that_died_is_followed_by_the_next_without_any_traffic(void **state)
{
    (void)state;
    struct two_hubs scene = two_hubs(3, "  set peer 10.48.67.181\n  set peer " SECOND_HUB);
    assert_true(seconds_to(&scene, scene.first, false, 5) < 3);
    scene.first->unplugged = true;
    world_run(scene.world, 22 * SECOND); /* 10 s of silence, five probes 2 s apart */
    assert_int_equal(node_tunnels(scene.second), 1);
    assert_true(traffic_with(&scene, scene.second));
    assert_int_equal(node_tunnels(scene.spoke), 1);
    assert_int_equal(node_established(scene.spoke), 1);
    world_free(scene.world);
}

static void without_a_default_the_tunnel_stays_where_it_is(void **state)
{
    (void)state;
    struct two_hubs scene = two_hubs(4, "  set peer 10.48.67.181\n  set peer " SECOND_HUB);
    scene.first->unplugged = true;
    assert_true(seconds_to(&scene, scene.second, true, 30) < 10);
    scene.first->unplugged = false;
    (void)seconds_to(&scene, scene.first, true, 300);
    assert_int_equal(node_tunnels(scene.first), 0);
    /* And the next one begins where the last one was. */
    const struct command clear = {.kind = COMMAND_CLEAR};
    node_command(scene.spoke, &clear);
    world_run(scene.world, SECOND);
    assert_true(seconds_to(&scene, scene.second, true, 30) < 3);
    world_free(scene.world);
}

static void the_tunnel_returns_to_the_default_peer_and_no_packet_is_lost(void **state)
{
    (void)state;
    struct two_hubs scene =
        two_hubs(5, "  set peer " SECOND_HUB "\n  set peer 10.48.67.181 default");
    assert_true(seconds_to(&scene, scene.first, true, 5) < 3); /* it goes before its elders */
    scene.first->unplugged = true;
    assert_true(seconds_to(&scene, scene.second, true, 60) < 25);
    world_run(scene.world, 5 * SECOND);
    scene.first->unplugged = false;
    unsigned s = 0, lost = 0;
    for (; s < 120 && !world_packet(scene.first, "10.1.9.9", "10.2.7.7"); s++) {
        node_dial(scene.spoke);
        world_run(scene.world, SECOND);
        lost += !world_packet(scene.spoke, "10.2.7.7", "10.1.9.9");
    }
    assert_true(s < 70); /* the longest pause */
    assert_int_equal(lost, 0);
    world_run(scene.world, SECOND);
    assert_true(traffic_with(&scene, scene.first));
    /* The other one was told, and sends into the tunnel no more. */
    assert_int_equal(node_tunnels(scene.second), 0);
    assert_int_equal(scene.second->routes, 0);
    assert_int_equal(node_established(scene.second), 0);
    assert_int_equal(scene.spoke->events[EV_TUNNEL_DOWN], 1); /* when the first one died */
    world_free(scene.world);
}

static void a_default_peer_that_stays_away_costs_the_tunnel_nothing(void **state)
{
    (void)state;
    struct two_hubs scene = two_hubs(6, "  set peer 10.48.67.181 default\n  set peer " SECOND_HUB);
    scene.first->unplugged = true;
    assert_true(seconds_to(&scene, scene.second, true, 30) < 10);
    uint32_t sent = scene.spoke->sent;
    for (int i = 0; i < 600; i++) {
        node_dial(scene.spoke);
        world_run(scene.world, SECOND);
        assert_true(traffic_with(&scene, scene.second));
    }
    assert_in_range(scene.spoke->sent - sent, 5, 200); /* three a minute, and probes */
    assert_int_equal(node_tunnels(scene.spoke), 1);
    world_free(scene.world);
}

static void peers_that_are_all_away_are_tried_in_turn_for_ever(void **state)
{
    (void)state;
    struct two_hubs scene = two_hubs(7, "  set peer 10.48.67.181\n  set peer " SECOND_HUB);
    scene.first->unplugged = scene.second->unplugged = true;
    (void)seconds_to(&scene, scene.first, true, 600);
    assert_in_range(scene.spoke->sent, 40, 200);
    scene.second->unplugged = false;
    assert_true(seconds_to(&scene, scene.second, true, 120) < 100);
    world_free(scene.world);
}

static void two_access_list_lines_are_two_tunnels_with_one_peer(void **state)
{
    (void)state;
    struct two_hubs scene = {.world = world_new(9)};
    char *text = text_with(scene_text("spoke"), "  set peer 10.48.67.181",
                           "  set peer 10.48.67.181\n  set peer " SECOND_HUB);
    text = text_and(text, "access-list 100 permit ip 10.2.0.0 0.0.255.255 10.9.0.0 0.0.255.255\n"
                          "crypto isakmp key cisco123 address " SECOND_HUB "\n"
                          "crypto isakmp keepalive 10");
    scene.first = scene_hub(scene.world);
    char *hub = scene_text("hub");
    scene.second = world_engine(scene.world, "hub2", hub, OUTSIDE, SECOND_HUB);
    free(hub);
    scene.spoke = scene_spoke_of(scene.world, text);
    node_dial(scene.spoke);
    world_run(scene.world, 2 * SECOND);
    assert_int_equal(node_tunnels(scene.spoke), 2);
    assert_int_equal(node_tunnels(scene.first), 2);
    assert_int_equal(node_established(scene.spoke), 1);
    scene.first->unplugged = true;
    world_run(scene.world, 25 * SECOND);
    assert_int_equal(node_tunnels(scene.second), 2);
    assert_int_equal(node_established(scene.spoke), 1);
    world_free(scene.world);
}

/* -- names ----------------------------------------------------------------------------- */

static struct two_hubs by_name(uint64_t seed, const char *line)
{
    return two_hubs(seed, line);
}

static const char *const at_first[] = {"10.48.67.181", NULL};
static const char *const at_second[] = {SECOND_HUB, NULL};

static void a_name_is_looked_up_before_it_is_dialled(void **state)
{
    (void)state;
    struct two_hubs scene = by_name(20, "  set peer hub.example");
    assert_false(world_packet(scene.spoke, "10.2.7.7", "10.1.9.9"));
    assert_false(world_packet(scene.spoke, "10.2.7.7", "10.1.9.9"));
    assert_int_equal(scene.spoke->asked_name, 1);
    assert_string_equal(scene.spoke->last_name.host, "hub.example");
    assert_int_equal(scene.spoke->sent, 0);
    node_named(scene.spoke, "hub.example", at_first);
    world_run(scene.world, SECOND);
    assert_true(traffic_with(&scene, scene.first)); /* what waited began by itself */
    world_free(scene.world);
}

static void a_name_without_an_address_is_asked_for_again(void **state)
{
    (void)state;
    struct two_hubs scene = by_name(21, "  set peer hub.example");
    node_dial(scene.spoke);
    node_named(scene.spoke, "hub.example", NULL);
    assert_int_equal(scene.spoke->sent, 0);
    world_run(scene.world, 3 * SECOND);
    node_dial(scene.spoke);
    assert_int_equal(scene.spoke->asked_name, 2);
    /* Nobody answers at all: not for ever. */
    world_run(scene.world, 16 * SECOND);
    node_dial(scene.spoke);
    assert_int_equal(scene.spoke->asked_name, 3);
    node_named(scene.spoke, "hub.example", at_first);
    world_run(scene.world, SECOND);
    assert_true(traffic_with(&scene, scene.first));
    world_free(scene.world);
}

static void answers_that_nobody_asked_for_change_nothing(void **state)
{
    (void)state;
    struct two_hubs scene = by_name(22, "  set peer hub.example dynamic");
    node_dial(scene.spoke);
    node_named(scene.spoke, "hub.example", at_first);
    world_run(scene.world, SECOND);
    node_named(scene.spoke, "hub.example", at_second);
    node_named(scene.spoke, "other.example", at_second);
    world_run(scene.world, 10 * SECOND);
    assert_true(traffic_with(&scene, scene.first));
    assert_int_equal(node_tunnels(scene.second), 0);
    world_free(scene.world);
}

static void a_name_that_moved_is_followed_when_its_peer_is_dead(void **state)
{
    (void)state;
    struct two_hubs scene = by_name(23, "  set peer hub.example");
    node_dial(scene.spoke);
    node_named(scene.spoke, "hub.example", at_first);
    world_run(scene.world, SECOND);
    assert_true(traffic_with(&scene, scene.first));
    /* It is asked again when its time is over, and the tunnel stays where it is. */
    world_run(scene.world, 5 * MINUTE);
    node_dial(scene.spoke);
    assert_int_equal(scene.spoke->asked_name, 2);
    node_named(scene.spoke, "hub.example", at_second);
    for (int i = 0; i < 10; i++) {
        node_dial(scene.spoke);
        world_run(scene.world, SECOND);
    }
    assert_true(traffic_with(&scene, scene.first));
    assert_int_equal(node_tunnels(scene.second), 0);
    scene.first->unplugged = true;
    world_run(scene.world, 25 * SECOND);
    assert_int_equal(scene.spoke->asked_name, 3); /* dialling asks */
    node_named(scene.spoke, "hub.example", at_second);
    world_run(scene.world, SECOND);
    assert_true(traffic_with(&scene, scene.second));
    world_free(scene.world);
}

static void a_dynamic_name_is_followed_at_once_and_no_packet_is_lost(void **state)
{
    (void)state;
    struct two_hubs scene = by_name(24, "  set peer hub.example dynamic");
    node_dial(scene.spoke);
    node_named(scene.spoke, "hub.example", at_first);
    world_run(scene.world, SECOND);
    assert_true(traffic_with(&scene, scene.first));
    world_run(scene.world, 11 * SECOND);
    node_dial(scene.spoke);
    assert_int_equal(scene.spoke->asked_name, 2);
    /* Nothing is found: it stays, whatever that means. */
    node_named(scene.spoke, "hub.example", NULL);
    world_run(scene.world, 11 * SECOND);
    assert_true(traffic_with(&scene, scene.first));
    node_dial(scene.spoke);
    assert_int_equal(scene.spoke->asked_name, 3);
    node_named(scene.spoke, "hub.example", at_second);
    unsigned lost = 0;
    for (int i = 0; i < 20; i++) {
        world_run(scene.world, 100);
        lost += !world_packet(scene.spoke, "10.2.7.7", "10.1.9.9");
    }
    assert_int_equal(lost, 0);
    assert_true(traffic_with(&scene, scene.second));
    assert_int_equal(node_tunnels(scene.first), 0);
    assert_int_equal(scene.spoke->events[EV_TUNNEL_DOWN], 0);
    world_free(scene.world);
}

static void a_forged_address_of_a_dynamic_name_takes_no_tunnel_down(void **state)
{
    (void)state;
    struct two_hubs scene = by_name(25, "  set peer hub.example dynamic");
    static const char *const nowhere[] = {"192.0.2.66", NULL};
    node_dial(scene.spoke);
    node_named(scene.spoke, "hub.example", at_first);
    world_run(scene.world, 11 * SECOND);
    node_dial(scene.spoke);
    node_named(scene.spoke, "hub.example", nowhere);
    for (int i = 0; i < 120; i++) {
        node_dial(scene.spoke);
        world_run(scene.world, SECOND);
        assert_true(traffic_with(&scene, scene.first));
    }
    assert_int_equal(node_tunnels(scene.spoke), 1);
    world_free(scene.world);
}

/* -- a hub that begins ------------------------------------------------------------------ */

/* The hub's configuration with a static entry for one branch in front of, or behind, the dynamic.
 */
static char *hub_with_entry(const char *map_line, const char *more)
{
    char lines[1024];
    snprintf(lines, sizeof lines,
             "access-list 150 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255\n"
             "%s\n  set peer " SPOKE_ADDRESS "\n  set transform-set myset\n"
             "  match address 150\n%s",
             map_line, more);
    return text_and(scene_text("hub"), lines);
}

static void the_hub_begins_a_static_entry_on_traffic(void **state)
{
    (void)state;
    struct world *world = world_new(30);
    struct scene scene = {.world = world};
    scene.hub =
        scene_hub_of(world, hub_with_entry("crypto map mymap 5 ipsec-isakmp", "  reverse-route\n"));
    scene.spoke = scene_spoke(world);
    assert_false(world_packet(scene.hub, "10.1.9.9", "10.2.7.7"));
    world_run(world, SECOND);
    assert_traffic(&scene);
    assert_int_equal(scene.hub->events[EV_INITIATE], 2);
    assert_int_equal(scene.spoke->events[EV_INITIATE], 0);
    assert_int_equal(scene.hub->routes, 1); /* reverse-route */
    const struct command clear = {.kind = COMMAND_CLEAR};
    node_command(scene.hub, &clear);
    assert_int_equal(scene.hub->routes, 0);
    world_free(world);
}

static void without_reverse_route_a_static_entry_has_no_route(void **state)
{
    (void)state;
    static const char *const more[] = {"", "  reverse-route static\n"};
    for (size_t i = 0; i < 2; i++) {
        struct world *world = world_new(31);
        struct scene scene = {.world = world};
        scene.hub = scene_hub_of(world, hub_with_entry("crypto map mymap 5 ipsec-isakmp", more[i]));
        scene.spoke = scene_spoke(world);
        node_dial(scene.hub);
        world_run(world, SECOND);
        assert_traffic(&scene);
        assert_int_equal(scene.hub->routes, 0);
        world_free(world);
    }
}

static void a_peer_of_a_static_entry_never_ends_in_the_dynamic_one(void **state)
{
    (void)state;
    static const char *const lines[] = {"crypto map mymap 5 ipsec-isakmp",
                                        "crypto map mymap 900 ipsec-isakmp"};
    for (size_t i = 0; i < 2; i++) {
        struct world *world = world_new(32);
        struct scene scene = {.world = world};
        scene.hub = scene_hub_of(world, hub_with_entry(lines[i], ""));
        scene.spoke = scene_spoke(world);
        node_dial(scene.spoke);
        world_run(world, SECOND);
        assert_traffic(&scene);
        assert_int_equal(scene.hub->routes, 0); /* a dynamic entry would have one */
        world_free(world);
    }
}

static void an_idle_tunnel_ends_and_traffic_brings_it_back(void **state)
{
    (void)state;
    struct world *world = world_new(33);
    struct scene scene = {.world = world};
    scene.hub = scene_hub(world);
    scene.spoke = scene_spoke_of(world, text_with(scene_text("spoke"), "  set peer 10.48.67.181",
                                                  "  set peer 10.48.67.181\n"
                                                  "  set security-association idle-time 60"));
    assert_false(world_packet(scene.spoke, "10.2.7.7", "10.1.9.9"));
    world_run(world, SECOND);
    assert_traffic(&scene);
    for (int i = 0; i < 5; i++) {
        world_run(world, 50 * SECOND);
        assert_traffic(&scene); /* what the path has counted keeps it */
    }
    world_run(world, 61 * SECOND);
    assert_int_equal(node_tunnels(scene.spoke), 0);
    assert_int_equal(node_tunnels(scene.hub), 0); /* it was told */
    assert_false(world_packet(scene.spoke, "10.2.7.7", "10.1.9.9"));
    world_run(world, SECOND);
    assert_traffic(&scene);
    world_free(world);
}

/* -- aggressive mode ---------------------------------------------------------------------- */

/* A spoke whose entry asks for aggressive mode, and a hub that has a key for exactly its address.
 */
static struct scene aggressive(uint64_t seed, const char *hubs_key)
{
    struct world *world = world_new(seed);
    struct scene scene = {.world = world};
    char line[160];
    snprintf(line, sizeof line,
             "crypto keyring spokes\n  pre-shared-key address " SPOKE_ADDRESS " key %s\n",
             hubs_key);
    scene.hub = scene_hub_of(world, text_and(scene_text("hub"), line));
    char *text = text_and(scene_text("spoke"), "crypto isakmp profile quick\n"
                                               "  match identity address 10.48.67.181\n"
                                               "  initiate mode aggressive");
    text =
        text_with(text, "  match address 100", "  match address 100\n  set isakmp-profile quick");
    scene.spoke = scene_spoke_of(world, text);
    return scene;
}

static void a_profile_may_ask_for_aggressive_mode(void **state)
{
    (void)state;
    struct scene scene = aggressive(40, "cisco123");
    node_dial(scene.spoke);
    world_run(scene.world, SECOND);
    assert_traffic(&scene);
    struct status_ike row;
    assert_int_equal(node_ike(scene.hub, &row, 1), 1);
    assert_true(row.aggressive);
    /* It is renewed in the same mode, and nothing is lost on the way. */
    for (int i = 0; i < 26 * 60; i++) {
        world_run(scene.world, MINUTE);
        node_dial(scene.spoke);
        assert_traffic(&scene);
    }
    assert_int_equal(node_tunnels(scene.hub), 1);
    world_free(scene.world);
}

static void lost_messages_of_aggressive_mode_are_repeated(void **state)
{
    (void)state;
    for (size_t lost = 0; lost < 3; lost++) {
        struct scene scene = aggressive(41, "cisco123");
        struct swallow swallow = {.at = lost};
        scene.world->tap = swallow_one;
        scene.world->tap_context = &swallow;
        node_dial(scene.spoke);
        world_run(scene.world, 10 * SECOND);
        assert_traffic(&scene);
        world_free(scene.world);
    }
}

static void a_hub_with_another_key_is_not_believed(void **state)
{
    (void)state;
    struct scene scene = aggressive(42, "another1");
    node_dial(scene.spoke);
    world_run(scene.world, 5 * SECOND);
    assert_int_equal(node_established(scene.spoke), 0);
    assert_true(node_refused_with(scene.spoke, RULE_HASH));
    assert_true(node_drops(scene.spoke, DROP_IKE_HASH) > 0);
    world_run(scene.world, 60 * SECOND);
    assert_int_equal(node_tunnels(scene.spoke), 0);
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_peer_that_answers_gets_the_tunnel),
        cmocka_unit_test(a_first_peer_that_is_silent_is_left_after_seconds),
        cmocka_unit_test(a_peer_that_died_is_followed_by_the_next_without_any_traffic),
        cmocka_unit_test(without_a_default_the_tunnel_stays_where_it_is),
        cmocka_unit_test(the_tunnel_returns_to_the_default_peer_and_no_packet_is_lost),
        cmocka_unit_test(a_default_peer_that_stays_away_costs_the_tunnel_nothing),
        cmocka_unit_test(peers_that_are_all_away_are_tried_in_turn_for_ever),
        cmocka_unit_test(two_access_list_lines_are_two_tunnels_with_one_peer),
        cmocka_unit_test(a_name_is_looked_up_before_it_is_dialled),
        cmocka_unit_test(a_name_without_an_address_is_asked_for_again),
        cmocka_unit_test(answers_that_nobody_asked_for_change_nothing),
        cmocka_unit_test(a_name_that_moved_is_followed_when_its_peer_is_dead),
        cmocka_unit_test(a_dynamic_name_is_followed_at_once_and_no_packet_is_lost),
        cmocka_unit_test(a_forged_address_of_a_dynamic_name_takes_no_tunnel_down),
        cmocka_unit_test(the_hub_begins_a_static_entry_on_traffic),
        cmocka_unit_test(without_reverse_route_a_static_entry_has_no_route),
        cmocka_unit_test(a_peer_of_a_static_entry_never_ends_in_the_dynamic_one),
        cmocka_unit_test(an_idle_tunnel_ends_and_traffic_brings_it_back),
        cmocka_unit_test(a_profile_may_ask_for_aggressive_mode),
        cmocka_unit_test(lost_messages_of_aggressive_mode_are_repeated),
        cmocka_unit_test(a_hub_with_another_key_is_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
