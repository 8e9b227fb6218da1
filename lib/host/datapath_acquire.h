/* How often the key process is asked for an SA: once a second for a pair of addresses, and so many
 * times a second in all, whatever traffic is offered. */
#ifndef HUBWARD_HOST_DATAPATH_ACQUIRE_H
#define HUBWARD_HOST_DATAPATH_ACQUIRE_H

#include "esp/inner.h"
#include "host/message_path.h"

enum { ACQUIRE_PAIRS = 256, ACQUIRE_PAIR_MS = 1000, ACQUIRE_PER_SECOND = 50 };

/* All zero, but for the seed, is ready for use. */
struct datapath_acquire {
    uint64_t seed; /* random: who sends packets must not choose what collides */
    uint64_t second_ms;
    uint32_t asked; /* since second_ms */
    struct {
        uint64_t pair; /* hash */
        uint64_t asked_ms;
    } recent[ACQUIRE_PAIRS]; /* a newer pair may push out an older one, which may then ask again */
};

/* May this packet ask now? If so it is noted, and *out says what to ask for. */
bool datapath_acquire_allowed(struct datapath_acquire *acquire, uint32_t tun,
                              const struct esp_inner *inner, uint64_t now_ms,
                              struct path_acquire *out);

#endif
