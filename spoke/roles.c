/* The roles of a spoke: it has no leases to keep, no logins to check and no page. */
#include "spoke/roles.h"

static const struct warden_role roles[] = {
    {ROLE_PATH, "hubward-path", "hubward-path", NULL},
    {ROLE_KEY, "hubward-spoke-key", "hubward-key", NULL},
};

const struct warden_program spoke_program = {
    .name = "spoked",
    .config = "/etc/hubward/spoke.conf",
    .run_dir = "/run/hubward-spoke",
    .state_dir = "/var/lib/hubward-spoke",
    .roles = roles,
    .role_count = sizeof roles / sizeof *roles,
};
