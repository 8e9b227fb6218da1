/* The warden: the only process that is root. It reads the configuration, makes everything that
 * takes a privilege (ports, TUN, routes, packet filter), starts one unprivileged process for each
 * role, hands them what they need, restarts the ones that die, and never reads an octet that came
 * from the network. hubd and spoked are this with two different tables of roles. */
#ifndef HUBWARD_ROLE_WARDEN_H
#define HUBWARD_ROLE_WARDEN_H

#include "config/config.h"
#include "host/message.h"

struct warden_role {
    enum role role;
    const char *program;     /* in libexec */
    const char *user;        /* system user; when there is none, a number of our own is used */
    const char *extra_group; /* NULL: none */
    bool as_root;            /* it is root, without any capability; user is NULL */
    bool (*wanted)(const struct config *config); /* NULL: always */
};

struct warden_program {
    const char *name;  /* "hubd" */
    const char *brief; /* for the manual: in a phrase what it is, */
    const char *about; /* what it does, */
    const char *other; /* and the program at the other end */
    const char *config;
    const char *run_dir;
    const char *state_dir;
    const struct warden_role *roles; /* in order of start; each role at most once */
    size_t role_count;
};

/* uids and gids of roles whose user the system does not have: this and the role's number. Debian
 * leaves 60000 to 64999 to packages that ask for one; nothing else is likely to use these. */
enum { WARDEN_UID_BASE = 64600 };

/* Exit: 0 stopped as asked; 1 failed; 64 usage; 77 not root; 78 configuration. */
enum { WARDEN_USAGE = 64, WARDEN_NOT_ROOT = 77, WARDEN_BAD_CONFIG = 78 };

int warden_main(int argc, char **argv, const struct warden_program *program);

#endif
