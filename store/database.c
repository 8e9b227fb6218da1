/* Opening and judging. A file is looked at in three steps of growing trust: its header alone, then
 * sqlite's own check of every page, then our tables by name. Only what passes all is used. */
#include "store/database.h"

#include "store/aside.h"
#include "store/header.h"
#include "store/schema.h"
#include "store/vfs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATEMENTS = 32 };

struct database {
    sqlite3 *handle;
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } kept[STATEMENTS];
    int failure; /* code of the last failure, which a rollback would otherwise cover up */
    char failure_text[DATABASE_TEXT];
};

__attribute__((format(printf, 2, 3))) static void report_text(struct database_report *report,
                                                              const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(report->text, sizeof report->text, format, arguments);
    va_end(arguments);
}

enum rc database_rc(int code)
{
    switch (code & 0xff) { /* the primary code */
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return RC_OK;
    case SQLITE_FULL:
        return RC_FULL;
    case SQLITE_NOMEM:
        return RC_NO_MEMORY;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return RC_MALFORMED;
    default:
        return RC_IO;
    }
}

/* Codes that speak about the file's content, not about the moment. */
static bool is_damage(int code)
{
    return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB ||
           (code & 0xff) == SQLITE_FORMAT || code == SQLITE_ERROR;
}

static int execute(struct database *database, const char *sql)
{
    return sqlite3_exec(database->handle, sql, NULL, NULL, NULL);
}

static void note_failure(struct database *database)
{
    int code = sqlite3_errcode(database->handle);
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
        return;
    database->failure = code;
    snprintf(database->failure_text, sizeof database->failure_text, "%s",
             sqlite3_errmsg(database->handle));
}

/* The single integer that a query gives. */
static int query_int(struct database *database, const char *sql, int *out)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *out = sqlite3_column_int(statement, 0);
        code = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return code;
}

/* Run a pragma whose first row must say this; otherwise the code. */
static int expect(struct database *database, const char *sql, const char *said, int otherwise)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        code = text && strcmp(text, said) == 0 ? SQLITE_OK : otherwise;
    }
    sqlite3_finalize(statement);
    return code;
}

/* Per connection, before the file is read. One user: the lock is taken once and the index of the
 * WAL lies in our memory, not in a shared file. */
static const char settings_before[] = "PRAGMA locking_mode=EXCLUSIVE;"
                                      "PRAGMA cell_size_check=ON;"
                                      "PRAGMA trusted_schema=OFF;"
                                      "PRAGMA mmap_size=0;"
                                      "PRAGMA temp_store=MEMORY;"
                                      "PRAGMA cache_size=-1024;";

/* synchronous=FULL: COMMIT returns when the WAL is on the disk. */
static const char settings_after[] = "PRAGMA synchronous=FULL;"
                                     "PRAGMA wal_autocheckpoint=256;"
                                     "PRAGMA journal_size_limit=4194304;";

/* Every table with every column that we use; an error here means a file of somebody else. */
static const char tables_exist[] =
    "SELECT principal, slot, pool, address, active, expires_at, saved_at, owner, epoch FROM leases"
    " LIMIT 0;"
    "SELECT profile, principal, identity, client, address, port, up, reason, first_seen, last_seen"
    " FROM peers LIMIT 0;"
    "SELECT id, at, address, port, identity, stage, accepted, rule, form, record FROM decisions"
    " LIMIT 0;"
    "SELECT id, epoch, session, profile, group_name, user_name, identity, client, address, port,"
    " assigned, started_at, updated_at, ended_at, reason, bytes_in, bytes_out, packets_in,"
    " packets_out, accounting, stop_only, accounted FROM sessions LIMIT 0;"
    "SELECT id, at, record, list, epoch, session, user_name, group_name, profile, identity, "
    "address,"
    " port, assigned, duration_s, bytes_in, bytes_out, packets_in, packets_out, reason"
    " FROM accounting LIMIT 0;"
    "SELECT name, value FROM meta LIMIT 0;";

/* Is this file new, ours, or another's? *version: the steps it has taken. SQLITE_NOTADB: another's;
 * SQLITE_SCHEMA: ours, and newer. */
static int identify(struct database *database, int *version)
{
    int application = 0, tables = 0;
    int code = query_int(database, "PRAGMA user_version", version);
    if (code == SQLITE_OK)
        code = query_int(database, "PRAGMA application_id", &application);
    if (code == SQLITE_OK)
        code = query_int(database, "SELECT count(*) FROM sqlite_master", &tables);
    if (code != SQLITE_OK)
        return code;
    if (application == SCHEMA_APPLICATION && *version > schema_version())
        return SQLITE_SCHEMA;
    bool ours = application == SCHEMA_APPLICATION && *version >= 1;
    bool fresh = application == 0 && *version == 0 && tables == 0;
    return ours || fresh ? SQLITE_OK : SQLITE_NOTADB;
}

static void set_flag(struct database *database, int flag, int value)
{
    sqlite3_db_config(database->handle, flag, value, NULL);
}

/* Judge the open file and bring it up. */
static int bring_up(struct database *database)
{
    int version = 0;
    int code = execute(database, settings_before);
    if (code == SQLITE_OK)
        code = identify(database, &version);
    if (code == SQLITE_OK)
        code = expect(database, "PRAGMA quick_check(1)", "ok", SQLITE_CORRUPT);
    if (code == SQLITE_OK) /* a disk that takes no WAL takes no commit either */
        code = expect(database, "PRAGMA journal_mode=WAL", "wal", SQLITE_READONLY);
    if (code == SQLITE_OK)
        code = execute(database, settings_after);
    if (code == SQLITE_OK)
        code = schema_migrate(database->handle, version);
    if (code == SQLITE_OK)
        code = execute(database, tables_exist);
    /* Two leases of one address would hide behind a damaged index, so this table's are checked. */
    if (code == SQLITE_OK)
        code = expect(database, "PRAGMA integrity_check(leases)", "ok", SQLITE_CORRUPT);
    return code;
}

static int open_handle(const char *vfs, struct database *database)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(DATABASE_FILE, &database->handle, flags, vfs);
    if (code != SQLITE_OK)
        return code;
    sqlite3_extended_result_codes(database->handle, 1);
    /* Until it is known to be ours, closing it must not write to it either. */
    set_flag(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1);
    set_flag(database, SQLITE_DBCONFIG_DEFENSIVE, 1);
    code = bring_up(database);
    if (code == SQLITE_OK)
        set_flag(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0);
    return code;
}

static enum rc put_aside(const char *reason, struct database_report *report)
{
    char kept[ASIDE_NAME];
    enum rc rc = aside_put(kept);
    if (rc == RC_OK) {
        report->set_aside = true;
        report_text(report, "%s cannot be used (%s): kept as %s, an empty one is begun",
                    DATABASE_FILE, reason, kept);
    } else {
        report_text(report, "%s cannot be used (%s) and cannot be set aside: %s", DATABASE_FILE,
                    reason, rc_text(rc));
    }
    return rc;
}

/* By the header alone. RC_NOT_FOUND: nothing is there yet. */
static enum rc look_at_header(struct database_report *report)
{
    struct header header;
    enum rc rc = header_read(DATABASE_FILE, &header);
    if (rc == RC_IO)
        report_text(report, "%s cannot be read now", DATABASE_FILE);
    if (rc == RC_MALFORMED)
        rc = put_aside("it is not a database", report);
    else if (rc == RC_OK && header.application && header.application != SCHEMA_APPLICATION)
        rc = put_aside("it is another program's", report);
    else if (rc == RC_OK && header.application && header.version > (uint32_t)schema_version()) {
        report_text(report, "%s is of version %u, this program knows up to %d: left as it is",
                    DATABASE_FILE, (unsigned)header.version, schema_version());
        rc = RC_UNSUPPORTED;
    }
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* One opening. RC_MALFORMED: the content is no good, reason says how. */
static enum rc try_open(const char *vfs, struct database **out, char *reason)
{
    struct database *database = calloc(1, sizeof *database);
    if (!database)
        return RC_NO_MEMORY;
    int code = open_handle(vfs, database);
    enum rc rc = database_rc(code);
    if (code == SQLITE_OK)
        *out = database;
    else if (code == SQLITE_SCHEMA)
        rc = RC_UNSUPPORTED;
    else if (is_damage(code))
        rc = RC_MALFORMED;
    snprintf(reason, DATABASE_TEXT, "%s",
             code == SQLITE_NOTADB ? "it is not a database of this program" : sqlite3_errstr(code));
    if (code != SQLITE_OK)
        database_close(database);
    return rc;
}

enum rc database_open(const char *vfs, struct database **out, struct database_report *report)
{
    char reason[DATABASE_TEXT];
    *report = (struct database_report){.set_aside = false};
    enum rc rc = vfs ? RC_OK : vfs_register();
    if (rc == RC_OK)
        rc = look_at_header(report);
    if (rc != RC_OK)
        return rc;
    rc = try_open(vfs ? vfs : VFS_NAME, out, reason);
    if (rc == RC_MALFORMED) {
        rc = put_aside(reason, report);
        if (rc == RC_OK)
            rc = try_open(vfs ? vfs : VFS_NAME, out, reason);
    }
    if (rc == RC_MALFORMED)
        rc = RC_IO; /* even an empty one is damaged: that is the disk, not the file */
    if (rc != RC_OK && !report->text[0])
        report_text(report, "%s: %s", DATABASE_FILE,
                    rc == RC_UNSUPPORTED ? "of a newer version: left as it is" : reason);
    return rc;
}

void database_close(struct database *take_database)
{
    if (!take_database)
        return;
    for (size_t i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(take_database->kept[i].statement);
    sqlite3_close(take_database->handle);
    free(take_database);
}

sqlite3_stmt *database_statement(struct database *database, const char *sql, enum rc *rc)
{
    size_t at = 0;
    while (at < STATEMENTS && database->kept[at].sql && database->kept[at].sql != sql)
        at++;
    if (at == STATEMENTS) { /* our own defect: more statements than room for them */
        *rc = RC_FULL;
        return NULL;
    }
    sqlite3_stmt *statement = database->kept[at].statement;
    if (statement) {
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        return statement;
    }
    int code =
        sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    if (code != SQLITE_OK) {
        *rc = database_rc(code);
        return NULL;
    }
    database->kept[at].sql = sql;
    database->kept[at].statement = statement;
    return statement;
}

enum rc database_step(struct database *database, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    if (code != SQLITE_DONE && code != SQLITE_ROW)
        note_failure(database);
    sqlite3_reset(statement);
    return database_rc(code);
}

enum rc database_begin(struct database *database)
{
    enum rc rc = database_rc(execute(database, "BEGIN IMMEDIATE"));
    if (rc != RC_OK)
        note_failure(database);
    return rc;
}

void database_rollback(struct database *database)
{
    note_failure(database);
    /* Some failures end the transaction by themselves. */
    if (!sqlite3_get_autocommit(database->handle))
        execute(database, "ROLLBACK");
}

enum rc database_commit(struct database *database)
{
    enum rc rc = database_rc(execute(database, "COMMIT"));
    if (rc != RC_OK)
        database_rollback(database);
    return rc;
}

bool database_is_damaged(const struct database *database)
{
    int code = database->failure & 0xff;
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

const char *database_error(const struct database *database)
{
    return database->failure_text;
}
