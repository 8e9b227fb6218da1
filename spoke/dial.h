/* When a spoke dials: at start where `hubward dial on-start` says so, then again while tunnels are
 * missing, at growing distance; at once when its own address changes. Which tunnels those are the
 * engine knows from the crypto map. Pure: time comes in, the next moment goes out. */
#ifndef HUBWARD_SPOKE_DIAL_H
#define HUBWARD_SPOKE_DIAL_H

#include "config/config.h"

struct dial {
    bool on_start;     /* keep all tunnels up */
    uint64_t next_ms;  /* UINT64_MAX: not wanted */
    unsigned failures; /* dials in a row after which a tunnel was missing */
};

/* All fit struct key_dialler; context is a struct dial. */
void dial_start(void *context, const struct config *config, uint64_t now_ms);
uint64_t dial_due_ms(void *context);
void dial_done(void *context, uint32_t missing, uint64_t now_ms);
void dial_address_changed(void *context, uint64_t now_ms);

#endif
