/* Hosts that a `set peer` names. Somebody else looks them up; here stands what was last found, and
 * which tunnels wait for it. A failed answer changes nothing. Private to lib/ike. */
#ifndef HUBWARD_IKE_PEER_NAME_H
#define HUBWARD_IKE_PEER_NAME_H

#include "ike/state.h"

/* What is known of a host; NULL: it was never asked for. Case does not count. */
const struct peer_name *peer_name_find(const struct engine *engine, const char *host);
/* Is this one of its addresses? Fits map_facts.named; engine is the context. */
bool peer_name_has(void *engine, const char *host, struct addr addr);
/* Somebody is to be dialled there: ask, unless the answer is of this moment. True: one is to
 * come. */
bool peer_name_ask(struct engine *engine, const char *host, struct io *io);
/* Ask when what is known has grown old: soon, when it is to be followed. */
void peer_name_refresh(struct engine *engine, const char *host, bool follow, struct io *io);
/* Keep a copy of the tunnel until the answer comes. False: memory, or no question is out. */
bool peer_name_await(struct engine *engine, const char *host, const struct pending *wanted);
/* The answer. What waited for it is the caller's, to be freed one by one. */
struct pending *peer_name_answered(struct engine *engine, const struct command *command,
                                   struct io *io);
/* Forget hosts that the configuration does not name. */
void peer_name_prune(struct engine *engine);
void peer_name_wipe(struct engine *engine);

/* Put a copy at the head of the list unless it holds the same tunnel. False: memory. */
bool pending_add(struct pending **list, const struct pending *wanted);
void pending_list_free(struct pending *list);

#endif
