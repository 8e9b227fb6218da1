/* rtnetlink's multicast groups under the loop. A burst of news (a DHCP client takes an address off
 * and puts it back) is told once, a moment later. */
#include "host/netdev.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

enum { SETTLE_MS = 50 };

struct netdev_watch {
    uv_poll_t poll;
    uv_timer_t timer;
    struct mnl_socket *socket;
    netdev_changed *changed;
    void *context;
    int handles;
};

static void on_settled(uv_timer_t *timer)
{
    struct netdev_watch *watch = timer->data;
    watch->changed(watch->context);
}

static void on_news(uv_poll_t *poll, int status, int events)
{
    (void)events;
    struct netdev_watch *watch = poll->data;
    char buffer[4096]; /* what does not fit is cut: only that something came matters */
    ssize_t n;
    do
        n = mnl_socket_recvfrom(watch->socket, buffer, sizeof buffer);
    while (n > 0 || (n < 0 && (errno == EINTR || errno == ENOBUFS || errno == ENOSPC)));
    /* More news than the socket holds are an error of the descriptor, after which libuv has stopped
     * watching; reading has cleared it. */
    if (status < 0)
        uv_poll_start(poll, UV_READABLE, on_news);
    uv_timer_start(&watch->timer, on_settled, SETTLE_MS, 0);
}

static void on_freed(uv_handle_t *handle)
{
    struct netdev_watch *watch = handle->data;
    if (--watch->handles > 0)
        return;
    mnl_socket_close(watch->socket);
    free(watch);
}

void netdev_watch_stop(struct netdev_watch *watch)
{
    if (!watch)
        return;
    uv_close((uv_handle_t *)&watch->poll, on_freed);
    uv_close((uv_handle_t *)&watch->timer, on_freed);
}

static struct mnl_socket *subscribe(void)
{
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket && mnl_socket_bind(socket, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
                                  MNL_SOCKET_AUTOPID) != 0) {
        mnl_socket_close(socket);
        return NULL;
    }
    return socket;
}

enum rc netdev_watch_start(uv_loop_t *loop, netdev_changed *changed, void *context,
                           struct netdev_watch **out)
{
    struct netdev_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return RC_NO_MEMORY;
    watch->changed = changed;
    watch->context = context;
    watch->socket = subscribe();
    if (!watch->socket || uv_poll_init(loop, &watch->poll, mnl_socket_get_fd(watch->socket)) != 0) {
        if (watch->socket)
            mnl_socket_close(watch->socket);
        free(watch);
        return RC_IO;
    }
    watch->poll.data = watch;
    uv_timer_init(loop, &watch->timer);
    watch->timer.data = watch;
    watch->handles = 2;
    if (uv_poll_start(&watch->poll, UV_READABLE, on_news) != 0) {
        netdev_watch_stop(watch);
        return RC_IO;
    }
    *out = watch;
    return RC_OK;
}
