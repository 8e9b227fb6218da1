/* Later exchanges of an SA: message ids, running IVs, what proved itself. Private to lib/ike. */
#ifndef HUBWARD_IKE_EXCHANGE_H
#define HUBWARD_IKE_EXCHANGE_H

#include "ike/state.h"

struct exchange *exchange_find(struct ike_sa *sa, uint32_t message_id);
/* Was there ever an exchange with this id? Then a new one is a replay or a reflection. */
bool exchange_seen(const struct ike_sa *sa, uint32_t message_id);
/* Note a message id as used; false: it was, or there is no room for more. */
bool exchange_remember(struct ike_sa *sa, uint32_t message_id);
/* NULL: too many, or memory. The IV is set. */
struct exchange *exchange_new(struct engine *engine, struct ike_sa *sa, uint32_t message_id,
                              enum exchange_kind kind);
/* One with a fresh random message id. */
struct exchange *exchange_begin(struct engine *engine, struct ike_sa *sa, enum exchange_kind kind,
                                struct io *io);
/* May another one of ours begin now? Half of the room is the peer's. */
bool exchange_room(const struct ike_sa *sa);
void exchange_free(struct engine *engine, struct ike_sa *sa, struct exchange *x);
/* Done: keep it for LINGER_MS to answer retransmissions. */
void exchange_finish(struct engine *engine, struct exchange *x, struct io *io);
void exchange_timer(struct engine *engine, struct exchange *x, struct io *io);
/* Decrypt with the exchange's IV (x NULL: the first one of this message id), cut the chain, check
 * rule and HASH. prefix: octets hashed before the rest (HASH(2)'s nonce), may be empty. DROP_NONE,
 * or why; nothing is changed in either case. */
enum drop_reason exchange_open(const struct ike_sa *sa, const struct exchange *x,
                               const struct ike_rule *rule, struct span prefix,
                               struct incoming *in);

#endif
