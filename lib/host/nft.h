/* The packet filter's part of fail-closed routing: which packets get the mark that leads them into
 * the TUN, what is dropped because it should have come through it, and TCP segment sizes. */
#ifndef HUBWARD_HOST_NFT_H
#define HUBWARD_HOST_NFT_H

#include "host/route_plan.h"

enum { NFT_ERROR = 512 };

/* The whole ruleset of the plan as text for nft: one transaction that replaces the table of an
 * earlier run. Pure. *out: allocated, the caller frees. RC_NO_MEMORY. */
MUST_USE enum rc nft_text(const struct route_plan *plan, char **out);
/* The text that removes the table, whether it is there or not. */
void nft_text_down(const struct route_plan *plan, char *out, size_t size);

/* Have the kernel take a text, all or nothing. RC_IO: error (NFT_ERROR octets) says what nft
 * said. */
MUST_USE enum rc nft_run(const char *text, char *error);

#endif
