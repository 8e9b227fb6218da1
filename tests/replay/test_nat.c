/* NAT traversal: detection, the float to port 4500, several clients behind one box, mappings that
 * change, and strangers who want to be followed. */
#include "replay/scene.h"

#include "ike/wire.h"

#include <stdio.h>
#include <stdlib.h>

#define NAT_ADDRESS "192.0.2.1"

static struct client_scene behind_nat(uint64_t seed, const struct client_habits *habits)
{
    struct client_scene scene = client_scene_new(seed, habits);
    scene.client->node->behind = world_nat(scene.world, NAT_ADDRESS);
    return scene;
}

static struct status_ike the_row(const struct node *hub)
{
    struct status_ike row;
    assert_int_equal(node_ike(hub, &row, 1), 1);
    return row;
}

static struct status_ipsec the_pair(const struct node *hub)
{
    struct status_ipsec row;
    assert_int_equal(node_ipsec(hub, &row, 1), 1);
    return row;
}

static void a_client_behind_nat_floats_to_4500_and_traffic_passes_in_udp(void **state)
{
    (void)state;
    struct client_scene scene = behind_nat(1, &alice);
    struct sink trace = {0};
    scene.world->trace = &trace;
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    assert_true(the_row(scene.hub).nat);
    assert_int_equal(the_row(scene.hub).local.port, 4500);
    assert_int_equal(the_row(scene.hub).remote.port, 20001);
    assert_int_equal(the_pair(scene.hub).encapsulation, ESP_UDP);
    assert_int_equal(the_pair(scene.hub).remote.port, 20001);
    assert_golden(scene.world, "nat");
    sink_free(&trace);
    world_free(scene.world);
}

static void the_older_dialect_is_spoken_with_who_knows_no_other(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.draft_natt = true;
    struct client_scene scene = behind_nat(2, &habits);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    assert_int_equal(scene.client->sa.natt, NATT_DRAFT);
    assert_int_equal(the_pair(scene.hub).encapsulation, ESP_UDP);
    world_free(scene.world);
}

static void a_client_that_wants_encapsulation_gets_it(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.lie_about_nat = true;
    struct client_scene scene = client_scene_played(3, &habits, 3000);
    assert_client_up(&scene);
    assert_int_equal(the_pair(scene.hub).encapsulation, ESP_UDP);
    world_free(scene.world);
}

static void a_hub_that_wants_encapsulation_gets_it(void **state)
{
    (void)state;
    char *hub = text_and(scene_text("hub"), "hubward encapsulate always");
    struct client_scene scene = client_scene_at(4, hub, &alice);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    assert_int_equal(the_pair(scene.hub).encapsulation, ESP_UDP);
    world_free(scene.world);
}

static void without_natt_a_client_behind_nat_uses_raw_esp(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.no_natt = true;
    struct client_scene scene = client_scene_played(5, &habits, 3000);
    assert_client_up(&scene);
    assert_int_equal(the_pair(scene.hub).encapsulation, ESP_RAW);
    world_free(scene.world);
}

/* -- several behind one box ---------------------------------------------------------- */

struct pair_of_clients {
    struct world *world;
    struct node *hub;
    struct client *one, *two;
    struct nat *nat;
};

static struct pair_of_clients two_behind_one(uint64_t seed, const struct client_habits *first,
                                             const struct client_habits *second)
{
    char *text = text_with(scene_text("hub"), "  pool ippool\n", "  pool ippool\n  max-logins 2\n");
    struct client_scene scene = client_scene_at(seed, text, first);
    struct pair_of_clients pair = {.world = scene.world, .hub = scene.hub, .one = scene.client};
    pair.two = client_join(pair.world, "second", "203.0.113.10", pair.hub, second);
    pair.nat = world_nat(pair.world, NAT_ADDRESS);
    pair.one->node->behind = pair.two->node->behind = pair.nat;
    client_start(pair.one);
    client_start(pair.two);
    world_run(pair.world, 3000);
    return pair;
}

static const struct client_habits bob = {
    .group = "testgroup", .key = "cisco321", .user = "bob", .password = "builder"};

static void two_clients_behind_one_nat_both_pass_traffic(void **state)
{
    (void)state;
    struct client_habits first = alice, second = bob;
    first.initial_contact = second.initial_contact = true;
    struct pair_of_clients pair = two_behind_one(6, &first, &second);
    struct client_scene one = {pair.world, pair.hub, pair.one};
    struct client_scene two = {pair.world, pair.hub, pair.two};
    assert_client_up(&one);
    assert_client_up(&two);
    assert_int_equal(node_tunnels(pair.hub), 2);
    world_free(pair.world);
}

static void two_sessions_of_one_user_behind_one_nat_end_apart(void **state)
{
    (void)state;
    struct pair_of_clients pair = two_behind_one(7, &alice, &alice);
    assert_int_equal(pair.one->stage, CLIENT_UP);
    assert_int_equal(pair.two->stage, CLIENT_UP);
    client_delete_ike(pair.one, &pair.one->sa);
    world_run(pair.world, 1000);
    assert_int_equal(node_established(pair.hub), 1);
    assert_int_equal(node_tunnels(pair.hub), 1);
    struct client_scene two = {pair.world, pair.hub, pair.two};
    assert_client_up(&two);
    /* The address that became free is there for a third session. */
    client_forget_tunnel(pair.one);
    client_start(pair.one);
    world_run(pair.world, 3000);
    assert_int_equal(pair.one->stage, CLIENT_UP);
    world_free(pair.world);
}

/* -- mappings that change ------------------------------------------------------------ */

static void an_authentic_message_from_a_new_port_moves_the_peer(void **state)
{
    (void)state;
    struct client_scene scene = behind_nat(8, &alice);
    client_start(scene.client);
    world_run(scene.world, 3000);
    nat_forget(scene.client->node->behind);
    client_config_request(scene.client); /* any authentic message */
    world_run(scene.world, 3000);
    assert_true(the_row(scene.hub).remote.port > 20001);
    assert_int_equal(scene.hub->events[EV_PEER_MOVED], 1);
    assert_int_equal(scene.client->stage, CLIENT_UP);
    assert_client_up(&scene);
    world_free(scene.world);
}

static void the_path_may_report_a_move_too(void **state)
{
    (void)state;
    struct client_scene scene = behind_nat(9, &alice);
    client_start(scene.client);
    world_run(scene.world, 3000);
    const struct command command = {.kind = COMMAND_SA_MOVED,
                                    .tunnel = the_pair(scene.hub).tunnel,
                                    .moved_to = {world_addr(NAT_ADDRESS), 31000}};
    node_command(scene.hub, &command);
    assert_int_equal(the_row(scene.hub).remote.port, 31000);
    assert_int_equal(the_pair(scene.hub).remote.port, 31000);
    world_free(scene.world);
}

/* Keeps the datagrams that reach the hub. */
struct record {
    struct node *hub;
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
    if (to != r->hub || r->count == 64)
        return true;
    memcpy(r->at[r->count].bytes, bytes.at, bytes.len);
    r->at[r->count].len = bytes.len;
    r->at[r->count++].path = *path;
    return true;
}

static void p16_replays_from_elsewhere_move_nobody(void **state)
{
    (void)state;
    static struct record r;
    struct client_scene scene = behind_nat(10, &alice);
    r = (struct record){.hub = scene.hub};
    scene.world->tap = record;
    scene.world->tap_context = &r;
    client_start(scene.client);
    world_run(scene.world, 3000);
    client_probe(scene.client, 5);
    world_run(scene.world, 1000);
    scene.world->tap = NULL;
    struct endpoint before = the_row(scene.hub).remote;
    for (size_t i = 0; i < r.count; i++) {
        struct ike_path path = r.at[i].path;
        path.remote = (struct endpoint){world_addr("198.51.100.66"), 4500};
        node_input(scene.hub, &path, (struct span){r.at[i].bytes, r.at[i].len});
    }
    bool found = false;
    struct status_ike rows[64];
    size_t n = node_ike(scene.hub, rows, 64);
    for (size_t i = 0; i < n; i++)
        found = found || (rows[i].established && endpoint_equal(rows[i].remote, before));
    assert_true(found);
    assert_int_equal(node_established(scene.hub), 1);
    assert_int_equal(scene.hub->events[EV_PEER_MOVED], 0);
    assert_client_up(&scene);
    world_free(scene.world);
}

/* The first message of this exchange type is let through from another address, before the honest
 * one: what an eavesdropper who is faster can do. */
struct hijack {
    struct node *hub;
    uint8_t exchange;
    bool done;
};
static bool hijack(void *context, struct node *to, const struct ike_path *path, struct span bytes)
{
    struct hijack *h = context;
    if (to != h->hub || h->done || bytes.at[18] != h->exchange)
        return true;
    h->done = true;
    struct ike_path elsewhere = *path;
    elsewhere.remote.addr = world_addr("198.51.100.66");
    node_input(to, &elsewhere, bytes);
    return true;
}

static void p16_who_is_not_behind_nat_is_not_followed(void **state)
{
    (void)state;
    static const uint8_t exchanges[] = {EXCHANGE_TRANSACTION, EXCHANGE_QUICK};
    for (size_t i = 0; i < sizeof exchanges; i++) {
        struct client_scene scene = client_scene_new(11, &alice);
        struct hijack h = {.hub = scene.hub, .exchange = exchanges[i]};
        scene.world->tap = hijack;
        scene.world->tap_context = &h;
        client_start(scene.client);
        world_run(scene.world, 3000);
        char text[ADDR_TEXT];
        assert_true(h.done);
        assert_string_equal(addr_format(the_row(scene.hub).remote.addr, text), CLIENT_ADDRESS);
        assert_client_up(&scene);
        world_free(scene.world);
    }
}

/* -- a branch behind NAT ------------------------------------------------------------- */

static void a_branch_behind_nat_floats_and_keeps_the_mapping_open(void **state)
{
    (void)state;
    struct scene scene = scene_new(12);
    scene.spoke->behind = world_nat(scene.world, NAT_ADDRESS);
    node_dial(scene.spoke);
    world_run(scene.world, 3000);
    assert_traffic(&scene);
    assert_int_equal(the_row(scene.hub).remote.port, 20001);
    assert_string_equal(the_row(scene.hub).identity, SPOKE_ADDRESS);
    assert_int_equal(the_pair(scene.spoke).encapsulation, ESP_UDP);
    world_run(scene.world, 60000);
    assert_int_equal(scene.world->keepalives, 3);
    assert_int_equal(scene.hub->sent, 4); /* MM2, MM4, MM6, QM2, no keepalive: it is in front */
    world_free(scene.world);
}

static void the_keepalive_interval_is_the_configured_one(void **state)
{
    (void)state;
    struct world *world = world_new(13);
    struct node *hub = scene_hub(world);
    struct node *spoke =
        scene_spoke_of(world, text_and(scene_text("spoke"), "crypto isakmp nat keepalive 5"));
    spoke->behind = world_nat(world, NAT_ADDRESS);
    node_dial(spoke);
    world_run(world, 61000);
    assert_int_equal(world->keepalives, 12);
    assert_int_equal(node_tunnels(hub), 1);
    world_free(world);
}

static void two_branches_of_one_inside_address_behind_two_nats_are_two(void **state)
{
    (void)state;
    struct world *world = world_new(14);
    struct node *hub = scene_hub(world);
    struct node *spokes[2];
    for (int i = 0; i < 2; i++) {
        char name[16], net[64], address[32];
        snprintf(name, sizeof name, "spoke%d", i);
        snprintf(net, sizeof net, "10.%d.0.0 0.0.255.255 10.1.0.0", 2 + i);
        snprintf(address, sizeof address, "192.168.1.%d", 2 + i);
        char *text = text_with(scene_text("spoke"), "10.2.0.0 0.0.255.255 10.1.0.0", net);
        spokes[i] = world_engine(world, name, text, OUTSIDE, address);
        free(text);
        spokes[i]->behind = world_nat(world, i ? "192.0.2.2" : "192.0.2.1");
        node_dial(spokes[i]);
    }
    world_run(world, 3000);
    assert_int_equal(node_established(hub), 2);
    assert_int_equal(node_tunnels(hub), 2);
    assert_true(world_packet(spokes[0], "10.2.0.1", "10.1.0.1"));
    assert_true(world_packet(spokes[1], "10.3.0.1", "10.1.0.1"));
    assert_true(world_packet(hub, "10.1.0.1", "10.3.0.1"));
    world_free(world);
}

static void a_user_that_renews_from_a_new_port_keeps_its_session(void **state)
{
    (void)state;
    struct client_scene scene = behind_nat(15, &alice);
    client_start(scene.client);
    world_run(scene.world, 3000);
    struct addr lease = scene.client->lease;
    nat_forget(scene.client->node->behind);
    client_rekey_phase1(scene.client);
    world_run(scene.world, 3000);
    assert_int_equal(scene.client->stage, CLIENT_UP);
    struct status_ike rows[4];
    size_t n = node_ike(scene.hub, rows, 4), holders = 0;
    for (size_t i = 0; i < n; i++)
        holders += addr_equal(rows[i].assigned, lease) && rows[i].remote.port > 20001;
    assert_int_equal(holders, 1);
    world_run(scene.world, 120000);
    assert_int_equal(node_tunnels(scene.hub), 1);
    world_free(scene.world);
}

/* Two branches behind one box that say the same name. */
static void two_branches_of_one_name_behind_one_nat_do_not_end_each_other(void **state)
{
    (void)state;
    struct world *world = world_new(16);
    struct node *hub =
        scene_hub_of(world, text_and(scene_text("hub"),
                                     "crypto isakmp profile L2L\n  match identity host Spoke"));
    struct nat *nat = world_nat(world, NAT_ADDRESS);
    struct node *spokes[2];
    for (int i = 0; i < 2; i++) {
        char name[16], net[64], address[32];
        snprintf(name, sizeof name, "spoke%d", i);
        snprintf(net, sizeof net, "10.%d.0.0 0.0.255.255 10.1.0.0", 2 + i);
        snprintf(address, sizeof address, "192.168.1.%d", 2 + i);
        char *text = text_with(scene_text("spoke"), "10.2.0.0 0.0.255.255 10.1.0.0", net);
        text = text_and(text, "crypto isakmp identity hostname");
        spokes[i] = world_engine(world, name, text, OUTSIDE, address);
        free(text);
        spokes[i]->behind = nat;
        node_dial(spokes[i]);
        world_run(world, 3000);
    }
    assert_int_equal(node_established(hub), 2);
    assert_int_equal(node_tunnels(hub), 2);
    assert_true(world_packet(spokes[0], "10.2.0.1", "10.1.0.1"));
    assert_true(world_packet(spokes[1], "10.3.0.1", "10.1.0.1"));
    world_free(world);
}

static void a_branch_that_renewed_from_a_new_port_learns_which_pairs_went_with_the_old(void **state)
{
    (void)state;
    struct world *world = world_new(17);
    struct scene scene = {.world = world};
    char *text = text_and(scene_text("hub"), "crypto isakmp keepalive 10");
    scene.hub = scene_hub_of(world, text_with(text, "  encr 3des", "  encr 3des\n  lifetime 600"));
    scene.spoke = scene_spoke_of(
        world, text_with(scene_text("spoke"), "  encr 3des", "  encr 3des\n  lifetime 600"));
    scene.spoke->behind = world_nat(world, NAT_ADDRESS);
    node_dial(scene.spoke);
    world_run(world, 400000);
    assert_traffic(&scene);
    uint32_t begun = scene.spoke->events[EV_INITIATE];
    while (scene.spoke->events[EV_INITIATE] == begun)
        assert_true(world_step(world, UINT64_MAX));
    nat_forget(scene.spoke->behind);
    for (int second = 0; second < 60; second++) {
        world_run(world, 1000);
        node_dial(scene.spoke);
    }
    assert_true(scene.hub->events[EV_DPD_DEAD] >= 1);
    assert_traffic(&scene);
    world_free(world);
}

static void fresh_probes_and_their_answers_move_a_peer_behind_nat(void **state)
{
    (void)state;
    for (int who = 0; who < 2; who++) {
        struct world *world = world_new(19);
        struct scene scene = {.world = world};
        char *hub = scene_text("hub"), *spoke = scene_text("spoke");
        if (who)
            hub = text_and(hub, "crypto isakmp keepalive 10");
        else
            spoke = text_and(spoke, "crypto isakmp keepalive 10");
        scene.hub = scene_hub_of(world, hub);
        scene.spoke = scene_spoke_of(world, spoke);
        scene.spoke->behind = world_nat(world, NAT_ADDRESS);
        node_dial(scene.spoke);
        world_run(world, 5000);
        uint16_t before = the_row(scene.hub).remote.port;
        nat_move(scene.spoke->behind);
        world_run(world, 120000);
        assert_int_not_equal(the_row(scene.hub).remote.port, before);
        assert_int_equal(scene.hub->events[EV_DPD_DEAD] + scene.spoke->events[EV_DPD_DEAD], 0);
        assert_traffic(&scene);
        world_free(world);
    }
}

static void a_client_that_renews_what_the_hub_has_forgotten_is_sent_away(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(18, &alice, 3000);
    world_restart(scene.hub, OUTSIDE);
    client_rekey_phase1(scene.client);
    world_run(scene.world, 3000);
    assert_int_equal(scene.client->stage, CLIENT_UP); /* it thinks */
    world_run(scene.world, 60000);
    assert_int_equal(scene.client->stage, CLIENT_ENDED);
    assert_int_equal(node_established(scene.hub), 0);
    client_start(scene.client);
    world_run(scene.world, 70000);
    assert_client_up(&scene);
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_behind_nat_floats_to_4500_and_traffic_passes_in_udp),
        cmocka_unit_test(the_older_dialect_is_spoken_with_who_knows_no_other),
        cmocka_unit_test(a_client_that_wants_encapsulation_gets_it),
        cmocka_unit_test(a_hub_that_wants_encapsulation_gets_it),
        cmocka_unit_test(without_natt_a_client_behind_nat_uses_raw_esp),
        cmocka_unit_test(two_clients_behind_one_nat_both_pass_traffic),
        cmocka_unit_test(two_sessions_of_one_user_behind_one_nat_end_apart),
        cmocka_unit_test(an_authentic_message_from_a_new_port_moves_the_peer),
        cmocka_unit_test(the_path_may_report_a_move_too),
        cmocka_unit_test(p16_replays_from_elsewhere_move_nobody),
        cmocka_unit_test(p16_who_is_not_behind_nat_is_not_followed),
        cmocka_unit_test(a_branch_behind_nat_floats_and_keeps_the_mapping_open),
        cmocka_unit_test(the_keepalive_interval_is_the_configured_one),
        cmocka_unit_test(two_branches_of_one_inside_address_behind_two_nats_are_two),
        cmocka_unit_test(a_user_that_renews_from_a_new_port_keeps_its_session),
        cmocka_unit_test(two_branches_of_one_name_behind_one_nat_do_not_end_each_other),
        cmocka_unit_test(
            a_branch_that_renewed_from_a_new_port_learns_which_pairs_went_with_the_old),
        cmocka_unit_test(fresh_probes_and_their_answers_move_a_peer_behind_nat),
        cmocka_unit_test(a_client_that_renews_what_the_hub_has_forgotten_is_sent_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
