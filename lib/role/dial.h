/* When tunnels are dialled: at start where `hubward dial on-start` says so, then again while some
 * are missing, at growing distance; at once when an own address changes. Where traffic dials, it
 * only looks from time to time whether those that stand should stand elsewhere: with the preferred
 * peer, or where a name leads now. Which tunnels those are the engine knows from the crypto map.
 * Pure: time comes in, the next moment goes out. */
#ifndef HUBWARD_ROLE_DIAL_H
#define HUBWARD_ROLE_DIAL_H

#include "config/config.h"

struct dial {
    bool on_start;     /* keep all tunnels up */
    bool looks;        /* some entry's tunnels may have to move */
    uint64_t next_ms;  /* UINT64_MAX: not wanted */
    unsigned failures; /* dials in a row after which a tunnel was missing */
};

/* The configuration is known, or another one. */
void dial_start(struct dial *dial, const struct config *config, uint64_t now_ms);
/* It was dialled; so many tunnels were missing. */
void dial_done(struct dial *dial, uint32_t missing, uint64_t now_ms);
/* An interface has a new address: what was tried in vain may work now. */
void dial_address_changed(struct dial *dial, uint64_t now_ms);

#endif
