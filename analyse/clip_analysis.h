/* The analysis of a clip, part by part, by any number of threads: the converter's workers analyse
 * the frames of their shards in whatever order they come.
 *
 *     clip_analysis_options opt = {.frames = n, .workers = 4, .overview_step = {30000, 1001}};
 *     rc = clip_analysis_new(&a, &opt, &err);
 *     rc = clip_analysis_part(a, worker, first, count, data, sizes, &err);   // each frame once
 *     rc = clip_analysis_scenes(&scenes, &n_scenes, a, &err);
 *     clip_analysis_free(&a);
 *
 * The results do not depend on the division into parts, nor on their order. Memory: some 60 bytes a
 * frame, and 200 KB (of HD) for each end of a part whose neighbour has not been analysed yet. */
#ifndef CZ_ANALYSE_CLIP_ANALYSIS_H
#define CZ_ANALYSE_CLIP_ANALYSIS_H

#include "analyse/frame_analysis.h"
#include "analyse/overview_frames.h"
#include "analyse/scenes.h"

typedef struct clip_analysis clip_analysis;

typedef struct clip_analysis_options {
    uint64_t frames;          /* of the clip */
    uint32_t width, height;   /* of its frames: those of other dimensions count as not decodable,
                               * and take no memory; 0: any */
    unsigned workers;         /* threads that call clip_analysis_part() at the same time, at most */
    frame_step overview_step; /* frames from one overview picture to the next; 1/1: all */
    /* Receives overview picture `number`, R, G, B, in contiguous rows; NULL for a frame that cannot
     * be decoded, with columns and rows 0. In any order, on the threads that analyse. A result
     * other than CZ_OK ends the part, with that result. */
    int (*picture)(void *user, uint64_t number, const uint8_t *rgb, uint32_t columns, uint32_t rows,
                   cz_error *err);
    void *user;
} clip_analysis_options;

/* Errors: USAGE (no workers, or an invalid step: below one frame, or with one 0), NOMEM. */
int clip_analysis_new(clip_analysis **out, const clip_analysis_options *opt, cz_error *err);
void clip_analysis_free(clip_analysis **a); /* NULL-safe; sets *a to NULL */

/* Analyse `count` frames from `first` on, which lie in `data` one after the other, frame first + i
 * with sizes[i] bytes. `worker` < workers differs between concurrent calls. Every frame of the clip
 * belongs to exactly one part. Errors: NOMEM, and those of picture(). */
int clip_analysis_part(clip_analysis *a, unsigned worker, uint64_t first, uint64_t count,
                       const uint8_t *data, const uint32_t *sizes, cz_error *err);

/* ---- Results, when all parts have been analysed -------------------------------------------- */

/* The statistics of each frame. */
const frame_statistics *clip_analysis_frames(const clip_analysis *a);
/* As scenes_find(). */
int clip_analysis_scenes(scene **ret_scenes, size_t *ret_count, const clip_analysis *a,
                         cz_error *err);
/* The signature of a frame whose number is a multiple of REPRESENTATIVE_EVERY; all 128 of one that
 * could not be decoded. SIGNATURE_BYTES bytes. */
const uint8_t *clip_analysis_signature(const clip_analysis *a, uint64_t frame);

#endif
