/* sqlite's Unix file system with one function changed: a name stays the name it is. */
#include "store/vfs.h"

#include <sqlite3.h>
#include <stdlib.h>

static int plain_name(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
    (void)vfs;
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
}

enum rc vfs_register(void)
{
    if (sqlite3_initialize() != SQLITE_OK)
        return RC_NO_MEMORY;
    if (sqlite3_vfs_find(VFS_NAME))
        return RC_OK;
    const sqlite3_vfs *unix_vfs = sqlite3_vfs_find("unix");
    sqlite3_vfs *vfs = unix_vfs ? malloc(sizeof *vfs) : NULL; /* sqlite's for ever */
    if (!vfs)
        return RC_NO_MEMORY;
    *vfs = *unix_vfs;
    vfs->pNext = NULL;
    vfs->zName = VFS_NAME;
    vfs->xFullPathname = plain_name;
    if (sqlite3_vfs_register(vfs, 0) == SQLITE_OK)
        return RC_OK;
    free(vfs);
    return RC_NO_MEMORY;
}
