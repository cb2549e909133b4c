/* Random numbers that are the same everywhere: splitmix64. */
#ifndef CZ_TESTS_PRORES_RNG_H
#define CZ_TESTS_PRORES_RNG_H

#include <stdbool.h>
#include <stdint.h>

typedef struct rng {
    uint64_t state; /* any number is a good seed */
} rng;

static inline uint32_t rng_next(rng *r)
{
    uint64_t z = r->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)(z >> 32);
}

/* 0 .. n - 1 */
static inline uint32_t rng_below(rng *r, uint32_t n)
{
    return (uint32_t)((uint64_t)rng_next(r) * n >> 32);
}

/* lo .. hi */
static inline int rng_between(rng *r, int lo, int hi)
{
    return lo + (int)rng_below(r, (uint32_t)(hi - lo) + 1);
}

static inline bool rng_one_in(rng *r, uint32_t n)
{
    return rng_below(r, n) == 0;
}

#endif
