/* Leases: who holds which pool address. Private to lib/ike. */
#ifndef HUBWARD_IKE_POOL_H
#define HUBWARD_IKE_POOL_H

#include "ike/state.h"

/* The lease of this client: its own from before, or a new one. wish: chooses among its own, nothing
 * else; may be ADDR_NONE. RC_NOT_FOUND: no pool. RC_FULL: pool empty. RC_EXISTS: max-logins
 * sessions already. RC_DENIED: max-users sessions of the group already. RC_AGAIN: it would be a new
 * one, and the stored leases are not known yet. */
MUST_USE enum rc pool_take(struct engine *engine, struct ike_sa *sa,
                           const struct client_group *group, struct addr wish, struct lease **out,
                           struct io *io);
/* The lease of this very address, for a client that has logged in and goes on with the address it
 * had before: only one that is the same principal's, that the store knows and that it would get by
 * asking. RC_NOT_FOUND: it is not. RC_EXISTS: another session of it holds it. RC_DENIED: as
 * pool_take. RC_AGAIN: the stored leases are not known yet. */
MUST_USE enum rc pool_take_back(struct engine *engine, struct ike_sa *sa,
                                const struct client_group *group, struct addr addr, struct io *io);
/* The store has it: it may be told to the client. */
void pool_saved(struct ike_sa *sa, struct lease *lease);
/* The store knows another principal who holds this address: it is left alone for a grace period. */
void pool_give_up(struct engine *engine, struct ike_sa *sa, struct io *io);
void pool_save(struct engine *engine, const struct lease *lease, const struct ticket *ticket,
               struct io *io);
/* The only address that this SA's user gets; ADDR_NONE: any of a pool will do. */
struct addr pool_own_address(const struct engine *engine, const struct ike_sa *sa);
/* The lease this SA holds, or NULL. */
struct lease *pool_of(const struct engine *engine, const struct ike_sa *sa);
/* A new phase 1 SA of the same session takes the lease over. */
void pool_move(struct engine *engine, struct ike_sa *from, struct ike_sa *to);
/* The session is over: the address stays the principal's until the grace period ends. */
void pool_release(struct engine *engine, struct ike_sa *sa, struct io *io);
void pool_load(struct engine *engine, const struct lease_row *row, struct io *io);
void pool_wipe(struct engine *engine);

#endif
