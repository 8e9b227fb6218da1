/* The latest records of the log, as JSON lines (docs/schema/log.json): what `show log` and `show
 * events` read. Bounded in lines and in octets; the oldest goes first. */
#ifndef HUBWARD_HOST_LOG_RING_H
#define HUBWARD_HOST_LOG_RING_H

#include "base/cursor.h"
#include "base/rc.h"

#include <stdbool.h>

enum {
    LOG_RING_LINES = 1000,
    LOG_RING_OCTETS = 1 << 20,
    LOG_RING_LINE = 32 * 1024 /* octets of one line, newline included */
};

struct log_ring;

/* NULL: out of memory. */
struct log_ring *log_ring_new(void);
void log_ring_free(struct log_ring *ring); /* NULL allowed */

/* Keep a copy of one line, its newline included. Without memory, or longer than LOG_RING_LINE, it
 * is not kept. event: it tells of a typed event. */
void log_ring_add(struct log_ring *ring, struct span line, bool event);

/* Lines are numbered from 1 in the order in which they came. The number of the line with which the
 * latest `last` of them begin (of events: of those), or that of the next to come. */
uint64_t log_ring_start(const struct log_ring *ring, uint64_t last, bool events);
/* The number that the next line will have. */
uint64_t log_ring_end(const struct log_ring *ring);
/* The first line from this number on that is still there (an event, if events); false: none. *at is
 * left behind it. The line is borrowed until the next log_ring_add. */
bool log_ring_next(const struct log_ring *ring, uint64_t *at, bool events, struct span *line);

#endif
