/* Streams on a real socket: what comes, who is too many, who does not read. The loop runs in a
 * thread; the test is the browser. */
#include "web/server.h"
#include "web/viewers.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { DEADLINE_MS = 700, WAIT_MS = 5000, BIG = 4 << 20 };

struct stage {
    uv_loop_t loop;
    uv_async_t stop;
    struct server *server;
    struct changes changes;
    pthread_t thread;
    uint16_t port;
    atomic_int wanted; /* what the document says */
    atomic_bool big;
    int told;
};

static enum rc body(void *context, enum route route, struct span *out)
{
    (void)context;
    (void)route;
    *out = (struct span){(const uint8_t *)"page", 4};
    return RC_OK;
}

static void on_turn(void *context, uint64_t now_ms)
{
    struct stage *stage = context;
    int wanted = atomic_load(&stage->wanted);
    if (stage->changes.number && stage->told == wanted)
        return;
    json_t *document = json_pack("{s:i}", "n", wanted);
    if (atomic_load(&stage->big)) {
        char *text = malloc(BIG);
        memset(text, 'x', BIG - 1);
        text[BIG - 1] = '\0';
        json_object_set_new(document, "text", json_string(text));
        free(text);
    }
    stage->told = wanted;
    assert_int_equal(changes_take(&stage->changes, document, now_ms), RC_OK);
}

static void on_stop(uv_async_t *async)
{
    struct stage *stage = async->data;
    server_stop(stage->server);
    uv_close((uv_handle_t *)async, NULL);
}

static void *run_loop(void *context)
{
    struct stage *stage = context;
    uv_run(&stage->loop, UV_RUN_DEFAULT);
    return NULL;
}

static void open_stage(struct stage *stage, bool big)
{
    const struct server_options options = {.body = body,
                                           .context = stage,
                                           .changes = &stage->changes,
                                           .turn = on_turn,
                                           .deadline_ms = DEADLINE_MS};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    memset(stage, 0, sizeof *stage);
    stage->changes.start = 0xab;
    atomic_store(&stage->wanted, 1);
    atomic_store(&stage->big, big);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 64), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    stage->port = ntohs(at.sin_port);
    assert_int_equal(uv_loop_init(&stage->loop), 0);
    assert_int_equal(server_start(&stage->loop, fd, &options, &stage->server), RC_OK);
    uv_async_init(&stage->loop, &stage->stop, on_stop);
    stage->stop.data = stage;
    assert_int_equal(pthread_create(&stage->thread, NULL, run_loop, stage), 0);
}

static void close_stage(struct stage *stage)
{
    uv_async_send(&stage->stop);
    pthread_join(stage->thread, NULL);
    assert_int_equal(uv_loop_close(&stage->loop), 0);
    changes_wipe(&stage->changes);
}

static int ask(const struct stage *stage, const char *fields)
{
    char request[256];
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(stage->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    snprintf(request, sizeof request, "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
             fields);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), (ssize_t)strlen(request));
    return fd;
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Read until the words have come; what came is in text. */
static bool comes(int fd, const char *words, char *text, size_t size)
{
    size_t len = 0;
    uint64_t end = now_ms() + WAIT_MS;
    memset(text, 0, size);
    while (now_ms() < end && !strstr(text, words)) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (poll(&wait, 1, 100) <= 0)
            continue;
        ssize_t n = recv(fd, text + len, size - 1 - len, 0);
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    return strstr(text, words) != NULL;
}

static void a_stream_begins_whole_and_goes_on_with_changes(void **state)
{
    (void)state;
    static struct stage stage;
    char text[4096];
    open_stage(&stage, false);
    int fd = ask(&stage, "");
    assert_true(comes(fd, "{\"n\": 1}", text, sizeof text));
    assert_non_null(strstr(text, "200 OK"));
    assert_non_null(strstr(text, "Content-Type: text/event-stream"));
    assert_non_null(strstr(text, "Cache-Control: no-store"));
    assert_non_null(strstr(text, "event: snapshot\nid: ab-1\n"));
    /* Longer than a request may take: it has nothing to send, and is not cut. */
    usleep((DEADLINE_MS + 800) * 1000);
    atomic_store(&stage.wanted, 2);
    assert_true(comes(fd, "{\"n\": 2}", text, sizeof text));
    assert_non_null(strstr(text, "event: change\nid: ab-2\n"));
    close(fd);
    close_stage(&stage);
}

static void who_comes_back_goes_on_where_it_was(void **state)
{
    (void)state;
    static struct stage stage;
    char text[4096];
    open_stage(&stage, false);
    int fd = ask(&stage, "");
    assert_true(comes(fd, "ab-1", text, sizeof text));
    close(fd);
    atomic_store(&stage.wanted, 2);
    fd = ask(&stage, "Last-Event-ID: ab-1\r\n");
    assert_true(comes(fd, "ab-2", text, sizeof text));
    assert_non_null(strstr(text, "event: change"));
    close(fd);
    fd = ask(&stage, "Last-Event-ID: cd-1\r\n");
    assert_true(comes(fd, "ab-2", text, sizeof text));
    assert_non_null(strstr(text, "event: snapshot"));
    close(fd);
    close_stage(&stage);
}

static void there_is_an_end_to_streams_and_room_again_when_one_goes(void **state)
{
    (void)state;
    static struct stage stage;
    int fds[VIEWERS_MOST];
    char text[4096];
    open_stage(&stage, false);
    for (size_t i = 0; i < VIEWERS_MOST; i++) {
        fds[i] = ask(&stage, "");
        assert_true(comes(fds[i], "ab-1", text, sizeof text));
    }
    int more = ask(&stage, "");
    assert_true(comes(more, "\r\n\r\n", text, sizeof text));
    assert_non_null(strstr(text, "503 "));
    assert_non_null(strstr(text, "Retry-After: 10"));
    close(more);
    close(fds[0]);
    atomic_store(&stage.wanted, 2); /* a stream that is gone is noticed when it is sent to */
    assert_true(comes(fds[1], "ab-2", text, sizeof text));
    atomic_store(&stage.wanted, 3);
    assert_true(comes(fds[1], "ab-3", text, sizeof text));
    more = ask(&stage, "");
    assert_true(comes(more, "ab-3", text, sizeof text));
    close(more);
    for (size_t i = 1; i < VIEWERS_MOST; i++)
        close(fds[i]);
    close_stage(&stage);
}

/* Is the other side gone? What it sent before is read. */
static bool ends(int fd)
{
    static char rest[1 << 16];
    uint64_t end = now_ms() + WAIT_MS;
    while (now_ms() < end) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (poll(&wait, 1, 100) > 0 && recv(fd, rest, sizeof rest, 0) <= 0)
            return true;
    }
    return false;
}

static void who_does_not_read_is_cut(void **state)
{
    (void)state;
    static struct stage stage;
    static char text[1 << 16];
    open_stage(&stage, true);
    int fd = ask(&stage, "");
    usleep((3 * DEADLINE_MS + 1000) * 1000);
    assert_true(ends(fd));
    close(fd);
    fd = ask(&stage, ""); /* others are served */
    assert_true(comes(fd, "event: snapshot", text, sizeof text));
    close(fd);
    close_stage(&stage);
}

static void a_server_stops_with_its_streams(void **state)
{
    (void)state;
    static struct stage stage;
    char text[4096];
    open_stage(&stage, false);
    int fd = ask(&stage, "");
    assert_true(comes(fd, "ab-1", text, sizeof text));
    close_stage(&stage);
    assert_true(ends(fd));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_begins_whole_and_goes_on_with_changes),
        cmocka_unit_test(who_comes_back_goes_on_where_it_was),
        cmocka_unit_test(there_is_an_end_to_streams_and_room_again_when_one_goes),
        cmocka_unit_test(who_does_not_read_is_cut),
        cmocka_unit_test(a_server_stops_with_its_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
