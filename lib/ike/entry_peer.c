/* Lists of at most a few addresses, made anew each time they are looked at. */
#include "ike/entry_peer.h"

#include "ike/initiate.h"
#include "ike/peer_name.h"

#include <stdio.h>
#include <stdlib.h>

static void add(struct entry_addr *out, size_t *count, struct addr addr,
                const struct map_peer *peer)
{
    for (size_t i = 0; i < *count; i++)
        if (addr_equal(out[i].addr, addr))
            return;
    out[(*count)++] = (struct entry_addr){addr, peer};
}

static void add_peer(const struct engine *engine, const struct map_peer *peer,
                     struct entry_addr *out, size_t *count)
{
    const struct peer_name *name = peer->host ? peer_name_find(engine, peer->host) : NULL;
    if (!peer->host)
        add(out, count, peer->addr, peer);
    for (size_t i = 0; name && i < name->count; i++)
        add(out, count, name->addrs[i], peer);
}

size_t entry_peer_addrs(const struct engine *engine, const struct map_entry *entry,
                        struct entry_addr out[ENTRY_ADDRS])
{
    size_t count = 0;
    for (int preferred = 1; preferred >= 0; preferred--)
        for (size_t i = 0; i < entry->peer_count; i++)
            if (entry->peers[i].preferred == (preferred != 0))
                add_peer(engine, &entry->peers[i], out, &count);
    return count;
}

bool entry_peer_is(const struct engine *engine, const struct map_entry *entry, struct addr addr)
{
    struct entry_addr list[ENTRY_ADDRS];
    size_t count = entry_peer_addrs(engine, entry, list);
    for (size_t i = 0; i < count; i++)
        if (addr_equal(list[i].addr, addr))
            return true;
    return false;
}

const char *entry_peer_host(const struct engine *engine, const struct map_entry *entry,
                            struct addr addr)
{
    struct entry_addr list[ENTRY_ADDRS];
    size_t count = entry_peer_addrs(engine, entry, list);
    for (size_t i = 0; i < count; i++)
        if (addr_equal(list[i].addr, addr))
            return list[i].peer->host;
    return NULL;
}

static const struct map_peer *preferred_of(const struct map_entry *entry)
{
    for (size_t i = 0; i < entry->peer_count; i++)
        if (entry->peers[i].preferred)
            return &entry->peers[i];
    return NULL;
}

static struct entry_peer *row_of(const struct engine *engine, const char *map, unsigned sequence)
{
    for (size_t i = 0; i < engine->entry_peer_count; i++)
        if (engine->entry_peers[i].sequence == sequence &&
            strcmp(engine->entry_peers[i].map, map) == 0)
            return &engine->entry_peers[i];
    return NULL;
}

/* Where in the list to begin. */
static size_t first_of(const struct engine *engine, const char *map, const struct map_entry *entry,
                       const struct entry_addr *list, size_t count)
{
    const struct entry_peer *row = row_of(engine, map, entry->sequence);
    if (!row || preferred_of(entry))
        return 0;
    for (size_t i = 0; i < count; i++)
        if (addr_equal(list[i].addr, row->current))
            return i;
    return 0;
}

static bool may_try(const struct engine *engine, struct addr peer, struct addr local,
                    uint64_t now_ms)
{
    return peer.family == local.family && !initiate_held_off(engine, peer, now_ms);
}

bool entry_peer_next(const struct engine *engine, const char *map, const struct map_entry *entry,
                     struct addr local, uint64_t now_ms, struct entry_addr *out)
{
    struct entry_addr list[ENTRY_ADDRS];
    size_t count = entry_peer_addrs(engine, entry, list);
    size_t first = first_of(engine, map, entry, list, count);
    for (size_t i = 0; i < count; i++) {
        const struct entry_addr *at = &list[(first + i) % count];
        if (!may_try(engine, at->addr, local, now_ms))
            continue;
        *out = *at;
        return true;
    }
    return false;
}

bool entry_peer_right(const struct engine *engine, const struct map_entry *entry, struct addr addr)
{
    const struct map_peer *preferred = preferred_of(entry);
    bool known = entry_peer_is(engine, entry, addr);
    if (preferred && !preferred->host)
        return addr_equal(preferred->addr, addr);
    /* An address that its name has left is the peer's until it dies, unless the line says
     * otherwise. */
    if (preferred)
        return known ? entry_peer_host(engine, entry, addr) == preferred->host : !preferred->follow;
    for (size_t i = 0; i < entry->peer_count; i++)
        if (entry->peers[i].host && entry->peers[i].follow)
            return known;
    return true;
}

bool entry_peer_better(const struct engine *engine, const struct map_entry *entry,
                       struct addr local, uint64_t now_ms, struct entry_addr *out)
{
    struct entry_addr list[ENTRY_ADDRS];
    size_t count = entry_peer_addrs(engine, entry, list);
    for (size_t i = 0; i < count; i++)
        if (entry_peer_right(engine, entry, list[i].addr) &&
            may_try(engine, list[i].addr, local, now_ms)) {
            *out = list[i];
            return true;
        }
    return false;
}

void entry_peer_serves(struct engine *engine, const char *map, unsigned sequence, struct addr addr)
{
    struct entry_peer *row = row_of(engine, map, sequence);
    if (!row && engine->entry_peer_count < ENTRY_PEERS_MAX) {
        struct entry_peer *grown =
            realloc(engine->entry_peers, (engine->entry_peer_count + 1) * sizeof *grown);
        if (!grown)
            return; /* the next dialling begins from the first */
        engine->entry_peers = grown;
        row = &grown[engine->entry_peer_count++];
        *row = (struct entry_peer){.sequence = sequence};
        snprintf(row->map, sizeof row->map, "%s", map);
    }
    if (row)
        row->current = addr;
}
