/* Tunnels somebody wants: traffic, the dialler, a renewal. Private to lib/ike. */
#ifndef HUBWARD_IKE_INITIATE_H
#define HUBWARD_IKE_INITIATE_H

#include "ike/state.h"

void initiate_acquire(struct engine *engine, const struct command *command, struct io *io);
void initiate_dial(struct engine *engine, const struct command *command, struct io *io);
/* Phase 1 is done, or an exchange is: begin the tunnels that wait, as many as there is room for. */
void initiate_pending(struct engine *engine, struct ike_sa *sa, struct io *io);
/* A new phase 1 for the pairs that stand under this one. */
void initiate_renew(struct engine *engine, const struct ike_sa *sa, struct io *io);
/* May we begin a phase 1 for this pair? */
bool initiate_possible(const struct engine *engine, const struct child *child);
/* The same tunnel once more, from phase 1 on. */
void initiate_again(struct engine *engine, const struct child *child, struct io *io);
void initiate_address_changed(struct engine *engine, const char *interface, struct addr old,
                              struct io *io);
void initiate_failed(struct engine *engine, struct addr peer, struct io *io);
void initiate_succeeded(struct engine *engine, struct addr peer);
bool initiate_held_off(const struct engine *engine, struct addr peer, uint64_t now_ms);

#endif
