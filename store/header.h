/* The first hundred octets of a database file, read without sqlite: enough to tell whose it is and
 * of which version before anything could touch it. */
#ifndef HUBWARD_STORE_HEADER_H
#define HUBWARD_STORE_HEADER_H

#include "base/rc.h"

#include <stdint.h>

struct header {
    uint32_t application; /* 0: not set */
    uint32_t version;     /* PRAGMA user_version; what is in the WAL alone does not show here */
};

/* Read the header of the file in the working directory.
 * RC_NOT_FOUND: no such file, or an empty one. RC_MALFORMED: not a file, or not a database of
 * sqlite. RC_IO: cannot be read now. */
MUST_USE enum rc header_read(const char *name, struct header *out);

#endif
