/* Tunnels somebody wants: traffic, the dialler, a renewal. Private to lib/ike. */
#ifndef HUBWARD_IKE_INITIATE_H
#define HUBWARD_IKE_INITIATE_H

#include "ike/state.h"

void initiate_acquire(struct engine *engine, const struct command *command, struct io *io);
void initiate_dial(struct engine *engine, const struct command *command, struct io *io);
/* A host's addresses are known, or will not be: the tunnels that wait for them begin. */
void initiate_named(struct engine *engine, const struct command *command, struct io *io);
/* Phase 1 is done, or an exchange is: begin the tunnels that wait, as many as there is room for. */
void initiate_pending(struct engine *engine, struct ike_sa *sa, struct io *io);
/* A new phase 1 for the pairs that stand under this one. */
void initiate_renew(struct engine *engine, const struct ike_sa *sa, struct io *io);
/* What would renew this pair. */
struct pending initiate_wanted(const struct child *child);
/* The same tunnel once more, from phase 1 on. */
void initiate_again(struct engine *engine, const struct child *child, struct io *io);
void initiate_address_changed(struct engine *engine, const char *interface, struct addr old,
                              struct io *io);
void initiate_failed(struct engine *engine, struct addr peer, struct io *io);
void initiate_succeeded(struct engine *engine, struct addr peer);
bool initiate_held_off(const struct engine *engine, struct addr peer, uint64_t now_ms);

/* End a phase 1 of ours that came to nothing; what waited for it begins with the next peer. */
void initiate_give_up(struct engine *engine, struct ike_sa *sa, const char *reason, struct io *io);
/* The peer is gone: end all, and begin what we had begun with it with the next one. */
void initiate_lost(struct engine *engine, struct ike_sa *sa, const char *reason, bool tell,
                   struct io *io);
/* Is there somebody else to be tried, so that this one is not to be waited for as long? */
bool initiate_impatient(const struct engine *engine, const struct ike_sa *sa, uint64_t now_ms);
/* The static entry that a pair was made from; NULL: a dynamic one, or it is gone. */
const struct map_entry *initiate_entry(const struct engine *engine, const struct child *child);

#endif
