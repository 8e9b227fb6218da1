/* Group commit: everything that came in one turn goes to the disk in one transaction, and only then
 * is anything acknowledged. What nobody waits for stays here, within bounds, when the disk takes
 * nothing, and goes along with a later commit. */
#ifndef HUBWARD_STORE_BATCH_H
#define HUBWARD_STORE_BATCH_H

#include "host/message_store.h"
#include "store/lease.h"

/* Rows kept while they cannot be written. Of leases, peers and sessions the newest state of each
 * replaces the one before; beyond the bound the oldest goes. */
enum { BATCH_LEASES = 1024, BATCH_PEERS = 1024, BATCH_SESSIONS = 1024, BATCH_DECISIONS = 256 };

struct batch;

struct batch_io {
    /* The answer to a lease that was saved with a ticket. Must not call back. */
    void (*saved)(void *context, const struct store_lease_saved *saved);
    void *context;
};

MUST_USE enum rc batch_new(const struct batch_io *io, struct batch **out);
void batch_free(struct batch *take_batch);

/* Add what came; stamp: when, and from which key, however much later it is written. RC_NO_MEMORY:
 * it is not in the batch (and no answer will come of it). */
MUST_USE enum rc batch_lease(struct batch *batch, const struct effect_lease_save *save,
                             const struct lease_stamp *stamp);
MUST_USE enum rc batch_peer(struct batch *batch, const struct peer_row *row,
                            const struct lease_stamp *stamp);
MUST_USE enum rc batch_session(struct batch *batch, const struct session_row *row,
                               const struct lease_stamp *stamp);
MUST_USE enum rc batch_decision(struct batch *batch, const struct effect_decision *decision,
                                const struct lease_stamp *stamp);
/* What came under one number of key's epoch belongs to another: the database knew better. */
void batch_renumber(struct batch *batch, uint64_t from, uint64_t to);
/* The key process has ended: so have its sessions that are in the batch, and its peers are down. */
void batch_key_gone(struct batch *batch, uint64_t now_s);

/* Somebody waits for an answer. */
bool batch_is_urgent(const struct batch *batch);
bool batch_is_empty(const struct batch *batch);
/* Rows that nobody waited for and that were not stored, since last asked: too many of them were
 * kept, or the table refused them. */
size_t batch_take_lost(struct batch *batch);

/* Write all in one transaction and answer every ticket. database NULL: there is none now, `why` is
 * answered. RC_OK: nothing is left. Otherwise the transaction was undone: a waiting lease that the
 * disk has already, with the same address for the same principal, is answered RC_OK and its row
 * kept for later; the others are answered RC_FULL, RC_IO or `why` and forgotten, for key decides
 * what to do then; rows nobody waits for are kept. */
MUST_USE enum rc batch_commit(struct batch *batch, struct database *database, uint64_t now_s,
                              enum rc why);

#endif
