/* A small blocking client of the hub's control socket (SOCK_SEQPACKET, framing and table of
 * host/message.h). What the hub sends is checked like any message between processes. */
#ifndef HUBWARD_CLI_CLIENT_H
#define HUBWARD_CLI_CLIENT_H

#include "base/sink.h"
#include "cli/exit.h"
#include "host/message.h"

struct client {
    int fd;          /* -1: not connected */
    uint8_t *buffer; /* of one message; owned */
};

/* Connect to RUN_DIR/control.sock. EXIT_OK, else EXIT_UNREACHABLE, EXIT_DENIED or EXIT_FAILED with
 * a sentence for people in why; the client is then closed. */
MUST_USE enum exit_code client_open(const char *run_dir, struct client *out, struct sink *why);
/* The same over a connected socket, which is taken over. RC_NO_MEMORY: fd is closed. */
MUST_USE enum rc client_of_fd(int take_fd, struct client *out);
void client_close(struct client *client);

/* RC_IO: the hub is gone. RC_DENIED, RC_MALFORMED: not a message for operators. RC_AGAIN: the hub
 * did not take it in 10 s. */
MUST_USE enum rc client_send(struct client *client, enum message_kind kind, struct span payload);

/* The next message; payload is borrowed until the next call. RC_AGAIN: none within timeout_ms
 * (negative: no limit), or a signal came. RC_IO: the hub closed the socket. RC_MALFORMED,
 * RC_DENIED, RC_UNSUPPORTED: what came breaks the table; the client is of no use any more. */
MUST_USE enum rc client_receive(struct client *client, int timeout_ms, enum message_kind *kind,
                                struct cursor *payload);

#endif
