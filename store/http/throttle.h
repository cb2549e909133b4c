/* How hard a server is worked: connections at once, bytes a second, time between tries.
 *
 * Pure: the time is handed in. Not thread-safe. */
#ifndef CZ_STORE_HTTP_THROTTLE_H
#define CZ_STORE_HTTP_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct throttle {
    unsigned most;     /* connections */
    unsigned allowed;  /* of them, now */
    unsigned good;     /* answers since that changed */
    int64_t cut;       /* ms: when it was last cut */
    uint64_t rate;     /* bytes a second; 0: no limit */
    int64_t credit;    /* bytes that may be moved; below 0: that many too many were */
    int64_t credit_at; /* ms */
} throttle;

void throttle_init(throttle *p, unsigned connections, uint64_t rate, int64_t now);
/* May another request begin, with so many under way? */
bool throttle_may_begin(throttle *p, unsigned active, int64_t now);
/* ms until the rate allows another; 0: it does. */
int64_t throttle_wait(throttle *p, int64_t now);
/* Bytes that will be moved, or have been. */
void throttle_spend(throttle *p, uint64_t bytes);
/* An answer came. For 429 and 503 half as many connections are allowed, once a second at most;
 * after as many good answers as are allowed, one more. */
void throttle_response(throttle *p, int status, int64_t now);

/* A time from 0 to min(most, first * 2^k) ms, by a random number: full jitter. */
int64_t backoff_ms(unsigned first, unsigned most, unsigned k, uint64_t random);

#endif
