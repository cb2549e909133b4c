/* The scenes of a store that may show a view, by their signatures. Internal to find/. */
#ifndef CZ_FIND_CANDIDATES_H
#define CZ_FIND_CANDIDATES_H

#include "analyse/view_search.h"
#include "find/store_scenes.h"
#include "reader/reader.h"

/* A scene whose signature is similar enough. */
typedef struct candidate {
    cz_match match; /* its clip, scene and frames; start and end are set by registration */
    float similarity;
    bool chosen; /* for registration */
} candidate;

/* A clip, and its candidates in the order of the scenes. */
typedef struct searched_clip {
    char *name; /* matches point to it */
    candidate *at;
    size_t n;
    uint64_t scenes;
    const clip_scenes *known; /* during the search: what the catalog says of it; or NULL */
    int rc; /* ABSENT: it has no scenes. CORRUPT and the like: it cannot be read */
} searched_clip;

typedef struct candidates {
    searched_clip *clip;
    size_t n_clips;
} candidates;

/* What the workers of both steps share. */
typedef struct view_job {
    cz_store *store;
    const cz_find_job *job;
    const view_query *cells, *halves;
} view_job;

/* Search the clips that the job names, or all of the store. Errors: ABSENT (a clip that is named
 * does not exist), CANCELLED, and I/O errors, but not those of a damaged clip. */
int candidates_find(candidates *out, const view_job *job, cz_error *err);
void candidates_free(candidates *c); /* repeatable */

/* Choose the n that are most similar; of equal ones the first by name and scene. 0: all. Returns
 * the number of those chosen. Errors: NOMEM. */
int candidates_choose(size_t *ret_chosen, candidates *c, size_t n, cz_error *err);

/* Call run(ctx, worker, clip) for each clip on several threads. A result other than CZ_OK ends the
 * work. */
int each_clip(candidates *c, const view_job *job,
              int (*run)(void *ctx, unsigned worker, void *clip, cz_error *err), void *ctx,
              cz_error *err);
/* Number of threads of each_clip(), at most. */
unsigned find_threads(const view_job *job);

/* Damage of a clip, which does not end the search. */
bool find_is_damage(int rc);

#endif
