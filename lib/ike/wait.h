/* Questions that are out, and their tickets. Private to lib/ike. */
#ifndef HUBWARD_IKE_WAIT_H
#define HUBWARD_IKE_WAIT_H

#include "ike/state.h"

/* A fresh ticket that leads back here; false: out of memory. */
bool wait_add(struct engine *engine, enum wait_kind kind, slot_handle sa, uint32_t message_id,
              struct ticket *out, struct io *io);
/* Is the question still out? */
bool wait_stands(const struct engine *engine, const struct ticket *ticket);
void wait_cancel(struct engine *engine, const struct ticket *ticket);
void ask_dh(struct engine *engine, enum wait_kind kind, slot_handle sa, uint32_t message_id,
            uint16_t group, const uint8_t *private_value, struct span peer_public, bool want_public,
            struct ticket *ticket, struct io *io);

#endif
