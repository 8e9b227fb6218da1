/* Records of the log, their escaping and their budget. */
#include "host/clock.h"
#include "host/journal.h"
#include "host/log.h"
#include "unit/schema.h"

#include <fcntl.h>
#include <inttypes.h>
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

static void a_record_has_time_level_role_and_text(void **state)
{
    (void)state;
    char line[LOG_LINE];
    size_t n = log_render(line, 1777637045123ull, LEVEL_WARNING, ROLE_KEY, "hello");
    assert_string_equal(line, "2026-05-01T12:04:05.123Z warning key: hello\n");
    assert_int_equal(n, strlen(line));
}

static void hostile_octets_are_escaped(void **state)
{
    (void)state;
    char line[LOG_LINE];
    for (int octet = 1; octet < 256; octet++) {
        char text[4] = {'a', (char)octet, 'b', 0}, want[16];
        if (octet >= 0x20 && octet < 0x7f)
            snprintf(want, sizeof want, "web: a%cb\n", octet);
        else
            snprintf(want, sizeof want, "web: a\\x%02xb\n", (unsigned)octet);
        log_render(line, 0, LEVEL_INFO, ROLE_WEB, text);
        assert_non_null(strstr(line, want));
    }
}

static void a_long_text_is_cut_and_still_ends_its_line(void **state)
{
    (void)state;
    char *text = malloc(2 * LOG_LINE);
    char *line = malloc(LOG_LINE);
    assert_non_null(text);
    assert_non_null(line);
    for (size_t len = LOG_LINE - 60; len < LOG_LINE + 10; len++) {
        for (int filler = 0; filler < 2; filler++) {
            memset(text, filler ? '\n' : 'x', len);
            text[len] = '\0';
            size_t n = log_render(line, 0, LEVEL_DEBUG, ROLE_XAUTH, text);
            assert_true(n < LOG_LINE);
            assert_int_equal(n, strlen(line));
            assert_int_equal(line[n - 1], '\n');
            assert_null(memchr(line, '\n', n - 1));
        }
    }
    free(text);
    free(line);
}

static void unknown_levels_have_a_name(void **state)
{
    (void)state;
    assert_string_equal(log_level_name(LEVEL_ERROR), "error");
    assert_string_equal(log_level_name((enum event_level)99), "unknown");
}

static void a_burst_passes_and_then_the_rate_counts(void **state)
{
    (void)state;
    struct log_budget budget = {0};
    uint32_t lost;
    for (int i = 0; i < LOG_BURST; i++)
        assert_true(log_budget_take(&budget, 1000, &lost));
    for (int i = 0; i < 7; i++)
        assert_false(log_budget_take(&budget, 1000, &lost));
    assert_false(log_budget_take(&budget, 1004, &lost));
    /* A line is earned every five milliseconds. */
    assert_true(log_budget_take(&budget, 1005, &lost));
    assert_int_equal(lost, 8);
    assert_false(log_budget_take(&budget, 1005, &lost));
    assert_true(log_budget_take(&budget, 1010, &lost));
    assert_int_equal(lost, 1);
    /* In ten seconds the budget is full again, not fuller. */
    for (int i = 0; i < LOG_BURST; i++)
        assert_true(log_budget_take(&budget, 1000000, &lost));
    assert_false(log_budget_take(&budget, 1000000, &lost));
}

static void the_rate_is_kept_over_time(void **state)
{
    (void)state;
    struct log_budget budget = {0};
    uint32_t lost;
    unsigned passed = 0;
    for (uint64_t now_ms = 0; now_ms < 60000; now_ms++)
        for (int i = 0; i < 3; i++)
            passed += log_budget_take(&budget, now_ms, &lost);
    assert_in_range(passed, 60 * LOG_RATE_PER_S, 60 * LOG_RATE_PER_S + LOG_BURST + 1);
}

static void a_noisy_role_does_not_silence_another(void **state)
{
    (void)state;
    struct log log;
    char text[256] = "";
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    log_init(&log, fds[1]);
    log.budgets[ROLE_KEY] = (struct log_budget){.started = true, .refilled_ms = clock_now_ms()};
    log_text(&log, LEVEL_INFO, ROLE_KEY, "too much");
    log_text(&log, LEVEL_INFO, ROLE_PATH, "heard");
    log_line(&log, LEVEL_NOTICE, "%d of %s", 1, "us");
    log_text(&log, LEVEL_INFO, ROLE_COUNT, "nobody");
    ssize_t n = read(fds[0], text, sizeof text - 1);
    assert_true(n > 0);
    assert_non_null(strstr(text, "info path: heard\n"));
    assert_non_null(strstr(text, "notice warden: 1 of us\n"));
    assert_null(strstr(text, "nobody"));
    assert_null(strstr(text, "too much"));
    assert_int_equal(log.budgets[ROLE_KEY].lost, 1);
    close(fds[0]);
    close(fds[1]);
}

static void lost_lines_are_told_with_the_next(void **state)
{
    (void)state;
    struct log log;
    char text[512] = "";
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    log_init(&log, fds[1]);
    log.budgets[ROLE_KEY] = (struct log_budget){.started = true, .lost = 12};
    log_text(&log, LEVEL_INFO, ROLE_KEY, "after");
    assert_true(read(fds[0], text, sizeof text - 1) > 0);
    char *told = strstr(text, "warning key: 12 lines over the rate limit were left out\n");
    assert_non_null(told);
    assert_non_null(strstr(told, "info key: after\n"));
    close(fds[0]);
    close(fds[1]);
}

/* -- JSON ------------------------------------------------------------------------------ */

/* What could end a line, a string or a field, and what a terminal or a parser could stumble over.
 */
static const char *const hostile[] = {
    "\n{\"level\":\"error\",\"role\":\"warden\"}\n",
    "x\nPRIORITY=0\nMESSAGE=forged",
    "\",\"role\":\"warden",
    "\\\",\"a\":\"",
    "tail\\",
    "\r\n\t\v\f\b\x1b[2J\x7f",
    "\xc3\xbc\xff\xfe\xc0\x80\xed\xa0\x80",
    "\xe2\x80\xa8\xe2\x80\xae",
};
enum { HOSTILE = sizeof hostile / sizeof *hostile };

static struct event refusal(const char *text)
{
    struct event event = {.kind = EV_REFUSED, .conn = 7};
    event.peer = (struct endpoint){addr_v4(0x0a335264), 4500};
    for (size_t i = 0; i < 3; i++)
        event_text(&event, i, text);
    return event;
}

static const struct log_record *record_of(const struct event *event, char line[EVENT_LINE])
{
    static struct log_record record;
    record = (struct log_record){1777637045123ull, event_level(event->kind), ROLE_KEY,
                                 event_render(event, line, EVENT_LINE), event};
    return &record;
}

static void a_json_record_is_a_line_with_the_values_of_its_event(void **state)
{
    (void)state;
    char line[EVENT_LINE];
    struct sink out = {0};
    struct event event = {.kind = EV_SA_CREATED, .conn = 3, .n = {0x7a1ab8f3, 1}};
    event.local = (struct endpoint){addr_v4(0x0a000001), 500};
    event_text(&event, 0, "esp-3des");
    event_text(&event, 1, "10.1.0.0/16");
    log_record_json(&out, record_of(&event, line));
    assert_string_equal(
        sink_string(&out),
        "{\"time\":\"2026-05-01T12:04:05.123Z\",\"level\":\"info\",\"role\":\"key\","
        "\"text\":\"IPSEC (0:3): sa created, inbound spi 0x7A1AB8F3 outbound spi 0x1, esp-3des, "
        "local proxy 10.1.0.0/16, remote proxy \",\"event\":\"SA_CREATED\",\"conn\":3,"
        "\"local\":{\"address\":\"10.0.0.1\",\"port\":500},\"values\":{\"spi_in\":\"0x7A1AB8F3\","
        "\"spi_out\":\"0x1\",\"suite\":\"esp-3des\",\"ours\":\"10.1.0.0/16\",\"theirs\":\"\"}}\n");
    sink_clear(&out);
    log_record_json(&out,
                    &(struct log_record){0, LEVEL_NOTICE, ROLE_WARDEN, "up \"at\" last", NULL});
    assert_string_equal(sink_string(&out),
                        "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"notice\","
                        "\"role\":\"warden\",\"text\":\"up \\\"at\\\" last\"}\n");
    sink_free(&out);
}

/* One line, one object, of the schema. */
static void assert_json_line(const struct sink *out)
{
    struct schema schema = {.file_count = 0};
    const char *text = sink_string(out);
    assert_false(out->bad);
    assert_int_equal(strcspn(text, "\n"), out->len - 1);
    for (size_t i = 0; i + 1 < out->len; i++)
        assert_in_range(text[i], 0x20, 0x7e);
    json_error_t error;
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!object)
        fail_msg("%s: %s", text, error.text);
    const char *complaint = schema_complaint(&schema, "log.json", object);
    if (complaint)
        fail_msg("%s: %s", text, complaint);
    json_decref(object);
    schema_wipe(&schema);
}

static void every_event_is_a_line_of_the_schema(void **state)
{
    (void)state;
    char line[EVENT_LINE];
    for (unsigned kind = 0; kind < EVENT_COUNT; kind++) {
        struct sink out = {0};
        struct event event = refusal("text");
        event.kind = (enum event_kind)kind;
        event.n[0] = event.n[2] = UINT64_MAX;
        log_record_json(&out, record_of(&event, line));
        assert_json_line(&out);
        sink_free(&out);
    }
}

static void hostile_values_stay_in_their_json_strings(void **state)
{
    (void)state;
    char line[EVENT_LINE];
    for (size_t i = 0; i < HOSTILE; i++) {
        struct sink out = {0};
        struct event event = refusal(hostile[i]);
        log_record_json(&out, record_of(&event, line));
        assert_json_line(&out);
        json_t *object = json_loads(sink_string(&out), 0, NULL);
        assert_string_equal(json_string_value(json_object_get(object, "role")), "key");
        assert_string_equal(json_string_value(json_object_get(object, "level")), "warning");
        assert_int_equal(json_object_size(object), 8);
        assert_int_equal(json_object_size(json_object_get(object, "values")), 3);
        json_decref(object);
        sink_clear(&out);
        log_record_json(&out, &(struct log_record){0, LEVEL_INFO, ROLE_XAUTH, hostile[i], NULL});
        assert_json_line(&out);
        sink_free(&out);
    }
}

static void a_log_of_json_has_no_other_lines(void **state)
{
    (void)state;
    struct log log;
    static char text[65536];
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    log_init(&log, fds[1]);
    log_use(&log, LOG_JSON, "hubd", NULL);
    log.budgets[ROLE_KEY] = (struct log_budget){.started = true, .lost = 12};
    const struct event event = refusal(hostile[0]);
    log_event(&log, ROLE_KEY, &event);
    log_text(&log, LEVEL_INFO, ROLE_PATH, hostile[1]);
    log_line(&log, LEVEL_NOTICE, "%s", hostile[2]);
    ssize_t n = read(fds[0], text, sizeof text - 1);
    assert_true(n > 0);
    text[n] = '\0';
    size_t lines = 0;
    for (char *at = text, *end; *at; at = end + 1, lines++) {
        struct sink one = {0};
        end = strchr(at, '\n');
        assert_non_null(end);
        sink_octets(&one, at, (size_t)(end - at) + 1);
        assert_json_line(&one);
        sink_free(&one);
    }
    assert_int_equal(lines, 4);
    assert_non_null(strstr(text, "12 lines over the rate limit were left out"));
    close(fds[0]);
    close(fds[1]);
}

/* -- the journal ----------------------------------------------------------------------- */

/* A journal that only listens. */
struct journal {
    char folder[32], path[64];
    int fd;
};

static struct journal journal_start(void)
{
    struct journal journal = {.folder = "/tmp/hubward-journal-XXXXXX"};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    assert_non_null(mkdtemp(journal.folder));
    snprintf(journal.path, sizeof journal.path, "%s/socket", journal.folder);
    memcpy(un.sun_path, journal.path, sizeof journal.path);
    journal.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(journal.fd, (struct sockaddr *)&un, sizeof un), 0);
    return journal;
}

static void journal_stop(struct journal *journal)
{
    if (journal->fd >= 0)
        close(journal->fd);
    unlink(journal->path);
    rmdir(journal->folder);
}

/* The next record; "": none. */
static const char *journal_read(const struct journal *journal)
{
    static char text[65536];
    ssize_t n = recv(journal->fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static void the_journal_gets_an_event_in_fields(void **state)
{
    (void)state;
    struct log log;
    struct journal journal = journal_start();
    struct event event = refusal("");
    event_text(&event, 0, "Xauth login");
    event_text(&event, 1, "password wrong");
    event_text(&event, 2, "check it");
    log_init(&log, -1);
    log_use(&log, LOG_JOURNAL, "hubd", journal.path);
    assert_int_equal(log.form, LOG_JOURNAL);
    log_event(&log, ROLE_KEY, &event);
    assert_string_equal(journal_read(&journal),
                        "MESSAGE=key: ISAKMP (0:7): 10.51.82.100 refused at Xauth login: password "
                        "wrong; to accept it: check it\nPRIORITY=4\nSYSLOG_IDENTIFIER=hubd\n"
                        "HUBWARD_ROLE=key\nHUBWARD_EVENT=REFUSED\nHUBWARD_CONN=7\n"
                        "HUBWARD_PEER=10.51.82.100\nHUBWARD_PEER_PORT=4500\n"
                        "HUBWARD_STAGE=Xauth login\nHUBWARD_REASON=password wrong\n"
                        "HUBWARD_REMEDY=check it\n");
    log_line(&log, LEVEL_ERROR, "plain");
    assert_string_equal(journal_read(&journal), "MESSAGE=warden: plain\nPRIORITY=3\n"
                                                "SYSLOG_IDENTIFIER=hubd\nHUBWARD_ROLE=warden\n");
    assert_string_equal(journal_read(&journal), "");
    log_close(&log);
    journal_stop(&journal);
}

static size_t count_lines(const char *text, const char *beginning)
{
    size_t count = 0;
    for (const char *at = text; *at; at = strchr(at, '\n') + 1)
        count += strncmp(at, beginning, strlen(beginning)) == 0;
    return count;
}

/* A field more, or a second one of a name, would be one that a peer wrote. */
static void hostile_values_forge_no_field_of_the_journal(void **state)
{
    (void)state;
    char line[EVENT_LINE];
    struct event event = refusal("plain");
    struct sink out = {0};
    log_record_journal(&out, record_of(&event, line), "hubd");
    const size_t fields = count_lines(sink_string(&out), "");
    for (size_t i = 0; i < HOSTILE; i++) {
        event = refusal(hostile[i]);
        sink_clear(&out);
        log_record_journal(&out, record_of(&event, line), "hubd");
        assert_int_equal(count_lines(sink_string(&out), ""), fields);
        assert_int_equal(count_lines(sink_string(&out), "PRIORITY="), 1);
        assert_int_equal(count_lines(sink_string(&out), "MESSAGE="), 1);
        for (const char *at = sink_string(&out); *at; at++)
            assert_true(*at == '\n' || (*at >= 0x20 && *at < 0x7f));
    }
    sink_free(&out);
}

static void what_the_journal_does_not_take_is_a_line(void **state)
{
    (void)state;
    struct log log;
    struct journal journal = journal_start();
    char text[256] = "";
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    log_init(&log, fds[1]);
    log_use(&log, LOG_JOURNAL, "hubd", journal.path);
    close(journal.fd);
    journal.fd = -1;
    log_line(&log, LEVEL_NOTICE, "not lost");
    assert_true(read(fds[0], text, sizeof text - 1) > 0);
    assert_non_null(strstr(text, "notice warden: not lost\n"));
    log_close(&log);
    log_use(&log, LOG_JOURNAL, "hubd", "/nonexistent/socket");
    assert_int_equal(log.form, LOG_TEXT);
    close(fds[0]);
    close(fds[1]);
    journal_stop(&journal);
}

/* The manager names the stream it made; a descriptor that leads elsewhere is not it. */
static void auto_is_text_unless_the_descriptor_is_the_journal(void **state)
{
    (void)state;
    struct log log;
    struct stat st;
    char stream[64];
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    unsetenv("JOURNAL_STREAM");
    assert_false(journal_is(fds[1]));
    assert_int_equal(fstat(fds[1], &st), 0);
    snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    assert_true(journal_is(fds[1]));
    assert_false(journal_is(-1));
    log_init(&log, fds[1]);
    log_use(&log, LOG_AUTO, "hubd", "/nonexistent/socket");
    assert_int_equal(log.form, LOG_TEXT); /* nobody listens there */
    struct journal journal = journal_start();
    log_use(&log, LOG_AUTO, "hubd", journal.path);
    assert_int_equal(log.form, LOG_JOURNAL);
    log_close(&log);
    setenv("JOURNAL_STREAM", "1:2", 1);
    log_use(&log, LOG_AUTO, "hubd", journal.path);
    assert_int_equal(log.form, LOG_TEXT);
    unsetenv("JOURNAL_STREAM");
    journal_stop(&journal);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_has_time_level_role_and_text),
        cmocka_unit_test(hostile_octets_are_escaped),
        cmocka_unit_test(a_long_text_is_cut_and_still_ends_its_line),
        cmocka_unit_test(unknown_levels_have_a_name),
        cmocka_unit_test(a_burst_passes_and_then_the_rate_counts),
        cmocka_unit_test(the_rate_is_kept_over_time),
        cmocka_unit_test(a_noisy_role_does_not_silence_another),
        cmocka_unit_test(lost_lines_are_told_with_the_next),
        cmocka_unit_test(a_json_record_is_a_line_with_the_values_of_its_event),
        cmocka_unit_test(every_event_is_a_line_of_the_schema),
        cmocka_unit_test(hostile_values_stay_in_their_json_strings),
        cmocka_unit_test(a_log_of_json_has_no_other_lines),
        cmocka_unit_test(the_journal_gets_an_event_in_fields),
        cmocka_unit_test(hostile_values_forge_no_field_of_the_journal),
        cmocka_unit_test(what_the_journal_does_not_take_is_a_line),
        cmocka_unit_test(auto_is_text_unless_the_descriptor_is_the_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
