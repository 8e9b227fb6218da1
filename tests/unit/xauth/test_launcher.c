/* The launcher: workers begin and end by order, and nothing that they started outlives them. */
#include "services.h"
#include "xauth/job.h"
#include "xauth/launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct services services;

static int start(void)
{
    int launcher = -1;
    assert_int_equal(launcher_start(services.worker_argument, &launcher), RC_OK);
    return launcher;
}

/* Close our end and see the launcher end by itself. */
static void stop(int launcher)
{
    int status;
    close(launcher);
    assert_true(waitpid(-1, &status, 0) > 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(services_processes(&services), 0);
}

/* Order a worker for this PAM service; returns our end of its socket. */
static int begin(int launcher, uint64_t id, const char *service)
{
    int ends[2];
    uint8_t octets[JOB_OCTETS];
    struct job job = {.method = AAA_PAM,
                      .user = "alice",
                      .source = "192.0.2.9",
                      .password = "secret",
                      .password_len = 6};
    snprintf(job.service, sizeof job.service, "%s", service);
    struct builder b = builder_of(octets, sizeof octets);
    job_put(&b, &job);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(send(ends[0], octets, builder_len(&b), 0), builder_len(&b));
    assert_int_equal(launcher_order_start(launcher, id, ends[1]), RC_OK);
    close(ends[1]);
    return ends[0];
}

/* What the worker says; RC_IO: it ended without a word. */
static enum rc result(int fd)
{
    uint8_t octets[JOB_WORD_OCTETS];
    struct job_word out;
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&poll_fd, 1, 20000), 1);
    ssize_t n = recv(fd, octets, sizeof octets, 0);
    if (n <= 0)
        return RC_IO;
    struct cursor c = cursor_of(octets, (size_t)n);
    assert_int_equal(job_word_get(&c, &out), RC_OK);
    assert_int_equal(out.kind, JOB_RESULT);
    return out.result.rc;
}

static void a_worker_judges_one_job_and_ends(void **state)
{
    (void)state;
    int launcher = start();
    int good = begin(launcher, 1, "matrix"), bad = begin(launcher, 2, "deny");
    assert_int_equal(result(good), RC_OK);
    assert_int_equal(result(bad), RC_AUTH_FAILED);
    assert_int_equal(result(good), RC_IO); /* end of file */
    assert_true(services_wait(&services, 0, 0));
    close(good);
    close(bad);
    stop(launcher);
}

static void an_order_to_end_takes_the_worker_and_its_helpers_along(void **state)
{
    (void)state;
    int launcher = start();
    int hung = begin(launcher, 7, "hung"), other = begin(launcher, 8, "hung");
    assert_true(
        services_wait(&services, 4, 4)); /* two workers, two scripts in their own sessions */
    assert_int_equal(launcher_order_end(launcher, 7), RC_OK);
    assert_int_equal(result(hung), RC_IO);
    assert_true(services_wait(&services, 2, 2)); /* the other one lives on */
    assert_int_equal(launcher_order_end(launcher, 8), RC_OK);
    assert_true(services_wait(&services, 0, 0));
    close(hung);
    close(other);
    stop(launcher);
}

static void what_a_module_leaves_behind_does_not_stay(void **state)
{
    (void)state;
    int launcher = start();
    int fd = begin(launcher, 1, "left-over");
    assert_int_equal(result(fd), RC_OK);
    assert_true(services_wait(&services, 0, 0));
    close(fd);
    stop(launcher);
}

static void processes_that_fled_into_sessions_of_their_own_are_found(void **state)
{
    (void)state;
    int launcher = start();
    int fd = begin(launcher, 1, "bomb");
    assert_true(services_wait(&services, 3, 1000));
    assert_int_equal(launcher_order_end(launcher, 1), RC_OK);
    assert_true(services_wait(&services, 0, 0));
    services_sleep_ms(200);
    assert_int_equal(services_processes(&services), 0);
    close(fd);
    stop(launcher);
}

static void the_end_of_the_broker_is_the_end_of_all(void **state)
{
    (void)state;
    int launcher = start();
    int a = begin(launcher, 1, "hung"), b = begin(launcher, 2, "bomb");
    assert_true(services_wait(&services, 5, 1000));
    stop(launcher);
    close(a);
    close(b);
}

static void a_module_that_crashes_is_an_end_without_a_word(void **state)
{
    (void)state;
    int launcher = start();
    int fd = begin(launcher, 1, "crash");
    assert_int_equal(result(fd), RC_IO);
    close(fd);
    stop(launcher);
}

static void a_module_can_write_no_file_and_print_for_nobody(void **state)
{
    (void)state;
    char path[160];
    int launcher = start();
    int writes = begin(launcher, 1, "writes"), prints = begin(launcher, 2, "prints");
    assert_int_not_equal(result(writes), RC_OK);
    assert_int_equal(result(prints), RC_OK);
    snprintf(path, sizeof path, "%s/written", services.directory);
    struct stat there;
    assert_true(stat(path, &there) != 0 || there.st_size == 0);
    close(writes);
    close(prints);
    stop(launcher);
}

static void unknown_ids_and_more_workers_than_rows_do_no_harm(void **state)
{
    (void)state;
    enum { MORE = 70 };
    int fds[MORE], launcher = start();
    assert_int_equal(launcher_order_end(launcher, 12345), RC_OK);
    for (int i = 0; i < MORE; i++)
        fds[i] = begin(launcher, (uint64_t)i, "hung");
    assert_int_equal(result(fds[MORE - 1]), RC_IO); /* no row, so its socket is closed */
    for (int i = 0; i < MORE; i++)
        assert_int_equal(launcher_order_end(launcher, (uint64_t)i), RC_OK);
    for (int i = 0; i < MORE; i++) {
        assert_int_equal(result(fds[i]), RC_IO);
        close(fds[i]);
    }
    assert_true(services_wait(&services, 0, 0));
    int again = begin(launcher, 1000, "matrix");
    assert_int_equal(result(again), RC_OK);
    close(again);
    stop(launcher);
}

static void a_job_cut_short_is_an_end_without_a_word(void **state)
{
    (void)state;
    int ends[2], launcher = start();
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(send(ends[0], "\0\1", 2, 0), 2);
    assert_int_equal(launcher_order_start(launcher, 1, ends[1]), RC_OK);
    close(ends[1]);
    assert_int_equal(result(ends[0]), RC_IO);
    close(ends[0]);
    stop(launcher);
}

/* Whoever can write to this socket is the broker; what is no order means that it is not any
 * more. */
static void what_is_no_order_ends_the_launcher(void **state)
{
    (void)state;
    static const uint8_t orders[][10] = {
        {0},                            /* no verb */
        {1, 0, 0, 0, 0, 0, 0, 0, 1},    /* a start without a socket */
        {3, 0, 0, 0, 0, 0, 0, 0, 1},    /* no such verb */
        {2, 0, 0, 0, 0, 0, 0, 0, 1, 0}, /* too long */
    };
    static const size_t lengths[] = {1, 9, 9, 10};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        int status, launcher = start();
        int hung = begin(launcher, 1, "hung");
        assert_true(services_wait(&services, 2, 2));
        assert_int_equal(send(launcher, orders[i], lengths[i], 0), lengths[i]);
        assert_true(waitpid(-1, &status, 0) > 0);
        assert_true(WIFEXITED(status));
        assert_int_equal(services_processes(&services), 0);
        close(hung);
        close(launcher);
    }
}

/* THREATS X05: nothing of the login is in the command line or the environment of a worker. */
static void a_worker_shows_no_name_and_no_password(void **state)
{
    (void)state;
    int launcher = start();
    int fd = begin(launcher, 1, "hung");
    assert_true(services_wait(&services, 2, 2));
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        if (!services_command_holds(entry->d_name, services.worker_argument))
            continue;
        char path[64], environment[1024];
        assert_false(services_command_holds(entry->d_name, "alice"));
        assert_false(services_command_holds(entry->d_name, "secret"));
        snprintf(path, sizeof path, "/proc/%.16s/environ", entry->d_name);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = file < 0 ? 0 : read(file, environment, sizeof environment - 1);
        environment[n > 0 ? n : 0] = '\0';
        assert_true(n <= 0 || strcmp(environment, "PATH=/usr/sbin:/usr/bin:/sbin:/bin") == 0);
        close(file);
    }
    closedir(directory);
    close(fd);
    stop(launcher);
}

static int setup(void **state)
{
    (void)state;
    return services_init(&services) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    services_remove(&services);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_judges_one_job_and_ends),
        cmocka_unit_test(an_order_to_end_takes_the_worker_and_its_helpers_along),
        cmocka_unit_test(what_a_module_leaves_behind_does_not_stay),
        cmocka_unit_test(processes_that_fled_into_sessions_of_their_own_are_found),
        cmocka_unit_test(the_end_of_the_broker_is_the_end_of_all),
        cmocka_unit_test(a_module_that_crashes_is_an_end_without_a_word),
        cmocka_unit_test(a_module_can_write_no_file_and_print_for_nobody),
        cmocka_unit_test(unknown_ids_and_more_workers_than_rows_do_no_harm),
        cmocka_unit_test(a_job_cut_short_is_an_end_without_a_word),
        cmocka_unit_test(what_is_no_order_ends_the_launcher),
        cmocka_unit_test(a_worker_shows_no_name_and_no_password),
    };
    services_be_worker(argc, argv);
    if (!services_has_modules()) {
        print_message("libpam-wrapper's modules are not installed: skipped\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
