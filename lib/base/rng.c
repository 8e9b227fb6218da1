/* The repeatable generator of tests and simulation. */
#include "base/rng.h"

static uint64_t next(struct rng_seeded *seeded)
{
    uint64_t z = seeded->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void fill(void *context, uint8_t *out, size_t n)
{
    struct rng_seeded *seeded = context;
    uint64_t bits = 0;
    for (size_t i = 0; i < n; i++) {
        if (i % 8 == 0)
            bits = next(seeded);
        out[i] = (uint8_t)bits;
        bits >>= 8;
    }
}

struct rng rng_seeded_init(struct rng_seeded *seeded, uint64_t seed)
{
    seeded->state = seed;
    return (struct rng){.fill = fill, .context = seeded};
}
