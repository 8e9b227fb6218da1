/* The life of phase 1 SAs: birth within limits, tables, names of states, the end. Private to
 * lib/ike. */
#ifndef HUBWARD_IKE_SA_H
#define HUBWARD_IKE_SA_H

#include "ike/state.h"

/* A new SA with its handshake; cookies and table keys set. opening: the first message of the peer;
 * NULL: we begin. NULL: limits or memory, counted. */
struct ike_sa *sa_new(struct engine *engine, const struct ike_path *path,
                      const struct incoming *opening, struct io *io);
/* The SA of these cookies, or of a first message seen before (responder cookie still zero). */
struct ike_sa *sa_find(struct engine *engine, const struct incoming *in);
/* The SA of these two cookies, or NULL. */
struct ike_sa *sa_of_cookies(const struct engine *engine, const uint8_t cky_i[IKE_COOKIE],
                             const uint8_t cky_r[IKE_COOKIE]);
/* Is this a message of our own that comes back (THREATS P07)? sa: of its cookies, or NULL. */
bool sa_reflected(const struct engine *engine, const struct ike_sa *sa, const struct incoming *in);
/* Phase 1 is authenticated: timers, counters, events; frees the handshake. */
void sa_established(struct engine *engine, struct ike_sa *sa, struct io *io);
/* A client is in and has no address: it asks for one soon, or it is of no use. A client that renews
 * a phase 1 that we have forgotten would never ask. */
void sa_expect_request(struct engine *engine, struct ike_sa *sa, struct io *io);
/* The time for that is over. */
void sa_request_overdue(struct engine *engine, struct ike_sa *sa, struct io *io);
/* The responder told a life of so many seconds, from the beginning on; a longer one than now
 * changes nothing. */
void sa_live_shorter(struct engine *engine, struct ike_sa *sa, uint32_t seconds, struct io *io);
/* The one we began replaces this one: it goes soon, when all that is under way has come through. */
void sa_retire(struct engine *engine, struct ike_sa *sa, struct io *io);
/* Its life nears the end and we began it: begin the next one. */
void sa_renew(struct engine *engine, struct ike_sa *sa, struct io *io);
/* Forget an SA: exchanges and questions die, the lease goes back, children of a client end; those
 * of a branch live on. tell: send a DELETE first. */
void sa_end(struct engine *engine, struct ike_sa *sa, const char *reason, bool tell, struct io *io);
/* The same with all children. */
void sa_end_all(struct engine *engine, struct ike_sa *sa, const char *reason, bool tell,
                struct io *io);
void sa_set_state(struct engine *engine, struct ike_sa *sa, enum sa_state state, struct io *io);
/* The debug's lines for the state that the SA has just reached; sa_set_state tells them at once. */
void sa_trace_state(struct engine *engine, const struct ike_sa *sa, struct io *io);
const char *sa_state_name(const struct ike_sa *sa); /* MM_KEY_EXCH, QM_IDLE, … for `show` */
struct span sa_nonce_i(const struct ike_sa *sa);
struct span sa_nonce_r(const struct ike_sa *sa);
/* The peer proved itself from this path: follow it (port float, NAT rebinding). */
void sa_follow(struct engine *engine, struct ike_sa *sa, const struct ike_path *path,
               struct io *io);
void sa_heard(struct ike_sa *sa, struct io *io);
/* Is there an established SA with this address? */
bool sa_known_peer(const struct engine *engine, struct addr peer);
/* Another live SA of the same session that nothing has replaced yet, or NULL. */
struct ike_sa *sa_twin(struct engine *engine, const struct ike_sa *sa);

#endif
