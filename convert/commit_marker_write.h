/* The commit mark: the clip's own document, written last, and the table of chunks that it closes. */
#ifndef CZ_CONVERT_COMMIT_MARKER_WRITE_H
#define CZ_CONVERT_COMMIT_MARKER_WRITE_H

#include "convert/pass_result.h"
#include "convert/publish.h"

/* chunks.jsonl: a line for each shard, then for each chunk of source/bytes. Listed for the mark. */
int chunk_list_publish(publisher *to, const plan *p, const pass_result *r, cz_error *err);

/* What the mark says of the source beyond the plan. */
typedef struct marker_source {
    const char *name;
    char *const *warning; /* the clip's */
    size_t n_warnings;
} marker_source;
/* Put the mark: when it returns CZ_OK the clip is there, whole and durable. */
int commit_marker_publish(publisher *to, const plan *p, const pass_result *r,
                          const marker_source *source, cz_error *err);

/* Frames whose flags have one of CZ_FLAGS_DAMAGE. */
uint64_t damaged_frames(const plan *p, const pass_result *r);

#endif
