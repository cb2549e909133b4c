#include "base/statistics.h"

#include <stddef.h>

enum { SMALLEST = 14 }; /* log2 of the first bucket's nanoseconds: 16 us */

/* Four buckets to each power of two. */
static size_t bucket_of(uint64_t ns)
{
    unsigned log2 = 0;
    while (log2 < 63 && ns >> (log2 + 1))
        log2++;
    if (log2 < SMALLEST)
        return 0;
    const size_t i = (size_t)(log2 - SMALLEST) * 4 + (size_t)(ns >> (log2 - 2) & 3) + 1;
    return i < STATISTICS_BUCKETS ? i : STATISTICS_BUCKETS - 1;
}

/* The middle of a bucket. */
static uint64_t ns_of(size_t bucket)
{
    if (bucket == 0)
        return UINT64_C(1) << (SMALLEST - 1);
    const size_t log2 = (bucket - 1) / 4 + SMALLEST, part = (bucket - 1) % 4;
    return (UINT64_C(1) << (log2 - 3)) * (8 + 2 * part + 1);
}

void statistics_add_duration(net_statistics *s, uint64_t ns)
{
    s->took[bucket_of(ns)]++;
    if (ns > s->longest)
        s->longest = ns;
}

void statistics_add(net_statistics *s, const net_statistics *other)
{
    s->requests += other->requests;
    s->retries += other->retries;
    s->hedges += other->hedges;
    s->bytes_in += other->bytes_in;
    s->bytes_out += other->bytes_out;
    for (size_t i = 0; i < STATISTICS_BUCKETS; i++)
        s->took[i] += other->took[i];
    if (other->longest > s->longest)
        s->longest = other->longest;
}

/* The time that so many of a hundred requests didn't pass. */
static uint64_t percentile(const net_statistics *s, unsigned percent)
{
    uint64_t n = 0, seen = 0;
    for (size_t i = 0; i < STATISTICS_BUCKETS; i++)
        n += s->took[i];
    if (n == 0)
        return 0;
    const uint64_t wanted = (n * percent + 99) / 100;
    size_t i = 0;
    while ((seen += s->took[i]) < wanted)
        i++;
    return ns_of(i) < s->longest ? ns_of(i) : s->longest;
}

void statistics_tell(cz_statistics *out, const net_statistics *s)
{
    *out = (cz_statistics){.requests = s->requests,
                           .retries = s->retries,
                           .hedges = s->hedges,
                           .bytes_in = s->bytes_in,
                           .bytes_out = s->bytes_out,
                           .median = percentile(s, 50),
                           .percentile_90 = percentile(s, 90),
                           .percentile_99 = percentile(s, 99),
                           .longest = s->longest};
}
