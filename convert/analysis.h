/* The analysis of a clip while it is converted, or read from the store, and the groups statistics,
 * overview and scenes that are made of it (docs/analysis.md; docs/format.md, The analysis). */
#ifndef CZ_CONVERT_ANALYSIS_H
#define CZ_CONVERT_ANALYSIS_H

#include "convert/overview.h"
#include "convert/plan.h"

typedef struct analysis {
    analysed_clip clip;
    int64_t *times; /* of a plan; NULL: the caller has them */
    clip_analysis *of;
    overview *overview;
} analysis;

/* The pictures of a clip with more pixels are not analysed: its workers would need more memory than
 * its shards. 16384 x 8192. */
enum { ANALYSIS_PIXELS_MAX = 1 << 27 };

/* Begin the analysis of a clip by n_workers threads; the overview is put through `to`, which, like
 * clip->time, must outlive it. Errors: NOMEM, USAGE. Zero-initialize before. */
int analysis_begin(analysis *out, const analysed_clip *clip, overview_rate rate, unsigned n_workers,
                   publisher *to, cz_error *err);
/* The same of a clip that is converted. */
int analysis_begin_plan(analysis *out, const plan *p, overview_rate rate, unsigned n_workers,
                        publisher *to, cz_error *err);
void analysis_free(analysis *a); /* NULL-safe, repeatable */

/* Analyse the frames of shard k, which lie in `data` one after the other. Every shard belongs to
 * one call; `worker` differs between concurrent calls. Errors: NOMEM, and those of the store. */
int analysis_shard(analysis *a, const plan *p, unsigned worker, uint64_t k, const uint8_t *data,
                   cz_error *err);

/* Put the groups, when all frames have been analysed. In Zarr version 3, clip_metadata gets their
 * documents, by path. Errors: NOMEM, and the store's. */
int analysis_publish(publisher *to, const analysis *a, cJSON *clip_metadata, cz_error *err);

#endif
