/* A file that cannot be the database any more is kept under another name, never deleted: it is all
 * that is left of what was in it. */
#ifndef HUBWARD_STORE_ASIDE_H
#define HUBWARD_STORE_ASIDE_H

#include "base/rc.h"

enum { ASIDE_MAX = 100, ASIDE_NAME = 64 };

/* Rename DATABASE_FILE and its companions (-wal, -journal, -shm) to DATABASE_FILE.bad-N, the first
 * N from 1 that is free. A rename needs no space and cannot be half done. A symbolic link is
 * removed: what it points to is not ours.
 * kept: the new name, ASIDE_NAME octets. RC_FULL: all ASIDE_MAX names are taken. RC_IO. */
MUST_USE enum rc aside_put(char *kept);

#endif
