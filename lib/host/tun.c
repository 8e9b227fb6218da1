/* read() and write() with their outcomes sorted. */
#include "host/tun.h"

#include <errno.h>
#include <unistd.h>

static enum rc failure(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? RC_AGAIN : RC_IO;
}

enum rc tun_read(int fd, uint8_t *out, size_t size, size_t *len)
{
    ssize_t n;
    do
        n = read(fd, out, size);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return failure();
    *len = (size_t)n < size ? (size_t)n : size; /* the driver returns the uncut length */
    return RC_OK;
}

enum rc tun_write(int fd, const uint8_t *packet, size_t len)
{
    ssize_t n;
    do
        n = write(fd, packet, len);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return failure();
    return (size_t)n == len ? RC_OK : RC_IO;
}
