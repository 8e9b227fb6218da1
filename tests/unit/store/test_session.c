/* The session table: one row a session through all that is told of it, and an end for each. */
#include "place.h"
#include "store/session.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { NOW = 1700000000 };

static struct place place;
static struct database *database;
static struct lease_stamp stamp;

static int begin(void **state)
{
    (void)state;
    struct database_report report;
    stamp = (struct lease_stamp){.now_s = NOW, .epoch = 3};
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

static sqlite3_stmt *query(const char *sql)
{
    enum rc rc;
    sqlite3_stmt *statement = database_statement(database, sql, &rc);
    assert_non_null(statement);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    return statement;
}

static int64_t value_of(const char *sql)
{
    sqlite3_stmt *statement = query(sql);
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return value;
}

static struct session_row sample(void)
{
    struct session_row row = {.session = 0x8000000000000001, /* more than a signed number holds */
                              .profile = "VPNclient",
                              .group = "testgroup",
                              .user = "alice",
                              .identity = "key-id testgroup",
                              .client = "vpnc"};
    row.remote = (struct endpoint){.addr = addr_v4(0x0a335264), .port = 4500};
    return row;
}

static void save(const struct session_row *row)
{
    assert_int_equal(session_save(database, row, &stamp), RC_OK);
}

static void a_session_is_one_row_from_its_begin_to_its_end(void **state)
{
    (void)state;
    struct session_row row = sample();
    save(&row);
    stamp.now_s += 5;
    row.age_ms = 5000;
    row.assigned = addr_v4(0x0a050501);
    save(&row);
    stamp.now_s += 95;
    row.age_ms = 100900;
    row.remote.port = 1024; /* NAT moved it */
    row.ended = true;
    row.bytes_in = 1596;
    row.bytes_out = UINT64_MAX;
    strcpy(row.reason, "it's \"gone\"; DROP TABLE sessions");
    save(&row);
    sqlite3_stmt *got = query("SELECT profile, group_name, user_name, identity, client, address,"
                              " assigned, reason, port, epoch, session, started_at, updated_at,"
                              " ended_at, bytes_in, bytes_out, count(*) FROM sessions");
    const char *const texts[] = {"VPNclient", "testgroup",    "alice",    "key-id testgroup",
                                 "vpnc",      "10.51.82.100", "10.5.5.1", row.reason};
    const int64_t numbers[] = {1024,      3, (int64_t)row.session, NOW, NOW + 100, NOW + 100, 1596,
                               INT64_MAX, 1};
    for (int i = 0; i < 8; i++)
        assert_string_equal(sqlite3_column_text(got, i), texts[i]);
    for (int i = 0; i < 9; i++)
        assert_int_equal(sqlite3_column_int64(got, 8 + i), numbers[i]);
    sqlite3_reset(got);
}

static void a_session_that_is_told_late_began_when_it_did(void **state)
{
    (void)state;
    struct session_row row = sample();
    row.age_ms = 3600 * 1000;
    save(&row);
    assert_int_equal(value_of("SELECT started_at FROM sessions"), NOW - 3600);
    row.session++;
    row.age_ms = UINT64_MAX; /* nonsense is bounded */
    save(&row);
    assert_int_equal(value_of("SELECT min(started_at) FROM sessions"), 0);
}

static void a_clock_that_was_set_back_makes_no_end_before_the_begin(void **state)
{
    (void)state;
    struct session_row row = sample();
    save(&row);
    stamp.now_s -= 1000;
    row.ended = true;
    save(&row);
    assert_int_equal(value_of("SELECT ended_at FROM sessions"), NOW);
}

static void the_same_number_of_another_key_is_another_session(void **state)
{
    (void)state;
    struct session_row row = sample();
    save(&row);
    stamp.epoch++;
    save(&row);
    assert_int_equal(value_of("SELECT count(*) FROM sessions"), 2);
}

static void a_new_key_ends_what_lasts_at_the_mark_or_later(void **state)
{
    (void)state;
    struct session_row row = sample();
    uint64_t epoch = 3;
    assert_int_equal(session_key_came(database, 77, &epoch), RC_OK);
    assert_int_equal(epoch, 3);
    save(&row);
    row.session++;
    stamp.now_s = NOW + 500; /* heard of after the mark */
    save(&row);
    assert_int_equal(session_alive(database, NOW + 60), RC_OK);
    epoch = 4;
    assert_int_equal(session_key_came(database, 78, &epoch), RC_OK);
    assert_int_equal(epoch, 4);
    assert_int_equal(value_of("SELECT min(ended_at) FROM sessions"), NOW + 60);
    assert_int_equal(value_of("SELECT max(ended_at) FROM sessions"), NOW + 500);
    assert_int_equal(value_of("SELECT count(*) FROM sessions WHERE reason='" SESSION_KEY_ENDED "'"),
                     2);
}

static void the_same_key_goes_on_under_its_epoch(void **state)
{
    (void)state;
    struct session_row row = sample();
    uint64_t epoch = 3, again = 1000;
    assert_int_equal(session_key_came(database, UINT64_MAX, &epoch), RC_OK);
    save(&row);
    assert_int_equal(session_key_came(database, UINT64_MAX, &again), RC_OK);
    assert_int_equal(again, 3);
    assert_int_equal(value_of("SELECT ended_at FROM sessions"), 0);
}

static void an_epoch_never_goes_back(void **state)
{
    (void)state;
    uint64_t epoch = 1000;
    assert_int_equal(session_key_came(database, 1, &epoch), RC_OK);
    assert_int_equal(epoch, 1000);
    epoch = 5;
    assert_int_equal(session_key_came(database, 2, &epoch), RC_OK);
    assert_int_equal(epoch, 1001);
}

static void the_oldest_that_ended_go_and_none_that_lasts(void **state)
{
    (void)state;
    struct session_row row = sample();
    row.session = 1;
    assert_int_equal(database_begin(database), RC_OK);
    save(&row);
    row.ended = true;
    for (unsigned n = 2; n <= SESSION_ROWS + 50; n++) {
        row.session = n;
        save(&row);
    }
    assert_int_equal(database_commit(database), RC_OK);
    assert_int_equal(value_of("SELECT count(*) FROM sessions"), SESSION_ROWS + 1);
    assert_int_equal(value_of("SELECT count(*) FROM sessions WHERE ended_at=0"), 1);
    assert_int_equal(value_of("SELECT min(session) FROM sessions WHERE ended_at<>0"), 51);
}

static const char *plan_of(const char *sql)
{
    return (const char *)sqlite3_column_text(query(sql), 3);
}

/* What is asked of a large table goes through an index. */
static void who_had_an_address_is_found_by_its_index(void **state)
{
    (void)state;
    assert_non_null(strstr(plan_of("EXPLAIN QUERY PLAN SELECT * FROM sessions WHERE"
                                   " assigned='10.5.5.1' AND assigned<>'' AND started_at<=5"),
                           "sessions_assigned"));
    assert_non_null(strstr(plan_of("EXPLAIN QUERY PLAN SELECT * FROM sessions WHERE ended_at=0"),
                           "sessions_lasting"));
}

#define SESSION_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SESSION_TEST(a_session_is_one_row_from_its_begin_to_its_end),
        SESSION_TEST(a_session_that_is_told_late_began_when_it_did),
        SESSION_TEST(a_clock_that_was_set_back_makes_no_end_before_the_begin),
        SESSION_TEST(the_same_number_of_another_key_is_another_session),
        SESSION_TEST(a_new_key_ends_what_lasts_at_the_mark_or_later),
        SESSION_TEST(the_same_key_goes_on_under_its_epoch),
        SESSION_TEST(an_epoch_never_goes_back),
        SESSION_TEST(the_oldest_that_ended_go_and_none_that_lasts),
        SESSION_TEST(who_had_an_address_is_found_by_its_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
