/* Statements of the accounting table. */
#include "store/accounting.h"

#define COLUMNS                                                                                    \
    "INSERT INTO accounting (at, record, list, epoch, session, user_name, group_name, profile,"    \
    " identity, address, port, assigned, duration_s, bytes_in, bytes_out, packets_in, "            \
    "packets_out,"                                                                                 \
    " reason) "

static const char sql_record[] = COLUMNS
    "SELECT ?3, ?4, accounting, epoch, session, user_name, group_name, profile, identity, address,"
    " port, assigned, max(?3 - started_at, 0), bytes_in, bytes_out, packets_in, packets_out, reason"
    " FROM sessions WHERE epoch=?1 AND session=?2 AND accounting <> ''";
/* Nothing has gone through when a session starts, however late its start is written. */
static const char sql_start[] = COLUMNS
    "SELECT started_at, 'start', accounting, epoch, session, user_name, group_name, profile,"
    " identity, address, port, assigned, 0, 0, 0, 0, 0, ''"
    " FROM sessions WHERE epoch=?1 AND session=?2 AND accounting <> '' AND accounted = 0"
    " AND stop_only = 0";
static const char sql_accounted[] =
    "UPDATE sessions SET accounted=1 WHERE epoch=?1 AND session=?2 AND accounting <> ''";
/* ?3 NULL: at the mark. The order of max() is that of the session's own end. */
static const char sql_lost[] = COLUMNS
    "SELECT end_at, 'stop', accounting, epoch, session, user_name, group_name, profile, identity,"
    " address, port, assigned, end_at - started_at, bytes_in, bytes_out, packets_in, packets_out, "
    "?1"
    " FROM (SELECT *, max(started_at, updated_at,"
    " coalesce(?3, (SELECT value FROM meta WHERE name='alive'))) AS end_at FROM sessions"
    " WHERE ended_at = 0 AND epoch <> ?2 AND accounting <> '')";
static const char sql_trim[] =
    "DELETE FROM accounting WHERE id <= (SELECT max(id) FROM accounting) - ?1";

static sqlite3_int64 number(uint64_t value)
{
    return value > INT64_MAX ? INT64_MAX : (sqlite3_int64)value;
}

/* A statement with the session's name bound to it. */
static sqlite3_stmt *of_session(struct database *database, const char *sql,
                                const struct session_row *row, const struct lease_stamp *stamp,
                                enum rc *rc)
{
    sqlite3_stmt *statement = database_statement(database, sql, rc);
    if (!statement)
        return NULL;
    sqlite3_bind_int64(statement, 1, number(stamp->epoch));
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)row->session);
    return statement;
}

static enum rc run(struct database *database, const char *sql, const struct session_row *row,
                   const struct lease_stamp *stamp)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *statement = of_session(database, sql, row, stamp, &rc);
    return statement ? database_step(database, statement) : rc;
}

static enum rc record(struct database *database, const char *name, const struct session_row *row,
                      const struct lease_stamp *stamp)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *statement = of_session(database, sql_record, row, stamp, &rc);
    if (!statement)
        return rc;
    sqlite3_bind_int64(statement, 3, number(stamp->now_s));
    sqlite3_bind_text(statement, 4, name, -1, SQLITE_STATIC);
    return database_step(database, statement);
}

static enum rc trim(struct database *database)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *statement = database_statement(database, sql_trim, &rc);
    if (!statement)
        return rc;
    sqlite3_bind_int(statement, 1, ACCOUNTING_ROWS);
    return database_step(database, statement);
}

enum rc accounting_of_session(struct database *database, const struct session_row *row,
                              const struct lease_stamp *stamp)
{
    if (!row->accounting[0])
        return RC_OK;
    enum rc rc = run(database, sql_start, row, stamp);
    if (rc == RC_OK)
        rc = run(database, sql_accounted, row, stamp);
    if (rc == RC_OK && row->interim && !row->ended)
        rc = record(database, "interim", row, stamp);
    if (rc == RC_OK && row->ended)
        rc = record(database, "stop", row, stamp);
    return rc == RC_OK ? trim(database) : rc;
}

enum rc accounting_of_lost(struct database *database, uint64_t epoch, const char *reason,
                           const uint64_t *gone_s)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *statement = database_statement(database, sql_lost, &rc);
    if (!statement)
        return rc;
    sqlite3_bind_text(statement, 1, reason, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, number(epoch));
    if (gone_s)
        sqlite3_bind_int64(statement, 3, number(*gone_s));
    return database_step(database, statement);
}
