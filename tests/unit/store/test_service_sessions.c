/* The store's behaviour towards key: sessions, questions, its state. */
#include "service_kit.h"

/* -- sessions, questions, the state ------------------------------------------------------ */

static void session_of(uint64_t number, const char *user, bool ended, uint64_t age_s)
{
    uint8_t octets[STORE_SESSION_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    struct session_row row = {.session = number, .ended = ended, .age_ms = age_s * 1000};
    snprintf(row.user, sizeof row.user, "%s", user);
    if (ended)
        strcpy(row.reason, "deleted by the peer");
    store_session_put(&b, &row);
    deliver(MSG_SESSION_SAVE, &b);
}

static void put_question(struct builder *b, enum status_what what, uint32_t request)
{
    const struct status_question question = {.what = what, .request = request};
    status_question_put(b, &question);
}

static void ask(enum status_what what, uint32_t request)
{
    uint8_t octets[64];
    struct builder b = builder_of(octets, sizeof octets);
    put_question(&b, what, request);
    deliver(MSG_STORE_GET, &b);
}

static const struct status_history *history(void)
{
    size_t before = page_count;
    ask(STATUS_HISTORY, 1);
    service_commit(service, &now);
    service_tick(service, &now);
    assert_int_equal(page_count, before + 1);
    assert_int_equal(page.rc, RC_OK);
    return page.rows.history;
}

static void sessions_end_when_key_does(void **state)
{
    (void)state;
    key_comes();
    session_of(1, "alice", false, 0);
    session_of(2, "bob", false, 0);
    session_of(2, "bob", true, 30);
    service_commit(service, &now);
    session_of(3, "carol", false, 5); /* not on the disk yet */
    peer_of(1);
    now.unix_s += 100;
    service_key_gone(service, &now);
    now.unix_s += 1000;
    key_comes();
    const struct status_history *rows = history();
    assert_int_equal(page.count, 3);
    assert_string_equal(rows[0].user, "carol");
    assert_int_equal(rows[0].started_s, NOW - 5);
    assert_int_equal(rows[0].ended_s, NOW + 100);
    assert_string_equal(rows[0].reason, "the keying process ended");
    assert_string_equal(rows[1].user, "bob");
    assert_int_equal(rows[1].ended_s, NOW);
    assert_string_equal(rows[1].reason, "deleted by the peer");
    assert_string_equal(rows[2].user, "alice");
    assert_int_equal(rows[2].ended_s, NOW + 100);
    ask(STATUS_PEERS, 1);
    service_tick(service, &now);
    assert_int_equal(page.count, 1);
    assert_false(page.rows.peers[0].up);
}

static void sessions_outlive_a_store_that_is_started_anew(void **state)
{
    (void)state;
    key_comes();
    session_of(1, "alice", false, 0);
    service_commit(service, &now);
    end_service();
    begin_service();
    now.unix_s += 50;
    key_returns();
    session_of(2, "bob", false, 0);
    service_commit(service, &now);
    const struct status_history *rows = history();
    assert_int_equal(page.count, 2);
    assert_int_equal(rows[0].ended_s, 0);
    assert_int_equal(rows[1].ended_s, 0);
    session_of(1, "alice", true, 60);
    service_commit(service, &now);
    assert_int_equal(history()[1].ended_s, NOW + 50);
    assert_int_equal(page.count, 2);
}

static void after_a_crash_of_all_sessions_end_when_key_was_last_known_alive(void **state)
{
    (void)state;
    key_comes();
    session_of(1, "alice", false, 0);
    service_commit(service, &now);
    now.ms += ALIVE_MS;
    now.unix_s += 60;
    service_tick(service, &now);
    end_service();
    begin_service();
    now.unix_s += 100000; /* the machine was off */
    key_comes();
    const struct status_history *rows = history();
    assert_int_equal(page.count, 1);
    assert_int_equal(rows[0].ended_s, NOW + 60);
    assert_string_equal(rows[0].reason, "the keying process ended");
}

static void sessions_that_came_without_a_database_are_written_when_there_is_one(void **state)
{
    (void)state;
    key_comes();
    end_service();
    lock();
    begin_service();
    key_comes();
    session_of(1, "alice", false, 0);
    now.unix_s += 10;
    session_of(1, "alice", false, 10);
    session_of(2, "bob", false, 0);
    unlock();
    now.ms = service_next_ms(service);
    now.unix_s += 100;
    service_tick(service, &now);
    const struct status_history *rows = history();
    assert_int_equal(page.count, 2);
    assert_int_equal(rows[1].started_s, NOW);
    assert_int_equal(rows[0].started_s, NOW + 10);
    assert_int_equal(rows[1].ended_s, 0);
    session_of(1, "alice", true, 110);
    service_commit(service, &now);
    assert_int_equal(history()[1].ended_s, NOW + 110);
    assert_int_equal(page.count, 2);
}

static void questions_are_answered_one_a_tick_after_the_commit(void **state)
{
    (void)state;
    key_comes();
    page_count = 0;
    for (uint32_t n = 0; n < STORE_QUESTIONS; n++)
        ask(STATUS_HISTORY, n + 100);
    session_of(1, "alice", false, 0);
    assert_int_equal(page_count, 0);
    service_commit(service, &now);
    assert_int_equal(page_count, 0);
    for (uint32_t n = 0; n < STORE_QUESTIONS; n++) {
        assert_int_equal(service_next_ms(service), 0);
        service_tick(service, &now);
        assert_int_equal(page_count, n + 1);
        assert_int_equal(page.request, n + 100);
        assert_int_equal(page.count, 1);
    }
    assert_int_equal(service_next_ms(service), now.ms + ALIVE_MS);
    service_tick(service, &now);
    assert_int_equal(page_count, STORE_QUESTIONS);
}

static void more_questions_than_may_be_outstanding_are_a_breach(void **state)
{
    (void)state;
    uint8_t octets[64];
    struct builder b = builder_of(octets, sizeof octets);
    key_comes();
    for (uint32_t n = 0; n < STORE_QUESTIONS; n++)
        ask(STATUS_HISTORY, n);
    put_question(&b, STATUS_HISTORY, 1);
    struct cursor c = cursor_over(builder_span(&b));
    assert_int_equal(service_message(service, MSG_STORE_GET, &c, &now), RC_FULL);
    /* The next key is not told what this one wanted to know. */
    page_count = 0;
    key_comes();
    service_tick(service, &now);
    assert_int_equal(page_count, 0);
}

static void a_question_without_a_database_has_an_answer(void **state)
{
    (void)state;
    lock();
    key_comes();
    ask(STATUS_PROBLEMS, 5);
    service_tick(service, &now);
    assert_int_equal(page.request, 5);
    assert_int_equal(page.what, STATUS_PROBLEMS);
    assert_int_equal(page.rc, RC_IO);
    assert_int_equal(page.count, 0);
    unlock();
}

static void a_key_that_does_not_say_which_it_is_is_not_heard(void **state)
{
    (void)state;
    uint8_t octets[64];
    struct builder b = builder_of(octets, sizeof octets);
    put_question(&b, STATUS_HISTORY, 1);
    struct cursor c = cursor_over(builder_span(&b));
    service_key_came(service, &now);
    assert_int_equal(service_message(service, MSG_STORE_GET, &c, &now), RC_BAD_STATE);
    key_says(7);
    b = builder_of(octets, sizeof octets);
    store_key_start_put(&b, 8); /* nor is it another one a moment later */
    c = cursor_over(builder_span(&b));
    assert_int_equal(service_message(service, MSG_KEY_START, &c, &now), RC_BAD_STATE);
}

/* A file that may not grow stands for a full disk; its owner can make room. */
static void a_full_disk_is_told_once_and_its_end_is_noticed_without_a_row(void **state)
{
    (void)state;
    struct rlimit old, small = {.rlim_cur = 1, .rlim_max = RLIM_INFINITY};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    key_comes();
    size_t before = lines;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (unsigned n = 0; n < 5; n++) {
        lease_of(n, true, 7);
        service_commit(service, &now);
        now.ms = service_next_ms(service);
        service_tick(service, &now);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(lines, before + 1);
    assert_int_equal(state_count, 2);
    assert_int_not_equal(told_state.rc, RC_OK);
    assert_non_null(strstr(told_state.text, "rows cannot be written"));
    assert_null(strstr(told_state.text, "not an error"));
    now.ms = service_next_ms(service);
    service_tick(service, &now);
    assert_int_equal(told_state.rc, RC_OK);
    assert_non_null(strstr(last_line, "again"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(sessions_end_when_key_does),
        SERVICE_TEST(sessions_outlive_a_store_that_is_started_anew),
        SERVICE_TEST(after_a_crash_of_all_sessions_end_when_key_was_last_known_alive),
        SERVICE_TEST(sessions_that_came_without_a_database_are_written_when_there_is_one),
        SERVICE_TEST(questions_are_answered_one_a_tick_after_the_commit),
        SERVICE_TEST(more_questions_than_may_be_outstanding_are_a_breach),
        SERVICE_TEST(a_question_without_a_database_has_an_answer),
        SERVICE_TEST(a_key_that_does_not_say_which_it_is_is_not_heard),
        SERVICE_TEST(a_full_disk_is_told_once_and_its_end_is_noticed_without_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
