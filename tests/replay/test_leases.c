/* Who gets which address: the same user the same one, nobody another's, through reconnects, rekeys,
 * restarts and full pools. */
#include "replay/leases.h"

static void the_same_user_gets_the_same_address_from_wherever_it_comes(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(1, &alice, 3000);
    struct client *other = join(scene.world, scene.hub, "bob", "203.0.113.10", &bob);
    assert_string_equal(lease_of(scene.client), "10.5.5.1");
    assert_string_equal(lease_of(other), "10.5.5.2");
    client_leave(scene.client);
    client_leave(other);
    world_run(scene.world, 1000);
    assert_int_equal(node_established(scene.hub), 0);
    /* In the other order, and from elsewhere. */
    struct client *b = join(scene.world, scene.hub, "b", "198.51.100.2", &bob);
    struct client *a = join(scene.world, scene.hub, "a", "198.51.100.1", &alice);
    assert_string_equal(lease_of(b), "10.5.5.2");
    assert_string_equal(lease_of(a), "10.5.5.1");
    world_free(scene.world);
}

static void after_a_restart_of_the_hub_the_same_user_gets_the_same_address(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(2, &alice, 3000);
    struct client *other = join(scene.world, scene.hub, "bob", "203.0.113.10", &bob);
    world_restart(scene.hub, OUTSIDE);
    client_start(other);
    world_run(scene.world, 3000);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_string_equal(lease_of(other), "10.5.5.2");
    assert_string_equal(lease_of(scene.client), "10.5.5.1");
    assert_client_up(&scene);
    world_free(scene.world);
}

/* The one who comes first after the restart is not the one who came first of all. */
static void a_store_that_is_late_costs_time_and_no_address(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(2, &alice, 3000);
    struct client *other = join(scene.world, scene.hub, "bob", "203.0.113.10", &bob);
    scene.world->store_late = true;
    world_restart(scene.hub, OUTSIDE);
    client_start(other);
    world_run(scene.world, 3000);
    assert_int_equal(other->stage, CLIENT_REFUSED);
    assert_true(node_refused_with(scene.hub, RULE_NO_LEASE));
    world_leases_come(scene.hub);
    client_start(other);
    world_run(scene.world, 3000);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_string_equal(lease_of(other), "10.5.5.2");
    assert_string_equal(lease_of(scene.client), "10.5.5.1");
    assert_client_up(&scene);
    world_free(scene.world);
}

static void a_second_session_over_max_logins_is_refused_and_the_first_lives_on(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(3, &alice, 3000);
    struct client *second = join(scene.world, scene.hub, "second", "198.51.100.1", &alice);
    assert_int_equal(second->stage, CLIENT_REFUSED);
    assert_true(node_refused_with(scene.hub, RULE_LOGINS));
    assert_client_up(&scene);
    world_free(scene.world);
}

static void as_many_sessions_as_max_logins_says_have_an_address_each(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_at(4, hub_with_logins(2), &alice);
    client_start(scene.client);
    world_run(scene.world, 3000);
    struct client *second = join(scene.world, scene.hub, "second", "198.51.100.1", &alice);
    struct client *third = join(scene.world, scene.hub, "third", "198.51.100.2", &alice);
    assert_string_equal(lease_of(scene.client), "10.5.5.1");
    assert_string_equal(lease_of(second), "10.5.5.2");
    assert_int_equal(third->stage, CLIENT_REFUSED);
    assert_client_up(&scene);
    /* The slot that becomes free is the one that is given again. */
    client_leave(scene.client);
    world_run(scene.world, 1000);
    client_start(third);
    world_run(scene.world, 3000);
    assert_string_equal(lease_of(third), "10.5.5.1");
    world_free(scene.world);
}

static void initial_contact_of_the_same_user_replaces_its_forgotten_session(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.initial_contact = true;
    struct client_scene scene = client_scene_played(5, &habits, 3000);
    client_forget_tunnel(scene.client); /* the machine crashed: no goodbye */
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    assert_int_equal(node_established(scene.hub), 1);
    assert_int_equal(node_tunnels(scene.hub), 1);
    assert_string_equal(lease_of(scene.client), "10.5.5.1");
    /* And from another address, as only one login is allowed. */
    struct client *elsewhere = join(scene.world, scene.hub, "elsewhere", "198.51.100.1", &habits);
    assert_int_equal(elsewhere->stage, CLIENT_UP);
    assert_string_equal(lease_of(elsewhere), "10.5.5.1");
    assert_int_equal(node_established(scene.hub), 1);
    world_free(scene.world);
}

/* HASH_I covers no notification: in clear anybody on the way could have added it. */
static void initial_contact_in_a_clear_third_message_ends_nothing(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.initial_contact = true;
    habits.clear_am3 = true;
    struct client_scene scene = client_scene_played(40, &alice, 3000);
    assert_int_equal(node_established(scene.hub), 1);
    struct client *second = join(scene.world, scene.hub, "second", "198.51.100.1", &habits);
    assert_int_not_equal(second->stage, CLIENT_UP);
    assert_client_up(&scene);
    world_free(scene.world);
}

static void p04_initial_contact_and_delete_of_a_member_touch_no_other_member(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(6, &alice, 3000);
    struct client_habits habits = bob;
    habits.initial_contact = true;
    struct client *mallory = join(scene.world, scene.hub, "mallory", "203.0.113.10", &habits);
    assert_int_equal(mallory->stage, CLIENT_UP);
    assert_client_up(&scene);
    client_initial_contact(mallory);
    client_delete_ike(mallory, &scene.client->sa); /* by the cookies of alice's SA */
    client_delete_esp(mallory, scene.client->spi_in);
    client_delete_esp(mallory, scene.client->spi_out);
    world_run(scene.world, 2000);
    assert_client_up(&scene);
    assert_int_equal(node_established(scene.hub), 2);
    assert_int_equal(node_tunnels(scene.hub), 2);
    /* Even from the same address: they share a NAT's outside, say. */
    struct nat *nat = world_nat(scene.world, "192.0.2.1");
    struct client *one = client_join(scene.world, "one", "10.9.9.1", scene.hub, &alice);
    struct client *two = client_join(scene.world, "two", "10.9.9.2", scene.hub, &habits);
    one->node->behind = two->node->behind = nat;
    client_leave(scene.client);
    client_leave(mallory);
    client_start(one);
    world_run(scene.world, 3000);
    client_start(two);
    world_run(scene.world, 3000);
    assert_int_equal(one->stage, CLIENT_UP);
    assert_int_equal(two->stage, CLIENT_UP);
    assert_int_equal(node_established(scene.hub), 2);
    world_free(scene.world);
}

static void an_empty_pool_refuses_the_next_and_keeps_the_others(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_at(7, hub_with_pool("10.5.5.1"), &alice);
    client_start(scene.client);
    world_run(scene.world, 3000);
    struct client *late = join(scene.world, scene.hub, "late", "198.51.100.1", &bob);
    assert_int_equal(late->stage, CLIENT_REFUSED);
    assert_true(node_refused_with(scene.hub, RULE_POOL_EMPTY));
    assert_client_up(&scene);
    /* What alice leaves behind stays hers through the grace period. */
    client_leave(scene.client);
    world_run(scene.world, 1000);
    client_start(late);
    world_run(scene.world, 3000);
    assert_int_equal(late->stage, CLIENT_REFUSED);
    world_run(scene.world, GRACE_MS);
    client_start(late);
    world_run(scene.world, 3000);
    assert_int_equal(late->stage, CLIENT_UP);
    assert_string_equal(lease_of(late), "10.5.5.1");
    world_free(scene.world);
}

static void a_wish_for_anothers_address_is_not_granted(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(8, &alice, 3000);
    struct client_habits habits = bob;
    habits.wish = world_addr("10.5.5.1");
    struct client *greedy = join(scene.world, scene.hub, "greedy", "198.51.100.1", &habits);
    assert_int_equal(greedy->stage, CLIENT_UP);
    assert_string_equal(lease_of(greedy), "10.5.5.2");
    assert_client_up(&scene);
    world_free(scene.world);
}

static void p14_quick_mode_for_anothers_address_gets_nothing(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(9, &alice, 3000);
    struct client_habits habits = bob;
    habits.stop_at = CLIENT_LEASED;
    struct client *thief = join(scene.world, scene.hub, "thief", "198.51.100.1", &habits);
    thief->lease = scene.client->lease;
    client_quick(thief);
    world_run(scene.world, 1000);
    assert_int_equal(thief->stage, CLIENT_REFUSED);
    assert_true(node_refused_with(scene.hub, RULE_NOT_THE_LEASE));
    assert_client_up(&scene);
    assert_int_equal(node_tunnels(scene.hub), 1);
    world_free(scene.world);
}

static void a_rekey_of_phase_1_keeps_address_and_pair_but_asks_for_the_password(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(10, &alice, 3000);
    struct addr lease = scene.client->lease;
    uint64_t tunnel = scene.client->tunnel;
    client_rekey_phase1(scene.client);
    world_run(scene.world, 3000);
    assert_int_equal(scene.client->stage, CLIENT_UP);
    assert_int_equal(scene.client->xauth_requests, 2);
    assert_int_equal(scene.hub->asked_password, 2);
    assert_true(addr_equal(lease, scene.client->lease));
    assert_int_equal(scene.client->tunnel, tunnel);
    assert_client_up(&scene);
    assert_int_equal(scene.hub->installs, 2);
    /* The hub may say goodbye to the old SA whenever it likes: nothing of the session is lost. */
    world_run(scene.world, 86400000 - 10000);
    struct status_ike rows[4];
    size_t n = node_ike(scene.hub, rows, 4);
    bool held = false;
    for (size_t i = 0; i < n; i++)
        held = held || addr_equal(rows[i].assigned, lease);
    assert_true(held);
    world_free(scene.world);
}

static char *hub_with_one_login(void)
{
    return text_and(scene_text("hub"), "hubward xauth once");
}

static void a_rekey_from_the_same_place_need_not_log_in_where_once_is_enough(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_at(12, hub_with_one_login(), &alice);
    client_start(scene.client);
    world_run(scene.world, 3000);
    struct addr lease = scene.client->lease;
    client_rekey_phase1(scene.client);
    world_run(scene.world, 3000);
    assert_int_equal(scene.client->xauth_requests, 1);
    assert_int_equal(scene.hub->asked_password, 1);
    assert_int_equal(scene.hub->events[EV_XAUTH_ONCE], 1);
    /* The lease and the pair are the new phase 1's. */
    struct status_ike rows[4];
    assert_int_equal(node_ike(scene.hub, rows, 4), 2);
    assert_true(addr_equal(rows[1].assigned, lease));
    assert_string_equal(rows[1].user, "alice");
    assert_true(world_packet(scene.hub, "10.1.9.9", "10.5.5.1"));
    assert_int_equal(node_tunnels(scene.hub), 1);
    world_free(scene.world);
}

static void another_place_of_the_same_group_is_asked_all_the_same(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_at(13, hub_with_one_login(), &alice);
    client_start(scene.client);
    world_run(scene.world, 3000);
    struct client *other = join(scene.world, scene.hub, "other", "203.0.113.77", &bob);
    assert_int_equal(other->stage, CLIENT_UP);
    assert_int_equal(other->xauth_requests, 1);
    assert_int_equal(scene.hub->asked_password, 2);
    assert_int_equal(scene.hub->events[EV_XAUTH_ONCE], 0);
    world_free(scene.world);
}

static void a_rekey_with_a_wrong_password_ends_itself_and_not_the_session(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(11, &alice, 3000);
    scene.client->habits.password = "forgotten";
    client_rekey_phase1(scene.client);
    world_run(scene.world, 5000);
    assert_int_equal(scene.client->last_status, 0);
    assert_int_equal(node_established(scene.hub), 1);
    assert_int_equal(node_tunnels(scene.hub), 1);
    struct status_ike row;
    assert_int_equal(node_ike(scene.hub, &row, 1), 1);
    assert_true(addr_equal(row.assigned, world_addr("10.5.5.1")));
    world_free(scene.world);
}

static void p02_a_rekeyed_phase_1_without_login_gets_no_pair(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(12, &alice, 3000);
    scene.client->habits.stop_at = CLIENT_PROVED;
    client_rekey_phase1(scene.client);
    world_run(scene.world, 1000);
    assert_int_equal(scene.client->xauth_requests, 2);
    uint32_t installs = scene.hub->installs;
    client_quick(scene.client);
    world_run(scene.world, 1000);
    assert_int_equal(scene.hub->installs, installs);
    assert_true(node_refused_with(scene.hub, RULE_STEP_SKIPPED));
    world_free(scene.world);
}

/* A group whose members do not log in. */
static void an_operator_that_clears_a_session_frees_its_address_for_the_same_user(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(17, &alice, 3000);
    struct status_ike row;
    uint32_t cleared = 0;
    assert_int_equal(node_ike(scene.hub, &row, 1), 1);
    const struct command command = {.kind = COMMAND_CLEAR, .clear_id = row.id, .cleared = &cleared};
    node_command(scene.hub, &command);
    world_run(scene.world, 1000);
    assert_int_equal(cleared, 1);
    assert_int_equal(scene.client->stage, CLIENT_ENDED);
    assert_int_equal(scene.client->deletes_esp, 1);
    assert_nothing_gained(scene.hub);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    assert_string_equal(lease_of(scene.client), "10.5.5.1");
    world_free(scene.world);
}

static void a_user_whose_old_machine_is_dead_gets_in_without_a_keepalive(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_at(21, hub_with_pool("10.5.5.1"), &alice);
    client_start(scene.client);
    world_run(scene.world, 10000);
    scene.client->node->unplugged = true; /* no goodbye, and no INITIAL-CONTACT afterwards */
    struct client *again = client_join(scene.world, "again", "198.51.100.1", scene.hub, &alice);
    client_start(again);
    world_run(scene.world, 15000);
    assert_int_equal(again->stage, CLIENT_UP);
    assert_string_equal(lease_of(again), "10.5.5.1");
    assert_int_equal(node_established(scene.hub), 1);
    assert_int_equal(scene.hub->events[EV_DPD_DEAD], 1);
    world_free(scene.world);
}

static void a_user_whose_old_machine_answers_is_refused_at_once(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_at(22, hub_with_pool("10.5.5.1"), &alice);
    client_start(scene.client);
    world_run(scene.world, 60000);
    struct client *second = client_join(scene.world, "second", "198.51.100.1", scene.hub, &alice);
    client_start(second);
    world_run(scene.world, 1500);
    assert_int_equal(second->stage, CLIENT_REFUSED);
    assert_true(node_refused_with(scene.hub, RULE_LOGINS));
    assert_client_up(&scene);
    assert_int_equal(scene.client->probes, 1);
    world_run(scene.world, 600000);
    assert_int_equal(scene.client->probes, 1); /* the doubt is settled */
    world_free(scene.world);
}

static void a_new_login_replaces_the_oldest_where_the_group_says_so(void **state)
{
    (void)state;
    char *text = text_with(scene_text("hub"), "  pool ippool\n",
                           "  pool ippool\n  max-logins 2\n  hubward max-logins replace\n");
    struct client_scene scene = client_scene_at(23, text, &alice);
    client_start(scene.client);
    world_run(scene.world, 3000);
    struct client *second = join(scene.world, scene.hub, "second", "198.51.100.1", &alice);
    struct client *third = join(scene.world, scene.hub, "third", "198.51.100.2", &alice);
    assert_int_equal(scene.client->stage, CLIENT_ENDED);
    assert_int_equal(second->stage, CLIENT_UP);
    assert_int_equal(third->stage, CLIENT_UP);
    assert_string_equal(lease_of(third), "10.5.5.1");
    assert_string_equal(node_session(scene.hub, 1)->row.reason, "replaced by a new login");
    world_free(scene.world);
}

static void a_group_takes_max_users_and_no_more(void **state)
{
    (void)state;
    char *text = text_with(scene_text("hub"), "  pool ippool\n", "  pool ippool\n  max-users 1\n");
    struct client_scene scene = client_scene_at(24, text, &alice);
    client_start(scene.client);
    world_run(scene.world, 3000);
    struct client *late = join(scene.world, scene.hub, "late", "198.51.100.1", &bob);
    assert_int_equal(late->stage, CLIENT_REFUSED);
    assert_true(node_refused_with(scene.hub, RULE_USERS));
    client_rekey_phase1(scene.client); /* who is in stays in */
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    client_leave(scene.client);
    world_run(scene.world, 1000);
    client_start(late);
    world_run(scene.world, 3000);
    assert_int_equal(late->stage, CLIENT_UP);
    world_free(scene.world);
}

static void a_wish_chooses_among_the_addresses_of_the_same_user(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_at(25, hub_with_logins(2), &alice);
    client_start(scene.client);
    world_run(scene.world, 3000);
    struct client_habits habits = alice;
    habits.wish = world_addr("10.5.5.2");
    struct client *second = join(scene.world, scene.hub, "second", "198.51.100.1", &habits);
    assert_string_equal(lease_of(second), "10.5.5.2");
    client_leave(scene.client);
    client_leave(second);
    world_run(scene.world, 1000);
    client_start(second);
    world_run(scene.world, 3000);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_string_equal(lease_of(second), "10.5.5.2");
    assert_string_equal(lease_of(scene.client), "10.5.5.1");
    world_free(scene.world);
}

static void initial_contact_gives_the_only_address_back_before_it_is_needed(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.initial_contact = true;
    struct client_scene scene = client_scene_at(26, hub_with_pool("10.5.5.1"), &habits);
    for (int i = 0; i < 3; i++) {
        client_start(scene.client);
        world_run(scene.world, 3000);
        assert_client_up(&scene);
        client_forget_tunnel(scene.client);
    }
    assert_int_equal(node_established(scene.hub), 1);
    assert_int_equal(pool_row(scene.hub).empty, 0);
    world_free(scene.world);
}

static void an_address_that_the_store_holds_for_another_is_passed_over(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_at(27, NULL, &alice);
    scene.world->hold = 1u << ANSWER_LEASE_SAVED;
    client_start(scene.client);
    world_run(scene.world, 2000);
    assert_true(world_release(scene.world, ANSWER_LEASE_SAVED, RC_EXISTS));
    world_run(scene.world, 100);
    assert_true(world_release(scene.world, ANSWER_LEASE_SAVED, RC_OK));
    scene.world->hold = 0;
    world_run(scene.world, 2000);
    assert_client_up(&scene);
    assert_string_equal(lease_of(scene.client), "10.5.5.2");
    struct status_pool row = pool_row(scene.hub);
    assert_true(row.active == 1 && row.kept == 1);
    world_free(scene.world);
}

/* Whatever the reason: not on disk, not told; and nothing of the pool is lost by it. */
static void a_lease_that_cannot_be_stored_is_not_given_and_not_kept(void **state)
{
    (void)state;
    static const struct {
        enum rc rc;
        const char *hint;
    } rows[] = {{RC_IO, "could not be saved"},
                {RC_FULL, "disk"},
                {RC_DENIED, "newer"},
                {RC_AGAIN, "in time"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct client_scene scene = client_scene_new(28 + i, &alice);
        scene.world->hold = 1u << ANSWER_LEASE_SAVED;
        client_start(scene.client);
        world_run(scene.world, 2000);
        assert_true(world_release(scene.world, ANSWER_LEASE_SAVED, rows[i].rc));
        world_run(scene.world, 3000);
        assert_int_equal(scene.client->stage, CLIENT_REFUSED);
        assert_true(node_refused_with(scene.hub, RULE_NO_LEASE));
        assert_non_null(strstr(scene.hub->decisions[0].decision.hint, rows[i].hint));
        assert_int_equal(pool_row(scene.hub).free, 254);
        world_free(scene.world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_user_gets_the_same_address_from_wherever_it_comes),
        cmocka_unit_test(after_a_restart_of_the_hub_the_same_user_gets_the_same_address),
        cmocka_unit_test(a_store_that_is_late_costs_time_and_no_address),
        cmocka_unit_test(a_second_session_over_max_logins_is_refused_and_the_first_lives_on),
        cmocka_unit_test(as_many_sessions_as_max_logins_says_have_an_address_each),
        cmocka_unit_test(initial_contact_of_the_same_user_replaces_its_forgotten_session),
        cmocka_unit_test(initial_contact_in_a_clear_third_message_ends_nothing),
        cmocka_unit_test(p04_initial_contact_and_delete_of_a_member_touch_no_other_member),
        cmocka_unit_test(an_empty_pool_refuses_the_next_and_keeps_the_others),
        cmocka_unit_test(a_wish_for_anothers_address_is_not_granted),
        cmocka_unit_test(p14_quick_mode_for_anothers_address_gets_nothing),
        cmocka_unit_test(a_rekey_of_phase_1_keeps_address_and_pair_but_asks_for_the_password),
        cmocka_unit_test(a_rekey_from_the_same_place_need_not_log_in_where_once_is_enough),
        cmocka_unit_test(another_place_of_the_same_group_is_asked_all_the_same),
        cmocka_unit_test(a_rekey_with_a_wrong_password_ends_itself_and_not_the_session),
        cmocka_unit_test(p02_a_rekeyed_phase_1_without_login_gets_no_pair),
        cmocka_unit_test(an_operator_that_clears_a_session_frees_its_address_for_the_same_user),
        cmocka_unit_test(a_user_whose_old_machine_is_dead_gets_in_without_a_keepalive),
        cmocka_unit_test(a_user_whose_old_machine_answers_is_refused_at_once),
        cmocka_unit_test(a_new_login_replaces_the_oldest_where_the_group_says_so),
        cmocka_unit_test(a_group_takes_max_users_and_no_more),
        cmocka_unit_test(a_wish_chooses_among_the_addresses_of_the_same_user),
        cmocka_unit_test(initial_contact_gives_the_only_address_back_before_it_is_needed),
        cmocka_unit_test(an_address_that_the_store_holds_for_another_is_passed_over),
        cmocka_unit_test(a_lease_that_cannot_be_stored_is_not_given_and_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
