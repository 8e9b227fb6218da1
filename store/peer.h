/* The peer table: who has ever authenticated here, and what became of him. */
#ifndef HUBWARD_STORE_PEER_H
#define HUBWARD_STORE_PEER_H

#include "ike/effect.h"
#include "store/database.h"

/* Write the row of (profile, principal), within the caller's transaction. When he was first seen
 * stays; last seen is now_s (Unix time). Results as database_rc. */
MUST_USE enum rc peer_save(struct database *database, const struct peer_row *row, uint64_t now_s);

#endif
