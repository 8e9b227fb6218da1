/* Everything that rekeys have to stand, in any order and weather, with seeds that play it again.
 *
 * HUBWARD_TURNS: how often every event is to happen (50; the long form is 10000). HUBWARD_SEED: one
 * world with this seed only, of HUBWARD_WORLD turns (400). HUBWARD_REKEYS: renewals with traffic on
 * a clean path (1000). HUBWARD_LOG: what the engines said is printed when something breaks. */
#include "sim/sites.h"
#include "sim/storm.h"

#include "ike/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
    EVERY_EVENT = 50,
    WORLD_TURNS = 400,
    CALM_EVERY = 40,
    REKEYS = 1000,
    PAUSE_MS = 1500,
    STEP_MS = 10
};

static size_t number(const char *name, size_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoul(text, NULL, 10) : otherwise;
}

struct tally {
    uint64_t turns, counts[STORM_EVENTS], calms, seconds, worst;
};

static void add(struct tally *tally, struct storm *storm)
{
    tally->turns += storm->turns;
    for (size_t i = 0; i < STORM_EVENTS; i++)
        tally->counts[i] += storm->counts[i];
}

static void calm(struct tally *tally, struct storm *storm)
{
    unsigned seconds = storm_calm(storm);
    tally->calms++;
    tally->seconds += seconds;
    if (seconds > tally->worst)
        tally->worst = seconds;
}

static void play(uint64_t seed, size_t turns, struct tally *tally)
{
    struct storm *storm = storm_new(seed);
    struct sink log = {0};
    char again[160];
    snprintf(again, sizeof again, "HUBWARD_SEED=%llu HUBWARD_WORLD=%zu sim_storm",
             (unsigned long long)seed, turns);
    storm->fleet.world->replay = again;
    if (getenv("HUBWARD_LOG"))
        storm->fleet.world->log = &log;
    while (storm->turns < turns) {
        storm_turn(storm);
        if (storm->turns % CALM_EVERY == 0)
            calm(tally, storm);
    }
    calm(tally, storm);
    storm_end(storm);
    add(tally, storm);
    storm_free(storm);
    sink_free(&log);
}

static uint64_t least(const struct tally *tally)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < STORM_EVENTS; i++)
        if (tally->counts[i] < least)
            least = tally->counts[i];
    return least;
}

static void every_event_in_any_weather_leaves_tunnels_that_work_and_nothing_else(void **state)
{
    (void)state;
    struct tally tally = {0};
    size_t wanted = number("HUBWARD_TURNS", EVERY_EVENT);
    size_t turns = number("HUBWARD_WORLD", WORLD_TURNS);
    if (getenv("HUBWARD_SEED"))
        play(number("HUBWARD_SEED", 1), turns, &tally);
    for (uint64_t seed = 1; !getenv("HUBWARD_SEED") && least(&tally) < wanted; seed++)
        play(seed, turns, &tally);
    print_message("storm: %llu turns, every event at least %llu times; %llu calms, all work after "
                  "%.1f s on average, %llu s at worst\n",
                  (unsigned long long)tally.turns, (unsigned long long)least(&tally),
                  (unsigned long long)tally.calms, (double)tally.seconds / (double)tally.calms,
                  (unsigned long long)tally.worst);
    for (size_t i = 0; i < STORM_EVENTS; i++)
        print_message("storm: %8llu x %s\n", (unsigned long long)tally.counts[i],
                      storm_event_name((enum storm_event)i));
}

/* -- a clean path ------------------------------------------------------------------------------ */

static void soft(struct node *node)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct child *child;
    while ((child = slots_next(&node->engine->children, &at, &handle)))
        if (child->up && !child->old)
            break;
    const struct command command = {.kind = COMMAND_SA_SOFT, .tunnel = child ? child->self : 0};
    if (child)
        node_command(node, &command);
}

static void renew(struct sites *sites, unsigned which)
{
    struct node *one = which & 1 ? sites->left : sites->right;
    struct node *other = which & 1 ? sites->right : sites->left;
    bool phase1 = which % 10 == 9, both = which & 2;
    if (phase1)
        node_renew_phase1(one);
    else
        soft(one);
    if (!both)
        return;
    world_run(sites->world, which % 45);
    if (phase1)
        node_renew_phase1(other);
    else
        soft(other);
}

/* A packet each way every 10 ms while either side or both renew either phase. */
static void a_thousand_renewals_on_a_clean_path_lose_no_packet(void **state)
{
    (void)state;
    static const struct sites_terms terms = {.pfs = 0};
    struct sites sites = sites_up(1, &terms);
    unsigned lost = 0, packets = 0;
    size_t wanted = number("HUBWARD_REKEYS", REKEYS);
    sites.world->weather = (struct weather){.delay_ms = 15, .jitter_ms = 10};
    for (unsigned i = 0; i < wanted; i++) {
        uint32_t before = sites.left->events[EV_SA_CREATED];
        renew(&sites, i);
        lost += sites_traffic(&sites, PAUSE_MS, STEP_MS);
        packets += 2 * PAUSE_MS / STEP_MS;
        if (i % 100 == 99)
            lost += sites_traffic(&sites, 60000, 100), packets += 1200;
        assert_true(i % 10 == 9 || sites.left->events[EV_SA_CREATED] > before);
    }
    world_run(sites.world, 60000);
    print_message("storm: %zu renewals, %u pairs made, %u of %u packets lost\n", wanted,
                  sites.left->events[EV_SA_CREATED], lost, packets);
    assert_int_equal(lost, 0);
    assert_null(sites_differ(&sites));
    world_free(sites.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_renewals_on_a_clean_path_lose_no_packet),
        cmocka_unit_test(every_event_in_any_weather_leaves_tunnels_that_work_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
