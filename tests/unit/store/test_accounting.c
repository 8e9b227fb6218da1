/* Records of sessions: what is written when, in what order, and how many are kept. */
#include "place.h"
#include "store/accounting.h"
#include "store/page.h"
#include "store/session.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { NOW = 1700000000 };

static struct place place;
static struct database *database;
static struct status_page page;

static int begin(void **state)
{
    (void)state;
    struct database_report report;
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

static struct session_row session_of(uint64_t number, const char *user)
{
    struct session_row row = {.session = number,
                              .accounting = "acct",
                              .assigned = addr_v4(0x0a050501),
                              .remote = {.addr = addr_v4(0x0a335264), .port = 4500}};
    snprintf(row.user, sizeof row.user, "%s", user);
    return row;
}

static void save(const struct session_row *row, uint64_t now_s)
{
    const struct lease_stamp stamp = {.now_s = now_s, .epoch = 1};
    assert_int_equal(session_save(database, row, &stamp), RC_OK);
}

static size_t records(const char *about)
{
    struct status_question question = {.what = STATUS_ACCOUNTING};
    snprintf(question.about, sizeof question.about, "%s", about);
    memset(&page, 0, sizeof page);
    page_fill(database, &question, NOW, &page);
    assert_int_equal(page.rc, RC_OK);
    return page.count;
}

static void a_session_leaves_a_start_what_is_in_between_and_a_stop(void **state)
{
    (void)state;
    struct session_row row = session_of(7, "alice");
    save(&row, NOW);
    save(&row, NOW + 1); /* told again, it has begun already */
    row.interim = true;
    row.bytes_in = 100;
    row.age_ms = 600000;
    save(&row, NOW + 600);
    row.interim = false;
    row.ended = true;
    row.bytes_in = 1000;
    row.bytes_out = 2000;
    row.packets_in = 10;
    row.packets_out = 20;
    strcpy(row.reason, "deleted by the peer");
    save(&row, NOW + 700);
    assert_int_equal(records(""), 3);
    const struct status_accounting *stop = &page.rows.accounting[0], *interim = stop + 1,
                                   *start = stop + 2;
    assert_string_equal(start->record, "start");
    assert_int_equal(start->at_s, NOW);
    assert_string_equal(start->user, "alice");
    assert_string_equal(start->list, "acct");
    assert_true(start->bytes_in == 0 && start->duration_s == 0);
    assert_string_equal(interim->record, "interim");
    assert_true(interim->bytes_in == 100 && interim->duration_s == 600);
    assert_string_equal(stop->record, "stop");
    assert_true(stop->bytes_in == 1000 && stop->bytes_out == 2000 && stop->packets_in == 10 &&
                stop->packets_out == 20 && stop->duration_s == 700);
    assert_string_equal(stop->reason, "deleted by the peer");
    assert_true(stop->session == 7 && start->session == 7);
}

/* The batch keeps the newest state of a session only, when the disk is late. */
static void a_session_whose_start_was_never_written_has_one_all_the_same(void **state)
{
    (void)state;
    struct session_row row = session_of(1, "alice");
    row.ended = true;
    row.age_ms = 50000;
    save(&row, NOW);
    assert_int_equal(records(""), 2);
    assert_string_equal(page.rows.accounting[1].record, "start");
    assert_int_equal(page.rows.accounting[1].at_s, NOW - 50);
    assert_int_equal(page.rows.accounting[0].duration_s, 50);
}

static void without_a_list_there_is_none_and_stop_only_has_no_start(void **state)
{
    (void)state;
    struct session_row row = session_of(1, "alice");
    row.accounting[0] = '\0';
    save(&row, NOW);
    row.ended = true;
    save(&row, NOW + 1);
    assert_int_equal(records(""), 0);
    row = session_of(2, "bob");
    row.stop_only = true;
    save(&row, NOW);
    assert_int_equal(records(""), 0);
    row.ended = true;
    save(&row, NOW + 1);
    assert_int_equal(records(""), 1);
}

static void what_a_key_left_behind_is_stopped_with_the_reason(void **state)
{
    (void)state;
    struct session_row row = session_of(1, "alice");
    uint64_t epoch = 2;
    row.bytes_in = 77;
    save(&row, NOW);
    assert_int_equal(session_alive(database, NOW + 60), RC_OK);
    assert_int_equal(session_key_came(database, 4711, &epoch), RC_OK);
    assert_int_equal(records(""), 2);
    assert_string_equal(page.rows.accounting[0].record, "stop");
    assert_string_equal(page.rows.accounting[0].reason, SESSION_KEY_ENDED);
    assert_int_equal(page.rows.accounting[0].at_s, NOW + 60);
    assert_int_equal(page.rows.accounting[0].duration_s, 60);
    assert_int_equal(page.rows.accounting[0].bytes_in, 77);
    assert_int_equal(session_key_gone(database, NOW + 99), RC_OK); /* nothing more is left */
    assert_int_equal(records(""), 2);
}

static void records_of_one_user_are_found_among_all(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        struct session_row row = session_of(i, i % 2 ? "alice" : "bob");
        save(&row, NOW + i);
    }
    assert_int_equal(records("alice"), 5);
    assert_int_equal(records("bob"), 5);
    assert_int_equal(records("carol"), 0);
    assert_int_equal(records(""), 10);
}

static void do_sql(const char *sql)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *statement = database_statement(database, sql, &rc);
    assert_non_null(statement);
    assert_int_equal(database_step(database, statement), RC_OK);
}

static void only_so_many_are_kept(void **state)
{
    (void)state;
    const struct session_row row = session_of(1, "alice");
    save(&row, NOW);
    do_sql("UPDATE accounting SET id = 300000");
    const struct session_row next = session_of(2, "bob");
    for (unsigned i = 0; i < 3; i++) {
        struct session_row more = next;
        more.session = 2 + i;
        save(&more, NOW);
    }
    assert_int_equal(records(""), 4);
    do_sql("UPDATE accounting SET id = 1 WHERE id = 300000");
    struct session_row last = session_of(9, "carol");
    save(&last, NOW);
    assert_int_equal(records("alice"), 0);
    assert_int_equal(records(""), 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_session_leaves_a_start_what_is_in_between_and_a_stop),
        TEST(a_session_whose_start_was_never_written_has_one_all_the_same),
        TEST(without_a_list_there_is_none_and_stop_only_has_no_start),
        TEST(what_a_key_left_behind_is_stopped_with_the_reason),
        TEST(records_of_one_user_are_found_among_all),
        TEST(only_so_many_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
