/* Messages between the warden and its children: what is handed over at a start, lines for the log,
 * and routes. MSG_RUN, MSG_READY and MSG_STOP have no fields. */
#ifndef HUBWARD_HOST_MESSAGE_START_H
#define HUBWARD_HOST_MESSAGE_START_H

#include "base/addr.h"
#include "base/event.h"
#include "host/message.h"

enum { CHILD_NAME = 64, CHILD_LOG_TEXT = 1536 };

/* MSG_SOCKET: what the descriptor is. */
struct child_socket {
    enum socket_kind kind;
    uint32_t number;
    char name[CHILD_NAME];
};

/* MSG_INTERFACE: an interface of the configuration as Linux has it now. */
struct child_interface {
    char ios_name[CHILD_NAME];
    char linux_name[CHILD_NAME];
    uint32_t ifindex;
    struct addr addr; /* ADDR_NONE: no address now */
};

/* MSG_LOG */
struct child_line {
    enum event_level level;
    char text[CHILD_LOG_TEXT];
};

/* MSG_ROUTE */
struct child_route {
    bool add;
    uint32_t tun;
    struct prefix net;
};

/* Each get: RC_MALFORMED unless the rest of the cursor is exactly one such message; *out is then
 * untouched. A file name (MSG_CONFIG) is one builder string of CHILD_NAME. */
void child_socket_put(struct builder *b, const struct child_socket *socket);
MUST_USE enum rc child_socket_get(struct cursor *c, struct child_socket *out);
void child_interface_put(struct builder *b, const struct child_interface *interface);
MUST_USE enum rc child_interface_get(struct cursor *c, struct child_interface *out);
void child_peer_put(struct builder *b, enum role role); /* MSG_CHANNEL */
MUST_USE enum rc child_peer_get(struct cursor *c, enum role *out);
void child_line_put(struct builder *b, enum event_level level, const char *text);
MUST_USE enum rc child_line_get(struct cursor *c, struct child_line *out);
void child_route_put(struct builder *b, const struct child_route *route);
MUST_USE enum rc child_route_get(struct cursor *c, struct child_route *out);

#endif
