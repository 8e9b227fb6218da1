/* Network devices: what addresses they have, TUN devices of our own, and news of changes. */
#ifndef HUBWARD_HOST_NETDEV_H
#define HUBWARD_HOST_NETDEV_H

#include "host/netlink.h"

#include <net/if.h>
#include <uv.h>

/* 0: no such device. */
uint32_t netdev_index(const char *name);

struct netdev_address {
    struct addr addr; /* ADDR_NONE: the device has none of the family */
    uint8_t len;      /* bits of its net */
};

/* The address of the device that equals `preferred`; without one, its first that is not a
 * secondary and not link-local. RC_IO. */
MUST_USE enum rc netdev_address(struct netlink *netlink, uint32_t ifindex, struct addr preferred,
                                enum addr_family family, struct netdev_address *out);

/* Is an address of this net, or one on a link with this machine, on any of its devices? RC_IO. */
MUST_USE enum rc netdev_net_in_use(struct netlink *netlink, struct prefix net, bool *in_use);

/* A persistent TUN device without packet information: made, or taken over from an instance that
 * died. Tries prefix0, prefix1, … until one is free. *fd is non-blocking and close-on-exec; the
 * device stays when it is closed. name: IFNAMSIZ octets.
 * RC_FULL: sixteen are taken. RC_IO: no TUN here; errno tells. */
enum { NETDEV_TUNS = 16 };
MUST_USE enum rc netdev_tun_open(const char *prefix, char *name, uint32_t *index, int *fd);

/* Take over a device left behind, without making one. RC_NOT_FOUND: there is none, or it is in
 * use. */
MUST_USE enum rc netdev_tun_reopen(const char *name, int *fd);

/* The device goes when the last descriptor of it is closed. RC_IO. */
MUST_USE enum rc netdev_tun_release(int fd);

/* Bring a device up with this MTU and at most so many packets waiting. RC_IO. */
MUST_USE enum rc netdev_up(struct netlink *netlink, uint32_t ifindex, uint32_t mtu,
                           uint32_t queue_packets);

/* Give a device an address that no program uses as its own (scope host), without a net. RC_IO. */
MUST_USE enum rc netdev_add_dummy(struct netlink *netlink, uint32_t ifindex, struct addr addr);

/* /proc/sys/net/ipv4/conf/NAME/KEY and the like: path is below /proc/sys. RC_IO. */
MUST_USE enum rc netdev_sysctl_set(const char *path, const char *value);
MUST_USE enum rc netdev_sysctl_get(const char *path, long *value);

/* Tell when an address or a device came, changed or went; what, the listener asks for himself. */
struct netdev_watch;
typedef void netdev_changed(void *context);
MUST_USE enum rc netdev_watch_start(uv_loop_t *loop, netdev_changed *changed, void *context,
                                    struct netdev_watch **out);
void netdev_watch_stop(struct netdev_watch *watch); /* NULL allowed; freed from the loop */

#endif
