/* The peer table: who has ever authenticated here, and what became of him. */
#ifndef HUBWARD_STORE_PEER_H
#define HUBWARD_STORE_PEER_H

#include "ike/effect.h"
#include "store/database.h"

/* Write the row of (profile, principal), within the caller's transaction. When he was first seen
 * stays; last seen is now_s (Unix time). Results as database_rc. */
MUST_USE enum rc peer_save(struct database *database, const struct peer_row *row, uint64_t now_s);

/* Forget the rows of whoever this names, but for those of connected peers: a principal, its last
 * part (a user), an identity with or without its type, or the last address. *count: rows that are
 * gone; *up: rows that were left. Results as database_rc; *count is 0 unless RC_OK. */
MUST_USE enum rc peer_forget(struct database *database, const char *who, uint32_t *count,
                             uint32_t *up);

#endif
