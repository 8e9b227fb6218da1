/* Renames within the working directory. */
#include "store/aside.h"

#include "store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The companions first: a journal left behind would be applied to the new file of the old name. */
static const char *const suffixes[] = {"-wal", "-journal", "-shm", ""};
enum { SUFFIXES = sizeof suffixes / sizeof suffixes[0], PATH_OCTETS = ASIDE_NAME + 16 };

static enum rc free_name(char *name)
{
    struct stat there;
    for (int n = 1; n <= ASIDE_MAX; n++) {
        bool taken = false;
        snprintf(name, ASIDE_NAME, DATABASE_FILE ".bad-%d", n);
        for (size_t i = 0; i < SUFFIXES; i++) {
            char path[PATH_OCTETS];
            snprintf(path, sizeof path, "%s%s", name, suffixes[i]);
            taken = taken || lstat(path, &there) == 0;
        }
        if (!taken)
            return RC_OK;
    }
    return RC_FULL;
}

/* What is not a file of ours by form: a link is taken away, anything else an operator must see. */
static enum rc make_regular(const char *path)
{
    struct stat there;
    if (lstat(path, &there) != 0 || S_ISREG(there.st_mode))
        return RC_OK;
    return S_ISLNK(there.st_mode) && unlink(path) == 0 ? RC_OK : RC_IO;
}

static enum rc move(const char *name, const char *suffix)
{
    char from[PATH_OCTETS], to[PATH_OCTETS];
    snprintf(from, sizeof from, DATABASE_FILE "%s", suffix);
    snprintf(to, sizeof to, "%s%s", name, suffix);
    if (make_regular(from) != RC_OK)
        return RC_IO;
    return rename(from, to) == 0 || errno == ENOENT ? RC_OK : RC_IO;
}

static enum rc sync_directory(void)
{
    int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return RC_IO;
    int failed = fsync(fd);
    close(fd);
    return failed ? RC_IO : RC_OK;
}

enum rc aside_put(char *kept)
{
    char name[ASIDE_NAME];
    enum rc rc = free_name(name);
    for (size_t i = 0; i < SUFFIXES && rc == RC_OK; i++)
        rc = move(name, suffixes[i]);
    if (rc == RC_OK)
        rc = sync_directory();
    if (rc == RC_OK)
        snprintf(kept, ASIDE_NAME, "%s", name);
    return rc;
}
