/* Listening sockets. */
#include "host/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 32 };

static enum rc close_failed(int fd)
{
    int failed = errno;
    close(fd);
    errno = failed;
    return failed == EADDRINUSE ? RC_EXISTS : RC_IO;
}

enum rc listen_unix(const char *path, mode_t mode, gid_t group, int *out)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof un.sun_path)
        return RC_MALFORMED;
    memcpy(un.sun_path, path, len);
    if (unlink(path) != 0 && errno != ENOENT)
        return RC_IO;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return RC_IO;
    /* Nobody may connect before the permissions are right: bind makes it 0700 at most. */
    mode_t before = umask(077);
    int bound = bind(fd, (struct sockaddr *)&un, sizeof un);
    umask(before);
    if (bound != 0 || chown(path, 0, group) != 0 || chmod(path, mode) != 0 ||
        listen(fd, BACKLOG) != 0)
        return close_failed(fd);
    *out = fd;
    return RC_OK;
}

enum rc listen_tcp(struct endpoint endpoint, int *out)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(endpoint.port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(endpoint.port)};
    bool is_v6 = endpoint.addr.family == ADDR_V6;
    memcpy(&v4.sin_addr, endpoint.addr.bytes, sizeof v4.sin_addr);
    memcpy(&v6.sin6_addr, endpoint.addr.bytes, sizeof v6.sin6_addr);
    int fd = socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return RC_IO;
    /* On TCP this only skips connections in their last minutes; a living listener still refuses. */
    int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
        return close_failed(fd);
    int bound = is_v6 ? bind(fd, (struct sockaddr *)&v6, sizeof v6)
                      : bind(fd, (struct sockaddr *)&v4, sizeof v4);
    if (bound != 0 || listen(fd, BACKLOG) != 0)
        return close_failed(fd);
    *out = fd;
    return RC_OK;
}

enum rc listen_parse(const char *text, struct endpoint *out)
{
    char host[ADDR_TEXT];
    const char *colon = strrchr(text, ':');
    bool bracketed = text[0] == '[';
    const char *start = bracketed ? text + 1 : text;
    if (!colon || colon - start < (bracketed ? 2 : 1))
        return RC_MALFORMED;
    size_t n = (size_t)(colon - start) - (bracketed ? 1 : 0);
    if (n >= sizeof host || (bracketed && colon[-1] != ']'))
        return RC_MALFORMED;
    memcpy(host, start, n);
    host[n] = '\0';
    char *end;
    unsigned long port = strtoul(colon + 1, &end, 10);
    struct endpoint endpoint;
    if (colon[1] < '0' || colon[1] > '9' || *end || port == 0 || port > UINT16_MAX ||
        addr_parse(host, &endpoint.addr) != RC_OK || (endpoint.addr.family == ADDR_V6) != bracketed)
        return RC_MALFORMED;
    endpoint.port = (uint16_t)port;
    *out = endpoint;
    return RC_OK;
}

bool listen_is_loopback(struct endpoint endpoint)
{
    static const struct prefix v4 = {{ADDR_V4, {127}}, 8};
    static const struct prefix v6 = {{ADDR_V6, {[15] = 1}}, 128};
    return prefix_contains(v4, endpoint.addr) || prefix_contains(v6, endpoint.addr);
}
