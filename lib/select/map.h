/* Which crypto map entry serves a quick mode (PRODUCT §4): static entries in sequence order, then
 * dynamic ones in theirs, through their template: a peer whom a static entry serves never ends in
 * the template of a lower number, whose lifetimes and lists are not his; profile, peer, access list
 * and proxies are judged here, transforms by the caller, who asks for the next entry when none of
 * them fits. */
#ifndef HUBWARD_SELECT_MAP_H
#define HUBWARD_SELECT_MAP_H

#include "config/config.h"
#include "select/decision.h"
#include "select/identity.h"

/* What is known about the peer when quick mode starts. */
struct map_facts {
    const struct crypto_map *map;         /* of the interface the SA came in on */
    const struct isakmp_profile *profile; /* the peer's; NULL: none */
    const struct identity *identity;      /* the peer's; NULL: not to be judged */
    struct addr peer;                     /* outer address */
    struct selector local;                /* our side as proposed by the peer (IDcr) */
    struct selector remote;               /* the peer's side (IDci) */
    bool is_client;                       /* has (or needs) a lease: mode-config peer */
    struct addr lease;                    /* ADDR_NONE: none assigned */
    /* True when the peer's side overlaps a live peer's proxies other than its own. */
    bool (*taken)(void *context, const struct selector *remote);
    void *context;
    /* Is this address one that the name was last found to have? NULL: no name is known. */
    bool (*named)(void *context, const char *host, struct addr addr);
    void *name_context;
};

struct map_walk {
    bool begun;
    bool templates; /* all static entries were judged */
    size_t entry;   /* position in the crypto map */
    size_t dynamic; /* position in the template */
};

/* The next entry that accepts the facts, starting with *walk = {0}; NULL when there are no more.
 * map: what the entry is part of, for names ("mymap 10", "dynmap 5"). Each rejected entry is noted
 * in the decision with its rule. Between two calls the record of the proposal (STAGE_TRANSFORM) may
 * be put in the decision's place; a refusal there stays the explanation. Rules:
 * - an entry bound to a profile, itself or by its map, takes only peers on that profile;
 * - one with an identity list, only peers whose identity it names;
 * - static entries: the peer is among `set peer`, and the access list, mirrored, permits the
 *   proxies; no list: refused;
 * - dynamic entries with `match address`: the list, mirrored, permits them;
 * - without: a client's side must be exactly its lease (as address or /32); anyone else's must not
 *   be 0/0 or wider than a /8 (IPv6: /16) and must not overlap a hub interface's net, a pool, a
 *   route's destination (except default) or another live peer's proxies. */
const struct map_entry *select_map_next(const struct config *config, const struct map_facts *facts,
                                        struct map_walk *walk, struct decision *decision);

/* The profile that an entry is bound to, itself or by the map that it serves; NULL: none. */
const struct isakmp_profile *select_map_profile(const struct crypto_map *map,
                                                const struct map_entry *entry);

/* The static entry (spoke, initiator) whose access list permits a packet or flow from source to
 * destination, and the permitting ACL line as proxies. NULL: none.  entry's position is left in
 * *index for naming. */
const struct map_entry *select_map_outbound(const struct crypto_map *map,
                                            const struct selector *source,
                                            const struct selector *destination, size_t *index,
                                            const struct acl_entry **line);

#endif
