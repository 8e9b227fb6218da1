/* Addresses, routes and DHCP are the system's business; here is where the configuration's picture
 * of them is compared with what Linux has, and every difference said. */
#include "role/warden_state.h"

#include "config/weak.h"
#include "host/clock.h"
#include "host/pam_stack.h"
#include "host/route.h"

#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* In the form of the configuration's own findings. */
__attribute__((format(printf, 4, 5))) static void
differ(struct warden *warden, unsigned line, enum event_level level, const char *format, ...)
{
    char text[512], finding[sizeof text + OPTIONS_PATH + 64];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(finding, sizeof finding, "%s:%u:1: %s: %s\n", warden->options.config, line,
             level == LEVEL_NOTICE ? "note" : log_level_name(level), text);
    warden_report(warden, level, finding);
}

static void map_interfaces(struct warden *warden)
{
    const struct config *config = warden->config;
    for (size_t i = 0; i < config->interface_count && warden->interface_count < WARDEN_INTERFACES;
         i++) {
        const struct config_interface *from = &config->interfaces[i];
        struct plan_interface *to = &warden->interfaces[warden->interface_count++];
        *to = (struct plan_interface){.config = from};
        if (from->linux_name)
            snprintf(to->linux_name, sizeof to->linux_name, "%s", from->linux_name);
        else if (strlen(from->name) < sizeof to->linux_name && netdev_index(from->name))
            snprintf(to->linux_name, sizeof to->linux_name, "%s", from->name);
    }
}

/* As Linux has it now. */
static void look(struct warden *warden, struct plan_interface *interface)
{
    struct netdev_address address = {.addr = {.family = ADDR_NONE}};
    interface->ifindex = interface->linux_name[0] ? netdev_index(interface->linux_name) : 0;
    if (interface->ifindex &&
        netdev_address(&warden->netlink, interface->ifindex, interface->config->address, ADDR_V4,
                       &address) != RC_OK)
        address.addr.family = ADDR_NONE;
    interface->addr = address.addr;
    interface->prefix_len = address.len;
}

static void compare_address(struct warden *warden, const struct plan_interface *interface)
{
    const struct config_interface *config = interface->config;
    char wanted[ADDR_TEXT], found[ADDR_TEXT];
    if (config->dhcp && interface->addr.family == ADDR_NONE) {
        differ(warden, config->line, LEVEL_NOTICE, "%s (%s) has no address yet; waiting for DHCP",
               config->name, interface->linux_name);
        return;
    }
    if (config->dhcp || config->address.family == ADDR_NONE)
        return;
    addr_format(config->address, wanted);
    addr_format(interface->addr, found);
    if (interface->addr.family == ADDR_NONE)
        differ(warden, config->line, LEVEL_WARNING, "%s is %s/%u here, but %s has no address",
               config->name, wanted, config->net.len, interface->linux_name);
    else if (!addr_equal(config->address, interface->addr) ||
             config->net.len != interface->prefix_len)
        differ(warden, config->line, LEVEL_WARNING,
               "%s is %s/%u here, but Linux has %s/%u on %s; Linux's counts", config->name, wanted,
               config->net.len, found, interface->prefix_len, interface->linux_name);
}

/* RC_MALFORMED: nothing could ever be sent or received there. */
static enum rc compare_interface(struct warden *warden, const struct plan_interface *interface)
{
    const struct config_interface *config = interface->config;
    bool check = warden->options.action == OPTIONS_CHECK;
    if (config->shutdown)
        return RC_OK;
    if (interface->linux_name[0] && !interface->ifindex)
        differ(warden, config->line, LEVEL_WARNING,
               "%s is mapped to %s, which does not exist; waiting for it", config->name,
               interface->linux_name);
    else if (interface->linux_name[0])
        compare_address(warden, interface);
    else if (config->map && !check)
        differ(warden, config->line, LEVEL_ERROR,
               "%s has a crypto map and no Linux interface: add \"hubward interface %s LINUX\" or "
               "--map %s=LINUX",
               config->name, config->name, config->name);
    return !interface->linux_name[0] && config->map && !check ? RC_MALFORMED : RC_OK;
}

static void compare_route(struct warden *warden, const struct config_route *route)
{
    struct route_found found;
    char net[PREFIX_TEXT], wanted[ADDR_TEXT], got[ADDR_TEXT];
    if (route->next_hop.family == ADDR_NONE)
        return;
    prefix_format(route->destination, net);
    addr_format(route->next_hop, wanted);
    enum rc rc = route_find(&warden->netlink, route->destination, &found);
    if (rc == RC_NOT_FOUND)
        differ(warden, route->line, LEVEL_WARNING,
               "Linux has no route to %s; here it is by way of %s", net, wanted);
    else if (rc == RC_OK && !addr_equal(found.gateway, route->next_hop))
        differ(warden, route->line, LEVEL_WARNING,
               "the route to %s is by way of %s here, but %s in Linux; Linux's counts", net, wanted,
               found.gateway.family == ADDR_NONE ? "on the link" : addr_format(found.gateway, got));
}

struct advised {
    struct warden *warden;
    const struct aaa_list *list;
};

static void advise(void *context, const char *sentence)
{
    const struct advised *advised = context;
    differ(advised->warden, advised->list->line, LEVEL_WARNING, "list %s: %s", advised->list->name,
           sentence);
}

/* The files may still change: PAM reads them at each login. */
static void look_at_service(struct warden *warden, const struct aaa_list *list)
{
    struct advised advised = {warden, list};
    for (size_t i = 0; i < list->step_count; i++)
        if (list->steps[i].method == AAA_PAM)
            pam_stack_advise(pam_stack_places, list->steps[i].pam_service, list->steps[i].pam_root,
                             getgrnam("shadow") != NULL, advise, &advised);
}

static void look_at_day(struct warden *warden, enum weak_kind kind, const struct weak_end *end)
{
    const uint32_t today = clock_day();
    char date[WEAK_DATE];
    weak_day_format(end->day, date);
    if (end->day < today)
        differ(warden, end->line, LEVEL_WARNING,
               "%s was allowed until %s: lines that name it are as if they were not there",
               weak_word(kind), date);
    else
        differ(warden, end->line, LEVEL_NOTICE, "%s is allowed until %s, for %u more days",
               weak_word(kind), date, end->day - today + 1);
}

enum rc warden_agree(struct warden *warden)
{
    enum rc result = RC_OK;
    map_interfaces(warden);
    for (size_t i = 0; i < warden->interface_count; i++) {
        look(warden, &warden->interfaces[i]);
        if (compare_interface(warden, &warden->interfaces[i]) != RC_OK)
            result = RC_MALFORMED;
    }
    for (size_t i = 0; i < warden->config->route_count; i++)
        compare_route(warden, &warden->config->routes[i]);
    for (size_t i = 0; i < warden->config->aaa_list_count; i++)
        look_at_service(warden, &warden->config->aaa_lists[i]);
    for (unsigned k = 0; k < WEAK_KIND_COUNT; k++)
        if (warden->config->weak_ends[k].line)
            look_at_day(warden, (enum weak_kind)k, &warden->config->weak_ends[k]);
    return result;
}

bool warden_agree_again(struct warden *warden,
                        void (*changed)(struct warden *warden,
                                        const struct plan_interface *interface))
{
    bool any = false;
    for (size_t i = 0; i < warden->interface_count; i++) {
        struct plan_interface *interface = &warden->interfaces[i];
        struct plan_interface before = *interface;
        if (!interface->linux_name[0])
            continue;
        look(warden, interface);
        if (before.ifindex != interface->ifindex || !addr_equal(before.addr, interface->addr) ||
            before.prefix_len != interface->prefix_len) {
            changed(warden, interface);
            any = true;
        }
    }
    return any;
}
