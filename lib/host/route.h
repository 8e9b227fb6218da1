/* Routes and routing rules in tables of our own, through rtnetlink. Adding what is there and
 * removing what is not are both fine: the wish is the state afterwards. */
#ifndef HUBWARD_HOST_ROUTE_H
#define HUBWARD_HOST_ROUTE_H

#include "host/netlink.h"

enum { ROUTE_TABLE_MAIN = 254 };

struct route {
    struct prefix net;
    uint32_t table;
    uint32_t ifindex;   /* 0: an unreachable route, refused with ICMP */
    uint32_t metric;    /* smaller wins */
    struct addr source; /* which address local programs use; ADDR_NONE: the kernel's choice */
};

struct route_rule {
    enum addr_family family;
    uint32_t priority; /* smaller is asked first */
    uint32_t mark;     /* 0: every packet */
    uint32_t table;
};

/* Each: RC_OK, or RC_IO with errno set. */
MUST_USE enum rc route_add(struct netlink *netlink, const struct route *route);
MUST_USE enum rc route_delete(struct netlink *netlink, const struct route *route);
MUST_USE enum rc route_rule_add(struct netlink *netlink, const struct route_rule *rule);
MUST_USE enum rc route_rule_delete(struct netlink *netlink, const struct route_rule *rule);
/* Remove every route of a table. */
MUST_USE enum rc route_flush(struct netlink *netlink, enum addr_family family, uint32_t table);
/* Remove those that lead somewhere. Of each unreachable one, which stays, closed is told, perhaps
 * more than once; it must not use the netlink socket. */
typedef void route_closed(void *context, struct prefix net);
MUST_USE enum rc route_flush_open(struct netlink *netlink, enum addr_family family, uint32_t table,
                                  route_closed *closed, void *context);

/* What the main table has for exactly this net: next hop (ADDR_NONE: on the link) and device.
 * RC_NOT_FOUND, RC_IO. */
struct route_found {
    struct addr gateway;
    uint32_t ifindex;
};
MUST_USE enum rc route_find(struct netlink *netlink, struct prefix net, struct route_found *out);

#endif
