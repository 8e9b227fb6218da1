/* A writer into a caller's buffer with a sticky error: a write that does not fit writes nothing and
 * poisons the rest, so a whole message is built first and `bad` is asked once. Integers are written
 * big-endian. */
#ifndef HUBWARD_BASE_BUILDER_H
#define HUBWARD_BASE_BUILDER_H

#include "base/cursor.h"

struct builder {
    uint8_t *start;
    uint8_t *at;
    uint8_t *end;
    bool bad;
};

static inline struct builder builder_of(void *bytes, size_t size)
{
    uint8_t *at = bytes;
    return (struct builder){.start = at, .at = at, .end = at + size, .bad = false};
}

/* Octets written so far; stays at the last good length once poisoned. */
static inline size_t builder_len(const struct builder *b)
{
    return (size_t)(b->at - b->start);
}

/* What was written; borrows the buffer. */
static inline struct span builder_span(const struct builder *b)
{
    return (struct span){b->start, builder_len(b)};
}

/* Room for n octets to fill in, or NULL with the builder poisoned. */
static inline uint8_t *builder_room(struct builder *b, size_t n)
{
    if (b->bad || n > (size_t)(b->end - b->at)) {
        b->bad = true;
        return NULL;
    }
    uint8_t *room = b->at;
    b->at += n;
    return room;
}

static inline void builder_uint(struct builder *b, uint64_t value, size_t octets)
{
    uint8_t *room = builder_room(b, octets);
    for (size_t i = octets; room && i > 0; i--) {
        room[i - 1] = (uint8_t)(value & 0xff);
        value >>= 8;
    }
}

static inline void builder_u8(struct builder *b, uint8_t value)
{
    builder_uint(b, value, 1);
}

static inline void builder_u16(struct builder *b, uint16_t value)
{
    builder_uint(b, value, 2);
}

static inline void builder_u32(struct builder *b, uint32_t value)
{
    builder_uint(b, value, 4);
}

static inline void builder_u64(struct builder *b, uint64_t value)
{
    builder_uint(b, value, 8);
}

static inline void builder_bytes(struct builder *b, const void *bytes, size_t n)
{
    uint8_t *room = builder_room(b, n);
    if (room && n)
        memcpy(room, bytes, n);
}

static inline void builder_add(struct builder *b, struct span bytes)
{
    builder_bytes(b, bytes.at, bytes.len);
}

static inline void builder_zeros(struct builder *b, size_t n)
{
    uint8_t *room = builder_room(b, n);
    if (room && n)
        memset(room, 0, n);
}

/* Overwrite a 2-octet field that was written earlier, at this offset: a length known only now.
 * Poisons when the field is not yet written. */
static inline void builder_patch_u16(struct builder *b, size_t offset, size_t value)
{
    if (b->bad || offset + 2 > builder_len(b) || value > UINT16_MAX) {
        b->bad = true;
        return;
    }
    b->start[offset] = (uint8_t)(value >> 8);
    b->start[offset + 1] = (uint8_t)(value & 0xff);
}

/* A string as 2-octet length and its octets; NULL is written as the empty string. */
void builder_string(struct builder *b, const char *text);

#endif
