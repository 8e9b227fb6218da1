/* The roles of a hub, in order of start: what key depends on is there before it asks. */
#include "hub/roles.h"

static const struct warden_role roles[] = {
    {ROLE_STORE, "hubward-store", "hubward-store", NULL},
    /* pam_unix reads the shadow file by group; no privilege is needed for that. */
    {ROLE_XAUTH, "hubward-xauth", "hubward-xauth", "shadow"},
    {ROLE_PATH, "hubward-path", "hubward-path", NULL},
    {ROLE_KEY, "hubward-key", "hubward-key", NULL},
    {ROLE_WEB, "hubward-web", "hubward-web", NULL},
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
