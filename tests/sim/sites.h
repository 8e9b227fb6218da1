/* Two sites with static entries towards each other: either end may begin and renew both phases. */
#ifndef HUBWARD_TESTS_SIM_SITES_H
#define HUBWARD_TESTS_SIM_SITES_H

#include "sim/world.h"

#define SITES_INTERFACE "FastEthernet0/0"
#define LEFT_ADDRESS    "192.0.2.1"
#define RIGHT_ADDRESS   "198.51.100.1"
#define LEFT_INSIDE     "10.1.0.9"
#define RIGHT_INSIDE    "10.2.0.9"

struct sites {
    struct world *world;
    struct node *left, *right;
};

/* Lines of the global configuration for either side, each ending in a newline; "" for none. A
 * lifetime of phase 1 of 0 stands for the dialect's default. */
struct sites_terms {
    const char *left_lines, *right_lines;
    unsigned left_phase1_s, right_phase1_s;
    unsigned pfs; /* group number, 0: none */
};

/* No tunnel stands yet. */
struct sites sites_new(uint64_t seed, const struct sites_terms *terms);
/* The left side has brought the tunnel up. */
struct sites sites_up(uint64_t seed, const struct sites_terms *terms);
/* One packet each way; how many of the two were lost. */
unsigned sites_packets(struct sites *sites);
/* Packets each way every step for so long; how many were lost. */
unsigned sites_traffic(struct sites *sites, uint64_t for_ms, uint64_t step_ms);
/* Both hold exactly one phase 1 SA and one pair, and they are the same ones. NULL, or what is not
 * so. */
const char *sites_differ(const struct sites *sites);

#endif
