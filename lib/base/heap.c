/* The textbook binary heap, 1-based so that place 0 can mean "not armed". */
#include "base/heap.h"

#include <stdlib.h>

static void put(struct heap *heap, size_t place, struct timer *timer)
{
    heap->items[place] = timer;
    timer->place = place;
}

static void sift_up(struct heap *heap, struct timer *timer)
{
    size_t place = timer->place;
    while (place > 1 && heap->items[place / 2]->due_ms > timer->due_ms) {
        put(heap, place, heap->items[place / 2]);
        place /= 2;
    }
    put(heap, place, timer);
}

static void sift_down(struct heap *heap, struct timer *timer)
{
    size_t place = timer->place;
    for (;;) {
        size_t child = place * 2;
        if (child > heap->count)
            break;
        if (child < heap->count && heap->items[child + 1]->due_ms < heap->items[child]->due_ms)
            child++;
        if (heap->items[child]->due_ms >= timer->due_ms)
            break;
        put(heap, place, heap->items[child]);
        place = child;
    }
    put(heap, place, timer);
}

enum rc heap_arm(struct heap *heap, struct timer *timer, uint64_t due_ms)
{
    if (!timer->place) {
        if (heap->count + 1 >= heap->capacity) {
            size_t capacity = heap->capacity ? heap->capacity * 2 : 64;
            struct timer **items = realloc(heap->items, capacity * sizeof(struct timer *));
            if (!items)
                return RC_NO_MEMORY;
            heap->items = items;
            heap->capacity = capacity;
        }
        put(heap, ++heap->count, timer);
    }
    timer->due_ms = due_ms;
    sift_up(heap, timer);
    sift_down(heap, timer);
    return RC_OK;
}

void heap_disarm(struct heap *heap, struct timer *timer)
{
    size_t place = timer->place;
    if (!place)
        return;
    timer->place = 0;
    struct timer *last = heap->items[heap->count--];
    if (last == timer)
        return;
    put(heap, place, last);
    sift_up(heap, last);
    sift_down(heap, last);
}

uint64_t heap_next_ms(const struct heap *heap)
{
    return heap->count ? heap->items[1]->due_ms : UINT64_MAX;
}

struct timer *heap_pop_due(struct heap *heap, uint64_t now_ms)
{
    if (!heap->count || heap->items[1]->due_ms > now_ms)
        return NULL;
    struct timer *timer = heap->items[1];
    heap_disarm(heap, timer);
    return timer;
}

void heap_wipe(struct heap *heap)
{
    for (size_t i = 1; i <= heap->count; i++)
        heap->items[i]->place = 0;
    free(heap->items);
    *heap = (struct heap){0};
}
