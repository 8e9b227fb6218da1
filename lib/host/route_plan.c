/* The plan: a walk over what is applied to interfaces. */
#include "host/route_plan.h"

#include <stdio.h>
#include <string.h>

void route_plan_name(struct route_plan *plan, const char *tun, uint32_t instance)
{
    plan->instance = instance;
    snprintf(plan->tun, sizeof plan->tun, "%s", tun);
    snprintf(plan->nft_table, sizeof plan->nft_table, "hubward%u", instance);
    plan->table_nets = PLAN_TABLES + 2 * instance;
    plan->table_protect = plan->table_nets + 1;
    plan->priority = PLAN_PRIORITY + PLAN_PRIORITIES * instance;
    plan->mark_bypass = PLAN_MARK_BYPASS + instance;
    plan->mark_protect = PLAN_MARK_PROTECT + instance;
}

static enum rc add_prefix(struct arena *arena, struct prefix **list, size_t *count,
                          struct prefix prefix)
{
    for (size_t i = 0; i < *count; i++)
        if (prefix_equal((*list)[i], prefix))
            return RC_OK;
    struct prefix *grown = arena_grow(arena, *list, *count, sizeof **list);
    if (!grown)
        return RC_NO_MEMORY;
    *list = grown;
    grown[(*count)++] = prefix;
    return RC_OK;
}

static enum rc add_acl(struct route_plan *plan, const struct acl *acl)
{
    for (size_t i = 0; i < plan->acl_count; i++)
        if (plan->acls[i] == acl)
            return RC_OK;
    const struct acl **grown =
        arena_grow(&plan->arena, plan->acls, plan->acl_count, sizeof *plan->acls);
    if (!grown)
        return RC_NO_MEMORY;
    plan->acls = grown;
    grown[plan->acl_count++] = acl;
    return RC_OK;
}

static enum rc add_peers(struct route_plan *plan, const struct map_entry *entry)
{
    for (size_t i = 0; i < entry->peer_count; i++) {
        if (entry->peers[i].host)
            continue; /* its addresses nobody knows yet; outer packets go by their mark anyhow */
        struct addr *grown =
            arena_grow(&plan->arena, plan->peers, plan->peer_count, sizeof *plan->peers);
        if (!grown)
            return RC_NO_MEMORY;
        plan->peers = grown;
        grown[plan->peer_count++] = entry->peers[i].addr;
    }
    return RC_OK;
}

static enum rc add_entry(struct route_plan *plan, const struct map_entry *entry, bool template)
{
    enum rc rc = add_peers(plan, entry);
    if (rc == RC_OK && entry->match)
        rc = add_acl(plan, entry->match);
    if (template && !entry->match)
        plan->any_net = true;
    return rc;
}

static enum rc add_map(struct route_plan *plan, const struct crypto_map *map)
{
    enum rc rc = RC_OK;
    for (size_t i = 0; i < map->entry_count && rc == RC_OK; i++) {
        const struct map_entry *entry = &map->entries[i];
        const struct dynamic_map *dynamic = entry->dynamic;
        if (!dynamic)
            rc = add_entry(plan, entry, false);
        for (size_t j = 0; dynamic && j < dynamic->entry_count && rc == RC_OK; j++)
            rc = add_entry(plan, &dynamic->entries[j], true);
    }
    return rc;
}

static enum rc add_outside(struct route_plan *plan, const struct plan_interface *interface)
{
    enum rc rc = add_map(plan, interface->config->map);
    if (rc != RC_OK || !interface->linux_name[0])
        return rc;
    const char **grown =
        arena_grow(&plan->arena, plan->outside, plan->outside_count, sizeof *plan->outside);
    char *name = arena_strdup(&plan->arena, interface->linux_name);
    if (!grown || !name)
        return RC_NO_MEMORY;
    plan->outside = grown;
    grown[plan->outside_count++] = name;
    return RC_OK;
}

/* The nets of an interface: as configured, and as Linux has it when that differs. */
static enum rc add_nets(struct route_plan *plan, const struct plan_interface *interface)
{
    struct prefix nets[2] = {interface->config->net,
                             prefix_of(interface->addr, interface->prefix_len)};
    enum rc rc = RC_OK;
    for (size_t i = 0; i < 2 && rc == RC_OK; i++) {
        struct prefix net = prefix_of(nets[i].addr, nets[i].len);
        if (net.addr.family == ADDR_NONE)
            continue;
        rc = add_prefix(&plan->arena, &plan->own, &plan->own_count, net);
        if (rc == RC_OK && !interface->config->map)
            rc = add_prefix(&plan->arena, &plan->inside, &plan->inside_count, net);
    }
    return rc;
}

static enum rc add_interface(struct route_plan *plan, const struct plan_interface *interface)
{
    if (interface->config->shutdown)
        return RC_OK;
    enum rc rc = add_nets(plan, interface);
    if (rc == RC_OK && interface->config->map)
        rc = add_outside(plan, interface);
    if (!interface->config->map && plan->source.family == ADDR_NONE)
        plan->source = interface->addr;
    return rc;
}

/* Bits of addr that are zero at its end: how large a prefix may begin there. */
static unsigned zero_bits(struct addr addr)
{
    unsigned bits = 0;
    for (size_t i = addr_len(addr.family); i > 0; i--) {
        uint8_t octet = addr.bytes[i - 1];
        if (octet)
            return bits + (unsigned)__builtin_ctz(octet);
        bits += 8;
    }
    return bits;
}

size_t route_plan_range(struct addr first, struct addr last, struct prefix *out, size_t max)
{
    unsigned most = (unsigned)addr_len(first.family) * 8;
    size_t count = 0;
    while (count < max && most > 0 && addr_compare(first, last) <= 0) {
        unsigned bits = zero_bits(first);
        struct prefix prefix = prefix_of(first, (uint8_t)(most - bits));
        while (addr_compare(prefix_last(prefix), last) > 0)
            prefix = prefix_of(first, (uint8_t)(prefix.len + 1));
        out[count++] = prefix;
        struct addr next = addr_add(prefix_last(prefix), 1);
        if (addr_compare(next, first) <= 0)
            break; /* wrapped past the last address there is */
        first = next;
    }
    return count;
}

static enum rc add_pools(struct route_plan *plan)
{
    struct prefix parts[PLAN_RANGE_PREFIXES];
    for (size_t i = 0; i < plan->config->pool_count; i++) {
        const struct pool *pool = &plan->config->pools[i];
        for (size_t j = 0; j < pool->range_count; j++) {
            const struct pool_range *range = &pool->ranges[j];
            size_t n = route_plan_range(range->first, range->last, parts, PLAN_RANGE_PREFIXES);
            for (size_t k = 0; k < n; k++)
                if (add_prefix(&plan->arena, &plan->pools, &plan->pool_count, parts[k]) != RC_OK)
                    return RC_NO_MEMORY;
        }
    }
    return RC_OK;
}

/* Calls visit for each line that a static entry of an applied map permits, until one is not RC_OK.
 */
static enum rc each_line(struct route_plan *plan,
                         enum rc (*visit)(struct route_plan *plan, const struct map_entry *entry,
                                          const struct acl_entry *line, void *context),
                         void *context)
{
    for (size_t i = 0; i < plan->config->interface_count; i++) {
        const struct config_interface *interface = &plan->config->interfaces[i];
        const struct crypto_map *map = interface->shutdown ? NULL : interface->map;
        for (size_t k = 0; map && k < map->entry_count; k++) {
            const struct acl *acl = map->entries[k].dynamic ? NULL : map->entries[k].match;
            for (size_t n = 0; acl && n < acl->entry_count; n++) {
                enum rc rc = acl->entries[n].permit
                                 ? visit(plan, &map->entries[k], &acl->entries[n], context)
                                 : RC_OK;
                if (rc != RC_OK)
                    return rc;
            }
        }
    }
    return RC_OK;
}

static enum rc marks(struct route_plan *plan, const struct map_entry *entry,
                     const struct acl_entry *line, void *context)
{
    const struct selector *wanted = context;
    struct selector far = {.first = line->destination.first, .last = line->destination.last};
    (void)plan;
    (void)entry;
    return selector_contains(&far, wanted) ? RC_EXISTS : RC_OK;
}

bool route_plan_marks(const struct route_plan *plan, struct prefix net)
{
    struct selector wanted = selector_of_prefix(net);
    struct route_plan *same = (struct route_plan *)(uintptr_t)plan; /* which is not changed */
    return each_line(same, marks, &wanted) == RC_EXISTS;
}

struct fixed {
    struct prefix *nets;
    size_t count;
};

static enum rc note_fixed(struct route_plan *plan, const struct map_entry *entry,
                          const struct acl_entry *line, void *context)
{
    struct fixed *fixed = context;
    struct prefix net;
    const char *why;
    /* Everything, and what belongs to the machine, is led by the mark alone. */
    if (!entry->reverse.on || !entry->reverse.fixed || !selector_prefix(&line->destination, &net) ||
        route_plan_allows(plan, net, &why) != RC_OK)
        return RC_OK;
    return add_prefix(&plan->arena, &fixed->nets, &fixed->count, net);
}

static enum rc add_fixed(struct route_plan *plan)
{
    struct fixed fixed = {NULL, 0};
    enum rc rc = each_line(plan, note_fixed, &fixed);
    for (size_t i = 0; i < fixed.count && rc == RC_OK; i++)
        rc = add_prefix(&plan->arena, &plan->pools, &plan->pool_count, fixed.nets[i]);
    return rc;
}

enum rc route_plan_make(const struct config *config, const struct plan_interface *interfaces,
                        size_t count, const char *tun, uint32_t instance, struct route_plan *out)
{
    struct route_plan plan = {.config = config};
    route_plan_name(&plan, tun, instance);
    enum rc rc = RC_OK;
    for (size_t i = 0; i < count && rc == RC_OK; i++)
        rc = add_interface(&plan, &interfaces[i]);
    if (rc == RC_OK)
        rc = add_pools(&plan);
    if (rc == RC_OK)
        rc = add_fixed(&plan);
    if (rc == RC_OK)
        *out = plan;
    else
        arena_wipe(&plan.arena);
    return rc;
}

void route_plan_wipe(struct route_plan *plan)
{
    arena_wipe(&plan->arena);
    *plan = (struct route_plan){0};
}

static bool overlap(struct prefix a, struct prefix b)
{
    return a.len <= b.len ? prefix_contains(a, b.addr) : prefix_contains(b, a.addr);
}

static bool in_pools(const struct route_plan *plan, struct prefix net)
{
    for (size_t i = 0; i < plan->config->pool_count; i++) {
        const struct pool *pool = &plan->config->pools[i];
        for (size_t j = 0; j < pool->range_count; j++) {
            struct selector range = {.first = pool->ranges[j].first, .last = pool->ranges[j].last};
            struct selector wanted = selector_of_prefix(net);
            if (selector_contains(&range, &wanted))
                return true;
        }
    }
    return false;
}

static bool overlaps_pools(const struct route_plan *plan, struct prefix net)
{
    for (size_t i = 0; i < plan->pool_count; i++)
        if (overlap(plan->pools[i], net))
            return true;
    return false;
}

static bool overlaps_own(const struct route_plan *plan, struct prefix net)
{
    for (size_t i = 0; i < plan->own_count; i++)
        if (overlap(plan->own[i], net))
            return true;
    return false;
}

/* Next hops are ours too: a peer must not take away our way to the world. */
static bool holds_neighbour(const struct route_plan *plan, struct prefix net)
{
    for (size_t i = 0; i < plan->peer_count; i++)
        if (prefix_contains(net, plan->peers[i]))
            return true;
    for (size_t i = 0; i < plan->config->route_count; i++)
        if (prefix_contains(net, plan->config->routes[i].next_hop))
            return true;
    return false;
}

/* The default route covers everybody and is no claim. */
static bool overlaps_route(const struct route_plan *plan, struct prefix net)
{
    for (size_t i = 0; i < plan->config->route_count; i++) {
        struct prefix destination = plan->config->routes[i].destination;
        if (destination.len > 0 && overlap(destination, net))
            return true;
    }
    return false;
}

/* Loopback, link-local, multicast and reserved addresses: behind no peer there are any (RFC 6890),
 * and rules for them would take away what the machine itself needs. */
static bool overlaps_special(struct prefix net)
{
    static const struct prefix special[] = {
        {{ADDR_V4, {127}}, 8}, {{ADDR_V4, {169, 254}}, 16},   {{ADDR_V4, {224}}, 3},
        {{ADDR_V6, {0}}, 8},   {{ADDR_V6, {0xfe, 0x80}}, 10}, {{ADDR_V6, {0xff}}, 8},
    };
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (overlap(special[i], net))
            return true;
    return false;
}

static bool on_access_list(const struct route_plan *plan, struct prefix net)
{
    struct selector wanted = selector_of_prefix(net);
    for (size_t i = 0; i < plan->acl_count; i++) {
        for (size_t j = 0; j < plan->acls[i]->entry_count; j++) {
            const struct acl_entry *entry = &plan->acls[i]->entries[j];
            struct selector far = {.first = entry->destination.first,
                                   .last = entry->destination.last};
            if (entry->permit && selector_contains(&far, &wanted))
                return true;
        }
    }
    return false;
}

enum rc route_plan_allows(const struct route_plan *plan, struct prefix net, const char **why)
{
    if (net.addr.family == ADDR_NONE || net.len == 0)
        *why = "it is everything";
    else if (addr_is_any(net.addr))
        *why = "it begins at the unspecified address";
    else if (in_pools(plan, net))
        return RC_OK;
    else if (overlaps_own(plan, net))
        *why = "it overlaps a net of an interface";
    else if (overlaps_pools(plan, net))
        *why = "it overlaps a pool";
    else if (holds_neighbour(plan, net))
        *why = "it holds a configured peer or next hop";
    else if (overlaps_special(net))
        *why = "it holds loopback, link-local, multicast or reserved addresses";
    else if (on_access_list(plan, net))
        return RC_OK;
    else if (plan->any_net && overlaps_route(plan, net))
        *why = "it overlaps a configured route";
    else if (plan->any_net)
        return RC_OK;
    else
        *why = "no applied crypto map allows it";
    return RC_DENIED;
}
