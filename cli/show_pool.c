/* The columns of IOS for pools. What IOS does not have, addresses that wait for the return of their
 * users, stands below them and in a column of its own. */
#include "cli/show_pool.h"

#include "host/status_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Print what somebody else has written, and blanks up to the width; one at least. */
static void column(struct sink *out, const char *text, size_t width)
{
    size_t before = out->len;
    sink_safe(out, text);
    size_t used = out->len - before;
    sink_format(out, "%*s", (int)(used < width ? width - used : 1), "");
}

static void pool_row(struct sink *out, const struct status_pool *row)
{
    char first[ADDR_TEXT], last[ADDR_TEXT];
    sink_char(out, ' ');
    column(out, row->name, 25);
    sink_format(out, "%-15s %-15s %7" PRIu64 " %7" PRIu64 " %7" PRIu64 "\n",
                addr_format(row->first, first), addr_format(row->last, last), row->free,
                row->active, row->kept);
}

static const char heading[] =
    " Pool                     Begin           End                Free  In use    Kept\n";

void show_pools(struct sink *out, const struct status_pool *rows, size_t count)
{
    sink_text(out, heading);
    for (size_t i = 0; i < count; i++)
        pool_row(out, &rows[i]);
}

static void lease_row(struct sink *out, const struct status_lease *row)
{
    char text[ADDR_TEXT], left[STATUS_WORD];
    sink_format(out, "   %-15s ", addr_format(row->addr, text));
    column(out, row->principal, 40);
    if (row->active)
        sink_text(out, "in use\n");
    else
        sink_format(out, "kept for %s\n", status_duration_format(row->kept_ms, left));
}

void show_pool_leases(struct sink *out, const struct status_pool *pool,
                      const struct status_lease *leases, size_t count)
{
    bool any = false;
    sink_text(out, heading);
    pool_row(out, pool);
    if (pool->ranges > 1)
        sink_format(out, "   %u ranges, %" PRIu64 " addresses\n", pool->ranges, pool->total);
    if (pool->empty)
        sink_format(out, "   empty for %" PRIu64 " request%s since the start\n", pool->empty,
                    pool->empty == 1 ? "" : "s");
    for (size_t i = 0; i < count; i++) {
        if (strcmp(leases[i].pool, pool->name) != 0)
            continue;
        if (!any)
            sink_text(out, "\n   Address         Who                                     State\n");
        any = true;
        lease_row(out, &leases[i]);
    }
}

/* -- users ------------------------------------------------------------------------------ */

static int compare_places(const struct status_ike *a, const struct status_ike *b)
{
    int order = strcmp(a->user, b->user);
    if (!order)
        order = strcmp(a->group, b->group);
    if (!order)
        order = addr_compare(a->remote.addr, b->remote.addr);
    return order ? order : (a->remote.port > b->remote.port) - (a->remote.port < b->remote.port);
}

static int compare_users(const void *x, const void *y)
{
    const struct status_ike *a = x, *b = y;
    int order = compare_places(a, b);
    return order ? order : (a->id > b->id) - (a->id < b->id);
}

size_t show_users_keep(struct status_ike *rows, size_t count)
{
    size_t in = 0, kept = 0;
    for (size_t i = 0; i < count; i++)
        if (rows[i].user[0] && rows[i].established)
            rows[in++] = rows[i];
    if (in)
        qsort(rows, in, sizeof *rows, compare_users);
    /* Of several phase 1 SAs at one place the newest has the session. */
    for (size_t i = 0; i < in; i++)
        if (i + 1 == in || compare_places(&rows[i], &rows[i + 1]) != 0)
            rows[kept++] = rows[i];
    return kept;
}

void show_users(struct sink *out, const struct status_ike *rows, size_t count)
{
    sink_text(out, "User                 Group            Address         From                  "
                   "Since     Client\n");
    for (size_t i = 0; i < count; i++) {
        const struct status_ike *row = &rows[i];
        char assigned[ADDR_TEXT] = "-", from[ENDPOINT_TEXT], since[STATUS_WORD];
        if (row->assigned.family != ADDR_NONE)
            addr_format(row->assigned, assigned);
        column(out, row->user, 21);
        column(out, row->group, 17);
        sink_format(out, "%-15s %-21s %-9s ", assigned, endpoint_format(row->remote, from),
                    status_duration_format(row->age_ms, since));
        sink_safe(out, row->client[0] ? row->client : "-");
        sink_char(out, '\n');
    }
}
