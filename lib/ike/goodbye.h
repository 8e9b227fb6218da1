/* DELETEs of pairs are said more than once: nobody acknowledges them, and a peer that missed one
 * sends into a pair that is gone until its life ends (RFC 2408, 5.15 knows no answer). Private to
 * lib/ike. */
#ifndef HUBWARD_IKE_GOODBYE_H
#define HUBWARD_IKE_GOODBYE_H

#include "ike/state.h"

/* The DELETE of this inbound SPI has gone out under this SA: again after 2, 8, 26 and 80 s, as long
 * as the SA lives. Of very many at once only the last are. */
void goodbye_again(struct engine *engine, struct ike_sa *sa, uint32_t spi, struct io *io);
/* The peer may have forgotten the SA that goes: what is still to be said is said under the other.
 */
void goodbye_move(struct engine *engine, struct ike_sa *goes, struct ike_sa *stays, struct io *io);
void goodbye_timer(struct engine *engine, struct ike_sa *sa, struct io *io);

#endif
