/* HTTP on a listening socket: libmicrohttpd driven by the loop, one thread, 64 connections, ten
 * seconds for each request to come in and for each answer to be taken. */
#ifndef HUBWARD_WEB_SERVER_H
#define HUBWARD_WEB_SERVER_H

#include "base/cursor.h"
#include "base/rc.h"
#include "web/changes.h"
#include "web/request.h"

#include <uv.h>

struct server;

enum { SERVER_CONNECTIONS = 64, SERVER_DEADLINE_MS = 10000 };

/* The body for a route; borrowed until the next call. Anything but RC_OK is a 503. */
typedef enum rc server_body(void *context, enum route route, struct span *out);

/* Called every half second while anybody is connected, and before a stream begins: bring the
 * changes up to date. */
typedef void server_turn(void *context, uint64_t now_ms);

struct server_options {
    server_body *body;
    void *context;
    struct changes *changes; /* borrowed; NULL: no streams */
    server_turn *turn;       /* with changes */
    uint64_t deadline_ms;    /* 0: SERVER_DEADLINE_MS */
};

/* take_fd: a listening stream socket, TCP or Unix, taken over in any case. Which hosts may be named
 * and whether clients are local follows from its address. RC_IO, RC_NO_MEMORY. */
MUST_USE enum rc server_start(uv_loop_t *loop, int take_fd, const struct server_options *options,
                              struct server **out);
/* Close everything; the memory goes with the loop's next turns. NULL allowed. */
void server_stop(struct server *server);

/* What the listener's address means; listen gets "192.0.2.1" or "[2001:db8::1]". RC_IO. */
enum { SERVER_LISTEN = 56 };
MUST_USE enum rc server_describe(int fd, char listen[SERVER_LISTEN], bool *loopback);

#endif
