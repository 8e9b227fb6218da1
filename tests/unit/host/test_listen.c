/* Listening sockets: parsing of addresses, permissions, a port that is taken. */
#include "host/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void addresses_with_ports_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool loopback;
    } cases[] = {{"127.0.0.1:8500", true}, {"127.9.9.9:1", true},    {"[::1]:65535", true},
                 {"0.0.0.0:80", false},    {"10.1.1.1:8500", false}, {"[::]:80", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct endpoint endpoint;
        char text[ENDPOINT_TEXT];
        assert_int_equal(listen_parse(cases[i].text, &endpoint), RC_OK);
        assert_string_equal(endpoint_format(endpoint, text), cases[i].text);
        assert_int_equal(listen_is_loopback(endpoint), cases[i].loopback);
    }
}

static void what_is_no_address_with_a_port_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        ":",
        ":80",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:80x",
        "127.0.0.1:-1",
        "127.0.0.1: 80",
        "::1:80",
        "[::1]",
        "[::1]80",
        "[]:80",
        "[127.0.0.1]:80",
        "[::1:80",
        "localhost:80",
        "1.2.3:80",
        "[",
        "[:",
        "]:80",
        "127.0.0.1:+80",
        "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct endpoint endpoint;
        char *exact = strdup(bad[i]);
        if (listen_parse(exact, &endpoint) != RC_MALFORMED)
            fail_msg("\"%s\"", bad[i]);
        free(exact);
    }
}

static void a_unix_socket_has_its_permissions_and_replaces_a_stale_one(void **state)
{
    (void)state;
    char dir[] = "/tmp/hubward-listen-XXXXXX", path[64];
    struct stat st;
    int fd, again;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/control.sock", dir);
    assert_int_equal(listen_unix(path, 0660, 0, &fd), RC_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0660);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(listen_unix(path, 0600, 0, &again), RC_OK);
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    strcpy(un.sun_path, path);
    int client = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&un, sizeof un), 0);
    int accepted = accept(again, NULL, NULL);
    assert_true(accepted >= 0);
    close(accepted);
    close(client);
    close(fd);
    close(again);
    unlink(path);
    rmdir(dir);
}

static void a_path_too_long_for_a_socket_is_refused(void **state)
{
    (void)state;
    struct sockaddr_un un;
    char path[sizeof un.sun_path + 1];
    int fd;
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_int_equal(listen_unix(path, 0600, 0, &fd), RC_MALFORMED);
}

static void a_directory_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    int fd;
    assert_int_equal(listen_unix("/tmp/hubward-nowhere/sock", 0600, 0, &fd), RC_IO);
    assert_int_equal(errno, ENOENT);
}

static void a_taken_port_is_told_apart(void **state)
{
    (void)state;
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof name;
    struct endpoint endpoint;
    char text[64];
    int first = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), second;
    assert_int_equal(bind(first, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(first, 1), 0);
    assert_int_equal(getsockname(first, (struct sockaddr *)&name, &size), 0);
    snprintf(text, sizeof text, "127.0.0.1:%u", ntohs(name.sin_port));
    assert_int_equal(listen_parse(text, &endpoint), RC_OK);
    assert_int_equal(listen_tcp(endpoint, &second), RC_EXISTS);
    close(first);
    assert_int_equal(listen_tcp(endpoint, &second), RC_OK);
    close(second);
}

static void ipv6_loopback_is_served(void **state)
{
    (void)state;
    struct endpoint endpoint;
    int fd;
    assert_int_equal(listen_parse("[::1]:38500", &endpoint), RC_OK);
    enum rc rc = listen_tcp(endpoint, &fd);
    if (rc == RC_IO && (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT))
        skip();
    assert_int_equal(rc, RC_OK);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_with_ports_are_read),
        cmocka_unit_test(what_is_no_address_with_a_port_is_refused),
        cmocka_unit_test(a_unix_socket_has_its_permissions_and_replaces_a_stale_one),
        cmocka_unit_test(a_path_too_long_for_a_socket_is_refused),
        cmocka_unit_test(a_directory_that_is_not_there_is_an_error),
        cmocka_unit_test(a_taken_port_is_told_apart),
        cmocka_unit_test(ipv6_loopback_is_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
