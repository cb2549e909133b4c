/* Counters of network requests, and the distribution of their durations. */
#ifndef CZ_BASE_STATISTICS_H
#define CZ_BASE_STATISTICS_H

#include <stdint.h>

#include "base/error.h"

/* Times are kept in buckets that grow by a quarter of a power of two, from 16 us to some hours: a
 * quantile is accurate to within 20 %. */
enum { STATISTICS_BUCKETS = 128 };

typedef struct net_statistics {
    uint64_t requests; /* sent, including each attempt and each hedge */
    uint64_t retries, hedges;
    uint64_t bytes_in, bytes_out; /* of bodies */
    uint64_t took[STATISTICS_BUCKETS];
    uint64_t longest; /* ns */
} net_statistics;

/* Add the duration of a request, from its start to its last byte. */
void statistics_add_duration(net_statistics *s, uint64_t ns);
/* Add the numbers of *other to *s. */
void statistics_add(net_statistics *s, const net_statistics *other);
/* Convert to the struct of the public header. */
void statistics_tell(cz_statistics *out, const net_statistics *s);

#endif
