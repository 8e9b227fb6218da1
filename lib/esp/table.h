/* A flat hash from 64-bit keys to pointers, probed in order: one cache line answers most look-ups,
 * which is what a packet by SPI needs. Grows by doubling, never shrinks. */
#ifndef HUBWARD_ESP_TABLE_H
#define HUBWARD_ESP_TABLE_H

#include "base/rc.h"

#include <stddef.h>
#include <stdint.h>

struct esp_table_slot {
    uint64_t key;
    void *value; /* NULL: free */
};

/* All zero is an empty table. */
struct esp_table {
    struct esp_table_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

/* Spread a key over all bits; bijective. */
uint64_t esp_table_mix(uint64_t key);

/* NULL when the key is not there. */
void *esp_table_get(const struct esp_table *table, uint64_t key);
/* Where the value of the key is, to be exchanged for another one that is not NULL; NULL when the
 * key is not there. Valid until the next put or remove. */
void **esp_table_at(const struct esp_table *table, uint64_t key);
/* Set or replace; value is borrowed and not NULL. RC_NO_MEMORY: table unchanged. */
MUST_USE enum rc esp_table_put(struct esp_table *table, uint64_t key, void *value);
/* A key that is not there is ignored. */
void esp_table_remove(struct esp_table *table, uint64_t key);
void esp_table_wipe(struct esp_table *table);

#endif
