/* Octets for tests: read from hexadecimal text, copied to heap blocks of exact size so that
 * AddressSanitizer guards both ends. */
#ifndef HUBWARD_TESTS_UNIT_BASE_OCTETS_H
#define HUBWARD_TESTS_UNIT_BASE_OCTETS_H

#include "base/cursor.h"

#include <stdlib.h>

enum { OCTETS_MAX = 1024 };

struct octets {
    uint8_t bytes[OCTETS_MAX];
    size_t len;
};

static inline unsigned octets_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : ((unsigned)c | 0x20u) - 'a' + 10u;
}

/* Hexadecimal text of whole octets; too much of it ends the test program. */
static inline struct octets octets_hex(const char *text)
{
    struct octets octets = {.len = strlen(text) / 2};
    if (strlen(text) % 2 != 0 || octets.len > OCTETS_MAX)
        abort();
    for (size_t i = 0; i < octets.len; i++)
        octets.bytes[i] = (uint8_t)(octets_digit(text[2 * i]) << 4 | octets_digit(text[2 * i + 1]));
    return octets;
}

static inline struct octets octets_text(const char *text)
{
    struct octets octets = {.len = strlen(text)};
    if (octets.len > OCTETS_MAX)
        abort();
    memcpy(octets.bytes, text, octets.len);
    return octets;
}

static inline struct octets octets_repeat(uint8_t value, size_t n)
{
    struct octets octets = {.len = n};
    if (n > OCTETS_MAX)
        abort();
    memset(octets.bytes, value, n);
    return octets;
}

/* 0 1 2 … counted up from the first value. */
static inline struct octets octets_count(uint8_t first, size_t n)
{
    struct octets octets = {.len = n};
    for (size_t i = 0; i < n && i < OCTETS_MAX; i++)
        octets.bytes[i] = (uint8_t)(first + i);
    return octets;
}

static inline struct span octets_span(const struct octets *octets)
{
    return (struct span){octets->bytes, octets->len};
}

/* A heap block of exactly n octets; the caller frees it. */
static inline uint8_t *octets_exact(const void *bytes, size_t n)
{
    uint8_t *copy = malloc(n);
    if (!copy)
        abort();
    if (n)
        memcpy(copy, bytes, n);
    return copy;
}

#endif
