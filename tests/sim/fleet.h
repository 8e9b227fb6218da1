/* A hub with many branches and clients in bad weather and worse luck. */
#ifndef HUBWARD_TESTS_SIM_FLEET_H
#define HUBWARD_TESTS_SIM_FLEET_H

#include "sim/client.h"

struct member {
    struct node *node;
    struct client *client;  /* NULL: a branch */
    struct config *config;  /* of a branch */
    char inside[ADDR_TEXT]; /* an address of its own net; a client's is its lease */
    uint64_t again_ms;      /* a client that failed begins again then */
    uint32_t probe;
    char user[16];
    bool wrong_password;
    bool site;               /* a branch that the hub may begin with, too */
    uint64_t unplugged_till; /* storm: it hears nothing until then */
};

struct fleet {
    struct world *world;
    struct node *hub;
    struct config *hub_config;
    struct member *members;
    size_t count;
    uint64_t ups; /* tunnels that came up, all told */
};

/* size members, a third of them clients, some of those behind shared NAT boxes. */
struct fleet fleet_new(uint64_t seed, size_t size);
/* The same, and the last member is a site of the hub's static entry; every fourth branch is behind
 * a NAT of its own. The others are as before. */
struct fleet fleet_of_storm(uint64_t seed, size_t size);
void fleet_free(struct fleet *fleet);
/* One second: everybody does what he does on his own; with misfortune, a few meet something. */
void fleet_second(struct fleet *fleet, bool misfortune);
/* What everybody does in that second, without misfortune. */
void fleet_life(struct fleet *fleet);
/* The address inside from which a member speaks. */
const char *fleet_inside(const struct member *member, char text[ADDR_TEXT]);
bool fleet_works(struct fleet *fleet, struct member *member);
#define FLEET_INTERFACE "FastEthernet0/0"
#define FLEET_SERVER    "10.1.1.9" /* behind the hub */
/* Members whose tunnel passes a packet each way. */
size_t fleet_working(struct fleet *fleet);
/* Say on stderr what those do that do not work. */
void fleet_report(struct fleet *fleet);
/* No two members hold one address; every invariant of every engine. */
void fleet_check(struct fleet *fleet);

#endif
