#include "store/http/throttle.h"

enum { SECOND = 1000, AGES = 1000 * SECOND };

void throttle_init(throttle *t, unsigned connections, uint64_t rate, int64_t now)
{
    *t = (throttle){.max = connections,
                    .allowed = connections,
                    .rate = rate > INT64_MAX / AGES ? 0 : rate,
                    .last_cut = now - SECOND,
                    .credit_at = now};
}

int64_t throttle_wait(throttle *t, int64_t now)
{
    if (t->rate == 0)
        return 0;
    const int64_t rate = (int64_t)t->rate;
    const int64_t past = now - t->credit_at;
    if (past > 0) {
        t->credit += past < AGES ? rate * past / SECOND : rate;
        if (t->credit > rate || past >= AGES)
            t->credit = rate; /* at most one second's worth accumulates */
        t->credit_at = now;
    }
    return t->credit >= 0 ? 0 : 1 + -t->credit * SECOND / rate;
}

bool throttle_may_begin(throttle *t, unsigned active, int64_t now)
{
    return active < t->allowed && throttle_wait(t, now) == 0;
}

void throttle_spend(throttle *t, uint64_t bytes)
{
    if (t->rate)
        t->credit -= (int64_t)(bytes < INT64_MAX / 4 ? bytes : INT64_MAX / 4);
}

void throttle_response(throttle *t, int status, int64_t now)
{
    if (status == 429 || status == 503) {
        t->successes = 0;
        if (now - t->last_cut < SECOND)
            return; /* same burst: the last cut has had no effect yet */
        t->allowed = t->allowed > 1 ? t->allowed / 2 : 1;
        t->last_cut = now;
    } else if (status < 500 && ++t->successes >= t->allowed && t->allowed < t->max) {
        t->allowed++;
        t->successes = 0;
    }
}

int64_t backoff_ms(unsigned base, unsigned max, unsigned k, uint64_t random)
{
    const uint64_t grown = k < 31 ? (uint64_t)base << k : max;
    return (int64_t)(random % ((grown < max ? grown : max) + UINT64_C(1)));
}
