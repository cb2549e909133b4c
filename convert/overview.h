/* overview/picture while a clip is converted: small pictures, collected until a chunk is complete,
 * which is then put. docs/format.md, The analysis. */
#ifndef CZ_CONVERT_OVERVIEW_H
#define CZ_CONVERT_OVERVIEW_H

#include "analyse/clip_analysis.h"
#include "convert/plan.h"
#include "convert/publish.h"

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

typedef struct overview overview;

/* of and to must outlive it. Errors: NOMEM. */
int overview_new(overview **out, const plan *of, frame_step step, publisher *to, cz_error *err);
void overview_free(overview **o); /* NULL-safe; sets *o to NULL */

/* clip_analysis_options.picture, with the overview as user: any number of threads. A picture of
 * other dimensions, as one that is NULL, stays black. Memory: a chunk for each that is incomplete.
 * Errors: NOMEM, and those of publish_listed(). */
int overview_add(void *o, uint64_t number, const uint8_t *rgb, uint32_t columns, uint32_t rows,
                 cz_error *err);

/* The number of pictures, and their rows and columns. */
uint64_t overview_pictures(const overview *o, uint32_t *rows, uint32_t *columns);
/* The frame that picture i shows. */
uint64_t overview_shows(const overview *o, uint64_t i);

#endif
