/* What phase 1 looks at, in the words of the vendor's debug (seeds 000 to 003): payloads, keys,
 * transforms, identities. Lines only, and none unless debug is on. Private to lib/ike. */
#ifndef HUBWARD_IKE_TRACE_PHASE1_H
#define HUBWARD_IKE_TRACE_PHASE1_H

#include "ike/state.h"

/* "processing KE payload. message ID = 0" */
void trace_payload(struct engine *engine, const struct ike_sa *sa, const char *payload,
                   struct io *io);
/* Where a key for the peer was looked for, and that there is one. */
void trace_key_lookup(struct engine *engine, const struct ike_sa *sa, struct io *io);
void trace_key_found(struct engine *engine, const struct ike_sa *sa, struct io *io);
/* The profiles that may ask for a login, and that one does; nothing where none does. */
void trace_login_profiles(struct engine *engine, const struct ike_sa *sa, struct io *io);
/* The transform that was taken, what stands in it, and of how the policy ranks. */
void trace_transform(struct engine *engine, const struct ike_sa *sa,
                     const struct ike_choice *choice, struct io *io);
/* The same of the one transform in the SA payload that the peer has answered with. */
void trace_accepted(struct engine *engine, const struct ike_sa *sa, struct span sa_body,
                    struct io *io);
/* An ID payload; next: the type of the payload behind it. */
void trace_identity(struct engine *engine, const struct ike_sa *sa, const struct identity *identity,
                    uint8_t next, struct io *io);
/* How we prove ourselves, and who we say we are (the handshake's id_own). */
void trace_own_proof(struct engine *engine, const struct ike_sa *sa, uint8_t next, struct io *io);
/* The peer is who it says it is. */
void trace_authenticated(struct engine *engine, const struct ike_sa *sa, struct io *io);

#endif
