/* The store's behaviour towards key: leases, and databases that cannot be used. */
#include "service_kit.h"

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

static struct peer_forgotten forget(const char *who)
{
    uint8_t octets[PEER_FORGET_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    struct peer_forget wanted = {.number = 77};
    snprintf(wanted.who, sizeof wanted.who, "%s", who);
    peer_forget_put(&b, &wanted);
    size_t before = sent_count;
    deliver(MSG_PEER_FORGET, &b);
    assert_true(sent_count > before);
    assert_int_equal(sent[sent_count - 1].kind, MSG_PEER_FORGOTTEN);
    assert_int_equal(sent[sent_count - 1].forgotten.number, 77);
    return sent[sent_count - 1].forgotten;
}

/* Also when its row came in the same turn and waits for the commit. */
static void a_peer_that_is_to_be_forgotten_is_gone_at_once(void **state)
{
    (void)state;
    key_comes();
    peer_of(1);
    peer_of(2);
    struct peer_forgotten got = forget("peer1");
    assert_int_equal(got.rc, RC_OK);
    assert_int_equal(got.count, 1);
    got = forget("peer1");
    assert_int_equal(got.rc, RC_OK);
    assert_int_equal(got.count, 0);
    service_commit(service, &now);
    assert_int_equal(forget("peer2").count, 1);
}

static void without_a_database_no_peer_is_forgotten(void **state)
{
    (void)state;
    assert_int_equal(mkdir(DATABASE_FILE, 0700), 0);
    key_comes();
    const struct peer_forgotten got = forget("peer1");
    assert_int_equal(got.rc, RC_IO);
    assert_int_equal(got.count, 0);
    assert_int_equal(rmdir(DATABASE_FILE), 0);
}

static void messages_that_are_none_of_the_stores_are_a_breach(void **state)
{
    (void)state;
    key_comes();
    for (int kind = 0; kind <= MESSAGE_COUNT; kind++) {
        struct cursor c = cursor_of("", 0);
        enum rc rc = service_message(service, (enum message_kind)kind, &c, &now);
        if (kind == MSG_KEY_START || kind == MSG_LEASE_SAVE || kind == MSG_PEER_SAVE ||
            kind == MSG_SESSION_SAVE || kind == MSG_DECISION || kind == MSG_STORE_GET ||
            kind == MSG_PEER_FORGET)
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
        SERVICE_TEST(a_peer_that_is_to_be_forgotten_is_gone_at_once),
        SERVICE_TEST(without_a_database_no_peer_is_forgotten),
        SERVICE_TEST(messages_that_are_none_of_the_stores_are_a_breach),
        SERVICE_TEST(damage_under_way_is_set_aside_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
