/* A reader over borrowed bytes with a sticky error: a failed read yields zeros and poisons the
 * rest, so a whole structure is read first and `bad` is asked once. All wire and all IPC input goes
 * through it. Multi-octet integers are big-endian. */
#ifndef HUBWARD_BASE_CURSOR_H
#define HUBWARD_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed bytes; valid as long as what they were cut from. */
struct span {
    const uint8_t *at;
    size_t len;
};

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
};

static inline struct cursor cursor_of(const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    return (struct cursor){.at = at, .end = at ? at + len : at, .bad = false};
}

static inline struct cursor cursor_over(struct span bytes)
{
    return cursor_of(bytes.at, bytes.len);
}

/* Octets not yet read; 0 once poisoned. */
static inline size_t cursor_left(const struct cursor *c)
{
    return c->bad ? 0 : (size_t)(c->end - c->at);
}

/* The next n octets, or NULL with the cursor poisoned. n = 0 succeeds. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t n)
{
    if (c->bad || n > (size_t)(c->end - c->at)) {
        c->bad = true; /* sticky: every later read fails too */
        return NULL;
    }
    const uint8_t *bytes = c->at;
    if (n)
        c->at += n;
    return bytes;
}

static inline uint64_t cursor_uint(struct cursor *c, size_t octets)
{
    const uint8_t *bytes = cursor_take(c, octets);
    uint64_t value = 0;
    for (size_t i = 0; bytes && i < octets; i++)
        value = value << 8 | bytes[i];
    return value;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
    return (uint8_t)cursor_uint(c, 1);
}

static inline uint16_t cursor_u16(struct cursor *c)
{
    return (uint16_t)cursor_uint(c, 2);
}

static inline uint32_t cursor_u32(struct cursor *c)
{
    return (uint32_t)cursor_uint(c, 4);
}

static inline uint64_t cursor_u64(struct cursor *c)
{
    return cursor_uint(c, 8);
}

/* A span of exactly n octets; {NULL, 0} when poisoned. */
static inline struct span cursor_span(struct cursor *c, size_t n)
{
    const uint8_t *bytes = cursor_take(c, n);
    return bytes ? (struct span){bytes, n} : (struct span){NULL, 0};
}

/* Copy exactly n octets out; zeros when poisoned. */
static inline void cursor_copy(struct cursor *c, void *out, size_t n)
{
    const uint8_t *bytes = cursor_take(c, n);
    if (!n)
        return;
    if (bytes)
        memcpy(out, bytes, n);
    else
        memset(out, 0, n);
}

/* A string of 2-octet length and that many octets, as builder_string writes it. Octet 0 inside, or
 * more than size - 1 octets, poisons. out is always terminated when size > 0. */
void cursor_string(struct cursor *c, char *out, size_t size);

/* True when everything was read and nothing failed. */
static inline bool cursor_done(const struct cursor *c)
{
    return !c->bad && c->at == c->end;
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

#endif
