/* What is due when, in the world: datagrams in flight, answers on their way, ticks. Private to the
 * world's files. */
#ifndef HUBWARD_TESTS_SIM_WORLD_QUEUE_H
#define HUBWARD_TESTS_SIM_WORLD_QUEUE_H

#include "sim/world.h"

void queue_answer(struct node *node, const struct answer *answer, uint32_t delay_ms);
/* The node wants a tick then; UINT64_MAX: none. */
void queue_tick(struct node *node, uint64_t due_ms);
/* Answers for an engine that is gone still come; held ones are let go of. */
void held_forget(const struct node *node);
void queue_free(struct world *world);

/* What the engine of the node asks is answered, now or later. */
void answer_dh(struct node *node, const struct effect_ask_dh *ask);
void answer_key(struct node *node, const struct key_scan *scan);
void answer_name(struct node *node, const struct effect_ask_name *ask);
void answer_password(struct node *node, const struct effect_ask_password *ask);
void answer_lease(struct node *node, const struct effect_lease_save *save);

/* The outside port of what goes out from here, opened when there is none. */
uint16_t nat_port(struct nat *nat, struct endpoint inside);

#endif
