/* `--watch`: rounds until Ctrl-C, on a terminal in place. */
#include "cli/watch.h"
#include "unit/cli/hub.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include <cmocka.h>

static void seconds_are_whole_and_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned seconds; /* 0: refused */
    } rows[] = {{NULL, 2},    {"", 2},      {"1", 1},  {"60", 60}, {"3600", 3600},
                {"3601", 0},  {"0", 0},     {"-1", 0}, {"1.5", 0}, {"x", 0},
                {"00002", 0}, {"99999", 0}, {" 1", 0}, {"1 ", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned seconds = 0;
        enum rc rc = watch_parse(rows[i].text, &seconds);
        assert_int_equal(rc, rows[i].seconds ? RC_OK : RC_MALFORMED);
        assert_int_equal(seconds, rows[i].seconds);
    }
}

#define BEGIN "\x1b[?7l\x1b[HNow\x1b[K\r\n\x1b[K\r\n"
#define END   "\x1b[J\x1b[?7h"

static void a_screen_erases_what_stood_there_before(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned rows;
        const char *screen;
    } rows[] = {
        {"", 24, BEGIN END},
        {"one\n", 24, BEGIN "one\x1b[K\r\n" END},
        {"one\n\ntwo", 24, BEGIN "one\x1b[K\r\n\x1b[K\r\ntwo\x1b[K\r\n" END},
        /* two rows of heading, three of text, and the last one free */
        {"1\n2\n3\n", 6, BEGIN "1\x1b[K\r\n2\x1b[K\r\n3\x1b[K\r\n" END},
        {"1\n2\n3\n4\n", 6, BEGIN "1\x1b[K\r\n2\x1b[K\r\n-- 2 more lines\x1b[K\r\n" END},
        {"1\n2\n", 1, BEGIN "-- 2 more lines\x1b[K\r\n" END},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sink out = {0};
        watch_screen(&out, "Now", rows[i].text, rows[i].rows);
        assert_string_equal(sink_string(&out), rows[i].screen);
        sink_free(&out);
    }
}

static void rounds_go_on_until_ctrl_c_with_a_blank_line_between(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    hub.interrupt_at = 2;
    struct outcome got = run(&hub, "show version --watch 1 | include uptime");
    assert_int_equal(got.code, EXIT_OK);
    assert_string_equal(got.err, "");
    assert_string_equal(got.out, "Hub uptime is 1 week, 2 days, 3 hours, 4 minutes\n\n"
                                 "Hub uptime is 1 week, 2 days, 3 hours, 4 minutes\n");
    assert_int_equal(hub.questions, 2);
    release(got);
}

static void each_round_counts_for_itself(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    hub.interrupt_at = 2;
    struct outcome got = run(&hub, "--watch 1 show version | count uptime");
    assert_int_equal(got.code, EXIT_OK);
    assert_string_equal(got.out, "Number of lines which match regexp = 1\n\n"
                                 "Number of lines which match regexp = 1\n");
    release(got);
}

static void json_is_repeated_as_well(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    hub.interrupt_at = 2;
    struct outcome got = run(&hub, "show version --json --watch 1");
    char *second = strstr(got.out, "}\n\n{");
    assert_non_null(second);
    json_t *document = json_loads(second + 3, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    json_decref(document);
    release(got);
}

static void nothing_found_yet_is_no_end(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    hub.interrupt_at = 2;
    struct outcome got = run(&hub, "show version --watch 1 | include nowhere");
    assert_int_equal(got.code, EXIT_OK);
    assert_int_equal(hub.questions, 2);
    release(got);
}

static void a_first_round_that_fails_is_the_last(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    hub.mischief = WRONG_KIND;
    struct outcome got = run(&hub, "show version --watch 1");
    assert_int_equal(got.code, EXIT_FAILED);
    assert_string_equal(got.out, "");
    release(got);
}

struct delayed {
    pthread_t operator_thread;
    unsigned ms;
};

static void *interrupt_later(void *context)
{
    const struct delayed *delayed = context;
    usleep(delayed->ms * 1000);
    pthread_kill(delayed->operator_thread, SIGINT);
    return NULL;
}

/* The hub may be restarted: who watches it sees it come back. */
static void a_hub_that_goes_is_waited_for(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    struct delayed delayed = {pthread_self(), 2500};
    pthread_t thread;
    hub.silent_at = 1;
    pthread_create(&thread, NULL, interrupt_later, &delayed);
    struct outcome got = run(&hub, "show version --watch 1");
    pthread_join(thread, NULL);
    assert_int_equal(got.code, EXIT_OK);
    assert_non_null(strstr(got.out, "Hub uptime"));
    assert_non_null(strstr(got.err, "cannot reach the hub"));
    release(got);
}

static void only_shows_are_watched_and_not_too_often(void **state)
{
    (void)state;
    static const struct {
        const char *line, *err;
    } rows[] = {
        {"clear crypto session --watch", "% only a show can be watched\n"},
        {"what-if from 10.1.1.1 --watch 5", "% only a show can be watched\n"},
        {"show version --watch 0", "% --watch takes 1 to 3600 seconds\n"},
        {"show version --watch 4000", "% --watch takes 1 to 3600 seconds\n"},
        {"show --watch 2", "% Incomplete command.\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hub hub = a_hub();
        struct outcome got = run(&hub, rows[i].line);
        assert_int_equal(got.code, EXIT_USAGE);
        assert_string_equal(got.err, rows[i].err);
        assert_string_equal(got.out, "");
        release(got);
    }
}

/* A terminal of 5 rows, of which one line of text is left over for. */
static void on_a_terminal_it_is_drawn_in_place(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    struct session session;
    static char text[65536];
    size_t n = 0;
    const struct winsize size = {.ws_row = 5, .ws_col = 80};
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal >= 0);
    assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
    hub.interrupt_at = 2;
    begin(&session, &hub);
    FILE *memory = session.shell.out;
    session.shell.out = fdopen(terminal, "w");
    assert_int_equal(shell_run(&session.shell, "show version --watch 1", false), EXIT_OK);
    assert_int_equal(fcntl(master, F_SETFL, O_NONBLOCK), 0);
    fflush(session.shell.out);
    ssize_t got;
    while ((got = read(master, text + n, sizeof text - 1 - n)) > 0)
        n += (size_t)got;
    fclose(session.shell.out);
    close(master);
    session.shell.out = memory;
    end(&session);
    size_t screens = 0;
    for (char *at = text; (at = strstr(at, "\x1b[?7l\x1b[H")); at++)
        screens++;
    assert_int_equal(screens, 2);
    assert_non_null(strstr(text, "  every 1 s: show version\x1b[K"));
    assert_non_null(strstr(text, "more lines\x1b[K"));
    assert_null(strstr(text, "uptime"));
    assert_string_equal(session.out, "");
    assert_string_equal(session.err, "");
    free(session.out);
    free(session.err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_are_whole_and_bounded),
        cmocka_unit_test(a_screen_erases_what_stood_there_before),
        cmocka_unit_test(rounds_go_on_until_ctrl_c_with_a_blank_line_between),
        cmocka_unit_test(each_round_counts_for_itself),
        cmocka_unit_test(json_is_repeated_as_well),
        cmocka_unit_test(nothing_found_yet_is_no_end),
        cmocka_unit_test(a_first_round_that_fails_is_the_last),
        cmocka_unit_test(a_hub_that_goes_is_waited_for),
        cmocka_unit_test(only_shows_are_watched_and_not_too_often),
        cmocka_unit_test(on_a_terminal_it_is_drawn_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
