/* Aggressive mode as clients play it. */
#include "replay/scene.h"
#include "sim/client.h"
#include <stdio.h>

static void a_vpn_client_comes_up_and_traffic_passes(void **state)
{
    (void)state;
    struct world *world = world_new(2);
    struct sink log = {0};
    world->log = &log;
    world->debug = true;
    struct node *hub = scene_hub(world);
    world_user_add(world, "alice", "wonderland");
    const struct client_habits habits = {.group = "testgroup", .key = "cisco321", .user = "alice", .password = "wonderland"};
    struct client *client = client_join(world, "alice", "203.0.113.9", hub, &habits);
    client_start(client);
    world_run(world, 5000);
    fputs(sink_string(&log), stderr);
    print_message("%s\n", client_stage_name(client->stage));
    assert_int_equal(client->stage, CLIENT_UP);
    assert_true(world_packet(client->node, "10.5.5.1", "10.1.9.9"));
    assert_true(world_packet(hub, "10.1.9.9", "10.5.5.1"));
    sink_free(&log);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vpn_client_comes_up_and_traffic_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
