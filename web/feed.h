/* The web process's only source: questions to the keying process over the channel, one round a
 * second; of what the store remembers, every fifth. The last complete answer is kept when
 * the keying process goes away. */
#ifndef HUBWARD_WEB_FEED_H
#define HUBWARD_WEB_FEED_H

#include "web/snapshot.h"

#include <uv.h>

struct feed;

/* A line for the log; borrowed for the call. */
typedef void feed_log(void *context, const char *line);

/* RC_NO_MEMORY. */
MUST_USE enum rc feed_new(uv_loop_t *loop, feed_log *log, void *context, struct feed **out);
/* The handles close with the loop's next turns, the memory goes with them. NULL allowed. */
void feed_free(struct feed *feed);

/* A channel to the keying process, taken over; replaces an older one. */
MUST_USE enum rc feed_link(struct feed *feed, int take_fd);

/* What is known now; borrowed until the loop's next turn. hostname is left alone. */
void feed_view(const struct feed *feed, struct view *out);
/* Rises with every complete answer. */
uint64_t feed_generation(const struct feed *feed);

#endif
