/* Addresses that contradict each other, and interfaces that nobody connected. */
#include "config/lint.h"

#include <stdlib.h>

struct placed_range {
    const struct pool_range *range;
    const struct pool *pool;
};

static int compare_ranges(const void *a, const void *b)
{
    const struct pool_range *x = ((const struct placed_range *)a)->range;
    const struct pool_range *y = ((const struct placed_range *)b)->range;
    int order = addr_compare(x->first, y->first);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static void find_pool_overlaps(struct lint *lint)
{
    const struct config *config = lint->config;
    size_t total = 0, count = 0;
    for (size_t i = 0; i < config->pool_count; i++)
        total += config->pools[i].range_count;
    struct placed_range *all = arena_alloc(lint->draft->scratch, total * sizeof *all + 1);
    lint->reporter->no_memory = lint->reporter->no_memory || !all;
    for (size_t i = 0; all && i < config->pool_count; i++)
        for (size_t k = 0; k < config->pools[i].range_count; k++)
            all[count++] = (struct placed_range){&config->pools[i].ranges[k], &config->pools[i]};
    if (count < 2)
        return;
    qsort(all, count, sizeof *all, compare_ranges);
    const struct placed_range *widest = &all[0]; /* of those before: reaches furthest */
    for (size_t i = 1; i < count; i++) {
        if (addr_compare(all[i].range->first, widest->range->last) <= 0)
            lint_found(lint, all[i].range->line, "pool %s overlaps pool %s in line %u",
                       all[i].pool->name, widest->pool->name, widest->range->line);
        if (addr_compare(all[i].range->last, widest->range->last) > 0)
            widest = &all[i];
    }
}

static bool has_net(const struct config_interface *interface)
{
    return interface->net.addr.family != ADDR_NONE;
}

static struct prefix net_of(const struct config_interface *interface)
{
    return prefix_of(interface->net.addr, interface->net.len);
}

static void find_pool_in_net(struct lint *lint)
{
    const struct config *config = lint->config;
    for (size_t i = 0; i < config->pool_count; i++) {
        for (size_t k = 0; k < config->pools[i].range_count; k++) {
            const struct pool_range *range = &config->pools[i].ranges[k];
            for (size_t n = 0; n < config->interface_count; n++) {
                const struct config_interface *interface = &config->interfaces[n];
                struct prefix net = net_of(interface);
                if (has_net(interface) && addr_compare(range->first, prefix_last(net)) <= 0 &&
                    addr_compare(net.addr, range->last) <= 0)
                    lint_found(lint, range->line, "pool %s overlaps the network of %s",
                               config->pools[i].name, interface->name);
            }
        }
    }
}

/* With a DHCP interface the network is not known before the lease. */
static bool is_on_link(const struct config *config, struct addr hop)
{
    for (size_t i = 0; i < config->interface_count; i++) {
        const struct config_interface *interface = &config->interfaces[i];
        if (interface->dhcp || (has_net(interface) && prefix_contains(net_of(interface), hop)))
            return true;
    }
    return false;
}

static void find_off_link(struct lint *lint)
{
    char text[ADDR_TEXT];
    for (size_t i = 0; i < lint->config->route_count; i++) {
        const struct config_route *route = &lint->config->routes[i];
        if (route->next_hop.family != ADDR_NONE && !is_on_link(lint->config, route->next_hop))
            lint_found(lint, route->line, "next hop %s is in the network of no interface",
                       addr_format(route->next_hop, text));
    }
}

static void find_unmapped(struct lint *lint)
{
    for (size_t i = 0; i < lint->config->interface_count; i++) {
        const struct config_interface *interface = &lint->config->interfaces[i];
        if (interface->map && !interface->linux_name && !interface->shutdown)
            lint_found(lint, interface->line, "%s has crypto map %s and no Linux interface",
                       interface->name, interface->map->name);
    }
}

static void find_unused_maps(struct lint *lint)
{
    for (size_t i = 0; i < lint->config->crypto_map_count; i++) {
        const struct crypto_map *map = &lint->config->crypto_maps[i];
        bool used = false;
        for (size_t k = 0; k < lint->config->interface_count; k++)
            used = used || lint->config->interfaces[k].map == map;
        if (!used)
            lint_found(lint, map->line, "crypto map %s is on no interface", map->name);
    }
}

const struct lint_rule lint_network_rules[] = {
    {"pool-overlap", CONFIG_WARNING, "two clients can be given one address", find_pool_overlaps},
    {"pool-in-network", CONFIG_WARNING,
     "a client can be given the address of a host there, and packets go to the wrong one",
     find_pool_in_net},
    {"next-hop", CONFIG_WARNING,
     "a router would not use the route; Hubward leaves routes to the system", find_off_link},
    {"unmapped-interface", CONFIG_WARNING,
     "say which one it is with \"hubward interface\" or --map, or nothing is sent and received",
     find_unmapped},
    {"unused-map", CONFIG_WARNING, "no packet is protected by it, and no peer is answered",
     find_unused_maps},
    {.id = NULL},
};
