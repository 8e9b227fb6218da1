/* The decision table: the latest answers to "why", whole, as the engine made them. */
#ifndef HUBWARD_STORE_DECISION_H
#define HUBWARD_STORE_DECISION_H

#include "host/status_rows.h"
#include "ike/effect.h"
#include "store/database.h"

/* Rows kept; older ones go. DECISION_FORM: of the record column, the IPC form of this version. */
enum { DECISION_ROWS = 100000, DECISION_FORM = 1 };

/* Add a row, within the caller's transaction, and let the oldest go when there are too many.
 * Results as database_rc. */
MUST_USE enum rc decision_save(struct database *database, const struct effect_decision *decision,
                               uint64_t now_s);

/* Does it concern this peer? about, "" for any, stands as a word in its address, its identity or
 * what it said: an address, a name of the identity, a user, a net. */
bool decision_is_about(const struct status_decision *row, const char *about);

#endif
