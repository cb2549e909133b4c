#include "mov/timecode.h"

#include <stdio.h>

enum { DROP_FRAME = 1, WRAPS_AT_24H = 2, NEGATIVE_OK = 4, COUNTER = 8 };

/* Convert a frame count to the drop-frame number: two numbers per minute (at 30 fps) are skipped,
 * except in every tenth minute. */
static uint64_t restore_dropped_numbers(uint64_t frame, uint64_t fps)
{
    const uint64_t dropped = fps / 30 * 2;
    const uint64_t minute = fps * 60 - dropped, ten_minutes = minute * 10 + dropped;
    const uint64_t tens = frame / ten_minutes, rest = frame % ten_minutes;
    const uint64_t minutes = rest < dropped ? 0 : (rest - dropped) / minute;
    return frame + dropped * (9 * tens + minutes);
}

void timecode_text(char out[16], const timecode_entry *t, uint32_t sample)
{
    out[0] = '\0';
    if (t->flags & COUNTER || t->fps == 0)
        return;
    const bool negative = t->flags & NEGATIVE_OK && sample > INT32_MAX;
    const bool drop = t->flags & DROP_FRAME && t->fps % 30 == 0;
    uint64_t n = negative ? -(uint64_t)(int32_t)sample : sample;
    if (drop)
        n = restore_dropped_numbers(n, t->fps);
    const uint64_t seconds = n / t->fps;
    uint64_t hours = seconds / 3600;
    if (t->flags & WRAPS_AT_24H)
        hours %= 24;
    if (hours > 99)
        return;
    (void)snprintf(out, 16, "%s%02u:%02u:%02u%c%02u", negative ? "-" : "", (unsigned)hours,
                   (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60), drop ? ';' : ':',
                   (unsigned)(n % t->fps));
}
