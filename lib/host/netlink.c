/* libmnl with the waiting done in one place. */
#include "host/netlink.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

enum rc netlink_open(struct netlink *netlink)
{
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (!socket)
        return RC_IO;
    if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) != 0) {
        mnl_socket_close(socket);
        return RC_IO;
    }
    *netlink = (struct netlink){.socket = socket, .sequence = 1};
    return RC_OK;
}

void netlink_close(struct netlink *netlink)
{
    if (netlink->socket)
        mnl_socket_close(netlink->socket);
    netlink->socket = NULL;
}

struct nlmsghdr *netlink_request(void *buffer, uint16_t type, uint16_t flags)
{
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = type;
    request->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    return request;
}

/* Receive until the callback machinery says that the answer is complete. */
static int run(struct netlink *netlink, struct nlmsghdr *request, mnl_cb_t callback, void *context)
{
    size_t size = (size_t)MNL_SOCKET_BUFFER_SIZE;
    unsigned port = mnl_socket_get_portid(netlink->socket);
    char *buffer = malloc(size);
    if (!buffer)
        return ENOMEM;
    request->nlmsg_seq = ++netlink->sequence;
    int more = mnl_socket_sendto(netlink->socket, request, request->nlmsg_len) < 0 ? -1 : 1;
    while (more > 0) {
        ssize_t n = mnl_socket_recvfrom(netlink->socket, buffer, size);
        if (n < 0 && errno == EINTR)
            continue;
        more =
            n < 0 ? -1 : mnl_cb_run(buffer, (size_t)n, netlink->sequence, port, callback, context);
    }
    int failed = more < 0 ? (errno ? errno : EIO) : 0;
    free(buffer);
    return failed;
}

int netlink_call(struct netlink *netlink, struct nlmsghdr *request)
{
    request->nlmsg_flags |= NLM_F_ACK;
    return run(netlink, request, NULL, NULL);
}

enum rc netlink_dump(struct netlink *netlink, struct nlmsghdr *request, mnl_cb_t callback,
                     void *context)
{
    request->nlmsg_flags |= NLM_F_DUMP;
    return run(netlink, request, callback, context) == 0 ? RC_OK : RC_IO;
}

uint8_t netlink_family(enum addr_family family)
{
    return family == ADDR_V6 ? AF_INET6 : family == ADDR_V4 ? AF_INET : AF_UNSPEC;
}

struct addr netlink_addr(const struct nlattr *attribute)
{
    struct addr addr = {.family = ADDR_NONE};
    struct span octets = {mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute)};
    if (addr_from_bytes(&addr, octets) != RC_OK)
        addr.family = ADDR_NONE;
    return addr;
}

void netlink_put_addr(struct nlmsghdr *request, uint16_t type, struct addr addr)
{
    mnl_attr_put(request, type, addr_len(addr.family), addr.bytes);
}
