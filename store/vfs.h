/* Where sqlite finds its files: in the working directory, by bare names. sqlite's own way makes an
 * absolute path first, which the store may be unable to walk, as the directories above its own need
 * not be open to it. */
#ifndef HUBWARD_STORE_VFS_H
#define HUBWARD_STORE_VFS_H

#include "base/rc.h"

/* Register the file system "hubward" with sqlite, once per process; more calls do nothing.
 * RC_NO_MEMORY. */
MUST_USE enum rc vfs_register(void);

#define VFS_NAME "hubward"

#endif
