/* The question about status and its answer: MSG_STATUS_GET and MSG_STATUS_ROWS. Rows come a page at
 * a time; the asker repeats the question with the page's `next` while `more` is set. */
#ifndef HUBWARD_HOST_MESSAGE_STATUS_H
#define HUBWARD_HOST_MESSAGE_STATUS_H

#include "host/message.h"
#include "host/status_rows.h"
#include "ike/status.h"

enum {
    STATUS_DECISION_ROWS = 32, /* of STATUS_DECISIONS, whose rows are larger */
    STATUS_ABOUT = 192,
    STATUS_QUESTION_MAX = 256, /* octets */
    STATUS_PAGE_ROWS = 64,     /* so many rows of any other size fit in MESSAGE_MAX */
    STATUS_HOSTNAME = 64,
    STATUS_VERSION = 32
};

/* MSG_STATUS_GET */
struct status_question {
    enum status_what what;
    uint32_t at;              /* 0 = from the start, else `next` of the page before */
    uint16_t max;             /* most rows wanted; the answerer caps at status_page_most */
    uint32_t request;         /* the asker's number, returned in the answer */
    char about[STATUS_ABOUT]; /* STATUS_DECISIONS: an address, identity or user; STATUS_ACCOUNTING:
                                 a user or identity; "": any */
};

/* Of the daemon; stands in every answer. */
struct status_header {
    char hostname[STATUS_HOSTNAME];
    char version[STATUS_VERSION];
    uint64_t uptime_ms;
    uint64_t started_s; /* wall clock, seconds since 1970 UTC */
};

/* MSG_STATUS_ROWS. About 60 KB: not for a stack that is small. */
struct status_page {
    uint32_t request;
    enum status_what what;
    uint32_t next; /* `at` of the next question when more is set */
    bool more;
    enum rc rc; /* RC_OK; RC_AGAIN: who knows these rows is away; RC_IO: the database does not give
                   them. Then there are none */
    struct status_header header;
    uint16_t count; /* rows below; 1 for STATUS_SUMMARY */
    union {
        struct status_summary summary;
        struct status_ike ike[STATUS_PAGE_ROWS];
        struct status_ipsec ipsec[STATUS_PAGE_ROWS];
        struct status_pool pools[STATUS_PAGE_ROWS];
        struct status_lease leases[STATUS_PAGE_ROWS];
        struct status_process processes[STATUS_PAGE_ROWS];
        struct status_peer peers[STATUS_PAGE_ROWS];
        struct status_history history[STATUS_PAGE_ROWS];
        struct status_problem problems[STATUS_PAGE_ROWS];
        struct status_accounting accounting[STATUS_PAGE_ROWS];
        struct status_decision decisions[STATUS_DECISION_ROWS];
    } rows;
};

void status_question_put(struct builder *b, const struct status_question *question);
/* RC_MALFORMED: not exactly one question. */
MUST_USE enum rc status_question_get(struct cursor *c, struct status_question *out);

/* Octets of one row of this kind in memory, and where the rows of a page begin: for those that keep
 * rows without looking at them. */
size_t status_row_size(enum status_what what);
/* Most rows of this kind in a page. */
uint16_t status_page_most(enum status_what what);
const void *status_page_rows(const struct status_page *page);

/* A count over status_page_most, or not 1 for STATUS_SUMMARY, poisons the builder. */
void status_page_put(struct builder *b, const struct status_page *page);
/* RC_MALFORMED: not exactly one page; RC_NO_MEMORY. *out is then untouched. */
MUST_USE enum rc status_page_get(struct cursor *c, struct status_page *out);

#endif
