/* Pages of rows: complete, in order, right while new rows come, and quick on full tables. */
#include "place.h"
#include "store/decision.h"
#include "store/page.h"
#include "store/peer.h"
#include "store/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

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

static void ask(enum status_what what, uint32_t at, uint16_t max)
{
    const struct status_question question = {.what = what, .at = at, .max = max, .request = 9};
    memset(&page, 0, sizeof page);
    page_fill(database, &question, NOW, &page);
    assert_int_equal(page.request, 9);
    assert_int_equal(page.what, what);
}

static void session_of(unsigned n, bool ended)
{
    const struct lease_stamp stamp = {.now_s = NOW + n, .epoch = 1};
    struct session_row row = {.session = n, .ended = ended, .age_ms = n * 1000};
    snprintf(row.user, sizeof row.user, "user%u", n);
    row.remote = (struct endpoint){.addr = addr_v4(0x0a640000 + n), .port = 500};
    row.bytes_in = n;
    assert_int_equal(session_save(database, &row, &stamp), RC_OK);
}

static void peer_of(unsigned n)
{
    struct peer_row row = {.profile = "p", .identity = "i", .client = "vpnc", .up = n % 2};
    snprintf(row.principal, sizeof row.principal, "testgroup/user%05u", n);
    row.last = (struct endpoint){.addr = addr_v4(0x0a640000 + n), .port = 4500};
    assert_int_equal(peer_save(database, &row, NOW + n), RC_OK);
}

static void refuse(unsigned from, enum decision_rule rule, uint64_t at)
{
    static struct effect_decision made;
    decision_start(&made.decision, STAGE_XAUTH);
    made.peer = (struct endpoint){.addr = addr_v4(0xc6330000 + from), .port = (uint16_t)(at % 7)};
    made.decision.rule = rule;
    snprintf(made.identity, sizeof made.identity, "key-id group%u", from);
    snprintf(made.decision.ours, sizeof made.decision.ours, "ours %u", (unsigned)at);
    snprintf(made.decision.theirs, sizeof made.decision.theirs, "theirs");
    snprintf(made.decision.hint, sizeof made.decision.hint, "change it");
    assert_int_equal(decision_save(database, &made, at), RC_OK);
}

static void accept(uint64_t at)
{
    static struct effect_decision made;
    decision_start(&made.decision, STAGE_XAUTH);
    made.decision.accepted = true;
    assert_int_equal(decision_save(database, &made, at), RC_OK);
}

static void history_is_the_newest_first_and_holds_what_was_stored(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 3; n++)
        session_of(n, n == 2);
    ask(STATUS_HISTORY, 0, 0);
    assert_int_equal(page.rc, RC_OK);
    assert_int_equal(page.count, 3);
    assert_false(page.more);
    for (unsigned i = 0; i < 3; i++) {
        const struct status_history *row = &page.rows.history[i];
        char user[16];
        snprintf(user, sizeof user, "user%u", 3 - i);
        assert_string_equal(row->user, user);
        assert_int_equal(row->number, 3 - i);
        assert_int_equal(row->bytes_in, 3 - i);
        assert_int_equal(row->started_s, NOW);
        assert_int_equal(row->remote.port, 500);
        assert_int_equal(row->assigned.family, ADDR_NONE);
        assert_int_equal(row->ended_s, i == 1 ? NOW + 2 : 0);
    }
}

/* Every row that was there at the first page is seen once, in order, whatever comes meanwhile. */
static void history_stays_right_while_sessions_begin(void **state)
{
    (void)state;
    unsigned expected = 300;
    uint32_t at = 0;
    for (unsigned n = 1; n <= 300; n++)
        session_of(n, true);
    do {
        ask(STATUS_HISTORY, at, 0);
        for (unsigned i = 0; i < page.count; i++)
            assert_int_equal(page.rows.history[i].number, expected--);
        assert_true(!page.more || page.next > at);
        at = page.next;
        session_of(1000 + expected, false);
    } while (page.more);
    assert_int_equal(expected, 0);
}

static void a_page_has_no_more_rows_than_were_wanted(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 100; n++)
        session_of(n, true);
    ask(STATUS_HISTORY, 0, 7);
    assert_int_equal(page.count, 7);
    assert_true(page.more);
    ask(STATUS_HISTORY, 0, UINT16_MAX);
    assert_int_equal(page.count, STATUS_PAGE_ROWS);
    ask(STATUS_HISTORY, UINT32_MAX, 7);
    assert_int_equal(page.count, 0);
    assert_false(page.more);
}

static void peers_come_by_name(void **state)
{
    (void)state;
    unsigned expected = 0;
    uint32_t at = 0;
    for (unsigned n = 150; n > 0; n--)
        peer_of(n - 1);
    do {
        ask(STATUS_PEERS, at, 0);
        for (unsigned i = 0; i < page.count; i++, expected++) {
            const struct status_peer *row = &page.rows.peers[i];
            char name[32];
            snprintf(name, sizeof name, "testgroup/user%05u", expected);
            assert_string_equal(row->principal, name);
            assert_int_equal(row->up, expected % 2);
            assert_int_equal(row->first_seen_s, NOW + expected);
            assert_string_equal(row->client, "vpnc");
        }
        at = page.next;
    } while (page.more);
    assert_int_equal(expected, 150);
}

static void refusals_are_gathered_by_peer_identity_stage_and_reason(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 5; n++) {
        refuse(1, RULE_PASSWORD, NOW - 100 + n);
        refuse(2, RULE_POOL_EMPTY, NOW - 50 + n);
        accept(NOW - 10);
    }
    refuse(1, RULE_NO_VERDICT, NOW - 3);
    refuse(2, RULE_POOL_EMPTY, NOW - PROBLEM_WINDOW_S); /* a day ago */
    refuse(1, RULE_PASSWORD, NOW - 1);
    ask(STATUS_PROBLEMS, 0, 0);
    assert_int_equal(page.rc, RC_OK);
    assert_int_equal(page.count, 3);
    const struct status_problem *row = page.rows.problems;
    assert_int_equal(row[0].rule, RULE_PASSWORD);
    assert_int_equal(row[0].stage, STAGE_XAUTH);
    assert_int_equal(row[0].count, 6);
    assert_int_equal(row[0].first_s, NOW - 100);
    assert_int_equal(row[0].last_s, NOW - 1);
    assert_string_equal(row[0].identity, "key-id group1");
    char ours[32];
    snprintf(ours, sizeof ours, "ours %u", NOW - 1);
    assert_string_equal(row[0].ours, ours); /* of the last one */
    assert_string_equal(row[0].theirs, "theirs");
    assert_string_equal(row[0].hint, "change it");
    assert_int_equal(row[0].peer.port, (NOW - 1) % 7);
    assert_int_equal(row[1].rule, RULE_NO_VERDICT);
    assert_int_equal(row[1].count, 1);
    assert_int_equal(row[2].rule, RULE_POOL_EMPTY);
    assert_int_equal(row[2].count, 5);
}

static void problems_come_page_after_page(void **state)
{
    (void)state;
    unsigned expected = 200;
    uint32_t at = 0;
    for (unsigned n = 1; n <= 200; n++)
        refuse(n, RULE_PASSWORD, NOW - 1000 + n);
    do {
        ask(STATUS_PROBLEMS, at, 0);
        for (unsigned i = 0; i < page.count; i++)
            assert_int_equal(page.rows.problems[i].last_s, NOW - 1000 + expected--);
        at = page.next;
    } while (page.more);
    assert_int_equal(expected, 0);
}

static void change(const char *sql)
{
    enum rc rc;
    sqlite3_stmt *statement = database_statement(database, sql, &rc);
    assert_non_null(statement);
    assert_int_equal(database_step(database, statement), RC_OK);
}

static void what_this_version_does_not_know_is_left_out_and_the_rest_shown(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 4; n++)
        refuse(n, RULE_PASSWORD, NOW - 10 + n);
    change("UPDATE decisions SET rule='a rule of the future' WHERE id=2");
    change("UPDATE decisions SET form=99 WHERE id=3");
    change("UPDATE decisions SET record=x'00' WHERE id=4");
    ask(STATUS_PROBLEMS, 0, 0);
    assert_int_equal(page.count, 3);
    assert_string_equal(page.rows.problems[0].ours, "");
    assert_string_equal(page.rows.problems[1].ours, "");
    assert_string_equal(page.rows.problems[2].theirs, "theirs");
    session_of(1, true);
    change("UPDATE sessions SET address='no address', assigned='10.1', user_name="
           "printf('%.*c', 5000, 'x')");
    ask(STATUS_HISTORY, 0, 0);
    assert_int_equal(page.count, 1);
    assert_int_equal(page.rows.history[0].remote.addr.family, ADDR_NONE);
    assert_int_equal(strlen(page.rows.history[0].user), STATUS_ROW_TEXT - 1);
}

static void ask_about(const char *about, uint32_t at)
{
    struct status_question question = {.what = STATUS_DECISIONS, .at = at, .request = 9};
    snprintf(question.about, sizeof question.about, "%s", about);
    memset(&page, 0, sizeof page);
    page_fill(database, &question, NOW, &page);
    assert_int_equal(page.rc, RC_OK);
}

static void decisions_come_whole_the_newest_first(void **state)
{
    (void)state;
    static struct effect_decision made;
    refuse(1, RULE_PASSWORD, NOW - 3);
    decision_start(&made.decision, STAGE_KEY);
    made.peer = (struct endpoint){.addr = addr_v4(0xcb007109), .port = 500};
    decision_note(&made.decision, "keyring spokes", 25, RULE_ADDRESS);
    made.decision.candidates_left_out = 2;
    made.decision.rule = RULE_ADDRESS;
    assert_int_equal(decision_save(database, &made, NOW - 2), RC_OK);
    ask(STATUS_DECISIONS, 0, 0);
    assert_int_equal(page.count, 2);
    assert_false(page.more);
    const struct status_decision *row = page.rows.decisions;
    assert_int_equal(row[0].at_s, NOW - 2);
    assert_true(endpoint_equal(row[0].peer, made.peer));
    assert_memory_equal(&row[0].decision, &made.decision, sizeof made.decision);
    assert_int_equal(row[1].decision.rule, RULE_PASSWORD);
    assert_string_equal(row[1].identity, "key-id group1");
    ask(STATUS_DECISIONS, 0, 1);
    assert_int_equal(page.count, 1);
    assert_true(page.more);
    ask(STATUS_DECISIONS, page.next, 1);
    assert_int_equal(page.rows.decisions[0].decision.rule, RULE_PASSWORD);
}

static void decisions_are_found_by_address_identity_and_what_was_said(void **state)
{
    (void)state;
    static struct effect_decision made;
    refuse(1, RULE_PASSWORD, NOW - 9);
    refuse(12, RULE_PASSWORD, NOW - 8);
    decision_start(&made.decision, STAGE_XAUTH);
    snprintf(made.decision.theirs, sizeof made.decision.theirs, "user alice of group sales");
    assert_int_equal(decision_save(database, &made, NOW - 7), RC_OK);
    decision_start(&made.decision, STAGE_PROXIES);
    snprintf(made.decision.theirs, sizeof made.decision.theirs,
             "its side 10.2.0.0/16, our side 10.1.0.0/16");
    assert_int_equal(decision_save(database, &made, NOW - 6), RC_OK);
    static const struct {
        const char *about;
        unsigned count;
        uint64_t at_s;
    } rows[] = {{"198.51.0.1", 1, NOW - 9},
                {"198.51.0.12", 1, NOW - 8},
                {"198.51.0.2", 0, 0},
                {"group1", 1, NOW - 9},
                {"key-id group1", 1, NOW - 9},
                {"group", 1, NOW - 7},
                {"alice", 1, NOW - 7},
                {"lice", 0, 0},
                {"ali", 0, 0},
                {"10.2.0.0", 1, NOW - 6},
                {"10.2.0.0/16", 1, NOW - 6},
                {"0.2.0.0", 0, 0},
                {"theirs", 2, NOW - 8},
                {"%", 0, 0},
                {"' OR 1=1", 0, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ask_about(rows[i].about, 0);
        if (page.count != rows[i].count)
            fail_msg("%s: %u rows", rows[i].about, page.count);
        if (page.count)
            assert_int_equal(page.rows.decisions[0].at_s, rows[i].at_s);
    }
}

/* A question looks at so many rows and no more; the next one goes on where it stopped. */
static void a_needle_is_found_over_many_pages(void **state)
{
    (void)state;
    unsigned pages = 0, found = 0;
    uint32_t at = 0;
    assert_int_equal(database_begin(database), RC_OK);
    refuse(7, RULE_PASSWORD, NOW - 5000);
    for (unsigned n = 0; n < 2 * DECISION_SCAN + 10; n++)
        refuse(1, RULE_PASSWORD, NOW - 100);
    assert_int_equal(database_commit(database), RC_OK);
    do {
        ask_about("group7", at);
        found += page.count;
        pages++;
        assert_true(!page.more || page.next > at);
        at = page.next;
    } while (page.more);
    assert_int_equal(found, 1);
    assert_int_equal(pages, 3);
}

static void a_decision_of_another_version_is_told_as_far_as_it_is_known(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 3; n++)
        refuse(n, RULE_PASSWORD, NOW - 10 + n);
    change("UPDATE decisions SET form=99 WHERE id=3");
    change("UPDATE decisions SET form=99, rule='a rule of the future' WHERE id=2");
    ask(STATUS_DECISIONS, 0, 0);
    assert_int_equal(page.count, 2);
    assert_int_equal(page.rows.decisions[0].decision.rule, RULE_PASSWORD);
    assert_string_equal(page.rows.decisions[0].decision.theirs, "");
    assert_string_equal(page.rows.decisions[1].decision.theirs, "theirs");
}

static void without_a_database_or_with_another_question_there_are_no_rows(void **state)
{
    (void)state;
    session_of(1, true);
    for (int what = 0; what < STATUS_WHAT_COUNT; what++) {
        bool ours = what >= STATUS_PEERS;
        ask((enum status_what)what, 0, 0);
        assert_int_equal(page.rc, ours ? RC_OK : RC_IO);
        const struct status_question question = {.what = (enum status_what)what, .request = 9};
        memset(&page, 0, sizeof page);
        page_fill(NULL, &question, NOW, &page);
        assert_int_equal(page.rc, RC_IO);
        assert_int_equal(page.count, 0);
        assert_false(page.more);
    }
}

static double ms_of(enum status_what what, uint32_t at)
{
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    ask(what, at, 0);
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_int_equal(page.count, status_page_most(what));
    return (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
}

/* Every row is looked at, none is found. */
static double ms_of_nobody(void)
{
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    ask_about("nobody", 0);
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_int_equal(page.count, 0);
    return (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
}

/* No page may hold up a commit. The bound is wide, for a sanitized build on a busy machine. */
static void pages_of_full_tables_are_quick(void **state)
{
    (void)state;
    enum { MOST_MS = 1500 };
    assert_int_equal(database_begin(database), RC_OK);
    for (unsigned n = 1; n <= 100000; n++) {
        session_of(n, true);
        if (n <= 20000)
            peer_of(n);
        if (n <= DECISION_ROWS)
            refuse(n % 1000, n % 3 ? RULE_PASSWORD : RULE_POOL_EMPTY, NOW - 1000);
    }
    assert_int_equal(database_commit(database), RC_OK);
    const struct {
        const char *name;
        double ms;
    } rows[] = {{"history, first page", ms_of(STATUS_HISTORY, 0)},
                {"history, in the middle", ms_of(STATUS_HISTORY, UINT32_MAX - 50000)},
                {"peers, first page", ms_of(STATUS_PEERS, 0)},
                {"peers, last page", ms_of(STATUS_PEERS, 19900)},
                {"problems", ms_of(STATUS_PROBLEMS, 0)},
                {"decisions", ms_of(STATUS_DECISIONS, 0)},
                {"decisions of nobody", ms_of_nobody()}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s: %.2f ms\n", rows[i].name, rows[i].ms);
        assert_true(rows[i].ms < MOST_MS);
    }
    struct stat file;
    assert_int_equal(stat(DATABASE_FILE, &file), 0);
    struct timespec from, to;
    struct database_report report;
    database_close(database);
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_int_equal(database_open(NULL, &database, &report), RC_OK);
    clock_gettime(CLOCK_MONOTONIC, &to);
    print_message("%u decisions, 100000 sessions: %lld KiB, opened in %.0f ms\n", DECISION_ROWS,
                  (long long)file.st_size / 1024,
                  (double)(to.tv_sec - from.tv_sec) * 1e3 +
                      (double)(to.tv_nsec - from.tv_nsec) / 1e6);
}

#define PAGE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAGE_TEST(history_is_the_newest_first_and_holds_what_was_stored),
        PAGE_TEST(history_stays_right_while_sessions_begin),
        PAGE_TEST(a_page_has_no_more_rows_than_were_wanted),
        PAGE_TEST(peers_come_by_name),
        PAGE_TEST(refusals_are_gathered_by_peer_identity_stage_and_reason),
        PAGE_TEST(problems_come_page_after_page),
        PAGE_TEST(what_this_version_does_not_know_is_left_out_and_the_rest_shown),
        PAGE_TEST(decisions_come_whole_the_newest_first),
        PAGE_TEST(decisions_are_found_by_address_identity_and_what_was_said),
        PAGE_TEST(a_needle_is_found_over_many_pages),
        PAGE_TEST(a_decision_of_another_version_is_told_as_far_as_it_is_known),
        PAGE_TEST(without_a_database_or_with_another_question_there_are_no_rows),
        PAGE_TEST(pages_of_full_tables_are_quick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
