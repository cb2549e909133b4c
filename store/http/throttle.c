#include "store/http/throttle.h"

enum { SECOND = 1000, AGES = 1000 * SECOND };

void throttle_init(throttle *p, unsigned connections, uint64_t rate, int64_t now)
{
    *p = (throttle){.max = connections,
                    .allowed = connections,
                    .rate = rate > INT64_MAX / AGES ? 0 : rate,
                    .last_cut = now - SECOND,
                    .credit_at = now};
}

int64_t throttle_wait(throttle *p, int64_t now)
{
    if (p->rate == 0)
        return 0;
    const int64_t rate = (int64_t)p->rate;
    const int64_t past = now - p->credit_at;
    if (past > 0) {
        p->credit += past < AGES ? rate * past / SECOND : rate;
        if (p->credit > rate || past >= AGES)
            p->credit = rate; /* at most one second's worth accumulates */
        p->credit_at = now;
    }
    return p->credit >= 0 ? 0 : 1 + -p->credit * SECOND / rate;
}

bool throttle_may_begin(throttle *p, unsigned active, int64_t now)
{
    return active < p->allowed && throttle_wait(p, now) == 0;
}

void throttle_spend(throttle *p, uint64_t bytes)
{
    if (p->rate)
        p->credit -= (int64_t)(bytes < INT64_MAX / 4 ? bytes : INT64_MAX / 4);
}

void throttle_response(throttle *p, int status, int64_t now)
{
    if (status == 429 || status == 503) {
        p->successes = 0;
        if (now - p->last_cut < SECOND)
            return; /* same burst: the last cut has had no effect yet */
        p->allowed = p->allowed > 1 ? p->allowed / 2 : 1;
        p->last_cut = now;
    } else if (status < 500 && ++p->successes >= p->allowed && p->allowed < p->max) {
        p->allowed++;
        p->successes = 0;
    }
}

int64_t backoff_ms(unsigned base, unsigned max, unsigned k, uint64_t random)
{
    const uint64_t grown = k < 31 ? (uint64_t)base << k : max;
    return (int64_t)(random % ((grown < max ? grown : max) + UINT64_C(1)));
}
