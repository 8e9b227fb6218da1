/* Phase 2 pairs: keys from a finished quick mode become two ESP SAs, inbound first; lifetimes in
 * seconds and kilobytes; a new pair of the same peer and proxies retires the old one, which goes on
 * receiving for a while. */
#include "ike/child.h"

#include "crypto/words.h"
#include "ike/entry_peer.h"
#include "ike/exchange.h"
#include "ike/goodbye.h"
#include "ike/initiate.h"
#include "ike/peer.h"
#include "ike/report.h"
#include "ike/sa.h"
#include "ike/send.h"
#include "ike/session.h"
#include "ike/v1.h"

#include <stdlib.h>

enum {
    REPLAY_WINDOW = 1024,
    VOLUME_FIRST = 75, /* of a volume, in hundredths: who renews it begins here or up to */
    VOLUME_SPREAD = 5, /* so much later */
    VOLUME_SECOND = 90,
    SPI_LEAST = 256,
    HARD_MARGIN_MS = 5000,
    FIRST_ROOM_MS = 40000,
    SECOND_ROOM_MS = 20000,
    LOOK_AGAIN_MS = 10000,
    ROOM_AGAIN_MS = 1000
};

struct child *child_by_spi_in(const struct engine *engine, uint32_t spi)
{
    struct child *child = NULL;
    HASH_FIND(by_spi, engine->by_spi, &spi, sizeof spi, child);
    return child;
}

bool child_under(const struct engine *engine, const struct ike_sa *sa)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct child *child;
    while ((child = slots_next(&engine->children, &at, &handle)))
        if (child->sa == sa->self)
            return true;
    return false;
}

uint32_t child_spi(const struct engine *engine, struct io *io)
{
    uint32_t spi;
    do
        spi = rng_u32(io->rng);
    while (spi < SPI_LEAST || child_by_spi_in(engine, spi));
    return spi;
}

bool child_taken(const struct engine *engine, const struct ike_sa *sa,
                 const struct selector *theirs)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct child *child;
    while ((child = slots_next(&engine->children, &at, &handle))) {
        if (!selector_overlaps(&child->theirs, theirs))
            continue;
        /* The peer is the key entry: the same entry with the same net is the same branch, also
         * under a new address. */
        bool same_entry = !child->client && !sa->client &&
                          strcmp(child->key_ring, sa->key_ring) == 0 &&
                          child->key_line == sa->key_line;
        if (child->sa != sa->self && !(same_entry && selector_equal(&child->theirs, theirs)))
            return true;
    }
    return false;
}

bool child_of_peer(const struct engine *engine, const struct ike_sa *sa, const struct child *child)
{
    const struct ike_sa *owner = slots_get(&engine->sas, child->sa);
    if (owner == sa)
        return true;
    if (owner)
        return peer_same_session(engine, sa, owner);
    return sa->principal[0] && strcmp(child->principal, sa->principal) == 0 &&
           endpoint_equal(child->remote, sa->path.remote);
}

bool child_known_peer(const struct engine *engine, struct addr peer)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct child *child;
    while ((child = slots_next(&engine->children, &at, &handle)))
        if (child->up && addr_equal(child->remote.addr, peer))
            return true;
    return false;
}

bool child_crowded(const struct engine *engine, const struct ike_sa *sa, const struct quick *quick)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct child *child;
    size_t pairs = 0;
    while ((child = slots_next(&engine->children, &at, &handle))) {
        if (child->old || strcmp(child->principal, sa->principal) != 0)
            continue;
        if (selector_equal(&child->ours, &quick->ours) &&
            selector_equal(&child->theirs, &quick->theirs))
            return false;
        pairs++;
    }
    return pairs >= PAIRS_PER_PEER;
}

void child_adopt(struct engine *engine, const struct ike_sa *from, const struct ike_sa *to)
{
    uint32_t at = 0;
    slot_handle handle;
    struct child *child;
    while ((child = slots_next(&engine->children, &at, &handle)))
        if (child->sa == from->self)
            child->sa = to->self;
}

void child_adopt_orphans(struct engine *engine, const struct ike_sa *sa)
{
    uint32_t at = 0;
    slot_handle handle;
    struct child *child;
    while ((child = slots_next(&engine->children, &at, &handle)))
        if (!slots_get(&engine->sas, child->sa) && child_of_peer(engine, sa, child))
            child->sa = sa->self;
}

/* -- making one ------------------------------------------------------------------------ */

static bool use_udp(const struct ike_sa *sa)
{
    return sa->natt != NATT_NONE && (sa->we_are_behind || sa->peer_is_behind);
}

static bool direction_params(const struct ike_sa *sa, const struct child *child,
                             const struct quick *quick, struct span shared, bool inbound,
                             struct esp_params *out)
{
    *out = (struct esp_params){.direction = inbound ? ESP_INBOUND : ESP_OUTBOUND,
                               .spi = inbound ? child->spi_in : child->spi_out,
                               .tunnel = child->self,
                               .encapsulation = child->natt ? ESP_UDP : ESP_RAW,
                               .local = child->local,
                               .remote = child->remote,
                               .remote_may_move = child->natt && sa->peer_is_behind,
                               .ours = child->ours,
                               .theirs = child->theirs,
                               .suite = child->suite.packet,
                               .replay_window = inbound ? REPLAY_WINDOW : 0,
                               .hard_bytes = child->suite.lifetime_kb * 1024,
                               .soft_bytes = child->soft_bytes,
                               .hard_ms = child->dies_ms + HARD_MARGIN_MS};
    struct span nonce_i = {quick->nonce_i, quick->nonce_i_len};
    struct span nonce_r = {quick->nonce_r, quick->nonce_r_len};
    return ike_keymat(&sa->keys, shared, PROTOCOL_ESP, out->spi, nonce_i, nonce_r, out->keymat,
                      packet_key_len(&child->suite.packet)) == RC_OK;
}

static void install(struct child *child, const struct esp_params *params, struct io *io)
{
    (void)child;
    struct effect *effect = effects_add(io->out, EFFECT_SA_INSTALL);
    if (effect)
        *effect->install = *params;
}

static void arm_lifetimes(struct engine *engine, struct child *child, struct io *io)
{
    /* Who began the pair renews it first; the other side steps in when he did not (WIRE §6). */
    uint64_t life_ms = (uint64_t)child->suite.lifetime_s * 1000;
    uint64_t jitter = life_ms / 50 ? rng_u32(io->rng) % (life_ms / 50) : 0;
    uint64_t soft_ms = child->initiator ? life_ms / 100 * 85 : life_ms / 100 * 94;
    /* Short lives leave time for a peer that answers late, or with another phase 1 only. */
    uint64_t room_ms = child->initiator ? FIRST_ROOM_MS : SECOND_ROOM_MS;
    if (life_ms > UINT64_C(2) * FIRST_ROOM_MS && soft_ms > life_ms - room_ms)
        soft_ms = life_ms - room_ms;
    if (heap_arm(&engine->timers, &child->soft, io->now_ms + soft_ms + jitter) != RC_OK ||
        heap_arm(&engine->timers, &child->hard, child->dies_ms) != RC_OK)
        child->dies_ms = io->now_ms + life_ms;
}

static void created_event(struct engine *engine, const struct ike_sa *sa, const struct child *child,
                          struct io *io)
{
    char suite[SUITE_TEXT], ours[SELECTOR_TEXT], theirs[SELECTOR_TEXT];
    struct event *event = sa_event(engine, sa, EV_SA_CREATED, io);
    if (!event)
        return;
    event->n[0] = child->spi_in;
    event->n[1] = child->spi_out;
    event_text(event, 0, suite_format(&child->suite.packet, suite));
    event_text(event, 1, selector_format(&child->ours, ours));
    event_text(event, 2, selector_format(&child->theirs, theirs));
}

/* Who began the pair renews it first, as with time; clients do not count (WIRE §6). Its SPI is by
 * chance, and spreads those that fill up in step. */
static uint64_t soft_volume(const struct child *child)
{
    bool first = child->initiator || child->client;
    uint64_t share = first ? VOLUME_FIRST + child->spi_in % VOLUME_SPREAD : VOLUME_SECOND;
    return child->suite.lifetime_kb * 1024 / 100 * share;
}

/* The SA that a pair stands under: what a newer one replaced meanwhile hands over what it makes. */
static struct ike_sa *owner_of(struct engine *engine, struct ike_sa *sa)
{
    struct ike_sa *successor = sa->rekeyed ? sa_twin(engine, sa) : NULL;
    return successor ? successor : sa;
}

static void fill(struct engine *engine, const struct ike_sa *sa, const struct quick *quick,
                 struct child *child, struct io *io)
{
    child->conn_in = engine->next_child_conn++;
    child->conn_out = engine->next_child_conn++;
    memcpy(child->interface, sa->interface, sizeof child->interface);
    memcpy(child->map, quick->map, sizeof child->map);
    memcpy(child->principal, sa->principal, sizeof child->principal);
    memcpy(child->profile, sa->profile, sizeof child->profile);
    memcpy(child->key_ring, sa->key_ring, sizeof child->key_ring);
    child->key_line = sa->key_line;
    child->sequence = quick->sequence;
    child->dynamic = quick->dynamic;
    child->client = sa->client;
    child->natt = use_udp(sa);
    child->local = sa->path.local;
    child->remote = sa->path.remote;
    child->ours = quick->ours;
    child->theirs = quick->theirs;
    child->suite = quick->suite;
    child->spi_in = quick->spi_in;
    child->spi_out = quick->spi_out;
    child->soft_bytes = soft_volume(child);
    child->dies_ms = io->now_ms + (uint64_t)quick->suite.lifetime_s * 1000;
    child->soft = (struct timer){.owner = child->self, .kind = TIMER_CHILD_SOFT};
    child->hard = (struct timer){.owner = child->self, .kind = TIMER_CHILD_HARD};
    child->idle = (struct timer){.owner = child->self, .kind = TIMER_CHILD_IDLE};
}

struct child *child_new(struct engine *engine, struct ike_sa *sa, const struct quick *quick,
                        struct span shared, bool initiator, struct io *io)
{
    slot_handle handle;
    void *object;
    struct esp_params inbound;
    if (slots_new(&engine->children, &handle, &object) != RC_OK)
        return NULL;
    struct child *child = object;
    child->self = handle;
    child->initiator = initiator;
    struct ike_sa *owner = owner_of(engine, sa);
    child->sa = owner->self;
    fill(engine, sa, quick, child, io);
    if (!direction_params(sa, child, quick, shared, true, &inbound) ||
        !direction_params(sa, child, quick, shared, false, &child->outbound)) {
        wipe(&inbound, sizeof inbound);
        slots_free(&engine->children, handle);
        return NULL;
    }
    HASH_ADD(by_spi, engine->by_spi, spi_in, sizeof child->spi_in, child);
    session_add_pair(engine, owner, child);
    install(child, &inbound, io);
    wipe(&inbound, sizeof inbound);
    arm_lifetimes(engine, child, io);
    created_event(engine, sa, child, io);
    return child;
}

/* -- up -------------------------------------------------------------------------------- */

/* The entry that it came from; of several templates of one map, the first that has its number. */
static const struct map_entry *entry_of(const struct engine *engine, const struct child *child)
{
    const struct crypto_map *map = config_map_on(engine->config, child->interface);
    if (!child->dynamic)
        return initiate_entry(engine, child);
    for (size_t i = 0; map && i < map->entry_count; i++) {
        const struct dynamic_map *dynamic = map->entries[i].dynamic;
        for (size_t k = 0; dynamic && k < dynamic->entry_count; k++)
            if (dynamic->entries[k].sequence == child->sequence)
                return &dynamic->entries[k];
    }
    return NULL;
}

/* Pools are routed for good, and what a static entry permits is marked; a branch on a dynamic entry
 * brings its own net. A static entry has routes where it asks for them, but not "static" ones,
 * which are always there. */
static bool wants_route(const struct engine *engine, const struct child *child)
{
    const struct map_entry *entry = entry_of(engine, child);
    if (child->client)
        return false;
    return child->dynamic || (entry && entry->reverse.on && !entry->reverse.fixed);
}

static void route(const struct child *child, bool add, struct io *io)
{
    struct prefix net;
    /* Everything is led by its mark: a route for it would take the machine's own. */
    if (!child->reverse_route || !selector_prefix(&child->theirs, &net) ||
        (!child->dynamic && net.len == 0))
        return;
    struct effect *effect = effects_add(io->out, EFFECT_ROUTE);
    if (effect)
        effect->route = (struct effect_route){.add = add, .net = net};
}

/* One entry has one tunnel for each of its lines, with whichever of its peers. */
static bool same_line(const struct child *a, const struct child *b)
{
    return !a->dynamic && !b->dynamic && a->sequence == b->sequence &&
           strcmp(a->map, b->map) == 0 && strcmp(a->interface, b->interface) == 0;
}

static bool same_tunnel(const struct child *a, const struct child *b)
{
    bool same_peer = a->client
                         ? strcmp(a->principal, b->principal) == 0
                         : a->key_line == b->key_line && strcmp(a->key_ring, b->key_ring) == 0;
    return a != b && (same_peer || same_line(a, b)) && selector_equal(&a->ours, &b->ours) &&
           selector_equal(&a->theirs, &b->theirs);
}

/* Older pairs of the same peer and proxies send no more; they receive until the peer has moved. */
static bool retire_older(struct engine *engine, struct child *child, struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    struct child *old;
    bool any = false;
    while ((old = slots_next(&engine->children, &at, &handle))) {
        if (!same_tunnel(child, old) || !old->up)
            continue;
        if (old->routed)
            child->reverse_route = old->reverse_route;
        any = any || old->routed;
        if (old->old)
            continue;
        old->old = true;
        heap_disarm(&engine->timers, &old->soft);
        heap_disarm(&engine->timers, &old->idle);
        if (heap_arm(&engine->timers, &old->hard, io->now_ms + OLD_CHILD_MS) != RC_OK)
            old->dies_ms = io->now_ms;
    }
    return any;
}

static void tunnel_event(struct engine *engine, const struct child *child, enum event_kind kind,
                         const char *reason, struct io *io)
{
    char ours[SELECTOR_TEXT], theirs[SELECTOR_TEXT];
    struct event *event = effects_event(io->out, kind);
    (void)engine;
    if (!event)
        return;
    event->local = child->local;
    event->peer = child->remote;
    event_text(event, 0, child->principal);
    event_text(event, 1, reason ? reason : selector_format(&child->ours, ours));
    event_text(event, 2, selector_format(&child->theirs, theirs));
}

static void arm_idle(struct engine *engine, struct child *child, const struct map_entry *entry,
                     struct io *io)
{
    heap_disarm(&engine->timers, &child->idle);
    if (entry && entry->idle_s &&
        heap_arm(&engine->timers, &child->idle, child->busy_ms + (uint64_t)entry->idle_s * 1000) !=
            RC_OK)
        child->busy_ms = io->now_ms; /* it stays until its lifetime ends */
}

static bool in_use(const struct engine *engine, const struct ike_sa *sa)
{
    for (const struct exchange *x = sa->exchanges; x; x = x->next)
        if (x->state != X_FINISHED)
            return true;
    return sa->pending || child_under(engine, sa);
}

/* Its tunnel is with another peer of the entry now, and the one before must not send into it any
 * more; nothing is left to do there. */
static void leave_former_peers(struct engine *engine, const struct child *child, struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    struct child *old;
    while ((old = slots_next(&engine->children, &at, &handle))) {
        if (!old->old || !same_tunnel(child, old) ||
            addr_equal(old->remote.addr, child->remote.addr))
            continue;
        struct ike_sa *sa = slots_get(&engine->sas, old->sa);
        child_end(engine, old, "moved to another peer", true, io);
        if (sa && sa->initiator && sa->state == SA_DONE && !in_use(engine, sa))
            sa_end(engine, sa, "its tunnels moved to another peer", true, io);
    }
}

void child_up(struct engine *engine, struct child *child, struct io *io)
{
    const struct map_entry *entry = entry_of(engine, child);
    child->reverse_route = wants_route(engine, child);
    child->busy_ms = io->now_ms;
    bool renewed = retire_older(engine, child, io);
    install(child, &child->outbound, io);
    wipe(&child->outbound, sizeof child->outbound);
    child->up = true;
    initiate_succeeded(engine, child->remote.addr);
    if (!renewed)
        route(child, true, io);
    child->routed = true;
    if (!renewed)
        tunnel_event(engine, child, EV_TUNNEL_UP, NULL, io);
    arm_idle(engine, child, entry, io);
    if (child->dynamic)
        return;
    entry_peer_serves(engine, child->map, child->sequence, child->remote.addr);
    leave_former_peers(engine, child, io);
}

/* -- down ------------------------------------------------------------------------------ */

void child_delete_send(struct engine *engine, struct ike_sa *sa, uint32_t spi, struct io *io)
{
    struct outgoing out;
    uint8_t octets[4];
    struct builder b = builder_of(octets, sizeof octets);
    builder_u32(&b, spi);
    informational_start(&out, sa, io);
    ike_deletion_put(&out.w, PROTOCOL_ESP, (struct span){octets, sizeof octets});
    informational_send(engine, sa, &out, io);
}

static void uninstall(const struct child *child, enum esp_direction direction, struct io *io)
{
    struct effect *effect = effects_add(io->out, EFFECT_SA_DELETE);
    if (effect)
        effect->sa_delete = (struct effect_sa_delete){
            .tunnel = child->self,
            .spi = direction == ESP_INBOUND ? child->spi_in : child->spi_out,
            .direction = direction};
}

static bool has_successor(const struct engine *engine, const struct child *child)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct child *other;
    while ((other = slots_next(&engine->children, &at, &handle)))
        if (other->up && other->routed && same_tunnel(child, other))
            return true;
    return false;
}

void child_end(struct engine *engine, struct child *child, const char *reason, bool tell,
               struct io *io)
{
    struct ike_sa *sa = slots_get(&engine->sas, child->sa);
    bool telling = tell && sa && sa->state == SA_DONE;
    if (telling)
        child_delete_send(engine, sa, child->spi_in, io);
    if (telling && !child->old) /* a peer that misses it sends into nothing */
        goodbye_again(engine, sa, child->spi_in, io);
    if (child->up)
        uninstall(child, ESP_OUTBOUND, io);
    uninstall(child, ESP_INBOUND, io);
    struct event *event = effects_event(io->out, EV_SA_DELETED);
    if (event) {
        event->peer = child->remote;
        event->local = child->local;
        event->n[0] = child->spi_in;
        event_text(event, 0, reason);
    }
    if (child->routed && !has_successor(engine, child)) {
        route(child, false, io);
        tunnel_event(engine, child, EV_TUNNEL_DOWN, reason, io);
    }
    heap_disarm(&engine->timers, &child->soft);
    heap_disarm(&engine->timers, &child->hard);
    heap_disarm(&engine->timers, &child->idle);
    HASH_DELETE(by_spi, engine->by_spi, child);
    session_leave(engine, &child->session, reason, io);
    slots_free(&engine->children, child->self);
}

/* -- renewal --------------------------------------------------------------------------- */

bool child_rekey(struct engine *engine, struct child *child, struct io *io)
{
    struct ike_sa *sa = slots_get(&engine->sas, child->sa);
    if (child->rekeying)
        return true;
    if (!sa || sa->state != SA_DONE)
        return false;
    /* Many pairs of one peer may be due at once. */
    if (!exchange_room(sa))
        return heap_arm(&engine->timers, &child->soft, io->now_ms + ROOM_AGAIN_MS) == RC_OK;
    /* The peer is at it: should nothing come of it, we look again soon. */
    struct ike_sa *of;
    if (quick_under_way(engine, sa, X_QUICK_R, &child->ours, &child->theirs, &of))
        return heap_arm(&engine->timers, &child->soft, io->now_ms + LOOK_AGAIN_MS) == RC_OK;
    const struct pending wanted = initiate_wanted(child);
    child->rekeying = quick_initiate(engine, sa, &wanted, io);
    return child->rekeying;
}

void child_timer_soft(struct engine *engine, struct child *child, struct io *io)
{
    if (child->old || !child->up || child_rekey(engine, child, io))
        return;
    /* No phase 1 SA any more: who may begin one begins again, and looks whether it came to
     * something. */
    initiate_again(engine, child, io);
    if (heap_arm(&engine->timers, &child->soft, io->now_ms + LOOK_AGAIN_MS) != RC_OK)
        child->rekeying = false;
}

void child_timer_hard(struct engine *engine, struct child *child, struct io *io)
{
    child_end(engine, child, child->old ? "replaced" : "lifetime expired", true, io);
}

void child_timer_idle(struct engine *engine, struct child *child, struct io *io)
{
    const struct map_entry *entry = entry_of(engine, child);
    if (!entry || !entry->idle_s || child->old)
        return;
    if (io->now_ms - child->busy_ms < (uint64_t)entry->idle_s * 1000) {
        arm_idle(engine, child, entry, io);
        return;
    }
    if (entry->idle_default && !child->dynamic)
        entry_peer_serves(engine, child->map, child->sequence, (struct addr){.family = ADDR_NONE});
    child_end(engine, child, "idle", true, io);
}

void child_follow_entries(struct engine *engine, struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    struct child *child;
    while ((child = slots_next(&engine->children, &at, &handle))) {
        bool wanted = wants_route(engine, child);
        if (!child->up || child->old)
            continue;
        arm_idle(engine, child, entry_of(engine, child), io);
        if (wanted == child->reverse_route)
            continue;
        child->reverse_route = true;
        route(child, wanted, io);
        child->reverse_route = wanted;
    }
}
