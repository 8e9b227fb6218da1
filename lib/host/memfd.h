/* Texts handed to a child as sealed memory: neither side can change or shrink them any more, and
 * they never touch a disk. */
#ifndef HUBWARD_HOST_MEMFD_H
#define HUBWARD_HOST_MEMFD_H

#include "base/cursor.h"
#include "base/rc.h"

enum { MEMFD_MAX = 16 * 1024 * 1024 };

/* A sealed, close-on-exec memfd holding these octets. RC_FULL: more than MEMFD_MAX. RC_IO. */
MUST_USE enum rc memfd_make(const char *name, struct span octets, int *out);

/* Read a memfd into fresh memory (out->at, to be released with memfd_free). It must carry every
 * seal, so that nobody can change it below us. The fd stays the caller's.
 * RC_DENIED: not sealed. RC_FULL: more than MEMFD_MAX. RC_IO, RC_NO_MEMORY. */
MUST_USE enum rc memfd_read(int fd, struct span *out);

/* Wipe and release what memfd_read gave. {NULL, 0} allowed. */
void memfd_free(struct span octets);

#endif
