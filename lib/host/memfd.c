/* Sealed memory: made, filled and sealed in one step, read by copying. */
#include "host/memfd.h"

#include "base/wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ALL_SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

static enum rc write_all(int fd, struct span octets)
{
    while (octets.len > 0) {
        ssize_t n = write(fd, octets.at, octets.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return RC_IO;
        octets.at += n;
        octets.len -= (size_t)n;
    }
    return RC_OK;
}

enum rc memfd_make(const char *name, struct span octets, int *out)
{
    if (octets.len > MEMFD_MAX)
        return RC_FULL;
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return RC_IO;
    if (write_all(fd, octets) != RC_OK || fcntl(fd, F_ADD_SEALS, ALL_SEALS) != 0) {
        close(fd);
        return RC_IO;
    }
    *out = fd;
    return RC_OK;
}

static enum rc read_at(int fd, uint8_t *out, size_t size)
{
    size_t done = 0;
    while (done < size) {
        /* pread: the offset is shared with the other holders of the descriptor. */
        ssize_t n = pread(fd, out + done, size - done, (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return RC_IO;
        done += (size_t)n;
    }
    return RC_OK;
}

enum rc memfd_read(int fd, struct span *out)
{
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & ALL_SEALS) != ALL_SEALS)
        return RC_DENIED;
    /* lseek, not fstat: the C library makes fstat of a call that also takes paths, which a sandbox
     * forbids. */
    off_t end = lseek(fd, 0, SEEK_END);
    if (end < 0)
        return RC_IO;
    size_t size = (size_t)end;
    if (size > MEMFD_MAX)
        return RC_FULL;
    uint8_t *octets = malloc(size + 1);
    if (!octets)
        return RC_NO_MEMORY;
    octets[size] = 0;
    if (read_at(fd, octets, size) != RC_OK) {
        wipe(octets, size);
        free(octets);
        return RC_IO;
    }
    *out = (struct span){octets, size};
    return RC_OK;
}

void memfd_free(struct span octets)
{
    uint8_t *at = (uint8_t *)(uintptr_t)octets.at;
    if (at)
        wipe(at, octets.len);
    free(at);
}
