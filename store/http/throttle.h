/* Limits the load on a server: concurrent connections, bytes/s, and the delay between attempts.
 *
 * Pure: the caller passes the time (ms of any monotonic clock). Not thread-safe. */
#ifndef CZ_STORE_HTTP_THROTTLE_H
#define CZ_STORE_HTTP_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct throttle {
    unsigned max;       /* connections */
    unsigned allowed;   /* connections at present, at most max */
    unsigned successes; /* since `allowed` last changed */
    int64_t last_cut;   /* ms: when `allowed` was last halved */
    uint64_t rate;      /* bytes/s; 0: no limit */
    int64_t credit;     /* bytes that may be transferred; negative: debt */
    int64_t credit_at;  /* ms */
} throttle;

void throttle_init(throttle *t, unsigned connections, uint64_t rate, int64_t now);
/* True if another request may start while `active` are in progress. */
bool throttle_may_begin(throttle *t, unsigned active, int64_t now);
/* ms until the rate limit permits another request; 0: now. */
int64_t throttle_wait(throttle *t, int64_t now);
/* Count bytes that were or will be transferred. */
void throttle_spend(throttle *t, uint64_t bytes);
/* Adapt to a response's status: 429 and 503 halve the allowed connections, at most once a second;
 * after as many other responses as connections are allowed, one more is allowed. */
void throttle_response(throttle *t, int status, int64_t now);

/* The delay before retry k, in ms: full jitter, random % (min(max, base * 2^k) + 1). */
int64_t backoff_ms(unsigned base, unsigned max, unsigned k, uint64_t random);

#endif
