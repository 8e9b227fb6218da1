/* What is acknowledged is on the disk: the process killed at random, killed at every system call,
 * every write failing in turn, the disk full and the disk read-only. THREATS F02, F04. */
#include "place.h"
#include "store/batch.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#ifdef __x86_64__
#include <sys/user.h>
#endif

enum { NOW = 1700000000, ROUNDS = 50, LEASES = 200000, SKIP = 77 };

/* Seen by parent and child alike. told[n]: lease n was acknowledged. */
static struct shared {
    uint32_t count;  /* leases that were tried */
    uint32_t passed; /* commits that succeeded */
    uint8_t told[LEASES];
} * shared;

static struct place place;

static void on_saved(void *context, const struct store_lease_saved *saved)
{
    (void)context;
    uint32_t n;
    memcpy(&n, saved->ticket.id + 1, sizeof n);
    if (saved->rc == RC_OK)
        shared->told[n] = 1;
}

static const struct batch_io io = {.saved = on_saved};

/* Put so many new leases into a batch and commit it. */
static enum rc commit_some(struct database *database, struct batch *batch, unsigned some)
{
    const struct lease_stamp stamp = {.now_s = NOW, .epoch = 1};
    for (unsigned i = 0; i < some && shared->count < LEASES; i++) {
        uint32_t n = shared->count++;
        struct effect_lease_save save = {.row = place_lease(n, true), .ticket.id[0] = 1};
        memcpy(save.ticket.id + 1, &n, sizeof n);
        if (batch_lease(batch, &save, &stamp) != RC_OK)
            return RC_NO_MEMORY;
    }
    enum rc rc = batch_commit(batch, database, stamp.now_s, RC_IO);
    shared->passed += rc == RC_OK ? 1 : 0;
    return rc;
}

/* Every acknowledged lease is there with its address, and no address twice. Returns the rows. */
static size_t assert_nothing_lost(void)
{
    struct database *database = NULL;
    struct database_report report;
    static struct lease_row rows[512];
    uint8_t *found = calloc(LEASES, 1);
    int64_t after = 0;
    size_t total = 0, count, skipped = 0;
    bool end = false;
    assert_non_null(found);
    assert_int_equal(database_open(NULL, &database, &report), RC_OK);
    assert_false(report.set_aside);
    while (!end) {
        assert_int_equal(lease_page(database, NOW, &after, rows, 512, &count, &end, &skipped),
                         RC_OK);
        for (size_t i = 0; i < count; i++) {
            unsigned n;
            assert_int_equal(sscanf(rows[i].principal, "testgroup/user%u", &n), 1);
            assert_true(n < LEASES && !found[n]);
            assert_true(addr_equal(rows[i].addr, place_lease(n, true).addr));
            found[n] = 1;
        }
        total += count;
    }
    assert_int_equal(skipped, 0);
    for (uint32_t n = 0; n < shared->count; n++)
        if (shared->told[n] && !found[n])
            fail_msg("lease %u was acknowledged and is lost", n);
    database_close(database);
    free(found);
    return total;
}

static int begin(void **state)
{
    (void)state;
    memset(shared, 0, sizeof *shared);
    return place_enter(&place);
}

static int end(void **state)
{
    (void)state;
    return place_leave(&place);
}

static _Noreturn void commit_for_ever(unsigned seed)
{
    struct database *database = NULL;
    struct database_report report;
    struct batch *batch;
    if (database_open(NULL, &database, &report) != RC_OK || batch_new(&io, &batch) != RC_OK)
        _exit(1);
    for (;;) {
        seed = seed * 1103515245 + 12345;
        if (commit_some(database, batch, 1 + (seed >> 16) % 20) != RC_OK)
            _exit(2);
    }
}

static void fifty_kills_lose_no_acknowledged_lease(void **state)
{
    (void)state;
    size_t before = 0, rows = 0;
    srand(1);
    for (unsigned round = 0; round < ROUNDS; round++) {
        int status;
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            commit_for_ever(round);
        /* Not before it commits: opening takes long on a disk that is busy. */
        for (uint32_t tried = shared->count; shared->count == tried && kill(pid, 0) == 0;)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        long us = rand() % 40000;
        nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        rows = assert_nothing_lost();
        assert_true(rows >= before);
        before = rows;
    }
    print_message("%u kills, %u leases tried, %zu stored, %u commits\n", ROUNDS, shared->count,
                  rows, shared->passed);
    assert_true(shared->passed > ROUNDS);
}

/* A short life of a store, the same each time. */
static int short_life(void)
{
    struct database *database = NULL;
    struct database_report report;
    struct batch *batch;
    if (batch_new(&io, &batch) != RC_OK)
        return 1;
    /* As the service does: what cannot be opened is tried again. */
    for (int i = 0; i < 3 && !database; i++)
        if (database_open(NULL, &database, &report) == RC_OK)
            break;
    if (report.set_aside)
        return 2; /* a failing disk is no damage */
    for (int i = 0; i < 3; i++)
        if (commit_some(database, batch, 3) == RC_MALFORMED)
            return 3;
    batch_free(batch);
    database_close(database);
    return 0;
}

/* Fork a short life that stops at every system call; -1 where nobody may trace. */
static pid_t trace_short_life(void)
{
    int status;
    memset(shared, 0, sizeof *shared);
    pid_t pid = fork();
    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(SKIP);
        raise(SIGSTOP);
        _exit(short_life());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFSTOPPED(status))
        return -1;
    ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
    return pid;
}

/* Go on to the next stop at a system call; false: the process has ended with *status. */
static bool next_stop(pid_t pid, int *status)
{
    int sig = 0;
    for (;;) {
        if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)sig) != 0)
            return false;
        assert_int_equal(waitpid(pid, status, 0), pid);
        if (!WIFSTOPPED(*status))
            return false;
        if (WSTOPSIG(*status) == (SIGTRAP | 0x80))
            return true;
        sig = WSTOPSIG(*status);
    }
}

static void a_kill_at_every_system_call_loses_no_acknowledged_lease(void **state)
{
    (void)state;
    unsigned kills = 0, acknowledged = 0;
    for (unsigned at = 1;; at++) {
        int status = 0;
        bool alive = true;
        pid_t pid = trace_short_life();
        if (pid < 0)
            skip();
        for (unsigned i = 0; i < at && alive; i++)
            alive = next_stop(pid, &status);
        if (alive) {
            kill(pid, SIGKILL);
            assert_int_equal(waitpid(pid, &status, 0), pid);
            kills++;
        }
        assert_nothing_lost();
        for (uint32_t n = 0; n < shared->count; n++)
            acknowledged += shared->told[n];
        place_clean();
        if (!alive) {
            assert_true(WIFEXITED(status));
            assert_int_equal(WEXITSTATUS(status), 0);
            assert_int_equal(shared->passed, 3);
            break;
        }
    }
    print_message("%u boundaries, %u leases acknowledged before a kill, none lost\n", kills,
                  acknowledged);
    assert_true(kills > 100);
}

#ifdef __x86_64__
static bool is_write(unsigned long long call)
{
    static const long calls[] = {SYS_pwrite64,  SYS_write,     SYS_fsync,
                                 SYS_fdatasync, SYS_ftruncate, SYS_fallocate};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if ((unsigned long long)calls[i] == call)
            return true;
    return false;
}

/* Let the n-th write, or from the n-th on every one, fail. Returns the exit status; *writes: how
 * many there were. */
static int life_with_fault(unsigned nth, bool for_ever, int error, unsigned *writes)
{
    int status = 0;
    bool failing = false, entry = true;
    pid_t pid = trace_short_life();
    *writes = 0;
    if (pid < 0)
        return SKIP;
    for (; next_stop(pid, &status); entry = !entry) {
        struct user_regs_struct regs;
        assert_int_equal(ptrace(PTRACE_GETREGS, pid, NULL, &regs), 0);
        if (entry && is_write(regs.orig_rax)) {
            ++*writes;
            failing = *writes == nth || (for_ever && *writes > nth);
            if (failing)
                regs.orig_rax = (unsigned long long)-1;
        } else if (!entry && failing) {
            regs.rax = (unsigned long long)-error;
            failing = false;
        } else {
            continue;
        }
        assert_int_equal(ptrace(PTRACE_SETREGS, pid, NULL, &regs), 0);
    }
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void every_failing_write_loses_no_acknowledged_lease_and_ends_nothing(void **state)
{
    (void)state;
    static const int errors[] = {ENOSPC, EIO, EROFS};
    unsigned lives = 0;
    for (size_t e = 0; e < sizeof errors / sizeof errors[0]; e++)
        for (int for_ever = 0; for_ever < 2; for_ever++)
            for (unsigned nth = 1, writes = nth; writes >= nth; nth++, lives++) {
                int status = life_with_fault(nth, for_ever, errors[e], &writes);
                if (status == SKIP)
                    skip();
                assert_int_equal(status, 0);
                assert_nothing_lost();
                if (!for_ever) /* one failure costs one commit at most, then all is well again */
                    assert_true(shared->passed >= 2);
                place_clean();
            }
    print_message("%u lives\n", lives);
    assert_true(lives > 60);
}
#endif

/* Run it with a small file system of its own as the working directory; SKIP: not permitted. */
static int in_small_disk(int (*life)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
            mount("none", place.directory, "tmpfs", 0, "size=512k") != 0 ||
            chdir(place.directory) != 0)
            _exit(SKIP);
        _exit(life());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void fill(void)
{
    char octets[1024] = "";
    int fd = open("filler", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    while (write(fd, octets, sizeof octets) > 0)
        ;
    while (write(fd, octets, 1) > 0)
        ;
    close(fd);
}

static size_t told(void)
{
    size_t count = 0;
    for (uint32_t n = 0; n < shared->count; n++)
        count += shared->told[n];
    return count;
}

/* Commits until the disk is full, room again, and on. */
static int life_on_a_full_disk(void)
{
    struct database *database = NULL;
    struct database_report report;
    struct batch *batch;
    enum rc rc = RC_OK;
    if (database_open(NULL, &database, &report) != RC_OK || batch_new(&io, &batch) != RC_OK ||
        commit_some(database, batch, 10) != RC_OK)
        return 1;
    fill();
    for (int i = 0; i < 10000 && rc == RC_OK; i++)
        rc = commit_some(database, batch, 10);
    if (rc != RC_FULL)
        return 2;
    size_t before = told();
    if (commit_some(database, batch, 10) == RC_OK || told() != before)
        return 3;
    unlink("filler");
    if (commit_some(database, batch, 10) != RC_OK || told() != before + 10)
        return 4;
    database_close(database);
    assert_nothing_lost();
    /* And with a disk that is full from the start. */
    place_clean();
    fill();
    if (database_open(NULL, &database, &report) == RC_OK)
        return 5;
    if (report.set_aside)
        return 6;
    unlink("filler");
    return database_open(NULL, &database, &report) == RC_OK ? 0 : 7;
}

static void a_full_disk_is_told_and_outlived(void **state)
{
    (void)state;
    int status = in_small_disk(life_on_a_full_disk);
    if (status == SKIP)
        skip();
    assert_int_equal(status, 0);
}

static int life_on_a_read_only_disk(void)
{
    struct database *database = NULL;
    struct database_report report;
    struct batch *batch;
    if (database_open(NULL, &database, &report) != RC_OK || batch_new(&io, &batch) != RC_OK ||
        commit_some(database, batch, 10) != RC_OK)
        return 1;
    database_close(database);
    database = NULL;
    if (mount(NULL, place.directory, NULL, MS_REMOUNT | MS_RDONLY | MS_BIND, NULL) != 0 &&
        mount(NULL, place.directory, NULL, MS_REMOUNT | MS_RDONLY, NULL) != 0)
        return SKIP;
    if (chdir("/") != 0 || chdir(place.directory) != 0)
        return 2;
    enum rc rc = database_open(NULL, &database, &report);
    if (rc == RC_OK || rc == RC_UNSUPPORTED || report.set_aside)
        return 3;
    if (mount(NULL, place.directory, NULL, MS_REMOUNT, NULL) != 0)
        return SKIP;
    assert_nothing_lost();
    return 0;
}

static void a_read_only_disk_is_no_damage(void **state)
{
    (void)state;
    int status = in_small_disk(life_on_a_read_only_disk);
    if (status == SKIP)
        skip();
    assert_int_equal(status, 0);
}

#define CRASH_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CRASH_TEST(fifty_kills_lose_no_acknowledged_lease),
        CRASH_TEST(a_kill_at_every_system_call_loses_no_acknowledged_lease),
#ifdef __x86_64__
        CRASH_TEST(every_failing_write_loses_no_acknowledged_lease_and_ends_nothing),
#endif
        CRASH_TEST(a_full_disk_is_told_and_outlived),
        CRASH_TEST(a_read_only_disk_is_no_damage),
    };
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
