/* The anti-replay window of one inbound SA: a ring of bitmap words that the highest sequence number
 * slides over, so that moving it clears words instead of shifting bits (RFC 6479). Sequence numbers
 * are 64 bits wide inside. */
#ifndef HUBWARD_ESP_REPLAY_H
#define HUBWARD_ESP_REPLAY_H

#include "base/rc.h"

#include <stdbool.h>
#include <stdint.h>

struct esp_replay {
    uint64_t highest; /* authenticated so far; kept also when the window is off */
    uint32_t window;  /* packets; 0 = nothing is refused */
    uint32_t words;   /* of bits: a power of two */
    uint64_t *bits;
};

/* window: packets, 0 = off. RC_NO_MEMORY. */
MUST_USE enum rc esp_replay_init(struct esp_replay *replay, uint16_t window);
void esp_replay_wipe(struct esp_replay *replay);

/* Would this number be accepted? Asked before the packet is authenticated; changes nothing.
 * RC_REPLAYED: seen, older than the window, or 0 (RFC 4303, 3.3.3: the first packet has 1). */
MUST_USE enum rc esp_replay_check(const struct esp_replay *replay, uint64_t sequence);

/* The packet was authentic: remember its number. *newer: it is the highest so far. RC_REPLAYED as
 * above; two equal packets of one batch both pass the check, so this decides. */
MUST_USE enum rc esp_replay_commit(struct esp_replay *replay, uint64_t sequence, bool *newer);

#endif
