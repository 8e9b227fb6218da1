/* Statements of the lease table. */
#include "store/lease.h"

static const char sql_holder[] =
    "SELECT principal, slot, active, epoch FROM leases WHERE pool=?1 AND address=?2";
static const char sql_make_way[] = "DELETE FROM leases WHERE pool=?1 AND address=?2";
static const char sql_save[] =
    "INSERT INTO leases"
    " (principal, slot, pool, address, active, expires_at, saved_at, owner, epoch)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '', ?8)"
    " ON CONFLICT (principal, slot, pool) DO UPDATE SET address=excluded.address,"
    " active=excluded.active, expires_at=excluded.expires_at, saved_at=excluded.saved_at,"
    " owner=excluded.owner, epoch=excluded.epoch";
static const char sql_kept[] = "SELECT expires_at FROM leases"
                               " WHERE principal=?1 AND slot=?2 AND pool=?3 AND address=?4";
static const char sql_page[] =
    "SELECT id, slot, principal, pool, address, active, expires_at, saved_at FROM leases"
    " WHERE id > ?1 ORDER BY id LIMIT ?2";
static const char sql_epoch[] = "UPDATE meta SET value=max(value+1, ?1) WHERE name='epoch'"
                                " RETURNING value";

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

/* What the engine calls "seconds from now" as a point in time; 0 stays "not set". */
static sqlite3_int64 expiry(const struct lease_row *row, uint64_t now_s)
{
    const uint64_t most = INT64_MAX;
    if (!row->expires_s)
        return 0;
    if (now_s > most || row->expires_s > most - now_s)
        return INT64_MAX;
    const uint64_t at = now_s + row->expires_s;
    return (sqlite3_int64)at;
}

/* And back: at least 1 when it is set, at most what it was when it was written. */
static uint64_t remaining(sqlite3_int64 expires_at, sqlite3_int64 saved_at, uint64_t now_s)
{
    if (expires_at <= 0)
        return 0;
    uint64_t at = (uint64_t)expires_at, saved = saved_at > 0 ? (uint64_t)saved_at : 0;
    uint64_t granted = at > saved ? at - saved : 1;
    uint64_t left = at > now_s ? at - now_s : 1;
    return left < granted ? left : granted;
}

/* May the row that has this address now make way? RC_NOT_FOUND: there is none, or it is the very
 * row to be written. */
static enum rc judge_holder(struct database *database, const struct lease_row *row,
                            const char *address, uint64_t epoch)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *query = database_statement(database, sql_holder, &rc);
    if (!query)
        return rc;
    bind_text(query, 1, row->pool);
    bind_text(query, 2, address);
    int code = sqlite3_step(query);
    rc = code == SQLITE_DONE ? RC_NOT_FOUND : database_rc(code);
    if (code == SQLITE_ROW) {
        const char *principal = (const char *)sqlite3_column_text(query, 0);
        bool same = principal && strcmp(principal, row->principal) == 0 &&
                    sqlite3_column_int64(query, 1) == (sqlite3_int64)row->slot;
        bool held = sqlite3_column_int(query, 2) == 1 &&
                    sqlite3_column_int64(query, 3) >= (sqlite3_int64)epoch;
        rc = same ? RC_NOT_FOUND : held ? RC_EXISTS : RC_OK;
    }
    sqlite3_reset(query);
    return rc;
}

static enum rc make_way(struct database *database, const struct lease_row *row, const char *address)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *statement = database_statement(database, sql_make_way, &rc);
    if (!statement)
        return rc;
    bind_text(statement, 1, row->pool);
    bind_text(statement, 2, address);
    return database_step(database, statement);
}

static enum rc write_row(struct database *database, const struct lease_row *row,
                         const char *address, const struct lease_stamp *stamp)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *statement = database_statement(database, sql_save, &rc);
    if (!statement)
        return rc;
    bind_text(statement, 1, row->principal);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)row->slot);
    bind_text(statement, 3, row->pool);
    bind_text(statement, 4, address);
    sqlite3_bind_int(statement, 5, row->active ? 1 : 0);
    sqlite3_bind_int64(statement, 6, expiry(row, stamp->now_s));
    sqlite3_bind_int64(statement, 7, (sqlite3_int64)stamp->now_s);
    sqlite3_bind_int64(statement, 8, (sqlite3_int64)stamp->epoch);
    return database_step(database, statement);
}

enum rc lease_save(struct database *database, const struct lease_row *row,
                   const struct lease_stamp *stamp)
{
    char address[ADDR_TEXT];
    addr_format(row->addr, address);
    enum rc rc = judge_holder(database, row, address, stamp->epoch);
    if (rc == RC_OK)
        rc = make_way(database, row, address);
    if (rc != RC_OK && rc != RC_NOT_FOUND)
        return rc;
    return write_row(database, row, address, stamp);
}

bool lease_is_kept(struct database *database, const struct lease_row *row, uint64_t now_s)
{
    enum rc rc;
    char address[ADDR_TEXT];
    sqlite3_stmt *query = database_statement(database, sql_kept, &rc);
    if (!query)
        return false;
    addr_format(row->addr, address);
    bind_text(query, 1, row->principal);
    sqlite3_bind_int64(query, 2, (sqlite3_int64)row->slot);
    bind_text(query, 3, row->pool);
    bind_text(query, 4, address);
    bool kept = sqlite3_step(query) == SQLITE_ROW;
    sqlite3_int64 expires_at = kept ? sqlite3_column_int64(query, 0) : 0;
    sqlite3_reset(query);
    return kept && (expires_at == 0 || (expires_at > 0 && (uint64_t)expires_at > now_s));
}

/* A text column into a field; false when it does not fit, or holds an octet 0. */
static bool column_text(sqlite3_stmt *query, int at, char *out, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(query, at);
    size_t len = (size_t)sqlite3_column_bytes(query, at);
    if (!text || len == 0 || len >= size || strlen(text) != len)
        return false;
    memcpy(out, text, len + 1);
    return true;
}

static bool read_row(sqlite3_stmt *query, uint64_t now_s, struct lease_row *out)
{
    char address[ADDR_TEXT];
    sqlite3_int64 slot = sqlite3_column_int64(query, 1);
    struct lease_row row = {.slot = (uint32_t)slot, .active = sqlite3_column_int(query, 5) == 1};
    row.expires_s =
        remaining(sqlite3_column_int64(query, 6), sqlite3_column_int64(query, 7), now_s);
    if (slot < 0 || slot > UINT32_MAX || !column_text(query, 2, row.principal, LEASE_PRINCIPAL) ||
        !column_text(query, 3, row.pool, LEASE_POOL) ||
        !column_text(query, 4, address, sizeof address) || addr_parse(address, &row.addr) != RC_OK)
        return false;
    *out = row;
    return true;
}

enum rc lease_page(struct database *database, uint64_t now_s, int64_t *after, struct lease_row *out,
                   size_t most, size_t *count, bool *end, size_t *skipped)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *query = database_statement(database, sql_page, &rc);
    if (!query)
        return rc;
    size_t seen = 0, good = 0, bad = 0;
    int code;
    sqlite3_bind_int64(query, 1, *after);
    sqlite3_bind_int64(query, 2, (sqlite3_int64)most);
    for (; (code = sqlite3_step(query)) == SQLITE_ROW; seen++) {
        *after = sqlite3_column_int64(query, 0);
        if (read_row(query, now_s, &out[good]))
            good++;
        else
            bad++;
    }
    sqlite3_reset(query);
    *count = good;
    *skipped += bad;
    *end = seen < most;
    return database_rc(code);
}

enum rc lease_next_epoch(struct database *database, uint64_t *epoch)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *statement = database_statement(database, sql_epoch, &rc);
    if (!statement)
        return rc;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)*epoch);
    int code = sqlite3_step(statement);
    sqlite3_int64 value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    if (code == SQLITE_ROW)
        code = sqlite3_step(statement); /* to its end, which is where it is committed */
    sqlite3_reset(statement);
    rc = database_rc(code);
    if (rc == RC_OK && value > 0)
        *epoch = (uint64_t)value;
    return rc;
}
