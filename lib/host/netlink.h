/* One rtnetlink socket and the two ways to use it: a request with an acknowledgement, and a
 * dump. */
#ifndef HUBWARD_HOST_NETLINK_H
#define HUBWARD_HOST_NETLINK_H

#include "base/addr.h"

#include <libmnl/libmnl.h>

enum { NETLINK_REQUEST = 1024 }; /* room for any request we make */

struct netlink {
    struct mnl_socket *socket;
    uint32_t sequence;
};

/* RC_IO. */
MUST_USE enum rc netlink_open(struct netlink *netlink);
void netlink_close(struct netlink *netlink); /* a closed or zeroed one is ignored */

/* Start a request in buffer (NETLINK_REQUEST octets, aligned by the caller's alignas). */
struct nlmsghdr *netlink_request(void *buffer, uint16_t type, uint16_t flags);

/* Send and wait for the verdict: 0 or the kernel's errno. */
MUST_USE int netlink_call(struct netlink *netlink, struct nlmsghdr *request);

/* Send a dump request and hand each message to the callback. RC_IO. */
MUST_USE enum rc netlink_dump(struct netlink *netlink, struct nlmsghdr *request, mnl_cb_t callback,
                              void *context);

/* AF_INET, AF_INET6, AF_UNSPEC and back. */
uint8_t netlink_family(enum addr_family family);
/* The address in an attribute; ADDR_NONE when its length fits no family. */
struct addr netlink_addr(const struct nlattr *attribute);
void netlink_put_addr(struct nlmsghdr *request, uint16_t type, struct addr addr);

#endif
