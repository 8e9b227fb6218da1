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
    struct status_pool *pools; /* owned, as all below */
    size_t pool_count;
    struct status_lease *leases;
    size_t lease_count;
    struct status_process *processes;
    size_t process_count;
    struct status_peer *peers;
    size_t peer_count;
    struct status_history *history;
    size_t history_count;
    struct status_accounting *accounting;
    size_t accounting_count;
    struct status_problem *problems;
    size_t problem_count;
};

enum { ROWS_REQUEST = 1 }; /* the number of every question: each waits for its answer */

/* Ask one question and wait for its page. Failures, also that there are no rows to be had, are
 * reported by the shell; *page is then of no use. */
MUST_USE enum exit_code rows_page(struct shell *shell, const struct status_question *question,
                                  struct status_page *page);

/* Add all rows of this kind to *rows (all zero at first). Failures are reported by the shell. */
MUST_USE enum exit_code rows_fetch(struct shell *shell, enum status_what what, struct rows *rows);
/* The same, of those about somebody (status_question); "": of all. */
enum exit_code rows_fetch_about(struct shell *shell, enum status_what what, const char *about,
                                struct rows *rows);
void rows_free(struct rows *rows);

#endif
