/* The launcher process of the broker: orders in, workers out. */
#include "xauth/launcher.h"

#include "host/sandbox.h"
#include "xauth/crew.h"
#include "xauth/launcher_order.h"
#include "xauth/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct launcher {
    struct crew crew;
    int orders_fd;
};

/* The broker is gone, and with it everyone who could want a verdict. */
static _Noreturn void end_all(struct launcher *launcher)
{
    crew_end_all(&launcher->crew);
    crew_reap(&launcher->crew, true);
    _exit(0);
}

static void take_orders(struct launcher *launcher)
{
    if (launcher_orders_take(launcher->orders_fd, &launcher->crew) != RC_AGAIN)
        end_all(launcher); /* gone, or no longer the broker that we know */
}

static _Noreturn void launcher_run(struct launcher *launcher)
{
    for (;;) {
        struct pollfd fds[] = {{.fd = launcher->orders_fd, .events = POLLIN},
                               {.fd = launcher->crew.signal_fd, .events = POLLIN}};
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            end_all(launcher);
        if (fds[1].revents)
            crew_reap(&launcher->crew, false);
        if (fds[0].revents)
            take_orders(launcher);
    }
}

/* Only the socket and an empty standard input and output are left of what the warden gave. */
static enum rc keep_only(int *fd)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return RC_IO;
    for (int i = 0; i <= 2; i++)
        if (dup2(null, i) < 0)
            return RC_IO;
    if (dup2(*fd, WORKER_FD) < 0 || fcntl(WORKER_FD, F_SETFD, FD_CLOEXEC) != 0 ||
        close_range(WORKER_FD + 1, ~0u, 0) != 0)
        return RC_IO;
    *fd = WORKER_FD;
    return RC_OK;
}

static enum rc launcher_setup(struct launcher *launcher, const struct crew_rules *rules)
{
    const struct sandbox_options options = {.directory_fd = -1};
    if (keep_only(&launcher->orders_fd) != RC_OK || sandbox_prepare() != RC_OK ||
        crew_init(&launcher->crew, rules) != RC_OK)
        return RC_IO;
    return sandbox_enter(SANDBOX_PAM, &options);
}

enum rc launcher_start(const char *worker_argument, int *fd)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return RC_IO;
    pid_t pid = fork();
    if (pid == 0) {
        const char *const arguments[] = {worker_argument, NULL};
        const struct crew_rules rules = {.arguments = arguments}; /* no file is written to */
        struct launcher launcher = {.orders_fd = ends[1]};
        close(ends[0]);
        if (launcher_setup(&launcher, &rules) != RC_OK)
            _exit(1);
        launcher_run(&launcher);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return RC_IO;
    }
    *fd = ends[0];
    return RC_OK;
}
