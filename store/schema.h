/* The tables, as steps from one version of the file to the next. PRAGMA user_version counts the
 * steps that were taken. A step that was ever released is never changed; new ones are added. */
#ifndef HUBWARD_STORE_SCHEMA_H
#define HUBWARD_STORE_SCHEMA_H

#include "base/rc.h"

#include <sqlite3.h>

/* PRAGMA application_id: tells our file from any other sqlite database. "HbWd". */
enum { SCHEMA_APPLICATION = 0x48625764 };

/* Steps there are: the version this program reads and writes. */
int schema_version(void);

/* Bring the file from its version to ours, all steps in one transaction. The result of the first
 * statement that failed; then nothing has changed. */
MUST_USE int schema_migrate(sqlite3 *handle, int version);

/* The same with a table of steps: take those from number `from` (0-based) up to, not including,
 * `to`, and set the version to `to`. */
MUST_USE int schema_take(sqlite3 *handle, const char *const *table, int from, int to);

#endif
