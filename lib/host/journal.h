/* systemd's journal by its own protocol (systemd.io, "Native Journal Protocol"): datagrams of
 * fields to a socket, without its library. */
#ifndef HUBWARD_HOST_JOURNAL_H
#define HUBWARD_HOST_JOURNAL_H

#include "base/cursor.h"
#include "base/rc.h"

#include <stdbool.h>

/* Does this descriptor lead to the journal? The manager says in JOURNAL_STREAM which one did when
 * it started us; it is another one after a redirection. */
bool journal_is(int fd);

/* A socket connected to the journal at path, NULL for its usual place. RC_IO: nobody there. */
MUST_USE enum rc journal_open(const char *path, int *out);

/* One record. Never waits. RC_IO: it did not arrive (too large, or the journal is behind). */
MUST_USE enum rc journal_send(int fd, struct span fields);

#endif
