/* The child's side of a start, with this test as the warden: child_main runs in a forked process
 * with its channel on descriptor 3, and tells what it was given over its log. */
#include "host/channel.h"
#include "host/child.h"
#include "host/memfd.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* -- the child: reports each callback, obeys "knobs" ------------------------------- */

struct knobs {
    enum rc on_config, before_run;
    bool run_without_sandbox_kind;
    bool stop_later;
    bool route;
    bool event;
    unsigned lines; /* to log at the start */
};
static struct knobs knobs;
static uv_timer_t later;

static enum rc told_socket(void *context, struct child *child, enum socket_kind kind,
                           uint32_t number, const char *name, int take_fd)
{
    (void)context;
    child_log(child, LEVEL_INFO, "socket %d %u %s %d", kind, number, name,
              fcntl(take_fd, F_GETFD) == FD_CLOEXEC);
    close(take_fd);
    return RC_OK;
}

static enum rc told_config(void *context, struct child *child, const char *name, int take_fd)
{
    (void)context;
    struct span text = {NULL, 0};
    enum rc rc = memfd_read(take_fd, &text);
    child_log(child, LEVEL_INFO, "config %s %s %.*s", name, rc_text(rc), (int)text.len, text.at);
    memfd_free(text);
    close(take_fd);
    return knobs.on_config;
}

static enum rc told_channel(void *context, struct child *child, enum role other, int take_fd)
{
    (void)context;
    child_log(child, LEVEL_INFO, "channel %s", role_name(other));
    close(take_fd);
    return RC_OK;
}

static enum rc told_interface(void *context, struct child *child,
                              const struct child_interface *interface)
{
    (void)context;
    char addr[ADDR_TEXT];
    child_log(child, LEVEL_INFO, "interface %s %s %u %s", interface->ios_name,
              interface->linux_name, interface->ifindex, addr_format(interface->addr, addr));
    return RC_OK;
}

static enum rc told_run(void *context, struct child *child, struct sandbox_options *options)
{
    (void)context;
    for (unsigned i = 0; i < knobs.lines; i++)
        child_log(child, LEVEL_DEBUG, "line %u", i);
    child_log(child, LEVEL_INFO, "run %d", options->directory_fd);
    if (knobs.event) {
        struct event event = {.kind = EV_XAUTH_OK, .conn = 7};
        event_text(&event, 0, "alice");
        event_text(&event, 1, "testgroup");
        child_log_event(child, &event);
    }
    if (knobs.route && child_route(child, true, 0, prefix_of(addr_v4(0x0a020000), 16)) != RC_OK)
        return RC_IO;
    return knobs.before_run;
}

static void on_later(uv_timer_t *timer)
{
    child_finish(timer->data, 0);
}

static void told_stop(void *context, struct child *child)
{
    (void)context;
    child_log(child, LEVEL_INFO, "stop");
    if (!knobs.stop_later) {
        child_finish(child, 0);
        return;
    }
    uv_timer_init(child_loop(child), &later);
    later.data = child;
    uv_timer_start(&later, on_later, 30, 0);
}

static void told_end(void *context, struct child *child)
{
    (void)context;
    child_log(child, LEVEL_INFO, "end");
    if (knobs.stop_later)
        uv_close((uv_handle_t *)&later, NULL);
}

static const struct child_ops ops = {
    .sandbox = SANDBOX_KEY,
    .on_socket = told_socket,
    .on_config = told_config,
    .on_channel = told_channel,
    .on_interface = told_interface,
    .before_run = told_run,
    .on_stop = told_stop,
    .after_run = told_end,
};
static const struct child_ops no_ops = {.sandbox = SANDBOX_KEY};

/* -- the warden -------------------------------------------------------------------- */

struct warden {
    int fd;
    pid_t pid;
    char heard[8192]; /* "kind:text;" of everything that came */
};

static void start_role(struct warden *warden, enum role role, const struct child_ops *with)
{
    int fds[2];
    *warden = (struct warden){0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    warden->pid = fork();
    assert_true(warden->pid >= 0);
    if (warden->pid == 0) {
        int end = fcntl(fds[1], F_DUPFD, CHILD_FD + 20);
        close(fds[0]);
        close(fds[1]);
        dup2(end, CHILD_FD);
        close(end);
        _exit(child_main(role, with, NULL));
    }
    close(fds[1]);
    warden->fd = fds[0];
}

static void start(struct warden *warden)
{
    start_role(warden, ROLE_KEY, &ops);
}

static void send_raw(struct warden *warden, unsigned kind, struct builder *b, int fd)
{
    uint8_t octets[2048];
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct builder m = builder_of(octets, sizeof octets);
    builder_u16(&m, (uint16_t)kind);
    builder_u16(&m, (uint16_t)(b ? builder_len(b) : 0));
    if (b)
        builder_add(&m, builder_span(b));
    assert_false(m.bad);
    struct iovec iov = {.iov_base = octets, .iov_len = builder_len(&m)};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = control.room;
        message.msg_controllen = sizeof control.room;
        struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(cmsg), &fd, sizeof fd);
    }
    /* The child may be gone already; what it says then is the test. */
    if (sendmsg(warden->fd, &message, MSG_NOSIGNAL) < 0)
        return;
}

static void send_socket(struct warden *warden)
{
    uint8_t octets[256];
    struct builder b = builder_of(octets, sizeof octets);
    child_socket_put(&b, &(struct child_socket){SOCKET_TUN, 7, "tun7"});
    send_raw(warden, MSG_SOCKET, &b, STDERR_FILENO);
}

static void send_config(struct warden *warden, const char *name, const char *text)
{
    uint8_t octets[256];
    struct builder b = builder_of(octets, sizeof octets);
    int fd;
    assert_int_equal(memfd_make("t", (struct span){(const uint8_t *)text, strlen(text)}, &fd),
                     RC_OK);
    builder_string(&b, name);
    send_raw(warden, MSG_CONFIG, &b, fd);
    close(fd);
}

static void send_channel(struct warden *warden, enum role role)
{
    uint8_t octets[16];
    struct builder b = builder_of(octets, sizeof octets);
    int fds[2];
    assert_int_equal(channel_pair(fds), RC_OK);
    child_peer_put(&b, role);
    send_raw(warden, MSG_CHANNEL, &b, fds[0]);
    close(fds[0]);
    close(fds[1]);
}

static void send_interface(struct warden *warden)
{
    uint8_t octets[256];
    struct builder b = builder_of(octets, sizeof octets);
    child_interface_put(
        &b, &(struct child_interface){"FastEthernet0/0", "eth0", 3, addr_v4(0x0a304fb5)});
    send_raw(warden, MSG_INTERFACE, &b, -1);
}

static void note(struct warden *warden, const char *text)
{
    size_t n = strlen(warden->heard);
    snprintf(warden->heard + n, sizeof warden->heard - n, "%s;", text);
}

/* One message into heard; false at the end of the channel. */
static bool hear(struct warden *warden)
{
    uint8_t octets[4096];
    ssize_t n = recv(warden->fd, octets, sizeof octets, 0);
    if (n <= 0)
        return false;
    struct cursor c = cursor_of(octets, (size_t)n);
    uint16_t kind = cursor_u16(&c);
    cursor_u16(&c);
    struct child_line line;
    struct child_route route;
    char text[PREFIX_TEXT];
    if (kind == MSG_LOG) {
        assert_int_equal(child_line_get(&c, &line), RC_OK);
        note(warden, line.text);
    } else if (kind == MSG_LOG_EVENT) {
        struct event event;
        char rendered[EVENT_LINE];
        event_get(&c, &event);
        assert_true(cursor_done(&c));
        note(warden, event_render(&event, rendered, sizeof rendered));
    } else if (kind == MSG_ROUTE) {
        assert_int_equal(child_route_get(&c, &route), RC_OK);
        note(warden, route.add ? "route add" : "route delete");
        note(warden, prefix_format(route.net, text));
    } else {
        note(warden, message_name((enum message_kind)kind));
    }
    return true;
}

static void hear_until(struct warden *warden, const char *text)
{
    while (!strstr(warden->heard, text))
        if (!hear(warden))
            fail_msg("heard only \"%s\", not \"%s\"", warden->heard, text);
}

/* Hear to the end; returns the exit status, 1000 + signal when it was killed. */
static int finish(struct warden *warden)
{
    int status;
    while (hear(warden))
        ;
    close(warden->fd);
    assert_int_equal(waitpid(warden->pid, &status, 0), warden->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int reset(void **state)
{
    (void)state;
    knobs = (struct knobs){.on_config = RC_OK};
    return 0;
}

/* -- the tests --------------------------------------------------------------------- */

static void everything_handed_over_comes_before_run_and_channels_after(void **state)
{
    (void)state;
    struct warden w;
    start(&w);
    send_channel(&w, ROLE_PATH);
    send_config(&w, "config", "hostname Hub");
    send_socket(&w);
    send_interface(&w);
    send_raw(&w, MSG_RUN, NULL, -1);
    hear_until(&w, "MSG_READY");
    assert_string_equal(w.heard, "config config ok hostname Hub;socket 4 7 tun7 1;"
                                 "interface FastEthernet0/0 eth0 3 10.48.79.181;run -1;"
                                 "channel path;MSG_READY;");
    send_raw(&w, MSG_STOP, NULL, -1);
    assert_int_equal(finish(&w), 0);
    assert_non_null(strstr(w.heard, "MSG_READY;stop;end;"));
}

static void a_restarted_peer_comes_as_a_new_channel(void **state)
{
    (void)state;
    struct warden w;
    start(&w);
    /* Twice before RUN: only the second is alive. */
    send_channel(&w, ROLE_STORE);
    send_channel(&w, ROLE_STORE);
    send_raw(&w, MSG_RUN, NULL, -1);
    hear_until(&w, "MSG_READY");
    assert_string_equal(w.heard, "run -1;channel store;MSG_READY;");
    send_channel(&w, ROLE_STORE);
    send_interface(&w);
    hear_until(&w, "interface");
    assert_non_null(strstr(w.heard, "MSG_READY;channel store;interface"));
    send_raw(&w, MSG_STOP, NULL, -1);
    assert_int_equal(finish(&w), 0);
}

static void a_role_may_take_its_time_to_stop(void **state)
{
    (void)state;
    struct warden w;
    knobs.stop_later = true;
    start(&w);
    send_raw(&w, MSG_RUN, NULL, -1);
    hear_until(&w, "MSG_READY");
    send_raw(&w, MSG_STOP, NULL, -1);
    assert_int_equal(finish(&w), 0);
}

static void a_stop_before_run_ends_at_once(void **state)
{
    (void)state;
    struct warden w;
    start(&w);
    send_raw(&w, MSG_STOP, NULL, -1);
    assert_int_equal(finish(&w), 0);
    assert_string_equal(w.heard, "end;");
}

static void the_end_of_the_warden_is_the_end(void **state)
{
    (void)state;
    struct warden w;
    int status;
    start(&w);
    send_raw(&w, MSG_RUN, NULL, -1);
    hear_until(&w, "MSG_READY");
    close(w.fd);
    assert_int_equal(waitpid(w.pid, &status, 0), w.pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
}

static void signals_of_the_foreground_group_are_ignored(void **state)
{
    (void)state;
    struct warden w;
    start(&w);
    send_raw(&w, MSG_RUN, NULL, -1);
    hear_until(&w, "MSG_READY");
    kill(w.pid, SIGINT);
    kill(w.pid, SIGTERM);
    kill(w.pid, SIGHUP);
    send_interface(&w);
    hear_until(&w, "interface");
    send_raw(&w, MSG_STOP, NULL, -1);
    assert_int_equal(finish(&w), 0);
}

static void a_refused_configuration_ends_with_a_line(void **state)
{
    (void)state;
    struct warden w;
    knobs.on_config = RC_MALFORMED;
    start(&w);
    send_config(&w, "config", "x");
    assert_int_equal(finish(&w), 1);
    assert_non_null(strstr(w.heard, "the configuration was not accepted: malformed input;"));
}

static void a_role_that_cannot_be_set_up_never_says_ready(void **state)
{
    (void)state;
    struct warden w;
    knobs.before_run = RC_NO_MEMORY;
    start(&w);
    send_channel(&w, ROLE_PATH);
    send_raw(&w, MSG_RUN, NULL, -1);
    assert_int_equal(finish(&w), 1);
    assert_non_null(strstr(w.heard, "could not be set up: out of memory;"));
    assert_null(strstr(w.heard, "channel"));
    assert_null(strstr(w.heard, "MSG_READY"));
}

static void a_second_run_closes(void **state)
{
    (void)state;
    struct warden w;
    start(&w);
    send_raw(&w, MSG_RUN, NULL, -1);
    send_raw(&w, MSG_RUN, NULL, -1);
    assert_int_equal(finish(&w), 1);
}

static void a_run_with_leftovers_closes(void **state)
{
    (void)state;
    struct warden w;
    uint8_t octets[4] = {0};
    struct builder b = builder_of(octets, sizeof octets);
    builder_u8(&b, 1);
    start(&w);
    send_raw(&w, MSG_RUN, &b, -1);
    assert_int_equal(finish(&w), 1);
    assert_null(strstr(w.heard, "run"));
}

static void malformed_messages_end_the_child_without_a_callback(void **state)
{
    (void)state;
    static const struct {
        unsigned kind;
        uint8_t octets[8];
        size_t len;
        bool fd;
    } cases[] = {
        {MSG_SOCKET, {SOCKET_KIND_COUNT, 0, 0, 0, 0, 0, 0}, 7, true},
        {MSG_SOCKET, {0, 0, 0, 0}, 4, true},
        {MSG_SOCKET, {0, 0, 0, 0, 0, 0, 1, 0}, 8, true}, /* octet 0 in the name */
        {MSG_CONFIG, {0, 4, 'a'}, 3, true},
        {MSG_CONFIG, {0, 1, 'a', 'b'}, 4, true},
        {MSG_CHANNEL, {ROLE_WARDEN}, 1, true},
        {MSG_CHANNEL, {ROLE_OPERATOR}, 1, true},
        {MSG_CHANNEL, {ROLE_PATH, 0}, 2, true},
        {MSG_INTERFACE, {0, 0, 0, 0}, 4, false},
        {MSG_STOP, {1}, 1, false},
        {MSG_READY, {0}, 0, false}, /* the child's own kind */
        {MSG_LOGIN, {0}, 0, false},
        {MSG_SOCKET, {0, 0, 0, 0, 0, 0, 0}, 7, false}, /* the descriptor is missing */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct warden w;
        uint8_t octets[8];
        struct builder b = builder_of(octets, sizeof octets);
        builder_bytes(&b, cases[i].octets, cases[i].len);
        start(&w);
        send_raw(&w, cases[i].kind, &b, cases[i].fd ? STDERR_FILENO : -1);
        int status = finish(&w);
        if (status != 1 || strcmp(w.heard, "") != 0)
            fail_msg("case %zu: status %d, heard \"%s\"", i, status, w.heard);
    }
}

static void a_role_without_callbacks_runs(void **state)
{
    (void)state;
    struct warden w;
    start_role(&w, ROLE_KEY, &no_ops);
    send_config(&w, "config", "x");
    send_socket(&w);
    send_interface(&w);
    send_channel(&w, ROLE_WEB);
    send_raw(&w, MSG_RUN, NULL, -1);
    hear_until(&w, "MSG_READY");
    send_channel(&w, ROLE_WEB);
    send_raw(&w, MSG_STOP, NULL, -1);
    assert_int_equal(finish(&w), 0);
    assert_string_equal(w.heard, "MSG_READY;");
}

static void an_interface_is_for_key_only(void **state)
{
    (void)state;
    struct warden w;
    start_role(&w, ROLE_PATH, &ops);
    send_interface(&w);
    assert_int_equal(finish(&w), 1);
    assert_string_equal(w.heard, "");
}

static void events_of_key_reach_the_log_with_their_values(void **state)
{
    (void)state;
    struct warden w;
    knobs.event = true;
    start(&w);
    send_raw(&w, MSG_RUN, NULL, -1);
    hear_until(&w, "MSG_READY");
    assert_non_null(strstr(w.heard, "run -1;AAA (0:7): user alice of group testgroup logged in;"));
    send_raw(&w, MSG_STOP, NULL, -1);
    assert_int_equal(finish(&w), 0);
}

static void key_asks_for_routes(void **state)
{
    (void)state;
    struct warden w;
    knobs.route = true;
    start(&w);
    send_raw(&w, MSG_RUN, NULL, -1);
    hear_until(&w, "MSG_READY");
    assert_string_equal(w.heard, "run -1;route add;10.2.0.0/16;MSG_READY;");
    send_raw(&w, MSG_STOP, NULL, -1);
    assert_int_equal(finish(&w), 0);
}

/* A warden that does not read must not make the child grow without bound. */
static void lines_over_the_bound_are_counted_and_told(void **state)
{
    (void)state;
    struct warden w;
    knobs.lines = 100000;
    start(&w);
    send_raw(&w, MSG_RUN, NULL, -1);
    send_interface(&w);
    usleep(300 * 1000);
    w.heard[0] = '\0';
    while (!strstr(w.heard, "MSG_READY")) {
        w.heard[0] = '\0';
        assert_true(hear(&w));
    }
    /* The queue is empty again: the next line brings the count along. */
    send_interface(&w);
    while (!strstr(w.heard, "lines of this log were lost")) {
        w.heard[0] = '\0';
        assert_true(hear(&w));
    }
    send_raw(&w, MSG_STOP, NULL, -1);
    assert_int_equal(finish(&w), 0);
}

static void without_a_warden_it_says_so(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        close(CHILD_FD);
        fclose(stderr);
        _exit(child_main(ROLE_KEY, &ops, NULL));
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 64);
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(everything_handed_over_comes_before_run_and_channels_after),
        TEST(a_restarted_peer_comes_as_a_new_channel),
        TEST(a_role_may_take_its_time_to_stop),
        TEST(a_stop_before_run_ends_at_once),
        TEST(the_end_of_the_warden_is_the_end),
        TEST(signals_of_the_foreground_group_are_ignored),
        TEST(a_refused_configuration_ends_with_a_line),
        TEST(a_role_that_cannot_be_set_up_never_says_ready),
        TEST(a_second_run_closes),
        TEST(a_run_with_leftovers_closes),
        TEST(malformed_messages_end_the_child_without_a_callback),
        TEST(a_role_without_callbacks_runs),
        TEST(an_interface_is_for_key_only),
        TEST(events_of_key_reach_the_log_with_their_values),
        TEST(key_asks_for_routes),
        TEST(lines_over_the_bound_are_counted_and_told),
        TEST(without_a_warden_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
