/* Octets kept on the heap for a while, wiped when let go. Private to lib/ike. */
#ifndef HUBWARD_IKE_OCTETS_H
#define HUBWARD_IKE_OCTETS_H

#include "ike/state.h"

MUST_USE bool octets_set(struct octets *octets, struct span bytes); /* false: out of memory */
void octets_wipe(struct octets *octets);
struct span octets_span(const struct octets *octets);

#endif
