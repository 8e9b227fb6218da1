/* Quick mode in both directions: proposals, proxies, PFS, lifetimes, the commit bit, replays. */
#include "replay/scene.h"

#include "ike/wire.h"

#include <stdio.h>
#include <stdlib.h>

static struct selector net(const char *address, uint8_t len)
{
    return selector_of_prefix(prefix_of(world_addr(address), len));
}

static struct status_ipsec the_pair(const struct node *node)
{
    struct status_ipsec row;
    assert_int_equal(node_ipsec(node, &row, 1), 1);
    return row;
}

/* A client that has its lease and asks for nothing yet. */
static struct client_scene leased(uint64_t seed, const struct client_habits *habits)
{
    struct client_habits stopped = *habits;
    stopped.stop_at = CLIENT_LEASED;
    struct client_scene scene = client_scene_played(seed, &stopped, 2000);
    assert_int_equal(scene.client->stage, CLIENT_LEASED);
    return scene;
}

static void a_client_may_ask_for_any_hub_network_with_its_lease_as_its_side(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        uint8_t len;
    } rows[] = {{"0.0.0.0", 0}, {"10.1.0.0", 16}, {"10.1.9.9", 32}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct client_scene scene = leased(1 + i, &alice);
        client_quick_mode(scene.client, selector_of_addr(scene.client->lease),
                          net(rows[i].address, rows[i].len));
        world_run(scene.world, 1000);
        assert_client_up(&scene);
        world_free(scene.world);
    }
}

static void p14_other_proxies_of_a_client_get_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        uint8_t len;
    } rows[] = {{"0.0.0.0", 0},   {"10.5.5.0", 24}, {"10.5.5.2", 32},     {"10.5.5.0", 31},
                {"10.1.1.1", 32}, {"10.1.0.0", 16}, {"10.48.67.181", 32}, {"10.5.5.0", 30}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct client_scene scene = leased(10 + i, &alice);
        client_quick_mode(scene.client, net(rows[i].address, rows[i].len), net("0.0.0.0", 0));
        world_run(scene.world, 1000);
        assert_int_equal(scene.client->stage, CLIENT_REFUSED);
        assert_int_equal(scene.client->last_notify, NOTIFY_INVALID_ID_INFORMATION);
        assert_true(node_refused_with(scene.hub, RULE_NOT_THE_LEASE));
        assert_nothing_gained_but_the_lease(scene.hub);
        /* The honest request still works. */
        client_quick(scene.client);
        world_run(scene.world, 1000);
        assert_client_up(&scene);
        world_free(scene.world);
    }
}

/* A spoke whose access list names these nets. */
static struct scene spoke_with(uint64_t seed, const char *list)
{
    struct scene scene = {.world = world_new(seed)};
    scene.hub = scene_hub(scene.world);
    char *text = text_with(scene_text("spoke"),
                           "list 100 permit ip 10.2.0.0 0.0.255.255 10.1.0.0\n0.0.255.255", list);
    scene.spoke = scene_spoke_of(scene.world, text);
    node_dial(scene.spoke);
    world_run(scene.world, 3000);
    return scene;
}

static void p14_proxies_that_no_branch_may_claim_are_refused_by_rule(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        enum decision_rule rule;
    } rows[] = {
        {"list 100 permit ip any 10.1.0.0 0.0.255.255", RULE_EVERYTHING},
        {"list 100 permit ip 10.5.5.0 0.0.0.255 10.1.0.0 0.0.255.255", RULE_OVERLAP},
        {"list 100 permit ip 10.5.5.77 0.0.0.0 10.1.0.0 0.0.255.255", RULE_OVERLAP},
        {"list 100 permit ip 10.1.0.0 0.0.255.255 10.2.0.0 0.0.255.255", RULE_OVERLAP},
        {"list 100 permit ip 10.48.67.160 0.0.0.31 10.1.0.0 0.0.255.255", RULE_OVERLAP},
        {"list 100 permit ip 10.0.0.0 0.255.255.255 10.1.0.0 0.0.255.255", RULE_OVERLAP},
        {"list 100 permit tcp 10.1.1.0 0.0.0.255 10.1.0.0 0.0.255.255 eq 80", RULE_OVERLAP},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scene scene = spoke_with(30 + i, rows[i].list);
        assert_true(scene.hub->events[EV_AUTHENTICATED] > 0);
        assert_int_equal(node_tunnels(scene.hub), 0);
        assert_int_equal(scene.hub->installs, 0);
        assert_true(node_refused_with(scene.hub, rows[i].rule));
        world_free(scene.world);
    }
}

static void a_protocol_and_port_in_the_proxies_are_kept(void **state)
{
    (void)state;
    struct scene scene =
        spoke_with(40, "list 100 permit tcp 10.2.0.0 0.0.255.255 10.1.0.0 0.0.255.255 eq 443");
    struct status_ipsec pair = the_pair(scene.hub);
    assert_int_equal(pair.ours.protocol, 6);
    assert_int_equal(pair.ours.port, 443);
    assert_int_equal(pair.theirs.protocol, 6);
    world_free(scene.world);
}

static void several_permit_lines_are_as_many_pairs(void **state)
{
    (void)state;
    struct scene scene =
        spoke_with(41, "list 100 permit ip 10.2.0.0 0.0.255.255 10.1.0.0 0.0.255.255\n"
                       "access-list 100 permit ip 10.3.0.0 0.0.255.255 10.1.0.0 0.0.255.255");
    assert_int_equal(node_established(scene.hub), 1);
    assert_int_equal(node_tunnels(scene.hub), 2);
    assert_int_equal(scene.hub->routes, 2);
    assert_true(world_packet(scene.spoke, "10.3.0.1", "10.1.0.1"));
    assert_true(world_packet(scene.spoke, "10.2.0.1", "10.1.0.1"));
    world_free(scene.world);
}

static void the_first_holder_of_a_network_keeps_it(void **state)
{
    (void)state;
    char *text = text_with(scene_text("hub"), "pre-shared-key address 0.0.0.0 0.0.0.0 key cisco123",
                           "pre-shared-key address 10.100.2.102 key cisco123\n"
                           "  pre-shared-key address 10.100.2.103 key cisco456");
    struct world *world = world_new(42);
    struct scene scene = {.world = world, .hub = scene_hub_of(world, text)};
    scene.spoke = scene_spoke(world);
    node_dial(scene.spoke);
    world_run(world, 3000);
    assert_traffic(&scene);
    text = text_with(scene_text("spoke"), "cisco123", "cisco456");
    struct node *other = world_engine(world, "other", text, OUTSIDE, "10.100.2.103");
    free(text);
    node_dial(other);
    world_run(world, 3000);
    assert_true(scene.hub->events[EV_AUTHENTICATED] > 1);
    assert_int_equal(node_tunnels(other), 0);
    assert_true(node_refused_with(scene.hub, RULE_OVERLAP));
    assert_traffic(&scene);
    world_free(world);
}

/* -- proposals ------------------------------------------------------------------------------- */

struct algorithms {
    const char *set;
    uint16_t esp, bits, auth;
};

static void every_transform_of_phase_2_passes_traffic_between_engines_and_with_clients(void **state)
{
    (void)state;
    static const struct algorithms rows[] = {
        {"esp-3des esp-sha-hmac", 3, 0, 2},
        {"esp-3des esp-md5-hmac", 3, 0, 1},
        {"esp-des esp-sha-hmac", 2, 0, 2},
        {"esp-aes esp-sha-hmac", 12, 128, 2},
        {"esp-aes 192 esp-sha-hmac", 12, 192, 2},
        {"esp-aes 256 esp-sha256-hmac", 12, 256, 5},
        {"esp-aes 256 esp-sha384-hmac", 12, 256, 6},
        {"esp-aes 256 esp-sha512-hmac", 12, 256, 7},
        {"esp-gcm 128", 20, 128, 0},
        {"esp-gcm 256", 20, 256, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[96];
        snprintf(line, sizeof line, "transform-set myset %s", rows[i].set);
        struct client_habits habits = alice;
        habits.esp = rows[i].esp;
        habits.esp_bits = rows[i].bits;
        habits.esp_auth = rows[i].auth;
        struct client_scene clients = client_scene_at(
            50 + i, text_with(scene_text("hub"), "transform-set myset esp-3des esp-sha-hmac", line),
            &habits);
        struct scene scene = {.world = clients.world, .hub = clients.hub};
        scene.spoke = scene_spoke_of(
            clients.world,
            text_with(scene_text("spoke"), "transform-set myset esp-3des esp-sha-hmac", line));
        client_start(clients.client);
        node_dial(scene.spoke);
        world_run(scene.world, 3000);
        assert_client_up(&clients);
        assert_traffic(&scene);
        world_free(scene.world);
    }
}

static void p13_what_no_transform_set_names_is_not_chosen(void **state)
{
    (void)state;
    static const struct algorithms rows[] = {
        {"des", 2, 0, 2},    /* weaker cipher */
        {"md5", 3, 0, 1},    /* weaker hash */
        {"aes", 12, 128, 2}, /* another cipher */
        {"aes 128 for 3des", 12, 128, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct client_habits habits = alice;
        habits.esp = rows[i].esp;
        habits.esp_bits = rows[i].bits;
        habits.esp_auth = rows[i].auth;
        struct client_scene scene = leased(70 + i, &habits);
        client_quick(scene.client);
        world_run(scene.world, 1000);
        assert_int_equal(scene.client->stage, CLIENT_REFUSED);
        assert_int_equal(scene.client->last_notify, NOTIFY_NO_PROPOSAL_CHOSEN);
        assert_nothing_gained_but_the_lease(scene.hub);
        world_free(scene.world);
    }
}

static void p13_a_shorter_aes_key_than_configured_is_not_chosen(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.esp = 12;
    habits.esp_bits = 128;
    char *text = text_with(scene_text("hub"), "transform-set myset esp-3des esp-sha-hmac",
                           "transform-set myset esp-aes 256 esp-sha-hmac");
    struct client_scene scene = client_scene_at(80, text, &habits);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_int_equal(scene.client->stage, CLIENT_REFUSED);
    assert_int_equal(scene.hub->decision_count, 1);
    assert_int_equal(scene.hub->decisions[0].decision.rule, RULE_KEY_LENGTH);
    assert_int_equal(scene.hub->decisions[0].decision.stage, STAGE_TRANSFORM);
    assert_non_null(strstr(scene.hub->decisions[0].decision.ours, "256"));
    assert_non_null(strstr(scene.hub->decisions[0].decision.theirs, "esp-aes"));
    world_free(scene.world);
}

static void p13_lifetimes_at_both_ends_of_the_scale_end_in_time(void **state)
{
    (void)state;
    static const uint32_t offered[] = {1, 30, 119, 2147483, UINT32_MAX};
    for (size_t i = 0; i < sizeof offered / sizeof offered[0]; i++) {
        struct client_habits habits = alice;
        habits.esp_life_s = offered[i];
        struct client_scene scene = client_scene_played(81 + i, &habits, 500);
        struct status_ipsec pair = the_pair(scene.hub);
        assert_in_range(pair.remaining_ms, 1, 3600 * 1000);
        scene.client->node->unplugged = true;
        world_run(scene.world, 3700 * 1000);
        assert_int_equal(node_tunnels(scene.hub), 0);
        assert_int_equal(node_installed(scene.hub), 0);
        world_free(scene.world);
    }
}

static void a_shorter_life_of_ours_is_told_and_a_shorter_one_of_theirs_is_taken(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    struct client_scene scene = client_scene_played(90, &habits, 2000);
    assert_in_range(the_pair(scene.hub).remaining_ms, 3590 * 1000, 3600 * 1000);
    world_free(scene.world);
    habits.esp_life_s = 600;
    scene = client_scene_played(91, &habits, 2000);
    assert_in_range(the_pair(scene.hub).remaining_ms, 590 * 1000, 600 * 1000);
    world_free(scene.world);
}

/* -- PFS ------------------------------------------------------------------------------------- */

static void with_pfs_both_sides_compute_new_keys(void **state)
{
    (void)state;
    struct world *world = world_new(100);
    struct scene scene = {.world = world};
    scene.hub = scene_hub_of(world, text_with(scene_text("hub"), "set isakmp-profile L2L",
                                              "set isakmp-profile L2L\n  set pfs group5"));
    scene.spoke = scene_spoke_of(world, text_with(scene_text("spoke"), "match address 100",
                                                  "match address 100\n  set pfs group5"));
    node_dial(scene.spoke);
    world_run(world, 3000);
    assert_traffic(&scene);
    assert_int_equal(scene.hub->asked_dh, 2);
    assert_int_equal(scene.spoke->asked_dh, 4);
    world_free(world);
}

static void pfs_that_the_hub_wants_and_the_peer_does_not_offer_is_refused(void **state)
{
    (void)state;
    struct world *world = world_new(101);
    struct node *hub = scene_hub_of(world, text_with(scene_text("hub"), "set isakmp-profile L2L",
                                                     "set isakmp-profile L2L\n  set pfs group5"));
    struct node *spoke = scene_spoke(world);
    node_dial(spoke);
    world_run(world, 3000);
    assert_int_equal(node_tunnels(hub), 0);
    assert_true(node_refused_with(hub, RULE_PFS) || node_refused_with(hub, RULE_TRANSFORMS));
    world_free(world);
}

static void pfs_that_the_peer_wants_is_granted(void **state)
{
    (void)state;
    static const uint16_t groups[] = {2, 14, 19, 31};
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        struct client_habits habits = alice;
        habits.pfs_group = groups[i];
        struct client_scene scene = client_scene_played(102 + i, &habits, 3000);
        assert_client_up(&scene);
        assert_int_equal(scene.hub->asked_dh, 2);
        world_free(scene.world);
    }
}

/* -- the exchange ---------------------------------------------------------------------------- */

static void the_commit_bit_is_answered_with_a_fourth_message(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.commit = true;
    struct client_scene scene = client_scene_new(110, &habits);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    assert_int_equal(scene.world->delivered, 14); /* one more than without */
    world_free(scene.world);
}

static void a_lost_third_message_is_made_good_by_the_first_packet(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_new(111, &alice);
    struct swallow swallow = {.at = 12}; /* QM3 */
    scene.world->tap = swallow_one;
    scene.world->tap_context = &swallow;
    client_start(scene.client);
    world_run(scene.world, 200);
    assert_int_equal(scene.client->stage, CLIENT_UP);
    assert_int_equal(node_installed(scene.hub), 1); /* inbound only */
    char lease[ADDR_TEXT];
    addr_format(scene.client->lease, lease);
    assert_true(world_packet(scene.client->node, lease, "10.1.0.1"));
    assert_int_equal(node_installed(scene.hub), 2);
    assert_true(world_packet(scene.hub, "10.1.0.1", lease));
    world_run(scene.world, 5000);
    assert_int_equal(node_installed(scene.hub), 2);
    world_free(scene.world);
}

static void a_quick_mode_that_is_never_completed_leaves_nothing(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_new(112, &alice);
    client_start(scene.client);
    world_run(scene.world, 100);
    while (scene.client->stage != CLIENT_QUICK)
        assert_true(world_step(scene.world, UINT64_MAX));
    world_run(scene.world, 15); /* QM1 has arrived, QM2 is on its way */
    assert_int_equal(node_installed(scene.hub), 1);
    scene.client->node->unplugged = true;
    world_run(scene.world, 64000);
    assert_int_equal(node_installed(scene.hub), 0);
    assert_int_equal(node_tunnels(scene.hub), 0);
    world_free(scene.world);
}

struct record {
    struct node *of;
    size_t count;
    struct {
        uint8_t bytes[1500];
        size_t len;
        struct ike_path path;
    } at[64];
};
static bool record(void *context, struct node *to, const struct ike_path *path, struct span bytes)
{
    struct record *r = context;
    if (to != r->of || r->count == 64)
        return true;
    memcpy(r->at[r->count].bytes, bytes.at, bytes.len);
    r->at[r->count].len = bytes.len;
    r->at[r->count++].path = *path;
    return true;
}

static void p06_a_refused_request_played_again_after_the_login_gets_nothing(void **state)
{
    (void)state;
    static struct record r;
    struct client_habits habits = alice;
    habits.stop_at = CLIENT_PROVED;
    struct client_scene scene = client_scene_played(113, &habits, 500);
    r = (struct record){.of = scene.hub};
    scene.world->tap = record;
    scene.world->tap_context = &r;
    scene.client->lease = world_addr("10.5.5.1");
    client_quick(scene.client); /* too early: refused, and recorded by somebody */
    world_run(scene.world, 500);
    assert_int_equal(r.count, 1);
    assert_true(node_refused_with(scene.hub, RULE_STEP_SKIPPED));
    scene.world->tap = NULL;
    /* Now the honest login, and no pair yet. */
    scene.client->habits.stop_at = CLIENT_LEASED;
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_int_equal(scene.client->stage, CLIENT_LEASED);
    uint32_t installs = scene.hub->installs, sent = scene.hub->sent;
    size_t decisions = scene.hub->decision_count;
    for (int i = 0; i < 20; i++)
        node_input(scene.hub, &r.at[0].path, (struct span){r.at[0].bytes, r.at[0].len});
    assert_int_equal(scene.hub->installs, installs);
    assert_int_equal(scene.hub->decision_count, decisions);
    /* A repeated request hears the same refusal again, some times; nothing else. */
    assert_in_range(scene.hub->sent - sent, 0, 10);
    assert_int_equal(node_drops(scene.hub, DROP_IKE_REPEATED), 20);
    world_free(scene.world);
}

static void p06_a_refused_request_is_refused_once_and_its_replays_cost_nothing(void **state)
{
    (void)state;
    static struct record r;
    struct client_scene scene = leased(114, &alice);
    r = (struct record){.of = scene.hub};
    scene.world->tap = record;
    scene.world->tap_context = &r;
    client_quick_mode(scene.client, net("0.0.0.0", 0), net("0.0.0.0", 0));
    world_run(scene.world, 500);
    scene.world->tap = NULL;
    assert_int_equal(r.count, 1);
    assert_int_equal(scene.hub->decision_count, 1);
    uint32_t sent = scene.hub->sent;
    world_run(scene.world, 60000); /* longer than anything lingers */
    for (int i = 0; i < 100; i++)
        node_input(scene.hub, &r.at[0].path, (struct span){r.at[0].bytes, r.at[0].len});
    assert_int_equal(scene.hub->sent, sent);
    assert_int_equal(scene.hub->decision_count, 1);
    world_free(scene.world);
}

static void d05_open_quick_modes_of_one_sa_are_bounded(void **state)
{
    (void)state;
    struct client_scene scene = leased(115, &alice);
    scene.world->weather.loss = 0;
    for (int i = 0; i < 100; i++) {
        client_quick(scene.client);
        world_run(scene.world, 12);
        scene.client->stage = CLIENT_LEASED; /* never answers QM2 */
        for (size_t k = 0; k < CLIENT_EXCHANGES; k++)
            scene.client->exchanges[k].open = false;
    }
    assert_true(node_installed(scene.hub) <= 8);
    world_run(scene.world, 70000);
    assert_int_equal(node_installed(scene.hub), 0);
    world_free(scene.world);
}

/* One member that asks for ever more leaves room for the others. */
static void d05_pairs_of_one_peer_are_bounded_and_renewed_all_the_same(void **state)
{
    (void)state;
    struct client_scene scene = leased(116, &alice);
    struct selector own = selector_of_addr(scene.client->lease);
    for (unsigned i = 0; i < 1100; i++) {
        char text[ADDR_TEXT];
        snprintf(text, sizeof text, "10.1.%u.%u", i / 250, i % 250);
        client_quick_mode(scene.client, own, net(text, 32));
        world_run(scene.world, 60);
    }
    assert_int_equal(node_tunnels(scene.hub), 1024);
    assert_int_equal(node_established(scene.hub), 1);
    uint32_t installs = scene.hub->installs;
    client_quick_mode(scene.client, own, net("10.1.0.1", 32)); /* a renewal */
    world_run(scene.world, 1000);
    assert_int_equal(scene.hub->installs, installs + 2);
    world_free(scene.world);
}

static void an_sa_whose_message_ids_are_used_up_ends_and_says_so(void **state)
{
    (void)state;
    struct client_scene scene = leased(117, &alice);
    struct selector own = selector_of_addr(scene.client->lease);
    unsigned tries = 0;
    while (tries++ < 5000 && !scene.client->deletes_ike) {
        client_quick_mode(scene.client, own, net("0.0.0.0", 0));
        world_run(scene.world, 60);
    }
    assert_in_range(tries, 4000, 4200);
    assert_int_equal(node_established(scene.hub), 0);
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_may_ask_for_any_hub_network_with_its_lease_as_its_side),
        cmocka_unit_test(p14_other_proxies_of_a_client_get_nothing),
        cmocka_unit_test(p14_proxies_that_no_branch_may_claim_are_refused_by_rule),
        cmocka_unit_test(a_protocol_and_port_in_the_proxies_are_kept),
        cmocka_unit_test(several_permit_lines_are_as_many_pairs),
        cmocka_unit_test(the_first_holder_of_a_network_keeps_it),
        cmocka_unit_test(
            every_transform_of_phase_2_passes_traffic_between_engines_and_with_clients),
        cmocka_unit_test(p13_what_no_transform_set_names_is_not_chosen),
        cmocka_unit_test(p13_a_shorter_aes_key_than_configured_is_not_chosen),
        cmocka_unit_test(p13_lifetimes_at_both_ends_of_the_scale_end_in_time),
        cmocka_unit_test(a_shorter_life_of_ours_is_told_and_a_shorter_one_of_theirs_is_taken),
        cmocka_unit_test(with_pfs_both_sides_compute_new_keys),
        cmocka_unit_test(pfs_that_the_hub_wants_and_the_peer_does_not_offer_is_refused),
        cmocka_unit_test(pfs_that_the_peer_wants_is_granted),
        cmocka_unit_test(the_commit_bit_is_answered_with_a_fourth_message),
        cmocka_unit_test(a_lost_third_message_is_made_good_by_the_first_packet),
        cmocka_unit_test(a_quick_mode_that_is_never_completed_leaves_nothing),
        cmocka_unit_test(p06_a_refused_request_played_again_after_the_login_gets_nothing),
        cmocka_unit_test(p06_a_refused_request_is_refused_once_and_its_replays_cost_nothing),
        cmocka_unit_test(d05_open_quick_modes_of_one_sa_are_bounded),
        cmocka_unit_test(an_sa_whose_message_ids_are_used_up_ends_and_says_so),
        cmocka_unit_test(d05_pairs_of_one_peer_are_bounded_and_renewed_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
