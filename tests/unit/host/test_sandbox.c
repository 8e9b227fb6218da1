/* What every role must be able to do works inside its sandbox, in a forked child. What none may do
 * is the table of test_sandbox_forbidden.c. */
#include "host/channel.h"
#include "host/memfd.h"
#include "unit/host/sandbox_kit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int directory = -1;
static char directory_name[] = "/tmp/hubward-sandbox-XXXXXX";

static int run(enum sandbox_kind kind, deed *act)
{
    struct sandbox_options options = {.directory_fd = directory};
    return kit_run(kind, &options, act);
}

static void assert_done(enum sandbox_kind kind, deed *act)
{
    int status = run(kind, act);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != DONE)
        fail_msg("role %u: status %x", (unsigned)kind, (unsigned)status);
}

static void assert_killed(enum sandbox_kind kind, deed *act)
{
    int status = run(kind, act);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
        fail_msg("role %u: status %x", (unsigned)kind, (unsigned)status);
}

static int do_nothing(void)
{
    return DONE;
}

static int open_a_file(void)
{
    int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    return fd >= 0 ? FAILED : REFUSED;
}

static const enum sandbox_kind ours[] = {SANDBOX_KEY, SANDBOX_PATH, SANDBOX_XAUTH, SANDBOX_STORE,
                                         SANDBOX_WEB};

static void every_sandbox_can_be_entered_and_left_by_exit(void **state)
{
    (void)state;
    for (int kind = 0; kind < SANDBOX_KIND_COUNT; kind++)
        assert_done((enum sandbox_kind)kind, do_nothing);
}

static void a_store_without_a_directory_is_not_locked(void **state)
{
    (void)state;
    int kept = directory;
    directory = -1;
    int status = run(SANDBOX_STORE, do_nothing);
    directory = kept;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), NOT_LOCKED);
}

static void the_store_is_refused_files_outside_its_directory(void **state)
{
    (void)state;
    if (RELAXED || !sandbox_has_landlock())
        skip();
    int status = run(SANDBOX_STORE, open_a_file);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), REFUSED);
}

static int use_the_directory(void)
{
    static const char text[] = "row";
    int fd = openat(directory, "db", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || pwrite(fd, text, sizeof text, 0) != sizeof text || fsync(fd) != 0 ||
        ftruncate(fd, 1) != 0)
        return FAILED;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_SETLK, &lock) != 0)
        return FAILED;
    void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED || munmap(map, 4096) != 0)
        return FAILED;
    close(fd);
    return unlinkat(directory, "db", 0) == 0 && access("/nowhere", R_OK) != 0 ? DONE : FAILED;
}

static void the_store_uses_files_in_its_directory(void **state)
{
    (void)state;
    assert_done(SANDBOX_STORE, use_the_directory);
}

static void *add_one(void *number)
{
    void *memory = malloc(200000); /* an arena of its own, did the thread have one */
    free(memory);
    ++*(int *)number;
    return NULL;
}

static int run_threads(void)
{
    int number = 0;
    for (int i = 0; i < 4; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, add_one, &number) != 0 || pthread_join(thread, NULL) != 0)
            return FAILED;
    }
    return number == 4 ? DONE : FAILED;
}

static void key_starts_threads_and_others_do_not(void **state)
{
    (void)state;
    assert_done(SANDBOX_KEY, run_threads);
    if (RELAXED)
        return;
    assert_killed(SANDBOX_PATH, run_threads);
    assert_killed(SANDBOX_WEB, run_threads);
}

static void on_work(uv_work_t *work)
{
    *(int *)work->data = DONE;
}

static void on_worked(uv_work_t *work, int status)
{
    if (status != 0)
        *(int *)work->data = FAILED;
    uv_stop(work->loop);
}

static int run_the_worker_pool(void)
{
    uv_loop_t loop;
    int result = FAILED;
    uv_work_t work = {.data = &result};
    if (uv_loop_init(&loop) != 0)
        return FAILED;
    if (uv_queue_work(&loop, &work, on_work, on_worked) != 0)
        return FAILED;
    uv_run(&loop, UV_RUN_DEFAULT);
    return result;
}

/* The loop itself is made before the lock in a role; here inside, so key's pool only. */
static uv_loop_t made_before;
static int pool_with_a_loop_from_before(void)
{
    int result = FAILED;
    uv_work_t work = {.data = &result};
    if (uv_queue_work(&made_before, &work, on_work, on_worked) != 0)
        return FAILED;
    uv_run(&made_before, UV_RUN_DEFAULT);
    return result;
}

static void key_runs_work_on_the_pool_of_the_loop(void **state)
{
    (void)state;
    if (RELAXED)
        assert_done(SANDBOX_KEY, run_the_worker_pool);
    assert_int_equal(uv_loop_init(&made_before), 0);
    assert_done(SANDBOX_KEY, pool_with_a_loop_from_before);
    assert_int_equal(uv_loop_close(&made_before), 0);
}

static int pair[2];

static enum rc take_fd(void *context, struct channel *channel, enum message_kind kind,
                       struct cursor *payload, int fd)
{
    (void)payload;
    if (fd >= 0)
        close(fd);
    *(int *)context = kind == MSG_SOCKET && fd >= 0 ? DONE : FAILED;
    channel_close(channel);
    return RC_OK;
}

static int talk_over_a_channel(void)
{
    int result = FAILED;
    struct channel *a, *b;
    if (channel_open(&made_before, pair[0], ROLE_WARDEN, ROLE_KEY, NULL, NULL, NULL, &a) != RC_OK ||
        channel_open(&made_before, pair[1], ROLE_KEY, ROLE_WARDEN, take_fd, NULL, &result, &b) !=
            RC_OK)
        return FAILED;
    if (channel_send(a, MSG_SOCKET, (struct span){NULL, 0}, 0) != RC_OK)
        return FAILED;
    while (uv_run(&made_before, UV_RUN_ONCE) && result == FAILED)
        ;
    channel_close(a);
    while (uv_run(&made_before, UV_RUN_NOWAIT))
        ;
    return result;
}

static void every_role_talks_over_channels(void **state)
{
    (void)state;
    for (int kind = 0; kind < SANDBOX_KIND_COUNT; kind++) {
        assert_int_equal(uv_loop_init(&made_before), 0);
        assert_int_equal(channel_pair(pair), RC_OK);
        assert_done((enum sandbox_kind)kind, talk_over_a_channel);
        close(pair[0]);
        close(pair[1]);
        assert_int_equal(uv_loop_close(&made_before), 0);
    }
}

static int memfd = -1;
static int read_a_configuration(void)
{
    struct span text;
    if (memfd_read(memfd, &text) != RC_OK)
        return FAILED;
    int result = text.len == 3 ? DONE : FAILED;
    memfd_free(text);
    return result;
}

static void key_reads_a_new_configuration(void **state)
{
    (void)state;
    assert_int_equal(memfd_make("c", (struct span){(const uint8_t *)"abc", 3}, &memfd), RC_OK);
    assert_done(SANDBOX_KEY, read_a_configuration);
    close(memfd);
}

static int use_memory_time_and_chance(void)
{
    uint8_t octets[32];
    struct timespec now;
    char *big = malloc(1 << 20);
    if (!big || getrandom(octets, sizeof octets, 0) != sizeof octets ||
        clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return FAILED;
    char *bigger = realloc(big, 8 << 20);
    if (!bigger)
        return FAILED;
    free(bigger);
    return fprintf(stderr, "%s", "") == 0 ? DONE : FAILED;
}

static void every_role_has_memory_time_and_chance(void **state)
{
    (void)state;
    for (int kind = 0; kind < SANDBOX_KIND_COUNT; kind++)
        assert_done((enum sandbox_kind)kind, use_memory_time_and_chance);
}

static int abort_in_there(void)
{
    abort();
}

static void an_abort_is_an_abort_and_not_a_bad_call(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        int status = run(ours[i], abort_in_there);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
    }
}

static int check_the_process_state(void)
{
    struct rlimit core;
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0)
        return FAILED;
    return prctl(PR_GET_DUMPABLE) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? DONE
                                                                                      : FAILED;
}

static void no_core_dump_no_tracer_no_new_privileges(void **state)
{
    (void)state;
    assert_done(SANDBOX_PAM, check_the_process_state); /* the only one that may look */
}

static int act_as_a_broker(void)
{
    int ends[2];
    char page[4096] = "";
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return FAILED;
    mlock(page, sizeof page); /* allowed to fail, not to kill */
    int result =
        send(ends[0], "x", 1, MSG_NOSIGNAL) == 1 && recv(ends[1], page, 1, 0) == 1 ? DONE : FAILED;
    close(ends[0]);
    close(ends[1]);
    return result;
}

static void the_broker_makes_sockets_for_its_workers(void **state)
{
    (void)state;
    assert_done(SANDBOX_XAUTH, act_as_a_broker);
}

static int act_as_a_launcher(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        char *const argv[] = {(char[]){"/bin/true"}, NULL};
        execve(argv[0], argv, argv + 1);
        _exit(2);
    }
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return FAILED;
    int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return FAILED;
    close(fd);
    return RELAXED || open("/tmp/hubward-must-not-be", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0
               ? DONE
               : FAILED;
}

static void the_launcher_executes_workers_that_read_files_and_write_none(void **state)
{
    (void)state;
    assert_done(SANDBOX_PAM, act_as_a_launcher);
}

static int use_a_surprising_call(void)
{
    return syscall(SYS_swapon, "", 0) < 0 && errno == EPERM ? DONE : FAILED;
}

static void a_module_of_pam_is_refused_what_nobody_foresaw(void **state)
{
    (void)state;
    assert_done(SANDBOX_PAM, use_a_surprising_call);
}

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(directory_name))
        return -1;
    directory = open(directory_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return directory < 0 ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    close(directory);
    return rmdir(directory_name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sandbox_can_be_entered_and_left_by_exit),
        cmocka_unit_test(a_store_without_a_directory_is_not_locked),
        cmocka_unit_test(the_store_is_refused_files_outside_its_directory),
        cmocka_unit_test(the_store_uses_files_in_its_directory),
        cmocka_unit_test(key_starts_threads_and_others_do_not),
        cmocka_unit_test(key_runs_work_on_the_pool_of_the_loop),
        cmocka_unit_test(every_role_talks_over_channels),
        cmocka_unit_test(key_reads_a_new_configuration),
        cmocka_unit_test(every_role_has_memory_time_and_chance),
        cmocka_unit_test(an_abort_is_an_abort_and_not_a_bad_call),
        cmocka_unit_test(no_core_dump_no_tracer_no_new_privileges),
        cmocka_unit_test(the_broker_makes_sockets_for_its_workers),
        cmocka_unit_test(the_launcher_executes_workers_that_read_files_and_write_none),
        cmocka_unit_test(a_module_of_pam_is_refused_what_nobody_foresaw),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
