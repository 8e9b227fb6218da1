/* The store's behaviour towards key, with a clock that the test turns. */
#include "host/message_status.h"
#include "host/message_store.h"
#include "place.h"
#include "store/service.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { NOW = 1700000000, SENT = 20000, ALIVE_MS = 60000 };

static struct place place;
static struct service *service;
static struct service_now now;

static struct {
    enum message_kind kind;
    struct lease_row row;           /* MSG_LEASE_ROW */
    struct store_lease_saved saved; /* MSG_LEASE_SAVED */
    enum rc done;                   /* MSG_LEASES_DONE */
} sent[SENT];
static size_t sent_count, queued, lines;
static char last_line[512];
static struct store_state told_state; /* the last that was told */
static size_t state_count;
static struct status_page page; /* the last answer */
static size_t page_count;

static enum rc on_send(void *context, enum message_kind kind, struct span payload)
{
    (void)context;
    struct cursor c = cursor_over(payload);
    assert_true(sent_count < SENT);
    assert_int_equal(message_allowed((uint16_t)kind, ROLE_STORE, ROLE_KEY, payload.len, 0), RC_OK);
    if (kind == MSG_STORE_STATE) {
        assert_int_equal(store_state_get(&c, &told_state), RC_OK);
        state_count++;
        return RC_OK;
    }
    if (kind == MSG_STORE_ROWS) {
        assert_int_equal(status_page_get(&c, &page), RC_OK);
        page_count++;
        return RC_OK;
    }
    sent[sent_count].kind = kind;
    if (kind == MSG_LEASE_ROW)
        assert_int_equal(store_lease_row_get(&c, &sent[sent_count].row), RC_OK);
    else if (kind == MSG_LEASE_SAVED)
        assert_int_equal(store_lease_saved_get(&c, &sent[sent_count].saved), RC_OK);
    else if (kind == MSG_LEASES_DONE)
        assert_int_equal(store_leases_done_get(&c, &sent[sent_count].done), RC_OK);
    else
        fail_msg("%s", message_name(kind));
    sent_count++;
    queued += payload.len;
    return RC_OK;
}

static size_t on_queued(void *context)
{
    (void)context;
    return queued;
}

static void on_log(void *context, enum event_level level, const char *line)
{
    (void)context;
    (void)level;
    lines++;
    snprintf(last_line, sizeof last_line, "%s", line);
}

static void begin_service(void)
{
    const struct service_io io = {.send = on_send, .queued = on_queued, .log = on_log};
    sent_count = queued = lines = 0;
    last_line[0] = '\0';
    assert_int_equal(service_new(NULL, &io, &service), RC_OK);
}

static void end_service(void)
{
    service_free(service, &now);
    service = NULL;
}

static int begin(void **state)
{
    (void)state;
    now = (struct service_now){.ms = 5000, .unix_s = NOW};
    if (place_enter(&place) != 0)
        return -1;
    begin_service();
    return 0;
}

static int end(void **state)
{
    (void)state;
    end_service();
    return place_leave(&place);
}

static void deliver(enum message_kind kind, const struct builder *b)
{
    assert_false(b->bad);
    struct cursor c = cursor_over(builder_span(b));
    assert_int_equal(service_message(service, kind, &c, &now), RC_OK);
    assert_true(cursor_done(&c));
}

static void lease_of(unsigned n, bool active, uint8_t ticket)
{
    uint8_t octets[STORE_LEASE_SAVE_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    struct effect_lease_save save = {.row = place_lease(n, active)};
    save.ticket.id[0] = ticket;
    store_lease_save_put(&b, &save);
    deliver(MSG_LEASE_SAVE, &b);
}

static void peer_of(unsigned n)
{
    uint8_t octets[STORE_PEER_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    struct peer_row row = {.profile = "p"};
    snprintf(row.principal, sizeof row.principal, "peer%u", n);
    store_peer_put(&b, &row);
    deliver(MSG_PEER_SAVE, &b);
}

static void key_says(uint64_t start)
{
    uint8_t octets[STORE_KEY_START_LEN];
    struct builder b = builder_of(octets, sizeof octets);
    store_key_start_put(&b, start);
    deliver(MSG_KEY_START, &b);
}

static uint64_t key_start; /* of the key process there is */

static void key_returns(void)
{
    sent_count = queued = state_count = 0;
    service_key_came(service, &now);
    key_says(key_start);
}

static void key_comes(void)
{
    key_start++;
    key_returns();
}

static enum rc last_done(void)
{
    assert_true(sent_count > 0);
    assert_int_equal(sent[sent_count - 1].kind, MSG_LEASES_DONE);
    return sent[sent_count - 1].done;
}

static void a_new_store_has_no_rows_and_says_so(void **state)
{
    (void)state;
    key_comes();
    assert_int_equal(sent_count, 1);
    assert_int_equal(last_done(), RC_OK);
    assert_int_equal(lines, 0);
    assert_int_equal(service_next_ms(service), now.ms + ALIVE_MS);
}

static void a_lease_is_answered_at_the_commit_and_not_before(void **state)
{
    (void)state;
    key_comes();
    lease_of(1, true, 7);
    assert_int_equal(sent_count, 1);
    service_commit(service, &now);
    assert_int_equal(sent_count, 2);
    assert_int_equal(sent[1].kind, MSG_LEASE_SAVED);
    assert_int_equal(sent[1].saved.ticket.id[0], 7);
    assert_int_equal(sent[1].saved.rc, RC_OK);
    service_commit(service, &now);
    assert_int_equal(sent_count, 2);
}

static void every_key_that_comes_gets_every_row(void **state)
{
    (void)state;
    key_comes();
    for (unsigned n = 0; n < 300; n++)
        lease_of(n, n % 2, 0);
    service_commit(service, &now);
    for (int i = 0; i < 3; i++) {
        service_key_gone(service, &now);
        key_comes();
        assert_int_equal(sent_count, 301);
        assert_int_equal(last_done(), RC_OK);
    }
    end_service();
    begin_service();
    now.unix_s += 600;
    key_comes();
    assert_int_equal(sent_count, 301);
    for (size_t i = 0; i < 300; i++) {
        unsigned n;
        assert_int_equal(sscanf(sent[i].row.principal, "testgroup/user%u", &n), 1);
        assert_true(addr_equal(sent[i].row.addr, place_lease(n, true).addr));
        assert_int_equal(sent[i].row.active, n % 2);
        assert_int_equal(sent[i].row.expires_s, 3000);
    }
}

static void rows_wait_while_key_does_not_read(void **state)
{
    (void)state;
    key_comes();
    for (unsigned n = 0; n < 10000; n++) {
        lease_of(n, false, 0);
        if (n % 500 == 499)
            service_commit(service, &now);
    }
    service_key_gone(service, &now);
    key_comes();
    uint64_t alive_at = now.ms + ALIVE_MS;
    assert_true(sent_count > 64 && sent_count < 10000);
    assert_true(queued < 300 * 1024);
    size_t before = sent_count;
    now.ms = service_next_ms(service);
    service_tick(service, &now);
    assert_int_equal(sent_count, before);
    for (int i = 0; i < 1000 && sent[sent_count - 1].kind != MSG_LEASES_DONE; i++) {
        queued = 0;
        now.ms = service_next_ms(service);
        service_tick(service, &now);
    }
    assert_int_equal(sent_count, 10001);
    assert_int_equal(last_done(), RC_OK);
    assert_int_equal(service_next_ms(service), alive_at);
}

static void a_key_that_goes_while_rows_are_sent_stops_them(void **state)
{
    (void)state;
    key_comes();
    for (unsigned n = 0; n < 9000; n++) {
        lease_of(n, false, 0);
        if (n % 500 == 499)
            service_commit(service, &now);
    }
    service_key_gone(service, &now);
    key_comes();
    size_t before = sent_count;
    service_key_gone(service, &now);
    queued = 0;
    now.ms += 1000;
    service_tick(service, &now);
    assert_int_equal(sent_count, before);
    assert_int_equal(service_next_ms(service), UINT64_MAX);
}

static void what_a_dead_key_wanted_saved_is_saved(void **state)
{
    (void)state;
    key_comes();
    lease_of(1, true, 7);
    service_key_gone(service, &now);
    service_commit(service, &now);
    assert_int_equal(sent_count, 1);
    key_comes();
    assert_int_equal(sent_count, 2);
    assert_string_equal(sent[0].row.principal, "testgroup/user1");
}

static void a_new_key_may_give_away_what_the_old_ones_sessions_held(void **state)
{
    (void)state;
    struct effect_lease_save save = {.row = place_lease(2, true)};
    uint8_t octets[STORE_LEASE_SAVE_MAX];
    key_comes();
    lease_of(1, true, 7);
    service_commit(service, &now);
    save.row.addr = place_lease(1, true).addr;
    save.ticket.id[0] = 8;
    for (int i = 0; i < 2; i++) {
        struct builder b = builder_of(octets, sizeof octets);
        store_lease_save_put(&b, &save);
        deliver(MSG_LEASE_SAVE, &b);
        service_commit(service, &now);
        assert_int_equal(sent[sent_count - 1].saved.rc, i == 0 ? RC_EXISTS : RC_OK);
        service_key_gone(service, &now);
        key_comes();
    }
}

static void a_damaged_file_is_told_as_leases_unknown(void **state)
{
    (void)state;
    assert_true(place_write(DATABASE_FILE, "rubbish", 7));
    key_comes();
    assert_int_equal(sent_count, 1);
    assert_int_equal(last_done(), RC_NOT_FOUND);
    assert_non_null(strstr(last_line, DATABASE_FILE ".bad-1"));
    assert_int_equal(told_state.rc, RC_NOT_FOUND);
    assert_non_null(strstr(told_state.text, DATABASE_FILE ".bad-1"));
    lease_of(1, true, 7);
    service_commit(service, &now);
    assert_int_equal(sent[1].saved.rc, RC_OK);
    /* The next key is told as well: what was lost is still lost. */
    service_key_gone(service, &now);
    key_comes();
    assert_int_equal(last_done(), RC_NOT_FOUND);
}

static void a_newer_file_is_left_alone_and_every_lease_refused(void **state)
{
    (void)state;
    sqlite3 *handle;
    key_comes();
    end_service();
    assert_int_equal(sqlite3_open(DATABASE_FILE, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, "PRAGMA user_version=99", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(handle);
    struct place_file before = place_read(DATABASE_FILE);
    begin_service();
    key_comes();
    assert_int_equal(last_done(), RC_UNSUPPORTED);
    assert_int_equal(lines, 1);
    lease_of(1, true, 7);
    peer_of(1);
    service_commit(service, &now);
    assert_int_equal(sent[1].kind, MSG_LEASE_SAVED);
    assert_int_equal(sent[1].saved.rc, RC_DENIED);
    assert_int_equal(told_state.rc, RC_UNSUPPORTED);
    assert_non_null(strstr(told_state.text, "version 99"));
    now.ms += 1000000;
    service_tick(service, &now);
    service_key_gone(service, &now);
    key_comes();
    assert_int_equal(last_done(), RC_UNSUPPORTED);
    assert_int_equal(lines, 1);
    assert_true(place_same(&before, DATABASE_FILE));
    free(before.octets);
    /* The operator puts one of this version there: noticed without a restart. */
    place_clean();
    now.ms = service_next_ms(service);
    service_tick(service, &now);
    assert_int_equal(last_done(), RC_OK);
    assert_int_equal(told_state.rc, RC_OK);
}

/* Another process that holds the lock until its pipe is closed. */
static pid_t locker;
static int locker_pipe;

static void lock(void)
{
    int ready[2], go[2];
    char octet;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(go), 0);
    locker = fork();
    if (locker == 0) {
        sqlite3 *handle;
        close(go[1]);
        if (sqlite3_open(DATABASE_FILE, &handle) != SQLITE_OK ||
            sqlite3_exec(handle, "PRAGMA locking_mode=EXCLUSIVE; BEGIN IMMEDIATE;", NULL, NULL,
                         NULL) != SQLITE_OK ||
            write(ready[1], "x", 1) != 1)
            _exit(1);
        _exit(read(go[0], &octet, 1) == 0 ? 0 : 1);
    }
    assert_int_equal(read(ready[0], &octet, 1), 1);
    close(ready[0]);
    close(ready[1]);
    close(go[0]);
    locker_pipe = go[1];
}

static void unlock(void)
{
    close(locker_pipe);
    assert_int_equal(waitpid(locker, NULL, 0), locker);
}

static void a_locked_file_is_tried_again_and_then_all_rows_follow(void **state)
{
    (void)state;
    key_comes();
    lease_of(1, true, 0);
    service_commit(service, &now);
    end_service();
    lock();
    begin_service();
    key_comes();
    assert_int_equal(sent_count, 1);
    assert_int_equal(last_done(), RC_IO);
    assert_non_null(strstr(last_line, "locked"));
    assert_int_equal(told_state.rc, RC_IO);
    assert_non_null(strstr(told_state.text, "locked"));
    assert_int_equal(state_count, 1);
    lease_of(2, true, 7);
    peer_of(1);
    service_commit(service, &now);
    assert_int_equal(sent[1].saved.rc, RC_IO);
    uint64_t pauses[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(service_next_ms(service), now.ms + pauses[i]);
        now.ms += pauses[i];
        service_tick(service, &now);
    }
    assert_int_equal(lines, 1); /* said once */
    assert_int_equal(sent_count, 2);
    unlock();
    now.ms = service_next_ms(service);
    service_tick(service, &now);
    assert_int_equal(sent_count, 4);
    assert_int_equal(state_count, 2);
    assert_int_equal(told_state.rc, RC_OK);
    assert_string_equal(told_state.text, "");
    assert_string_equal(sent[2].row.principal, "testgroup/user1");
    assert_int_equal(last_done(), RC_OK);
    assert_int_equal(service_next_ms(service), now.ms + ALIVE_MS); /* to note that key lives */
    assert_non_null(strstr(last_line, "again"));
    lease_of(2, true, 7);
    service_commit(service, &now);
    assert_int_equal(sent[4].saved.rc, RC_OK);
}

static void messages_that_are_none_of_the_stores_are_a_breach(void **state)
{
    (void)state;
    key_comes();
    for (int kind = 0; kind <= MESSAGE_COUNT; kind++) {
        struct cursor c = cursor_of("", 0);
        enum rc rc = service_message(service, (enum message_kind)kind, &c, &now);
        if (kind == MSG_KEY_START || kind == MSG_LEASE_SAVE || kind == MSG_PEER_SAVE ||
            kind == MSG_SESSION_SAVE || kind == MSG_DECISION || kind == MSG_STORE_GET)
            assert_int_equal(rc, RC_MALFORMED); /* nothing in it */
        else
            assert_int_equal(rc, RC_UNSUPPORTED);
    }
}

/* Damage that shows while the file is in use: it is judged anew, and key told that leases are
 * lost. */
static void damage_under_way_is_set_aside_too(void **state)
{
    (void)state;
    key_comes();
    for (unsigned n = 0; n < 20000; n++) { /* more pages than sqlite keeps in memory */
        lease_of(n, false, 0);
        if (n % 500 == 499)
            service_commit(service, &now);
    }
    int file = open(DATABASE_FILE, O_RDWR | O_CLOEXEC);
    int wal = open(DATABASE_FILE "-wal", O_RDWR | O_CLOEXEC);
    char rubbish[4096];
    memset(rubbish, 0xa5, sizeof rubbish);
    for (off_t at = 4096; at < 500 * 4096; at += 4096) {
        assert_int_equal(pwrite(file, rubbish, sizeof rubbish, at), sizeof rubbish);
        assert_true(pwrite(wal, rubbish, sizeof rubbish, at) > 0);
    }
    close(file);
    close(wal);
    sent_count = 0;
    for (unsigned n = 0; n < 50 && (sent_count == 0 || sent[sent_count - 1].saved.rc == RC_OK);
         n++) {
        lease_of(n * 397, true, 1);
        service_commit(service, &now);
    }
    assert_int_equal(sent[sent_count - 1].saved.rc, RC_IO);
    now.ms = service_next_ms(service);
    service_tick(service, &now);
    assert_int_equal(last_done(), RC_NOT_FOUND);
    lease_of(1, true, 1);
    service_commit(service, &now);
    assert_int_equal(sent[sent_count - 1].saved.rc, RC_OK);
}

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

#define SERVICE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(a_new_store_has_no_rows_and_says_so),
        SERVICE_TEST(a_lease_is_answered_at_the_commit_and_not_before),
        SERVICE_TEST(every_key_that_comes_gets_every_row),
        SERVICE_TEST(rows_wait_while_key_does_not_read),
        SERVICE_TEST(a_key_that_goes_while_rows_are_sent_stops_them),
        SERVICE_TEST(what_a_dead_key_wanted_saved_is_saved),
        SERVICE_TEST(a_new_key_may_give_away_what_the_old_ones_sessions_held),
        SERVICE_TEST(a_damaged_file_is_told_as_leases_unknown),
        SERVICE_TEST(a_newer_file_is_left_alone_and_every_lease_refused),
        SERVICE_TEST(a_locked_file_is_tried_again_and_then_all_rows_follow),
        SERVICE_TEST(messages_that_are_none_of_the_stores_are_a_breach),
        SERVICE_TEST(damage_under_way_is_set_aside_too),
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
