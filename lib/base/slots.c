/* An array of entries, each pointing to its object; free ones form a list through `next_free`. */
#include "base/slots.h"

#include "base/wipe.h"

#include <stdbool.h>
#include <stdlib.h>

struct slots_entry {
    void *object;
    uint32_t generation; /* odd while live */
    uint32_t next_free;
};

enum { NO_ENTRY = UINT32_MAX };

enum rc slots_init(struct slots *slots, size_t object_size, uint32_t capacity)
{
    struct slots_entry *entries = calloc(capacity, sizeof *entries);
    if (!entries)
        return RC_NO_MEMORY;
    *slots = (struct slots){.entries = entries,
                            .capacity = capacity,
                            .free_head = NO_ENTRY,
                            .object_size = object_size};
    return RC_OK;
}

void slots_wipe(struct slots *slots)
{
    for (uint32_t i = 0; i < slots->high; i++) {
        if (slots->entries[i].object)
            wipe(slots->entries[i].object, slots->object_size);
        free(slots->entries[i].object);
    }
    free(slots->entries);
    *slots = (struct slots){.free_head = NO_ENTRY};
}

static slot_handle handle_of(const struct slots *slots, uint32_t index)
{
    return (uint64_t)slots->entries[index].generation << 32 | index;
}

enum rc slots_new(struct slots *slots, slot_handle *handle, void **object)
{
    bool reuse = slots->free_head != NO_ENTRY;
    if (!reuse && slots->high == slots->capacity)
        return RC_FULL;
    uint32_t index = reuse ? slots->free_head : slots->high;
    struct slots_entry *entry = &slots->entries[index];
    if (!entry->object)
        entry->object = calloc(1, slots->object_size);
    if (!entry->object)
        return RC_NO_MEMORY;
    if (reuse)
        slots->free_head = entry->next_free;
    else
        slots->high++;
    entry->generation++;
    slots->live++;
    *handle = handle_of(slots, index);
    *object = entry->object;
    return RC_OK;
}

static struct slots_entry *find(const struct slots *slots, slot_handle handle)
{
    uint32_t index = (uint32_t)handle;
    uint32_t generation = (uint32_t)(handle >> 32);
    if (index >= slots->high || generation % 2 == 0)
        return NULL;
    struct slots_entry *entry = &slots->entries[index];
    return entry->generation == generation ? entry : NULL;
}

void *slots_get(const struct slots *slots, slot_handle handle)
{
    struct slots_entry *entry = find(slots, handle);
    return entry ? entry->object : NULL;
}

void slots_free(struct slots *slots, slot_handle handle)
{
    struct slots_entry *entry = find(slots, handle);
    if (!entry)
        return;
    wipe(entry->object, slots->object_size);
    entry->generation++;
    entry->next_free = slots->free_head;
    slots->free_head = (uint32_t)handle;
    slots->live--;
}

void *slots_next(const struct slots *slots, uint32_t *at, slot_handle *handle)
{
    while (*at < slots->high) {
        uint32_t index = (*at)++;
        if (slots->entries[index].generation % 2) {
            *handle = handle_of(slots, index);
            return slots->entries[index].object;
        }
    }
    return NULL;
}
