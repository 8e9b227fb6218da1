/* The plan applied: TUN, policy tables, rules, packet filter; and the nets that key asks for while
 * it runs. The order keeps the routing closed: unreachable routes and marks are there before
 * anything is led into the TUN. */
#include "role/warden_state.h"

#include "host/nft.h"
#include "host/route.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const enum addr_family families[] = {ADDR_V4, ADDR_V6};
enum { FAMILIES = sizeof families / sizeof *families, RULES = 3 };
#define DUMMY_ADDRESS 0xc0000008u /* 192.0.0.8 */

static enum rc failed(struct warden *warden, const char *what)
{
    log_line(&warden->log, LEVEL_ERROR, "%s: %s", what, strerror(errno));
    return RC_IO;
}

/* Ours first: an outer packet must never meet the rules for inner ones. */
static void rules_of(const struct route_plan *plan, enum addr_family family,
                     struct route_rule rules[RULES])
{
    rules[0] = (struct route_rule){family, plan->priority, plan->mark_bypass, ROUTE_TABLE_MAIN};
    rules[1] =
        (struct route_rule){family, plan->priority + 1, plan->mark_protect, plan->table_protect};
    rules[2] = (struct route_rule){family, plan->priority + 2, 0, plan->table_nets};
}

static struct route route_of(const struct warden *warden, uint32_t table, struct prefix net,
                             bool reachable)
{
    struct route route = {.net = net, .table = table, .metric = PLAN_METRIC_UNREACHABLE};
    if (reachable) {
        route.ifindex = warden->tun_ifindex;
        route.metric = PLAN_METRIC;
        if (warden->plan.source.family == net.addr.family)
            route.source = warden->plan.source;
    }
    return route;
}

/* Unreachable below, the TUN above. An inside address that has gone meanwhile is no source. */
static enum rc lead(struct warden *warden, uint32_t table, struct prefix net)
{
    struct route below = route_of(warden, table, net, false);
    struct route above = route_of(warden, table, net, true);
    enum rc rc = route_add(&warden->netlink, &below);
    if (rc == RC_OK)
        rc = route_add(&warden->netlink, &above);
    if (rc != RC_OK && errno == EINVAL && above.source.family != ADDR_NONE) {
        above.source.family = ADDR_NONE;
        rc = route_add(&warden->netlink, &above);
    }
    return rc;
}

static enum rc set_device(struct warden *warden)
{
    char path[128];
    const char *tun = warden->plan.tun;
    warden->tun_ifindex = netdev_index(tun);
    /* No address of its own, so no neighbour discovery into the tunnel. Not there: no IPv6. */
    snprintf(path, sizeof path, "net/ipv6/conf/%s/addr_gen_mode", tun);
    if (netdev_sysctl_set(path, "1") != RC_OK)
        log_line(&warden->log, LEVEL_DEBUG, "%s is not there", path);
    /* Packets of a static entry come out of the TUN, but an unmarked look back along their way
     * finds the default route: the strict reverse path filter drops every one, whatever we set,
     * when conf.all asks for it. Loose is the greatest value and wins; it passes them on a device
     * that has some address, and the one it gets is IPv4's dummy (RFC 7600, 4.8). The data path has
     * checked every inner source against its SA already. */
    snprintf(path, sizeof path, "net/ipv4/conf/%s/rp_filter", tun);
    if (netdev_sysctl_set(path, "2") != RC_OK)
        return failed(warden, path);
    if (netdev_add_dummy(&warden->netlink, warden->tun_ifindex, addr_v4(DUMMY_ADDRESS)) != RC_OK)
        return failed(warden, "address of the TUN");
    if (netdev_up(&warden->netlink, warden->tun_ifindex, PLAN_MTU, PLAN_QUEUE_PACKETS) != RC_OK)
        return failed(warden, tun);
    return RC_OK;
}

static void check_forwarding(struct warden *warden)
{
    long on = 0;
    if (netdev_sysctl_get("net/ipv4/ip_forward", &on) == RC_OK && on == 0)
        log_line(&warden->log, LEVEL_WARNING,
                 "forwarding is off, so only this machine itself reaches the tunnels: "
                 "sysctl -w net.ipv4.ip_forward=1");
}

/* -- nets that key has asked for -------------------------------------------------------------- */

static bool inside(struct prefix outer, struct prefix inner)
{
    return outer.len <= inner.len && prefix_contains(outer, inner.addr);
}

static struct warden_net *find_net(struct warden *warden, struct prefix net)
{
    for (size_t i = 0; i < warden->net_count; i++)
        if (prefix_equal(warden->nets[i].net, net))
            return &warden->nets[i];
    return NULL;
}

static struct warden_net *add_net(struct warden *warden, struct prefix net)
{
    struct warden_net *known = find_net(warden, net);
    if (known || warden->net_count == WARDEN_ROUTES)
        return known;
    /* Capacity doubles: full at every power of two. */
    if ((warden->net_count & (warden->net_count - 1)) == 0) {
        size_t capacity = warden->net_count ? warden->net_count * 2 : 1;
        struct warden_net *grown = realloc(warden->nets, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        warden->nets = grown;
    }
    struct warden_net *added = &warden->nets[warden->net_count++];
    *added = (struct warden_net){.net = net};
    return added;
}

static bool pool_net(const struct warden *warden, struct prefix net)
{
    for (size_t i = 0; i < warden->plan.pool_count; i++)
        if (inside(warden->plan.pools[i], net))
            return true;
    return false;
}

/* The rules for tunnels come before the main table, so a net on a link of a device that no
 * configuration names (the one for management, say) would be taken away, too. */
static bool allowed(struct warden *warden, struct prefix net, const char **why)
{
    bool in_use = true;
    if (route_plan_allows(&warden->plan, net, why) != RC_OK)
        return false;
    if (pool_net(warden, net))
        return true;
    if (netdev_net_in_use(&warden->netlink, net, &in_use) == RC_OK && !in_use)
        return true;
    *why = "it overlaps a net of an interface of this machine";
    return false;
}

/* -- what an instance that died has left ------------------------------------------------------- */

static void closed_for_good(void *context, struct prefix net)
{
    (void)context;
    (void)net;
}

static void left_closed(void *context, struct prefix net)
{
    struct warden *warden = context;
    if (!pool_net(warden, net))
        (void)add_net(warden, net); /* one too many stays closed without our knowing it */
}

/* A net that the machine has a use of its own for by now is given back, and one that a mark keeps
 * from leaving in clear. */
static void give_back(struct warden *warden)
{
    size_t kept = 0;
    for (size_t i = 0; i < warden->net_count; i++) {
        struct warden_net left = warden->nets[i];
        struct route below = route_of(warden, warden->plan.table_nets, left.net, false);
        const char *why;
        if ((allowed(warden, left.net, &why) && !route_plan_marks(&warden->plan, left.net)) ||
            route_delete(&warden->netlink, &below) != RC_OK)
            warden->nets[kept++] = left;
    }
    warden->net_count = kept;
    if (kept)
        log_line(&warden->log, LEVEL_NOTICE,
                 "%zu nets of former tunnels stay closed until a tunnel leads there", kept);
}

/* Nothing leads into the device, but what was closed stays so: hosts go on sending to the nets of
 * branches that are not back yet, and none of it may leave in clear. */
static enum rc close_tables(struct warden *warden)
{
    const struct route_plan *plan = &warden->plan;
    for (size_t i = 0; i < FAMILIES; i++)
        if (route_flush_open(&warden->netlink, families[i], plan->table_nets, left_closed,
                             warden) != RC_OK ||
            route_flush_open(&warden->netlink, families[i], plan->table_protect, closed_for_good,
                             NULL) != RC_OK)
            return failed(warden, "routing tables");
    give_back(warden);
    return RC_OK;
}

/* -- the plan ---------------------------------------------------------------------------------- */

static enum rc fill_tables(struct warden *warden)
{
    const struct route_plan *plan = &warden->plan;
    for (size_t i = 0; i < FAMILIES; i++) {
        struct prefix everything = {.addr.family = families[i]};
        if (lead(warden, plan->table_protect, everything) != RC_OK && families[i] == ADDR_V4)
            return failed(warden, "route for protected packets");
    }
    for (size_t i = 0; i < plan->pool_count; i++)
        if (lead(warden, plan->table_nets, plan->pools[i]) != RC_OK)
            return failed(warden, "route for a pool");
    return RC_OK;
}

static enum rc set_rules(struct warden *warden)
{
    struct route_rule rules[RULES];
    for (size_t i = 0; i < FAMILIES; i++) {
        rules_of(&warden->plan, families[i], rules);
        for (size_t j = 0; j < RULES; j++)
            if (route_rule_add(&warden->netlink, &rules[j]) != RC_OK && families[i] == ADDR_V4)
                return failed(warden, "routing rule");
    }
    return RC_OK;
}

static enum rc set_filter(struct warden *warden)
{
    char error[NFT_ERROR];
    char *text;
    enum rc rc = nft_text(&warden->plan, &text);
    if (rc != RC_OK)
        return rc;
    rc = nft_run(text, error);
    free(text);
    if (rc != RC_OK)
        log_line(&warden->log, LEVEL_ERROR, "the packet filter refuses the rules: %s", error);
    return rc;
}

enum rc warden_net_up(struct warden *warden)
{
    warden->net_touched = true;
    enum rc rc = set_device(warden);
    if (rc == RC_OK)
        rc = close_tables(warden);
    if (rc == RC_OK)
        rc = fill_tables(warden);
    if (rc == RC_OK)
        rc = set_filter(warden);
    if (rc == RC_OK)
        rc = set_rules(warden);
    if (rc == RC_OK)
        rc = warden_dir_record(warden);
    if (rc == RC_OK)
        check_forwarding(warden);
    return rc;
}

/* The routes name a source address, which may be another one now. */
static enum rc lead_again(struct warden *warden)
{
    enum rc rc = fill_tables(warden);
    for (size_t i = 0; i < warden->net_count && rc == RC_OK; i++)
        if (warden->nets[i].live)
            rc = lead(warden, warden->plan.table_nets, warden->nets[i].net);
    return rc;
}

void warden_net_refresh(struct warden *warden)
{
    struct route_plan plan;
    enum rc rc = route_plan_make(warden->config, warden->interfaces, warden->interface_count,
                                 warden->plan.tun, warden->plan.instance, &plan);
    if (rc == RC_OK) {
        route_plan_wipe(&warden->plan);
        warden->plan = plan;
        rc = set_filter(warden);
    }
    if (rc == RC_OK)
        rc = lead_again(warden);
    if (rc != RC_OK)
        log_line(&warden->log, LEVEL_ERROR,
                 "the routing of protected nets does not follow the new addresses: %s",
                 rc_text(rc));
}

static void refuse(struct warden *warden, struct prefix net, const char *why)
{
    char text[PREFIX_TEXT];
    log_line(&warden->log, LEVEL_WARNING, "no route to %s into the tunnel: %s",
             prefix_format(net, text), why);
}

/* What was a pool and is none: it goes the machine's own way again. */
static void give_up_pools(struct warden *warden, const struct route_plan *former)
{
    for (size_t i = 0; i < former->pool_count; i++) {
        struct prefix net = former->pools[i];
        struct route above = route_of(warden, warden->plan.table_nets, net, true);
        struct route below = route_of(warden, warden->plan.table_nets, net, false);
        bool still = false;
        for (size_t k = 0; k < warden->plan.pool_count; k++)
            still = still || prefix_equal(warden->plan.pools[k], net);
        if (!still && (route_delete(&warden->netlink, &above) != RC_OK ||
                       route_delete(&warden->netlink, &below) != RC_OK))
            refuse(warden, net, "its pool is gone, but its route stays");
    }
}

enum rc warden_net_change(struct warden *warden, const struct route_plan *former)
{
    enum rc rc = lead_again(warden);
    if (rc == RC_OK)
        rc = set_filter(warden);
    if (rc == RC_OK)
        give_up_pools(warden, former);
    return rc;
}

void warden_net_down(struct warden *warden)
{
    const struct route_plan *plan = &warden->plan;
    struct route_rule rules[RULES];
    char text[128], error[NFT_ERROR];
    for (size_t i = 0; i < FAMILIES; i++) {
        rules_of(plan, families[i], rules);
        for (size_t j = 0; j < RULES; j++)
            if (route_rule_delete(&warden->netlink, &rules[j]) != RC_OK && families[i] == ADDR_V4)
                log_line(&warden->log, LEVEL_WARNING, "routing rule %u stays: %s",
                         rules[j].priority, strerror(errno));
        if (route_flush(&warden->netlink, families[i], plan->table_nets) != RC_OK ||
            route_flush(&warden->netlink, families[i], plan->table_protect) != RC_OK)
            log_line(&warden->log, LEVEL_WARNING, "routes of tables %u and %u stay: %s",
                     plan->table_nets, plan->table_protect, strerror(errno));
    }
    nft_text_down(plan, text, sizeof text);
    if (nft_run(text, error) != RC_OK)
        log_line(&warden->log, LEVEL_WARNING, "the packet filter keeps its rules: %s", error);
    if (warden->tun_fd >= 0 && netdev_tun_release(warden->tun_fd) != RC_OK)
        log_line(&warden->log, LEVEL_WARNING, "%s stays: %s", plan->tun, strerror(errno));
}

/* What is left of an earlier tunnel would win over a wider net by its longer mask. */
static void drop_stale_inside(struct warden *warden, struct prefix net)
{
    size_t kept = 0;
    for (size_t i = 0; i < warden->net_count; i++) {
        struct warden_net *old = &warden->nets[i];
        struct route below = route_of(warden, warden->plan.table_nets, old->net, false);
        bool stale = !old->live && inside(net, old->net);
        if (!stale || route_delete(&warden->netlink, &below) != RC_OK)
            warden->nets[kept++] = *old;
    }
    warden->net_count = kept;
}

static void begin_net(struct warden *warden, struct prefix net)
{
    drop_stale_inside(warden, net);
    struct warden_net *entry = add_net(warden, net);
    if (!entry) {
        refuse(warden, net, "too many routes");
        return;
    }
    if (lead(warden, warden->plan.table_nets, net) != RC_OK)
        refuse(warden, net, strerror(errno));
    else
        entry->live = true;
}

static void end_net(struct warden *warden, struct prefix net)
{
    struct route above = route_of(warden, warden->plan.table_nets, net, true);
    struct route below = route_of(warden, warden->plan.table_nets, net, false);
    struct warden_net *entry = find_net(warden, net);
    if (!entry || !entry->live)
        return;
    if (route_delete(&warden->netlink, &above) != RC_OK)
        refuse(warden, net, strerror(errno));
    entry->live = false;
    /* A local program must be able to send what brings the tunnel up again. */
    if (route_plan_marks(&warden->plan, net) && route_delete(&warden->netlink, &below) == RC_OK)
        *entry = warden->nets[--warden->net_count];
}

enum rc warden_net_route(struct warden *warden, const struct child_route *route)
{
    const char *why;
    if (route->tun != 0)
        return RC_DENIED; /* key was told which there are */
    /* What was led there ends there, whatever the addresses of interfaces are by now. */
    if (!route->add) {
        end_net(warden, route->net);
        return RC_OK;
    }
    if (!allowed(warden, route->net, &why))
        refuse(warden, route->net, why);
    else if (!pool_net(warden, route->net)) /* those are led there for good */
        begin_net(warden, route->net);
    return RC_OK;
}
