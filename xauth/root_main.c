/* hubward-launcher: starts login workers that run as root, for the PAM services of `hubward pam
 * user root`; there only when the configuration has such a line. It takes the broker's orders over
 * a channel from the warden and is otherwise the launcher that the broker has (launcher.h).
 *
 * Root, and yet little: no capability, no new ones, so its power is that of the files' owner;
 * Landlock leaves of that the reading of files and the writing of the modules' own state; its
 * workers signal nobody. It never sees a password, reads no byte of the network, and its workers
 * run only the services that the configuration names, whatever the broker says. */
#include "config/config.h"
#include "host/child.h"
#include "host/memfd.h"
#include "host/pam_stack.h"
#include "xauth/crew.h"
#include "xauth/launcher_order.h"
#include "xauth/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { STATES_MOST = 64, SERVICE_OCTETS = 64, FILE_OCTETS = 1 << 20 };

static const char worker_argument[] = "--worker";

struct root {
    struct child *child;
    struct crew crew;
    char names[CONFIG_PAM_SERVICES][SERVICE_OCTETS];
    const char *arguments[CONFIG_PAM_SERVICES + 2]; /* worker_argument and the names */
    size_t name_count;
    struct pam_stack_state states[STATES_MOST];
    const char *writable[STATES_MOST];
    size_t state_count;
    bool able;     /* there is Landlock, without which nothing is run */
    int orders_fd; /* -1: no broker */
    int epoll_fd;
    uv_poll_t poll;
};

/* -- start ------------------------------------------------------------------------------ */

static enum rc read_names(struct root *root, int fd)
{
    struct span text;
    enum rc rc = memfd_read(fd, &text);
    if (rc != RC_OK)
        return rc;
    struct cursor c = cursor_over(text);
    for (root->name_count = 0; cursor_left(&c) && root->name_count < CONFIG_PAM_SERVICES;)
        cursor_string(&c, root->names[root->name_count++], SERVICE_OCTETS);
    memfd_free(text);
    return cursor_done(&c) ? RC_OK : RC_MALFORMED;
}

static enum rc on_config(void *context, struct child *child, const char *name, int take_fd)
{
    enum rc rc = strcmp(name, "pam-root") == 0 ? read_names(context, take_fd) : RC_OK;
    (void)child;
    close(take_fd);
    return rc;
}

/* The warden has made those that were missing. */
static void add_state(void *context, const struct pam_stack_line *line)
{
    struct root *root = context;
    struct pam_stack_state state;
    if (pam_stack_state_of(line, &state) != RC_OK || root->state_count == STATES_MOST)
        return;
    root->states[root->state_count] = state;
    root->writable[root->state_count] = root->states[root->state_count].path;
    root->state_count++;
}

static void find_states(struct root *root)
{
    for (size_t i = 0; i < root->name_count; i++)
        if (pam_stack_walk(pam_stack_places, root->names[i], add_state, root) != RC_OK)
            child_log(root->child, LEVEL_WARNING, "PAM's service %s cannot be read",
                      root->names[i]);
}

static void on_readable(uv_poll_t *poll, int status, int events);

static enum rc before_run(void *context, struct child *child, struct sandbox_options *options)
{
    struct root *root = context;
    root->child = child;
    root->able = sandbox_has_landlock();
    if (!root->able)
        child_log(child, LEVEL_ERROR,
                  "this kernel has no Landlock, without which no login runs as root: logins by the "
                  "services of \"hubward pam user root\" have no verdict");
    root->arguments[0] = worker_argument;
    for (size_t i = 0; i < root->name_count; i++)
        root->arguments[i + 1] = root->names[i];
    find_states(root);
    options->writable = root->writable;
    options->writable_count = root->state_count;
    const struct crew_rules rules = {
        .arguments = root->arguments, .file_octets = FILE_OCTETS, .harmless = true};
    enum rc rc = crew_init(&root->crew, &rules);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = root->crew.signal_fd};
    root->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    root->poll.data = root;
    if (rc != RC_OK || root->epoll_fd < 0 ||
        epoll_ctl(root->epoll_fd, EPOLL_CTL_ADD, root->crew.signal_fd, &event) != 0 ||
        uv_poll_init(child_loop(child), &root->poll, root->epoll_fd) != 0 ||
        uv_poll_start(&root->poll, UV_READABLE, on_readable) != 0)
        return RC_IO;
    return RC_OK;
}

/* -- orders ----------------------------------------------------------------------------- */

/* The broker is gone, or no longer the one that we know: nobody waits for its workers. */
static void drop_broker(struct root *root)
{
    if (root->orders_fd >= 0)
        close(root->orders_fd); /* leaves the epoll set by itself */
    root->orders_fd = -1;
    crew_end_all(&root->crew);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct root *root = poll->data;
    (void)status;
    (void)events;
    crew_reap(&root->crew, false);
    if (root->orders_fd >= 0 && launcher_orders_take(root->orders_fd, &root->crew) != RC_AGAIN)
        drop_broker(root);
}

/* Without Landlock the broker finds no launcher, and says so at each login. */
static enum rc on_channel(void *context, struct child *child, enum role other, int take_fd)
{
    struct root *root = context;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = take_fd};
    (void)child;
    if (other != ROLE_XAUTH || !root->able) {
        close(take_fd);
        return RC_OK;
    }
    drop_broker(root);
    root->orders_fd = take_fd;
    return epoll_ctl(root->epoll_fd, EPOLL_CTL_ADD, take_fd, &event) == 0 ? RC_OK : RC_IO;
}

static void after_run(void *context, struct child *child)
{
    struct root *root = context;
    (void)child;
    if (root->epoll_fd < 0)
        return;
    drop_broker(root);
    crew_reap(&root->crew, true);
    uv_close((uv_handle_t *)&root->poll, NULL);
}

int main(int argc, char **argv)
{
    static const struct child_ops ops = {.sandbox = SANDBOX_PAM_ROOT,
                                         .on_config = on_config,
                                         .on_channel = on_channel,
                                         .before_run = before_run,
                                         .after_run = after_run};
    struct root root = {.orders_fd = -1, .epoll_fd = -1};
    if (argc >= 2 && strcmp(argv[1], worker_argument) == 0)
        worker_run(WORKER_FD, &(struct worker_rules){.services = (const char *const *)(argv + 2)});
    return child_main(ROLE_LAUNCHER, &ops, &root);
}
