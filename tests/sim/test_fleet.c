/* One hub, many branches and clients, with delay, loss, duplication, reordering, new addresses,
 * crashes, wrong passwords and lost paths. After every turn the invariants of the world hold: no
 * address leased twice, installs and deletes balance, both ends hold equal keys, half-open SAs are
 * few, every SA has a deadline. When the weather clears, everybody is up again.
 *
 * HUBWARD_FLEET: members (200). HUBWARD_SEED: one seed instead of the stored ones; a failing run
 * prints its seed, and that seed plays it again. HUBWARD_SECONDS: how long misfortune lasts
 * (180). */
#include "sim/fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { CALM_S = 300, MEMBERS = 200, BAD_S = 180 };

static size_t number(const char *name, size_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoul(text, NULL, 10) : otherwise;
}

static void play(uint64_t seed, size_t members, size_t seconds)
{
    struct fleet fleet = fleet_new(seed, members);
    fleet.world->weather = (struct weather){.delay_ms = 20,
                                            .jitter_ms = 60,
                                            .loss = 50,
                                            .duplication = 20,
                                            .reorder = 50,
                                            .reorder_ms = 400};
    struct sink log = {0};
    if (getenv("HUBWARD_LOG"))
        fleet.world->log = &log;
    print_message("fleet: seed %llu, %zu members\n", (unsigned long long)seed, members);
    for (size_t s = 0; s < seconds; s++) {
        fleet_second(&fleet, true);
        fleet_check(&fleet);
    }
    fleet.world->weather = (struct weather){.delay_ms = 20};
    size_t working = 0, s;
    for (s = 0; s < CALM_S && working < members; s++) {
        fleet_second(&fleet, false);
        working = s % 10 == 9 ? fleet_working(&fleet) : 0;
    }
    fleet_check(&fleet);
    struct status_summary summary;
    engine_status_summary(fleet.hub->engine, &summary);
    print_message("fleet: all work after %zu s of calm; %llu datagrams, %llu lost, %llu turns\n", s,
                  (unsigned long long)fleet.world->delivered, (unsigned long long)fleet.world->lost,
                  (unsigned long long)fleet.world->turns);
    if (working != members)
        fleet_report(&fleet);
    if (working != members)
        world_broken(fleet.world, "%zu of %zu members work", working, members);
    fleet_free(&fleet);
    sink_free(&log);
}

static void a_fleet_in_bad_weather_keeps_every_invariant_and_comes_back(void **state)
{
    (void)state;
    size_t members = number("HUBWARD_FLEET", MEMBERS), seconds = number("HUBWARD_SECONDS", BAD_S);
    if (getenv("HUBWARD_SEED")) {
        play(number("HUBWARD_SEED", 1), members, seconds);
        return;
    }
    for (uint64_t seed = 1; seed <= 3; seed++)
        play(seed, members, seconds);
}

static void a_small_fleet_meets_everything_with_many_seeds(void **state)
{
    (void)state;
    for (uint64_t seed = 100; seed < 130; seed++)
        play(seed, 9, 120);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fleet_in_bad_weather_keeps_every_invariant_and_comes_back),
        cmocka_unit_test(a_small_fleet_meets_everything_with_many_seeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
