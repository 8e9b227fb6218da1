/* The lease table: which principal holds which address. key decides, this table remembers. */
#ifndef HUBWARD_STORE_LEASE_H
#define HUBWARD_STORE_LEASE_H

#include "ike/effect.h"
#include "store/database.h"

/* When and from whom a row came. */
struct lease_stamp {
    uint64_t now_s; /* Unix time */
    uint64_t epoch; /* which start of key */
};

/* Write the row of (principal, slot, pool), within the caller's transaction.
 * Another row of this pool with this address makes way when nobody can be using it: it is not
 * active, or was written in an epoch before, whose sessions died with key.
 * RC_EXISTS: it is held, nothing written. Others as database_rc. */
MUST_USE enum rc lease_save(struct database *database, const struct lease_row *row,
                            const struct lease_stamp *stamp);

/* Does the table, without being written, already keep this address for this principal, so that
 * a disk that takes no more changes nothing for it? Expired rows do not count. */
bool lease_is_kept(struct database *database, const struct lease_row *row, uint64_t now_s);

/* Rows in the order of their numbers, after number *after (0: from the first), which is left at the
 * last one looked at. At most `most` go into out, *count of them; *end: there are no more. Rows
 * that do not fit this program's limits are left out and added to *skipped. */
MUST_USE enum rc lease_page(struct database *database, uint64_t now_s, int64_t *after,
                            struct lease_row *out, size_t most, size_t *count, bool *end,
                            size_t *skipped);

/* Begin a new epoch. *epoch: in, what it would be if nothing were stored; out, that, or one more
 * than any before if that is more. Unchanged when it cannot be written. */
MUST_USE enum rc lease_next_epoch(struct database *database, uint64_t *epoch);

#endif
