/* Tunnels somebody wants: traffic that matches an access list, the dialler, or the renewal of a
 * pair whose phase 1 is gone. A peer that did not answer is left alone for a while, longer each
 * time. */
#include "ike/initiate.h"

#include "ike/child.h"
#include "ike/exchange.h"
#include "ike/sa.h"
#include "ike/v1.h"
#include "select/map.h"

#include <stdio.h>
#include <stdlib.h>

enum { HOLD_OFF_FIRST_MS = 1000, HOLD_OFF_MOST_MS = 60000 };

/* -- hold-off -------------------------------------------------------------------------- */

static struct hold_off *hold_off_of(struct engine *engine, struct addr peer)
{
    for (size_t i = 0; i < engine->hold_off_count; i++)
        if (addr_equal(engine->hold_offs[i].peer, peer))
            return &engine->hold_offs[i];
    return NULL;
}

bool initiate_held_off(const struct engine *engine, struct addr peer, uint64_t now_ms)
{
    for (size_t i = 0; i < engine->hold_off_count; i++)
        if (addr_equal(engine->hold_offs[i].peer, peer))
            return now_ms < engine->hold_offs[i].until_ms;
    return false;
}

/* The row of a peer that has none: a free one, or the one whose pause ends or ended first, so that
 * peers of the past do not leave those of today without a pause. */
static struct hold_off *hold_off_new(struct engine *engine, struct addr peer)
{
    struct hold_off *row = &engine->hold_offs[0];
    for (size_t i = 1; i < engine->hold_off_count; i++)
        if (engine->hold_offs[i].until_ms < row->until_ms)
            row = &engine->hold_offs[i];
    if (engine->hold_off_count < HOLD_OFF_MAX)
        row = &engine->hold_offs[engine->hold_off_count++];
    *row = (struct hold_off){.peer = peer};
    return row;
}

void initiate_failed(struct engine *engine, struct addr peer, struct io *io)
{
    struct hold_off *row = hold_off_of(engine, peer);
    if (!row)
        row = hold_off_new(engine, peer);
    uint64_t pause = (uint64_t)HOLD_OFF_FIRST_MS << (row->failures < 6 ? row->failures : 6);
    if (pause > HOLD_OFF_MOST_MS)
        pause = HOLD_OFF_MOST_MS;
    row->failures++;
    /* A quarter of jitter: branches that lost one hub do not come back in step. */
    row->until_ms = io->now_ms + pause - rng_u32(io->rng) % (pause / 4);
}

void initiate_succeeded(struct engine *engine, struct addr peer)
{
    struct hold_off *row = hold_off_of(engine, peer);
    if (row)
        *row = engine->hold_offs[--engine->hold_off_count];
}

/* -- one tunnel ------------------------------------------------------------------------ */

static struct ike_sa *sa_towards(struct engine *engine, const char *interface, struct addr peer)
{
    uint32_t at = 0;
    slot_handle handle;
    struct ike_sa *sa, *found = NULL;
    while ((sa = slots_next(&engine->sas, &at, &handle))) {
        if (strcmp(sa->interface, interface) != 0 || !addr_equal(sa->path.remote.addr, peer) ||
            sa->rekeyed)
            continue;
        /* One under way counts only when it is ours: the peer's may never be finished. */
        if (sa->state == SA_DONE && !sa->client)
            return sa;
        if (sa->initiator)
            found = sa;
    }
    return found;
}

static bool add_pending(struct ike_sa *sa, const struct pending *wanted)
{
    for (const struct pending *p = sa->pending; p; p = p->next)
        if (selector_equal(&p->ours, &wanted->ours) && selector_equal(&p->theirs, &wanted->theirs))
            return true;
    struct pending *copy = malloc(sizeof *copy);
    if (!copy)
        return false;
    *copy = *wanted;
    copy->next = sa->pending;
    sa->pending = copy;
    return true;
}

/* Is somebody, we or the peer, about to make this very tunnel? */
static bool under_way(const struct engine *engine, const struct ike_sa *sa,
                      const struct pending *wanted)
{
    struct ike_sa *of;
    return quick_under_way(engine, sa, X_QUICK_I, &wanted->ours, &wanted->theirs, &of) ||
           quick_under_way(engine, sa, X_QUICK_R, &wanted->ours, &wanted->theirs, &of);
}

static bool tunnel_stands(const struct engine *engine, const struct pending *wanted)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct child *child;
    while ((child = slots_next(&engine->children, &at, &handle)))
        if (child->up && !child->old && strcmp(child->map, wanted->map) == 0 &&
            selector_equal(&child->ours, &wanted->ours) &&
            selector_equal(&child->theirs, &wanted->theirs))
            return true;
    return false;
}

/* Is it still to be made? One that renews a pair is, until that pair is renewed or being so. */
static bool still_wanted(const struct engine *engine, const struct pending *wanted)
{
    const struct child *replaced = slots_get(&engine->children, wanted->replaces);
    return replaced ? !replaced->old && !replaced->rekeying : !tunnel_stands(engine, wanted);
}

/* False: it could not be begun. */
static bool begin(struct engine *engine, struct ike_sa *sa, const struct pending *wanted,
                  struct io *io)
{
    struct child *replaced = slots_get(&engine->children, wanted->replaces);
    if (under_way(engine, sa, wanted))
        return true;
    if (!quick_initiate(engine, sa, wanted, io))
        return false;
    if (replaced)
        replaced->rekeying = true;
    return true;
}

static struct addr local_of(const struct engine *engine, const char *interface)
{
    for (size_t i = 0; i < engine->interface_count; i++)
        if (strcmp(engine->interfaces[i].name, interface) == 0)
            return engine->interfaces[i].addr;
    return (struct addr){.family = ADDR_NONE};
}

/* The peers of an entry in order, those that did not answer lately left out. */
static struct addr peer_to_try(const struct engine *engine, const struct map_entry *entry,
                               uint64_t now_ms)
{
    for (size_t i = 0; i < entry->peer_count; i++)
        if (!initiate_held_off(engine, entry->peers[i], now_ms))
            return entry->peers[i];
    return (struct addr){.family = ADDR_NONE};
}

static void want(struct engine *engine, const struct config_interface *interface,
                 const struct map_entry *entry, const struct pending *wanted, struct io *io)
{
    struct addr local = local_of(engine, interface->name);
    struct addr peer = peer_to_try(engine, entry, io->now_ms);
    if (local.family == ADDR_NONE || peer.family == ADDR_NONE)
        return;
    struct ike_sa *sa = sa_towards(engine, interface->name, peer);
    if (!sa)
        sa = main_mode_initiate(engine, interface, local, peer,
                                select_map_profile(interface->map, entry), io);
    if (!sa) {
        initiate_failed(engine, peer, io);
        return;
    }
    if (sa->state != SA_DONE || !exchange_room(sa))
        add_pending(sa, wanted);
    else if (!begin(engine, sa, wanted, io))
        initiate_failed(engine, peer, io);
}

void initiate_pending(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    while (sa->pending && exchange_room(sa)) {
        struct pending *wanted = sa->pending;
        sa->pending = wanted->next;
        if (still_wanted(engine, wanted) && !begin(engine, sa, wanted, io))
            initiate_failed(engine, sa->path.remote.addr, io);
        free(wanted);
    }
}

static struct pending wanted_by(const struct crypto_map *map, const struct map_entry *entry,
                                const struct acl_entry *line)
{
    struct pending wanted = {
        .sequence = entry->sequence, .ours = line->source, .theirs = line->destination};
    snprintf(wanted.map, sizeof wanted.map, "%s", map->name);
    return wanted;
}

void initiate_acquire(struct engine *engine, const struct command *command, struct io *io)
{
    for (size_t i = 0; i < engine->config->interface_count; i++) {
        const struct config_interface *interface = &engine->config->interfaces[i];
        const struct acl_entry *line;
        size_t index;
        const struct map_entry *entry =
            interface->map ? select_map_outbound(interface->map, &command->source,
                                                 &command->destination, &index, &line)
                           : NULL;
        if (!entry)
            continue;
        struct pending wanted = wanted_by(interface->map, entry, line);
        want(engine, interface, entry, &wanted, io);
        return;
    }
}

/* Every permit line of a static entry is one tunnel. Counts those that do not stand. */
static uint32_t dial_entry(struct engine *engine, const struct config_interface *interface,
                           const struct map_entry *entry, struct io *io)
{
    uint32_t missing = 0;
    for (size_t i = 0; !entry->dynamic && entry->match && i < entry->match->entry_count; i++) {
        if (!entry->match->entries[i].permit)
            continue;
        struct pending wanted = wanted_by(interface->map, entry, &entry->match->entries[i]);
        if (tunnel_stands(engine, &wanted))
            continue;
        missing++;
        want(engine, interface, entry, &wanted, io);
    }
    return missing;
}

void initiate_dial(struct engine *engine, const struct command *command, struct io *io)
{
    uint32_t missing = 0;
    for (size_t i = 0; i < engine->config->interface_count; i++) {
        const struct config_interface *interface = &engine->config->interfaces[i];
        for (size_t k = 0; interface->map && k < interface->map->entry_count; k++)
            missing += dial_entry(engine, interface, &interface->map->entries[k], io);
    }
    if (command->missing)
        *command->missing = missing;
}

/* The static entry that a pair was made from, and its interface. */
static const struct map_entry *entry_of(const struct engine *engine, const struct child *child,
                                        const struct config_interface **interface)
{
    for (size_t i = 0; i < engine->config->interface_count; i++) {
        *interface = &engine->config->interfaces[i];
        const struct crypto_map *map = (*interface)->map;
        if (strcmp((*interface)->name, child->interface) != 0)
            continue;
        for (size_t k = 0; map && k < map->entry_count; k++)
            if (!map->entries[k].dynamic && map->entries[k].sequence == child->sequence)
                return &map->entries[k];
    }
    return NULL;
}

bool initiate_possible(const struct engine *engine, const struct child *child)
{
    const struct config_interface *interface;
    return entry_of(engine, child, &interface) != NULL;
}

void initiate_again(struct engine *engine, const struct child *child, struct io *io)
{
    const struct config_interface *interface;
    const struct map_entry *entry = entry_of(engine, child, &interface);
    struct pending wanted = {.sequence = child->sequence,
                             .ours = child->ours,
                             .theirs = child->theirs,
                             .replaces = child->self};
    memcpy(wanted.map, child->map, sizeof wanted.map);
    if (entry)
        want(engine, interface, entry, &wanted, io);
}

/* One of ours towards the same peer that is not done yet. */
static bool phase1_under_way(const struct engine *engine, const struct ike_sa *sa)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct ike_sa *other;
    while ((other = slots_next(&engine->sas, &at, &handle)))
        if (other->initiator && other->state != SA_DONE &&
            addr_equal(other->path.remote.addr, sa->path.remote.addr))
            return true;
    return false;
}

void initiate_renew(struct engine *engine, const struct ike_sa *sa, struct io *io)
{
    const struct config_interface *interface;
    const struct map_entry *entry = NULL;
    uint32_t at = 0;
    slot_handle handle;
    const struct child *child;
    /* Nothing stands under it: it may end. */
    while (!entry && (child = slots_next(&engine->children, &at, &handle)))
        if (child->sa == sa->self)
            entry = entry_of(engine, child, &interface);
    if (entry && !phase1_under_way(engine, sa))
        main_mode_initiate(engine, interface, sa->path.local.addr, sa->path.remote.addr,
                           select_map_profile(interface->map, entry), io);
}

/* -- our own address ------------------------------------------------------------------- */

void initiate_address_changed(struct engine *engine, const char *interface, struct addr old,
                              struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    struct ike_sa *sa;
    /* Nothing can be sent from an address that is gone: the SAs end quietly, and the peer takes the
     * tunnel of the new address for the successor of the old. */
    while ((sa = slots_next(&engine->sas, &at, &handle)))
        if (strcmp(sa->interface, interface) == 0 && addr_equal(sa->path.local.addr, old))
            sa_end_all(engine, sa, "our address changed", false, io);
    struct child *child;
    at = 0;
    while ((child = slots_next(&engine->children, &at, &handle)))
        if (strcmp(child->interface, interface) == 0 && addr_equal(child->local.addr, old))
            child_end(engine, child, "our address changed", false, io);
}
