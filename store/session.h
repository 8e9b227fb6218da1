/* The session table: who was here, from when to when, from where, with which address, and why it
 * ended. What began under a key process ends with it at the latest. */
#ifndef HUBWARD_STORE_SESSION_H
#define HUBWARD_STORE_SESSION_H

#include "ike/effect.h"
#include "store/lease.h"

/* Rows kept. Older ones go, but none that lasts. */
enum { SESSION_ROWS = 100000 };

/* Why a session ended that key could not say goodbye to. */
#define SESSION_KEY_ENDED "the keying process ended"

/* Write the row of (epoch, session), within the caller's transaction. A new row began age_ms before
 * the stamp. Results as database_rc. */
MUST_USE enum rc session_save(struct database *database, const struct session_row *row,
                              const struct lease_stamp *stamp);

/* key was alive then (Unix time). One statement, in the caller's transaction or its own. */
MUST_USE enum rc session_alive(struct database *database, uint64_t now_s);

/* A key process has come. *epoch: in, what its epoch would be if nothing were stored. start: its
 * number (MSG_KEY_START). When it is the one of before, *epoch becomes what it was then; else the
 * epoch is new, every session that lasts is ended, with SESSION_KEY_ENDED, at the moment its key
 * was last known to be alive, and every peer is down. Results as database_rc; nothing has changed
 * then. */
MUST_USE enum rc session_key_came(struct database *database, uint64_t start, uint64_t *epoch);

/* key has ended, just now: so have its sessions, and its peers are down. */
MUST_USE enum rc session_key_gone(struct database *database, uint64_t now_s);

#endif
