/* The built key and store programs in their sandboxes, joined by their real channel, and a client
 * over real sockets. The test is warden to both, and plays the login broker (every password is
 * right) and path (it takes what it is given). */
#ifndef HUBWARD_TESTS_PAIR_H
#define HUBWARD_TESTS_PAIR_H

#include "sim/client.h"
#include "sim/outside.h"
#include "unit/xauth/mini_warden.h"

enum victim { VICTIM_KEY, VICTIM_STORE, VICTIM_COUNT };

struct pair {
    struct mini minis[VICTIM_COUNT];
    struct channel *path, *xauth; /* key's ends are the other ones */
    int config, socket_500, socket_4500, directory;
    struct outside outside;
    struct client *client;
};

/* Needs a network of its own with a loopback, and a working directory that is to be the state's.
 * False: it cannot be set up. */
bool pair_begin(struct pair *pair);
void pair_end(struct pair *pair);

/* Kill it, if it still lives, and start its successor; ready on return. */
void pair_renew(struct pair *pair, enum victim victim);

/* A little time passes for everybody. */
void pair_turn(struct pair *pair);

#endif
