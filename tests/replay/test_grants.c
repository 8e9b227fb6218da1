/* What a login service says of its users, within what the configuration gives their group. */
#include "replay/leases.h"

static char *hub_with_pools(void)
{
    char *text =
        text_with(scene_text("hub"), "  pool ippool", "  pool ippool\n  hubward pool extra");
    return text_with(text, "ip local pool ippool 10.5.5.1 10.5.5.254",
                     "ip local pool ippool 10.5.5.1 10.5.5.3\n"
                     "ip local pool extra 10.6.6.1 10.6.6.9\n"
                     "ip local pool foreign 10.7.7.1 10.7.7.9\n"
                     "hubward user bob address 10.5.5.2 group testgroup");
}

static struct login_grant grant_of(const char *group, const char *pool, const char *address)
{
    struct login_grant grant = {.addr = {.family = ADDR_NONE}};
    snprintf(grant.group, sizeof grant.group, "%s", group);
    snprintf(grant.pool, sizeof grant.pool, "%s", pool);
    if (*address)
        assert_int_equal(addr_parse(address, &grant.addr), RC_OK);
    return grant;
}

static struct client_scene played_with(unsigned seed, const struct login_grant *grant)
{
    struct client_scene scene = client_scene_at(seed, hub_with_pools(), &alice);
    scene.world->login_grant = *grant;
    client_start(scene.client);
    world_run(scene.world, 3000);
    return scene;
}

static void a_login_gets_what_its_service_says(void **state)
{
    static const struct {
        const char *group, *pool, *address, *lease;
    } rows[] = {
        {"", "", "", "10.5.5.1"},
        {"testgroup", "", "", "10.5.5.1"},
        {"", "extra", "", "10.6.6.1"},
        {"", "", "10.6.6.7", "10.6.6.7"},
        {"testgroup", "extra", "10.6.6.8", "10.6.6.8"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct login_grant grant = grant_of(rows[i].group, rows[i].pool, rows[i].address);
        struct client_scene scene = played_with(90, &grant);
        assert_client_up(&scene);
        assert_string_equal(lease_of(scene.client), rows[i].lease);
        world_free(scene.world);
    }
}

static void what_does_not_fit_the_group_is_a_refusal_that_says_what_would_help(void **state)
{
    static const struct {
        const char *group, *pool, *address, *ours, *hint;
    } rows[] = {
        {"sales", "", "", "HUBWARD_GROUP=sales", "connects with group sales"},
        {"Testgroup", "", "", "HUBWARD_GROUP=Testgroup", "group Testgroup"},
        {"", "foreign", "", "HUBWARD_POOL=foreign", "add 'hubward pool foreign'"},
        {"", "nowhere", "", "HUBWARD_POOL=nowhere", "add 'hubward pool nowhere'"},
        {"", "", "10.7.7.1", "HUBWARD_ADDRESS=10.7.7.1", "in a pool of the group"},
        {"", "extra", "10.5.5.1", "HUBWARD_ADDRESS=10.5.5.1", "in a pool of the group"},
        {"", "", "10.5.5.2", "HUBWARD_ADDRESS=10.5.5.2", "user bob's by line"},
        {"", "", "2001:db8::1", "HUBWARD_ADDRESS=2001:db8::1", "in a pool of the group"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct login_grant grant = grant_of(rows[i].group, rows[i].pool, rows[i].address);
        struct client_scene scene = played_with(91, &grant);
        const struct decision *decision = &scene.hub->decisions[0].decision;
        assert_int_equal(scene.client->stage, CLIENT_REFUSED);
        assert_int_equal(scene.client->last_status, 0);
        assert_true(node_refused_with(scene.hub, RULE_GRANT));
        assert_string_equal(decision->ours, rows[i].ours);
        assert_non_null(strstr(decision->hint, rows[i].hint));
        assert_nothing_gained(scene.hub);
        world_free(scene.world);
    }
}

static void the_configurations_address_goes_before_the_services(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_at(92, hub_with_pools(), &bob);
    scene.world->login_grant = grant_of("", "", "10.6.6.5");
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_string_equal(lease_of(scene.client), "10.5.5.2");
    world_free(scene.world);
}

static void an_address_that_somebody_holds_now_is_not_given_twice(void **state)
{
    (void)state;
    const struct login_grant grant = grant_of("", "", "10.6.6.7");
    struct client_scene scene = played_with(93, &grant);
    assert_client_up(&scene);
    world_user_add(scene.world, "carol", "singer");
    struct client_habits late = {
        .group = "testgroup", .key = "cisco321", .user = "carol", .password = "singer"};
    struct client *carol = join(scene.world, scene.hub, "carol", "198.51.100.2", &late);
    assert_int_equal(carol->stage, CLIENT_REFUSED);
    assert_true(node_refused_with(scene.hub, RULE_OWN_ADDRESS));
    client_leave(scene.client);
    client_start(carol);
    world_run(scene.world, 3000);
    assert_int_equal(carol->stage, CLIENT_UP);
    assert_string_equal(lease_of(carol), "10.6.6.7");
    world_free(scene.world);
}

static void the_address_is_still_the_users_after_a_restart(void **state)
{
    (void)state;
    const struct login_grant grant = grant_of("", "extra", "");
    struct client_scene scene = played_with(94, &grant);
    assert_string_equal(lease_of(scene.client), "10.6.6.1");
    world_restart(scene.hub, OUTSIDE);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    assert_string_equal(lease_of(scene.client), "10.6.6.1");
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_login_gets_what_its_service_says),
        cmocka_unit_test(what_does_not_fit_the_group_is_a_refusal_that_says_what_would_help),
        cmocka_unit_test(the_configurations_address_goes_before_the_services),
        cmocka_unit_test(an_address_that_somebody_holds_now_is_not_given_twice),
        cmocka_unit_test(the_address_is_still_the_users_after_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
