/* `show crypto isakmp sa [detail]` as text: phase 1 rows in, lines out. */
#ifndef HUBWARD_CLI_SHOW_ISAKMP_H
#define HUBWARD_CLI_SHOW_ISAKMP_H

#include "base/sink.h"
#include "ike/status.h"

/* dst src state conn-id slot: dst is the responder, src the initiator, as on IOS. */
void show_isakmp_brief(struct sink *out, const struct status_ike *rows, size_t count);
void show_isakmp_detail(struct sink *out, const struct status_ike *rows, size_t count);

/* "CDXN": what the session has, in the letters of the Codes header. */
enum { SHOW_CAPABILITIES = 8 };
const char *show_isakmp_capabilities(const struct status_ike *row, char out[SHOW_CAPABILITIES]);

#endif
