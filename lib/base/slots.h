/* A table of equal objects named by generation handles: a handle that outlived its object finds
 * nothing, so a late answer can never reach a stranger. Objects do not move while they live. */
#ifndef HUBWARD_BASE_SLOTS_H
#define HUBWARD_BASE_SLOTS_H

#include "base/rc.h"

#include <stddef.h>
#include <stdint.h>

/* Index in the low 32 bits, generation in the high ones; 0 names nothing. */
typedef uint64_t slot_handle;

struct slots_entry;
struct slots {
    struct slots_entry *entries;
    uint32_t capacity; /* fixed at init */
    uint32_t high;     /* entries ever used: iteration stops here */
    uint32_t free_head;
    uint32_t live;
    size_t object_size;
};

/* Room for at most `capacity` objects; memory for an object is allocated when first used.
 * RC_NO_MEMORY. */
MUST_USE enum rc slots_init(struct slots *slots, size_t object_size, uint32_t capacity);

/* Frees every object (octets wiped). The table is full afterwards, until init. */
void slots_wipe(struct slots *slots);

/* A zeroed object and its handle. RC_FULL: capacity reached. RC_NO_MEMORY. */
MUST_USE enum rc slots_new(struct slots *slots, slot_handle *handle, void **object);

/* The live object of a handle, or NULL for a stale, foreign or zero handle. */
void *slots_get(const struct slots *slots, slot_handle handle);

/* Wipe the object and retire its handle for ever. A stale handle is ignored. */
void slots_free(struct slots *slots, slot_handle handle);

/* Iterate: start with *at = 0; returns the next live object and its handle, NULL at the end. The
 * current object may be freed inside the loop. */
void *slots_next(const struct slots *slots, uint32_t *at, slot_handle *handle);

#endif
