/* Whose key is it: which pre-shared key main mode begins with as responder, and the search for the
 * right one when the fifth message was not made with it (PRODUCT §4). With key-selection verify the
 * outcome is the peer; otherwise it only completes the reason of a refusal. Private to lib/ike. */
#ifndef HUBWARD_IKE_KEY_SEARCH_H
#define HUBWARD_IKE_KEY_SEARCH_H

#include "ike/state.h"
#include "select/keyring.h"

/* The key to begin with, for a peer of which only the address is known. RC_NOT_FOUND: the decision
 * says what each entry lacked. RC_NO_MEMORY. */
MUST_USE enum rc key_search_first(struct engine *engine, struct addr peer, struct key_choice *out,
                                  struct decision *decision);

/* The message in `in` was not made with the SA's key: search for another, off the loop. False: no
 * search (none left of this SA's, no other key, no memory): the caller goes on as without. True:
 * key_search_answered ends it; or everybody's searches are too many just now, and the message was
 * dropped, to be heard when it comes again. */
bool key_search_begin(struct engine *engine, struct ike_sa *sa, const struct incoming *in,
                      struct io *io);
/* Is one under way? Then further messages wait. */
bool key_search_stands(const struct ike_sa *sa);

void key_search_answered(struct engine *engine, struct ike_sa *sa, const struct answer *answer,
                         struct io *io);

/* The SA's peer is authenticated: begin with its key the next time. */
void key_search_remember(struct engine *engine, const struct ike_sa *sa);

/* The entry that the SA names; NULL: the configuration has it no more. */
struct key_choice key_search_entry(const struct engine *engine, const struct ike_sa *sa);

#endif
