/* fork, become the role's user for good, exec. Between fork and exec only what is safe there. */
#include "host/spawn.h"

#include "host/child.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EXIT_NOT_STARTED = 127 };

/* One line without stdio, which is not safe after fork. */
_Noreturn static void give_up(const char *name, const char *what)
{
    const char *parts[] = {name, ": cannot ", what, ": ", strerrordesc_np(errno), "\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i] && write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0)
            break;
    _exit(EXIT_NOT_STARTED);
}

static int set_descriptors(int channel_fd, int *program_fd)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int program = fcntl(*program_fd, F_DUPFD_CLOEXEC, CHILD_FD + 2);
    int channel = fcntl(channel_fd, F_DUPFD_CLOEXEC, CHILD_FD + 2);
    if (null < 0 || program < 0 || channel < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(null, STDOUT_FILENO) < 0 || dup2(channel, CHILD_FD) < 0 ||
        dup2(program, CHILD_FD + 1) < 0)
        return -1;
    *program_fd = CHILD_FD + 1;
    if (fcntl(CHILD_FD + 1, F_SETFD, FD_CLOEXEC) < 0)
        return -1;
    return (int)syscall(SYS_close_range, CHILD_FD + 2, ~0u, 0);
}

/* A process that ignores a signal passes that on: a signal between exec and the child's own set-up
 * must not end it (Ctrl-C reaches the whole foreground group). Blocked signals pass on, too. */
static int set_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    return sigprocmask(SIG_SETMASK, &none, NULL);
}

static int set_user(const struct spawn_user *user)
{
    gid_t extra = (gid_t)user->extra_gid;
    size_t extras = user->extra_gid == SPAWN_NO_GROUP ? 0 : 1;
    capng_get_caps_process();
    capng_clear(CAPNG_SELECT_BOUNDS);
    if (capng_apply(CAPNG_SELECT_BOUNDS) != 0 || setgroups(extras, &extra) != 0 ||
        setresgid(user->gid, user->gid, user->gid) != 0 ||
        setresuid(user->uid, user->uid, user->uid) != 0)
        return -1;
    /* Who stays root keeps its capabilities across setresuid, and an exec would renew them from
     * the bounding set, which is empty by now. */
    capng_clear(CAPNG_SELECT_BOTH);
    if (user->uid == 0 && capng_apply(CAPNG_SELECT_CAPS) != 0)
        return -1;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* A role that has stopped listening must not outlive whoever could restart or stop it: the kernel
 * ends it. The change of user has cleared such a wish, so it comes after; the parent may have died
 * before. */
static int end_with(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        return -1;
    if (getppid() != parent)
        _exit(EXIT_NOT_STARTED);
    return 0;
}

_Noreturn static void become(const struct spawn_request *request, pid_t parent)
{
    int program_fd = request->program_fd;
    char name[64] = {0};
    strncpy(name, request->name, sizeof name - 1);
    char *argv[] = {name, NULL};
    char *environment[] = {NULL};
    if (set_descriptors(request->channel_fd, &program_fd) != 0)
        give_up(name, "take its descriptors");
    if (set_signals() != 0 || chdir("/") != 0)
        give_up(name, "be set up");
    umask(077);
    if (set_user(&request->user) != 0)
        give_up(name, "become its user");
    if (end_with(parent) != 0)
        give_up(name, "be bound to its parent");
    syscall(SYS_execveat, program_fd, "", argv, environment, AT_EMPTY_PATH);
    give_up(name, "be executed");
}

enum rc spawn_role(const struct spawn_request *request, pid_t *out)
{
    pid_t parent = getpid(), pid = fork();
    if (pid < 0)
        return RC_IO;
    if (pid == 0)
        become(request, parent);
    *out = pid;
    return RC_OK;
}

struct spawn_user spawn_user_root(void)
{
    return (struct spawn_user){.uid = 0, .gid = 0, .extra_gid = SPAWN_NO_GROUP};
}

struct spawn_user spawn_user_find(const char *name, uid_t fallback, const char *extra_group)
{
    struct spawn_user user = {.uid = fallback, .gid = fallback, .extra_gid = SPAWN_NO_GROUP};
    const struct passwd *entry = getpwnam(name);
    if (entry && entry->pw_uid != 0) {
        user.uid = entry->pw_uid;
        user.gid = entry->pw_gid;
    }
    const struct group *group = extra_group ? getgrnam(extra_group) : NULL;
    if (group)
        user.extra_gid = (long)group->gr_gid;
    return user;
}
