#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/analysis/analysis.h"
#include "reader/index_column.h"

enum {
    N_ARRAYS = N_SCENE_COLUMNS + 1, /* and the signatures */
    SCENE_FRAMES_LEAST = 30,        /* unless a scene is the whole clip: docs/analysis.md */
    SIGNATURE_BYTES = CZ_SIGNATURE_ROWS * CZ_SIGNATURE_COLUMNS,
};

/* In version 3 from the document of an array in the clip's consolidated metadata, in version 2 from
 * the size of its only chunk, which is not compressed. */
static int count(uint64_t *out, const commit_marker *m, cz_error *err)
{
    char array[64], rel_key[REL_KEY_MAX];
    (void)snprintf(array, sizeof array, "scenes/%s", scene_column_name(0));
    if (m->zarr == ZARR_V2) {
        rel_key_column(rel_key, m->zarr, array);
        const marker_object *o = commit_marker_find(m, rel_key);
        *out = o ? o->size / sizeof(uint32_t) : 0;
    } else {
        const cJSON *nodes = json_at(m->doc, "consolidated_metadata.metadata");
        const cJSON *doc = nodes ? cJSON_GetObjectItemCaseSensitive(nodes, array) : NULL;
        if (!doc)
            return cz_fail(err, CZ_FORMAT, "clips/%s: its consolidated metadata lacks %s",
                           m->facts.name, array);
        const int rc = zarr_array_length(out, doc, array, err);
        if (rc < 0)
            return rc;
    }
    if (*out > m->facts.frames / SCENE_FRAMES_LEAST + 1)
        return cz_fail(err, CZ_FORMAT,
                       "clips/%s: %" PRIu64 " scenes can't be of %" PRIu64 " frames", m->facts.name,
                       *out, m->facts.frames);
    return CZ_OK;
}

static void describe(index_column v[N_ARRAYS], const commit_marker *m, uint64_t n)
{
    for (int c = 0; c < N_ARRAYS; c++) {
        const char *name = c < N_SCENE_COLUMNS ? scene_column_name(c) : "signature";
        (void)snprintf(v[c].rel_key, sizeof v[c].rel_key, "scenes/%s", name);
        if (c < N_SCENE_COLUMNS)
            scene_column_array(&v[c].array, m->zarr, c, n, m->analysis_version);
        else
            scene_signature_array(&v[c].array, m->zarr, n, CZ_SIGNATURE_ROWS, CZ_SIGNATURE_COLUMNS,
                                  m->analysis_version);
        json_free(v[c].array.attributes);
        v[c].array.attributes = NULL;
    }
}

static int check(const cz_scene *s, size_t n, const commit_marker *m, cz_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const bool in_order = i == 0 || s[i].first > s[i - 1].last;
        if (!in_order || s[i].representative < s[i].first || s[i].last < s[i].representative ||
            s[i].last >= m->facts.frames)
            return cz_fail(err, CZ_FORMAT,
                           "clips/%s/scenes: scene %zu can't have frames %" PRIu64 " to %" PRIu64
                           ", represented by %" PRIu64,
                           m->facts.name, i, s[i].first, s[i].last, s[i].representative);
    }
    return CZ_OK;
}

static int join(cz_scene **out, const index_column v[N_ARRAYS], size_t n, const commit_marker *m,
                cz_error *err)
{
    const uint32_t *first = v[0].data, *last = v[1].data, *shows = v[2].data;
    const uint8_t *signature = v[N_SCENE_COLUMNS].data;
    if (n == 0)
        return CZ_OK;
    cz_scene *scenes = calloc(n, sizeof *scenes);
    if (!scenes)
        return cz_fail_memory(err, "clips/%s: %zu scenes", m->facts.name, n);
    for (size_t i = 0; i < n; i++) {
        scenes[i].first = first[i];
        scenes[i].last = last[i];
        scenes[i].representative = shows[i];
        memcpy(scenes[i].signature, signature + i * SIGNATURE_BYTES, SIGNATURE_BYTES);
    }
    const int rc = check(scenes, n, m, err);
    if (rc == CZ_OK)
        *out = scenes;
    else
        free(scenes);
    return rc;
}

int scenes_of_marker(cz_scene **out, size_t *n, object_store *os, object_cache *cache,
                     const commit_marker *m, cz_error *err)
{
    index_column v[N_ARRAYS] = {0};
    cz_scene *scenes = NULL;
    uint64_t rows = 0;
    int rc = count(&rows, m, err);
    if (rc < 0)
        return rc;
    describe(v, m, rows);
    rc = columns_fetch(v, N_ARRAYS, os, cache, m, err);
    if (rc < 0)
        return rc;
    rc = join(&scenes, v, (size_t)rows, m, err);
    for (int c = 0; c < N_ARRAYS; c++)
        free(v[c].data);
    if (rc == CZ_OK) {
        *out = scenes;
        *n = (size_t)rows;
    }
    return rc;
}

int cz_clip_scenes(cz_scene **out, size_t *n, cz_clip *clip, cz_error *err)
{
    int rc = analysis_check(clip, err);
    if (rc < 0)
        return rc;
    rc = scenes_of_marker(out, n, clip->store->os, clip->store->cache, clip->marker, err);
    return analysis_check_replaced(clip, rc, err);
}

void cz_scenes_free(cz_scene **scenes)
{
    if (!scenes)
        return;
    free(*scenes);
    *scenes = NULL;
}
