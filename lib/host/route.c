/* rtnetlink messages for routes and rules. */
#include "host/route.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdalign.h>

/* "is there already" and "was not there" are what was wished for. */
static enum rc verdict(int failed, int fine)
{
    if (failed == 0 || failed == fine)
        return RC_OK;
    errno = failed;
    return RC_IO;
}

static struct nlmsghdr *route_message(char *buffer, uint16_t type, uint16_t flags,
                                      const struct route *route)
{
    struct nlmsghdr *request = netlink_request(buffer, type, flags);
    struct rtmsg *rtm = mnl_nlmsg_put_extra_header(request, sizeof *rtm);
    rtm->rtm_family = netlink_family(route->net.addr.family);
    rtm->rtm_dst_len = route->net.len;
    rtm->rtm_protocol = RTPROT_STATIC;
    rtm->rtm_scope = route->ifindex ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
    rtm->rtm_type = route->ifindex ? RTN_UNICAST : RTN_UNREACHABLE;
    mnl_attr_put_u32(request, RTA_TABLE, route->table);
    mnl_attr_put_u32(request, RTA_PRIORITY, route->metric);
    if (route->net.len > 0)
        netlink_put_addr(request, RTA_DST, route->net.addr);
    if (route->ifindex)
        mnl_attr_put_u32(request, RTA_OIF, route->ifindex);
    return request;
}

enum rc route_add(struct netlink *netlink, const struct route *route)
{
    alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST];
    struct nlmsghdr *request =
        route_message(buffer, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route);
    if (route->ifindex && route->source.family != ADDR_NONE)
        netlink_put_addr(request, RTA_PREFSRC, route->source);
    return verdict(netlink_call(netlink, request), EEXIST);
}

enum rc route_delete(struct netlink *netlink, const struct route *route)
{
    alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST];
    return verdict(netlink_call(netlink, route_message(buffer, RTM_DELROUTE, 0, route)), ESRCH);
}

static struct nlmsghdr *rule_message(char *buffer, uint16_t type, uint16_t flags,
                                     const struct route_rule *rule)
{
    struct nlmsghdr *request = netlink_request(buffer, type, flags);
    struct fib_rule_hdr *header = mnl_nlmsg_put_extra_header(request, sizeof *header);
    header->family = netlink_family(rule->family);
    header->action = FR_ACT_TO_TBL;
    mnl_attr_put_u32(request, FRA_PRIORITY, rule->priority);
    mnl_attr_put_u32(request, FRA_TABLE, rule->table);
    if (rule->mark) {
        mnl_attr_put_u32(request, FRA_FWMARK, rule->mark);
        mnl_attr_put_u32(request, FRA_FWMASK, UINT32_MAX);
    }
    return request;
}

enum rc route_rule_add(struct netlink *netlink, const struct route_rule *rule)
{
    alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST];
    uint16_t flags = NLM_F_CREATE | NLM_F_EXCL;
    return verdict(netlink_call(netlink, rule_message(buffer, RTM_NEWRULE, flags, rule)), EEXIST);
}

enum rc route_rule_delete(struct netlink *netlink, const struct route_rule *rule)
{
    alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST];
    return verdict(netlink_call(netlink, rule_message(buffer, RTM_DELRULE, 0, rule)), ENOENT);
}

/* The attributes of a route that we read. */
struct route_fields {
    struct prefix net;
    uint32_t table;
    uint32_t ifindex;
    uint32_t metric;
    struct addr gateway;
};

static int on_route_attribute(const struct nlattr *attribute, void *context)
{
    struct route_fields *fields = context;
    uint16_t type = mnl_attr_get_type(attribute);
    if (type == RTA_DST)
        fields->net.addr = netlink_addr(attribute);
    else if (type == RTA_GATEWAY)
        fields->gateway = netlink_addr(attribute);
    else if (type == RTA_TABLE)
        fields->table = mnl_attr_get_u32(attribute);
    else if (type == RTA_OIF)
        fields->ifindex = mnl_attr_get_u32(attribute);
    else if (type == RTA_PRIORITY)
        fields->metric = mnl_attr_get_u32(attribute);
    return MNL_CB_OK;
}

static struct route_fields read_route(const struct nlmsghdr *message)
{
    const struct rtmsg *rtm = mnl_nlmsg_get_payload(message);
    struct route_fields fields = {.net.len = rtm->rtm_dst_len, .table = rtm->rtm_table};
    fields.net.addr.family = rtm->rtm_family == AF_INET6 ? ADDR_V6 : ADDR_V4;
    mnl_attr_parse(message, sizeof *rtm, on_route_attribute, &fields);
    /* IPv6 hangs unreachable routes on the loopback device; to us they have none. */
    if (rtm->rtm_type == RTN_UNREACHABLE)
        fields.ifindex = 0;
    return fields;
}

static enum rc dump_routes(struct netlink *netlink, enum addr_family family, mnl_cb_t callback,
                           void *context)
{
    alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST];
    struct nlmsghdr *request = netlink_request(buffer, RTM_GETROUTE, 0);
    struct rtmsg *rtm = mnl_nlmsg_put_extra_header(request, sizeof *rtm);
    rtm->rtm_family = netlink_family(family);
    return netlink_dump(netlink, request, callback, context);
}

/* Deleting while dumping would upset the dump, so a bounded number is noted and the dump
 * repeated. */
enum { FLUSH_BATCH = 256 };
struct flush {
    uint32_t table;
    route_closed *closed; /* NULL: unreachable routes go, too */
    void *context;
    struct route routes[FLUSH_BATCH];
    size_t count;
};

static int on_route_to_flush(const struct nlmsghdr *message, void *context)
{
    struct flush *flush = context;
    struct route_fields fields = read_route(message);
    if (fields.table != flush->table)
        return MNL_CB_OK;
    if (flush->closed && !fields.ifindex)
        flush->closed(flush->context, fields.net);
    else if (flush->count < FLUSH_BATCH)
        flush->routes[flush->count++] = (struct route){.net = fields.net,
                                                       .table = fields.table,
                                                       .ifindex = fields.ifindex,
                                                       .metric = fields.metric};
    return MNL_CB_OK;
}

static enum rc flush_all(struct netlink *netlink, enum addr_family family, struct flush *flush)
{
    do {
        flush->count = 0;
        enum rc rc = dump_routes(netlink, family, on_route_to_flush, flush);
        for (size_t i = 0; rc == RC_OK && i < flush->count; i++)
            rc = route_delete(netlink, &flush->routes[i]);
        if (rc != RC_OK)
            return rc;
    } while (flush->count == FLUSH_BATCH);
    return RC_OK;
}

enum rc route_flush(struct netlink *netlink, enum addr_family family, uint32_t table)
{
    struct flush flush = {.table = table};
    return flush_all(netlink, family, &flush);
}

enum rc route_flush_open(struct netlink *netlink, enum addr_family family, uint32_t table,
                         route_closed *closed, void *context)
{
    struct flush flush = {.table = table, .closed = closed, .context = context};
    return flush_all(netlink, family, &flush);
}

struct find {
    struct prefix net;
    struct route_fields best;
    bool found;
};

static int on_route_to_find(const struct nlmsghdr *message, void *context)
{
    struct find *find = context;
    struct route_fields fields = read_route(message);
    if (fields.table == ROUTE_TABLE_MAIN && prefix_equal(fields.net, find->net) &&
        (!find->found || fields.metric < find->best.metric)) {
        find->best = fields;
        find->found = true;
    }
    return MNL_CB_OK;
}

enum rc route_find(struct netlink *netlink, struct prefix net, struct route_found *out)
{
    struct find find = {.net = net};
    enum rc rc = dump_routes(netlink, net.addr.family, on_route_to_find, &find);
    if (rc != RC_OK)
        return rc;
    if (!find.found)
        return RC_NOT_FOUND;
    *out = (struct route_found){.gateway = find.best.gateway, .ifindex = find.best.ifindex};
    return RC_OK;
}
