#include "store/http/speed.h"

static bool is_below(uint64_t bytes, int64_t ms, uint64_t least)
{
    return bytes < (uint64_t)(ms > 0 ? ms : 0) * least / 1000;
}

void speed_begin(speed *s, int64_t now)
{
    *s = (speed){.start = now, .window_start = now};
}

void speed_phase(speed *s, int64_t now, uint64_t bytes)
{
    s->window_start = now;
    s->window_bytes = bytes;
}

bool speed_too_slow(speed *s, int64_t now, uint64_t bytes, int64_t length_ms, uint64_t least)
{
    if (now - s->window_start < length_ms)
        return false;
    /* The count restarts if a body is sent again. */
    const uint64_t before = bytes < s->window_bytes ? 0 : s->window_bytes;
    const bool slow = is_below(bytes - before, now - s->window_start, least);
    speed_phase(s, now, bytes);
    return slow;
}

bool speed_idle(const speed *s, int64_t now, uint64_t bytes, uint64_t least)
{
    return is_below(bytes, now - s->start, least);
}
