/* Starting a role: the program is this test itself, which, called "probe", tells over descriptor 3
 * what it was given. Needs root. */
#include "host/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { PROBE_UID = 64666, PROBE_GID = 64667, PROBE_EXTRA = 64668 };

/* -- the probe --------------------------------------------------------------------- */

extern char **environ;

static void add(char *report, size_t size, const char *name, long value)
{
    size_t n = strlen(report);
    snprintf(report + n, size - n, "%s=%ld ", name, value);
}

static long bounding_set(void)
{
    long count = 0;
    for (unsigned long cap = 0; cap < 64; cap++)
        count += prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1;
    return count;
}

static long open_descriptors(void)
{
    long mask = 0;
    for (int fd = 0; fd < 60; fd++)
        mask |= fcntl(fd, F_GETFD) >= 0 ? 1l << fd : 0;
    return mask;
}

static long ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static long blocked_signals(void)
{
    sigset_t set;
    long count = 0;
    sigprocmask(SIG_SETMASK, NULL, &set);
    for (int number = 1; number < 32; number++)
        count += sigismember(&set, number);
    return count;
}

/* Says that it is there and hears nothing any more. */
_Noreturn static void hang(void)
{
    (void)!send(3, "", 1, 0);
    for (;;)
        pause();
}

static int probe(int argc)
{
    char report[1024] = "", folder[256] = "?";
    uid_t r, e, s;
    gid_t rg, eg, sg, groups[8];
    int extra = getgroups(8, groups);
    long environment = 0;
    while (environ && environ[environment])
        environment++;
    if (getresuid(&r, &e, &s) != 0 || getresgid(&rg, &eg, &sg) != 0 || !getcwd(folder, 256))
        return 1;
    add(report, sizeof report, "uids", r == e && e == s ? (long)r : -1);
    add(report, sizeof report, "gids", rg == eg && eg == sg ? (long)rg : -1);
    add(report, sizeof report, "extra", extra == 1 ? (long)groups[0] : -extra);
    add(report, sizeof report, "args", argc);
    add(report, sizeof report, "env", environment);
    add(report, sizeof report, "fds", open_descriptors());
    add(report, sizeof report, "bset", bounding_set());
    add(report, sizeof report, "nnp", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    add(report, sizeof report, "regain", setresuid(0, 0, 0) == 0);
    add(report, sizeof report, "ignored", ignored(SIGINT) + ignored(SIGTERM) + ignored(SIGHUP));
    add(report, sizeof report, "pipe", ignored(SIGPIPE));
    add(report, sizeof report, "blocked", blocked_signals());
    add(report, sizeof report, "umask", (long)umask(0));
    add(report, sizeof report, "root", strcmp(folder, "/") == 0);
    return send(3, report, strlen(report), 0) > 0 ? 0 : 2;
}

/* -- the tests --------------------------------------------------------------------- */

struct run {
    char report[1024];
    int status;
};

static void run_program(struct run *run, const char *path, struct spawn_user user)
{
    int fds[2];
    pid_t pid;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    int program = open(path, O_PATH | O_CLOEXEC);
    assert_true(program >= 0);
    struct spawn_request request = {
        .program_fd = program, .name = "probe", .user = user, .channel_fd = fds[1]};
    assert_int_equal(spawn_role(&request, &pid), RC_OK);
    close(fds[1]);
    close(program);
    ssize_t n = recv(fds[0], run->report, sizeof run->report - 1, 0);
    run->report[n > 0 ? n : 0] = '\0';
    close(fds[0]);
    assert_int_equal(waitpid(pid, &run->status, 0), pid);
}

static bool is_root(void)
{
    return geteuid() == 0;
}

static void a_role_is_nobody_special(void **state)
{
    (void)state;
    struct run run;
    sigset_t blocked;
    if (!is_root())
        skip();
    /* What the warden has of signals, descriptors and environment must not pass on. */
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGCHLD);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGPIPE, SIG_IGN);
    int stray = open("/dev/null", O_RDONLY); /* not close-on-exec */
    assert_int_equal(setenv("HUBWARD_SECRET", "x", 1), 0);
    run_program(&run, "/proc/self/exe", (struct spawn_user){PROBE_UID, PROBE_GID, PROBE_EXTRA});
    close(stray);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    assert_string_equal(run.report,
                        "uids=64666 gids=64667 extra=64668 args=1 env=0 fds=15 bset=0 nnp=1 "
                        "regain=0 ignored=3 pipe=0 blocked=0 umask=63 root=1 ");
    assert_true(WIFEXITED(run.status));
    assert_int_equal(WEXITSTATUS(run.status), 0);
}

static void without_an_extra_group_there_is_none(void **state)
{
    (void)state;
    struct run run;
    if (!is_root())
        skip();
    run_program(&run, "/proc/self/exe", (struct spawn_user){PROBE_UID, PROBE_GID, SPAWN_NO_GROUP});
    assert_non_null(strstr(run.report, " extra=0 "));
}

/* The programs may lie in a folder that only root may enter. */
static void a_program_in_a_closed_folder_is_started(void **state)
{
    (void)state;
    struct run run;
    char folder[] = "/tmp/hubward-spawn-XXXXXX", path[64], command[256];
    if (!is_root())
        skip();
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/probe", folder);
    snprintf(command, sizeof command, "cp /proc/%d/exe %s", (int)getpid(), path);
    assert_int_equal(system(command), 0);
    run_program(&run, path, (struct spawn_user){PROBE_UID, PROBE_GID, SPAWN_NO_GROUP});
    unlink(path);
    rmdir(folder);
    assert_non_null(strstr(run.report, "uids=64666 "));
}

static void what_cannot_be_executed_ends_with_127(void **state)
{
    (void)state;
    struct run run;
    if (!is_root())
        skip();
    int kept = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(null, STDERR_FILENO);
    run_program(&run, "/etc/passwd", (struct spawn_user){PROBE_UID, PROBE_GID, SPAWN_NO_GROUP});
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(null);
    assert_true(WIFEXITED(run.status));
    assert_int_equal(WEXITSTATUS(run.status), 127);
}

/* Starts a role that hangs, tells which process that is, and waits. */
_Noreturn static void start_one_that_hangs(int told)
{
    int fds[2];
    pid_t pid;
    struct spawn_request request = {.program_fd = open("/proc/self/exe", O_PATH | O_CLOEXEC),
                                    .name = "hang",
                                    .user = {PROBE_UID, PROBE_GID, SPAWN_NO_GROUP}};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
        _exit(1);
    request.channel_fd = fds[1];
    char octet;
    if (spawn_role(&request, &pid) != RC_OK || recv(fds[0], &octet, 1, 0) != 1 ||
        write(told, &pid, sizeof pid) != sizeof pid)
        _exit(1);
    for (;;)
        pause();
}

static void a_role_that_hangs_ends_with_who_started_it(void **state)
{
    (void)state;
    int fds[2], status;
    pid_t role, ended = 0;
    if (!is_root())
        skip();
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0); /* so that we hear of it */
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    pid_t parent = fork();
    if (parent == 0)
        start_one_that_hangs(fds[1]);
    assert_int_equal(read(fds[0], &role, sizeof role), sizeof role);
    assert_int_equal(kill(role, 0), 0);
    kill(parent, SIGKILL);
    assert_int_equal(waitpid(parent, &status, 0), parent);
    for (int i = 0; i < 1000 && ended == 0; i++) {
        ended = waitpid(role, &status, WNOHANG);
        usleep(10000);
    }
    if (!ended)
        kill(role, SIGKILL);
    assert_int_equal(ended, role);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    close(fds[0]);
    close(fds[1]);
}

static void a_user_that_is_not_there_gets_a_number(void **state)
{
    (void)state;
    struct spawn_user user = spawn_user_find("hubward-no-such-user", 64601, NULL);
    assert_int_equal(user.uid, 64601);
    assert_int_equal(user.gid, 64601);
    assert_int_equal(user.extra_gid, SPAWN_NO_GROUP);
}

static void a_user_that_is_there_is_used_unless_it_is_root(void **state)
{
    (void)state;
    struct spawn_user user = spawn_user_find("daemon", 64601, NULL);
    assert_int_equal(user.uid, 1);
    user = spawn_user_find("root", 64601, "no-such-group-here");
    assert_int_equal(user.uid, 64601);
    assert_int_equal(user.extra_gid, SPAWN_NO_GROUP);
}

static void the_extra_group_is_found_by_name(void **state)
{
    (void)state;
    const struct group *shadow = getgrnam("shadow");
    if (!shadow)
        skip();
    assert_int_equal(spawn_user_find("x", 64603, "shadow").extra_gid, shadow->gr_gid);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_is_nobody_special),
        cmocka_unit_test(without_an_extra_group_there_is_none),
        cmocka_unit_test(a_program_in_a_closed_folder_is_started),
        cmocka_unit_test(what_cannot_be_executed_ends_with_127),
        cmocka_unit_test(a_role_that_hangs_ends_with_who_started_it),
        cmocka_unit_test(a_user_that_is_not_there_gets_a_number),
        cmocka_unit_test(a_user_that_is_there_is_used_unless_it_is_root),
        cmocka_unit_test(the_extra_group_is_found_by_name),
    };
    if (argc > 0 && strcmp(argv[0], "probe") == 0)
        return probe(argc);
    if (argc > 0 && strcmp(argv[0], "hang") == 0)
        hang();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
