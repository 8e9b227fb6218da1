/* What of an engine can be told apart: its rows, deadline, counters and private state in one octet
 * string, so that "nothing changed" is one comparison. Drops and refusals are not part of it. */
#ifndef HUBWARD_TESTS_SIM_OBSERVE_H
#define HUBWARD_TESTS_SIM_OBSERVE_H

#include "sim/world.h"

enum { OBSERVED_MAX = 1 << 16 };
struct observed {
    uint8_t bytes[OBSERVED_MAX];
    size_t len;
};
void observe(const struct node *node, struct observed *out);
bool observed_same(const struct observed *a, const struct observed *b);

#endif
