/* Listening sockets for people: the operators' (SOCK_SEQPACKET, one message a datagram) and the
 * page's. Non-blocking, close-on-exec, the caller's. */
#ifndef HUBWARD_HOST_LISTEN_H
#define HUBWARD_HOST_LISTEN_H

#include "base/addr.h"

#include <sys/types.h>

/* Bind a Unix socket with these permissions; a stale one of the same name is replaced. The caller
 * holds the lock of the directory. RC_MALFORMED: path too long for a socket. RC_IO: errno. */
MUST_USE enum rc listen_unix(const char *path, mode_t mode, gid_t group, int *out);

/* RC_EXISTS: the port is in use. RC_IO: errno. */
MUST_USE enum rc listen_tcp(struct endpoint endpoint, int *out);

/* "127.0.0.1:8500", "[::1]:8500". RC_MALFORMED. */
MUST_USE enum rc listen_parse(const char *text, struct endpoint *out);
bool listen_is_loopback(struct endpoint endpoint);

#endif
