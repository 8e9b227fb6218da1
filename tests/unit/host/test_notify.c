/* Telling the service manager. */
#include "host/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int listen_at(const char *name)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    size_t n = strlen(name);
    memcpy(un.sun_path, name, n);
    if (name[0] == '@')
        un.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    assert_int_equal(bind(fd, (struct sockaddr *)&un, size), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    return fd;
}

static void assert_heard(int fd, const char *text)
{
    char got[64] = "";
    ssize_t n = recv(fd, got, sizeof got - 1, MSG_DONTWAIT);
    assert_int_equal(n, strlen(text));
    assert_string_equal(got, text);
}

static void the_manager_hears_at_a_path(void **state)
{
    (void)state;
    char folder[] = "/tmp/hubward-notify-XXXXXX", name[64];
    assert_non_null(mkdtemp(folder));
    snprintf(name, sizeof name, "%s/notify", folder);
    int fd = listen_at(name);
    notify_manager("READY=1");
    assert_heard(fd, "READY=1");
    notify_manager("STOPPING=1\nSTATUS=bye");
    assert_heard(fd, "STOPPING=1\nSTATUS=bye");
    close(fd);
    notify_manager("READY=1"); /* nobody listens any more: nothing happens */
    unlink(name);
    rmdir(folder);
}

static void the_manager_hears_at_an_abstract_name(void **state)
{
    (void)state;
    char name[64];
    snprintf(name, sizeof name, "@hubward-notify-%d", (int)getpid());
    int fd = listen_at(name);
    notify_manager("READY=1");
    assert_heard(fd, "READY=1");
    close(fd);
}

static void without_a_manager_nothing_happens(void **state)
{
    (void)state;
    char longest[sizeof(struct sockaddr_un)];
    static const char *const names[] = {"", "x", "relative/path"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(setenv("NOTIFY_SOCKET", names[i], 1), 0);
        notify_manager("READY=1");
    }
    memset(longest, 'x', sizeof longest - 1);
    longest[0] = '/';
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(setenv("NOTIFY_SOCKET", longest, 1), 0);
    notify_manager("READY=1");
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    notify_manager("READY=1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_manager_hears_at_a_path),
        cmocka_unit_test(the_manager_hears_at_an_abstract_name),
        cmocka_unit_test(without_a_manager_nothing_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
