/* What no role may do, tried inside each sandbox: a row for an act, a column for a role. Builds
 * with sanitizers have the relaxed profile and try what their profile still kills. */
#include "host/sandbox_rules.h"
#include "unit/host/sandbox_kit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

static int directory = -1;
static char directory_name[] = "/tmp/hubward-forbidden-XXXXXX";

/* -- the acts: DONE is what must not be ---------------------------------------------------- */

static int outcome(long result)
{
    return result >= 0 ? DONE : REFUSED;
}

static int read_passwd(void)
{
    return outcome(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int write_a_file(void)
{
    int fd = open("/tmp/hubward-must-not-be", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        unlink("/tmp/hubward-must-not-be");
    return outcome(fd);
}

static int make_a_socket(void)
{
    return outcome(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int make_a_raw_socket(void)
{
    return outcome(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 50));
}

static int connect_somewhere(void)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/none"};
    return outcome(connect(0, (struct sockaddr *)&un, sizeof un));
}

static int listen_somewhere(void)
{
    return outcome(listen(0, 1));
}

static int replace_the_steering(void)
{
    struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {1, &all};
    return outcome(setsockopt(directory, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
}

static int execute_a_program(void)
{
    char *const argv[] = {(char[]){"/bin/true"}, NULL};
    return outcome(execve(argv[0], argv, argv + 1));
}

static int fork_a_child(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return outcome(pid);
}

static int trace(void)
{
    return outcome(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int read_the_memory_of_another(void)
{
    char octet;
    struct iovec here = {&octet, 1}, there = {&octet, 1};
    return outcome(syscall(SYS_process_vm_readv, getppid(), &here, 1, &there, 1, 0));
}

static int signal_another(void)
{
    return outcome(kill(getppid(), 0));
}

static int become_another(void)
{
    return outcome(setresuid(1, 1, 1));
}

static int mount_something(void)
{
    return outcome(mount("none", directory_name, "tmpfs", 0, NULL));
}

static int change_the_root(void)
{
    return outcome(chroot("/tmp"));
}

static int leave_the_namespaces(void)
{
    return outcome(unshare(CLONE_NEWNS));
}

static int enter_a_namespace(void)
{
    return outcome(setns(directory, 0));
}

static int load_a_module(void)
{
    return outcome(syscall(SYS_finit_module, directory, "", 0));
}

static int load_a_bpf_program(void)
{
    return outcome(syscall(SYS_bpf, 0, NULL, 0));
}

static int watch_the_system(void)
{
    return outcome(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
}

static int make_a_ring(void)
{
    return outcome(syscall(SYS_io_uring_setup, 1, NULL));
}

static int use_the_keyrings(void)
{
    return outcome(syscall(SYS_keyctl, 0, -3, 0, 0, 0));
}

static int set_the_clock(void)
{
    struct timespec now = {0};
    return outcome(clock_settime(CLOCK_REALTIME, &now));
}

static int type_for_the_operator(void)
{
    return outcome(ioctl(0, TIOCSTI, "x"));
}

static int make_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? REFUSED : DONE;
}

static int make_data_code(void)
{
    static char page[8192] __attribute__((aligned(4096)));
    return outcome(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int change_a_files_mode(void)
{
    return outcome(chmod(directory_name, 0777));
}

/* -- the table ----------------------------------------------------------------------------- */

/* Columns: key, path, xauth, pam, pam as root, store, web, resolver, warden. x: it kills. r: it is
 * refused. l: Landlock refuses it; s: only a newer one does. +: it may. */
struct row {
    deed *act;
    const char *name;
    const char *expected;
    const char *relaxed; /* the same in builds with sanitizers; +: not tried */
};

#define ACT(act) act, #act
static const struct row rows[] = {
    /* clang-format off */
    {ACT(read_passwd),                "xxx++lx++", "+++++++++"},
    {ACT(write_a_file),               "xxxlllxll", "+++++++++"},
    {ACT(make_a_socket),              "xxx++xx++", "+++++++++"},
    {ACT(make_a_raw_socket),          "xxxrrxxr+", "+++++++++"},
    {ACT(connect_somewhere),          "xxxrrxxrr", "xxx++xx++"},
    {ACT(listen_somewhere),           "xxxrrxxxr", "+++++++++"},
    {ACT(replace_the_steering),       "xxxrrxxxr", "+++++++++"},
    {ACT(execute_a_program),          "xxx++xxx+", "xxx++xxx+"},
    {ACT(fork_a_child),               "xxx++xxx+", "+++++++++"},
    {ACT(trace),                      "xxxxxxxxx", "xxxxxxxx+"},
    {ACT(read_the_memory_of_another), "xxxxxxxxx", "xxxxxxxx+"},
    {ACT(signal_another),             "xxxssxxxs", "+++++++++"},
    {ACT(become_another),             "xxxrrxxx+", "xxx++xxx+"},
    {ACT(mount_something),            "xxxxxxxxx", "xxxxxxxx+"},
    {ACT(change_the_root),            "xxxxxxxxx", "xxxxxxxx+"},
    {ACT(leave_the_namespaces),       "xxxxxxxx+", "xxxxxxxx+"},
    {ACT(enter_a_namespace),          "xxxxxxxxx", "xxxxxxxx+"},
    {ACT(load_a_module),              "xxxxxxxxx", "xxxxxxxx+"},
    {ACT(load_a_bpf_program),         "xxxxxxxxx", "xxxxxxxx+"},
    {ACT(watch_the_system),           "xxxxxxxxx", "xxxxxxxx+"},
    {ACT(make_a_ring),                "xxxrrxxxr", "+++++++++"},
    {ACT(use_the_keyrings),           "xxxrrxxxr", "+++++++++"},
    {ACT(set_the_clock),              "xxxrrxxxr", "+++++++++"},
    {ACT(type_for_the_operator),      "xxxrrxxxr", "+++++++++"},
    {ACT(make_code),                  "xxx++xxx+", "+++++++++"},
    {ACT(make_data_code),             "xxx++xxx+", "+++++++++"},
    {ACT(change_a_files_mode),        "xxxrrxxxr", "+++++++++"},
    /* clang-format on */
};

/* The first release of Landlock that refuses it; 0: refused by other means. */
static long abi_for(char expected)
{
    return expected == 's' ? 6 : expected == 'l' ? 1 : 0;
}

static bool as_expected(char expected, int status)
{
    if (expected == 'x')
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < abi_for(expected))
        return true;
    return WIFEXITED(status) && WEXITSTATUS(status) == REFUSED;
}

static int try(enum sandbox_kind kind, deed *act)
{
    struct sandbox_options options = {.directory_fd = directory};
    return kit_run(kind, &options, act);
}

static void what_a_role_may_not_do_kills_it_or_is_refused(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *expected = RELAXED ? rows[i].relaxed : rows[i].expected;
        assert_int_equal(strlen(expected), SANDBOX_KIND_COUNT);
        for (int kind = 0; kind < SANDBOX_KIND_COUNT; kind++) {
            if (expected[kind] == '+')
                continue;
            int status = try((enum sandbox_kind)kind, rows[i].act);
            if (as_expected(expected[kind], status))
                continue;
            print_error("role %d, %s: wanted %c, status %x\n", kind, rows[i].name, expected[kind],
                        (unsigned)status);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* Every call more is more of the kernel within reach. Raise a number only with a reason. Store's is
 * sqlite's; calls that only other architectures or releases of the C library make are among them.
 */
static void the_lists_are_short(void **state)
{
    (void)state;
    static const struct {
        enum sandbox_kind kind;
        size_t most;
    } bounds[] = {{SANDBOX_KEY, 38},
                  {SANDBOX_PATH, 23},
                  {SANDBOX_WEB, 25},
                  {SANDBOX_STORE, 45},
                  {SANDBOX_RESOLVER, 46}};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
        size_t count = sandbox_call_count(bounds[i].kind);
        print_message("role %d: %zu calls\n", (int)bounds[i].kind, count);
        assert_in_range(count, 10, bounds[i].most);
    }
}

static int only_loopback_that_is_down(void)
{
    struct sockaddr_in any = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (sandbox_leave_network() != RC_OK)
        return NOT_LOCKED;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return FAILED;
    bool sent = sendto(fd, "x", 1, 0, (struct sockaddr *)&any, sizeof any) == 1;
    return !sent && errno == ENETUNREACH ? DONE : FAILED;
}

static void an_empty_network_leads_nowhere(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0)
        _exit(only_loopback_that_is_down());
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WEXITSTATUS(status) == NOT_LOCKED)
        skip(); /* no user namespaces here */
    assert_int_equal(WEXITSTATUS(status), DONE);
}

static int no_memory_in_a_dump(void)
{
    char text[16] = "";
    if (sandbox_no_dump() != RC_OK)
        return FAILED;
    int fd = open("/proc/self/coredump_filter", O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && read(fd, text, sizeof text - 1) > 0 && strtoul(text, NULL, 16) == 0;
    close(fd);
    return good ? DONE : FAILED;
}

static void a_core_dump_would_hold_no_memory(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0)
        _exit(no_memory_in_a_dump());
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), DONE);
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
        cmocka_unit_test(what_a_role_may_not_do_kills_it_or_is_refused),
        cmocka_unit_test(the_lists_are_short),
        cmocka_unit_test(an_empty_network_leads_nowhere),
        cmocka_unit_test(a_core_dump_would_hold_no_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
