/* The accounting table: records of sessions at their start, in between, and at their end, made of
 * the sessions' own rows and in the same transaction. */
#ifndef HUBWARD_STORE_ACCOUNTING_H
#define HUBWARD_STORE_ACCOUNTING_H

#include "ike/effect.h"
#include "store/lease.h"

/* Records kept; the oldest go. */
enum { ACCOUNTING_ROWS = 200000 };

/* What is due of a session whose row has just been written: "start" once, "interim" when the row
 * asks for it, "stop" when it has ended. Nothing when no list keeps records of it. Results as
 * database_rc. */
MUST_USE enum rc accounting_of_session(struct database *database, const struct session_row *row,
                                       const struct lease_stamp *stamp);

/* "stop" for every session that lasts, but those of this epoch: before they are ended for this
 * reason, at the time gone_s, or, when it is NULL, when key was last known to be alive. */
MUST_USE enum rc accounting_of_lost(struct database *database, uint64_t epoch, const char *reason,
                                    const uint64_t *gone_s);

#endif
