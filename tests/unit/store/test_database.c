/* Opening: new, known, newer, damaged, foreign and unreachable files. */
#include "place.h"
#include "store/aside.h"
#include "store/schema.h"
#include "store/vfs.h"

#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct place place;
static struct database *database;
static struct database_report report;

static int begin(void **state)
{
    (void)state;
    database = NULL;
    return place_enter(&place);
}

static int end(void **state)
{
    (void)state;
    database_close(database);
    return place_leave(&place);
}

static enum rc open_it(void)
{
    database_close(database);
    database = NULL;
    enum rc rc = database_open(NULL, &database, &report);
    assert_true((rc == RC_OK) == (database != NULL));
    return rc;
}

static void close_it(void)
{
    database_close(database);
    database = NULL;
}

/* Run a statement on the file with sqlite alone, as anybody could. */
static void as_anybody(const char *sql, bool leave_wal)
{
    sqlite3 *handle;
    char *error = NULL;
    assert_int_equal(sqlite3_open(DATABASE_FILE, &handle), SQLITE_OK);
    if (leave_wal)
        sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (sqlite3_exec(handle, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s", error);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

static int ask_anybody(const char *sql)
{
    sqlite3 *handle;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(DATABASE_FILE, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int value = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return value;
}

/* A row by which a database is known again. */
static void mark(void)
{
    enum rc rc;
    sqlite3_stmt *statement =
        database_statement(database, "INSERT INTO meta VALUES ('mark', 42)", &rc);
    assert_non_null(statement);
    assert_int_equal(database_step(database, statement), RC_OK);
}

static bool is_marked(void)
{
    enum rc rc;
    sqlite3_stmt *statement =
        database_statement(database, "SELECT value FROM meta WHERE name='mark'", &rc);
    assert_non_null(statement);
    bool marked = sqlite3_step(statement) == SQLITE_ROW;
    sqlite3_reset(statement);
    return marked;
}

static void an_empty_directory_gets_a_database_of_this_version(void **state)
{
    (void)state;
    assert_int_equal(open_it(), RC_OK);
    assert_false(report.set_aside);
    assert_string_equal(report.text, "");
    close_it();
    assert_int_equal(ask_anybody("PRAGMA user_version"), schema_version());
    assert_int_equal(ask_anybody("PRAGMA application_id"), SCHEMA_APPLICATION);
    assert_int_equal(ask_anybody("SELECT count(*) FROM leases"), 0);
    assert_int_equal(ask_anybody("SELECT count(*) FROM peers"), 0);
    assert_int_equal(ask_anybody("SELECT count(*) FROM decisions"), 0);
}

static void what_was_committed_is_there_again(void **state)
{
    (void)state;
    assert_int_equal(open_it(), RC_OK);
    mark();
    assert_int_equal(open_it(), RC_OK);
    assert_false(report.set_aside);
    assert_true(is_marked());
}

static void commits_go_through_a_synchronous_wal(void **state)
{
    (void)state;
    assert_int_equal(open_it(), RC_OK);
    enum rc rc;
    sqlite3_stmt *mode = database_statement(database, "PRAGMA journal_mode", &rc);
    assert_int_equal(sqlite3_step(mode), SQLITE_ROW);
    assert_string_equal(sqlite3_column_text(mode, 0), "wal");
    sqlite3_reset(mode);
    sqlite3_stmt *synchronous = database_statement(database, "PRAGMA synchronous", &rc);
    assert_int_equal(sqlite3_step(synchronous), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(synchronous, 0), 2); /* FULL */
    sqlite3_reset(synchronous);
}

static void a_newer_version_is_refused_and_not_one_octet_changes(void **state)
{
    (void)state;
    assert_int_equal(open_it(), RC_OK);
    mark();
    close_it();
    as_anybody("PRAGMA user_version=99", false);
    struct place_file before = place_read(DATABASE_FILE);
    size_t files = place_files();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(open_it(), RC_UNSUPPORTED);
        assert_non_null(strstr(report.text, "version 99"));
        assert_true(place_same(&before, DATABASE_FILE));
        assert_int_equal(place_files(), files);
    }
    free(before.octets);
}

static void a_newer_version_that_shows_only_in_the_wal_is_refused_too(void **state)
{
    (void)state;
    assert_int_equal(open_it(), RC_OK);
    close_it();
    as_anybody("PRAGMA wal_autocheckpoint=0; PRAGMA user_version=99", true);
    struct place_file before = place_read(DATABASE_FILE), wal = place_read(DATABASE_FILE "-wal");
    assert_true(wal.len > 0);
    assert_int_equal(open_it(), RC_UNSUPPORTED);
    assert_true(place_same(&before, DATABASE_FILE));
    assert_true(place_same(&wal, DATABASE_FILE "-wal"));
    free(before.octets);
    free(wal.octets);
}

static void assert_set_aside(const struct place_file *before, const char *kept)
{
    assert_int_equal(open_it(), RC_OK);
    assert_true(report.set_aside);
    assert_non_null(strstr(report.text, kept));
    assert_true(place_same(before, kept));
    assert_false(is_marked());
    mark();
    assert_int_equal(open_it(), RC_OK);
    assert_false(report.set_aside);
    assert_true(is_marked());
}

static void what_is_not_a_database_is_kept_aside_under_the_next_number(void **state)
{
    (void)state;
    static const struct {
        const char *octets;
        size_t len;
    } files[] = {
        {"x", 1},
        {"SQLite format 3", 16}, /* a header cut */
        {"not a database, but longer than a header of one, which has a hundred octets, and "
         "then some more of them",
         103}};
    for (size_t i = 0; i < 3; i++) {
        char kept[64];
        close_it();
        snprintf(kept, sizeof kept, DATABASE_FILE ".bad-%zu", i + 1);
        assert_true(place_write(DATABASE_FILE, files[i].octets, files[i].len));
        struct place_file before = place_read(DATABASE_FILE);
        assert_set_aside(&before, kept);
        free(before.octets);
    }
}

/* A database with enough rows to have several pages. */
static struct place_file grown(void)
{
    assert_int_equal(open_it(), RC_OK);
    mark();
    close_it();
    as_anybody("WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i+1 FROM n WHERE i<500)"
               " INSERT INTO leases SELECT i, 'p'||i, 0, 'pool', '10.0.'||(i/250)||'.'||(i%250), 1,"
               " 0, 0, '', 0 FROM n; PRAGMA wal_checkpoint(TRUNCATE)",
               false);
    return place_read(DATABASE_FILE);
}

static void every_damaged_page_is_found_and_the_file_kept(void **state)
{
    (void)state;
    struct place_file whole = grown();
    size_t pages = whole.len / 4096, found = 0;
    assert_true(pages > 8);
    for (size_t page = 1; page < pages; page++) {
        close_it();
        place_clean();
        char *damaged = malloc(whole.len);
        memcpy(damaged, whole.octets, whole.len);
        memset(damaged + page * 4096, 0xa5,
               64); /* the head of a page and its first cell pointers */
        assert_true(place_write(DATABASE_FILE, damaged, whole.len));
        assert_int_equal(open_it(), RC_OK);
        if (report.set_aside) {
            found++;
            struct place_file before = {damaged, whole.len};
            assert_true(place_same(&before, DATABASE_FILE ".bad-1"));
        }
        free(damaged);
    }
    assert_int_equal(found, pages - 1);
    free(whole.octets);
}

/* A damaged index alone would let one address be held twice. */
static void an_index_that_lacks_rows_is_damage(void **state)
{
    (void)state;
    struct place_file whole = grown();
    free(whole.octets);
    as_anybody("PRAGMA writable_schema=ON;"
               "UPDATE sqlite_master SET rootpage=(SELECT rootpage FROM sqlite_master WHERE"
               " name='peers') WHERE name='sqlite_autoindex_leases_2'",
               false);
    assert_int_equal(open_it(), RC_OK);
    assert_true(report.set_aside);
}

static void every_truncation_at_a_page_is_opened_or_set_aside(void **state)
{
    (void)state;
    struct place_file whole = grown();
    for (size_t len = 0; len < whole.len; len += 2048) {
        close_it();
        place_clean();
        assert_true(place_write(DATABASE_FILE, whole.octets, len));
        assert_int_equal(open_it(), RC_OK);
        assert_int_equal(report.set_aside, len > 0); /* empty is as good as none */
        assert_false(is_marked());
    }
    free(whole.octets);
}

static void a_journal_of_a_damaged_file_goes_along_with_it(void **state)
{
    (void)state;
    assert_int_equal(open_it(), RC_OK);
    close_it();
    as_anybody("PRAGMA wal_autocheckpoint=0; INSERT INTO meta VALUES ('mark', 1)", true);
    struct place_file wal = place_read(DATABASE_FILE "-wal");
    assert_true(wal.len > 0);
    assert_true(place_write(DATABASE_FILE, "rubbish", 7));
    assert_int_equal(open_it(), RC_OK);
    assert_true(report.set_aside);
    assert_false(is_marked());
    assert_true(place_same(&wal, DATABASE_FILE ".bad-1-wal"));
    free(wal.octets);
}

static void databases_of_other_programs_are_kept_aside(void **state)
{
    (void)state;
    static const char *const makers[] = {
        "CREATE TABLE foreign_table (a)", "PRAGMA application_id=1234567; CREATE TABLE leases (a)",
        "PRAGMA user_version=1; CREATE TABLE leases (a)",
        "PRAGMA user_version=1", /* ours has an application id with it */
    };
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        char kept[64];
        close_it();
        remove(DATABASE_FILE);
        snprintf(kept, sizeof kept, DATABASE_FILE ".bad-%zu", i + 1);
        as_anybody(makers[i], false);
        struct place_file before = place_read(DATABASE_FILE);
        assert_set_aside(&before, kept);
        free(before.octets);
    }
}

static void tables_that_are_not_ours_are_no_tables(void **state)
{
    (void)state;
    assert_int_equal(open_it(), RC_OK);
    close_it();
    as_anybody("ALTER TABLE leases DROP COLUMN owner", false);
    assert_int_equal(open_it(), RC_OK);
    assert_true(report.set_aside);
}

static void an_interrupted_first_opening_is_taken_up(void **state)
{
    (void)state;
    as_anybody("PRAGMA journal_mode=WAL", false); /* a file of one page, without tables */
    assert_int_equal(open_it(), RC_OK);
    assert_false(report.set_aside);
}

static void a_symbolic_link_is_removed_and_not_followed(void **state)
{
    (void)state;
    assert_true(place_write("elsewhere", "text", 4));
    assert_int_equal(symlink("elsewhere", DATABASE_FILE), 0);
    assert_int_equal(open_it(), RC_OK);
    assert_true(report.set_aside);
    struct stat there;
    assert_int_equal(lstat(DATABASE_FILE, &there), 0);
    assert_true(S_ISREG(there.st_mode));
    struct place_file elsewhere = place_read("elsewhere");
    assert_int_equal(elsewhere.len, 4);
    free(elsewhere.octets);
}

static void a_directory_in_its_place_is_left_for_the_operator(void **state)
{
    (void)state;
    assert_int_equal(mkdir(DATABASE_FILE, 0700), 0);
    assert_int_equal(open_it(), RC_IO);
    assert_true(report.text[0]);
    assert_int_equal(rmdir(DATABASE_FILE), 0);
    assert_int_equal(open_it(), RC_OK);
}

static void a_file_locked_by_another_process_is_not_damaged(void **state)
{
    (void)state;
    int ready[2], go[2];
    char octet;
    assert_int_equal(open_it(), RC_OK);
    mark();
    close_it();
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(go), 0);
    pid_t pid = fork();
    if (pid == 0) {
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
    struct place_file before = place_read(DATABASE_FILE);
    assert_int_equal(open_it(), RC_IO);
    assert_non_null(strstr(report.text, "locked"));
    assert_false(report.set_aside);
    assert_true(place_same(&before, DATABASE_FILE));
    close(go[1]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(open_it(), RC_OK);
    assert_true(is_marked());
    free(before.octets);
    close(ready[0]);
    close(ready[1]);
    close(go[0]);
}

static void nobody_else_can_write_while_it_is_open(void **state)
{
    (void)state;
    assert_int_equal(open_it(), RC_OK);
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        sqlite3 *handle;
        if (sqlite3_open(DATABASE_FILE, &handle) != SQLITE_OK)
            _exit(1);
        int code = sqlite3_exec(handle, "DELETE FROM meta", NULL, NULL, NULL);
        _exit(code == SQLITE_BUSY ? 0 : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void the_directories_above_need_not_be_open_to_it(void **state)
{
    (void)state;
    if (getuid() != 0)
        skip();
    assert_int_equal(mkdir("closed", 0700), 0);
    assert_int_equal(mkdir("closed/mine", 0700), 0);
    assert_int_equal(chown("closed/mine", 65534, 65534), 0);
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        struct database *inside = NULL;
        if (chdir("closed/mine") != 0 || setgid(65534) != 0 || setuid(65534) != 0)
            _exit(1);
        if (access("../../closed/mine", F_OK) == 0)
            _exit(2); /* nothing would be shown */
        enum rc rc = database_open(NULL, &inside, &report);
        database_close(inside);
        _exit(rc == RC_OK ? 0 : 3);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(remove("closed/mine/" DATABASE_FILE), 0);
    assert_int_equal(rmdir("closed/mine"), 0);
}

static void numbers_of_kept_files_end_and_no_file_is_lost_then(void **state)
{
    (void)state;
    for (int n = 1; n <= ASIDE_MAX; n++) {
        char name[64];
        snprintf(name, sizeof name, DATABASE_FILE ".bad-%d", n);
        assert_true(place_write(name, "x", 1));
    }
    assert_true(place_write(DATABASE_FILE, "rubbish", 7));
    struct place_file before = place_read(DATABASE_FILE);
    assert_int_equal(open_it(), RC_FULL);
    assert_non_null(strstr(report.text, "cannot be set aside"));
    assert_true(place_same(&before, DATABASE_FILE));
    free(before.octets);
}

static const char *const test_steps[] = {
    "CREATE TABLE one (a INTEGER) STRICT; INSERT INTO one VALUES (1);",
    "ALTER TABLE one ADD COLUMN b INTEGER; UPDATE one SET b = a + 1;",
    "CREATE TABLE two AS SELECT a + b AS c FROM one;",
};
static const char *const failing_steps[] = {
    "CREATE TABLE one (a INTEGER) STRICT; INSERT INTO one VALUES (1);",
    "ALTER TABLE one ADD COLUMN b INTEGER; UPDATE one SET b = a + 1;",
    "CREATE TABLE two AS SELECT nothing FROM one;",
};

static sqlite3 *at_version(int version)
{
    sqlite3 *handle;
    remove("steps.db");
    assert_int_equal(sqlite3_open("steps.db", &handle), SQLITE_OK);
    if (version)
        assert_int_equal(schema_take(handle, test_steps, 0, version), SQLITE_OK);
    return handle;
}

static int value_of(sqlite3 *handle, const char *sql)
{
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int value = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static void every_older_version_is_brought_up_to_the_newest(void **state)
{
    (void)state;
    for (int version = 0; version <= 3; version++) {
        sqlite3 *handle = at_version(version);
        assert_int_equal(schema_take(handle, test_steps, version, 3), SQLITE_OK);
        assert_int_equal(value_of(handle, "SELECT c FROM two"), 3);
        assert_int_equal(value_of(handle, "PRAGMA user_version"), 3);
        sqlite3_close(handle);
    }
}

/* What the first released version wrote, with a row in every table. */
static const char version_1[] =
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "INSERT INTO meta VALUES ('epoch', 41), ('mark', 42);"
    "CREATE TABLE leases ("
    " id INTEGER PRIMARY KEY,"
    " principal TEXT NOT NULL, slot INTEGER NOT NULL, pool TEXT NOT NULL, address TEXT NOT NULL,"
    " active INTEGER NOT NULL CHECK (active IN (0, 1)), expires_at INTEGER NOT NULL,"
    " saved_at INTEGER NOT NULL, owner TEXT NOT NULL, epoch INTEGER NOT NULL,"
    " UNIQUE (principal, slot, pool), UNIQUE (pool, address)) STRICT;"
    "INSERT INTO leases VALUES (1, 'g/alice', 0, 'p', '10.5.5.1', 1, 0, 1, '', 41);"
    "CREATE TABLE peers ("
    " profile TEXT NOT NULL, principal TEXT NOT NULL, identity TEXT NOT NULL,"
    " client TEXT NOT NULL, address TEXT NOT NULL, port INTEGER NOT NULL,"
    " up INTEGER NOT NULL CHECK (up IN (0, 1)), reason TEXT NOT NULL,"
    " first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,"
    " PRIMARY KEY (profile, principal)) STRICT, WITHOUT ROWID;"
    "INSERT INTO peers VALUES ('p', 'g/alice', 'i', '', '10.0.0.1', 500, 1, '', 1, 2);"
    "CREATE TABLE decisions ("
    " id INTEGER PRIMARY KEY, at INTEGER NOT NULL, address TEXT NOT NULL, port INTEGER NOT NULL,"
    " identity TEXT NOT NULL, stage TEXT NOT NULL, accepted INTEGER NOT NULL, rule TEXT NOT NULL,"
    " form INTEGER NOT NULL, record BLOB NOT NULL) STRICT;"
    "INSERT INTO decisions VALUES (1, 5, '10.0.0.1', 500, 'i', 's', 0, 'r', 1, x'00');"
    "PRAGMA application_id=0x48625764; PRAGMA user_version=1;";

static void a_file_of_the_first_version_is_brought_up_with_its_rows(void **state)
{
    (void)state;
    as_anybody(version_1, false);
    assert_int_equal(open_it(), RC_OK);
    assert_false(report.set_aside);
    assert_true(is_marked());
    close_it();
    assert_int_equal(ask_anybody("PRAGMA user_version"), schema_version());
    assert_int_equal(ask_anybody("SELECT value FROM meta WHERE name='epoch'"), 41);
    assert_int_equal(ask_anybody("SELECT count(*) FROM leases JOIN peers USING (principal)"), 1);
    assert_int_equal(ask_anybody("SELECT count(*) FROM decisions WHERE accepted = 0"), 1);
    assert_int_equal(ask_anybody("SELECT count(*) FROM sessions"), 0);
    assert_int_equal(open_it(), RC_OK);
}

static void a_step_that_fails_leaves_the_version_and_the_tables_as_they_were(void **state)
{
    (void)state;
    for (int version = 0; version <= 2; version++) {
        sqlite3 *handle = at_version(version);
        int tables = value_of(handle, "SELECT count(*) FROM sqlite_master");
        assert_int_not_equal(schema_take(handle, failing_steps, version, 3), SQLITE_OK);
        assert_int_equal(value_of(handle, "PRAGMA user_version"), version);
        assert_int_equal(value_of(handle, "SELECT count(*) FROM sqlite_master"), tables);
        assert_int_equal(schema_take(handle, test_steps, version, 3), SQLITE_OK);
        sqlite3_close(handle);
    }
}

#define DATABASE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TEST(an_empty_directory_gets_a_database_of_this_version),
        DATABASE_TEST(what_was_committed_is_there_again),
        DATABASE_TEST(commits_go_through_a_synchronous_wal),
        DATABASE_TEST(a_newer_version_is_refused_and_not_one_octet_changes),
        DATABASE_TEST(a_newer_version_that_shows_only_in_the_wal_is_refused_too),
        DATABASE_TEST(what_is_not_a_database_is_kept_aside_under_the_next_number),
        DATABASE_TEST(every_damaged_page_is_found_and_the_file_kept),
        DATABASE_TEST(an_index_that_lacks_rows_is_damage),
        DATABASE_TEST(every_truncation_at_a_page_is_opened_or_set_aside),
        DATABASE_TEST(a_journal_of_a_damaged_file_goes_along_with_it),
        DATABASE_TEST(databases_of_other_programs_are_kept_aside),
        DATABASE_TEST(tables_that_are_not_ours_are_no_tables),
        DATABASE_TEST(an_interrupted_first_opening_is_taken_up),
        DATABASE_TEST(a_symbolic_link_is_removed_and_not_followed),
        DATABASE_TEST(a_directory_in_its_place_is_left_for_the_operator),
        DATABASE_TEST(a_file_locked_by_another_process_is_not_damaged),
        DATABASE_TEST(nobody_else_can_write_while_it_is_open),
        DATABASE_TEST(the_directories_above_need_not_be_open_to_it),
        DATABASE_TEST(numbers_of_kept_files_end_and_no_file_is_lost_then),
        DATABASE_TEST(every_older_version_is_brought_up_to_the_newest),
        DATABASE_TEST(a_file_of_the_first_version_is_brought_up_with_its_rows),
        DATABASE_TEST(a_step_that_fails_leaves_the_version_and_the_tables_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
