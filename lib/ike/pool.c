/* Leases: memory decides, the store remembers before the address is sent (DESIGN §4). The key of a
 * lease is the authenticated principal and a slot below its max-logins, so the same user gets the
 * same address; an address nobody holds stays its last principal's through a grace period. */
#include "ike/pool.h"

#include "ike/report.h"

#include <stdio.h>
#include <stdlib.h>

enum { GRACE_S = 7 * 24 * 3600, GRACE_STRANGER_S = 1, SCAN_MAX = 1 << 24 };

static void owner_key(const struct engine *engine, const char *principal, uint32_t slot,
                      const char *pool, uint8_t out[KEYED_LEN])
{
    uint8_t number[4] = {(uint8_t)(slot >> 24), (uint8_t)(slot >> 16), (uint8_t)(slot >> 8),
                         (uint8_t)slot};
    const struct span parts[] = {{number, sizeof number},
                                 {(const uint8_t *)pool, strlen(pool) + 1},
                                 {(const uint8_t *)principal, strlen(principal)}};
    engine_keyed(engine, parts, 3, out);
}

static struct lease *find_owner(const struct engine *engine, const char *principal, uint32_t slot,
                                const char *pool)
{
    uint8_t key[KEYED_LEN];
    struct lease *lease = NULL;
    owner_key(engine, principal, slot, pool, key);
    HASH_FIND(by_owner, engine->leases_by_owner, key, KEYED_LEN, lease);
    return lease;
}

static struct lease *find_addr(const struct engine *engine, struct addr addr)
{
    struct lease *lease = NULL;
    HASH_FIND(by_addr, engine->leases_by_addr, &addr, sizeof addr, lease);
    return lease;
}

struct lease *pool_of(const struct engine *engine, const struct ike_sa *sa)
{
    struct lease *lease = sa->lease.family == ADDR_NONE ? NULL : find_addr(engine, sa->lease);
    return lease && lease->sa == sa->self ? lease : NULL;
}

static void forget(struct engine *engine, struct lease *lease)
{
    HASH_DELETE(by_owner, engine->leases_by_owner, lease);
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it does not see that both tables hold the same */
    HASH_DELETE(by_addr, engine->leases_by_addr, lease);
    wipe(lease, sizeof *lease);
    free(lease);
}

static struct lease *enter(struct engine *engine, const struct lease_row *row)
{
    struct lease *lease = calloc(1, sizeof *lease);
    if (!lease)
        return NULL;
    lease->row = *row;
    lease->addr = row->addr;
    owner_key(engine, row->principal, row->slot, row->pool, lease->owner_key);
    HASH_ADD(by_owner, engine->leases_by_owner, owner_key, KEYED_LEN, lease);
    HASH_ADD(by_addr, engine->leases_by_addr, addr, sizeof lease->addr, lease);
    return lease;
}

/* The first address nobody has had; else the one that was given back longest ago and whose grace
 * period is over. ADDR_NONE: the pool is empty. */
static struct addr free_addr(struct engine *engine, const struct pool *pool, uint64_t now_ms)
{
    struct lease *oldest = NULL;
    uint32_t scanned = 0;
    for (size_t i = 0; i < pool->range_count; i++) {
        struct addr addr = pool->ranges[i].first;
        for (; addr_compare(addr, pool->ranges[i].last) <= 0 && scanned < SCAN_MAX; scanned++) {
            struct lease *lease = find_addr(engine, addr);
            bool reserved = config_address_owner(engine->config, addr) != NULL;
            if (!lease && !reserved)
                return addr;
            if (!reserved && !lease->row.active && lease->free_at_ms <= now_ms &&
                (!oldest || lease->free_at_ms < oldest->free_at_ms))
                oldest = lease;
            addr = addr_add(addr, 1);
        }
    }
    if (!oldest)
        return (struct addr){.family = ADDR_NONE};
    struct addr addr = oldest->addr;
    forget(engine, oldest);
    return addr;
}

static void bind_lease(struct engine *engine, struct ike_sa *sa, struct lease *lease, struct io *io)
{
    char text[ADDR_TEXT];
    lease->sa = sa->self;
    lease->row.active = true;
    lease->row.expires_s = 0;
    sa->lease = lease->addr;
    sa->lease_saved = false;
    struct event *event = sa_event(engine, sa, EV_ADDRESS_ALLOCATED, io);
    if (!event)
        return;
    event_text(event, 0, addr_format(lease->addr, text));
    event_text(event, 1, sa->principal);
}

static enum rc new_lease(struct engine *engine, struct ike_sa *sa, const struct pool *pool,
                         uint32_t slot, struct lease **out, struct io *io)
{
    struct lease_row row = {.slot = slot, .active = true};
    /* What looks free may be another's, and the principal may have one: the store is late. */
    if (engine->options.leases_to_come)
        return RC_AGAIN;
    row.addr = free_addr(engine, pool, io->now_ms);
    if (row.addr.family == ADDR_NONE) {
        engine->pool_empty[pool - engine->config->pools]++;
        return RC_FULL;
    }
    snprintf(row.principal, sizeof row.principal, "%s", sa->principal);
    snprintf(row.pool, sizeof row.pool, "%s", pool->name);
    struct lease *lease = enter(engine, &row);
    if (!lease)
        return RC_NO_MEMORY;
    *out = lease;
    return RC_OK;
}

/* The lease of this slot if its address is still one of the pool's. */
static struct lease *slot_lease(struct engine *engine, const struct ike_sa *sa,
                                const struct pool *pool, uint32_t slot)
{
    struct lease *lease = find_owner(engine, sa->principal, slot, pool->name);
    bool reserved = lease && config_address_owner(engine->config, lease->addr);
    if (!lease || slots_get(&engine->sas, lease->sa) ||
        (pool_holds(pool, lease->addr) && !reserved))
        return lease;
    forget(engine, lease);
    return NULL;
}

/* A slot that no session of the principal holds: the one whose address is wished for, else one that
 * has an address, else any. Returns `slots`: all are held. */
static uint32_t free_slot(struct engine *engine, const struct ike_sa *sa, const struct pool *pool,
                          uint32_t slots, struct addr wish)
{
    uint32_t best = slots;
    bool best_has = false;
    for (uint32_t slot = 0; slot < slots; slot++) {
        const struct lease *lease = slot_lease(engine, sa, pool, slot);
        if (lease && slots_get(&engine->sas, lease->sa))
            continue;
        if (lease && addr_equal(lease->addr, wish))
            return slot;
        if (best == slots || (lease && !best_has)) {
            best = slot;
            best_has = lease != NULL;
        }
    }
    return best;
}

/* -- addresses of users ------------------------------------------------------------------ */

/* A lease of an address that is the principal's by configuration; slot 0 of a pool name of its own,
 * so that it stands beside what the same principal had of a pool. What others hold of before the
 * line was written they keep while they are here. */
static enum rc take_own(struct engine *engine, struct ike_sa *sa, struct addr addr,
                        struct lease **out)
{
    struct lease_row row = {.active = true, .addr = addr};
    struct lease *now = find_addr(engine, addr);
    struct lease *before = find_owner(engine, sa->principal, 0, POOL_OF_USERS);
    if ((now && slots_get(&engine->sas, now->sa)) ||
        (before && slots_get(&engine->sas, before->sa)))
        return RC_EXISTS;
    if (now && now == before) {
        *out = now;
        return RC_OK;
    }
    if (engine->options.leases_to_come)
        return RC_AGAIN;
    if (now)
        forget(engine, now);
    if (before)
        forget(engine, before);
    snprintf(row.principal, sizeof row.principal, "%s", sa->principal);
    snprintf(row.pool, sizeof row.pool, "%s", POOL_OF_USERS);
    *out = enter(engine, &row);
    return *out ? RC_OK : RC_NO_MEMORY;
}

/* The configuration's word goes before the login service's. */
struct addr pool_own_address(const struct engine *engine, const struct ike_sa *sa)
{
    const struct client_group *group =
        config_group(engine->config, (struct span){(const uint8_t *)sa->group, strlen(sa->group)});
    const struct user_address *line = group && sa->login == LOGIN_OK
                                          ? config_user_address(engine->config, sa->user, sa->group)
                                          : NULL;
    const struct addr said = sa->grant.addr, none = {.family = ADDR_NONE};
    if (line)
        return line->addr;
    return group && said.family != ADDR_NONE && group_pool_of(group, said) ? said : none;
}

static const struct pool *pool_for(const struct client_group *group, const struct ike_sa *sa)
{
    return sa->grant.pool[0] ? group_pool_named(group, sa->grant.pool) : group->pool;
}

/* -- taking ------------------------------------------------------------------------------ */

static bool group_is_full(const struct engine *engine, const struct ike_sa *sa,
                          const struct client_group *group)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct ike_sa *other;
    unsigned users = 0;
    while (group->max_users && (other = slots_next(&engine->sas, &at, &handle)))
        users += other->lease.family != ADDR_NONE && strcmp(other->group, sa->group) == 0;
    return group->max_users && users >= group->max_users;
}

/* One of the group's pool, in a slot of the principal's. */
static enum rc take_of_pool(struct engine *engine, struct ike_sa *sa,
                            const struct client_group *group, struct addr wish, struct lease **out,
                            struct io *io)
{
    const struct pool *pool = pool_for(group, sa);
    if (!pool)
        return RC_NOT_FOUND;
    uint32_t slots = group->max_logins ? group->max_logins : 1;
    uint32_t slot = free_slot(engine, sa, pool, slots, wish);
    if (slot == slots)
        return RC_EXISTS;
    if (group_is_full(engine, sa, group))
        return RC_DENIED;
    struct lease *lease = slot_lease(engine, sa, pool, slot);
    enum rc rc = lease ? RC_OK : new_lease(engine, sa, pool, slot, &lease, io);
    if (rc == RC_OK)
        *out = lease;
    return rc;
}

enum rc pool_take(struct engine *engine, struct ike_sa *sa, const struct client_group *group,
                  struct addr wish, struct lease **out, struct io *io)
{
    struct lease *own = pool_of(engine, sa), *lease;
    const struct addr mine = pool_own_address(engine, sa);
    if (own) {
        *out = own;
        return RC_OK;
    }
    if (!group)
        return RC_NOT_FOUND;
    enum rc rc = RC_DENIED;
    if (mine.family == ADDR_NONE)
        rc = take_of_pool(engine, sa, group, wish, &lease, io);
    else if (!group_is_full(engine, sa, group))
        rc = take_own(engine, sa, mine, &lease);
    if (rc != RC_OK)
        return rc;
    bind_lease(engine, sa, lease, io);
    *out = lease;
    return RC_OK;
}

/* Would this principal get the address of this lease of its own by asking? */
static bool still_due(const struct engine *engine, const struct ike_sa *sa,
                      const struct client_group *group, const struct lease *lease)
{
    const struct addr mine = pool_own_address(engine, sa);
    const struct pool *pool = pool_for(group, sa);
    uint32_t slots = group->max_logins ? group->max_logins : 1;
    if (mine.family != ADDR_NONE)
        return addr_equal(mine, lease->addr);
    return pool && strcmp(lease->row.pool, pool->name) == 0 && lease->row.slot < slots &&
           pool_holds(pool, lease->addr) && !config_address_owner(engine->config, lease->addr);
}

enum rc pool_take_back(struct engine *engine, struct ike_sa *sa, const struct client_group *group,
                       struct addr addr, struct io *io)
{
    struct lease *lease = find_addr(engine, addr);
    if (!lease && engine->options.leases_to_come)
        return RC_AGAIN;
    if (!lease || !lease->stored || !group || sa->login != LOGIN_OK ||
        strcmp(lease->row.principal, sa->principal) != 0 || !still_due(engine, sa, group, lease))
        return RC_NOT_FOUND;
    if (slots_get(&engine->sas, lease->sa))
        return RC_EXISTS;
    if (group_is_full(engine, sa, group))
        return RC_DENIED;
    bind_lease(engine, sa, lease, io);
    /* The client has it, and the disk has it as this principal's: only that it is in use is news.
     */
    sa->lease_saved = true;
    pool_save(engine, lease, NULL, io);
    return RC_OK;
}

void pool_saved(struct ike_sa *sa, struct lease *lease)
{
    sa->lease_saved = true;
    lease->stored = true;
}

void pool_give_up(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    struct lease *lease = pool_of(engine, sa);
    sa->lease = (struct addr){.family = ADDR_NONE};
    if (!lease)
        return;
    const struct lease_row unknown = {.addr = lease->addr};
    forget(engine, lease);
    lease = enter(engine, &unknown);
    if (lease)
        lease->free_at_ms = io->now_ms + GRACE_S * UINT64_C(1000);
}

void pool_save(struct engine *engine, const struct lease *lease, const struct ticket *ticket,
               struct io *io)
{
    (void)engine;
    struct effect *effect = effects_add(io->out, EFFECT_LEASE_SAVE);
    if (!effect)
        return;
    effect->lease_save->row = lease->row;
    if (ticket)
        effect->lease_save->ticket = *ticket;
}

void pool_release(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    struct lease *lease = pool_of(engine, sa);
    sa->lease = (struct addr){.family = ADDR_NONE};
    if (!lease)
        return;
    char text[ADDR_TEXT];
    /* Who did not log in is nobody whose return can be waited for (DESIGN §4), and an address that
     * the store does not know nobody was told. */
    bool returns = sa->login == LOGIN_OK && lease->stored;
    uint64_t grace_s = returns ? GRACE_S : GRACE_STRANGER_S;
    lease->sa = 0;
    lease->row.active = false;
    lease->row.expires_s = grace_s;
    lease->free_at_ms = io->now_ms + grace_s * 1000;
    struct event *event = sa_event(engine, sa, EV_ADDRESS_RETURNED, io);
    if (event)
        event_text(event, 0, addr_format(lease->addr, text));
    pool_save(engine, lease, NULL, io);
}

void pool_move(struct engine *engine, struct ike_sa *from, struct ike_sa *to)
{
    struct lease *lease = pool_of(engine, from);
    if (!lease || to->lease.family != ADDR_NONE)
        return;
    lease->sa = to->self;
    to->lease = lease->addr;
    to->lease_saved = from->lease_saved;
    from->lease = (struct addr){.family = ADDR_NONE};
    from->lease_saved = false;
}

void pool_load(struct engine *engine, const struct lease_row *row, struct io *io)
{
    struct lease *lease = find_addr(engine, row->addr);
    /* An address that became a user's own: the row of before gives way. */
    if (lease && !lease->sa && strcmp(row->pool, POOL_OF_USERS) == 0 &&
        strcmp(lease->row.pool, POOL_OF_USERS) != 0)
        forget(engine, lease);
    else if (lease)
        return;
    if (find_owner(engine, row->principal, row->slot, row->pool) || !(lease = enter(engine, row)))
        return;
    /* Nobody is connected at start: what was active waits for its principal as long as any. */
    uint64_t grace_s = row->active || !row->expires_s ? GRACE_S : row->expires_s;
    lease->row.active = false;
    lease->stored = true;
    lease->free_at_ms = io->now_ms + grace_s * 1000;
}

void pool_wipe(struct engine *engine)
{
    struct lease *lease, *next;
    HASH_ITER(by_addr, engine->leases_by_addr, lease, next)
    {
        forget(engine, lease);
    }
}
