/* The commit mark: the clip's own document, written last, and the table of chunks that it closes. */
#ifndef CZ_CONVERT_MARK_H
#define CZ_CONVERT_MARK_H

#include "convert/pipeline.h"

/* chunks.jsonl: a line for each shard, then for each chunk of source/bytes. Listed for the mark. */
int chunks_publish(publisher *to, const plan *p, const pass_result *r, cz_error *err);

/* What the mark says of the source beyond the plan. */
typedef struct mark_source {
    const char *name;
    char *const *warning; /* the clip's */
    size_t n_warnings;
} mark_source;
/* Put the mark: when it returns CZ_OK the clip is there, whole and durable. */
int mark_publish(publisher *to, const plan *p, const pass_result *r, const mark_source *source,
                 cz_error *err);

/* Frames whose flags have one of CZ_FLAGS_DAMAGE. */
uint64_t damaged_frames(const plan *p, const pass_result *r);

#endif
