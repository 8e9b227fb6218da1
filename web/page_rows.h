/* The rows of the page's tables. A cell always has the same three parts (main text, small text, a
 * tag), so that the script can refresh a cell without knowing what it means. */
#ifndef HUBWARD_WEB_PAGE_ROWS_H
#define HUBWARD_WEB_PAGE_ROWS_H

#include "base/sink.h"
#include "ike/status.h"

void page_cell(struct sink *out, const char *label, const char *text, const char *small,
               const char *tag);
void page_session_row(struct sink *out, const struct status_ike *row);
void page_tunnel_row(struct sink *out, const struct status_ipsec *row);
/* One row for each reason; those that never happened are hidden. */
void page_drop_rows(struct sink *out, const struct drop_counters *drops);

/* Heads of the columns, in the order of the cells. */
void page_session_head(struct sink *out);
void page_tunnel_head(struct sink *out);

#endif
