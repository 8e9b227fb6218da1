/* Making messages, sealing, sending and repeating them. Private to lib/ike. */
#ifndef HUBWARD_IKE_SEND_H
#define HUBWARD_IKE_SEND_H

#include "ike/state.h"

void message_start(struct outgoing *out, const struct ike_sa *sa, uint8_t exchange,
                   uint32_t message_id);
/* Send a finished phase 1 message, clear or sealed with the running IV, and keep it. */
void sa_send(struct engine *engine, struct ike_sa *sa, struct outgoing *out, bool sealed,
             struct io *io);
/* A message of a later exchange begins with room for its HASH. */
void exchange_message_start(struct outgoing *out, const struct ike_sa *sa, uint8_t exchange,
                            uint32_t message_id, uint8_t flags);
/* Fill in the HASH (over nonce_i first when it is not empty: HASH(2)), seal, send and keep. */
void exchange_send(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                   struct outgoing *out, struct span nonce_i, struct io *io);
/* A message whose HASH is there already (QM3). */
void exchange_send_as_is(struct engine *engine, struct ike_sa *sa, struct exchange *x,
                         struct outgoing *out, struct io *io);
/* The same for a single informational message: nothing is kept. */
void informational_send(struct engine *engine, struct ike_sa *sa, struct outgoing *out,
                        struct io *io);
/* The same, kept as the answer to what the peer asked. */
void informational_send_kept(struct engine *engine, struct ike_sa *sa, struct resend *keep,
                             struct outgoing *out, struct io *io);
void informational_start(struct outgoing *out, const struct ike_sa *sa, struct io *io);
/* One notification in an informational exchange under the SA. */
void notify_send(struct engine *engine, struct ike_sa *sa,
                 const struct ike_notification *notification, struct io *io);
/* One notification in clear, when there is no SA to protect it; never larger than the request. */
void notify_clear(struct engine *engine, const struct incoming *in, uint16_t type, struct io *io);
/* Did the peer repeat its last message? Then the kept answer goes out again (bounded). */
bool resend_repeated(struct engine *engine, struct resend *resend, const struct incoming *in,
                     struct io *io);
/* The peer's message is accepted: remember it, and stop repeating ours. */
void resend_accepted(struct engine *engine, struct resend *resend, const struct incoming *in);
/* Arm the timer for the first repetition of the kept message. */
void resend_arm(struct engine *engine, struct resend *resend, struct io *io);
/* The timer fired: repeat and arm again. False: tries are used up. */
bool resend_again(struct engine *engine, struct resend *resend, struct io *io);
void resend_wipe(struct engine *engine, struct resend *resend);

#endif
