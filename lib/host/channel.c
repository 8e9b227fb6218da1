/* Channel: datagrams in, each checked against the table before anybody decodes it; datagrams out,
 * at once or through a bounded queue. Freed from the loop, so that a handler may close the channel
 * it is called for. */
#include "host/channel.h"

#include "base/wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* FDS_MOST: more than any kind carries, so that a surprise is seen and closed, not leaked.
 * TURN_MOST: messages of one channel before the loop looks at the others. */
enum { FDS_MOST = 4, TURN_MOST = 64, REASON = 160 };

struct outgoing {
    struct outgoing *next;
    int fd; /* own duplicate, -1 = none */
    size_t len;
    uint8_t octets[];
};

struct channel {
    uv_poll_t poll;
    int fd;
    enum role self;
    enum role other;
    channel_handler *handler;
    channel_closed *closed;
    void *context;
    struct outgoing *first;
    struct outgoing **last;
    size_t queued;
    int events;
    bool closing;
    bool broken;
};

struct received {
    uint8_t octets[MESSAGE_HEADER + MESSAGE_MAX + 1];
    size_t len;
    int fds[FDS_MOST];
    size_t fd_count;
    bool cut;
};

static void outgoing_free(struct outgoing *out)
{
    if (out->fd >= 0)
        close(out->fd);
    wipe(out->octets, out->len);
    free(out);
}

static void on_freed(uv_handle_t *handle)
{
    struct channel *channel = handle->data;
    close(channel->fd);
    free(channel);
}

void channel_close(struct channel *channel)
{
    if (!channel || channel->closing)
        return;
    channel->closing = true;
    while (channel->first) {
        struct outgoing *out = channel->first;
        channel->first = out->next;
        outgoing_free(out);
    }
    channel->queued = 0;
    uv_poll_stop(&channel->poll);
    uv_close((uv_handle_t *)&channel->poll, on_freed);
}

static void end(struct channel *channel, const char *reason)
{
    if (channel->closing)
        return;
    if (channel->closed)
        channel->closed(channel->context, channel, reason);
    channel_close(channel);
}

static void breach(struct channel *channel, uint16_t kind, enum rc rc)
{
    char reason[REASON];
    snprintf(reason, sizeof reason, "%s sent %s (%u): %s", role_name(channel->other),
             message_name((enum message_kind)kind), kind, rc_text(rc));
    channel->broken = true;
    end(channel, reason);
}

/* 1: sent, 0: the kernel is full, -1: the peer is gone. */
static int send_now(int socket, const uint8_t *octets, size_t len, int fd)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec iov = {.iov_base = (void *)(uintptr_t)octets, .iov_len = len};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = control.room;
        message.msg_controllen = sizeof control.room;
        struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(cmsg), &fd, sizeof fd);
    }
    ssize_t n;
    do
        n = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n >= 0)
        return 1;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? 0 : -1;
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void watch(struct channel *channel)
{
    int events = UV_READABLE | UV_DISCONNECT | (channel->first ? UV_WRITABLE : 0);
    if (events != channel->events && uv_poll_start(&channel->poll, events, on_poll) == 0)
        channel->events = events;
}

static void flush(struct channel *channel)
{
    while (channel->first) {
        struct outgoing *out = channel->first;
        int sent = send_now(channel->fd, out->octets, out->len, out->fd);
        if (sent == 0)
            return;
        if (sent < 0) {
            end(channel, "the other side does not take messages any more");
            return;
        }
        channel->first = out->next;
        if (!channel->first)
            channel->last = &channel->first;
        channel->queued -= out->len;
        outgoing_free(out);
    }
}

static enum rc enqueue(struct channel *channel, const uint8_t *octets, size_t len, int fd)
{
    if (channel->queued + len > CHANNEL_QUEUE_MAX)
        return RC_FULL;
    struct outgoing *out = malloc(sizeof *out + len);
    if (!out)
        return RC_NO_MEMORY;
    *out = (struct outgoing){.fd = -1, .len = len};
    memcpy(out->octets, octets, len);
    if (fd >= 0 && (out->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0) {
        outgoing_free(out);
        return RC_IO;
    }
    *channel->last = out;
    channel->last = &out->next;
    channel->queued += len;
    watch(channel);
    return RC_OK;
}

enum rc channel_send(struct channel *channel, enum message_kind kind, struct span payload, int fd)
{
    uint8_t octets[MESSAGE_HEADER + MESSAGE_MAX];
    enum rc rc = message_allowed((uint16_t)kind, channel->self, channel->other, payload.len,
                                 fd >= 0 ? 1 : 0);
    if (rc != RC_OK)
        return rc == RC_MALFORMED ? RC_MALFORMED : RC_DENIED;
    if (channel->closing)
        return RC_IO;
    struct builder b = builder_of(octets, sizeof octets);
    builder_u16(&b, (uint16_t)kind);
    builder_u16(&b, (uint16_t)payload.len);
    builder_add(&b, payload);
    /* Behind a queue everything queues: order has meaning. */
    int sent = channel->first ? 0 : send_now(channel->fd, octets, builder_len(&b), fd);
    if (sent < 0)
        rc = RC_IO;
    else if (sent == 0)
        rc = enqueue(channel, octets, builder_len(&b), fd);
    wipe(octets, builder_len(&b));
    return rc;
}

static void take_fds(struct received *in, struct msghdr *message)
{
    in->fd_count = 0;
    for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(message); cmsg; cmsg = CMSG_NXTHDR(message, cmsg)) {
        if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof fd, sizeof fd);
            if (in->fd_count < FDS_MOST)
                in->fds[in->fd_count++] = fd;
            else
                close(fd);
        }
    }
}

/* 1: a datagram, 0: none now, -1: end of the channel. */
static int receive(int socket, struct received *in)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int) * FDS_MOST)];
    } control;
    struct iovec iov = {.iov_base = in->octets, .iov_len = sizeof in->octets};
    struct msghdr message = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    ssize_t n;
    /* A reset is told once, before the messages that came ahead of it. */
    do
        n = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (n < 0 && (errno == EINTR || errno == ECONNRESET));
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    if (n < 0)
        return -1;
    take_fds(in, &message);
    in->len = (size_t)n;
    in->cut = message.msg_flags & (MSG_TRUNC | MSG_CTRUNC);
    return n == 0 && in->fd_count == 0 ? -1 : 1;
}

/* Check one datagram and give it to the handler. */
static void deliver(struct channel *channel, struct received *in)
{
    struct cursor c = cursor_of(in->octets, in->len);
    uint16_t kind = cursor_u16(&c);
    size_t len = cursor_u16(&c);
    enum rc rc = RC_MALFORMED;
    if (!c.bad && !in->cut && len == cursor_left(&c))
        rc = message_allowed(kind, channel->other, channel->self, len, in->fd_count);
    int fd = -1;
    if (rc == RC_OK && in->fd_count == 1) {
        fd = in->fds[0];
        in->fd_count = 0;
    }
    if (rc == RC_OK) {
        rc = channel->handler(channel->context, channel, (enum message_kind)kind, &c, fd);
        if (rc == RC_OK && !cursor_done(&c))
            rc = RC_MALFORMED;
    }
    for (size_t i = 0; i < in->fd_count; i++)
        close(in->fds[i]);
    if (rc != RC_OK)
        breach(channel, kind, rc);
}

static void read_turn(struct channel *channel, int most)
{
    struct received in;
    for (int i = 0; i < most && !channel->closing; i++) {
        int got = receive(channel->fd, &in);
        if (got == 0)
            return;
        if (got < 0) {
            end(channel, "closed by the other side");
            return;
        }
        deliver(channel, &in);
        wipe(in.octets, in.len);
    }
}

void channel_drain(struct channel *channel)
{
    if (channel)
        read_turn(channel, INT_MAX);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct channel *channel = poll->data;
    if (status < 0) {
        /* A peer that died with messages of ours unread: what it sent before is still there. */
        channel_drain(channel);
        end(channel, "closed by the other side");
        return;
    }
    if (events & UV_WRITABLE)
        flush(channel);
    /* A peer that is gone may have left messages: read to the end of them first. */
    if (!channel->closing && (events & (UV_READABLE | UV_DISCONNECT)))
        read_turn(channel, TURN_MOST);
    if (!channel->closing)
        watch(channel);
}

enum rc channel_open(uv_loop_t *loop, int take_fd, enum role self, enum role other,
                     channel_handler *handler, channel_closed *closed, void *context,
                     struct channel **out)
{
    struct channel *channel = calloc(1, sizeof *channel);
    if (!channel) {
        close(take_fd);
        return RC_NO_MEMORY;
    }
    channel->fd = take_fd;
    channel->self = self;
    channel->other = other;
    channel->handler = handler;
    channel->closed = closed;
    channel->context = context;
    channel->last = &channel->first;
    if (uv_poll_init(loop, &channel->poll, take_fd) != 0) {
        close(take_fd);
        free(channel);
        return RC_IO;
    }
    channel->poll.data = channel;
    watch(channel);
    if (channel->events == 0) {
        uv_close((uv_handle_t *)&channel->poll, on_freed);
        return RC_IO;
    }
    *out = channel;
    return RC_OK;
}

enum role channel_other(const struct channel *channel)
{
    return channel->other;
}

bool channel_broken(const struct channel *channel)
{
    return channel->broken;
}

size_t channel_queued(const struct channel *channel)
{
    return channel->queued;
}

enum rc channel_pair(int fds[2])
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        return RC_IO;
    fds[0] = pair[0];
    fds[1] = pair[1];
    return RC_OK;
}
