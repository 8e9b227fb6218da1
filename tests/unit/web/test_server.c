/* The HTTP server on a real socket: headers, limits, malformed requests, deadlines, and the feed
 * behind it. The loop runs in a thread; the test is the browser. */
#include "unit/status_fixture.h"
#include "web/server.h"
#include "web/site.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { DEADLINE_MS = 600 };

struct stage {
    uv_loop_t loop;
    uv_async_t stop;
    struct server *server;
    struct feed *feed;
    struct site site;
    pthread_t thread;
    uint16_t port;
    bool body_fails;
    char *big; /* a body larger than socket buffers; NULL: the site answers */
    size_t big_len;
};

static enum rc body(void *context, enum route route, struct span *out)
{
    struct stage *stage = context;
    if (stage->body_fails)
        return RC_NO_MEMORY;
    if (stage->big && route == ROUTE_PAGE) {
        *out = (struct span){(const uint8_t *)stage->big, stage->big_len};
        return RC_OK;
    }
    return site_body(&stage->site, route, out);
}

static void ignore_line(void *context, const char *line)
{
    (void)context;
    (void)line;
}

static void on_stop(uv_async_t *async)
{
    struct stage *stage = async->data;
    server_stop(stage->server);
    feed_free(stage->feed);
    uv_close((uv_handle_t *)async, NULL);
}

static void *run_loop(void *context)
{
    struct stage *stage = context;
    uv_run(&stage->loop, UV_RUN_DEFAULT);
    return NULL;
}

static int listen_on(in_addr_t address, uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 128), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

/* key_fd: the web process's end of a channel, or -1. */
static void open_stage(struct stage *stage, in_addr_t address, int key_fd)
{
    const struct server_options options = {
        .body = body, .context = stage, .deadline_ms = DEADLINE_MS};
    assert_int_equal(uv_loop_init(&stage->loop), 0);
    assert_int_equal(feed_new(&stage->loop, ignore_line, stage, &stage->feed), RC_OK);
    if (key_fd >= 0)
        assert_int_equal(feed_link(stage->feed, key_fd), RC_OK);
    stage->site.feed = stage->feed;
    strcpy(stage->site.hostname, "configured");
    int fd = listen_on(address, &stage->port);
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
    site_wipe(&stage->site);
    free(stage->big);
}

static int dial(const struct stage *stage)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(stage->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* All that comes until the server closes, or the time is over. */
static char *read_all(int fd, int limit_ms, size_t *len)
{
    size_t room = 1 << 20;
    char *text = calloc(1, room);
    uint64_t end = now_ms() + (uint64_t)limit_ms;
    assert_non_null(text);
    *len = 0;
    while (now_ms() < end && *len + 1 < room) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (poll(&wait, 1, (int)(end - now_ms())) <= 0)
            break;
        ssize_t n = recv(fd, text + *len, room - 1 - *len, 0);
        if (n <= 0)
            break;
        *len += (size_t)n;
    }
    return text;
}

/* One connection, these octets, everything that comes back. Free it. */
static char *exchange(const struct stage *stage, const void *octets, size_t n)
{
    size_t len;
    int fd = dial(stage);
    if (send(fd, octets, n, MSG_NOSIGNAL) < 0)
        assert_true(errno == EPIPE || errno == ECONNRESET);
    char *text = read_all(fd, 5000, &len);
    close(fd);
    return text;
}

static char *ask(const struct stage *stage, const char *request)
{
    return exchange(stage, request, strlen(request));
}

static unsigned status_of(const char *answer)
{
    unsigned status = 0;
    sscanf(answer, "HTTP/1.1 %u", &status);
    return status;
}

#define LOCAL "Host: localhost\r\n"
#define CLOSE "Connection: close\r\n\r\n"

static void every_answer_carries_the_headers_that_protect_it(void **state)
{
    (void)state;
    static struct stage stage;
    stage = (struct stage){0};
    open_stage(&stage, INADDR_LOOPBACK, -1);
    const struct {
        const char *request;
        unsigned status;
    } rows[] = {
        {"GET / HTTP/1.1\r\n" LOCAL CLOSE, 200},
        {"GET /?x=<script> HTTP/1.1\r\n" LOCAL CLOSE, 200},
        {"GET /api/v1/sessions HTTP/1.1\r\n" LOCAL CLOSE, 200},
        {"GET /app.css HTTP/1.1\r\n" LOCAL CLOSE, 200},
        {"GET /app.js HTTP/1.1\r\n" LOCAL CLOSE, 200},
        {"GET /icon.svg HTTP/1.1\r\n" LOCAL CLOSE, 200},
        {"GET /none HTTP/1.1\r\n" LOCAL CLOSE, 404},
        {"POST / HTTP/1.1\r\nContent-Length: 0\r\n" LOCAL CLOSE, 405},
        {"GET / HTTP/1.1\r\nHost: evil.example\r\n" CLOSE, 421},
        {"GET / HTTP/1.1\r\nContent-Length: 5\r\n" LOCAL CLOSE "hello", 400},
    };
    static const char *const wanted[] = {
        "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
        "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'\r\n",
        "X-Content-Type-Options: nosniff\r\n",
        "Referrer-Policy: no-referrer\r\n",
        "Cache-Control: no-store\r\n",
        "Content-Type: ",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *answer = ask(&stage, rows[i].request);
        assert_int_equal(status_of(answer), rows[i].status);
        for (size_t j = 0; j < sizeof wanted / sizeof wanted[0]; j++)
            assert_non_null(strstr(answer, wanted[j]));
        assert_null(strstr(answer, "Access-Control"));
        assert_int_equal(strstr(answer, "\r\nAllow: GET, HEAD\r\n") != NULL, rows[i].status == 405);
        free(answer);
    }
    close_stage(&stage);
}

static void head_answers_without_a_body(void **state)
{
    (void)state;
    static struct stage stage;
    stage = (struct stage){0};
    open_stage(&stage, INADDR_LOOPBACK, -1);
    char *answer = ask(&stage, "HEAD / HTTP/1.1\r\n" LOCAL CLOSE);
    assert_int_equal(status_of(answer), 200);
    assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
    assert_non_null(strstr(answer, "Content-Length: "));
    free(answer);
    close_stage(&stage);
}

/* W03: none of these is answered with 200 more often than it holds whole, honest requests, and the
 * smuggled one never is. */
static void malformed_and_smuggling_requests_are_refused_and_closed(void **state)
{
    (void)state;
    static struct stage stage;
    stage = (struct stage){0};
    open_stage(&stage, INADDR_LOOPBACK, -1);
#define SMUGGLED "GET /app.js HTTP/1.1\r\n" LOCAL "\r\n"
#define RAW(text)                                                                                  \
    {                                                                                              \
        text, sizeof text - 1                                                                      \
    }
    static const struct {
        const char *octets;
        size_t n;
    } rows[] = {
        RAW("GET / HTTP/1.1\r\n" LOCAL "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
            "0\r\n\r\n" SMUGGLED),
        RAW("GET / HTTP/1.1\r\n" LOCAL "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED),
        RAW("GET / HTTP/1.1\r\n" LOCAL "Transfer-Encoding: xchunked\r\n\r\n" SMUGGLED),
        RAW("GET / HTTP/1.1\r\n" LOCAL "Content-Length: 0\r\nContent-Length: 48\r\n\r\n" SMUGGLED),
        RAW("GET / HTTP/1.1\r\n" LOCAL "Content-Length: 48\r\n\r\n" SMUGGLED),
        RAW("GET / HTTP/1.1\r\n" LOCAL "Content-Length: -1\r\n\r\n" SMUGGLED),
        RAW("GET / HTTP/1.1\r\n" LOCAL "Content-Length: 99999999999999999999\r\n\r\n" SMUGGLED),
        RAW("GET / HTTP/1.1\r\n" LOCAL "Host: evil.example\r\n\r\n" SMUGGLED),
        RAW("GET / HTTP/1.1\r\n\r\n" SMUGGLED),
        RAW("GET / HTTP/1.1\r\nHost: local\0host\r\n\r\n"),
        RAW("GET http://evil.example/ HTTP/1.1\r\n" LOCAL "\r\n" SMUGGLED),
        RAW("CONNECT localhost:500 HTTP/1.1\r\n" LOCAL "\r\n" SMUGGLED),
        RAW("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        RAW("\r\n\r\n\r\n\r\nnonsense\r\n\r\n"),
        RAW("GET /\r\n\r\n"),
        RAW("GET / HTTP/9.9\r\n" LOCAL "\r\n"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t begun = now_ms();
        char *answer = exchange(&stage, rows[i].octets, rows[i].n);
        assert_null(strstr(answer, "200 OK"));
        assert_null(strstr(answer, "const POLL_MS")); /* of app.js */
        assert_true(now_ms() - begun < 4 * DEADLINE_MS);
        free(answer);
    }
    close_stage(&stage);
}

static void headers_larger_than_the_limit_are_refused(void **state)
{
    (void)state;
    static struct stage stage;
    stage = (struct stage){0};
    open_stage(&stage, INADDR_LOOPBACK, -1);
    struct sink request = {0};
    sink_text(&request, "GET / HTTP/1.1\r\n" LOCAL "X: ");
    for (size_t i = 0; i < 65536; i++)
        sink_char(&request, 'x');
    sink_text(&request, "\r\n\r\n");
    char *answer = ask(&stage, sink_string(&request));
    assert_true(status_of(answer) != 200); /* 431, or reset before it could be read */
    free(answer);
    sink_free(&request);
    close_stage(&stage);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    static struct stage stage;
    stage = (struct stage){0};
    open_stage(&stage, INADDR_LOOPBACK, -1);
    char *answer = ask(&stage, "GET /icon.svg HTTP/1.1\r\n" LOCAL "\r\n"
                               "GET /app.css HTTP/1.1\r\n" LOCAL CLOSE);
    const char *icon = strstr(answer, "<svg"), *style = strstr(answer, ":root");
    assert_non_null(icon);
    assert_non_null(style);
    assert_true(icon < style);
    free(answer);
    close_stage(&stage);
}

static void a_listener_for_others_refuses_all(void **state)
{
    (void)state;
    static struct stage stage;
    stage = (struct stage){0};
    open_stage(&stage, INADDR_ANY, -1);
    char *answer = ask(&stage, "GET / HTTP/1.1\r\n" LOCAL CLOSE);
    assert_int_equal(status_of(answer), 403);
    assert_null(strstr(answer, "<html"));
    free(answer);
    close_stage(&stage);
}

static void a_body_that_cannot_be_made_is_503(void **state)
{
    (void)state;
    static struct stage stage;
    stage = (struct stage){.body_fails = true};
    open_stage(&stage, INADDR_LOOPBACK, -1);
    char *answer = ask(&stage, "GET / HTTP/1.1\r\n" LOCAL CLOSE);
    assert_int_equal(status_of(answer), 503);
    free(answer);
    close_stage(&stage);
}

/* W04: one octet now and then does not hold a connection. */
static void slow_headers_end_at_the_deadline(void **state)
{
    (void)state;
    static struct stage stage;
    stage = (struct stage){0};
    open_stage(&stage, INADDR_LOOPBACK, -1);
    int fd = dial(&stage);
    uint64_t begun = now_ms();
    bool open = true;
    send(fd, "GET / HTTP/1.1\r\nX: ", 19, MSG_NOSIGNAL);
    while (open && now_ms() - begun < 10000) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        char octet;
        open = send(fd, "x", 1, MSG_NOSIGNAL) == 1;
        if (poll(&wait, 1, 50) > 0 && recv(fd, &octet, 1, 0) <= 0)
            open = false;
    }
    assert_false(open);
    assert_true(now_ms() - begun >= DEADLINE_MS - 100);
    assert_true(now_ms() - begun < DEADLINE_MS + 3000);
    close(fd);
    close_stage(&stage);
}

static void a_reader_that_takes_nothing_is_cut(void **state)
{
    (void)state;
    static struct stage stage;
    stage = (struct stage){.big_len = 64u << 20};
    stage.big = malloc(stage.big_len);
    assert_non_null(stage.big);
    memset(stage.big, 'x', stage.big_len);
    open_stage(&stage, INADDR_LOOPBACK, -1);
    int fd = dial(&stage);
    const char request[] = "GET / HTTP/1.1\r\n" LOCAL "\r\n";
    send(fd, request, sizeof request - 1, MSG_NOSIGNAL);
    usleep((DEADLINE_MS + 1500) * 1000);
    size_t total = 0;
    char buffer[65536];
    ssize_t n;
    while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0)
        total += (size_t)n;
    assert_true(total < stage.big_len);
    close(fd);
    close_stage(&stage);
}

/* Connections beyond the limit wait; once the idle ones reach their deadline they are served. */
static void a_crowd_of_idle_connections_does_not_keep_others_out(void **state)
{
    (void)state;
    static struct stage stage;
    stage = (struct stage){0};
    open_stage(&stage, INADDR_LOOPBACK, -1);
    int crowd[SERVER_CONNECTIONS + 16];
    for (size_t i = 0; i < sizeof crowd / sizeof crowd[0]; i++)
        crowd[i] = dial(&stage);
    char *answer = ask(&stage, "GET /icon.svg HTTP/1.1\r\n" LOCAL CLOSE);
    assert_int_equal(status_of(answer), 200);
    free(answer);
    for (size_t i = 0; i < sizeof crowd / sizeof crowd[0]; i++)
        close(crowd[i]);
    close_stage(&stage);
}

/* The keying process of the feed's tests: answers every question with one row a page. */
struct key {
    int fd;
    pthread_t thread;
    size_t sessions;
};

static void key_answer(struct key *key, const struct status_question *question)
{
    static _Thread_local struct status_page page;
    uint8_t *octets = malloc(MESSAGE_HEADER + MESSAGE_MAX);
    struct builder b = builder_of(octets + MESSAGE_HEADER, MESSAGE_MAX);
    memset(&page, 0, sizeof page);
    page.request = question->request;
    page.what = question->what;
    page.header = fixture_header();
    page.count = 1;
    if (question->what == STATUS_SUMMARY)
        page.rows.summary = fixture_summary();
    if (question->what == STATUS_IKE) {
        page.rows.ike[0] = fixture_client();
        page.rows.ike[0].id = question->at + 1;
        page.next = question->at + 1;
        page.more = page.next < key->sessions;
        page.count = key->sessions > 0;
    }
    if (question->what == STATUS_IPSEC)
        page.rows.ipsec[0] = fixture_client_tunnel();
    status_page_put(&b, &page);
    struct builder head = builder_of(octets, MESSAGE_HEADER);
    builder_u16(&head, MSG_STATUS_ROWS);
    builder_u16(&head, (uint16_t)builder_len(&b));
    if (send(key->fd, octets, MESSAGE_HEADER + builder_len(&b), MSG_NOSIGNAL) < 0)
        key->sessions = 0;
    free(octets);
}

static void *key_thread(void *context)
{
    struct key *key = context;
    uint8_t octets[256];
    ssize_t n;
    while ((n = recv(key->fd, octets, sizeof octets, 0)) > 0) {
        struct cursor c = cursor_of(octets, (size_t)n);
        struct status_question question;
        assert_int_equal(cursor_u16(&c), MSG_STATUS_GET);
        cursor_u16(&c);
        assert_int_equal(status_question_get(&c, &question), RC_OK);
        key_answer(key, &question);
    }
    close(key->fd);
    return NULL;
}

/* The web's end. */
static int key_open(struct key *key, size_t sessions)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    *key = (struct key){.fd = fds[0], .sessions = sessions};
    assert_int_equal(pthread_create(&key->thread, NULL, key_thread, key), 0);
    return fds[1];
}

static void key_kill(struct key *key)
{
    shutdown(key->fd, SHUT_RDWR);
    pthread_join(key->thread, NULL);
}

/* Until an answer has the text. */
static bool soon(const struct stage *stage, const char *request, const char *text)
{
    bool found = false;
    for (uint64_t begun = now_ms(); !found && now_ms() - begun < 8000;) {
        char *answer = ask(stage, request);
        found = strstr(answer, text) != NULL;
        free(answer);
        if (!found)
            usleep(50000);
    }
    return found;
}

static void rows_of_the_keying_process_reach_the_page_and_outlive_it(void **state)
{
    (void)state;
    static const char page[] = "GET / HTTP/1.1\r\n" LOCAL CLOSE;
    static const char api[] = "GET /api/v1/sessions HTTP/1.1\r\n" LOCAL CLOSE;
    static struct stage stage;
    struct key key;
    stage = (struct stage){0};
    open_stage(&stage, INADDR_LOOPBACK, key_open(&key, 3));
    assert_true(soon(&stage, page, "badge live"));
    char *answer = ask(&stage, page);
    assert_non_null(strstr(answer, "<tr data-id=\"3\">"));
    assert_non_null(strstr(answer, "0x7A1AB8F3"));
    free(answer);
    assert_true(soon(&stage, api, "\"live\": true"));
    key_kill(&key);
    assert_true(soon(&stage, api, "\"linked\": false"));
    answer = ask(&stage, page);
    assert_non_null(strstr(answer, "badge stale"));
    assert_non_null(strstr(answer, "<tr data-id=\"3\">"));
    free(answer);
    close_stage(&stage);
}

static void a_thousand_sessions_are_cut_to_the_bound(void **state)
{
    (void)state;
    static struct stage stage;
    struct key key;
    stage = (struct stage){0};
    open_stage(&stage, INADDR_LOOPBACK, key_open(&key, 1000));
    assert_true(soon(&stage, "GET / HTTP/1.1\r\n" LOCAL CLOSE, "badge live"));
    char *answer = ask(&stage, "GET / HTTP/1.1\r\n" LOCAL CLOSE);
    assert_non_null(strstr(answer, "<tr data-id=\"200\">"));
    assert_null(strstr(answer, "<tr data-id=\"201\">"));
    free(answer);
    close_stage(&stage);
    key_kill(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_carries_the_headers_that_protect_it),
        cmocka_unit_test(head_answers_without_a_body),
        cmocka_unit_test(malformed_and_smuggling_requests_are_refused_and_closed),
        cmocka_unit_test(headers_larger_than_the_limit_are_refused),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(a_listener_for_others_refuses_all),
        cmocka_unit_test(a_body_that_cannot_be_made_is_503),
        cmocka_unit_test(slow_headers_end_at_the_deadline),
        cmocka_unit_test(a_reader_that_takes_nothing_is_cut),
        cmocka_unit_test(a_crowd_of_idle_connections_does_not_keep_others_out),
        cmocka_unit_test(rows_of_the_keying_process_reach_the_page_and_outlive_it),
        cmocka_unit_test(a_thousand_sessions_are_cut_to_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
