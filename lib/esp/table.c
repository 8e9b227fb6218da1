/* Linear probing with backward-shift removal: no tombstones, so look-ups stay short however many
 * SAs came and went. */
#include "esp/table.h"

#include <stdlib.h>

enum { CAPACITY_FIRST = 16 };

uint64_t esp_table_mix(uint64_t key)
{
    key ^= key >> 33;
    key *= UINT64_C(0xff51afd7ed558ccd); /* finalizer of MurmurHash3, public domain */
    key ^= key >> 33;
    key *= UINT64_C(0xc4ceb9fe1a85ec53);
    key ^= key >> 33;
    return key;
}

static size_t home_of(const struct esp_table *table, uint64_t key)
{
    return (size_t)esp_table_mix(key) & (table->capacity - 1);
}

/* The slot of the key, or the free one where it would go. capacity > count, so there is an end. */
static struct esp_table_slot *find(const struct esp_table *table, uint64_t key)
{
    size_t i = home_of(table, key);
    while (table->slots[i].value && table->slots[i].key != key)
        i = (i + 1) & (table->capacity - 1);
    return &table->slots[i];
}

void *esp_table_get(const struct esp_table *table, uint64_t key)
{
    return table->capacity ? find(table, key)->value : NULL;
}

void **esp_table_at(const struct esp_table *table, uint64_t key)
{
    struct esp_table_slot *slot = table->capacity ? find(table, key) : NULL;
    return slot && slot->value ? &slot->value : NULL;
}

static enum rc grow(struct esp_table *table)
{
    struct esp_table bigger = {.capacity = table->capacity ? table->capacity * 2 : CAPACITY_FIRST,
                               .count = table->count};
    bigger.slots = calloc(bigger.capacity, sizeof *bigger.slots);
    if (!bigger.slots)
        return RC_NO_MEMORY;
    for (size_t i = 0; i < table->capacity; i++)
        if (table->slots[i].value)
            *find(&bigger, table->slots[i].key) = table->slots[i];
    free(table->slots);
    *table = bigger;
    return RC_OK;
}

enum rc esp_table_put(struct esp_table *table, uint64_t key, void *value)
{
    void **at = esp_table_at(table, key);
    if (at) {
        *at = value;
        return RC_OK;
    }
    enum rc rc = table->count * 2 < table->capacity ? RC_OK : grow(table);
    if (rc != RC_OK)
        return rc;
    *find(table, key) = (struct esp_table_slot){key, value};
    table->count++;
    return RC_OK;
}

void esp_table_remove(struct esp_table *table, uint64_t key)
{
    struct esp_table_slot *hole = table->capacity ? find(table, key) : NULL;
    if (!hole || !hole->value)
        return;
    size_t mask = table->capacity - 1;
    size_t at = (size_t)(hole - table->slots);
    for (size_t i = (at + 1) & mask; table->slots[i].value; i = (i + 1) & mask) {
        /* May this one move back to the hole? Only if its home is not between the two. */
        size_t home = home_of(table, table->slots[i].key);
        if (((i - home) & mask) >= ((i - at) & mask)) {
            table->slots[at] = table->slots[i];
            at = i;
        }
    }
    table->slots[at] = (struct esp_table_slot){0};
    table->count--;
}

void esp_table_wipe(struct esp_table *table)
{
    free(table->slots);
    *table = (struct esp_table){0};
}
