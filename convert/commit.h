/* The end of a conversion: the chunk list, and the commit marker, which is put last. */
#ifndef CZ_CONVERT_COMMIT_H
#define CZ_CONVERT_COMMIT_H

#include "convert/pass_result.h"
#include "convert/publish.h"

/* chunks.jsonl: a line for each shard, then for each chunk of source/bytes. publish_listed(). */
int chunk_list_publish(publisher *to, const plan *p, const pass_result *r, cz_error *err);

/* Members of the marker that are not in the plan and the result. */
typedef struct marker_source {
    const char *name;
    char *const *warning; /* of the clip */
    size_t n_warnings;
    const char *overview;  /* rate of the overview as text; NULL: without analysis */
    const cJSON *metadata; /* of tables_publish() */
    const cJSON *owner;    /* the owner's attributes; or NULL */
} marker_source;
/* Put the commit marker: after CZ_OK the clip is complete and durable. Sorts the publisher's
 * objects by key. Errors: CHANGED (another conversion or removal claimed the clip; the marker is
 * withdrawn), CORRUPT (it does not read back), and the store's. */
int commit_marker_publish(publisher *to, const plan *p, const pass_result *r,
                          const marker_source *source, cz_error *err);

/* Frames whose flags have one of CZ_FLAGS_DAMAGE. */
uint64_t damaged_frames(const plan *p, const pass_result *r);

#endif
