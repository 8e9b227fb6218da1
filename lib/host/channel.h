/* A channel to another process: SOCK_SEQPACKET under the loop, one message one datagram,
 * descriptors attached, everything checked against the message table. Sends never block: what the
 * kernel does not take at once is queued, bounded. A message on the wire is MESSAGE_HEADER octets
 * (kind, then length of the payload, 2 octets each, big-endian) and the payload. */
#ifndef HUBWARD_HOST_CHANNEL_H
#define HUBWARD_HOST_CHANNEL_H

#include "host/message.h"

#include <uv.h>

enum { CHANNEL_QUEUE_MAX = 4 * 1024 * 1024 }; /* octets waiting, payloads and headers */

struct channel;

/* A message has come. payload is borrowed for the call; the handler must read it to its end: what
 * it returns other than RC_OK closes the channel as a breach of the table. fd is -1, or now the
 * handler's to close. */
typedef enum rc channel_handler(void *context, struct channel *channel, enum message_kind kind,
                                struct cursor *payload, int fd);
/* The channel is gone (peer died, or broke the table). reason is for the log, borrowed for the
 * call. The channel is freed after it. */
typedef void channel_closed(void *context, struct channel *channel, const char *reason);

/* Take over the fd (closed with the channel). self and other decide which kinds are legal.
 * RC_NO_MEMORY, RC_IO: fd is closed. */
MUST_USE enum rc channel_open(uv_loop_t *loop, int take_fd, enum role self, enum role other,
                              channel_handler *handler, channel_closed *closed, void *context,
                              struct channel **out);

/* Send one message; fd -1 or a descriptor to pass (stays the caller's). RC_OK: handed to the kernel
 * or queued. RC_FULL: queue over its bound, message not sent. RC_DENIED, RC_MALFORMED: the table
 * forbids it (a defect of the caller). RC_NO_MEMORY. RC_IO: the peer is gone, the closed callback
 * follows from the loop. */
MUST_USE enum rc channel_send(struct channel *channel, enum message_kind kind, struct span payload,
                              int fd);

/* Handle what has come, without waiting: the last words of a peer that has died. NULL allowed; the
 * closed callback may be called. */
void channel_drain(struct channel *channel);

/* Close without the closed callback. NULL allowed. */
void channel_close(struct channel *channel);

enum role channel_other(const struct channel *channel);
/* In the closed callback: the other side broke the table; else it has closed or died. */
bool channel_broken(const struct channel *channel);
/* Octets waiting to be sent. */
size_t channel_queued(const struct channel *channel);

/* A connected pair of sockets for two processes, close-on-exec. RC_IO. */
MUST_USE enum rc channel_pair(int fds[2]);

#endif
