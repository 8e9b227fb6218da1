/* The peer behind an SA. Private to lib/ike. */
#ifndef HUBWARD_IKE_PEER_H
#define HUBWARD_IKE_PEER_H

#include "ike/state.h"

/* Tell the store about this peer: up or down with a reason. */
void peer_save(struct engine *engine, const struct ike_sa *sa, bool up, const char *reason,
               struct io *io);
/* Are these two SAs of one session: one principal at one place? */
bool peer_same_session(const struct engine *engine, const struct ike_sa *sa,
                       const struct ike_sa *other);
/* The peer is silent under this SA. Should it be there under another one, it learns which pairs go
 * with this. */
void peer_tell_elsewhere(struct engine *engine, const struct ike_sa *sa, struct io *io);
/* The other sessions of this SA's user are asked whether they live. False: none needs to be waited
 * for. */
bool peer_doubt_others(struct engine *engine, const struct ike_sa *sa, struct io *io);
/* The oldest other session of this SA's user that holds an address ends. False: there is none. */
bool peer_end_oldest(struct engine *engine, const struct ike_sa *sa, struct io *io);
/* INITIAL-CONTACT came under this SA: the peer's older SAs end, at once or when its principal is
 * known. */
void peer_initial_contact(struct engine *engine, struct ike_sa *sa, struct io *io);
/* The principal is known: act on INITIAL-CONTACT, take over from an SA that this one rekeys.
 * Returns the SA of this peer that counts from now on; another one when both sides began at once.
 */
struct ike_sa *peer_known(struct engine *engine, struct ike_sa *sa, struct io *io);

#endif
