/* What the configuration means for routing, as plain data: which packets belong in the TUN, which
 * nets, what must never be seen in clear, and which further nets key may ask for. Pure: from the
 * configuration and the interfaces as they are, without touching the system.
 *
 *   packet that an applied access list permits ── mark ──> rule ──> table "protect": the TUN, and
 *                                                          unreachable when that is gone
 *   packet to a pool address or a net of a live peer ────> rule ──> table "nets": the TUN, and
 *                                                          unreachable behind it
 *   our own outer packets (IKE, ESP) ── bypass mark ─────> rule ──> the main table */
#ifndef HUBWARD_HOST_ROUTE_PLAN_H
#define HUBWARD_HOST_ROUTE_PLAN_H

#include "config/config.h"

#include <net/if.h>

enum {
    PLAN_TABLES = 4864,   /* two for each instance of one network namespace */
    PLAN_PRIORITY = 4860, /* of the first rule; the system's own end at 0 and begin at 32766 */
    PLAN_PRIORITIES = 4,  /* rules of one instance */
    PLAN_MARK_BYPASS = 0x48b00000, /* + instance */
    PLAN_MARK_PROTECT = 0x48c00000,
    PLAN_METRIC = 100,
    PLAN_METRIC_UNREACHABLE = 65000,
    /* Inner packets of this size fit into 1500 with the worst framing we do: 20 IP + 8 UDP + 8 ESP
     * + 16 IV + up to 15 padding + 2 trailer + 32 ICV (RFC 4303, 3948, 4868). */
    PLAN_MTU = 1400,
    PLAN_QUEUE_PACKETS = 500
};

/* An interface of the configuration and what it is here. */
struct plan_interface {
    const struct config_interface *config;
    char linux_name[IFNAMSIZ]; /* "": not mapped */
    uint32_t ifindex;          /* 0: not there */
    struct addr addr;          /* as Linux has it; ADDR_NONE: none */
    uint8_t prefix_len;
};

struct route_plan {
    struct arena arena;
    const struct config *config;
    uint32_t instance; /* number at the end of the TUN's name */
    char tun[IFNAMSIZ];
    char nft_table[IFNAMSIZ];
    uint32_t table_nets;
    uint32_t table_protect;
    uint32_t priority;
    uint32_t mark_bypass;
    uint32_t mark_protect;

    const struct acl **acls; /* applied to an interface, each once, in order of the maps */
    size_t acl_count;
    const char **outside; /* Linux names of interfaces with a crypto map */
    size_t outside_count;
    struct prefix *inside; /* nets of interfaces without one: reached as always */
    size_t inside_count;
    struct prefix *own; /* nets of every interface */
    size_t own_count;
    struct prefix *pools; /* led into the TUN for good: the addresses of pools, exactly, as
                             prefixes, and nets of "reverse-route static" */
    size_t pool_count;
    struct addr *peers; /* outer addresses that the configuration names */
    size_t peer_count;
    bool any_net;       /* a dynamic entry without `match address`: peers bring their own nets */
    struct addr source; /* an inside address for local programs; ADDR_NONE: none */
};

/* *out is set only on RC_OK; release with route_plan_wipe. The configuration is borrowed as long.
 * RC_NO_MEMORY. */
MUST_USE enum rc route_plan_make(const struct config *config,
                                 const struct plan_interface *interfaces, size_t count,
                                 const char *tun, uint32_t instance, struct route_plan *out);
void route_plan_wipe(struct route_plan *plan);

/* The numbers and names of an instance alone, for taking down what another process set up. */
void route_plan_name(struct route_plan *plan, const char *tun, uint32_t instance);

/* May this net be led into the TUN because key says so? RC_OK; RC_DENIED: *why is one phrase. */
MUST_USE enum rc route_plan_allows(const struct route_plan *plan, struct prefix net,
                                   const char **why);

/* Does a static entry mark what goes to this net? Then nothing of it leaves in clear, whatever
 * routes there are, and a packet must get as far as its mark to bring the tunnel up. */
bool route_plan_marks(const struct route_plan *plan, struct prefix net);

/* Cover an inclusive range with the fewest prefixes, in order; returns how many (at most max, which
 * 2 * 128 always suffices). */
enum { PLAN_RANGE_PREFIXES = 256 };
size_t route_plan_range(struct addr first, struct addr last, struct prefix *out, size_t max);

#endif
