/* The plan of a conversion: what goes where, known before the first frame is read.
 *
 * All sizes are known from the movie's tables and the file's length, so that each shard is written
 * in one pass and memory is bounded before it is used. A plan doesn't change once it is made: any
 * number of threads may read it. */
#ifndef CZ_CONVERT_PLAN_H
#define CZ_CONVERT_PLAN_H

#include "base/buf.h"
#include "mov/mov.h"
#include "mov/start_time.h"
#include "mov/write.h"
#include "format/layout.h"

enum { SHARD_BYTES_MAX = 48 << 20 }; /* frames_per_shard is halved until every shard fits */

typedef struct range {
    uint64_t offset, length;
} range;

typedef struct plan {
    zarr_format zarr; /* in version 2 a shard is a frame alone: no movie around it, and no index */
    const mov_movie *movie;
    const mov_track *track; /* the frames' */
    prores_header model;    /* the first sound frame's header: what the others should agree with */
    bool has_model;
    uint32_t width, height; /* of a picture: the model's, else the track's */
    mov_start start;
    uint32_t frames_per_shard;
    uint64_t n_shards;
    uint64_t shard_bytes_max; /* of the largest */
    uint64_t frame_bytes;     /* of all frames that are there */
    range *extra;             /* what of the file is no frame, ascending, not touching */
    size_t n_extra;
    uint64_t extra_bytes;
} plan;

/* movie must outlive the plan. The input is asked for the headers of the first frames only.
 * Errors: FORMAT (a frame too large to be one), NOMEM, and what reading says. */
int plan_make(plan *out, const mov_movie *movie, const mov_input *in, const char *base_name,
              zarr_format zarr, uint32_t frames_per_shard, cz_error *err);
void plan_free(plan *p);

/* Bytes of frame i that the file really has: 0 for one that lies beyond its end. */
uint32_t plan_frame_size(const plan *p, uint64_t i);
/* Absolute time of frame i in ns; i == n_frames: the end. */
int64_t plan_time(const plan *p, uint64_t i);
/* Frames of shard k: [first, *end). */
uint64_t plan_shard_frames(const plan *p, uint64_t k, uint64_t *end);

/* The head of shard k: ftyp, moov and the mdat's own header, appended to out. Nothing is
 * appended when none of the shard's frames has bytes, and in version 2. */
int plan_shard_head(buf *out, const plan *p, uint64_t k, cz_error *err);
/* Bytes of the free atom that ends a shard: its header and the Zarr index. 0 in version 2. */
size_t plan_shard_tail_size(const plan *p);
/* Write it: the frames of shard k lie from head_size on, one behind the other. */
void plan_shard_tail(uint8_t *out, const plan *p, uint64_t k, size_t head_size);

#endif
