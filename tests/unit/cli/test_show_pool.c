/* Pools, users and processes against the stored screens of tests/golden/show. */
#include "cli/show_pool.h"
#include "cli/show_process.h"
#include "unit/status_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* Compare and free; with HUBWARD_GOLDEN=write in the environment the file is written instead. */
static void check(const char *name, struct sink *shown)
{
    char path[512];
    const char *wish = getenv("HUBWARD_GOLDEN");
    bool write = wish && strcmp(wish, "write") == 0;
    snprintf(path, sizeof path, "%s/golden/show/%s.txt", HUBWARD_TESTS, name);
    FILE *file = fopen(path, write ? "w" : "r");
    char *want = calloc(1, 65536);
    assert_non_null(file);
    assert_non_null(want);
    assert_false(shown->bad);
    if (write)
        assert_true(fputs(sink_string(shown), file) >= 0);
    else
        assert_true(fread(want, 1, 65535, file) < 65535);
    fclose(file);
    if (!write)
        assert_string_equal(sink_string(shown), want);
    free(want);
    sink_free(shown);
}

static const struct status_pool ippool = {
    .name = "ippool",
    .first = {.family = ADDR_V4, .bytes = {10, 5, 5, 1}},
    .last = {.family = ADDR_V4, .bytes = {10, 5, 5, 254}},
    .ranges = 1,
    .total = 254,
    .active = 1,
    .kept = 1,
    .free = 252,
};
static const struct status_pool large = {
    .name = "a-pool-with-a-name-that-is-wide",
    .first = {.family = ADDR_V4, .bytes = {100, 64, 0, 0}},
    .last = {.family = ADDR_V4, .bytes = {100, 127, 255, 255}},
    .ranges = 2,
    .total = 4194304,
    .active = 12000,
    .kept = 82304,
    .free = 4100000,
    .empty = 3,
};
static const struct status_lease leases[] = {
    {.pool = "ippool",
     .addr = {.family = ADDR_V4, .bytes = {10, 5, 5, 1}},
     .principal = "testgroup/alice",
     .active = true,
     .ike_id = 7},
    {.pool = "ippool",
     .addr = {.family = ADDR_V4, .bytes = {10, 5, 5, 2}},
     .principal = "testgroup/bob",
     .kept_ms = 601200000},
    {.pool = "other",
     .addr = {.family = ADDR_V4, .bytes = {10, 6, 6, 1}},
     .principal = "testgroup/carol"},
};

static void pools_look_like_ios(void **state)
{
    (void)state;
    struct sink out = {0};
    const struct status_pool rows[] = {ippool, large};
    show_pools(&out, rows, 2);
    check("local_pool", &out);
}

static void a_pool_is_shown_with_its_own_leases_only(void **state)
{
    (void)state;
    struct sink out = {0};
    show_pool_leases(&out, &ippool, leases, 3);
    check("local_pool_leases", &out);
}

static void a_pool_without_leases_says_how_often_it_was_empty(void **state)
{
    (void)state;
    struct sink out = {0};
    show_pool_leases(&out, &large, leases, 3);
    check("local_pool_empty", &out);
}

static void who_is_logged_in_is_listed_by_name_and_once(void **state)
{
    (void)state;
    struct sink out = {0};
    struct status_ike rows[] = {fixture_client(), fixture_branch(), fixture_client(),
                                fixture_client()};
    rows[2].id = rows[0].id + 5; /* phase 1 is being renewed */
    rows[2].age_ms = 5000;
    rows[3].remote = fixture_endpoint("198.51.100.7", 61234);
    rows[3].assigned.family = ADDR_NONE;
    fixture_text(rows[3].user, sizeof rows[3].user, "aaron");
    rows[3].client[0] = '\0';
    size_t n = show_users_keep(rows, 4);
    assert_int_equal(n, 2);
    show_users(&out, rows, n);
    check("aaa_users", &out);
    n = show_users_keep(rows, 0);
    show_users(&out, NULL, n);
    assert_non_null(strstr(sink_string(&out), "User "));
    sink_free(&out);
}

static void processes_have_a_line_each(void **state)
{
    (void)state;
    struct sink out = {0};
    struct status_process rows[] = {
        {.role = ROLE_WARDEN,
         .pid = 4711,
         .ready = true,
         .up_ms = 90061000,
         .rss_kb = 5240,
         .cpu_ms = 1230},
        {.role = ROLE_KEY,
         .pid = 4712,
         .ready = true,
         .restarts = 1,
         .up_ms = 61000,
         .rss_kb = 20480,
         .cpu_ms = 83456789},
        {.role = ROLE_STORE, .pid = 4714, .restarts = 3, .up_ms = 10, .rss_kb = 812},
        {.role = ROLE_WEB, .restarts = 12},
    };
    fixture_text(rows[2].trouble, sizeof rows[2].trouble, "starting");
    fixture_text(rows[3].trouble, sizeof rows[3].trouble, "restarting");
    show_processes(&out, rows, 4);
    check("processes", &out);
}

static size_t lines_with(const char *text)
{
    struct sink out = {0};
    struct status_pool pool = ippool;
    struct status_lease lease = leases[0];
    struct status_ike user = fixture_hostile_row(text);
    struct status_process process = {.role = ROLE_KEY, .pid = 1};
    size_t lines = 0;
    fixture_text(pool.name, sizeof pool.name, text);
    fixture_text(lease.pool, sizeof lease.pool, text);
    fixture_text(lease.principal, sizeof lease.principal, text);
    fixture_text(process.trouble, sizeof process.trouble, text);
    show_pools(&out, &pool, 1);
    show_pool_leases(&out, &pool, &lease, 1);
    show_users(&out, &user, 1);
    show_processes(&out, &process, 1);
    for (const char *at = sink_string(&out); *at; at++) {
        assert_true(*at == '\n' || (*at >= 0x20 && *at < 0x7f));
        lines += *at == '\n';
    }
    sink_free(&out);
    return lines;
}

static void hostile_names_are_inert_on_the_terminal(void **state)
{
    (void)state;
    for (size_t i = 0; i < FIXTURE_HOSTILE; i++)
        assert_int_equal(lines_with(fixture_hostile[i]), lines_with("plain"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pools_look_like_ios),
        cmocka_unit_test(a_pool_is_shown_with_its_own_leases_only),
        cmocka_unit_test(a_pool_without_leases_says_how_often_it_was_empty),
        cmocka_unit_test(who_is_logged_in_is_listed_by_name_and_once),
        cmocka_unit_test(processes_have_a_line_each),
        cmocka_unit_test(hostile_names_are_inert_on_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
