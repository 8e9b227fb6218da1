/* The roles of a spoke: it has no leases to keep, no logins to check and no page. */
#include "spoke/roles.h"

#include "role/resolver.h"

static const struct warden_role roles[] = {
    {.role = ROLE_RESOLVER,
     .program = "hubward-resolver",
     .user = "hubward-resolver",
     .wanted = resolver_wanted},
    {.role = ROLE_PATH, .program = "hubward-path", .user = "hubward-path"},
    {.role = ROLE_KEY, .program = "hubward-spoke-key", .user = "hubward-key"},
};

const struct warden_program spoke_program = {
    .name = "spoked",
    .brief = "branch of a star of IPsec tunnels that are keyed with IKEv1",
    .about = "The branch runs an existing Cisco IOS crypto configuration:\n"
             "traffic that its access list names brings up the tunnel to the hub.\n"
             "Its own address may change at any time; the hub is called again when it does.",
    .other = "hubd",
    .config = "/etc/hubward/spoke.conf",
    .run_dir = "/run/hubward-spoke",
    .state_dir = "/var/lib/hubward-spoke",
    .roles = roles,
    .role_count = sizeof roles / sizeof *roles,
};
