#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/reader.h"
#include "reader/extra_bytes.h"

int cz_facts_read(cz_facts **out, cz_store *store, const char *name, cz_error *err)
{
    commit_marker *m = NULL;
    *out = NULL;
    const int rc = commit_marker_read(&m, store->os, store->zarr, name, err);
    if (rc == CZ_OK)
        *out = &m->facts;
    return rc;
}

void cz_facts_free(cz_facts **facts)
{
    if (!facts || !*facts)
        return;
    commit_marker *m = (commit_marker *)*facts; /* its first member */
    commit_marker_free(&m);
    *facts = NULL;
}

static cz_clip *new_clip(void)
{
    cz_clip *clip = calloc(1, sizeof *clip);
    for (int c = 0; clip && c < N_COLUMNS; c++)
        atomic_init(&clip->column[c], NULL);
    for (int s = 0; clip && s < N_STATISTICS; s++)
        atomic_init(&clip->statistic[s], NULL);
    return clip;
}

int clip_of_marker(cz_clip **out, cz_store *store, commit_marker **marker, cz_error *err)
{
    *out = NULL;
    cz_clip *clip = new_clip();
    if (!clip)
        return cz_fail_memory(err, "%s", (*marker)->facts.name);
    clip->store = store_retain(store);
    clip->spare = store->spare;
    clip->facts = &(*marker)->facts;
    clip->marker = *marker;
    *marker = NULL;
    *out = clip;
    return CZ_OK;
}

int cz_clip_open(cz_clip **out, cz_store *store, const char *name, cz_error *err)
{
    commit_marker *marker = NULL;
    cz_clip *clip = NULL;
    int rc = CZ_OK;
    *out = NULL;
    if ((rc = commit_marker_read(&marker, store->os, store->zarr, name, err)) < 0 ||
        (rc = clip_of_marker(&clip, store, &marker, err)) < 0 ||
        (rc = clip_table_load(clip, err)) < 0)
        goto end;
    *out = clip;
    clip = NULL;
end:
    cz_clip_close(&clip);
    commit_marker_free(&marker);
    return rc;
}

int cz_movie_open(cz_clip **out, const char *from, const cz_options *opts, cz_error *err)
{
    movie_columns columns;
    clip_movie *movie = NULL;
    *out = NULL;
    int rc = options_check(opts, err);
    if (rc == CZ_OK)
        rc = clip_movie_open(&movie, &columns, from, opts, err);
    if (rc < 0)
        return rc;
    cz_clip *clip = new_clip();
    if (!clip || spare_new(&clip->spare, NULL) < 0) {
        free(clip);
        movie_columns_free(&columns);
        clip_movie_close(&movie);
        return cz_fail_memory(err, "%s", from);
    }
    clip->movie = movie;
    clip->facts = clip_movie_facts(movie);
    for (int c = 0; c < N_COLUMNS; c++)
        atomic_store(&clip->column[c], columns.at[c]);
    clip_find_largest(clip);
    *out = clip;
    return CZ_OK;
}

void cz_clip_close(cz_clip **clip)
{
    if (!clip || !*clip)
        return;
    for (int c = 0; c < N_COLUMNS; c++)
        free(atomic_load(&(*clip)->column[c]));
    for (int s = 0; s < N_STATISTICS; s++)
        free(atomic_load(&(*clip)->statistic[s]));
    extra_bytes_free(*clip);
    if ((*clip)->movie)
        spare_free(&(*clip)->spare);
    commit_marker_free(&(*clip)->marker);
    clip_movie_close(&(*clip)->movie);
    cz_close(&(*clip)->store);
    free(*clip);
    *clip = NULL;
}

const cz_facts *cz_clip_facts(const cz_clip *clip)
{
    return clip->facts;
}

int clip_get(const cz_clip *clip, os_read *reads, size_t n, void (*done)(os_read *r), cz_error *err)
{
    return clip->movie ? clip_movie_get(clip->movie, reads, n, done, err)
                       : os_get(clip->store->os, reads, n, done, err);
}

size_t clip_range_cost(const cz_clip *clip)
{
    return clip->movie ? clip_movie_range_cost(clip->movie) : clip->store->os->range_cost;
}

void clip_shard_key(char out[KEY_MAX], const cz_clip *clip, uint64_t shard)
{
    if (clip->movie)
        (void)snprintf(out, KEY_MAX, "%s", clip->facts->source_name);
    else
        shard_key(out, clip->store->zarr, clip->facts->name, shard);
}

int clip_needs_store(const cz_clip *clip, const char *what, cz_error *err)
{
    return clip->movie ? cz_fail(err, CZ_UNSUPPORTED, "%s: %s is for clips of a store",
                                 clip->facts->source_name, what)
                       : CZ_OK;
}
