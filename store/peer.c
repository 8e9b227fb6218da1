/* The one statement of the peer table. */
#include "store/peer.h"

static const char sql_save[] =
    "INSERT INTO peers (profile, principal, identity, client, address, port, up, reason,"
    " first_seen, last_seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)"
    " ON CONFLICT (profile, principal) DO UPDATE SET identity=excluded.identity,"
    " client=excluded.client, address=excluded.address, port=excluded.port, up=excluded.up,"
    " reason=excluded.reason, last_seen=excluded.last_seen";

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
