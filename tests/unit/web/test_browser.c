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

enum { STREAM_MS = 8000 };

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
    bool streams;
    struct changes changes;
    uv_timer_t end; /* of the server, with streams */
    unsigned polls;
};

static void on_turn(void *context, uint64_t now_ms)
{
    struct stage *stage = context;
    if (!stage->changes.number)
        assert_int_equal(changes_take(&stage->changes, api_document(stage->then), now_ms), RC_OK);
}

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
    stage->polls += route == ROUTE_SESSIONS;
    *out = (struct span){(const uint8_t *)stage->text.at, stage->text.len};
    return RC_OK;
}

static void on_stop(uv_async_t *async)
{
    struct stage *stage = async->data;
    server_stop(stage->server);
    uv_close((uv_handle_t *)async, NULL);
    uv_close((uv_handle_t *)&stage->end, NULL);
}

/* While a stream is open the page's own time stands still. */
static void on_end(uv_timer_t *timer)
{
    struct stage *stage = timer->data;
    server_stop(stage->server);
    stage->server = NULL;
}

static void *run_loop(void *context)
{
    struct stage *stage = context;
    uv_run(&stage->loop, UV_RUN_DEFAULT);
    return NULL;
}

static void open_stage(struct stage *stage)
{
    const struct server_options options = {.body = body,
                                           .context = stage,
                                           .changes = stage->streams ? &stage->changes : NULL,
                                           .turn = on_turn};
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
    uv_timer_init(&stage->loop, &stage->end);
    stage->stop.data = stage->end.data = stage;
    if (stage->streams)
        uv_timer_start(&stage->end, on_end, STREAM_MS, 0);
    assert_int_equal(pthread_create(&stage->thread, NULL, run_loop, stage), 0);
}

static void close_stage(struct stage *stage)
{
    uv_async_send(&stage->stop);
    pthread_join(stage->thread, NULL);
    assert_int_equal(uv_loop_close(&stage->loop), 0);
    sink_free(&stage->text);
    changes_wipe(&stage->changes);
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
static struct status_problem problems[FIXTURE_HOSTILE];
static struct status_pool pools[2];
static struct status_lease leases[FIXTURE_HOSTILE + 1];
static struct status_process processes[2];
static struct status_peer peers[FIXTURE_HOSTILE + 1];
static struct status_history history[FIXTURE_HOSTILE + 1];
static struct snapshot empty, full;

/* Cells of the lists: what is shown of each, by its columns. */
enum {
    LIST_CELLS = 7 * FIXTURE_HOSTILE + 5 * 2 + 3 * (FIXTURE_HOSTILE + 1) + 6 * 2 +
                 5 * FIXTURE_HOSTILE + 7 * FIXTURE_HOSTILE
};

static void make_problem(struct status_problem *row, const char *text, uint32_t count)
{
    row->peer = fixture_endpoint("10.51.82.100", 500);
    row->stage = STAGE_XAUTH;
    row->rule = RULE_PASSWORD;
    row->count = count;
    row->first_s = 1700000000;
    row->last_s = 1700003600 + count;
    fixture_text(row->identity, sizeof row->identity, text);
    fixture_text(row->ours, sizeof row->ours, text);
    fixture_text(row->theirs, sizeof row->theirs, text);
    fixture_text(row->hint, sizeof row->hint, text);
}

static void make_peer(struct status_peer *row, const char *text)
{
    row->last = fixture_endpoint("2001:db8::3", 4500);
    row->first_seen_s = 1600000000;
    row->last_seen_s = 1700000000;
    fixture_text(row->identity, sizeof row->identity, text);
    fixture_text(row->principal, sizeof row->principal, text);
    fixture_text(row->profile, sizeof row->profile, text);
    fixture_text(row->client, sizeof row->client, text);
    fixture_text(row->reason, sizeof row->reason, text);
}

static void make_session(struct status_history *row, const char *text)
{
    row->remote = fixture_endpoint("10.51.82.100", 4500);
    row->assigned = addr_v4(0x0a050501);
    row->started_s = 1700000000;
    row->ended_s = 1700007200;
    row->bytes_in = 123456;
    fixture_text(row->user, sizeof row->user, text);
    fixture_text(row->group, sizeof row->group, text);
    fixture_text(row->profile, sizeof row->profile, text);
    fixture_text(row->identity, sizeof row->identity, text);
    fixture_text(row->client, sizeof row->client, text);
    fixture_text(row->reason, sizeof row->reason, text);
}

static void make_lists(void)
{
    for (size_t i = 0; i < FIXTURE_HOSTILE; i++) {
        make_problem(&problems[i], fixture_hostile[i], 1 + (uint32_t)i % 3);
        make_peer(&peers[i], fixture_hostile[i]);
        make_session(&history[i], fixture_hostile[i]);
        leases[i].addr = addr_v4(0x0a050501 + (uint32_t)i);
        leases[i].kept_ms = 86400000;
        fixture_text(leases[i].pool, sizeof leases[i].pool, fixture_hostile[i]);
        fixture_text(leases[i].principal, sizeof leases[i].principal, fixture_hostile[i]);
    }
    history[3].user[0] = history[3].group[0] = '\0';
    history[3].assigned.family = ADDR_NONE;
    peers[FIXTURE_HOSTILE].up = true;             /* not away */
    history[FIXTURE_HOSTILE].started_s = 1700000; /* not over */
    leases[FIXTURE_HOSTILE] = (struct status_lease){.addr = addr_v4(0x0a0505fe), .active = true};
    pools[0] = (struct status_pool){
        "ourpool", addr_v4(0x0a050501), addr_v4(0x0a0505fe), 1, 254, 200, 10, 44, 0};
    pools[1] =
        (struct status_pool){"small", addr_v4(0x0a060001), addr_v4(0x0a060002), 1, 2, 2, 0, 0, 7};
    processes[0] = (struct status_process){ROLE_KEY, 4711, true, 1, 61000, 7392, 1500, ""};
    processes[1] = (struct status_process){.role = ROLE_STORE, .trouble = "restarting"};
}

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
    make_lists();
    empty = (struct snapshot){.header = fixture_header()};
    empty.rc[STATUS_HISTORY] = RC_AGAIN;
    full = (struct snapshot){.header = fixture_header(),
                             .summary = fixture_summary(),
                             .ike = ike,
                             .ike_count = FIXTURE_HOSTILE + 4,
                             .ipsec = ipsec,
                             .ipsec_count = 3,
                             .pools = pools,
                             .pool_count = 2,
                             .leases = leases,
                             .lease_count = FIXTURE_HOSTILE + 1,
                             .processes = processes,
                             .process_count = 2,
                             .peers = peers,
                             .peer_count = FIXTURE_HOSTILE + 1,
                             .history = history,
                             .history_count = FIXTURE_HOSTILE + 1,
                             .problems = problems,
                             .problem_count = FIXTURE_HOSTILE};
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
                     9 * then->ike_count + 8 * then->ipsec_count +
                         (then->pool_count ? (size_t)LIST_CELLS : 0));
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
    assert_non_null(strstr(text, "<p id=\"m-history\" class=\"missing\" hidden=\"\">"));
    assert_non_null(strstr(text, "nearly full, 82 %"));
    sink_free(&dom);
}

/* Without a fetch of its own; times go on in the page, so the cells are not compared. Then the
 * server goes away, and what was known stays. */
static void rows_come_by_the_stream(void **state)
{
    (void)state;
    static struct stage stage;
    struct sink dom = {0};
    require_browser();
    make_snapshots();
    const struct view first = {.snapshot = &empty, .hostname = "h", .linked = true};
    const struct view then = {.snapshot = &full, .hostname = "h", .linked = true};
    stage = (struct stage){.first = &first, .then = &then, .streams = true};
    open_stage(&stage);
    browse(&stage, &dom);
    close_stage(&stage);
    const char *text = sink_string(&dom);
    assert_int_equal(stage.polls, 0);
    assert_non_null(strstr(text, "<dd id=\"n-drops\">19</dd>"));
    assert_non_null(strstr(text, "nearly full, 82 %"));
    assert_non_null(strstr(text, "class=\"badge stale\">Stale: data is "));
    assert_non_null(strstr(text, "the page cannot reach its server"));
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
    assert_non_null(strstr(text, "<p id=\"m-history\" class=\"missing\">Not known now"));
    assert_non_null(strstr(text, "<p id=\"e-problems\">Nobody was refused"));
    sink_free(&dom);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_come_later_look_as_if_they_had_been_there),
        cmocka_unit_test(rows_come_by_the_stream),
        cmocka_unit_test(rows_that_end_leave_the_empty_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
