/* `show ip local pool` in the form of IOS, and `show aaa users`. */
#ifndef HUBWARD_CLI_SHOW_POOL_H
#define HUBWARD_CLI_SHOW_POOL_H

#include "base/sink.h"
#include "ike/status.h"

void show_pools(struct sink *out, const struct status_pool *rows, size_t count);
/* One pool with the addresses that somebody has or is waited for with. */
void show_pool_leases(struct sink *out, const struct status_pool *pool,
                      const struct status_lease *leases, size_t count);

/* Who is logged in, by name; a session that renews its phase 1 is one. Rows are sorted and
 * compacted in place; returns how many are left. */
size_t show_users_keep(struct status_ike *rows, size_t count);
void show_users(struct sink *out, const struct status_ike *rows, size_t count);

#endif
