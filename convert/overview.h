/* overview/picture while a clip is converted: small pictures, collected until a chunk is complete,
 * which is then put. docs/format.md, The analysis. */
#ifndef CZ_CONVERT_OVERVIEW_H
#define CZ_CONVERT_OVERVIEW_H

#include "analyse/clip_analysis.h"
#include "convert/publish.h"

typedef struct overview overview;

/* The clip that is analysed: one that is converted, or one of the store. */
typedef struct analysed_clip {
    zarr_format zarr;
    uint64_t frames;
    uint32_t width, height;
    uint32_t rate_num, rate_den; /* frames a second; 0: not known */
    const int64_t *time;         /* of each frame */
} analysed_clip;

/* `to` must outlive it. Errors: NOMEM. */
int overview_new(overview **out, const analysed_clip *of, frame_step step, publisher *to,
                 cz_error *err);
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
