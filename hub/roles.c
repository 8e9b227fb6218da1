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
    .config = "/etc/hubward/hub.conf",
    .run_dir = "/run/hubward",
    .state_dir = "/var/lib/hubward",
    .roles = roles,
    .role_count = sizeof roles / sizeof *roles,
};
