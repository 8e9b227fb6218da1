/* Main mode as it is played between the seed's spoke and hub (003). */
#include "replay/scene.h"

static void the_seeds_branch_comes_up_and_traffic_passes(void **state)
{
    (void)state;
    struct scene scene = scene_new(1);
    struct sink log = {0};
    scene.world->log = &log;
    node_dial(scene.spoke);
    world_run(scene.world, 2000);
    print_message("%s", sink_string(&log));
    assert_int_equal(node_established(scene.hub), 1);
    assert_int_equal(node_established(scene.spoke), 1);
    assert_traffic(&scene);
    sink_free(&log);
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seeds_branch_comes_up_and_traffic_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
