/* A hub, branches, a site that both begin with, and clients, to whom everything happens that rekeys
 * have to stand: one event a turn, in any weather, and now and then a calm in which all must work
 * and nothing may be left over. */
#ifndef HUBWARD_TESTS_SIM_STORM_H
#define HUBWARD_TESTS_SIM_STORM_H

#include "sim/fleet.h"

enum storm_event {
    STORM_REKEY_HUB,     /* the hub's path says that a volume nears its end */
    STORM_REKEY_MEMBER,  /* the member's */
    STORM_REKEY_BOTH,    /* both, within a moment */
    STORM_PHASE1_MEMBER, /* the member renews phase 1 */
    STORM_PHASE1_BOTH,   /* both ends do */
    STORM_BEGIN_BOTH,    /* both have forgotten each other and begin at once */
    STORM_VOLUME,        /* a key's volume is used up */
    STORM_NAT,           /* the NAT forgets its mappings */
    STORM_ADDRESS,       /* the branch gets another address */
    STORM_HUB_STOP,      /* the hub says goodbye and starts anew */
    STORM_KEY_DEATH,     /* the hub's key process dies */
    STORM_PATH_DEATH,    /* the data path of one end dies */
    STORM_SILENCE,       /* so long that it is taken for dead */
    STORM_SLEEP,         /* the same, and the client goes on with its address */
    STORM_CONFIG,        /* the client asks for its address once more */
    STORM_CLEAR_PHASE1,  /* an operator clears phase 1 */
    STORM_CLEAR_PAIRS,   /* or pairs, */
    STORM_DELETE_LOST,   /* or all, and the DELETEs are lost */
    STORM_RESTART,       /* the member starts anew */
    STORM_LOSS,          /* 30 % of all datagrams are lost from now on */
    STORM_DUPLICATION,   /* 20 % come twice */
    STORM_REORDERING,    /* 20 % come late */
    STORM_EVENTS
};

struct storm {
    struct fleet fleet;
    uint64_t turns;
    uint64_t counts[STORM_EVENTS];
    uint64_t silent_till; /* informational messages are lost until then; 0: they are not */
};

const char *storm_event_name(enum storm_event event);

struct storm *storm_new(uint64_t seed);
void storm_free(struct storm *storm);
/* One event, and up to three seconds of traffic after it. */
void storm_turn(struct storm *storm);
/* The weather clears: all work within a bound, one pair and one phase 1 is left of each tunnel on
 * both sides and the same ones; else the world is broken. Returns the seconds until all worked. */
unsigned storm_calm(struct storm *storm);
/* Everybody says goodbye: nothing is left in the hub. */
void storm_end(struct storm *storm);

#endif
