/* Tunnels somebody wants: traffic that matches an access list, the dialler, or the renewal of a
 * pair whose phase 1 is gone. A peer that did not answer is left alone for a while, longer each
 * time, and its tunnels are begun with the entry's next. */
#include "ike/initiate.h"

#include "ike/child.h"
#include "ike/entry_peer.h"
#include "ike/exchange.h"
#include "ike/peer_name.h"
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

/* A static entry and the interface that its map is on. */
struct place {
    const struct config_interface *interface;
    const struct map_entry *entry;
};

static bool place_of(const struct engine *engine, const char *interface, unsigned sequence,
                     struct place *out)
{
    const struct config_interface *found = config_interface_named(engine->config, interface);
    const struct crypto_map *map = found ? found->map : NULL;
    for (size_t k = 0; map && k < map->entry_count; k++)
        if (!map->entries[k].dynamic && map->entries[k].sequence == sequence) {
            *out = (struct place){found, &map->entries[k]};
            return true;
        }
    return false;
}

/* One with any of these peers: done before under way, the one that serves the entry before all. */
static struct ike_sa *sa_towards(struct engine *engine, const struct place *place,
                                 const struct addr *only)
{
    uint32_t at = 0;
    slot_handle handle;
    struct ike_sa *sa, *done = NULL, *found = NULL;
    while ((sa = slots_next(&engine->sas, &at, &handle))) {
        const struct addr peer = sa->path.remote.addr;
        if (strcmp(sa->interface, place->interface->name) != 0 || sa->rekeyed ||
            (only ? !addr_equal(*only, peer) : !entry_peer_is(engine, place->entry, peer)))
            continue;
        /* One under way counts only when it is ours: the peer's may never be finished. */
        if (sa->state == SA_DONE && !sa->client) {
            if (!done || entry_peer_right(engine, place->entry, peer))
                done = sa;
        } else if (sa->initiator) {
            found = sa;
        }
    }
    return done ? done : found;
}

/* Is somebody, we or the peer, about to make this very tunnel? */
static bool under_way(const struct engine *engine, const struct ike_sa *sa,
                      const struct pending *wanted)
{
    struct ike_sa *of;
    return quick_under_way(engine, sa, X_QUICK_I, &wanted->ours, &wanted->theirs, &of) ||
           quick_under_way(engine, sa, X_QUICK_R, &wanted->ours, &wanted->theirs, &of);
}

static const struct child *tunnel_of(const struct engine *engine, const struct pending *wanted)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct child *child;
    while ((child = slots_next(&engine->children, &at, &handle)))
        if (child->up && !child->old && strcmp(child->map, wanted->map) == 0 &&
            selector_equal(&child->ours, &wanted->ours) &&
            selector_equal(&child->theirs, &wanted->theirs))
            return child;
    return NULL;
}

/* It stands, and making it with this peer would be no gain. */
static bool tunnel_stands(const struct engine *engine, const struct pending *wanted,
                          struct addr peer)
{
    const struct child *child = tunnel_of(engine, wanted);
    struct place place;
    if (!child || addr_equal(child->remote.addr, peer))
        return child != NULL;
    if (!place_of(engine, wanted->interface, wanted->sequence, &place))
        return true;
    return entry_peer_right(engine, place.entry, child->remote.addr) ||
           !entry_peer_right(engine, place.entry, peer);
}

/* Is it still to be made? One that renews a pair is, until that pair is renewed or being so. */
static bool still_wanted(const struct engine *engine, const struct pending *wanted,
                         struct addr peer)
{
    const struct child *replaced = slots_get(&engine->children, wanted->replaces);
    return replaced ? !replaced->old && !replaced->rekeying : !tunnel_stands(engine, wanted, peer);
}

/* False: it could not be begun. */
static bool begin_pair(struct engine *engine, struct ike_sa *sa, const struct pending *wanted,
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

/* In the mode that the profile of the entry asks for. */
static struct ike_sa *begin_phase1(struct engine *engine, const struct place *place,
                                   struct addr local, struct addr peer, const char *host,
                                   struct io *io)
{
    const struct isakmp_profile *profile = select_map_profile(place->interface->map, place->entry);
    return (profile && profile->aggressive ? aggressive_initiate : main_mode_initiate)(
        engine, place->interface, local, peer, host, profile, io);
}

static struct ike_sa *dial_peer(struct engine *engine, const struct place *place, struct addr local,
                                const struct entry_addr *peer, struct io *io)
{
    struct ike_sa *sa = begin_phase1(engine, place, local, peer->addr, peer->peer->host, io);
    if (!sa)
        initiate_failed(engine, peer->addr, io);
    return sa;
}

/* The peers in order, until one can be begun with at all: who has no key is left alone, too. */
static struct ike_sa *dial(struct engine *engine, const struct place *place, struct addr local,
                           struct io *io)
{
    struct entry_addr peer;
    struct ike_sa *sa = NULL;
    for (int i = 0; i < ENTRY_ADDRS && !sa; i++) {
        if (!entry_peer_next(engine, place->interface->map->name, place->entry, local, io->now_ms,
                             &peer))
            return NULL;
        sa = dial_peer(engine, place, local, &peer, io);
    }
    return sa;
}

/* Names are looked up at each dialling. True: the tunnel waits for an answer. */
static bool names_first(struct engine *engine, const struct place *place, struct addr local,
                        const struct pending *wanted, struct io *io)
{
    const struct map_entry *entry = place->entry;
    struct entry_addr first;
    const char *out = NULL;
    for (size_t i = 0; i < entry->peer_count; i++)
        if (entry->peers[i].host && peer_name_ask(engine, entry->peers[i].host, io))
            out = entry->peers[i].host;
    if (!out)
        return false;
    bool by_address =
        entry_peer_next(engine, place->interface->map->name, entry, local, io->now_ms, &first) &&
        !first.peer->host;
    return !by_address && peer_name_await(engine, out, wanted);
}

static void make_under(struct engine *engine, struct ike_sa *sa, const struct pending *wanted,
                       struct io *io)
{
    const struct addr peer = sa->path.remote.addr;
    if (sa->state != SA_DONE || !exchange_room(sa))
        (void)pending_add(&sa->pending, wanted); /* without memory somebody asks again */
    else if (!begin_pair(engine, sa, wanted, io))
        initiate_failed(engine, peer, io);
}

static void want(struct engine *engine, const struct place *place, const struct pending *wanted,
                 struct io *io)
{
    struct addr local = local_of(engine, place->interface->name);
    if (local.family == ADDR_NONE)
        return;
    struct ike_sa *sa = sa_towards(engine, place, NULL);
    if (!sa && !names_first(engine, place, local, wanted, io))
        sa = dial(engine, place, local, io);
    if (sa)
        make_under(engine, sa, wanted, io);
}

void initiate_pending(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    while (sa->pending && exchange_room(sa)) {
        struct pending *wanted = sa->pending;
        sa->pending = wanted->next;
        if (still_wanted(engine, wanted, sa->path.remote.addr) &&
            !begin_pair(engine, sa, wanted, io))
            initiate_failed(engine, sa->path.remote.addr, io);
        free(wanted);
    }
}

static struct pending wanted_by(const struct place *place, const struct acl_entry *line)
{
    struct pending wanted = {
        .sequence = place->entry->sequence, .ours = line->source, .theirs = line->destination};
    snprintf(wanted.interface, sizeof wanted.interface, "%s", place->interface->name);
    snprintf(wanted.map, sizeof wanted.map, "%s", place->interface->map->name);
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
        const struct place place = {interface, entry};
        struct pending wanted = wanted_by(&place, line);
        want(engine, &place, &wanted, io);
        return;
    }
}

/* -- elsewhere ------------------------------------------------------------------------- */

/* Each of them with whoever comes next. */
static void want_all(struct engine *engine, struct pending *list, struct io *io)
{
    for (; list; list = list->next) {
        struct pending wanted = *list;
        struct place place;
        wanted.replaces = 0;
        wanted.next = NULL;
        if (!tunnel_of(engine, &wanted) &&
            place_of(engine, wanted.interface, wanted.sequence, &place))
            want(engine, &place, &wanted, io);
    }
}

void initiate_give_up(struct engine *engine, struct ike_sa *sa, const char *reason, struct io *io)
{
    const struct addr peer = sa->path.remote.addr;
    struct pending *list = sa->pending;
    sa->pending = NULL;
    sa_end(engine, sa, reason, false, io);
    initiate_failed(engine, peer, io);
    want_all(engine, list, io);
    pending_list_free(list);
}

struct pending initiate_wanted(const struct child *child)
{
    struct pending wanted = {.sequence = child->sequence,
                             .ours = child->ours,
                             .theirs = child->theirs,
                             .replaces = child->self};
    memcpy(wanted.interface, child->interface, sizeof wanted.interface);
    memcpy(wanted.map, child->map, sizeof wanted.map);
    return wanted;
}

void initiate_lost(struct engine *engine, struct ike_sa *sa, const char *reason, bool tell,
                   struct io *io)
{
    const struct addr peer = sa->path.remote.addr;
    struct pending *list = NULL;
    uint32_t at = 0;
    slot_handle handle;
    const struct child *child;
    while ((child = slots_next(&engine->children, &at, &handle))) {
        if (child->sa != sa->self || !child->initiator || child->dynamic || child->old)
            continue;
        const struct pending wanted = initiate_wanted(child);
        (void)pending_add(&list, &wanted); /* without memory traffic asks for it again */
    }
    sa_end_all(engine, sa, reason, tell, io);
    if (!list)
        return;
    initiate_failed(engine, peer, io);
    want_all(engine, list, io);
    pending_list_free(list);
}

bool initiate_impatient(const struct engine *engine, const struct ike_sa *sa, uint64_t now_ms)
{
    for (const struct pending *p = sa->pending; p; p = p->next) {
        struct entry_addr list[ENTRY_ADDRS];
        struct place place;
        if (!place_of(engine, p->interface, p->sequence, &place))
            continue;
        if (tunnel_of(engine, p))
            return true;
        size_t count = entry_peer_addrs(engine, place.entry, list);
        for (size_t i = 0; i < count; i++)
            if (!addr_equal(list[i].addr, sa->path.remote.addr) &&
                !initiate_held_off(engine, list[i].addr, now_ms))
                return true;
    }
    return false;
}

/* It stands with a peer that it should not stay with: the same with a better one, beside it. The
 * new pair takes the place of the old one when it is up, and not before. */
static void move(struct engine *engine, const struct place *place, const struct pending *wanted,
                 struct io *io)
{
    struct entry_addr better;
    struct addr local = local_of(engine, place->interface->name);
    if (local.family == ADDR_NONE ||
        !entry_peer_better(engine, place->entry, local, io->now_ms, &better))
        return;
    struct ike_sa *sa = sa_towards(engine, place, &better.addr);
    if (!sa)
        sa = dial_peer(engine, place, local, &better, io);
    if (sa)
        make_under(engine, sa, wanted, io);
}

/* -- all of them ----------------------------------------------------------------------- */

/* Every permit line of a static entry is one tunnel. Counts those that do not stand. */
static uint32_t dial_entry(struct engine *engine, const struct place *place, bool only_standing,
                           struct io *io)
{
    const struct acl *acl = place->entry->dynamic ? NULL : place->entry->match;
    uint32_t missing = 0, standing = 0;
    for (size_t i = 0; acl && i < acl->entry_count; i++) {
        if (!acl->entries[i].permit)
            continue;
        struct pending wanted = wanted_by(place, &acl->entries[i]);
        const struct child *child = tunnel_of(engine, &wanted);
        missing += !child;
        standing += child != NULL;
        if (!child && !only_standing)
            want(engine, place, &wanted, io);
        else if (child && !entry_peer_right(engine, place->entry, child->remote.addr))
            move(engine, place, &wanted, io);
    }
    for (size_t i = 0; standing && i < place->entry->peer_count; i++)
        if (place->entry->peers[i].host)
            peer_name_refresh(engine, place->entry->peers[i].host, place->entry->peers[i].follow,
                              io);
    return missing;
}

static uint32_t dial_all(struct engine *engine, bool only_standing, struct io *io)
{
    uint32_t missing = 0;
    for (size_t i = 0; i < engine->config->interface_count; i++) {
        const struct config_interface *interface = &engine->config->interfaces[i];
        for (size_t k = 0; interface->map && k < interface->map->entry_count; k++) {
            const struct place place = {interface, &interface->map->entries[k]};
            missing += dial_entry(engine, &place, only_standing, io);
        }
    }
    return missing;
}

void initiate_dial(struct engine *engine, const struct command *command, struct io *io)
{
    uint32_t missing = dial_all(engine, command->only_standing, io);
    if (command->missing)
        *command->missing = missing;
}

void initiate_named(struct engine *engine, const struct command *command, struct io *io)
{
    struct pending *waiting = peer_name_answered(engine, command, io);
    want_all(engine, waiting, io);
    pending_list_free(waiting);
    (void)dial_all(engine, true, io);
}

void initiate_again(struct engine *engine, const struct child *child, struct io *io)
{
    const struct pending wanted = initiate_wanted(child);
    struct place place;
    if (!child->dynamic && place_of(engine, child->interface, child->sequence, &place))
        want(engine, &place, &wanted, io);
}

const struct map_entry *initiate_entry(const struct engine *engine, const struct child *child)
{
    struct place place;
    bool found = !child->dynamic && place_of(engine, child->interface, child->sequence, &place);
    return found ? place.entry : NULL;
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
    struct place place;
    uint32_t at = 0;
    slot_handle handle;
    const struct child *child;
    bool found = false;
    /* Nothing stands under it: it may end. */
    while (!found && (child = slots_next(&engine->children, &at, &handle)))
        found = child->sa == sa->self && !child->dynamic &&
                place_of(engine, child->interface, child->sequence, &place);
    if (found && !phase1_under_way(engine, sa))
        (void)begin_phase1(engine, &place, sa->path.local.addr, sa->path.remote.addr,
                           entry_peer_host(engine, place.entry, sa->path.remote.addr), io);
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
