/* The roles of a hub, in order of start: what key depends on is there before it asks. */
#include "hub/roles.h"

#include "role/resolver.h"

static bool runs_logins_as_root(const struct config *config)
{
    return config->pam_root_count > 0;
}

static const struct warden_role roles[] = {
    {.role = ROLE_STORE, .program = "hubward-store", .user = "hubward-store"},
    /* pam_unix reads the shadow file by group; no privilege is needed for that. */
    {.role = ROLE_XAUTH,
     .program = "hubward-xauth",
     .user = "hubward-xauth",
     .extra_group = "shadow"},
    {.role = ROLE_LAUNCHER,
     .program = "hubward-launcher",
     .as_root = true,
     .wanted = runs_logins_as_root},
    {.role = ROLE_RESOLVER,
     .program = "hubward-resolver",
     .user = "hubward-resolver",
     .wanted = resolver_wanted},
    {.role = ROLE_PATH, .program = "hubward-path", .user = "hubward-path"},
    {.role = ROLE_KEY, .program = "hubward-key", .user = "hubward-key"},
    {.role = ROLE_WEB, .program = "hubward-web", .user = "hubward-web"},
};

const struct warden_program hub_program = {
    .name = "hubd",
    .brief = "hub for IPsec branches and VPN clients that speak IKEv1",
    .about =
        "The hub runs an existing Cisco IOS crypto configuration:\n"
        "branches whose addresses change, and clients with group keys, Xauth and mode-config.\n"
        "It keys with IKEv1 and carries ESP in userspace through a TUN device of its own.\n"
        "Why a peer was refused stands in its log; what is connected shows hubctl.",
    .other = "spoked",
    .config = "/etc/hubward/hub.conf",
    .run_dir = "/run/hubward",
    .state_dir = "/var/lib/hubward",
    .roles = roles,
    .role_count = sizeof roles / sizeof *roles,
};
