/* The lists of the page beside sessions and tunnels: problems, pools, leases, processes, peers that
 * are away, sessions that ended. One table says what each is called and what its rows hold. */
#ifndef HUBWARD_WEB_PAGE_LISTS_H
#define HUBWARD_WEB_PAGE_LISTS_H

#include "base/sink.h"
#include "web/snapshot.h"

/* The list of this kind as a section: its rows; or what it means that there are none; and that they
 * cannot be had now, in which case the rows are the last that were known. */
void page_list(struct sink *out, const struct snapshot *snapshot, enum status_what what);

/* "2026-05-01 12:00:00 UTC"; "" for 0. */
enum { PAGE_MOMENT = 32 };
const char *page_moment(uint64_t unix_s, char out[PAGE_MOMENT]);

#endif
