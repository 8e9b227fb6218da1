/* The database file: opened, judged, brought to this version, and set aside when it cannot be used.
 * The process is its only user: it holds the lock for as long as it has the file open. */
#ifndef HUBWARD_STORE_DATABASE_H
#define HUBWARD_STORE_DATABASE_H

#include "base/rc.h"

#include <sqlite3.h>
#include <stdbool.h>

enum { DATABASE_TEXT = 256 };

#define DATABASE_FILE "hubward.db"

struct database;

/* What to say about an opening, whatever its result. */
struct database_report {
    bool set_aside;           /* a file was there that cannot be used, and has been renamed */
    char text[DATABASE_TEXT]; /* what happened, for the log; "" = nothing worth a line */
};

/* Open DATABASE_FILE in the working directory, creating it when there is none. vfs: name of a
 * file system registered with sqlite; NULL: the one of store/vfs.h.
 * RC_UNSUPPORTED: of a newer version; not one octet of it was changed. RC_FULL: no space. RC_IO:
 * locked, not permitted or not readable now; worth another try later. RC_NO_MEMORY. */
MUST_USE enum rc database_open(const char *vfs, struct database **out,
                               struct database_report *report);
/* NULL allowed. */
void database_close(struct database *take_database);

/* A statement for this text, reset and without bindings; kept and found again by the text's
 * address, so the text must be a constant. It belongs to the database. NULL: *rc says why. */
sqlite3_stmt *database_statement(struct database *database, const char *sql, enum rc *rc);

/* Step a statement that gives no rows; it is reset afterwards. Results as database_rc. */
MUST_USE enum rc database_step(struct database *database, sqlite3_stmt *statement);

/* Transactions. RC_OK of commit: the data is on the disk (synchronous=FULL). After any other
 * result of begin or commit no transaction is open. */
MUST_USE enum rc database_begin(struct database *database);
MUST_USE enum rc database_commit(struct database *database);
void database_rollback(struct database *database);

/* What a code of sqlite means here: RC_OK; RC_FULL: disk full; RC_MALFORMED: this row cannot be
 * stored (constraint, size), others can; RC_NO_MEMORY; RC_IO: anything else. */
enum rc database_rc(int code);
/* Did the last write that failed find the file damaged? */
bool database_is_damaged(const struct database *database);
/* What sqlite said of it, for the log. */
const char *database_error(const struct database *database);

#endif
