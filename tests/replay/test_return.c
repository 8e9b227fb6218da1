/* Clients and branches that come back: with the address they had and without asking for one, with a
 * second request, with INITIAL-CONTACT from where others are as well. */
#include "replay/leases.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND };

/* The hub has forgotten alice's session, and she does not know. */
static struct client_scene slept(uint64_t seed, char *hub_text)
{
    struct client_scene scene = client_scene_at(seed, hub_text, &alice);
    client_start(scene.client);
    world_run(scene.world, 3 * SECOND);
    assert_client_up(&scene);
    scene.client->node->unplugged = true;
    const struct command command = {.kind = COMMAND_CLEAR};
    node_command(scene.hub, &command);
    world_run(scene.world, MINUTE);
    scene.client->node->unplugged = false;
    scene.client->habits.former = scene.client->lease;
    assert_int_equal(node_established(scene.hub), 0);
    return scene;
}

static bool is_held(const struct node *hub, struct addr addr)
{
    struct status_ike row;
    uint32_t at = 0;
    while (engine_status_ike(hub->engine, hub->world->now_ms, &at, &row, 1) == 1)
        if (addr_equal(row.assigned, addr))
            return true;
    return false;
}

static void who_slept_and_asks_for_no_address_gets_the_own_one_back_after_a_login(void **state)
{
    (void)state;
    struct client_scene scene = slept(1, NULL);
    client_start(scene.client);
    world_run(scene.world, 3 * SECOND);
    assert_client_up(&scene);
    assert_string_equal(lease_of(scene.client), "10.5.5.1");
    assert_int_equal(scene.hub->asked_password, 2);
    assert_true(is_held(scene.hub, scene.client->lease));
    /* It is held as any: a minute without a request for an address ends nothing. */
    world_run(scene.world, 3 * MINUTE);
    assert_client_up(&scene);
    client_leave(scene.client);
    world_run(scene.world, SECOND);
    assert_nothing_gained(scene.hub);
    world_free(scene.world);
}

static void the_same_after_a_restart_of_the_hub(void **state)
{
    (void)state;
    struct client_scene scene = slept(2, NULL);
    world_restart(scene.hub, OUTSIDE);
    client_start(scene.client);
    world_run(scene.world, 3 * SECOND);
    assert_client_up(&scene);
    assert_string_equal(lease_of(scene.client), "10.5.5.1");
    world_free(scene.world);
}

static void while_the_store_is_late_the_old_address_waits_and_is_not_refused(void **state)
{
    (void)state;
    struct client_scene scene = slept(3, NULL);
    scene.world->store_late = true;
    world_restart(scene.hub, OUTSIDE);
    client_start(scene.client);
    world_run(scene.world, 3 * SECOND);
    assert_int_equal(scene.client->stage, CLIENT_QUICK);
    assert_int_equal(node_tunnels(scene.hub), 0);
    world_leases_come(scene.hub);
    world_run(scene.world, 10 * SECOND); /* it repeats itself */
    assert_client_up(&scene);
    world_free(scene.world);
}

static void nobody_gets_anothers_address_or_one_that_nobody_had(void **state)
{
    (void)state;
    static const char *const wishes[] = {"10.5.5.1", "10.5.5.77", "10.1.1.1", "0.0.0.0"};
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
        struct client_scene scene = slept(4, NULL);
        struct client_habits habits = bob;
        habits.former = world_addr(wishes[i]);
        struct client *thief = join(scene.world, scene.hub, "thief", "198.51.100.1", &habits);
        assert_int_equal(thief->stage, CLIENT_REFUSED);
        assert_true(node_refused_with(scene.hub, RULE_NO_LEASE));
        assert_nothing_gained(scene.hub);
        client_start(scene.client);
        world_run(scene.world, 3 * SECOND);
        assert_client_up(&scene);
        world_free(scene.world);
    }
}

static void an_address_that_left_the_pool_is_not_taken_back(void **state)
{
    (void)state;
    struct client_scene scene = slept(5, scene_text("hub"));
    world_reconfigure(scene.hub,
                      text_with(scene_text("hub"), "ip local pool ippool 10.5.5.1 10.5.5.254",
                                "ip local pool ippool 10.5.6.1 10.5.6.254"));
    client_start(scene.client);
    world_run(scene.world, 3 * SECOND);
    assert_int_equal(scene.client->stage, CLIENT_REFUSED);
    scene.client->habits.former = (struct addr){.family = ADDR_NONE};
    client_start(scene.client);
    world_run(scene.world, 3 * SECOND);
    assert_client_up(&scene);
    assert_string_equal(lease_of(scene.client), "10.5.6.1");
    world_free(scene.world);
}

static void an_address_that_the_users_other_machine_holds_stays_there_while_that_lives(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(6, &alice, 3 * SECOND);
    struct client_habits habits = alice;
    habits.former = scene.client->lease;
    world_run(scene.world, MINUTE);
    struct client *other = join(scene.world, scene.hub, "other", "198.51.100.1", &habits);
    world_run(scene.world, MINUTE);
    assert_int_equal(other->stage, CLIENT_REFUSED);
    assert_client_up(&scene);
    assert_int_equal(node_tunnels(scene.hub), 1);
    /* And comes over when it does not. */
    scene.client->node->unplugged = true;
    world_run(scene.world, MINUTE);
    client_start(other);
    world_run(scene.world, MINUTE);
    assert_int_equal(other->stage, CLIENT_UP);
    assert_string_equal(lease_of(other), "10.5.5.1");
    assert_int_equal(node_established(scene.hub), 1);
    assert_int_equal(node_tunnels(scene.hub), 1);
    world_free(scene.world);
}

static void a_login_that_was_not_waited_for_opens_no_old_address(void **state)
{
    (void)state;
    struct client_scene scene = slept(7, NULL);
    struct client_habits habits = alice;
    habits.stop_at = CLIENT_PROVED;
    struct client *hasty = join(scene.world, scene.hub, "hasty", "198.51.100.1", &habits);
    hasty->lease = scene.client->lease;
    client_quick(hasty);
    world_run(scene.world, SECOND);
    assert_true(node_refused_with(scene.hub, RULE_STEP_SKIPPED));
    assert_int_equal(node_tunnels(scene.hub), 0);
    world_free(scene.world);
}

static void a_second_request_after_a_renewed_phase_1_is_answered_with_the_same(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(8, &alice, 3 * SECOND);
    for (int i = 0; i < 5; i++) {
        client_rekey_phase1(scene.client);
        world_run(scene.world, 3 * SECOND);
        client_config_request(scene.client);
        world_run(scene.world, 3 * SECOND);
        assert_client_up(&scene);
        assert_string_equal(lease_of(scene.client), "10.5.5.1");
    }
    assert_int_equal(node_established(scene.hub), 1);
    assert_int_equal(node_tunnels(scene.hub), 1);
    assert_int_equal(scene.hub->sessions_open, 1);
    world_free(scene.world);
}

/* -- INITIAL-CONTACT ------------------------------------------------------------------------- */

static void initial_contact_after_phase_1_ends_the_older_session_of_the_same_user(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(20, &alice, 3 * SECOND);
    struct client_habits habits = alice;
    habits.stop_at = CLIENT_LOGGED_IN;
    struct client *second = join(scene.world, scene.hub, "second", "198.51.100.1", &habits);
    assert_int_equal(node_established(scene.hub), 2);
    client_initial_contact(second);
    world_run(scene.world, SECOND);
    assert_int_equal(node_established(scene.hub), 1);
    assert_int_equal(node_tunnels(scene.hub), 0);
    client_config_request(second);
    world_run(scene.world, SECOND);
    assert_int_equal(second->stage, CLIENT_UP);
    assert_string_equal(lease_of(second), "10.5.5.1");
    world_free(scene.world);
}

static void initial_contact_before_the_login_counts_when_the_user_is_known(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(21, &alice, 3 * SECOND);
    struct client_habits habits = alice;
    habits.stop_at = CLIENT_PROVED;
    struct client *second = join(scene.world, scene.hub, "second", "198.51.100.1", &habits);
    client_initial_contact(second);
    world_run(scene.world, SECOND);
    assert_client_up(&scene); /* whoever says so without a login ends nothing */
    world_free(scene.world);
}

/* A branch that calls itself by one name with another, behind one NAT. */
static struct node *branch_behind(struct world *world, struct nat *nat, int i)
{
    char name[16], net[64], address[32];
    snprintf(name, sizeof name, "spoke%d", i);
    snprintf(net, sizeof net, "10.%d.0.0 0.0.255.255 10.1.0.0", 2 + i);
    snprintf(address, sizeof address, "192.168.1.%d", 2 + i);
    char *text = text_with(scene_text("spoke"), "10.2.0.0 0.0.255.255 10.1.0.0", net);
    text = text_and(text, "crypto isakmp identity hostname");
    struct node *node = world_engine(world, name, text, OUTSIDE, address);
    free(text);
    node->behind = nat;
    node_dial(node);
    world_run(world, 3 * SECOND);
    return node;
}

static void initial_contact_ends_no_pair_of_another_port_behind_the_same_nat(void **state)
{
    (void)state;
    struct world *world = world_new(22);
    struct node *hub =
        scene_hub_of(world, text_and(scene_text("hub"),
                                     "crypto isakmp profile L2L\n  match identity host Spoke"));
    struct nat *nat = world_nat(world, "192.0.2.1");
    struct node *one = branch_behind(world, nat, 0), *two = branch_behind(world, nat, 1);
    assert_int_equal(node_tunnels(hub), 2);
    /* The first one's phase 1 is gone, its pair goes on. */
    struct status_ike row;
    assert_int_equal(node_ike(hub, &row, 1), 1);
    const struct command gone = {
        .kind = COMMAND_CLEAR, .clear_scope = CLEAR_ISAKMP, .clear_id = row.conn};
    node_command(hub, &gone);
    world_run(world, SECOND);
    assert_true(world_packet(one, "10.2.0.1", "10.1.0.1"));
    world_restart(two, OUTSIDE);
    node_dial(two);
    world_run(world, 3 * SECOND);
    assert_true(hub->events[EV_INITIAL_CONTACT] >= 1);
    assert_true(world_packet(two, "10.3.0.1", "10.1.0.1"));
    assert_true(world_packet(one, "10.2.0.1", "10.1.0.1"));
    assert_true(world_packet(hub, "10.1.0.1", "10.2.0.1"));
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_slept_and_asks_for_no_address_gets_the_own_one_back_after_a_login),
        cmocka_unit_test(the_same_after_a_restart_of_the_hub),
        cmocka_unit_test(while_the_store_is_late_the_old_address_waits_and_is_not_refused),
        cmocka_unit_test(nobody_gets_anothers_address_or_one_that_nobody_had),
        cmocka_unit_test(an_address_that_left_the_pool_is_not_taken_back),
        cmocka_unit_test(
            an_address_that_the_users_other_machine_holds_stays_there_while_that_lives),
        cmocka_unit_test(a_login_that_was_not_waited_for_opens_no_old_address),
        cmocka_unit_test(a_second_request_after_a_renewed_phase_1_is_answered_with_the_same),
        cmocka_unit_test(initial_contact_after_phase_1_ends_the_older_session_of_the_same_user),
        cmocka_unit_test(initial_contact_before_the_login_counts_when_the_user_is_known),
        cmocka_unit_test(initial_contact_ends_no_pair_of_another_port_behind_the_same_nat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
