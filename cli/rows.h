/* All rows of a kind, fetched from the hub page by page. */
#ifndef HUBWARD_CLI_ROWS_H
#define HUBWARD_CLI_ROWS_H

#include "cli/shell.h"

struct rows {
    struct status_header header;
    struct status_summary summary; /* after STATUS_SUMMARY */
    struct status_ike *ike;        /* owned */
    size_t ike_count;
    struct status_ipsec *ipsec; /* owned */
    size_t ipsec_count;
};

/* Add all rows of this kind to *rows (all zero at first). Failures are reported by the shell. */
MUST_USE enum exit_code rows_fetch(struct shell *shell, enum status_what what, struct rows *rows);
void rows_free(struct rows *rows);

#endif
