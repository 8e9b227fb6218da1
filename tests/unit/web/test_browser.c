/* The page in a real browser (headless chromium; skipped where there is none): what the script
 * makes of the API must be, cell by cell, what the server would have rendered, whatever the rows
 * say. */
#include "unit/status_fixture.h"
#include "web/api.h"
#include "web/asset.h"
#include "web/page.h"
#include "web/server.h"

#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static const char browser[] = "/usr/bin/chromium";

/* The page shows one view, the API another. */
struct stage {
    uv_loop_t loop;
    uv_async_t stop;
    struct server *server;
    pthread_t thread;
    uint16_t port;
    const struct view *first;
    const struct view *then;
    struct sink text;
};

static enum rc body(void *context, enum route route, struct span *out)
{
    struct stage *stage = context;
    *out = asset_of(route);
    if (out->at)
        return RC_OK;
    sink_clear(&stage->text);
    if (route == ROUTE_PAGE)
        page_html(&stage->text, stage->first);
    else
        api_sessions(&stage->text, stage->then);
    *out = (struct span){(const uint8_t *)stage->text.at, stage->text.len};
    return RC_OK;
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

static void open_stage(struct stage *stage)
{
    const struct server_options options = {.body = body, .context = stage};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
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
    sink_free(&stage->text);
}

/* The document and the console after some seconds of the page's own time. */
static void browse(const struct stage *stage, struct sink *out)
{
    char command[512], profile[] = "/tmp/hubward-browser-XXXXXX", chunk[4096];
    size_t n;
    assert_non_null(mkdtemp(profile));
    snprintf(command, sizeof command,
             "timeout 60 %s --headless=new --no-sandbox --disable-gpu --user-data-dir=%s "
             "--virtual-time-budget=5000 --enable-logging=stderr --dump-dom "
             "http://127.0.0.1:%u/ 2>&1; rm -rf %s",
             browser, profile, stage->port, profile);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    while ((n = fread(chunk, 1, sizeof chunk, pipe)) > 0)
        sink_octets(out, chunk, n);
    pclose(pipe);
}

/* &lt; and the like, which browser and server use in different places. */
static void unescape(const char *at, size_t len, struct sink *out)
{
    static const struct {
        const char *text;
        char c;
    } rows[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};
    const char *end = at + len;
    while (at < end) {
        size_t i = 0;
        while (i < 5 && strncmp(at, rows[i].text, strlen(rows[i].text)) != 0)
            i++;
        sink_char(out, i < 5 ? rows[i].c : *at);
        at += i < 5 ? strlen(rows[i].text) : 1;
    }
}

/* All table cells in order, a line each. */
static size_t cells_of(const char *page, struct sink *out)
{
    size_t count = 0;
    for (const char *at = strstr(page, "<td data-label="); at; at = strstr(at, "<td data-label=")) {
        const char *end = strstr(at, "</td>");
        assert_non_null(end);
        unescape(at, (size_t)(end - at), out);
        sink_char(out, '\n');
        at = end;
        count++;
    }
    return count;
}

/* Rows that stay where they are for a test. */
static struct status_ike ike[FIXTURE_HOSTILE + 4];
static struct status_ipsec ipsec[3];
static struct snapshot empty, full;

static void make_snapshots(void)
{
    ike[0] = fixture_branch();
    ike[1] = fixture_client();
    ike[2] = fixture_v6();
    ike[3] = fixture_negotiating();
    for (size_t i = 0; i < FIXTURE_HOSTILE; i++) {
        ike[4 + i] = fixture_hostile_row(fixture_hostile[i]);
        ike[4 + i].id = 1000 + i;
        ike[4 + i].age_ms = (uint64_t)1 << (i + 10); /* every unit of time */
        ike[4 + i].bytes_in = (uint64_t)3 << i;      /* every unit of size */
    }
    ipsec[0] = fixture_branch_tunnel();
    ipsec[1] = fixture_client_tunnel();
    ipsec[2] = fixture_v6_tunnel();
    ipsec[2].ike_id = 0;
    ipsec[2].theirs.protocol = 17;
    empty = (struct snapshot){.header = fixture_header()};
    full = (struct snapshot){.header = fixture_header(),
                             .summary = fixture_summary(),
                             .ike = ike,
                             .ike_count = FIXTURE_HOSTILE + 4,
                             .ipsec = ipsec,
                             .ipsec_count = 3};
}

/* Load the page as first, let the script see then: the cells must be those of then. */
static void check(const struct snapshot *first, const struct snapshot *then, struct sink *dom)
{
    static struct stage stage;
    const struct view first_view = {.snapshot = first, .hostname = "h", .linked = true};
    const struct view then_view = {.snapshot = then, .hostname = "h", .linked = true};
    struct sink page = {0}, want = {0}, got = {0};
    stage = (struct stage){.first = &first_view, .then = &then_view};
    open_stage(&stage);
    browse(&stage, dom);
    close_stage(&stage);
    page_html(&page, &then_view);
    assert_int_equal(cells_of(sink_string(&page), &want),
                     9 * then->ike_count + 8 * then->ipsec_count);
    cells_of(sink_string(dom), &got);
    assert_string_equal(sink_string(&got), sink_string(&want));
    assert_null(strstr(sink_string(dom), "CONSOLE")); /* no error, no breach of the policy */
    sink_free(&page);
    sink_free(&want);
    sink_free(&got);
}

static void require_browser(void)
{
    if (access(browser, X_OK) != 0)
        skip();
}

static void rows_that_come_later_look_as_if_they_had_been_there(void **state)
{
    (void)state;
    struct sink dom = {0};
    require_browser();
    make_snapshots();
    check(&empty, &full, &dom);
    const char *text = sink_string(&dom);
    assert_non_null(strstr(text, "<div id=\"empty\" class=\"note\" hidden=\"\">"));
    assert_non_null(strstr(text, "<dd id=\"n-drops\">19</dd>"));
    assert_non_null(strstr(text, "class=\"badge live\">Live<"));
    sink_free(&dom);
}

static void rows_that_end_leave_the_empty_page(void **state)
{
    (void)state;
    struct sink dom = {0};
    require_browser();
    make_snapshots();
    check(&full, &empty, &dom);
    const char *text = sink_string(&dom);
    assert_non_null(strstr(text, "<div id=\"empty\" class=\"note\">"));
    assert_non_null(strstr(text, "<dd id=\"n-sas\">0</dd>"));
    sink_free(&dom);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_come_later_look_as_if_they_had_been_there),
        cmocka_unit_test(rows_that_end_leave_the_empty_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
