/* The tables. Times are seconds of the wall clock (Unix time), because they must mean something
 * after the machine has been off. */
#include "store/schema.h"

#include <stdio.h>

static const char *const steps[] = {
    /* 1: leases, peers, decisions.
     * expires_at 0: not set. saved_at: when the row was written; what is left of a lease is never
     * more than it was then, even if the clock was set back since. owner: the hub that holds it, ""
     * is this one. epoch: which start of the key process wrote it. */
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "INSERT INTO meta VALUES ('epoch', 0);"
    "CREATE TABLE leases ("
    " id INTEGER PRIMARY KEY,"
    " principal TEXT NOT NULL, slot INTEGER NOT NULL, pool TEXT NOT NULL, address TEXT NOT NULL,"
    " active INTEGER NOT NULL CHECK (active IN (0, 1)), expires_at INTEGER NOT NULL,"
    " saved_at INTEGER NOT NULL, owner TEXT NOT NULL, epoch INTEGER NOT NULL,"
    " UNIQUE (principal, slot, pool), UNIQUE (pool, address)) STRICT;"
    "CREATE TABLE peers ("
    " profile TEXT NOT NULL, principal TEXT NOT NULL, identity TEXT NOT NULL,"
    " client TEXT NOT NULL, address TEXT NOT NULL, port INTEGER NOT NULL,"
    " up INTEGER NOT NULL CHECK (up IN (0, 1)), reason TEXT NOT NULL,"
    " first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,"
    " PRIMARY KEY (profile, principal)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE decisions ("
    " id INTEGER PRIMARY KEY, at INTEGER NOT NULL, address TEXT NOT NULL, port INTEGER NOT NULL,"
    " identity TEXT NOT NULL, stage TEXT NOT NULL, accepted INTEGER NOT NULL, rule TEXT NOT NULL,"
    " form INTEGER NOT NULL, record BLOB NOT NULL) STRICT;",
    /* 2: sessions, and what pages of rows are read by.
     * epoch and session name a session: a key process numbers its own. ended_at 0: it lasts.
     * assigned "": none. meta's key: the number of the key process whose epoch it is, 0 not known;
     * alive: when it was last known to live. */
    "INSERT INTO meta VALUES ('key', 0), ('alive', 0);"
    "CREATE TABLE sessions ("
    " id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, session INTEGER NOT NULL,"
    " profile TEXT NOT NULL, group_name TEXT NOT NULL, user_name TEXT NOT NULL,"
    " identity TEXT NOT NULL, client TEXT NOT NULL, address TEXT NOT NULL, port INTEGER NOT NULL,"
    " assigned TEXT NOT NULL, started_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,"
    " ended_at INTEGER NOT NULL, reason TEXT NOT NULL, bytes_in INTEGER NOT NULL,"
    " bytes_out INTEGER NOT NULL, UNIQUE (epoch, session)) STRICT;"
    "CREATE INDEX sessions_lasting ON sessions (id) WHERE ended_at = 0;"
    "CREATE INDEX sessions_assigned ON sessions (assigned, started_at) WHERE assigned <> '';"
    "CREATE INDEX peers_named ON peers (principal, profile);"
    "CREATE INDEX decisions_refused ON decisions (address, identity, stage, rule, at)"
    " WHERE accepted = 0;",
    /* 3: accounting. A session's row says by which list records are kept of it ("": none), and
     * whether its first one is written. */
    "ALTER TABLE sessions ADD COLUMN packets_in INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE sessions ADD COLUMN packets_out INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE sessions ADD COLUMN accounting TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE sessions ADD COLUMN stop_only INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE sessions ADD COLUMN accounted INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE accounting ("
    " id INTEGER PRIMARY KEY, at INTEGER NOT NULL, record TEXT NOT NULL, list TEXT NOT NULL,"
    " epoch INTEGER NOT NULL, session INTEGER NOT NULL, user_name TEXT NOT NULL,"
    " group_name TEXT NOT NULL, profile TEXT NOT NULL, identity TEXT NOT NULL,"
    " address TEXT NOT NULL, port INTEGER NOT NULL, assigned TEXT NOT NULL,"
    " duration_s INTEGER NOT NULL, bytes_in INTEGER NOT NULL, bytes_out INTEGER NOT NULL,"
    " packets_in INTEGER NOT NULL, packets_out INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;"
    "CREATE INDEX accounting_user ON accounting (user_name, id);",
};

int schema_version(void)
{
    return (int)(sizeof steps / sizeof steps[0]);
}

static int take_steps(sqlite3 *handle, const char *const *table, int from, int to)
{
    char ids[96];
    int code = SQLITE_OK;
    for (int at = from; at < to && code == SQLITE_OK; at++)
        code = sqlite3_exec(handle, table[at], NULL, NULL, NULL);
    snprintf(ids, sizeof ids, "PRAGMA application_id=%d; PRAGMA user_version=%d;",
             SCHEMA_APPLICATION, to);
    return code == SQLITE_OK ? sqlite3_exec(handle, ids, NULL, NULL, NULL) : code;
}

int schema_take(sqlite3 *handle, const char *const *table, int from, int to)
{
    int code = sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = take_steps(handle, table, from, to);
    if (code == SQLITE_OK)
        code = sqlite3_exec(handle, "COMMIT", NULL, NULL, NULL);
    if (code != SQLITE_OK && !sqlite3_get_autocommit(handle))
        sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
    return code;
}

int schema_migrate(sqlite3 *handle, int version)
{
    if (version >= schema_version())
        return SQLITE_OK;
    return schema_take(handle, steps, version, schema_version());
}
