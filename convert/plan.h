/* The plan of a conversion: which bytes of the source go into which object.
 *
 * It is made from the movie's tables and the headers of the first frames, before the pass.
 *
 * All sizes are known from the tables and the file's length, so each shard is written in one pass
 * and memory is bounded in advance. A plan is immutable: any number of threads may read it. */
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
    zarr_format zarr; /* version 2: a shard is one frame, without movie header and index */
    const mov_movie *movie;
    const mov_track *track;         /* of the frames */
    prores_header reference_header; /* the first valid one; others are compared with it */
    bool has_reference_header;
    uint32_t width, height; /* of a picture: by reference_header, else by the track */
    mov_start start;
    uint32_t frames_per_shard;
    uint64_t n_shards;
    uint64_t shard_bytes_max; /* of the largest */
    uint64_t frame_bytes;     /* of all frames within the file */
    range *extra;             /* byte ranges that belong to no frame; ascending, not adjacent */
    size_t n_extra;
    uint64_t extra_bytes;
} plan;

/* movie must outlive the plan. Only the headers of the first frames are read from the input.
 * Errors: FORMAT (a frame is too large), NOMEM, and those of reading. */
int plan_make(plan *out, const mov_movie *movie, const mov_input *in, const char *base_name,
              zarr_format zarr, uint32_t frames_per_shard, cz_error *err);
void plan_free(plan *p);

/* Bytes of frame i within the file; 0 if it lies beyond the end. */
uint32_t plan_frame_size(const plan *p, uint64_t i);
/* Absolute time of frame i in ns; i == n_frames: the end. */
int64_t plan_time(const plan *p, uint64_t i);
/* Frames of shard k: [first, *end). */
uint64_t plan_shard_frames(const plan *p, uint64_t k, uint64_t *end);

/* The head of shard k: ftyp, moov and the mdat's own header, appended to out. Nothing is
 * appended in version 2, or if no frame of the shard has bytes. */
int plan_shard_head(buf *out, const plan *p, uint64_t k, cz_error *err);
/* Bytes of the free atom that ends a shard: its header and the Zarr index. 0 in version 2. */
size_t plan_shard_tail_size(const plan *p);
/* Write it: the frames of shard k are contiguous, from head_size on. */
void plan_shard_tail(uint8_t *out, const plan *p, uint64_t k, size_t head_size);

#endif
