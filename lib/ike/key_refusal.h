/* Refusals of main mode's proof: told once for an SA, which goes on waiting, as the true peer may
 * still be heard. Private to lib/ike. */
#ifndef HUBWARD_IKE_KEY_REFUSAL_H
#define HUBWARD_IKE_KEY_REFUSAL_H

#include "ike/state.h"
#include "select/keyring.h"

/* The SA's key did not make the message: it did not decrypt (RULE_DECRYPT), or its HASH did not
 * verify (RULE_HASH). */
void key_refuse_wrong(struct engine *engine, struct ike_sa *sa, const struct incoming *in,
                      enum decision_rule rule, struct io *io);
/* A search has ended: no key made it, or one that the rules do not give this peer. fits: that one;
 * NULL: none is known. why: the record to start from. */
void key_refuse_found(struct engine *engine, struct ike_sa *sa, const struct incoming *in,
                      const struct decision *why, const struct key_choice *fits, struct io *io);

#endif
