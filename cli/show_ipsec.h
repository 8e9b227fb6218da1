/* `show crypto ipsec sa` as text: phase 2 rows in, lines out. */
#ifndef HUBWARD_CLI_SHOW_IPSEC_H
#define HUBWARD_CLI_SHOW_IPSEC_H

#include "base/sink.h"
#include "ike/status.h"

/* Sorts the rows: by interface and map, then by flow. SAs of one flow (old and new at a rekey)
 * stand in one block and their counters are added up, as on IOS. */
/* Put flows in the order in which they are shown, the pairs of one flow together and the newest
 * last. */
void show_ipsec_sort(struct status_ipsec *rows, size_t count);
/* The same map, peer and selectors. */
bool show_ipsec_same_flow(const struct status_ipsec *a, const struct status_ipsec *b);

void show_ipsec(struct sink *out, struct status_ipsec *rows, size_t count);

/* Keep the rows whose peer has this address; returns how many. */
size_t show_ipsec_keep_peer(struct status_ipsec *rows, size_t count, struct addr peer);

#endif
