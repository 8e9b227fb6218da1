/* What is shown of pools and leases. */
#include "replay/leases.h"

static void a_pool_counts_who_is_there_who_may_return_and_who_found_nothing(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_at(18, hub_with_pool("10.5.5.2"), &alice);
    client_start(scene.client);
    world_run(scene.world, 3000);
    struct status_pool row = pool_row(scene.hub);
    assert_string_equal(row.name, "ippool");
    assert_true(addr_equal(row.first, world_addr("10.5.5.1")));
    assert_true(addr_equal(row.last, world_addr("10.5.5.2")));
    assert_true(row.total == 2 && row.active == 1 && row.kept == 0 && row.free == 1);
    client_leave(scene.client);
    struct client *other = join(scene.world, scene.hub, "other", "198.51.100.1", &bob);
    row = pool_row(scene.hub);
    assert_true(row.active == 1 && row.kept == 1 && row.free == 0 && row.empty == 0);
    const struct client_habits carol = {
        .group = "testgroup", .key = "cisco321", .user = "carol", .password = "singer"};
    world_user_add(scene.world, "carol", "singer");
    struct client *late = join(scene.world, scene.hub, "late", "198.51.100.2", &carol);
    assert_int_equal(late->stage, CLIENT_REFUSED);
    assert_int_equal(pool_row(scene.hub).empty, 1);
    client_leave(other);
    world_run(scene.world, 2 * (uint64_t)GRACE_MS);
    row = pool_row(scene.hub);
    assert_true(row.active == 0 && row.kept == 0 && row.free == 2 && row.empty == 1);
    world_free(scene.world);
}

static void a_pool_of_millions_is_counted_without_a_walk(void **state)
{
    (void)state;
    char *text = text_with(scene_text("hub"), "ip local pool ippool 10.5.5.1 10.5.5.254",
                           "ip local pool ippool 10.0.0.0 10.255.255.255\n"
                           "ip local pool ippool 11.0.0.0 11.255.255.255");
    struct client_scene scene = client_scene_at(19, text, &alice);
    struct status_pool row = pool_row(scene.hub);
    assert_int_equal(row.ranges, 2);
    assert_int_equal(row.total, 2 * 16777216);
    for (int i = 0; i < 10000; i++)
        row = pool_row(scene.hub);
    assert_int_equal(row.free, row.total);
    world_free(scene.world);
}

static void leases_come_in_the_order_of_their_addresses_a_page_at_a_time(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_new(20, &alice);
    enum { LEASES = 200 };
    for (uint32_t i = 0; i < LEASES; i++) {
        struct command loaded = {
            .kind = COMMAND_LEASE_LOADED,
            .lease = {.pool = "ippool",
                      .addr = addr_add(world_addr("10.5.5.1"), i * 37 % LEASES),
                      .expires_s = 3600}};
        snprintf(loaded.lease.principal, sizeof loaded.lease.principal, "testgroup/u%u", i);
        node_command(scene.hub, &loaded);
    }
    client_start(scene.client);
    world_run(scene.world, 3000);
    struct status_lease rows[64];
    uint32_t at = 0, seen = 0;
    size_t n;
    do {
        n = engine_status_leases(scene.hub->engine, scene.world->now_ms, &at, rows, 64);
        for (size_t i = 0; i < n; i++, seen++) {
            assert_true(addr_equal(rows[i].addr, addr_add(world_addr("10.5.5.1"), seen)));
            assert_int_equal(rows[i].active, seen == LEASES);
            assert_true(rows[i].active ? rows[i].ike_id && !rows[i].kept_ms
                                       : !rows[i].ike_id && rows[i].kept_ms);
        }
    } while (n == 64);
    assert_int_equal(seen, LEASES + 1);
    assert_string_equal(rows[n - 1].principal, "testgroup/alice");
    assert_string_equal(rows[n - 1].pool, "ippool");
    /* All at once is the same. */
    struct status_lease *all = calloc(500, sizeof *all);
    at = 0;
    assert_non_null(all);
    assert_int_equal(engine_status_leases(scene.hub->engine, scene.world->now_ms, &at, all, 500),
                     LEASES + 1);
    free(all);
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pool_counts_who_is_there_who_may_return_and_who_found_nothing),
        cmocka_unit_test(a_pool_of_millions_is_counted_without_a_walk),
        cmocka_unit_test(leases_come_in_the_order_of_their_addresses_a_page_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
