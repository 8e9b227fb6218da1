/* Streams of changes: browsers that look at the page and are told. Each holds one connection of the
 * server, sends at most one event at a time, and is cut when nobody takes what was sent. */
#ifndef HUBWARD_WEB_VIEWERS_H
#define HUBWARD_WEB_VIEWERS_H

#include "web/changes.h"

#include <microhttpd.h>

enum { VIEWERS_MOST = 16, VIEWERS_HEARTBEAT_MS = 15000 };

struct viewer;
struct viewers {
    struct changes *changes; /* borrowed; NULL: there are no streams here */
    struct viewer *first;
    unsigned count;
    uint64_t limit_ms; /* for what was sent to be taken */
};

/* A response that streams; the connection's deadline is kept by the stream from now on: far away
 * while there is nothing to send. last_event_id may be NULL. NULL: there are enough of them, or no
 * memory. */
struct MHD_Response *viewers_open(struct viewers *viewers, struct MHD_Connection *connection,
                                  const char *last_event_id, uint64_t *deadline_ms,
                                  uint64_t now_ms);

/* Wake those that have something to send. */
void viewers_turn(struct viewers *viewers, uint64_t now_ms);
/* Wake all, which the library wants before it stops. */
void viewers_stop(struct viewers *viewers);

#endif
