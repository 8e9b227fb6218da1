/* Group commit: when is what acknowledged, and what becomes of rows that the disk does not take. A
 * database that may not grow by a page stands for a full disk. */
#include "place.h"
#include "store/batch.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { NOW = 1700000000, ANSWERS = 4096 };

static struct place place;
static struct database *database;
static struct batch *batch;
static struct lease_stamp stamp;
static struct store_lease_saved answers[ANSWERS];
static size_t answer_count;

static void on_saved(void *context, const struct store_lease_saved *saved)
{
    (void)context;
    assert_true(answer_count < ANSWERS);
    answers[answer_count++] = *saved;
}

static int begin(void **state)
{
    (void)state;
    struct database_report report;
    const struct batch_io io = {.saved = on_saved};
    stamp = (struct lease_stamp){.now_s = NOW, .epoch = 1};
    answer_count = 0;
    if (place_enter(&place) != 0 || batch_new(&io, &batch) != RC_OK)
        return -1;
    return database_open(NULL, &database, &report) == RC_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    batch_free(batch);
    database_close(database);
    database = NULL;
    return place_leave(&place);
}

static void run(const char *sql)
{
    enum rc rc;
    sqlite3_stmt *statement = database_statement(database, sql, &rc);
    assert_non_null(statement);
    while (sqlite3_step(statement) == SQLITE_ROW)
        ;
    sqlite3_reset(statement);
}

static int value_of(const char *sql)
{
    enum rc rc;
    sqlite3_stmt *statement = database_statement(database, sql, &rc);
    assert_non_null(statement);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int value = sqlite3_column_int(statement, 0);
    sqlite3_reset(statement);
    return value;
}

/* No page more than there are: everything that needs one fails with SQLITE_FULL. */
static void fill_disk(void)
{
    run("PRAGMA max_page_count=1");
    for (int i = 0; value_of("PRAGMA freelist_count") > 0 && i < 100; i++)
        run("INSERT INTO meta SELECT printf('%.*c', 3000, 'x') || count(*), 1 FROM meta");
}

static void free_disk(void)
{
    run("PRAGMA max_page_count=100000");
}

static void lease_of(unsigned n, bool active, uint8_t ticket)
{
    struct effect_lease_save save = {.row = place_lease(n, active)};
    save.ticket.id[0] = ticket;
    save.ticket.id[1] = (uint8_t)n;
    save.ticket.id[2] = (uint8_t)(n >> 8);
    if (!ticket)
        save.ticket = (struct ticket){{0}};
    assert_int_equal(batch_lease(batch, &save, &stamp), RC_OK);
}

static void peer_of(unsigned n)
{
    struct peer_row row = {.profile = "p"};
    snprintf(row.principal, sizeof row.principal, "peer%u", n);
    assert_int_equal(batch_peer(batch, &row, &stamp), RC_OK);
}

static void decision_of(unsigned port)
{
    static struct effect_decision decision;
    decision_start(&decision.decision, STAGE_KEY);
    decision.peer = (struct endpoint){.addr = addr_v4(1), .port = (uint16_t)port};
    assert_int_equal(batch_decision(batch, &decision, &stamp), RC_OK);
}

static enum rc commit(void)
{
    return batch_commit(batch, database, stamp.now_s, RC_IO);
}

static void every_ticket_is_answered_once_after_the_commit(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 50; n++)
        lease_of(n, true, 1);
    peer_of(1);
    decision_of(1);
    assert_int_equal(answer_count, 0);
    assert_true(batch_is_urgent(batch));
    assert_int_equal(commit(), RC_OK);
    assert_int_equal(answer_count, 50);
    for (unsigned n = 0; n < 50; n++) {
        assert_int_equal(answers[n].rc, RC_OK);
        assert_int_equal(answers[n].ticket.id[1], n);
    }
    assert_true(batch_is_empty(batch));
    assert_false(batch_is_urgent(batch));
    assert_int_equal(value_of("SELECT count(*) FROM leases"), 50);
    assert_int_equal(value_of("SELECT count(*) FROM peers"), 1);
    assert_int_equal(value_of("SELECT count(*) FROM decisions"), 1);
    assert_int_equal(commit(), RC_OK);
    assert_int_equal(answer_count, 50);
}

static void a_lease_without_ticket_has_no_answer(void **state)
{
    (void)state;
    lease_of(1, true, 0);
    assert_false(batch_is_urgent(batch));
    assert_int_equal(commit(), RC_OK);
    assert_int_equal(answer_count, 0);
    assert_int_equal(value_of("SELECT count(*) FROM leases"), 1);
}

static void an_address_that_is_held_refuses_its_row_and_no_other(void **state)
{
    (void)state;
    struct effect_lease_save thief = {.row = place_lease(2, true)};
    lease_of(1, true, 1);
    thief.row.addr = place_lease(1, true).addr;
    thief.ticket.id[0] = 2;
    assert_int_equal(batch_lease(batch, &thief, &stamp), RC_OK);
    lease_of(3, true, 3);
    assert_int_equal(commit(), RC_OK);
    assert_int_equal(answer_count, 3);
    assert_int_equal(answers[0].rc, RC_OK);
    assert_int_equal(answers[1].rc, RC_EXISTS);
    assert_int_equal(answers[2].rc, RC_OK);
    assert_int_equal(value_of("SELECT count(*) FROM leases"), 2);
    assert_int_equal(batch_take_lost(batch), 0); /* it was told */
}

static void an_address_can_pass_on_twice_within_one_batch(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 3; n++) {
        struct effect_lease_save save = {.row = place_lease(n, true)};
        save.row.addr = addr_v4(0x0a640001);
        save.ticket.id[0] = (uint8_t)n;
        assert_int_equal(batch_lease(batch, &save, &stamp), RC_OK);
        save.row.active = false;
        save.ticket = (struct ticket){{0}};
        if (n < 3)
            assert_int_equal(batch_lease(batch, &save, &stamp), RC_OK);
    }
    assert_int_equal(commit(), RC_OK);
    assert_int_equal(answer_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(answers[i].rc, RC_OK);
    assert_int_equal(value_of("SELECT count(*) FROM leases"), 1);
    assert_int_equal(value_of("SELECT active FROM leases WHERE principal='testgroup/user3'"), 1);
}

static void a_full_disk_refuses_new_leases_and_undoes_all_of_the_batch(void **state)
{
    (void)state;
    fill_disk();
    unsigned n = 0;
    while (commit() == RC_OK && n < 1000)
        lease_of(n++, true, 1);
    assert_true(n > 1 && n < 1000);
    assert_int_equal(answers[answer_count - 1].rc, RC_FULL);
    assert_int_equal(value_of("SELECT count(*) FROM leases"), n - 1);
    assert_true(batch_is_empty(batch)); /* key knows, and decides what to do */
    free_disk();
    lease_of(n, true, 1);
    assert_int_equal(commit(), RC_OK);
    assert_int_equal(answers[answer_count - 1].rc, RC_OK);
}

static void a_returning_principal_is_told_that_his_address_is_safe_on_a_full_disk(void **state)
{
    (void)state;
    lease_of(1, false, 1);
    assert_int_equal(commit(), RC_OK);
    fill_disk();
    for (unsigned n = 2000; commit() == RC_OK; n++)
        lease_of(n, true, 1);
    answer_count = 0;
    lease_of(1, true, 9);    /* back again */
    lease_of(4000, true, 9); /* never seen */
    for (unsigned n = 3000; n < 3100; n++)
        lease_of(n, true, 0); /* what needs room */
    assert_int_equal(commit(), RC_FULL);
    assert_int_equal(answer_count, 2);
    assert_int_equal(answers[0].rc, RC_OK);
    assert_int_equal(answers[1].rc, RC_FULL);
    assert_false(batch_is_empty(batch)); /* his row is to be written when there is room */
    free_disk();
    assert_int_equal(commit(), RC_OK);
    assert_int_equal(answer_count, 2);
    assert_int_equal(value_of("SELECT active FROM leases WHERE principal='testgroup/user1'"), 1);
    assert_int_equal(value_of("SELECT count(*) FROM leases WHERE principal='testgroup/user4000'"),
                     0);
}

static void rows_that_nobody_waits_for_are_written_when_there_is_room(void **state)
{
    (void)state;
    fill_disk();
    for (unsigned n = 0; n < 200; n++) {
        lease_of(n, true, 0);
        lease_of(n, false, 0);
        peer_of(n);
    }
    for (unsigned n = 0; n < 100; n++)
        decision_of(n);
    assert_int_equal(commit(), RC_FULL);
    assert_int_equal(value_of("SELECT count(*) FROM leases"), 0);
    assert_int_equal(batch_take_lost(batch), 0);
    free_disk();
    assert_int_equal(commit(), RC_OK);
    assert_true(batch_is_empty(batch));
    assert_int_equal(value_of("SELECT count(*) FROM leases WHERE active=0"), 200);
    assert_int_equal(value_of("SELECT count(*) FROM peers"), 200);
    assert_int_equal(value_of("SELECT count(*) FROM decisions"), 100);
}

static void what_is_kept_in_the_meantime_is_bounded_and_the_newest(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 3000; n++) {
        lease_of(n, false, 0);
        peer_of(n);
        decision_of(n);
        if (n % 500 == 0)
            assert_int_equal(batch_commit(batch, NULL, stamp.now_s, RC_IO), RC_IO);
    }
    assert_int_equal(batch_take_lost(batch),
                     3 * 3000 - BATCH_LEASES - BATCH_PEERS - BATCH_DECISIONS);
    assert_int_equal(batch_take_lost(batch), 0);
    assert_int_equal(commit(), RC_OK);
    assert_int_equal(value_of("SELECT count(*) FROM leases"), BATCH_LEASES);
    assert_int_equal(value_of("SELECT count(*) FROM leases WHERE principal='testgroup/user2999'"),
                     1);
    assert_int_equal(value_of("SELECT count(*) FROM peers"), BATCH_PEERS);
    assert_int_equal(value_of("SELECT count(*) FROM peers WHERE principal='peer2999'"), 1);
    assert_int_equal(value_of("SELECT count(*) FROM decisions"), BATCH_DECISIONS);
    assert_int_equal(value_of("SELECT max(port) FROM decisions"), 2999);
}

static void a_row_that_changes_often_takes_the_place_of_one(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 5000; n++) {
        lease_of(n % 10, n % 2, 0);
        peer_of(n % 10);
        if (n % 100 == 0)
            assert_int_equal(batch_commit(batch, NULL, stamp.now_s, RC_IO), RC_IO);
    }
    assert_int_equal(batch_take_lost(batch), 0);
    assert_int_equal(commit(), RC_OK);
    assert_int_equal(value_of("SELECT count(*) FROM leases"), 10);
    assert_int_equal(value_of("SELECT count(*) FROM leases WHERE active=1"), 5);
}

static void leases_that_are_waited_for_are_never_pushed_out(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 10; n++)
        lease_of(n, true, 1);
    for (unsigned n = 100; n < 100 + 2 * BATCH_LEASES; n++)
        lease_of(n, true, 0);
    assert_int_equal(commit(), RC_OK);
    assert_int_equal(answer_count, 10);
    assert_int_equal(batch_take_lost(batch), BATCH_LEASES);
    assert_int_equal(value_of("SELECT count(*) FROM leases"), 10 + BATCH_LEASES);
}

static void without_a_database_every_ticket_is_answered_with_the_reason(void **state)
{
    (void)state;
    static const enum rc reasons[] = {RC_IO, RC_FULL, RC_DENIED, RC_NO_MEMORY};
    static const enum rc told[] = {RC_IO, RC_FULL, RC_DENIED, RC_IO};
    for (size_t i = 0; i < 4; i++) {
        lease_of(1, true, 1);
        assert_int_equal(batch_commit(batch, NULL, stamp.now_s, reasons[i]), reasons[i]);
        assert_int_equal(answer_count, i + 1);
        assert_int_equal(answers[i].rc, told[i]);
        assert_false(batch_is_urgent(batch));
    }
}

static void session_of(unsigned n, bool ended)
{
    struct session_row row = {.session = n, .ended = ended};
    snprintf(row.reason, sizeof row.reason, "%s", ended ? "gone" : "");
    assert_int_equal(batch_session(batch, &row, &stamp), RC_OK);
}

static void rows_are_stamped_when_they_come_and_not_when_they_are_written(void **state)
{
    (void)state;
    session_of(1, false);
    peer_of(1);
    decision_of(1);
    stamp = (struct lease_stamp){.now_s = NOW + 1000, .epoch = 2};
    assert_int_equal(batch_commit(batch, NULL, stamp.now_s, RC_IO), RC_IO);
    session_of(1, false); /* of another key, another session */
    assert_int_equal(commit(), RC_OK);
    assert_int_equal(value_of("SELECT started_at FROM sessions WHERE epoch=1"), NOW);
    assert_int_equal(value_of("SELECT started_at FROM sessions WHERE epoch=2"), NOW + 1000);
    assert_int_equal(value_of("SELECT first_seen FROM peers"), NOW);
    assert_int_equal(value_of("SELECT at FROM decisions"), NOW);
    assert_int_equal(value_of("SELECT value FROM meta WHERE name='alive'"), NOW + 1000);
}

static void a_late_row_of_a_dead_key_takes_nothing_from_a_living_one(void **state)
{
    (void)state;
    struct effect_lease_save old = {.row = place_lease(1, true)};
    const struct lease_stamp before = stamp;
    stamp.epoch++;
    lease_of(2, true, 1);
    assert_int_equal(commit(), RC_OK);
    old.row.addr = place_lease(2, true).addr;
    assert_int_equal(batch_lease(batch, &old, &before), RC_OK);
    assert_int_equal(commit(), RC_OK);
    assert_int_equal(value_of("SELECT count(*) FROM leases WHERE principal='testgroup/user2'"), 1);
    assert_int_equal(value_of("SELECT count(*) FROM leases"), 1);
    assert_int_equal(batch_take_lost(batch), 1);
}

static void what_a_dead_key_left_behind_is_written_as_ended(void **state)
{
    (void)state;
    struct peer_row row = {.profile = "p", .principal = "peer", .up = true};
    assert_int_equal(batch_peer(batch, &row, &stamp), RC_OK);
    session_of(1, false);
    session_of(2, true);
    batch_key_gone(batch, NOW + 10);
    assert_int_equal(commit(), RC_OK);
    assert_int_equal(value_of("SELECT ended_at FROM sessions WHERE session=1"), NOW + 10);
    assert_int_equal(value_of("SELECT started_at FROM sessions WHERE session=1"), NOW);
    assert_int_equal(value_of("SELECT ended_at FROM sessions WHERE session=2"), NOW);
    assert_int_equal(value_of("SELECT up FROM peers"), 0);
}

static void sessions_are_kept_within_their_bound_and_the_newest_state_of_each(void **state)
{
    (void)state;
    for (unsigned n = 0; n < BATCH_SESSIONS + 100; n++) {
        session_of(n, false);
        session_of(n, true);
    }
    assert_int_equal(batch_take_lost(batch), 100);
    assert_int_equal(commit(), RC_OK);
    assert_int_equal(value_of("SELECT count(*) FROM sessions WHERE ended_at<>0"), BATCH_SESSIONS);
    assert_int_equal(value_of("SELECT min(session) FROM sessions"), 100);
}

#define BATCH_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BATCH_TEST(every_ticket_is_answered_once_after_the_commit),
        BATCH_TEST(a_lease_without_ticket_has_no_answer),
        BATCH_TEST(an_address_that_is_held_refuses_its_row_and_no_other),
        BATCH_TEST(an_address_can_pass_on_twice_within_one_batch),
        BATCH_TEST(a_full_disk_refuses_new_leases_and_undoes_all_of_the_batch),
        BATCH_TEST(a_returning_principal_is_told_that_his_address_is_safe_on_a_full_disk),
        BATCH_TEST(rows_that_nobody_waits_for_are_written_when_there_is_room),
        BATCH_TEST(what_is_kept_in_the_meantime_is_bounded_and_the_newest),
        BATCH_TEST(a_row_that_changes_often_takes_the_place_of_one),
        BATCH_TEST(leases_that_are_waited_for_are_never_pushed_out),
        BATCH_TEST(rows_are_stamped_when_they_come_and_not_when_they_are_written),
        BATCH_TEST(a_late_row_of_a_dead_key_takes_nothing_from_a_living_one),
        BATCH_TEST(what_a_dead_key_left_behind_is_written_as_ended),
        BATCH_TEST(sessions_are_kept_within_their_bound_and_the_newest_state_of_each),
        BATCH_TEST(without_a_database_every_ticket_is_answered_with_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
