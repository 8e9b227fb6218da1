/* The peers of a static entry: in which order they are tried, which one serves it now, and whether
 * that is the one that should. Private to lib/ike. */
#ifndef HUBWARD_IKE_ENTRY_PEER_H
#define HUBWARD_IKE_ENTRY_PEER_H

#include "ike/state.h"

enum { ENTRY_ADDRS = MAP_PEERS * PEER_HOST_ADDRS };
struct entry_addr {
    struct addr addr;
    const struct map_peer *peer; /* the line it comes from; as long as the configuration */
};

/* All addresses of its peers, the preferred one's first, names by what is known of them. */
size_t entry_peer_addrs(const struct engine *engine, const struct map_entry *entry,
                        struct entry_addr out[ENTRY_ADDRS]);
/* Is this one of them? */
bool entry_peer_is(const struct engine *engine, const struct map_entry *entry, struct addr addr);
/* The name behind an address; NULL: it is configured as an address, or is none of the entry's. */
const char *entry_peer_host(const struct engine *engine, const struct map_entry *entry,
                            struct addr addr);
/* The one to dial from this address of ours: from the preferred one on, or else from the one that
 * served last; who did not answer lately is left out. False: there is none to be tried now. */
bool entry_peer_next(const struct engine *engine, const char *map, const struct map_entry *entry,
                     struct addr local, uint64_t now_ms, struct entry_addr *out);
/* May a tunnel of the entry stay with this peer? Not while there is a preferred one, and not where
 * a name that is followed has left. */
bool entry_peer_right(const struct engine *engine, const struct map_entry *entry, struct addr addr);
/* The same as entry_peer_next, among those with whom it may stay. */
bool entry_peer_better(const struct engine *engine, const struct map_entry *entry,
                       struct addr local, uint64_t now_ms, struct entry_addr *out);
/* A tunnel of the entry stands with this peer; ADDR_NONE: begin from the first again. */
void entry_peer_serves(struct engine *engine, const char *map, unsigned sequence, struct addr addr);

#endif
