#include "store/http/progress.h"

static bool is_below(uint64_t bytes, int64_t ms, uint64_t speed)
{
    return bytes < (uint64_t)(ms > 0 ? ms : 0) * speed / 1000;
}

void progress_begin(progress *p, int64_t now)
{
    *p = (progress){.began = now, .window = now};
}

void progress_phase(progress *p, int64_t now, uint64_t bytes)
{
    p->window = now;
    p->had = bytes;
}

bool progress_too_slow(progress *p, int64_t now, uint64_t bytes, int64_t length_ms, uint64_t speed)
{
    if (now - p->window < length_ms)
        return false;
    const uint64_t had = bytes < p->had ? 0 : p->had; /* a body may be sent anew */
    const bool slow = is_below(bytes - had, now - p->window, speed);
    progress_phase(p, now, bytes);
    return slow;
}

bool progress_idle(const progress *p, int64_t now, uint64_t bytes, uint64_t speed)
{
    return is_below(bytes, now - p->began, speed);
}
