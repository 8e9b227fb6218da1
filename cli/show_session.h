/* `show crypto session [detail]` and `show version` as text. */
#ifndef HUBWARD_CLI_SHOW_SESSION_H
#define HUBWARD_CLI_SHOW_SESSION_H

#include "base/sink.h"
#include "host/message_status.h"

/* A session is a phase 1 SA with the tunnels it made; tunnels whose phase 1 SA is gone make one of
 * their own for each peer. Sorts both lists. */
void show_session(struct sink *out, struct status_ike *ike, size_t ike_count,
                  struct status_ipsec *ipsec, size_t ipsec_count, bool detail);

void show_version(struct sink *out, const struct status_header *header,
                  const struct status_summary *summary);

#endif
