/* The built program in its sandbox, under an unprivileged user, with its directory below one that
 * this user cannot enter. */
#include "host/message_store.h"
#include "place.h"
#include "unit/xauth/mini_warden.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ROWS = 2000 };

static struct place place;
static struct mini mini;
static int directory = -1;

static struct lease_row rows[ROWS];
static size_t row_count, saved_count;
static enum rc done_rc, saved_rc[ROWS];
static bool done, all_saved;
static struct store_state told;
static size_t wanted;

static enum rc on_key(void *context, struct channel *channel, enum message_kind kind,
                      struct cursor *payload, int fd)
{
    struct store_lease_saved saved;
    enum rc rc = RC_UNSUPPORTED;
    (void)context;
    (void)channel;
    (void)fd;
    if (kind == MSG_LEASE_ROW && row_count < ROWS)
        rc = store_lease_row_get(payload, &rows[row_count++]);
    if (kind == MSG_STORE_STATE)
        rc = store_state_get(payload, &told);
    if (kind == MSG_LEASES_DONE) {
        rc = store_leases_done_get(payload, &done_rc);
        done = true;
    }
    if (kind == MSG_LEASE_SAVED && saved_count < ROWS) {
        rc = store_lease_saved_get(payload, &saved);
        saved_rc[saved_count++] = saved.rc;
        all_saved = saved_count >= wanted;
    }
    return rc;
}

static void key_says(void)
{
    uint8_t octets[STORE_KEY_START_LEN];
    struct builder b = builder_of(octets, sizeof octets);
    store_key_start_put(&b, 1);
    assert_int_equal(channel_send(mini.key, MSG_KEY_START, builder_span(&b), -1), RC_OK);
}

static void start(void)
{
    row_count = saved_count = 0;
    done = all_saved = false;
    assert_true(mini_start(&mini, ROLE_STORE, "hubward-store", on_key, SPAWN_NO_GROUP));
    assert_true(mini_give_socket(&mini, SOCKET_STATE_DIR, directory));
    assert_true(mini_run(&mini));
    key_says();
    assert_true(mini_wait(&mini, &done, 20000));
}

static void save(unsigned n)
{
    uint8_t octets[STORE_LEASE_SAVE_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    struct effect_lease_save one = {.row = place_lease(n, true), .ticket.id[0] = 1};
    store_lease_save_put(&b, &one);
    assert_int_equal(channel_send(mini.key, MSG_LEASE_SAVE, builder_span(&b), -1), RC_OK);
}

static void save_all(unsigned from, unsigned to)
{
    wanted = saved_count + to - from;
    all_saved = false;
    for (unsigned n = from; n < to; n++)
        save(n);
    assert_true(mini_wait(&mini, &all_saved, 30000));
    for (size_t i = 0; i < saved_count; i++)
        assert_int_equal(saved_rc[i], RC_OK);
}

static void assert_clean_stop(void)
{
    int status = mini_stop(&mini);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("status %x, %s", (unsigned)status, mini.lines ? mini.line[0] : "");
}

static int begin(void **state)
{
    (void)state;
    if (place_enter(&place) != 0 || mkdir("state", 0700) != 0 ||
        chown("state", MINI_UID, MINI_UID) != 0)
        return -1;
    directory = open("state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return directory >= 0 && chdir("state") == 0 ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    place_clean();
    close(directory);
    return chdir("..") == 0 ? place_leave(&place) : -1;
}

static void leases_come_back_after_a_stop_and_after_a_kill(void **state)
{
    (void)state;
    start();
    assert_int_equal(done_rc, RC_OK);
    assert_int_equal(row_count, 0);
    uint64_t from = uv_hrtime();
    save_all(0, 1000);
    print_message("1000 leases acknowledged in %.1f ms\n", (double)(uv_hrtime() - from) / 1e6);
    int status = mini_kill(&mini);
    assert_true(WIFSIGNALED(status));
    start();
    assert_int_equal(done_rc, RC_OK);
    assert_int_equal(row_count, 1000);
    save_all(1000, 1100);
    assert_clean_stop();
    start();
    assert_int_equal(row_count, 1100);
    for (size_t i = 0; i < row_count; i++) {
        unsigned n;
        assert_int_equal(sscanf(rows[i].principal, "testgroup/user%u", &n), 1);
        assert_true(addr_equal(rows[i].addr, place_lease(n, true).addr));
    }
    assert_clean_stop();
    assert_int_equal(place_files(), 1); /* the journal is merged at a clean end */
}

static void a_restarted_key_gets_the_rows_again(void **state)
{
    (void)state;
    start();
    save_all(0, 10);
    for (int i = 0; i < 3; i++) {
        done = false;
        row_count = 0;
        assert_true(mini_join_key(&mini));
        key_says();
        assert_true(mini_wait(&mini, &done, 20000));
        assert_int_equal(row_count, 10);
    }
    assert_clean_stop();
}

static void a_damaged_file_is_set_aside_inside_the_sandbox(void **state)
{
    (void)state;
    assert_true(place_write(DATABASE_FILE, "rubbish", 7));
    assert_int_equal(chown(DATABASE_FILE, MINI_UID, MINI_UID), 0);
    start();
    assert_int_equal(done_rc, RC_NOT_FOUND);
    save_all(0, 1);
    assert_clean_stop();
    assert_true(mini_said(&mini, DATABASE_FILE ".bad-1"));
    assert_int_equal(access(DATABASE_FILE ".bad-1", F_OK), 0);
}

static void a_file_of_another_owner_is_an_error_and_not_an_end(void **state)
{
    (void)state;
    start();
    save_all(0, 10);
    assert_clean_stop();
    assert_int_equal(chown(DATABASE_FILE, 0, 0), 0);
    assert_int_equal(chmod(DATABASE_FILE, 0600), 0);
    struct place_file before = place_read(DATABASE_FILE);
    start();
    assert_int_equal(done_rc, RC_IO);
    wanted = 1;
    save(20);
    assert_true(mini_wait(&mini, &all_saved, 20000));
    assert_int_equal(saved_rc[0], RC_IO);
    assert_true(place_same(&before, DATABASE_FILE));
    free(before.octets);
    /* Repaired while it runs: the rows follow. */
    assert_int_equal(chown(DATABASE_FILE, MINI_UID, MINI_UID), 0);
    done = false;
    assert_true(mini_wait(&mini, &done, 20000));
    assert_int_equal(done_rc, RC_OK);
    assert_int_equal(row_count, 10);
    assert_clean_stop();
}

static void a_message_that_is_none_of_keys_ends_the_channel_and_not_the_store(void **state)
{
    (void)state;
    start();
    uint8_t octets[] = {0};
    assert_int_equal(
        channel_send(mini.key, MSG_PEER_SAVE, (struct span){octets, sizeof octets}, -1), RC_OK);
    bool gone = false;
    for (int i = 0; i < 1000 && !gone; i++) {
        mini_wait(&mini, &gone, 10);
        gone = mini.key == NULL;
    }
    assert_true(gone);
    done = false;
    assert_true(mini_join_key(&mini));
    key_says();
    assert_true(mini_wait(&mini, &done, 20000));
    save_all(0, 1);
    assert_clean_stop();
}

static void without_its_directory_it_does_not_start(void **state)
{
    (void)state;
    assert_true(mini_start(&mini, ROLE_STORE, "hubward-store", on_key, SPAWN_NO_GROUP));
    assert_true(mini_join_key(&mini));
    assert_true(mini_tell(&mini, MSG_RUN, NULL, -1));
    int status = mini_reap(&mini);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
}

#define PROGRAM_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROGRAM_TEST(leases_come_back_after_a_stop_and_after_a_kill),
        PROGRAM_TEST(a_restarted_key_gets_the_rows_again),
        PROGRAM_TEST(a_damaged_file_is_set_aside_inside_the_sandbox),
        PROGRAM_TEST(a_file_of_another_owner_is_an_error_and_not_an_end),
        PROGRAM_TEST(a_message_that_is_none_of_keys_ends_the_channel_and_not_the_store),
        PROGRAM_TEST(without_its_directory_it_does_not_start),
    };
    int program = mini_program("hubward-store");
    if (program < 0 || getuid() != 0) {
        print_message("the program is not built, or this is not root: skipped\n");
        return 0;
    }
    close(program);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
