/* Blocks in a list; the newest is filled first. */
#include "base/arena.h"

#include "base/wipe.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

enum { BLOCK_SIZE = 16384 };

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

static struct arena_block *add_block(struct arena *arena, size_t size)
{
    size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    if (room > SIZE_MAX - sizeof(struct arena_block))
        return NULL;
    struct arena_block *block = calloc(1, sizeof *block + room);
    if (!block)
        return NULL;
    block->size = room;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + align - 1) / align * align;
    struct arena_block *block = arena->blocks;
    if (!block || size > block->size - block->used)
        block = add_block(arena, size);
    if (!block)
        return NULL;
    void *at = block->bytes + block->used;
    block->used += size;
    return at;
}

char *arena_strndup(struct arena *arena, const char *text, size_t n)
{
    char *copy = arena_alloc(arena, n + 1);
    if (copy)
        memcpy(copy, text, n);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

void *arena_grow(struct arena *arena, void *array, size_t count, size_t element_size)
{
    /* Capacity is the next power of two, so a full power of two is the moment to move. */
    if (array && (count & (count - 1)) != 0)
        return array;
    size_t capacity = count ? count * 2 : 1;
    if (capacity > SIZE_MAX / element_size)
        return NULL;
    void *moved = arena_alloc(arena, capacity * element_size);
    if (moved && array)
        memcpy(moved, array, count * element_size);
    return moved;
}

void arena_wipe(struct arena *arena)
{
    while (arena->blocks) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        wipe(block->bytes, block->used);
        free(block);
    }
}
