/* What is left of root once everything is there that takes more: the capabilities to start, stop
 * and restart children as other users and to keep TUN, routes and sockets; reading, because its
 * children read what PAM's modules need and can do nothing that it cannot; writing in the folders
 * of this instance, in the network's settings, and where modules of logins as root keep their
 * state. */
#include "role/warden_state.h"

#include "host/pam_stack.h"
#include "host/sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { WRITABLE_MOST = 64 };

struct writable {
    struct warden *warden;
    struct pam_stack_state states[WRITABLE_MOST];
    const char *paths[WRITABLE_MOST];
    size_t count;
};

/* File capabilities (DAC_OVERRIDE and so on) are not among them. */
static enum rc keep_capabilities(void)
{
    static const unsigned kept[] = {CAP_SETUID,    CAP_SETGID,           CAP_SETPCAP, CAP_KILL,
                                    CAP_NET_ADMIN, CAP_NET_BIND_SERVICE, CAP_NET_RAW};
    capng_clear(CAPNG_SELECT_BOTH);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET,
                         kept[i]) != 0)
            return RC_DENIED;
    return capng_apply(CAPNG_SELECT_BOTH) == 0 ? RC_OK : RC_DENIED;
}

/* The module would make it itself, but not where it may not write. */
static void make_state(const struct writable *writable, const struct pam_stack_line *line,
                       const struct pam_stack_state *state)
{
    bool made = state->directory && mkdir(state->path, 0755) == 0;
    if ((made && chmod(state->path, 0755) != 0) || (state->directory && !made && errno != EEXIST))
        log_line(&writable->warden->log, LEVEL_WARNING, "%s: %s: %s", line->module, state->path,
                 strerror(errno));
}

static void add_state(void *context, const struct pam_stack_line *line)
{
    struct writable *writable = context;
    if (writable->count == WRITABLE_MOST)
        return;
    struct pam_stack_state *state = &writable->states[writable->count];
    if (pam_stack_state_of(line, state) != RC_OK)
        return;
    make_state(writable, line, state);
    writable->paths[writable->count++] = state->path;
}

static void find_writable(struct warden *warden, struct writable *writable)
{
    const struct config *config = warden->config;
    *writable = (struct writable){.warden = warden, .count = 3};
    writable->paths[0] = warden->options.run_dir;
    writable->paths[1] = warden->options.state_dir;
    writable->paths[2] = "/proc/sys/net";
    for (size_t i = 0; i < config->pam_root_count; i++)
        if (pam_stack_walk(pam_stack_places, config->pam_roots[i].service, add_state, writable) !=
            RC_OK)
            log_line(&warden->log, LEVEL_WARNING, "PAM's service %s cannot be read",
                     config->pam_roots[i].service);
}

enum rc warden_lock(struct warden *warden)
{
    struct writable writable;
    find_writable(warden, &writable);
    struct sandbox_options options = {
        .directory_fd = -1, .writable = writable.paths, .writable_count = writable.count};
    enum rc rc = keep_capabilities();
    if (rc == RC_OK && sandbox_no_dump() != RC_OK)
        log_line(&warden->log, LEVEL_NOTICE, "no /proc: what a core dump holds cannot be set");
    if (rc == RC_OK)
        rc = sandbox_enter(SANDBOX_WARDEN, &options);
    if (rc != RC_OK)
        log_line(&warden->log, LEVEL_ERROR, "privileges cannot be dropped: %s", strerror(errno));
    return rc;
}
