/* Rows of pools and leases. What a pool holds is arithmetic over its ranges, what is taken of it a
 * walk over the leases there are: nobody walks the addresses of a large pool. */
#include "ike/pool.h"

#include <stdio.h>

/* Addresses from first to last, UINT64_MAX when there are more. */
static uint64_t range_size(const struct pool_range *range)
{
    uint64_t size = 0;
    unsigned borrow = 0;
    size_t len = addr_len(range->first.family);
    for (size_t i = len; i-- > 0;) {
        unsigned digit = 0x100u + range->last.bytes[i] - range->first.bytes[i] - borrow;
        borrow = digit < 0x100;
        if (len - 1 - i < sizeof size)
            size |= (uint64_t)(digit & 0xff) << 8 * (len - 1 - i);
        else if (digit & 0xff)
            return UINT64_MAX;
    }
    return size == UINT64_MAX ? size : size + 1;
}

static bool waits(const struct lease *lease, uint64_t now_ms)
{
    return !lease->row.active && lease->free_at_ms > now_ms;
}

static void pool_row(const struct engine *engine, size_t number, struct status_pool *row)
{
    const struct pool *pool = &engine->config->pools[number];
    *row = (struct status_pool){.ranges = (uint32_t)pool->range_count,
                                .empty = engine->pool_empty[number]};
    snprintf(row->name, sizeof row->name, "%.95s", pool->name);
    if (pool->range_count) {
        row->first = pool->ranges[0].first;
        row->last = pool->ranges[pool->range_count - 1].last;
    }
    for (size_t i = 0; i < pool->range_count; i++) {
        uint64_t size = range_size(&pool->ranges[i]);
        row->total = size > UINT64_MAX - row->total ? UINT64_MAX : row->total + size;
    }
}

size_t engine_status_pools(const struct engine *engine, uint64_t now_ms, uint32_t *at,
                           struct status_pool *rows, size_t max)
{
    size_t first = *at, n = 0;
    for (; n < max && first + n < engine->config->pool_count; n++)
        pool_row(engine, first + n, &rows[n]);
    /* By address and not by name: pools may share addresses, and what one gave out the other does
     * not have. */
    for (const struct lease *lease = engine->leases_by_addr; lease; lease = lease->by_addr.next)
        for (size_t i = 0; i < n; i++)
            if (pool_holds(&engine->config->pools[first + i], lease->addr)) {
                rows[i].active += lease->row.active;
                rows[i].kept += waits(lease, now_ms);
            }
    for (size_t i = 0; i < n; i++)
        rows[i].free = rows[i].total - rows[i].active - rows[i].kept;
    *at = (uint32_t)(first + n);
    return n;
}

/* -- leases ---------------------------------------------------------------------------- */

/* The place of an address in the order of pages; pools are IPv4. */
static uint32_t place_of(struct addr addr)
{
    return (uint32_t)addr.bytes[0] << 24 | (uint32_t)addr.bytes[1] << 16 |
           (uint32_t)addr.bytes[2] << 8 | addr.bytes[3];
}

enum { LEASES_AT_ONCE = 64 };

/* The first leases from this place on, in order: a sorted list of the best so far. */
static size_t find_leases(const struct engine *engine, uint64_t now_ms, uint32_t from,
                          const struct lease **found, size_t max)
{
    size_t n = 0;
    for (const struct lease *lease = engine->leases_by_addr; lease; lease = lease->by_addr.next) {
        uint32_t place = place_of(lease->addr);
        if (lease->addr.family != ADDR_V4 || place < from ||
            (!lease->row.active && !waits(lease, now_ms)))
            continue;
        if (n == max && place > place_of(found[n - 1]->addr))
            continue;
        size_t i = n == max ? n - 1 : n++;
        for (; i > 0 && place_of(found[i - 1]->addr) > place; i--)
            found[i] = found[i - 1];
        found[i] = lease;
    }
    return n;
}

static void lease_row(const struct engine *engine, const struct lease *lease, uint64_t now_ms,
                      struct status_lease *row)
{
    const struct ike_sa *sa = slots_get(&engine->sas, lease->sa);
    *row = (struct status_lease){.addr = lease->addr,
                                 .slot = lease->row.slot,
                                 .active = lease->row.active,
                                 .ike_id = sa ? sa->id : 0,
                                 .kept_ms = waits(lease, now_ms) ? lease->free_at_ms - now_ms : 0};
    snprintf(row->pool, sizeof row->pool, "%s", lease->row.pool);
    snprintf(row->principal, sizeof row->principal, "%s", lease->row.principal);
}

size_t engine_status_leases(const struct engine *engine, uint64_t now_ms, uint32_t *at,
                            struct status_lease *rows, size_t max)
{
    const struct lease *found[LEASES_AT_ONCE];
    size_t n = 0, more = LEASES_AT_ONCE;
    while (n < max && more == LEASES_AT_ONCE) {
        more = find_leases(engine, now_ms, *at, found,
                           max - n < LEASES_AT_ONCE ? max - n : LEASES_AT_ONCE);
        for (size_t i = 0; i < more; i++)
            lease_row(engine, found[i], now_ms, &rows[n++]);
        if (more)
            *at = place_of(found[more - 1]->addr) + 1;
    }
    return n;
}
