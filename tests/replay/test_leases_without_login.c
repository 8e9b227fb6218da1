/* Addresses of clients that do not log in: nobody whose return could be waited for. */
#include "replay/leases.h"

static char *hub_without_xauth(const char *last)
{
    char *text = text_with(scene_text("hub"), "  client authentication list clientauth\n", "");
    char line[64];
    snprintf(line, sizeof line, "ip local pool ippool 10.5.5.1 %s", last);
    return text_with(text, "ip local pool ippool 10.5.5.1 10.5.5.254", line);
}

static struct client_habits nobody(void)
{
    struct client_habits habits = alice;
    habits.methods = METHODS_PSK;
    habits.user = NULL;
    return habits;
}

static void without_xauth_a_client_gets_an_address_and_keeps_it_through_a_rekey(void **state)
{
    (void)state;
    struct client_habits habits = nobody();
    struct client_scene scene = client_scene_at(13, hub_without_xauth("10.5.5.254"), &habits);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    struct addr lease = scene.client->lease;
    client_rekey_phase1(scene.client);
    world_run(scene.world, 3000);
    assert_int_equal(scene.client->stage, CLIENT_UP);
    assert_true(addr_equal(lease, scene.client->lease));
    client_config_request(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    assert_true(addr_equal(lease, scene.client->lease));
    world_free(scene.world);
}

static void without_xauth_a_client_that_crashed_comes_back(void **state)
{
    (void)state;
    struct client_habits habits = nobody();
    struct client_scene scene = client_scene_at(14, hub_without_xauth("10.5.5.254"), &habits);
    for (int i = 0; i < 3; i++) {
        client_start(scene.client);
        world_run(scene.world, 3000);
        assert_client_up(&scene);
    }
    assert_int_equal(node_tunnels(scene.hub), 1);
    world_free(scene.world);
}

static void without_xauth_addresses_are_not_kept_for_strangers(void **state)
{
    (void)state;
    struct client_habits habits = nobody();
    struct client_scene scene = client_scene_at(15, hub_without_xauth("10.5.5.2"), &habits);
    for (int i = 0; i < 6; i++) {
        char address[32];
        snprintf(address, sizeof address, "198.51.100.%d", 10 + i);
        struct client *client = join(scene.world, scene.hub, "c", address, &habits);
        assert_int_equal(client->stage, CLIENT_UP);
        client_leave(client);
        world_run(scene.world, 1000);
    }
    world_free(scene.world);
}

static void two_clients_without_xauth_hold_two_addresses(void **state)
{
    (void)state;
    struct client_habits habits = nobody();
    struct client_scene scene = client_scene_at(16, hub_without_xauth("10.5.5.2"), &habits);
    client_start(scene.client);
    world_run(scene.world, 3000);
    struct client *second = join(scene.world, scene.hub, "second", "198.51.100.10", &habits);
    struct client *third = join(scene.world, scene.hub, "third", "198.51.100.11", &habits);
    assert_client_up(&scene);
    assert_int_equal(second->stage, CLIENT_UP);
    assert_int_equal(third->stage, CLIENT_REFUSED);
    assert_false(addr_equal(scene.client->lease, second->lease));
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_xauth_a_client_gets_an_address_and_keeps_it_through_a_rekey),
        cmocka_unit_test(without_xauth_a_client_that_crashed_comes_back),
        cmocka_unit_test(without_xauth_addresses_are_not_kept_for_strangers),
        cmocka_unit_test(two_clients_without_xauth_hold_two_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
