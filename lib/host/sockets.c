/* Making the outer sockets, as root, once; the warden keeps duplicates for ever, so that the group
 * on 4500 keeps its order whoever dies. */
#include "host/sockets.h"

#include "host/udp.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Enough for a burst while the loop does Diffie-Hellman, or a batch of full-sized ESP. */
enum { BUFFER_KEY = 1 << 20, BUFFER_PATH = 4 << 20 };
enum { MEMBER_KEY = 0, MEMBER_PATH = 1 }; /* order of binding */

struct option {
    int level;
    int name;
    int value;
};

static enum rc set_options(int fd, const struct option *options, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                       sizeof options[i].value) != 0)
            return RC_IO;
    return RC_OK;
}

/* The bypass mark, and buffers above the system's limit; the rest of what a batch of datagrams
 * needs is host/udp.h's. Fragmentation is allowed there: IKE messages with long proposals have no
 * other way, and a path MTU that a stranger may lower is no help. */
static enum rc set_common(int fd, uint32_t mark, int buffer)
{
    const struct option options[] = {
        {SOL_SOCKET, SO_MARK, (int)mark},
        {SOL_SOCKET, SO_RCVBUFFORCE, buffer},
        {SOL_SOCKET, SO_SNDBUFFORCE, buffer},
    };
    enum rc rc = set_options(fd, options, sizeof options / sizeof *options);
    return rc == RC_OK ? udp_prepare(fd) : rc;
}

static enum rc open_socket(enum addr_family family, int type, int protocol, uint32_t mark,
                           int buffer, int *out)
{
    int domain = family == ADDR_V6 ? AF_INET6 : AF_INET;
    int fd = socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (fd < 0)
        return RC_IO;
    const struct option v6only = {IPPROTO_IPV6, IPV6_V6ONLY, 1};
    bool wants_v6only = family == ADDR_V6 && type == SOCK_DGRAM;
    if (set_common(fd, mark, buffer) != RC_OK ||
        (wants_v6only && set_options(fd, &v6only, 1) != RC_OK)) {
        int failed = errno;
        close(fd);
        errno = failed;
        return RC_IO;
    }
    *out = fd;
    return RC_OK;
}

static int bind_port(int fd, enum addr_family family, uint16_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    return family == ADDR_V6 ? bind(fd, (struct sockaddr *)&v6, sizeof v6)
                             : bind(fd, (struct sockaddr *)&v4, sizeof v4);
}

static enum rc complain_port(uint16_t port, char *complaint, size_t size)
{
    if (errno == EADDRINUSE)
        snprintf(complaint, size,
                 "UDP port %u is in use: another IKE daemon or client (charon, pluto, racoon, "
                 "iked, vpnc, another hubd)? `ss -lunp sport = :%u` names it",
                 port, port);
    else
        snprintf(complaint, size, "UDP port %u cannot be used: %s", port, strerror(errno));
    return RC_IO;
}

enum rc sockets_ike(enum addr_family family, uint32_t mark, int *out, char *complaint, size_t size)
{
    int fd;
    if (open_socket(family, SOCK_DGRAM, 0, mark, BUFFER_KEY, &fd) != RC_OK)
        return complain_port(SOCKETS_PORT_IKE, complaint, size);
    /* No SO_REUSEADDR: nobody else may share the port, and to share it unseen would lose
     * packets. */
    if (bind_port(fd, family, SOCKETS_PORT_IKE) != 0) {
        enum rc rc = complain_port(SOCKETS_PORT_IKE, complaint, size);
        close(fd);
        return rc;
    }
    *out = fd;
    return RC_OK;
}

static enum rc open_member(enum addr_family family, uint32_t mark, int buffer, int *out)
{
    const struct option share = {SOL_SOCKET, SO_REUSEPORT, 1};
    int fd;
    if (open_socket(family, SOCK_DGRAM, 0, mark, buffer, &fd) != RC_OK)
        return RC_IO;
    if (set_options(fd, &share, 1) != RC_OK || bind_port(fd, family, SOCKETS_PORT_NATT) != 0) {
        int failed = errno;
        close(fd);
        errno = failed;
        return RC_IO;
    }
    *out = fd;
    return RC_OK;
}

/* Offsets are into the UDP payload. A datagram of less than four octets is a NAT keepalive or
 * nothing (RFC 3948, 2.3): path's. */
static enum rc steer(int key, int path)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 4, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, MEMBER_KEY), BPF_STMT(BPF_RET | BPF_K, MEMBER_PATH),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    const struct option lock = {SOL_SOCKET, SO_LOCK_FILTER, 1};
    if (setsockopt(key, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) != 0)
        return RC_IO;
    return set_options(key, &lock, 1) == RC_OK ? set_options(path, &lock, 1) : RC_IO;
}

enum rc sockets_natt(enum addr_family family, uint32_t mark, int *key, int *path, char *complaint,
                     size_t size)
{
    int member[2] = {-1, -1};
    enum rc rc = open_member(family, mark, BUFFER_KEY, &member[MEMBER_KEY]);
    if (rc == RC_OK)
        rc = open_member(family, mark, BUFFER_PATH, &member[MEMBER_PATH]);
    if (rc == RC_OK)
        rc = steer(member[MEMBER_KEY], member[MEMBER_PATH]);
    if (rc == RC_OK) {
        *key = member[MEMBER_KEY];
        *path = member[MEMBER_PATH];
        return RC_OK;
    }
    rc = complain_port(SOCKETS_PORT_NATT, complaint, size);
    for (size_t i = 0; i < 2; i++)
        if (member[i] >= 0)
            close(member[i]);
    return rc;
}

enum rc sockets_esp(enum addr_family family, uint32_t mark, int *out, char *complaint, size_t size)
{
    if (open_socket(family, SOCK_RAW, IPPROTO_ESP, mark, BUFFER_PATH, out) == RC_OK)
        return RC_OK;
    snprintf(complaint, size, "a raw socket for ESP (protocol 50) cannot be made: %s",
             strerror(errno));
    return RC_IO;
}
