/* Randomness as an input: the engine asks this interface, the daemon plugs in OpenSSL's generator
 * (crypto/random.h), tests and the simulator plug in a seeded one. */
#ifndef HUBWARD_BASE_RNG_H
#define HUBWARD_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    void (*fill)(void *context, uint8_t *out, size_t n); /* always fills; aborts if it cannot */
    void *context;
};

static inline void rng_bytes(const struct rng *rng, void *out, size_t n)
{
    rng->fill(rng->context, out, n);
}

static inline uint32_t rng_u32(const struct rng *rng)
{
    uint32_t value;
    rng_bytes(rng, &value, sizeof value);
    return value;
}

static inline uint64_t rng_u64(const struct rng *rng)
{
    uint64_t value;
    rng_bytes(rng, &value, sizeof value);
    return value;
}

/* A seeded, repeatable generator (splitmix64) for tests, fuzzing and simulation. Never for keys. */
struct rng_seeded {
    uint64_t state;
};
struct rng rng_seeded_init(struct rng_seeded *seeded, uint64_t seed);

#endif
