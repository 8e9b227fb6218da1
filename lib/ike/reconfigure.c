/* Another configuration while it runs. Who is to go goes by the old one, in which its names mean
 * something; who stays is told what it is called in the new one; then the new one is in force, and
 * what it asks for beyond that is negotiated under it. */
#include "ike/child.h"
#include "ike/dpd.h"
#include "ike/fate.h"
#include "ike/initiate.h"
#include "ike/peer_name.h"
#include "ike/sa.h"
#include "ike/v1.h"

#include <stdio.h>
#include <stdlib.h>

/* -- telling it ------------------------------------------------------------------------------ */

static void fill(struct engine_fate *row, const struct fate *fate, uint64_t id,
                 struct endpoint peer, const char *who)
{
    *row = (struct engine_fate){
        .kind = fate->kind, .id = id, .peer = peer, .line = fate->line, .former = fate->former};
    snprintf(row->who, sizeof row->who, "%s", who);
    snprintf(row->why, sizeof row->why, "%s", fate->why);
}

/* A pair whose phase 1 is gone. */
static struct fate fate_of_orphan(const struct engine *engine, const struct config *next,
                                  const struct child *child, struct served *by,
                                  struct key_choice *key)
{
    struct fate fate = {.kind = FATE_KEPT};
    const struct claim claim =
        claim_of_child(engine, child, NULL, config_profile(next, child->profile));
    if (child->key_ring[0] && !fate_of_key(engine->config, next, child->key_ring, child->key_line,
                                           child->remote.addr, key, &fate))
        return fate;
    return fate_of_claim(next, &claim, by);
}

/* What is to be told of a pair: nothing when it shares its SA's fate, or is kept with it. */
static bool fate_to_tell(const struct engine *engine, const struct config *next,
                         const struct child *child, const struct ike_sa *sa, struct fate *out)
{
    struct standing now;
    struct served by = {.entry = NULL};
    struct key_choice key;
    if (child->old)
        return false;
    if (!sa) {
        *out = fate_of_orphan(engine, next, child, &by, &key);
        return true;
    }
    if (fate_of_sa(engine, next, sa, &now).kind == FATE_DROPPED)
        return false;
    const struct claim claim = claim_of_child(engine, child, sa, now.profile);
    *out = fate_of_claim(next, &claim, &by);
    return out->kind != FATE_KEPT;
}

/* Slots of SAs come first, then those of pairs. */
enum { PAIRS_FROM = 1u << 31 };

static size_t sa_fates(const struct engine *engine, const struct config *next, uint32_t *at,
                       struct engine_fate *rows, size_t max)
{
    const struct ike_sa *sa;
    slot_handle handle;
    size_t n = 0;
    while (n < max && (sa = slots_next(&engine->sas, at, &handle))) {
        struct standing now;
        if (sa->state != SA_DONE || sa->rekeyed)
            continue;
        const struct fate fate = fate_of_sa(engine, next, sa, &now);
        fill(&rows[n++], &fate, sa->id, sa->path.remote, sa->principal);
    }
    return n;
}

static size_t child_fates(const struct engine *engine, const struct config *next, uint32_t *at,
                          struct engine_fate *rows, size_t max)
{
    const struct child *child;
    slot_handle handle;
    size_t n = 0;
    while (n < max && (child = slots_next(&engine->children, at, &handle))) {
        const struct ike_sa *sa = slots_get(&engine->sas, child->sa);
        struct fate fate;
        if (fate_to_tell(engine, next, child, sa, &fate))
            fill(&rows[n++], &fate, sa ? sa->id : 0, child->remote, child->principal);
    }
    return n;
}

size_t engine_fates(const struct engine *engine, const struct config *next, uint32_t *at,
                    struct engine_fate *rows, size_t max)
{
    size_t n = 0;
    if (*at < PAIRS_FROM) {
        n = sa_fates(engine, next, at, rows, max);
        if (n == max)
            return n;
        *at = PAIRS_FROM;
    }
    uint32_t child_at = *at - PAIRS_FROM;
    n += child_fates(engine, next, &child_at, rows + n, max - n);
    *at = child_at + PAIRS_FROM;
    return n;
}

/* -- doing it -------------------------------------------------------------------------------- */

static void take_key(struct ike_sa *sa, const struct standing *now)
{
    if (now->group)
        sa->key_line = now->group->line;
    if (!now->key.entry)
        return;
    sa->key_line = now->key.entry->line;
    sa->no_xauth = now->key.entry->no_xauth;
    snprintf(sa->key_ring, sizeof sa->key_ring, "%s", now->key.ring->name);
}

/* A quick mode on its way to what is not served any more ends; its peer begins again, or not. */
static void judge_exchanges(struct engine *engine, const struct config *next, struct ike_sa *sa,
                            const struct isakmp_profile *profile, struct io *io)
{
    struct exchange *x = sa->exchanges, *following;
    for (; x; x = following) {
        following = x->next;
        if (!x->quick || x->state == X_FINISHED)
            continue;
        const struct claim claim = claim_of_quick(engine, sa, x->quick, profile);
        struct served by = {.entry = NULL};
        if (fate_of_claim(next, &claim, &by).kind != FATE_KEPT || !by.entry) {
            quick_abandon(engine, sa, x, io);
            continue;
        }
        snprintf(x->quick->map, sizeof x->quick->map, "%s", by.map->name);
        x->quick->sequence = by.entry->sequence;
        x->quick->dynamic = by.dynamic;
    }
}

static void take_entry(struct child *child, const struct served *by,
                       const struct isakmp_profile *profile)
{
    snprintf(child->map, sizeof child->map, "%s", by->map->name);
    child->sequence = by->entry->sequence;
    child->dynamic = by->dynamic;
    snprintf(child->profile, sizeof child->profile, "%s", profile ? profile->name : "");
}

static void take_ring(struct child *child, const char *ring, unsigned line)
{
    child->key_line = line;
    snprintf(child->key_ring, sizeof child->key_ring, "%s", ring);
}

static void judge_sas(struct engine *engine, const struct config *next, struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    struct ike_sa *sa;
    while ((sa = slots_next(&engine->sas, &at, &handle))) {
        struct standing now;
        const struct fate fate = fate_of_sa(engine, next, sa, &now);
        if (fate.kind == FATE_DROPPED) {
            sa_end_all(engine, sa, fate.why, sa->state == SA_DONE, io);
            continue;
        }
        take_key(sa, &now);
        if (sa->state != SA_DONE)
            continue;
        snprintf(sa->profile, sizeof sa->profile, "%s", now.profile ? now.profile->name : "");
        judge_exchanges(engine, next, sa, now.profile, io);
    }
}

/* SAs are called by their new names already; a pair without one is found by its own former ones. */
static struct fate fate_now(const struct engine *engine, const struct config *next,
                            const struct child *child, const struct ike_sa *sa, struct served *by,
                            struct key_choice *key)
{
    if (!sa)
        return fate_of_orphan(engine, next, child, by, key);
    const struct claim claim = claim_of_child(engine, child, sa, config_profile(next, sa->profile));
    return fate_of_claim(next, &claim, by);
}

static void judge_children(struct engine *engine, const struct config *next, struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    struct child *child;
    while ((child = slots_next(&engine->children, &at, &handle))) {
        const struct ike_sa *sa = slots_get(&engine->sas, child->sa);
        struct served by = {.entry = NULL};
        struct key_choice key = {.entry = NULL};
        const struct fate fate = fate_now(engine, next, child, sa, &by, &key);
        if (fate.kind == FATE_DROPPED || !by.entry) {
            child_end(engine, child, fate.why, true, io);
            continue;
        }
        take_entry(child, &by, config_profile(next, sa ? sa->profile : child->profile));
        if (sa)
            take_ring(child, sa->key_ring, sa->key_line);
        else if (key.entry)
            take_ring(child, key.ring->name, key.entry->line);
    }
}

/* -- under the new one ------------------------------------------------------------------------ */

static void renew_phase1(struct engine *engine, struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    struct ike_sa *sa;
    while ((sa = slots_next(&engine->sas, &at, &handle))) {
        struct standing now;
        if (sa->state != SA_DONE ||
            fate_of_sa(engine, engine->config, sa, &now).kind != FATE_REKEYED)
            continue;
        /* Whoever began it begins the next one, which takes its pairs over; this one ends soon. */
        if (!sa->initiator) {
            sa_end(engine, sa, "no policy allows its algorithms any more", true, io);
            continue;
        }
        initiate_renew(engine, sa, io);
        sa->dies_ms = io->now_ms + HALF_OPEN_MS;
        if (heap_arm(&engine->timers, &sa->life, sa->dies_ms) != RC_OK)
            sa->dies_ms = io->now_ms;
    }
}

static void renew_child(struct engine *engine, struct child *child, struct io *io)
{
    if (child_rekey(engine, child, io))
        return;
    if (child->initiator)
        initiate_again(engine, child, io);
    child_end(engine, child, "its entry wants other algorithms", true, io);
}

static void renew_children(struct engine *engine, struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    struct child *child;
    struct served by = {.entry = NULL};
    while ((child = slots_next(&engine->children, &at, &handle)))
        if (child->up && !child->old && !fate_terms_stand(engine, child, &by))
            renew_child(engine, child, io);
}

static bool same_probes(const struct config *a, const struct config *b, const char *profile)
{
    const struct isakmp_profile *p = config_profile(a, profile), *q = config_profile(b, profile);
    return a->keepalive_s == b->keepalive_s && a->keepalive_retry_s == b->keepalive_retry_s &&
           (p ? p->keepalive_s : 0) == (q ? q->keepalive_s : 0);
}

/* Who is not probed now, or at another pace. */
static void restart_probes(struct engine *engine, const struct config *before, struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    struct ike_sa *sa;
    while ((sa = slots_next(&engine->sas, &at, &handle)))
        if (sa->state == SA_DONE && !same_probes(before, engine->config, sa->profile))
            dpd_start(engine, sa, io);
}

/* How often each pool was empty goes on under its name. NULL: memory. */
static uint64_t *carry_counts(const struct engine *engine, const struct config *next)
{
    uint64_t *counts = calloc(next->pool_count + 1, sizeof *counts);
    for (size_t i = 0; counts && i < next->pool_count; i++)
        for (size_t k = 0; k < engine->config->pool_count; k++)
            if (strcmp(engine->config->pools[k].name, next->pools[i].name) == 0)
                counts[i] = engine->pool_empty[k];
    return counts;
}

/* Addresses of interfaces that are none any more. */
static void forget_interfaces(struct engine *engine)
{
    size_t kept = 0;
    for (size_t i = 0; i < engine->interface_count; i++)
        if (config_interface_named(engine->config, engine->interfaces[i].name))
            engine->interfaces[kept++] = engine->interfaces[i];
    engine->interface_count = kept;
}

static void swap(struct engine *engine, const struct config *next, uint64_t *counts)
{
    free(engine->pool_empty);
    free(engine->remembered); /* places in the former configuration */
    engine->pool_empty = counts;
    engine->remembered = NULL;
    engine->config = next;
    forget_interfaces(engine);
    /* A peer that was left alone may be there under another line. */
    engine->hold_off_count = 0;
    peer_name_prune(engine);
}

enum rc engine_reconfigure(struct engine *engine, const struct config *next, struct io *io)
{
    const struct config *before = engine->config;
    uint64_t *counts = carry_counts(engine, next);
    if (!counts)
        return RC_NO_MEMORY;
    judge_sas(engine, next, io);
    judge_children(engine, next, io);
    swap(engine, next, counts);
    child_follow_entries(engine, io);
    renew_children(engine, io);
    renew_phase1(engine, io);
    restart_probes(engine, before, io);
    return RC_OK;
}
