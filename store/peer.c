/* The statements of the peer table. */
#include "store/peer.h"

static const char sql_save[] =
    "INSERT INTO peers (profile, principal, identity, client, address, port, up, reason,"
    " first_seen, last_seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)"
    " ON CONFLICT (profile, principal) DO UPDATE SET identity=excluded.identity,"
    " client=excluded.client, address=excluded.address, port=excluded.port, up=excluded.up,"
    " reason=excluded.reason, last_seen=excluded.last_seen";

/* An identity stands as "fqdn branch7.example", an address as it is. */
#define NAMED                                                                                      \
    "(principal = ?1 OR identity = ?1 OR address = ?1"                                             \
    " OR substr(principal, -length(?1) - 1) = '/' || ?1"                                           \
    " OR substr(identity, instr(identity, ' ') + 1) = ?1)"

static const char sql_connected[] = "SELECT count(*) FROM peers WHERE up <> 0 AND " NAMED;
static const char sql_forget[] = "DELETE FROM peers WHERE up = 0 AND " NAMED;

static enum rc count_connected(struct database *database, const char *who, uint32_t *up)
{
    enum rc rc = RC_IO;
    sqlite3_stmt *statement = database_statement(database, sql_connected, &rc);
    if (!statement)
        return rc;
    sqlite3_bind_text(statement, 1, who, -1, SQLITE_STATIC);
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *up = (uint32_t)sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return code == SQLITE_ROW ? RC_OK : database_rc(code);
}

enum rc peer_forget(struct database *database, const char *who, uint32_t *count, uint32_t *up)
{
    *count = *up = 0;
    enum rc rc = count_connected(database, who, up);
    if (rc != RC_OK)
        return rc;
    sqlite3_stmt *statement = database_statement(database, sql_forget, &rc);
    if (!statement)
        return rc;
    sqlite3_bind_text(statement, 1, who, -1, SQLITE_STATIC);
    rc = database_step(database, statement);
    if (rc == RC_OK)
        *count = (uint32_t)sqlite3_changes(sqlite3_db_handle(statement));
    return rc;
}

enum rc peer_save(struct database *database, const struct peer_row *row, uint64_t now_s)
{
    enum rc rc = RC_IO;
    char address[ADDR_TEXT];
    sqlite3_stmt *statement = database_statement(database, sql_save, &rc);
    if (!statement)
        return rc;
    const char *const texts[] = {row->profile, row->principal, row->identity, row->client,
                                 addr_format(row->last.addr, address)};
    for (int i = 0; i < 5; i++)
        sqlite3_bind_text(statement, i + 1, texts[i], -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 6, row->last.port);
    sqlite3_bind_int(statement, 7, row->up ? 1 : 0);
    sqlite3_bind_text(statement, 8, row->reason, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 9, (sqlite3_int64)now_s);
    return database_step(database, statement);
}
