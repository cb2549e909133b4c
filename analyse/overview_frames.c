#include "analyse/overview_frames.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Frames ---- */

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

/* ---- The rate ---- */

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b > 0) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

void overview_rate_text(char out[OVERVIEW_TEXT_MAX], overview_rate rate)
{
    const uint64_t divisor = common_divisor(rate.num, rate.den);
    if (rate.num == OVERVIEW_ALL)
        (void)snprintf(out, OVERVIEW_TEXT_MAX, "all");
    else if (divisor > 0)
        (void)snprintf(out, OVERVIEW_TEXT_MAX, "%" PRIu64 "/%" PRIu64, rate.num / divisor,
                       rate.den / divisor);
    else
        out[0] = '\0';
}

/* Digits alone are numbers: strtoul() would take signs, blanks and more than 32 bits. Reading them
 * again as text finds those. */
static bool fraction(overview_rate *out, const char *text)
{
    char *end;
    out->num = (uint32_t)strtoul(text, &end, 10);
    if (end == text || *end != '/')
        return false;
    const char *den = end + 1;
    out->den = (uint32_t)strtoul(den, &end, 10);
    return end != den && *end == '\0';
}

bool overview_rate_parse(overview_rate *out, const char *text)
{
    char again[OVERVIEW_TEXT_MAX];
    overview_rate rate = {OVERVIEW_ALL, 1};
    if (strcmp(text, "all") != 0 && !fraction(&rate, text))
        return false;
    overview_rate_text(again, rate);
    *out = rate;
    return strcmp(again, text) == 0 && rate.num > 0 && rate.den > 0;
}

frame_step overview_step(overview_rate rate, uint32_t num, uint32_t den)
{
    const frame_step every = {1, 1};
    if (num == 0 || den == 0) {
        num = 30;
        den = 1;
    }
    uint64_t frames = (uint64_t)num * rate.den, pictures = (uint64_t)den * rate.num;
    if (rate.num == OVERVIEW_ALL || frames <= pictures)
        return every;
    const uint64_t divisor = common_divisor(frames, pictures);
    frames /= divisor;
    pictures /= divisor;
    while (frames > UINT32_MAX) { /* rates with more digits than any clip has frames */
        frames = (frames + 1) / 2;
        pictures = (pictures + 1) / 2;
    }
    return (frame_step){(uint32_t)frames, (uint32_t)pictures};
}
