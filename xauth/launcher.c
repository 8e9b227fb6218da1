/* The launcher process. A worker leads a process group, which is killed as a whole; what left the
 * group (a helper with a session of its own, as pam_exec starts) becomes the launcher's child when
 * its parent dies, because the launcher is a subreaper, and every child that is not a worker is
 * killed on sight. A process that has not been waited for keeps its number, so none of these
 * signals can reach a stranger. */
#include "xauth/launcher.h"

#include "host/sandbox.h"
#include "xauth/attempt.h"
#include "xauth/launcher_order.h"
#include "xauth/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* An ended worker is a row until it is waited for, so there are more rows than attempts. */
enum { WORKERS_MAX = 2 * ATTEMPTS_MAX, CHILDREN_TEXT = 4096 };

struct worker_row {
    uint64_t id;
    pid_t pid; /* 0: free */
};

struct launcher {
    struct worker_row rows[WORKERS_MAX];
    const char *argument;
    int orders_fd;
    int signal_fd;
    int children_fd; /* /proc/…/children of this thread; -1: the kernel does not have it */
};

/* The warden's children ignore what a terminal sends; modules and helpers expect the defaults. */
static int default_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2};
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        signal(signals[i], SIG_DFL);
    return sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What one worker may use up. Memory and processes stop a module that runs wild; no file can be
 * written to; SIGXFSZ is ignored, so that writing fails instead of killing. RLIMIT_NPROC counts all
 * processes of the broker's user: 32 workers and their helpers. */
static void limit_worker(void)
{
    static const struct {
        __rlimit_resource_t what;
        rlim_t most;
    } limits[] = {
        {RLIMIT_CORE, 0},        {RLIMIT_FSIZE, 0},   {RLIMIT_CPU, 10},
        {RLIMIT_NOFILE, 128},    {RLIMIT_NPROC, 256},
#ifndef HUBWARD_SANITIZED /* AddressSanitizer reserves terabytes of shadow */
        {RLIMIT_AS, 256u << 20},
#endif
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        const struct rlimit limit = {.rlim_cur = limits[i].most, .rlim_max = limits[i].most};
        if (setrlimit(limits[i].what, &limit) != 0)
            _exit(1);
    }
    signal(SIGXFSZ, SIG_IGN);
}

/* In the forked child: become the worker. Nothing of the launcher goes along but the descriptor. */
static _Noreturn void become_worker(const struct launcher *launcher, int fd)
{
    char name[] = "hubward-xauth-worker", argument[256];
    char *argv[] = {name, argument, NULL};
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char *environment[] = {path, NULL};
    snprintf(argument, sizeof argument, "%s", launcher->argument);
    if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || dup2(fd, WORKER_FD) < 0 ||
        close_range(WORKER_FD + 1, ~0u, 0) != 0 || default_signals() != 0)
        _exit(1);
    limit_worker();
    execve("/proc/self/exe", argv, environment);
    _exit(1);
}

static struct worker_row *row_of(struct launcher *launcher, pid_t pid)
{
    for (size_t i = 0; i < WORKERS_MAX; i++)
        if (launcher->rows[i].pid == pid)
            return &launcher->rows[i];
    return NULL;
}

static void start_worker(struct launcher *launcher, uint64_t id, int take_fd)
{
    struct worker_row *row = row_of(launcher, 0);
    pid_t pid = row ? fork() : -1;
    if (pid == 0)
        become_worker(launcher, take_fd);
    if (pid > 0) {
        setpgid(pid, pid); /* here too: the group must exist whichever of us runs first */
        *row = (struct worker_row){.id = id, .pid = pid};
    }
    close(take_fd);
}

/* The worker stays a row until its death is waited for. */
static void end_worker(struct launcher *launcher, uint64_t id)
{
    for (size_t i = 0; i < WORKERS_MAX; i++)
        if (launcher->rows[i].pid > 0 && launcher->rows[i].id == id) {
            kill(-launcher->rows[i].pid, SIGKILL);
            kill(launcher->rows[i].pid, SIGKILL);
        }
}

/* Kill every child that is no worker. Their own children come to us in turn, and with each death a
 * SIGCHLD that brings us here again, until none is left. */
static void kill_strays(struct launcher *launcher)
{
    char text[CHILDREN_TEXT];
    ssize_t n =
        launcher->children_fd < 0 ? 0 : pread(launcher->children_fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    /* A number cut at the end of the text has no blank behind it: it is left for the next time. */
    for (char *at = text, *end; (end = strchr(at, ' ')); at = end + 1) {
        pid_t pid = (pid_t)strtol(at, NULL, 10);
        if (pid > 1 && !row_of(launcher, pid))
            kill(pid, SIGKILL);
    }
}

/* Wait for every child that has ended. The group dies before its leader is waited for, because
 * after that its number could belong to others. */
static void reap(struct launcher *launcher, int options)
{
    siginfo_t ended = {.si_pid = 0};
    while (waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT | options) == 0 && ended.si_pid > 0) {
        struct worker_row *row = row_of(launcher, ended.si_pid);
        if (row) {
            kill(-row->pid, SIGKILL);
            *row = (struct worker_row){.pid = 0};
        }
        waitpid(ended.si_pid, NULL, 0);
        kill_strays(launcher);
        ended.si_pid = 0;
    }
}

/* The broker is gone, and with it everyone who could want a verdict. */
static _Noreturn void end_all(struct launcher *launcher)
{
    for (size_t i = 0; i < WORKERS_MAX; i++)
        if (launcher->rows[i].pid > 0)
            end_worker(launcher, launcher->rows[i].id);
    kill_strays(launcher);
    reap(launcher, 0); /* until there is no child any more */
    _exit(0);
}

static void take_orders(struct launcher *launcher)
{
    struct launcher_order order;
    enum rc rc;
    while ((rc = launcher_order_get(launcher->orders_fd, &order)) == RC_OK) {
        if (order.verb == LAUNCHER_START)
            start_worker(launcher, order.id, order.fd);
        else
            end_worker(launcher, order.id);
    }
    if (rc != RC_AGAIN) /* gone, or no longer the broker that we know */
        end_all(launcher);
}

static _Noreturn void launcher_run(struct launcher *launcher)
{
    for (;;) {
        struct pollfd fds[] = {{.fd = launcher->orders_fd, .events = POLLIN},
                               {.fd = launcher->signal_fd, .events = POLLIN}};
        struct signalfd_siginfo signals[8];
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            end_all(launcher);
        if (fds[1].revents && read(launcher->signal_fd, signals, sizeof signals) > 0)
            reap(launcher, WNOHANG);
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

static enum rc launcher_setup(struct launcher *launcher)
{
    char path[64];
    sigset_t child;
    const struct sandbox_options options = {.directory_fd = -1};
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    if (keep_only(&launcher->orders_fd) != RC_OK || sandbox_prepare() != RC_OK)
        return RC_IO;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    launcher->children_fd = open(path, O_RDONLY | O_CLOEXEC);
    launcher->signal_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    /* It must outlive the broker by the moment that it takes to end the workers and what they
     * started: the end of the socket ends it, not a signal. */
    if (launcher->signal_fd < 0 || sigprocmask(SIG_SETMASK, &child, NULL) != 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || prctl(PR_SET_PDEATHSIG, 0) != 0)
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
        struct launcher launcher = {.argument = worker_argument, .orders_fd = ends[1]};
        close(ends[0]);
        if (launcher_setup(&launcher) != RC_OK)
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
