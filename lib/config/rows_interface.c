/* Interfaces, address pools and routes. Addresses and routes are the system's business: they are
 * read so that the hub can say when the two disagree. */
#include "config/apply.h"
#include "config/interface_name.h"
#include "config/printer.h"

#include <string.h>

#define NOT_YET "not supported yet"

static enum rc apply_interface(struct apply *apply)
{
    struct draft *draft = apply->draft;
    char name[INTERFACE_NAME];
    const struct word *word = match_word(apply->match, "INTERFACE", 0);
    if (!word)
        return apply_error(apply, NULL, "the name of the interface is missing");
    interface_name(word->text, apply_text(apply, "UNIT", 0), name);
    if (strncmp(name, "Tunnel", 6) == 0)
        return apply_error(apply, word, "tunnel interfaces are " NOT_YET);
    if (apply->negated) {
        draft_remove(&draft->interfaces, draft_find(&draft->interfaces, name));
        return RC_OK;
    }
    struct draft_interface *interface =
        draft_find_or_append(draft, &draft->interfaces, name, sizeof *interface);
    if (!interface)
        return RC_NO_MEMORY;
    if (!interface->body.line)
        interface->body.line = apply->head->line;
    draft->object = interface;
    return RC_OK;
}

static enum rc apply_ip_address(struct apply *apply)
{
    struct config_interface *interface = &((struct draft_interface *)apply->object)->body;
    const char *address = apply_text(apply, "ADDR", 0), *mask = apply_text(apply, "MASK", 0);
    struct addr addr = {.family = ADDR_NONE};
    struct prefix net = {.addr = addr};
    if (!apply->negated) {
        if (addr_parse(address, &addr) != RC_OK || argument_prefix(address, mask, &net) != RC_OK)
            return apply_error(apply, NULL, "this is not an address and mask");
        net.addr = addr; /* as written: config.h */
    }
    interface->address = addr;
    interface->net = net;
    interface->dhcp = false;
    return RC_OK;
}

static enum rc apply_dhcp(struct apply *apply)
{
    struct config_interface *interface = &((struct draft_interface *)apply->object)->body;
    interface->dhcp = !apply->negated;
    interface->address = (struct addr){.family = ADDR_NONE};
    interface->net = (struct prefix){.addr = interface->address};
    return RC_OK;
}

static void print_interfaces(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    for (size_t i = 0; i < config->interface_count; i++) {
        printer_line(printer, "interface %s", config->interfaces[i].name);
        printer_submode(printer, MODE_INTERFACE, &config->interfaces[i]);
    }
}

static void print_ip_address(struct printer *printer, const struct row *row, const void *object)
{
    const struct config_interface *interface = object;
    char text[SELECTOR_TEXT];
    (void)row;
    if (interface->dhcp)
        printer_line(printer, "  ip address dhcp");
    else if (interface->net.addr.family != ADDR_NONE)
        printer_line(printer, "  ip address %s", printer_masked(interface->net, text));
}

static enum rc apply_pool(struct apply *apply)
{
    struct draft *draft = apply->draft;
    const char *name = apply_text(apply, "POOL", 0);
    const struct word *first = match_word(apply->match, "ADDR", 0);
    const struct word *last = match_word(apply->match, "ADDR", 1);
    struct pool_range range = {.line = apply->head->line};
    if (!name)
        return apply_error(apply, NULL, "the name of the pool is missing");
    if (apply->negated && !first) {
        draft_remove(&draft->pools, draft_find(&draft->pools, name));
        return RC_OK;
    }
    if (addr_parse(first->text, &range.first) != RC_OK ||
        addr_parse(last ? last->text : first->text, &range.last) != RC_OK)
        return apply_error(apply, first, "this is not an address");
    if (addr_compare(range.first, range.last) > 0)
        return apply_error(apply, last, "the range ends before it begins");
    struct draft_pool *pool = draft_find_or_append(draft, &draft->pools, name, sizeof *pool);
    if (!pool)
        return RC_NO_MEMORY;
    if (!pool->body.line)
        pool->body.line = apply->head->line;
    for (size_t i = pool->ranges.count; apply->negated && i-- > 0;) {
        const struct pool_range *known = pool->ranges.at[i];
        if (addr_equal(known->first, range.first) && addr_equal(known->last, range.last))
            draft_remove(&pool->ranges, known);
    }
    if (apply->negated) {
        if (pool->ranges.count == 0)
            draft_remove(&draft->pools, pool);
        return RC_OK;
    }
    struct pool_range *kept = draft_append(draft, &pool->ranges, sizeof *kept);
    if (!kept)
        return RC_NO_MEMORY;
    *kept = range;
    return RC_OK;
}

static void print_pools(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    char first[ADDR_TEXT], last[ADDR_TEXT];
    (void)row;
    for (size_t i = 0; i < config->pool_count; i++) {
        const struct pool *pool = &config->pools[i];
        for (size_t k = 0; k < pool->range_count && !pool->of_users; k++)
            printer_line(printer, "ip local pool %s %s %s", pool->name,
                         addr_format(pool->ranges[k].first, first),
                         addr_format(pool->ranges[k].last, last));
    }
}

static bool same_route(const struct config_route *a, const struct config_route *b)
{
    bool named = a->interface && b->interface;
    return prefix_equal(a->destination, b->destination) && addr_equal(a->next_hop, b->next_hop) &&
           !a->interface == !b->interface && (!named || strcmp(a->interface, b->interface) == 0);
}

static enum rc read_route(const struct apply *apply, struct config_route *out)
{
    const char *destination = apply_text(apply, "ADDR", 0), *mask = apply_text(apply, "MASK", 0);
    const char *hop = apply_text(apply, "ADDR", 1), *device = apply_text(apply, "INTERFACE", 0);
    char name[INTERFACE_NAME];
    *out = (struct config_route){.line = apply->head->line};
    if (!destination || !mask || argument_prefix(destination, mask, &out->destination) != RC_OK)
        return apply_error(apply, NULL, "say which route: network, mask and next hop");
    if (hop && addr_parse(hop, &out->next_hop) != RC_OK)
        return apply_error(apply, NULL, "the next hop is not an address");
    if (device) {
        interface_name(device, apply_text(apply, "UNIT", 0), name);
        out->interface = draft_text(apply->draft, name);
        if (!out->interface)
            return RC_NO_MEMORY;
    }
    return RC_OK;
}

static enum rc apply_route(struct apply *apply)
{
    struct items *routes = &apply->draft->routes;
    struct config_route route;
    enum rc rc = read_route(apply, &route);
    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i < routes->count; i++) {
        const struct config_route *known = routes->at[i];
        if (!same_route(known, &route))
            continue;
        if (apply->negated)
            draft_remove(routes, known);
        return RC_OK;
    }
    if (apply->negated)
        return apply_error(apply, NULL, "there is no such route to remove");
    struct config_route *kept = draft_append(apply->draft, routes, sizeof *kept);
    if (!kept)
        return RC_NO_MEMORY;
    *kept = route;
    return RC_OK;
}

static void print_routes(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    char destination[SELECTOR_TEXT], hop[ADDR_TEXT];
    (void)row;
    for (size_t i = 0; i < config->route_count; i++) {
        const struct config_route *route = &config->routes[i];
        bool has_hop = route->next_hop.family != ADDR_NONE;
        printer_line(printer, "ip route %s%s%s%s%s",
                     printer_masked(route->destination, destination), route->interface ? " " : "",
                     route->interface ? route->interface : "", has_hop ? " " : "",
                     has_hop ? addr_format(route->next_hop, hop) : "");
    }
}

const struct row rows_interface[] = {
    {.mode = MODE_GLOBAL,
     .syntax = "ip local pool POOL ADDR [ADDR]",
     .help = "Addresses for clients; several lines add up",
     .apply = apply_pool,
     .print = print_pools},
    {.mode = MODE_GLOBAL,
     .syntax = "interface INTERFACE [UNIT] [point-to-point | multipoint]",
     .help = "An interface; \"hubward interface\" or --map says which one on this system",
     .apply = apply_interface,
     .print = print_interfaces,
     .opens = MODE_INTERFACE},
    {.mode = MODE_GLOBAL,
     .syntax = "interface range REST",
     .help = "Several interfaces at once",
     .opens = MODE_FOREIGN},
    {.mode = MODE_INTERFACE,
     .syntax = "description LINE",
     .help = "A remark",
     .apply = apply_string,
     .print = print_string,
     .field = offsetof(struct draft_interface, body.description),
     .shown = offsetof(struct config_interface, description)},
    {.mode = MODE_INTERFACE,
     .syntax = "ip address ADDR MASK",
     .help = "The address that the system gives this interface",
     .apply = apply_ip_address,
     .print = print_ip_address},
    {.mode = MODE_INTERFACE,
     .syntax = "ip address dhcp [REST]",
     .help = "The address comes by DHCP",
     .apply = apply_dhcp},
    {.mode = MODE_INTERFACE,
     .syntax = "ip address ADDR MASK secondary",
     .help = "A further address"},
    {.mode = MODE_INTERFACE,
     .syntax = "ip address {negotiated | pool} [REST]",
     .help = "The address comes from the line"},
    {.mode = MODE_INTERFACE,
     .syntax = "shutdown",
     .help = "The interface is not used",
     .apply = apply_flag,
     .print = print_flag,
     .field = offsetof(struct draft_interface, body.shutdown),
     .shown = offsetof(struct config_interface, shutdown)},
    {.mode = MODE_INTERFACE,
     .syntax = "crypto map MAP",
     .help = "Traffic through this interface is protected by this map",
     .apply = apply_reference,
     .print = print_named,
     .field = offsetof(struct draft_interface, map),
     .shown = offsetof(struct config_interface, map)},
    {.mode = MODE_INTERFACE,
     .syntax = "crypto map MAP redundancy REST",
     .help = "A map that two routers share",
     .refuse = NOT_YET},
    {.mode = MODE_INTERFACE,
     .syntax = "ip vrf forwarding REST",
     .help = "Put the interface into a VRF",
     .refuse = "VRFs are not supported: run one hub per VRF"},
    {.mode = MODE_INTERFACE,
     .syntax = "vrf forwarding REST",
     .help = "Put the interface into a VRF",
     .refuse = "VRFs are not supported: run one hub per VRF"},
    {.mode = MODE_GLOBAL,
     .syntax = "ip route ADDR MASK dhcp [REST]",
     .help = "A route by way of the DHCP server's router"},
    {.mode = MODE_GLOBAL,
     .syntax = "ip route ADDR MASK {ADDR | INTERFACE [UNIT] [ADDR]} [REST]",
     .help = "A route that the system is expected to have",
     .apply = apply_route,
     .print = print_routes},
    {.mode = MODE_GLOBAL,
     .syntax = "ip route vrf REST",
     .help = "A route in a VRF",
     .refuse = "VRFs are not supported: run one hub per VRF"},
    {.syntax = NULL},
};
