/* A store's service, a key that talks to it, and a clock that the test turns. */
#ifndef HUBWARD_TESTS_STORE_SERVICE_KIT_H
#define HUBWARD_TESTS_STORE_SERVICE_KIT_H

#include "host/message_peer.h"
#include "host/message_status.h"
#include "host/message_store.h"
#include "place.h"
#include "store/service.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
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
    struct peer_forgotten forgotten;
} sent[SENT];
static size_t sent_count, queued, lines;
static char last_line[512];
static struct store_state told_state; /* the last that was told */
static size_t state_count;
static struct status_page page; /* the last answer */
static size_t page_count;

static inline enum rc on_send(void *context, enum message_kind kind, struct span payload)
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
    else if (kind == MSG_PEER_FORGOTTEN)
        assert_int_equal(peer_forgotten_get(&c, &sent[sent_count].forgotten), RC_OK);
    else
        fail_msg("%s", message_name(kind));
    sent_count++;
    queued += payload.len;
    return RC_OK;
}

static inline size_t on_queued(void *context)
{
    (void)context;
    return queued;
}

static inline void on_log(void *context, enum event_level level, const char *line)
{
    (void)context;
    (void)level;
    lines++;
    snprintf(last_line, sizeof last_line, "%s", line);
}

static inline void begin_service(void)
{
    const struct service_io io = {.send = on_send, .queued = on_queued, .log = on_log};
    sent_count = queued = lines = 0;
    last_line[0] = '\0';
    assert_int_equal(service_new(NULL, &io, &service), RC_OK);
}

static inline void end_service(void)
{
    service_free(service, &now);
    service = NULL;
}

static inline int begin(void **state)
{
    (void)state;
    now = (struct service_now){.ms = 5000, .unix_s = NOW};
    if (place_enter(&place) != 0)
        return -1;
    begin_service();
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    end_service();
    return place_leave(&place);
}

static inline void deliver(enum message_kind kind, const struct builder *b)
{
    assert_false(b->bad);
    struct cursor c = cursor_over(builder_span(b));
    assert_int_equal(service_message(service, kind, &c, &now), RC_OK);
    assert_true(cursor_done(&c));
}

static inline void lease_of(unsigned n, bool active, uint8_t ticket)
{
    uint8_t octets[STORE_LEASE_SAVE_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    struct effect_lease_save save = {.row = place_lease(n, active)};
    save.ticket.id[0] = ticket;
    store_lease_save_put(&b, &save);
    deliver(MSG_LEASE_SAVE, &b);
}

static inline void peer_of(unsigned n)
{
    uint8_t octets[STORE_PEER_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    struct peer_row row = {.profile = "p"};
    snprintf(row.principal, sizeof row.principal, "peer%u", n);
    store_peer_put(&b, &row);
    deliver(MSG_PEER_SAVE, &b);
}

static inline void key_says(uint64_t start)
{
    uint8_t octets[STORE_KEY_START_LEN];
    struct builder b = builder_of(octets, sizeof octets);
    store_key_start_put(&b, start);
    deliver(MSG_KEY_START, &b);
}

static uint64_t key_start; /* of the key process there is */

static inline void key_returns(void)
{
    sent_count = queued = state_count = 0;
    service_key_came(service, &now);
    key_says(key_start);
}

static inline void key_comes(void)
{
    key_start++;
    key_returns();
}

static inline enum rc last_done(void)
{
    assert_true(sent_count > 0);
    assert_int_equal(sent[sent_count - 1].kind, MSG_LEASES_DONE);
    return sent[sent_count - 1].done;
}

/* Another process that holds the lock until its pipe is closed. */
static pid_t locker;
static int locker_pipe;

static inline void lock(void)
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

static inline void unlock(void)
{
    close(locker_pipe);
    assert_int_equal(waitpid(locker, NULL, 0), locker);
}

#define SERVICE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
