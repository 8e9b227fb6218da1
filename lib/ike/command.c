/* What the rest of the daemon tells the engine: addresses, stored leases, traffic without an SA,
 * news of the data path, and operators' wishes. */
#include "ike/child.h"
#include "ike/initiate.h"
#include "ike/pool.h"
#include "ike/sa.h"
#include "ike/session.h"

#include <stdio.h>

static void interface_changed(struct engine *engine, const struct command *command, struct io *io)
{
    struct engine_interface *row = NULL;
    for (size_t i = 0; i < engine->interface_count; i++)
        if (strcmp(engine->interfaces[i].name, command->interface) == 0)
            row = &engine->interfaces[i];
    if (!row && engine->interface_count == INTERFACES_MAX)
        return;
    if (!row) {
        row = &engine->interfaces[engine->interface_count++];
        snprintf(row->name, sizeof row->name, "%.47s", command->interface);
    }
    struct addr old = row->addr;
    row->addr = command->addr;
    if (old.family != ADDR_NONE && !addr_equal(old, command->addr))
        initiate_address_changed(engine, row->name, old, io);
}

/* What an operator means: by number, by peer address, or all. */
static bool clear_matches(const struct command *command, uint64_t id, struct addr peer)
{
    if (command->clear_id)
        return id == command->clear_id;
    return command->clear_peer.family == ADDR_NONE || addr_equal(peer, command->clear_peer);
}

static const char cleared_reason[] = "cleared by an operator";

static uint32_t clear_sessions(struct engine *engine, const struct command *command, struct io *io)
{
    uint32_t at = 0, cleared = 0;
    slot_handle handle;
    struct ike_sa *sa;
    while ((sa = slots_next(&engine->sas, &at, &handle))) {
        if (!clear_matches(command, sa->id, sa->path.remote.addr))
            continue;
        sa_end_all(engine, sa, cleared_reason, sa->state == SA_DONE, io);
        cleared++;
    }
    struct child *child;
    at = 0;
    while (!command->clear_id && (child = slots_next(&engine->children, &at, &handle))) {
        if (!clear_matches(command, 0, child->remote.addr))
            continue;
        child_end(engine, child, cleared_reason, false, io);
        cleared++;
    }
    return cleared;
}

/* The peer is told, so that it sends into no dead tunnel. Pairs that only receive the rest after a
 * rekey go along uncounted. */
static uint32_t clear_pairs(struct engine *engine, const struct command *command, struct io *io)
{
    uint32_t at = 0, cleared = 0;
    slot_handle handle;
    struct child *child;
    while ((child = slots_next(&engine->children, &at, &handle))) {
        if (!clear_matches(command, 0, child->remote.addr))
            continue;
        cleared += !child->old;
        child_end(engine, child, cleared_reason, true, io);
    }
    return cleared;
}

static uint32_t clear_phase1(struct engine *engine, const struct command *command, struct io *io)
{
    uint32_t at = 0, cleared = 0;
    slot_handle handle;
    struct ike_sa *sa;
    while ((sa = slots_next(&engine->sas, &at, &handle))) {
        if (!clear_matches(command, sa->conn, sa->path.remote.addr))
            continue;
        sa_end(engine, sa, cleared_reason, sa->state == SA_DONE, io);
        cleared++;
    }
    return cleared;
}

static void clear(struct engine *engine, const struct command *command, struct io *io)
{
    static uint32_t (*const clears[CLEAR_SCOPES])(struct engine * engine,
                                                  const struct command *command, struct io *io) = {
        [CLEAR_SESSIONS] = clear_sessions,
        [CLEAR_IPSEC] = clear_pairs,
        [CLEAR_ISAKMP] = clear_phase1,
    };
    const uint32_t cleared = clears[command->clear_scope](engine, command, io);
    if (command->cleared)
        *command->cleared = cleared;
}

static void path_lost(struct engine *engine, struct io *io)
{
    /* The keys died with the path process and are never installed again: every pair is negotiated
     * anew; where there is no phase 1 SA to do it under, the pair is gone. */
    uint32_t at = 0;
    slot_handle handle;
    struct child *child;
    while ((child = slots_next(&engine->children, &at, &handle)))
        if (child->old || !child->up || !child_rekey(engine, child, io))
            child_end(engine, child, "data path restarted", true, io);
}

static void peer_moved(struct engine *engine, const struct command *command, struct io *io)
{
    struct child *child = slots_get(&engine->children, command->tunnel);
    if (!child)
        return;
    child->remote = command->moved_to;
    struct ike_sa *sa = slots_get(&engine->sas, child->sa);
    if (!sa)
        session_moved(engine, child->session, command->moved_to, io);
    if (!sa || !sa->peer_is_behind)
        return;
    struct ike_path path = sa->path;
    path.remote = command->moved_to;
    sa_follow(engine, sa, &path, io);
}

/* Counters only grow; ones that do not are another path's. */
static struct esp_counters since(const struct esp_counters *now, const struct esp_counters *before)
{
    if (now->bytes < before->bytes || now->packets < before->packets)
        return (struct esp_counters){0};
    return (struct esp_counters){.bytes = now->bytes - before->bytes,
                                 .packets = now->packets - before->packets};
}

static void counters_came(struct engine *engine, const struct command *command, struct io *io)
{
    struct child *child = slots_get(&engine->children, command->tunnel);
    if (!child)
        return;
    struct ike_sa *sa = slots_get(&engine->sas, child->sa);
    /* Authentic traffic is a sign of life: no probe is needed (RFC 3706, 5.4). */
    if (sa && command->in.packets > child->in.packets)
        sa_heard(sa, io);
    const struct esp_counters in = since(&command->in, &child->in),
                              out = since(&command->out, &child->out);
    session_count(engine, child->session, &in, &out);
    if (in.packets || out.packets)
        child->busy_ms = io->now_ms;
    child->in = command->in;
    child->out = command->out;
}

static void shutdown_all(struct engine *engine, struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    struct ike_sa *sa;
    while ((sa = slots_next(&engine->sas, &at, &handle)))
        sa_end_all(engine, sa, "shutdown", sa->state == SA_DONE, io);
    struct child *child;
    at = 0;
    while ((child = slots_next(&engine->children, &at, &handle)))
        child_end(engine, child, "shutdown", false, io);
}

void engine_command(struct engine *engine, const struct command *command, struct io *io)
{
    struct child *child;
    switch (command->kind) {
    case COMMAND_INTERFACE:
        interface_changed(engine, command, io);
        break;
    case COMMAND_LEASE_LOADED:
        pool_load(engine, &command->lease, io);
        break;
    case COMMAND_LEASES_KNOWN:
        engine->options.leases_to_come = false;
        break;
    case COMMAND_ACQUIRE:
        initiate_acquire(engine, command, io);
        break;
    case COMMAND_DIAL:
        initiate_dial(engine, command, io);
        break;
    case COMMAND_NAME:
        initiate_named(engine, command, io);
        break;
    case COMMAND_CLEAR:
        clear(engine, command, io);
        break;
    case COMMAND_SA_SOFT:
        if ((child = slots_get(&engine->children, command->tunnel)))
            child_timer_soft(engine, child, io);
        break;
    case COMMAND_SA_USED:
        /* Only who has the keys can send on the new SA: as good as QM3. */
        if ((child = slots_get(&engine->children, command->tunnel)) && !child->up)
            child_up(engine, child, io);
        break;
    case COMMAND_SA_MOVED:
        peer_moved(engine, command, io);
        break;
    case COMMAND_SA_COUNTERS:
        counters_came(engine, command, io);
        break;
    case COMMAND_PATH_LOST:
        path_lost(engine, io);
        break;
    case COMMAND_SHUTDOWN:
        shutdown_all(engine, io);
        break;
    }
}
