/* Phase 2 pairs: their making, renewal and end. Private to lib/ike. */
#ifndef HUBWARD_IKE_CHILD_H
#define HUBWARD_IKE_CHILD_H

#include "ike/state.h"

/* A free inbound SPI. */
uint32_t child_spi(const struct engine *engine, struct io *io);
/* Make the pair from a quick mode whose keys are now known; installs the inbound SA. NULL: memory
 * or cryptography. */
struct child *child_new(struct engine *engine, struct ike_sa *sa, const struct quick *quick,
                        struct span shared, bool initiator, struct io *io);
/* The peer has proved that it has the keys: install the outbound SA, retire what it replaces. */
void child_up(struct engine *engine, struct child *child, struct io *io);
void child_end(struct engine *engine, struct child *child, const char *reason, bool tell,
               struct io *io);
void child_timer_soft(struct engine *engine, struct child *child, struct io *io);
void child_timer_hard(struct engine *engine, struct child *child, struct io *io);
void child_timer_idle(struct engine *engine, struct child *child, struct io *io);
/* The configuration is another one: reverse routes and idle times are those of the entries now. */
void child_follow_entries(struct engine *engine, struct io *io);
/* Does any pair stand under this SA? */
bool child_under(const struct engine *engine, const struct ike_sa *sa);
struct child *child_by_spi_in(const struct engine *engine, uint32_t spi);
/* Has this peer as many pairs as one may have? What renews one of them is not in question. */
bool child_crowded(const struct engine *engine, const struct ike_sa *sa, const struct quick *quick);
void child_delete_send(struct engine *engine, struct ike_sa *sa, uint32_t spi, struct io *io);
/* Does a live pair of somebody else cover any of these addresses? */
bool child_taken(const struct engine *engine, const struct ike_sa *sa,
                 const struct selector *theirs);
/* The pairs of an SA that is going move to its twin. */
void child_adopt(struct engine *engine, const struct ike_sa *from, const struct ike_sa *to);
/* Is it a pair of the peer that is on the other side of this SA, also when it was made under
 * another SA of that peer? */
bool child_of_peer(const struct engine *engine, const struct ike_sa *sa, const struct child *child);
/* Pairs of this peer, at its place, whose phase 1 is gone stand under this SA from now on. */
void child_adopt_orphans(struct engine *engine, const struct ike_sa *sa);
/* Does a pair stand with this address? */
bool child_known_peer(const struct engine *engine, struct addr peer);
/* Start over: a new quick mode with the same terms. False: no phase 1 SA to do it under. */
bool child_rekey(struct engine *engine, struct child *child, struct io *io);

#endif
