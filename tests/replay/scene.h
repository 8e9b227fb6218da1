/* The scenes that the replay tests play: the seed's hub (003), its spoke, and what is asked of
 * them again and again. */
#ifndef HUBWARD_TESTS_REPLAY_SCENE_H
#define HUBWARD_TESTS_REPLAY_SCENE_H

#include "sim/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define HUB_ADDRESS "10.48.67.181"
#define SPOKE_ADDRESS "10.100.2.102"
#define OUTSIDE "FastEthernet0/0"

/* The seed's configurations, verbatim. */
struct node *scene_hub(struct world *world);
struct node *scene_spoke(struct world *world);

/* A world with both, and a spoke that has brought its tunnel up. */
struct scene {
    struct world *world;
    struct node *hub, *spoke;
};
struct scene scene_new(uint64_t seed);
struct scene scene_up(uint64_t seed);

/* One packet each way passes. */
void assert_traffic(const struct scene *scene);
void assert_no_traffic(const struct scene *scene);

/* Compare the world's trace with tests/replay/golden/NAME.txt; with HUBWARD_GOLDEN=write in the
 * environment the file is written instead. */
void assert_golden(const struct world *world, const char *name);

#endif
