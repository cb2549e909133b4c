/* Which frames the overview shows, and the rate of its pictures as text.
 *
 * Pure; thread-safe. */
#ifndef CZ_ANALYSE_OVERVIEW_FRAMES_H
#define CZ_ANALYSE_OVERVIEW_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

/* A fraction of frames; 0/0: none. */
typedef struct frame_step {
    uint32_t num, den;
} frame_step;

/* Number of overview pictures of n frames. */
uint64_t overview_count(frame_step step, uint64_t n);
/* The frame that picture `number` shows: number * step, rounded down. */
uint64_t overview_frame(frame_step step, uint64_t number);

/* Pictures per second: num/den; num OVERVIEW_ALL: every frame; num 0: no analysis at all. */
typedef struct overview_rate {
    uint32_t num, den;
} overview_rate;
#define OVERVIEW_ALL UINT32_MAX

/* The same as text, as it is in the commit marker: "1/2" (in lowest terms), "all", or "". */
enum { OVERVIEW_TEXT_MAX = 24 };
void overview_rate_text(char out[OVERVIEW_TEXT_MAX], overview_rate rate);
/* False: no such text. */
bool overview_rate_parse(overview_rate *out, const char *text);
/* Frames from one picture to the next, at least one, at num/den frames a second; at 0 frames a
 * second, which is an unknown rate, at 30. */
frame_step overview_step(overview_rate rate, uint32_t num, uint32_t den);

#endif
