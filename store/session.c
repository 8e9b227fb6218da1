/* Statements of the session table. */
#include "store/session.h"

#include "store/accounting.h"

static const char sql_update[] =
    "UPDATE sessions SET profile=?3, group_name=?4, user_name=?5, identity=?6, client=?7,"
    " address=?8, port=?9, assigned=?10, updated_at=?11, ended_at=iif(?12, max(started_at, ?11), "
    "0),"
    " reason=?13, bytes_in=?14, bytes_out=?15, packets_in=?16, packets_out=?17, accounting=?18,"
    " stop_only=?19 WHERE epoch=?1 AND session=?2";
static const char sql_insert[] =
    "INSERT INTO sessions (epoch, session, profile, group_name, user_name, identity, client,"
    " address, port, assigned, updated_at, ended_at, reason, bytes_in, bytes_out,"
    " packets_in, packets_out, accounting, stop_only, started_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, iif(?12, ?11, 0), ?13, ?14, ?15, ?16,"
    " ?17, ?18, ?19, ?20)";
static const char sql_trim[] =
    "DELETE FROM sessions WHERE id <= (SELECT max(id) FROM sessions) - ?1 AND ended_at <> 0";
static const char sql_alive[] = "UPDATE meta SET value=?1 WHERE name='alive'";
/* ?2 NULL: at the mark. A session that was heard of later lived as long. */
static const char sql_end_sessions[] =
    "UPDATE sessions SET reason=?1, ended_at=max(started_at, updated_at,"
    " coalesce(?2, (SELECT value FROM meta WHERE name='alive')), 1)"
    " WHERE ended_at = 0 AND epoch <> ?3";
static const char sql_key[] = "SELECT (SELECT value FROM meta WHERE name='epoch') FROM meta"
                              " WHERE name='key' AND value=?1";
static const char sql_set_key[] = "UPDATE meta SET value=?1 WHERE name='key'";
static const char sql_end_peers[] = "UPDATE peers SET up=0, reason=?1 WHERE up=1";

static sqlite3_int64 number(uint64_t value)
{
    return value > INT64_MAX ? INT64_MAX : (sqlite3_int64)value;
}

static void bind(sqlite3_stmt *statement, const struct session_row *row,
                 const struct lease_stamp *stamp)
{
    char address[ADDR_TEXT], assigned[ADDR_TEXT] = "";
    if (row->assigned.family != ADDR_NONE)
        addr_format(row->assigned, assigned);
    const char *const texts[] = {row->profile, row->group,
                                 row->user,    row->identity,
                                 row->client,  addr_format(row->remote.addr, address)};
    sqlite3_bind_int64(statement, 1, number(stamp->epoch));
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)row->session); /* a name: all 64 bits count */
    for (int i = 0; i < 6; i++)
        sqlite3_bind_text(statement, 3 + i, texts[i], -1, SQLITE_TRANSIENT);
    sqlite3_bind_int(statement, 9, row->remote.port);
    sqlite3_bind_text(statement, 10, assigned, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 11, number(stamp->now_s));
    sqlite3_bind_int(statement, 12, row->ended ? 1 : 0);
    sqlite3_bind_text(statement, 13, row->reason, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 14, number(row->bytes_in));
    sqlite3_bind_int64(statement, 15, number(row->bytes_out));
    sqlite3_bind_int64(statement, 16, number(row->packets_in));
    sqlite3_bind_int64(statement, 17, number(row->packets_out));
    sqlite3_bind_text(statement, 18, row->accounting, -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 19, row->stop_only ? 1 : 0);
}

static enum rc update(struct database *database, const struct session_row *row,
                      const struct lease_stamp *stamp)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *statement = database_statement(database, sql_update, &rc);
    if (!statement)
        return rc;
    bind(statement, row, stamp);
    rc = database_step(database, statement);
    if (rc == RC_OK && sqlite3_changes(sqlite3_db_handle(statement)) == 0)
        rc = RC_NOT_FOUND;
    return rc;
}

static enum rc trim(struct database *database)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *statement = database_statement(database, sql_trim, &rc);
    if (!statement)
        return rc;
    sqlite3_bind_int(statement, 1, SESSION_ROWS);
    return database_step(database, statement);
}

static enum rc insert(struct database *database, const struct session_row *row,
                      const struct lease_stamp *stamp)
{
    enum rc rc = RC_IO;
    uint64_t age_s = row->age_ms / 1000;
    sqlite3_stmt *statement = database_statement(database, sql_insert, &rc);
    if (!statement)
        return rc;
    bind(statement, row, stamp);
    sqlite3_bind_int64(statement, 20, number(stamp->now_s > age_s ? stamp->now_s - age_s : 0));
    rc = database_step(database, statement);
    return rc == RC_OK ? trim(database) : rc;
}

enum rc session_save(struct database *database, const struct session_row *row,
                     const struct lease_stamp *stamp)
{
    enum rc rc = update(database, row, stamp);
    if (rc == RC_NOT_FOUND)
        rc = insert(database, row, stamp);
    return rc == RC_OK ? accounting_of_session(database, row, stamp) : rc;
}

enum rc session_alive(struct database *database, uint64_t now_s)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *statement = database_statement(database, sql_alive, &rc);
    if (!statement)
        return rc;
    sqlite3_bind_int64(statement, 1, number(now_s));
    return database_step(database, statement);
}

static enum rc end_sessions(struct database *database, uint64_t epoch, const uint64_t *gone_s)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *statement = database_statement(database, sql_end_sessions, &rc);
    if (!statement)
        return rc;
    sqlite3_bind_text(statement, 1, SESSION_KEY_ENDED, -1, SQLITE_STATIC);
    if (gone_s)
        sqlite3_bind_int64(statement, 2, number(*gone_s));
    sqlite3_bind_int64(statement, 3, number(epoch));
    return database_step(database, statement);
}

static enum rc end_peers(struct database *database)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *statement = database_statement(database, sql_end_peers, &rc);
    if (!statement)
        return rc;
    sqlite3_bind_text(statement, 1, SESSION_KEY_ENDED, -1, SQLITE_STATIC);
    return database_step(database, statement);
}

/* RC_NOT_FOUND: the epoch that is stored is another key's. */
static enum rc epoch_of(struct database *database, uint64_t start, uint64_t *epoch)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *query = database_statement(database, sql_key, &rc);
    if (!query)
        return rc;
    sqlite3_bind_int64(query, 1, (sqlite3_int64)start);
    int code = sqlite3_step(query);
    if (code == SQLITE_ROW)
        *epoch = (uint64_t)sqlite3_column_int64(query, 0);
    sqlite3_reset(query);
    return code == SQLITE_DONE ? RC_NOT_FOUND : database_rc(code);
}

static enum rc set_key(struct database *database, uint64_t start)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *statement = database_statement(database, sql_set_key, &rc);
    if (!statement)
        return rc;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)start);
    return database_step(database, statement);
}

static enum rc begin_epoch(struct database *database, uint64_t start, uint64_t *epoch)
{
    enum rc rc = lease_next_epoch(database, epoch);
    if (rc == RC_OK)
        rc = set_key(database, start);
    if (rc == RC_OK)
        rc = accounting_of_lost(database, *epoch, SESSION_KEY_ENDED, NULL);
    if (rc == RC_OK)
        rc = end_sessions(database, *epoch, NULL);
    return rc == RC_OK ? end_peers(database) : rc;
}

/* The end of a transaction that has come this far. */
static enum rc finish(struct database *database, enum rc rc)
{
    if (rc == RC_OK)
        return database_commit(database);
    database_rollback(database);
    return rc;
}

enum rc session_key_came(struct database *database, uint64_t start, uint64_t *epoch)
{
    uint64_t found = *epoch;
    enum rc rc = database_begin(database);
    if (rc != RC_OK)
        return rc;
    rc = epoch_of(database, start, &found);
    if (rc == RC_NOT_FOUND)
        rc = begin_epoch(database, start, &found);
    rc = finish(database, rc);
    if (rc == RC_OK)
        *epoch = found;
    return rc;
}

enum rc session_key_gone(struct database *database, uint64_t now_s)
{
    enum rc rc = database_begin(database);
    if (rc != RC_OK)
        return rc;
    rc = accounting_of_lost(database, 0, SESSION_KEY_ENDED, &now_s);
    if (rc == RC_OK)
        rc = end_sessions(database, 0, &now_s);
    if (rc == RC_OK)
        rc = end_peers(database);
    if (rc == RC_OK)
        rc = session_alive(database, now_s);
    return finish(database, rc);
}
