/* One binary heap of deadlines. A timer lives inside the object that waits; the heap holds
 * pointers, and each timer knows its place, so arming, moving and cancelling are O(log n). */
#ifndef HUBWARD_BASE_HEAP_H
#define HUBWARD_BASE_HEAP_H

#include "base/rc.h"

#include <stddef.h>
#include <stdint.h>

struct timer {
    uint64_t due_ms;
    uint64_t owner; /* handle of the object that waits */
    uint32_t kind;  /* what is due, in the owner's own numbering */
    size_t place;   /* 1-based position in the heap; 0 = not armed */
};

struct heap {
    struct timer **items;
    size_t count;
    size_t capacity;
};

/* Arm, or move, a timer. The timer must stay where it is until disarmed. RC_NO_MEMORY: not
 * armed. */
MUST_USE enum rc heap_arm(struct heap *heap, struct timer *timer, uint64_t due_ms);
void heap_disarm(struct heap *heap, struct timer *timer);
/* The earliest deadline, or UINT64_MAX. */
uint64_t heap_next_ms(const struct heap *heap);
/* Take off the earliest timer that is due at now_ms; NULL when none is. */
struct timer *heap_pop_due(struct heap *heap, uint64_t now_ms);
/* Forget all timers (they must still exist) and free the heap. */
void heap_wipe(struct heap *heap);

#endif
