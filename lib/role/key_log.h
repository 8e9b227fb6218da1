/* How many log lines sources may cause: each so many in a while, and all strangers together so
 * many, since who forges his source has as many as he likes. Private to lib/role/key*.c. */
#ifndef HUBWARD_ROLE_KEY_LOG_H
#define HUBWARD_ROLE_KEY_LOG_H

#include "role/key_state.h"

/* May this event have its line? rows: KEY_LOG_SOURCES, zero at first. *lost: lines that this source
 * (or, when *of_all, all strangers) did not get in the window that ended just now; 0: none. */
bool key_log_allowed(struct key_log_source *rows, const struct event *event, uint64_t now_ms,
                     unsigned *lost, bool *of_all);

#endif
