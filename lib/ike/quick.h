/* Parts of quick mode that its two halves share. Private to lib/ike. */
#ifndef HUBWARD_IKE_QUICK_H
#define HUBWARD_IKE_QUICK_H

#include "ike/state.h"

/* What a map entry asks of phase 2 on the path of this SA. */
struct ike_child_terms quick_terms(const struct engine *engine, const struct map_entry *entry,
                                   const struct ike_sa *sa);
/* An answer from inside is due: the exchange waits for it, but not for ever. False: memory. */
bool quick_wait_inner(struct engine *engine, struct exchange *x, struct io *io);
/* RESPONDER-LIFETIME with our shorter life (RFC 2407, 4.6.3.1). */
void quick_put_lifetime(struct ike_writer *w, const struct quick *quick);
/* QM2 has come. DROP_NONE, or why it was dropped. */
enum drop_reason quick_qm2_input(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                                 struct incoming *in, struct io *io);
/* The fourth message has come. DROP_NONE, or why it was dropped. */
enum drop_reason quick_qm4_input(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                                 struct incoming *in, struct io *io);
void quick_initiator_dh(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                        const struct answer *answer, struct io *io);

#endif
