/* recvmmsg and sendmmsg with control messages: IP_PKTINFO says which of our addresses a datagram
 * came to and which one it leaves from, IP_TOS carries DSCP and ECN both ways. */
#include "host/udp.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdalign.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { PREFIX_MAX = 8, V4_HEADER = 20 };

union sockaddr_any {
    struct sockaddr base;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* Room for an address and a traffic class of either family, aligned as the kernel wants it. */
struct control {
    alignas(struct cmsghdr)
        uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
};

struct slot {
    union sockaddr_any name;
    struct control control;
    struct iovec parts[2];
};

struct udp_receiver {
    struct mmsghdr headers[UDP_BATCH];
    struct slot slots[UDP_BATCH];
    size_t before, room;
    uint8_t *buffers[UDP_BATCH];
    uint8_t *memory;
};

struct udp_sender {
    struct mmsghdr headers[UDP_BATCH];
    struct slot slots[UDP_BATCH];
    uint8_t prefix[PREFIX_MAX];
};

static bool set(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

enum rc udp_prepare(int fd)
{
    struct udp_socket socket;
    enum rc rc = udp_socket_of(fd, &socket);
    if (rc != RC_OK)
        return rc;
    int flags = fcntl(fd, F_GETFL);
    bool done = flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
    if (socket.family == ADDR_V4)
        done = done && set(fd, IPPROTO_IP, IP_PKTINFO, 1) && set(fd, IPPROTO_IP, IP_RECVTOS, 1) &&
               set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
    else
        done = done && set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
               set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1) &&
               set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT);
    return done ? RC_OK : RC_IO;
}

static struct endpoint endpoint_of(const union sockaddr_any *name)
{
    struct endpoint endpoint = {.addr = {.family = ADDR_NONE}};
    if (name->base.sa_family == AF_INET) {
        endpoint.addr.family = ADDR_V4;
        memcpy(endpoint.addr.bytes, &name->v4.sin_addr, 4);
        endpoint.port = ntohs(name->v4.sin_port);
    } else if (name->base.sa_family == AF_INET6) {
        endpoint.addr.family = ADDR_V6;
        memcpy(endpoint.addr.bytes, &name->v6.sin6_addr, 16);
        endpoint.port = ntohs(name->v6.sin6_port);
    }
    return endpoint;
}

enum rc udp_socket_of(int fd, struct udp_socket *out)
{
    union sockaddr_any name = {0};
    socklen_t name_len = sizeof name, type_len = sizeof(int);
    int type = 0;
    if (getsockname(fd, &name.base, &name_len) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) != 0)
        return RC_IO;
    struct endpoint local = endpoint_of(&name);
    if (local.addr.family == ADDR_NONE || (type != SOCK_DGRAM && type != SOCK_RAW))
        return RC_UNSUPPORTED;
    bool raw = type == SOCK_RAW;
    *out = (struct udp_socket){
        .fd = fd, .family = local.addr.family, .raw = raw, .port = raw ? 0 : local.port};
    return RC_OK;
}

struct udp_receiver *udp_receiver_new(size_t before, size_t room, size_t behind)
{
    struct udp_receiver *receiver = calloc(1, sizeof *receiver);
    if (!receiver)
        return NULL;
    size_t stride = before + room + behind;
    receiver->before = before;
    receiver->room = room;
    receiver->memory = calloc(UDP_BATCH, stride);
    if (!receiver->memory) {
        free(receiver);
        return NULL;
    }
    for (size_t i = 0; i < UDP_BATCH; i++)
        receiver->buffers[i] = receiver->memory + i * stride + before;
    return receiver;
}

void udp_receiver_free(struct udp_receiver *receiver)
{
    if (receiver)
        free(receiver->memory);
    free(receiver);
}

/* Where the datagram came to, and its traffic class. */
static void read_control(struct msghdr *header, struct udp_packet *packet)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        const uint8_t *data = CMSG_DATA(c);
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, data, sizeof info);
            packet->local.addr.family = ADDR_V4;
            memcpy(packet->local.addr.bytes, &info.ipi_spec_dst, 4);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, data, sizeof info);
            packet->local.addr.family = ADDR_V6;
            memcpy(packet->local.addr.bytes, &info.ipi6_addr, 16);
        } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
            packet->tos = data[0];
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) {
            int tclass;
            memcpy(&tclass, data, sizeof tclass);
            packet->tos = (uint8_t)tclass;
        }
    }
}

/* A raw IPv4 socket delivers the header too; the kernel has checked it. */
static void strip_v4_header(struct udp_packet *packet)
{
    size_t len = packet->len ? (size_t)(packet->at[0] & 0x0f) * 4 : 0;
    if (len < V4_HEADER || len > packet->len) {
        packet->len = 0;
        return;
    }
    packet->tos = packet->at[1];
    packet->at += len;
    packet->len -= len;
}

static void arm_receiver(struct udp_receiver *receiver)
{
    for (size_t i = 0; i < UDP_BATCH; i++) {
        struct slot *slot = &receiver->slots[i];
        slot->parts[0] =
            (struct iovec){.iov_base = receiver->buffers[i], .iov_len = receiver->room};
        receiver->headers[i] =
            (struct mmsghdr){.msg_hdr = {.msg_name = &slot->name,
                                         .msg_namelen = sizeof slot->name,
                                         .msg_iov = slot->parts,
                                         .msg_iovlen = 1,
                                         .msg_control = slot->control.bytes,
                                         .msg_controllen = sizeof slot->control.bytes}};
    }
}

static struct udp_packet received(struct udp_receiver *receiver, size_t i,
                                  const struct udp_socket *socket)
{
    struct msghdr *header = &receiver->headers[i].msg_hdr;
    struct udp_packet packet = {.at = receiver->buffers[i],
                                .len = receiver->headers[i].msg_len,
                                .remote = endpoint_of(&receiver->slots[i].name),
                                .truncated = (header->msg_flags & MSG_TRUNC) != 0};
    read_control(header, &packet);
    packet.local.port = socket->port;
    if (socket->raw) {
        packet.remote.port = 0; /* the kernel writes the protocol there for IPv6 */
        if (socket->family == ADDR_V4)
            strip_v4_header(&packet);
    }
    return packet;
}

/* Errors of the descriptor, as opposed to those of the network, which pass. */
static bool is_broken(int error)
{
    return error == EBADF || error == ENOTSOCK || error == EINVAL || error == EFAULT;
}

enum rc udp_receive(struct udp_receiver *receiver, const struct udp_socket *socket,
                    struct udp_packet packets[UDP_BATCH], size_t *count)
{
    arm_receiver(receiver);
    int got;
    do
        got = recvmmsg(socket->fd, receiver->headers, UDP_BATCH, MSG_DONTWAIT, NULL);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return is_broken(errno) ? RC_IO : RC_AGAIN;
    for (size_t i = 0; i < (size_t)got; i++)
        packets[i] = received(receiver, i, socket);
    *count = (size_t)got;
    return RC_OK;
}

struct udp_sender *udp_sender_new(void)
{
    return calloc(1, sizeof(struct udp_sender));
}

void udp_sender_free(struct udp_sender *sender)
{
    free(sender);
}

static socklen_t write_name(const struct udp_socket *socket, struct endpoint remote,
                            union sockaddr_any *name)
{
    if (socket->family == ADDR_V4) {
        name->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(remote.port)};
        memcpy(&name->v4.sin_addr, remote.addr.bytes, 4);
        return sizeof name->v4;
    }
    name->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(remote.port)};
    memcpy(&name->v6.sin6_addr, remote.addr.bytes, 16);
    return sizeof name->v6;
}

static struct cmsghdr *add_control(struct msghdr *header, struct cmsghdr *at, int level, int type,
                                   const void *data, size_t len)
{
    at->cmsg_level = level;
    at->cmsg_type = type;
    at->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(at), data, len);
    header->msg_controllen += CMSG_SPACE(len);
    return (struct cmsghdr *)(void *)((uint8_t *)at + CMSG_SPACE(len));
}

static void write_control(const struct udp_packet *packet, struct msghdr *header)
{
    struct cmsghdr *at = header->msg_control;
    int tos = packet->tos;
    header->msg_controllen = 0;
    if (packet->remote.addr.family == ADDR_V4) {
        struct in_pktinfo info = {0};
        memcpy(&info.ipi_spec_dst, packet->local.addr.bytes, 4);
        if (packet->local.addr.family == ADDR_V4)
            at = add_control(header, at, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
        add_control(header, at, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
    } else {
        struct in6_pktinfo info = {0};
        memcpy(&info.ipi6_addr, packet->local.addr.bytes, 16);
        if (packet->local.addr.family == ADDR_V6)
            at = add_control(header, at, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
        add_control(header, at, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof tos);
    }
}

static void arm_sender(struct udp_sender *sender, size_t i, const struct udp_socket *socket,
                       size_t prefix_len, const struct udp_packet *packet)
{
    struct slot *slot = &sender->slots[i];
    bool prefixed = prefix_len > 0;
    slot->parts[0] = (struct iovec){.iov_base = sender->prefix, .iov_len = prefix_len};
    slot->parts[prefixed] = (struct iovec){.iov_base = packet->at, .iov_len = packet->len};
    struct msghdr *header = &sender->headers[i].msg_hdr;
    *header = (struct msghdr){.msg_name = &slot->name,
                              .msg_iov = slot->parts,
                              .msg_iovlen = prefixed ? 2 : 1,
                              .msg_control = slot->control.bytes};
    header->msg_namelen = write_name(socket, packet->remote, &slot->name);
    write_control(packet, header);
}

/* Hand the armed headers to the kernel. *full: it has no room now. */
static size_t flush(struct udp_sender *sender, int fd, size_t count, bool *full)
{
    size_t at = 0, sent = 0;
    while (at < count) {
        int n = sendmmsg(fd, &sender->headers[at], (unsigned)(count - at), MSG_DONTWAIT);
        if (n > 0) {
            at += (size_t)n;
            sent += (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
            *full = true;
            break;
        } else if (errno != EINTR) {
            at++; /* too big, no route, not allowed: this one only */
        }
    }
    return sent;
}

size_t udp_send(struct udp_sender *sender, const struct udp_socket *socket, struct span prefix,
                const struct udp_packet *packets, size_t count)
{
    size_t sent = 0, armed = 0;
    bool full = false;
    if (prefix.len > sizeof sender->prefix)
        return 0;
    if (prefix.len)
        memcpy(sender->prefix, prefix.at, prefix.len);
    for (size_t i = 0; i < count && !full; i++) {
        if (packets[i].remote.addr.family == socket->family)
            arm_sender(sender, armed++, socket, prefix.len, &packets[i]);
        if (armed == UDP_BATCH || i + 1 == count) {
            sent += flush(sender, socket->fd, armed, &full);
            armed = 0;
        }
    }
    return sent;
}
