/* Workers as rows. A worker leads a process group, which is killed as a whole; what left the group
 * (a helper with a session of its own, as pam_exec starts) becomes this process's child when its
 * parent dies, because this process is a subreaper, and every child that is not a worker is killed
 * on sight. A process that has not been waited for keeps its number, so none of these signals can
 * reach a stranger. */
#include "xauth/crew.h"

#include "host/sandbox.h"
#include "xauth/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN_TEXT = 4096 };

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

/* What one worker may use up. Memory and processes stop a module that runs wild; SIGXFSZ is
 * ignored, so that writing more than it may fails instead of killing. RLIMIT_NPROC counts all
 * processes of the worker's user: 32 workers and their helpers; it does not count for root. */
static void limit_worker(rlim_t file_octets)
{
    const struct {
        __rlimit_resource_t what;
        rlim_t most;
    } limits[] = {
        {RLIMIT_CORE, 0},        {RLIMIT_FSIZE, file_octets}, {RLIMIT_CPU, 10},
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

/* In the forked child: become the worker. Nothing of the launcher goes along but the descriptor and
 * its standard input, which is /dev/null: what modules print is for nobody. */
static _Noreturn void become_worker(const struct crew *crew, int fd)
{
    char *argv[CREW_ARGUMENTS + 2] = {(char[]){"hubward-xauth-worker"}};
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char *environment[] = {path, NULL};
    /* execve does not change them; its prototype only cannot say so. */
    for (size_t i = 0; i < CREW_ARGUMENTS && crew->rules.arguments[i]; i++)
        argv[i + 1] = (char *)(uintptr_t)crew->rules.arguments[i];
    if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || dup2(fd, WORKER_FD) < 0 ||
        dup2(STDIN_FILENO, STDOUT_FILENO) < 0 || dup2(STDIN_FILENO, STDERR_FILENO) < 0 ||
        close_range(WORKER_FD + 1, ~0u, 0) != 0 || default_signals() != 0)
        _exit(1);
    limit_worker(crew->rules.file_octets);
    if (crew->rules.harmless && sandbox_no_signals() != RC_OK)
        _exit(1);
    execve("/proc/self/exe", argv, environment);
    _exit(1);
}

static struct crew_row *row_of(struct crew *crew, pid_t pid)
{
    for (size_t i = 0; i < CREW_MAX; i++)
        if (crew->rows[i].pid == pid)
            return &crew->rows[i];
    return NULL;
}

void crew_start(struct crew *crew, uint64_t id, int take_fd)
{
    struct crew_row *row = row_of(crew, 0);
    pid_t pid = row ? fork() : -1;
    if (pid == 0)
        become_worker(crew, take_fd);
    if (pid > 0) {
        setpgid(pid, pid); /* here too: the group must exist whichever of us runs first */
        *row = (struct crew_row){.id = id, .pid = pid};
    }
    close(take_fd);
}

void crew_end(struct crew *crew, uint64_t id)
{
    for (size_t i = 0; i < CREW_MAX; i++)
        if (crew->rows[i].pid > 0 && crew->rows[i].id == id) {
            kill(-crew->rows[i].pid, SIGKILL);
            kill(crew->rows[i].pid, SIGKILL);
        }
}

/* Kill every child that is no worker. Their own children come to us in turn, and with each death a
 * SIGCHLD that brings us here again, until none is left. */
static void kill_strays(struct crew *crew)
{
    char text[CHILDREN_TEXT];
    ssize_t n = crew->children_fd < 0 ? 0 : pread(crew->children_fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    /* A number cut at the end of the text has no blank behind it: it is left for the next time. */
    for (char *at = text, *end; (end = strchr(at, ' ')); at = end + 1) {
        pid_t pid = (pid_t)strtol(at, NULL, 10);
        if (pid > 1 && !row_of(crew, pid))
            kill(pid, SIGKILL);
    }
}

/* Wait for every child that has ended. The group dies before its leader is waited for, because
 * after that its number could belong to others. */
void crew_reap(struct crew *crew, bool wait)
{
    struct signalfd_siginfo signals[8];
    siginfo_t ended = {.si_pid = 0};
    while (read(crew->signal_fd, signals, sizeof signals) > 0)
        ;
    while (waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT | (wait ? 0 : WNOHANG)) == 0 &&
           ended.si_pid > 0) {
        struct crew_row *row = row_of(crew, ended.si_pid);
        if (row) {
            kill(-row->pid, SIGKILL);
            *row = (struct crew_row){.pid = 0};
        }
        waitpid(ended.si_pid, NULL, 0);
        kill_strays(crew);
        ended.si_pid = 0;
    }
}

void crew_end_all(struct crew *crew)
{
    for (size_t i = 0; i < CREW_MAX; i++)
        if (crew->rows[i].pid > 0)
            crew_end(crew, crew->rows[i].id);
    kill_strays(crew);
}

enum rc crew_init(struct crew *crew, const struct crew_rules *rules)
{
    char path[64];
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    *crew = (struct crew){.rules = *rules};
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    crew->children_fd = open(path, O_RDONLY | O_CLOEXEC);
    crew->signal_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    /* The launcher must outlive the one it works for by the moment that it takes to end the workers
     * and what they started: the end of a socket ends it, not a signal. */
    if (crew->signal_fd < 0 || sigprocmask(SIG_BLOCK, &child, NULL) != 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || prctl(PR_SET_PDEATHSIG, 0) != 0)
        return RC_IO;
    return RC_OK;
}
