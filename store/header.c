/* sqlite's file header (the "Database File Format" document, 1.3): magic at 0, user version at 60,
 * application id at 68. */
#include "store/header.h"

#include "base/cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER_OCTETS = 100, VERSION_AT = 60, BETWEEN = 4 };

static enum rc parse(struct span octets, struct header *out)
{
    static const char magic[16] = "SQLite format 3";
    struct cursor c = cursor_over(octets);
    struct span start = cursor_span(&c, sizeof magic);
    cursor_take(&c, VERSION_AT - sizeof magic);
    struct header header = {.version = cursor_u32(&c)};
    cursor_take(&c, BETWEEN);
    header.application = cursor_u32(&c);
    cursor_take(&c, HEADER_OCTETS - VERSION_AT - 4 - BETWEEN - 4);
    if (!cursor_done(&c) || memcmp(start.at, magic, sizeof magic) != 0)
        return RC_MALFORMED;
    *out = header;
    return RC_OK;
}

enum rc header_read(const char *name, struct header *out)
{
    uint8_t octets[HEADER_OCTETS];
    struct stat there;
    if (lstat(name, &there) != 0)
        return errno == ENOENT ? RC_NOT_FOUND : RC_IO;
    if (!S_ISREG(there.st_mode))
        return RC_MALFORMED;
    if (there.st_size == 0)
        return RC_NOT_FOUND;
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = fd < 0 ? -1 : pread(fd, octets, sizeof octets, 0);
    if (fd >= 0)
        close(fd);
    if (n < 0)
        return RC_IO;
    return parse((struct span){octets, (size_t)n}, out);
}
