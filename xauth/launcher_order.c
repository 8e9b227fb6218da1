/* Orders to the launcher: a verb, an id, and with a start the worker's socket. */
#include "xauth/launcher_order.h"

#include "base/builder.h"
#include "xauth/crew.h"
#include "xauth/launcher.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ORDER_OCTETS = 9 };

/* Aligned room for the control message of one descriptor. */
union fd_room {
    struct cmsghdr header;
    char octets[CMSG_SPACE(sizeof(int))];
};

static enum rc order_send(int launcher_fd, enum launcher_verb verb, uint64_t id, int fd)
{
    uint8_t octets[ORDER_OCTETS];
    struct builder b = builder_of(octets, sizeof octets);
    builder_u8(&b, (uint8_t)verb);
    builder_u64(&b, id);
    struct iovec iov = {.iov_base = octets, .iov_len = builder_len(&b)};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    union fd_room room = {.octets = {0}};
    if (fd >= 0) {
        room.header = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&room.header), &fd, sizeof fd);
        message.msg_control = &room;
        message.msg_controllen = sizeof room;
    }
    ssize_t n = sendmsg(launcher_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    return n == ORDER_OCTETS ? RC_OK : RC_IO;
}

enum rc launcher_order_start(int launcher_fd, uint64_t id, int worker_fd)
{
    return order_send(launcher_fd, LAUNCHER_START, id, worker_fd);
}

enum rc launcher_order_end(int launcher_fd, uint64_t id)
{
    return order_send(launcher_fd, LAUNCHER_END, id, -1);
}

/* The one descriptor that came, or -1. The kernel closes what did not fit into the room. */
static int received_fd(struct msghdr *message)
{
    int fd = -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}

static bool order_is_sound(const struct launcher_order *order, const struct cursor *c,
                           const struct msghdr *message)
{
    if (!cursor_done(c) || (message->msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
        return false;
    return (order->verb == LAUNCHER_START && order->fd >= 0) ||
           (order->verb == LAUNCHER_END && order->fd < 0);
}

enum rc launcher_order_get(int fd, struct launcher_order *out)
{
    uint8_t octets[ORDER_OCTETS];
    union fd_room room;
    struct iovec iov = {.iov_base = octets, .iov_len = sizeof octets};
    struct msghdr message = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &room, .msg_controllen = sizeof room};
    ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? RC_AGAIN : RC_NOT_FOUND;
    if (n == 0)
        return RC_NOT_FOUND;
    struct cursor c = cursor_of(octets, (size_t)n);
    struct launcher_order order = {.verb = (enum launcher_verb)cursor_u8(&c)};
    order.id = cursor_u64(&c);
    order.fd = received_fd(&message);
    if (!order_is_sound(&order, &c, &message)) {
        if (order.fd >= 0)
            close(order.fd);
        return RC_MALFORMED;
    }
    *out = order;
    return RC_OK;
}

enum rc launcher_orders_take(int fd, struct crew *crew)
{
    struct launcher_order order;
    enum rc rc;
    while ((rc = launcher_order_get(fd, &order)) == RC_OK) {
        if (order.verb == LAUNCHER_START)
            crew_start(crew, order.id, order.fd);
        else
            crew_end(crew, order.id);
    }
    return rc;
}
