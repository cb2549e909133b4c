/* Which frames the overview shows: see clip_analysis.h. */
#include "analyse/clip_analysis.h"

/* a * b / c, rounded down, for b and c below 2^32 and results below 2^64. */
static uint64_t scaled(uint64_t a, uint32_t b, uint32_t c)
{
    const uint64_t whole = a / c, rest = a % c;
    return whole * b + rest * b / c;
}

uint64_t overview_count(frame_step step, uint64_t n)
{
    if (n == 0 || step.num == 0)
        return 0;
    const uint64_t count = scaled(n, step.den, step.num);
    return overview_frame(step, count) < n ? count + 1 : count;
}

uint64_t overview_frame(frame_step step, uint64_t number)
{
    return step.den ? scaled(number, step.num, step.den) : 0;
}
