/* `show history`, `show peers` and `show problems` as text: what the store remembers. Times are of
 * the local wall clock. */
#ifndef HUBWARD_CLI_SHOW_HISTORY_H
#define HUBWARD_CLI_SHOW_HISTORY_H

#include "base/sink.h"
#include "host/status_rows.h"

enum { SHOW_TIME = 32 };

/* "2023-11-14 23:13:20"; "-" for what is no time. Returns out. */
const char *show_time(uint64_t unix_s, char out[SHOW_TIME]);

/* A line for each session, in the order of the rows. */
/* Records of sessions; as many lines. */
void show_accounting(struct sink *out, const struct status_accounting *rows, size_t count);
void show_history(struct sink *out, const struct status_history *rows, size_t count);
/* Keep the sessions that had this address, or came from it. Returns how many. */
size_t show_history_keep(struct status_history *rows, size_t count, struct addr addr);

/* A line for each peer that was ever there. */
void show_peers(struct sink *out, const struct status_peer *rows, size_t count);

/* A block for each group of refusals. */
void show_problems(struct sink *out, const struct status_problem *rows, size_t count);

#endif
