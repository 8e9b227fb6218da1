/* Records of the log, their escaping and their budget. */
#include "host/clock.h"
#include "host/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
