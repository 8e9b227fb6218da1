#include "host/process_usage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void memory_that_is_touched_and_time_that_is_spent_show(void **state)
{
    (void)state;
    enum { BLOCK = 64 << 20 };
    struct process_usage before, after;
    assert_int_equal(process_usage(getpid(), &before), RC_OK);
    char *block = malloc(BLOCK);
    assert_non_null(block);
    memset(block, 1, BLOCK);
    volatile unsigned work = 0;
    while (clock() < (clock_t)((before.cpu_ms + 200) * (CLOCKS_PER_SEC / 1000)))
        work++;
    assert_int_equal(process_usage(getpid(), &after), RC_OK);
    assert_true(after.rss_kb >= before.rss_kb + BLOCK / 1024 / 2);
    assert_in_range(after.cpu_ms, before.cpu_ms + 150, before.cpu_ms + 5000);
    free(block);
}

static void a_program_cannot_lie_by_its_name(void **state)
{
    (void)state;
    struct process_usage honest, liar;
    assert_int_equal(process_usage(getpid(), &honest), RC_OK);
    assert_int_equal(prctl(PR_SET_NAME, ") R 1 9 9 9 9 9"), 0);
    assert_int_equal(process_usage(getpid(), &liar), RC_OK);
    assert_in_range(liar.cpu_ms, honest.cpu_ms, honest.cpu_ms + 1000);
}

static void a_process_that_is_not_there_has_no_figures(void **state)
{
    (void)state;
    struct process_usage out = {.rss_kb = 7};
    assert_int_equal(process_usage(0x7ffffff0, &out), RC_NOT_FOUND);
    assert_int_equal(out.rss_kb, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_is_touched_and_time_that_is_spent_show),
        cmocka_unit_test(a_program_cannot_lie_by_its_name),
        cmocka_unit_test(a_process_that_is_not_there_has_no_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
