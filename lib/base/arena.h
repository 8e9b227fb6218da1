/* An arena: many small allocations that live and die together, as one configuration does. */
#ifndef HUBWARD_BASE_ARENA_H
#define HUBWARD_BASE_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *blocks;
};

/* size octets, zeroed and aligned for any object; NULL when memory is out. Freed with the arena. */
void *arena_alloc(struct arena *arena, size_t size);

/* Copies of a string, or of its first n characters; NULL when memory is out. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t n);

/* Make room for one more element at the end of an arena array: returns the array, moved if it had
 * to grow (capacity doubles), with *count unchanged; NULL when memory is out. */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t element_size);

/* Wipe and free everything; the arena is empty and usable again. Secrets may live in an arena. */
void arena_wipe(struct arena *arena);

#endif
