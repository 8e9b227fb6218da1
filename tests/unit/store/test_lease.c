/* The lease table: what comes back, what one address may be to two principals, and time. */
#include "place.h"
#include "store/lease.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { NOW = 1700000000 };

static struct place place;
static struct database *database;
static struct lease_stamp stamp;
static struct lease_row rows[128];
static size_t row_count, skipped;

static int begin(void **state)
{
    (void)state;
    struct database_report report;
    stamp = (struct lease_stamp){.now_s = NOW, .epoch = 1};
    if (place_enter(&place) != 0)
        return -1;
    return database_open(NULL, &database, &report) == RC_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    database_close(database);
    database = NULL;
    return place_leave(&place);
}

static void reopen(void)
{
    struct database_report report;
    database_close(database);
    database = NULL;
    assert_int_equal(database_open(NULL, &database, &report), RC_OK);
    assert_false(report.set_aside);
}

static enum rc save(const struct lease_row *row)
{
    return lease_save(database, row, &stamp);
}

static void load(uint64_t now_s)
{
    int64_t after = 0;
    bool at_end;
    skipped = 0;
    assert_int_equal(lease_page(database, now_s, &after, rows, 128, &row_count, &at_end, &skipped),
                     RC_OK);
    assert_true(at_end);
}

static void as_anybody(const char *sql)
{
    sqlite3 *handle;
    database_close(database);
    database = NULL;
    assert_int_equal(sqlite3_open(DATABASE_FILE, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(handle);
    reopen();
}

static void leases_survive_a_reopening(void **state)
{
    (void)state;
    struct lease_row in = place_lease(7, true);
    in.slot = UINT32_MAX;
    in.addr = (struct addr){.family = ADDR_V6, .bytes = {0x20, 1, 0xd, 0xb8, [15] = 7}};
    memset(in.principal, 'p', sizeof in.principal - 1);
    memset(in.pool, 'q', sizeof in.pool - 1);
    assert_int_equal(save(&in), RC_OK);
    reopen();
    load(NOW);
    assert_int_equal(row_count, 1);
    assert_string_equal(rows[0].principal, in.principal);
    assert_string_equal(rows[0].pool, in.pool);
    assert_int_equal(rows[0].slot, UINT32_MAX);
    assert_true(addr_equal(rows[0].addr, in.addr));
    assert_true(rows[0].active);
    assert_int_equal(rows[0].expires_s, 3600);
}

static void a_principal_has_one_row_for_each_slot_and_pool(void **state)
{
    (void)state;
    struct lease_row row = place_lease(1, true);
    assert_int_equal(save(&row), RC_OK);
    row.addr = addr_v4(0x0a640063); /* moved: the same row */
    row.active = false;
    assert_int_equal(save(&row), RC_OK);
    load(NOW);
    assert_int_equal(row_count, 1);
    assert_true(addr_equal(rows[0].addr, row.addr));
    assert_false(rows[0].active);
    row.slot = 1;
    row.addr = addr_v4(0x0a640064);
    assert_int_equal(save(&row), RC_OK);
    strcpy(row.pool, "other"); /* another pool may have the same address */
    assert_int_equal(save(&row), RC_OK);
    load(NOW);
    assert_int_equal(row_count, 3);
}

static void an_address_that_a_session_holds_goes_to_nobody_else(void **state)
{
    (void)state;
    struct lease_row alice = place_lease(1, true), bob = place_lease(2, true);
    bob.addr = alice.addr;
    assert_int_equal(save(&alice), RC_OK);
    assert_int_equal(save(&bob), RC_EXISTS);
    struct lease_row second = alice;
    second.slot = 1; /* of the same principal, but another session */
    assert_int_equal(save(&second), RC_EXISTS);
    assert_int_equal(save(&alice), RC_OK); /* its own again */
    load(NOW);
    assert_int_equal(row_count, 1);
    assert_string_equal(rows[0].principal, alice.principal);
}

static void an_address_that_nobody_holds_passes_to_whom_key_gives_it(void **state)
{
    (void)state;
    struct lease_row alice = place_lease(1, false), bob = place_lease(2, true);
    bob.addr = alice.addr;
    assert_int_equal(save(&alice), RC_OK);
    assert_int_equal(save(&bob), RC_OK);
    load(NOW);
    assert_int_equal(row_count, 1);
    assert_string_equal(rows[0].principal, bob.principal);
}

static void sessions_of_a_key_that_died_hold_nothing(void **state)
{
    (void)state;
    struct lease_row alice = place_lease(1, true), bob = place_lease(2, true);
    bob.addr = alice.addr;
    assert_int_equal(save(&alice), RC_OK);
    stamp.epoch = 2;
    assert_int_equal(save(&bob), RC_OK);
    load(NOW);
    assert_int_equal(row_count, 1);
    assert_string_equal(rows[0].principal, bob.principal);
}

static void what_is_left_of_a_lease_shrinks_with_the_clock_and_is_never_nothing(void **state)
{
    (void)state;
    static const struct {
        uint64_t later_s, left_s;
    } cases[] = {{0, 3600}, {1, 3599}, {3599, 1}, {3600, 1}, {10000000000, 1}};
    struct lease_row row = place_lease(1, false);
    assert_int_equal(save(&row), RC_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        load(NOW + cases[i].later_s);
        assert_int_equal(rows[0].expires_s, cases[i].left_s);
    }
}

/* THREATS F07: a clock set back must not make leases immortal. */
static void a_clock_set_back_gives_no_lease_more_than_it_had(void **state)
{
    (void)state;
    struct lease_row row = place_lease(1, false);
    assert_int_equal(save(&row), RC_OK);
    load(NOW - 1000000000ull);
    assert_int_equal(rows[0].expires_s, 3600);
    load(0);
    assert_int_equal(rows[0].expires_s, 3600);
}

static void a_lease_without_expiry_has_none_after_years(void **state)
{
    (void)state;
    struct lease_row row = place_lease(1, false);
    row.expires_s = 0;
    assert_int_equal(save(&row), RC_OK);
    row = place_lease(2, false);
    row.expires_s = UINT64_MAX;
    assert_int_equal(save(&row), RC_OK);
    load(NOW + 2000000000ull);
    assert_int_equal(rows[0].expires_s, 0);
    assert_true(rows[1].expires_s > 1000000000000);
}

static void pages_give_every_row_once(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 100; n++) {
        struct lease_row row = place_lease(n, n % 2);
        assert_int_equal(save(&row), RC_OK);
    }
    for (size_t most = 1; most <= 101; most += 10) {
        int64_t after = 0;
        size_t total = 0, count;
        bool at_end = false, seen[100] = {false};
        while (!at_end) {
            assert_int_equal(
                lease_page(database, NOW, &after, rows, most, &count, &at_end, &skipped), RC_OK);
            assert_true(count <= most);
            for (size_t i = 0; i < count; i++) {
                unsigned n;
                assert_int_equal(sscanf(rows[i].principal, "testgroup/user%u", &n), 1);
                assert_false(seen[n]);
                seen[n] = true;
            }
            total += count;
        }
        assert_int_equal(total, 100);
    }
}

static void rows_that_no_lease_can_be_are_left_out_and_counted(void **state)
{
    (void)state;
    struct lease_row row = place_lease(1, true);
    assert_int_equal(save(&row), RC_OK);
    as_anybody(
        "INSERT INTO leases VALUES (100, '', 0, 'p', '10.0.0.1', 1, 0, 0, '', 0);"
        "INSERT INTO leases VALUES (101, 'a', 0, '', '10.0.0.2', 1, 0, 0, '', 0);"
        "INSERT INTO leases VALUES (102, 'b', 0, 'p', '10.0.0.256', 1, 0, 0, '', 0);"
        "INSERT INTO leases VALUES (103, 'c', 0, 'p', '', 1, 0, 0, '', 0);"
        "INSERT INTO leases VALUES (104, 'd', -1, 'p', '10.0.0.3', 1, 0, 0, '', 0);"
        "INSERT INTO leases VALUES (105, 'e', 4294967296, 'p', '10.0.0.4', 1, 0, 0, '', 0);"
        "INSERT INTO leases VALUES (106, 'f' || char(0) || 'g', 0, 'p', '10.0.0.5', 1, 0, 0, '', "
        "0);"
        "INSERT INTO leases VALUES (107, printf('%.*c', 320, 'x'), 0, 'p', '10.0.0.6', 1, 0, 0, '',"
        " 0);"
        "INSERT INTO leases VALUES (108, 'h', 0, printf('%.*c', 64, 'x'), '10.0.0.7', 1, 0, 0, '',"
        " 0);"
        "INSERT INTO leases VALUES (109, 'last', 0, 'p', '2001:db8::1', 0, -5, -9, '', 0);");
    load(NOW);
    assert_int_equal(row_count, 2);
    assert_int_equal(skipped, 9);
    assert_string_equal(rows[1].principal, "last");
    assert_int_equal(rows[1].expires_s, 0);
}

static void a_kept_lease_is_the_same_address_of_the_same_principal(void **state)
{
    (void)state;
    struct lease_row row = place_lease(1, false), other = row;
    assert_int_equal(save(&row), RC_OK);
    row.active = true; /* he is back */
    assert_true(lease_is_kept(database, &row, NOW));
    assert_true(lease_is_kept(database, &row, NOW + 3599));
    assert_false(
        lease_is_kept(database, &row, NOW + 3600)); /* it could be somebody else's by now */
    other.addr = addr_v4(0x0a640009);
    assert_false(lease_is_kept(database, &other, NOW));
    other = row;
    other.slot = 1;
    assert_false(lease_is_kept(database, &other, NOW));
    other = row;
    strcpy(other.pool, "other");
    assert_false(lease_is_kept(database, &other, NOW));
    strcpy(row.principal, "testgroup/user11");
    assert_false(lease_is_kept(database, &row, NOW));
}

static void epochs_grow_through_reopenings(void **state)
{
    (void)state;
    uint64_t epoch = 0;
    for (uint64_t expected = 1; expected <= 5; expected++) {
        assert_int_equal(lease_next_epoch(database, &epoch), RC_OK);
        assert_int_equal(epoch, expected);
        reopen();
    }
}

#define LEASE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEASE_TEST(leases_survive_a_reopening),
        LEASE_TEST(a_principal_has_one_row_for_each_slot_and_pool),
        LEASE_TEST(an_address_that_a_session_holds_goes_to_nobody_else),
        LEASE_TEST(an_address_that_nobody_holds_passes_to_whom_key_gives_it),
        LEASE_TEST(sessions_of_a_key_that_died_hold_nothing),
        LEASE_TEST(what_is_left_of_a_lease_shrinks_with_the_clock_and_is_never_nothing),
        LEASE_TEST(a_clock_set_back_gives_no_lease_more_than_it_had),
        LEASE_TEST(a_lease_without_expiry_has_none_after_years),
        LEASE_TEST(pages_give_every_row_once),
        LEASE_TEST(rows_that_no_lease_can_be_are_left_out_and_counted),
        LEASE_TEST(a_kept_lease_is_the_same_address_of_the_same_principal),
        LEASE_TEST(epochs_grow_through_reopenings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
