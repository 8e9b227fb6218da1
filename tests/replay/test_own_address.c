/* Users who belong to a group, and users with an address of their own. */
#include "replay/leases.h"

static char *hub_with_lines(const char *group_lines, const char *lines)
{
    char added[512];
    char *text = text_with(scene_text("hub"), "  pool ippool", group_lines);
    snprintf(added, sizeof added, "%s\nip local pool ippool 10.5.5.1 10.5.5.3", lines);
    return text_with(text, "ip local pool ippool 10.5.5.1 10.5.5.254", added);
}

/* -- group-lock -- */

static void
with_group_lock_the_name_ends_in_the_group_and_the_list_is_asked_for_the_rest(void **state)
{
    static const char *const names[] = {"alice@testgroup", "alice/testgroup", "alice%testgroup",
                                        "alice\\testgroup"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct client_habits habits = alice;
        habits.user = names[i];
        struct client_scene scene =
            client_scene_at(80, hub_with_lines(" pool ippool\n group-lock", "!"), &habits);
        client_start(scene.client);
        world_run(scene.world, 3000);
        assert_client_up(&scene);
        assert_string_equal(scene.hub->last_ask.user, "alice");
        assert_string_equal(scene.hub->sessions->row.user, "alice");
        world_free(scene.world);
    }
}

static void a_name_of_another_group_or_of_none_is_refused_without_asking(void **state)
{
    static const char *const names[] = {"alice",          "alice@othergroup", "@testgroup",
                                        "alicetestgroup", "testgroup",        "alice@testgroup@",
                                        "alice@Testgroup"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct client_habits habits = alice;
        habits.user = names[i];
        struct client_scene scene =
            client_scene_at(81, hub_with_lines(" pool ippool\n group-lock", "!"), &habits);
        client_start(scene.client);
        world_run(scene.world, 3000);
        assert_int_equal(scene.client->stage, CLIENT_REFUSED);
        assert_int_equal(scene.client->last_status, 0);
        assert_true(node_refused_with(scene.hub, RULE_GROUP_LOCK));
        assert_non_null(strstr(scene.hub->decisions[0].decision.hint, "USER@GROUP"));
        assert_int_equal(scene.hub->asked_password, 0);
        assert_nothing_gained(scene.hub);
        world_free(scene.world);
    }
}

static void without_it_the_whole_name_is_the_users(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.user = "alice@testgroup";
    struct client_scene scene = client_scene_played(82, &habits, 3000);
    assert_int_equal(scene.client->stage, CLIENT_REFUSED);
    assert_string_equal(scene.hub->last_ask.user, "alice@testgroup");
    assert_true(node_refused_with(scene.hub, RULE_PASSWORD));
    world_free(scene.world);
}

/* -- addresses -- */

static void a_user_gets_the_own_address_and_nobody_else_does(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_at(
        83, hub_with_lines(" pool ippool", "hubward user alice address 10.5.5.1 group testgroup"),
        &bob);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_string_equal(lease_of(scene.client), "10.5.5.2");
    struct client *own = join(scene.world, scene.hub, "own", "198.51.100.1", &alice);
    assert_int_equal(own->stage, CLIENT_UP);
    assert_string_equal(lease_of(own), "10.5.5.1");
    client_leave(own);
    world_run(scene.world, 2 * (uint64_t)GRACE_MS);
    /* The pool is empty before anybody gets it, also when its user is long gone. */
    world_user_add(scene.world, "carol", "singer");
    world_user_add(scene.world, "dora", "singer");
    struct client_habits late = {
        .group = "testgroup", .key = "cisco321", .user = "carol", .password = "singer"};
    struct client *carol = join(scene.world, scene.hub, "carol", "198.51.100.2", &late);
    assert_string_equal(lease_of(carol), "10.5.5.3");
    client_start(scene.client);
    world_run(scene.world, 3000);
    late.user = "dora";
    struct client *dora = join(scene.world, scene.hub, "dora", "198.51.100.3", &late);
    assert_int_equal(dora->stage, CLIENT_REFUSED);
    assert_true(node_refused_with(scene.hub, RULE_POOL_EMPTY));
    world_free(scene.world);
}

static void an_address_in_no_pool_works_and_is_kept_over_a_restart(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_at(
        84, hub_with_lines(" pool ippool", "hubward user alice address 172.16.0.7"), &alice);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    assert_string_equal(lease_of(scene.client), "172.16.0.7");
    world_restart(scene.hub, OUTSIDE);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    assert_string_equal(lease_of(scene.client), "172.16.0.7");
    world_free(scene.world);
}

static void one_address_is_one_session_whatever_max_logins_says(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_at(
        85, hub_with_lines(" pool ippool\n max-logins 3", "hubward user alice address 172.16.0.7"),
        &alice);
    client_start(scene.client);
    world_run(scene.world, 3000);
    struct client *second = join(scene.world, scene.hub, "second", "198.51.100.1", &alice);
    assert_int_equal(second->stage, CLIENT_REFUSED);
    assert_true(node_refused_with(scene.hub, RULE_OWN_ADDRESS));
    assert_client_up(&scene);
    world_free(scene.world);
}

/* Who had the address of a pool before the line was written has another one now. */
static void a_lease_of_before_gives_way_to_the_one_whose_address_it_became(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_at(
        86, hub_with_lines(" pool ippool", "hubward user alice address 10.5.5.2 group testgroup"),
        &bob);
    const struct command before = {.kind = COMMAND_LEASE_LOADED,
                                   .lease = {.principal = "testgroup/bob",
                                             .pool = "ippool",
                                             .addr = world_addr("10.5.5.2"),
                                             .expires_s = 3600}};
    node_command(scene.hub, &before);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_string_equal(lease_of(scene.client), "10.5.5.1");
    struct client *own = join(scene.world, scene.hub, "own", "198.51.100.1", &alice);
    assert_string_equal(lease_of(own), "10.5.5.2");
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            with_group_lock_the_name_ends_in_the_group_and_the_list_is_asked_for_the_rest),
        cmocka_unit_test(a_name_of_another_group_or_of_none_is_refused_without_asking),
        cmocka_unit_test(without_it_the_whole_name_is_the_users),
        cmocka_unit_test(a_user_gets_the_own_address_and_nobody_else_does),
        cmocka_unit_test(an_address_in_no_pool_works_and_is_kept_over_a_restart),
        cmocka_unit_test(one_address_is_one_session_whatever_max_logins_says),
        cmocka_unit_test(a_lease_of_before_gives_way_to_the_one_whose_address_it_became),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
