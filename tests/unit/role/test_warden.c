/* What the warden's program does before there is anything to guard. */
#include "role/warden.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct warden_program program = {
    .name = "testd", .config = "/none", .run_dir = "/none", .state_dir = "/none"};

static int end_of(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void closed_standard_descriptors_are_filled_first(void **state)
{
    char *argv[] = {(char[]){"testd"}, (char[]){"--version"}, NULL};
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        close_range(0, 2, 0);
        int status = warden_main(2, argv, &program);
        for (int fd = 0; fd <= 2; fd++)
            status = fcntl(fd, F_GETFD) < 0 ? 100 + fd : status;
        _exit(status);
    }
    assert_int_equal(end_of(pid), 0);
}

static void who_is_not_root_is_told_so_by_a_start_and_by_down(void **state)
{
    static const char *const actions[] = {"--config=/none", "--down"};
    (void)state;
    if (geteuid() != 0)
        skip();
    for (size_t i = 0; i < 2; i++) {
        char action[32], said[256] = "", *argv[] = {(char[]){"testd"}, action, NULL};
        int ends[2];
        snprintf(action, sizeof action, "%s", actions[i]);
        assert_int_equal(pipe(ends), 0);
        pid_t pid = fork();
        if (pid == 0) {
            dup2(ends[1], STDERR_FILENO);
            if (setuid(65534) != 0)
                _exit(1);
            _exit(warden_main(2, argv, &program));
        }
        close(ends[1]);
        assert_true(read(ends[0], said, sizeof said - 1) > 0);
        close(ends[0]);
        assert_int_equal(end_of(pid), WARDEN_NOT_ROOT);
        assert_non_null(strstr(said, "must be started as root"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_standard_descriptors_are_filled_first),
        cmocka_unit_test(who_is_not_root_is_told_so_by_a_start_and_by_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
