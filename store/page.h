/* A page of rows from the database: peers, history, problems, decisions. Every query reads through
 * an index or looks at so many rows at most, so that a commit never waits long behind one. */
#ifndef HUBWARD_STORE_PAGE_H
#define HUBWARD_STORE_PAGE_H

#include "host/message_status.h"
#include "store/database.h"

enum { PROBLEM_WINDOW_S = 24 * 3600, DECISION_SCAN = 2000, ACCOUNTING_SCAN = 2000 };

/* Fill *out (all zero at first) with the answer to one question; the header is not ours.
 * STATUS_PEERS: by principal; who comes while pages are read may make a row come twice, and none is
 * left out. STATUS_HISTORY: newest first; every row that was there at the first page comes once.
 * STATUS_PROBLEMS: refusals of PROBLEM_WINDOW_S before now_s, the latest first; a group that is
 * refused again while pages are read may be left out: it stands at the top of the next first page.
 * STATUS_DECISIONS: newest first, each row once; a page is what DECISION_SCAN rows hold about whom
 * was asked for, so it may be empty with more to come.
 * STATUS_ACCOUNTING: newest first, as decisions, of the user or identity that was asked for.
 * database NULL, a failure of it, another kind of rows: out->rc is RC_IO and there are none. */
void page_fill(struct database *database, const struct status_question *question, uint64_t now_s,
               struct status_page *out);

#endif
