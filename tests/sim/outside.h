/* A world with a hole: scripted hosts of it speak with a real hub over real sockets, under the real
 * clock. Whatever reaches the world's hub leaves by the sender's own socket, and what the real hub
 * answers comes in as if it were the world's. */
#ifndef HUBWARD_TESTS_SIM_OUTSIDE_H
#define HUBWARD_TESTS_SIM_OUTSIDE_H

#include "sim/world.h"

enum { OUTSIDE_MAX = 500 };

/* A host's sockets, bound to its own address. */
struct outside_host {
    struct node *node;
    int ike, natt; /* ports 500 and 4500 */
};

struct outside {
    struct world *world;
    struct node *hub;
    uint64_t started_ms;
    struct outside_host hosts[OUTSIDE_MAX];
    size_t count;
};

/* A new world with nothing in it but the hub at this address; ends the program when that fails, as
 * all of these do. */
void outside_begin(struct outside *outside, uint64_t seed, const char *hub);
/* Give a host of the world its sockets. */
void outside_add(struct outside *outside, struct node *node);
/* Wait for datagrams, at most so long; then bring the world up to the clock. */
void outside_turn(struct outside *outside, int wait_ms);
void outside_end(struct outside *outside);

#endif
