/* verify_analysis(): the groups statistics, overview and scenes, compared with the commit marker,
 * the index and each other. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/overview_frames.h"
#include "format/member_names.h"
#include "reader/analysis/analysis.h"
#include "reader/analysis/verify_analysis.h"

enum { FLAGS_ALL = 15 };

/* ---- The commit marker ---------------------------------------------------------------------- */

/* Without an analysis there must be none of its objects, and the format is 1.0. */
static void check_version(verify *v)
{
    const commit_marker *m = v->clip->marker;
    const char *const key = rel_key_marker(m->zarr), *format = NULL;
    if (json_text(&format, m->ours, MEMBER_FORMAT, "", NULL) < 0)
        return;
    if (m->overview && strcmp(format, FORMAT_TEXT) == 0)
        verify_report(v, CZ_FORMAT, key, -1, "it is of format %s, but has `analysis`", format);
    else if (!m->overview && strcmp(format, FORMAT_TEXT_ANALYSIS) == 0)
        verify_report(v, CZ_FORMAT, key, -1, "it is of format %s without `analysis`", format);
    for (size_t i = 0; !m->overview && i < m->n_objects; i++)
        if (rel_key_is_of_analysis(m->object[i].key)) {
            verify_report(v, CZ_FORMAT, key, -1, "it lists %s, but has no `analysis`",
                          m->object[i].key);
            return;
        }
}

static void check_complete(verify *v, const expected *e)
{
    char rel_key[REL_KEY_MAX];
    const uint64_t each = e->overview->chunk_pictures;
    for (int g = 0; g < N_ANALYSIS_GROUPS; g++)
        verify_require_node(v, analysis_group_name(g), zarr_group_part);
    for (int i = 0; i < N_ARRAYS; i++) {
        index_column c;
        expected_values(&c, e, i);
        verify_require_node(v, c.rel_key, zarr_array_part);
        if (i == OVERVIEW_PICTURE || c.array.shape[0] == 0)
            continue;
        rel_key_first_chunk(rel_key, e->zarr, c.rel_key, c.array.n_dims);
        verify_require(v, rel_key);
    }
    for (uint64_t k = 0; k * each < e->overview->pictures; k++) {
        rel_key_overview_chunk(rel_key, e->zarr, k);
        verify_require(v, rel_key);
    }
}

/* ---- Values --------------------------------------------------------------------------------- */

typedef struct index_values {
    const int64_t *time;  /* NULL: not valid */
    const uint32_t *size; /* NULL: not valid */
} index_values;

/* Whether value k of array i is right. */
static bool value_is_right(const verify *v, const index_column *c, const expected *e,
                           const index_values *index, int i, uint64_t k)
{
    const cz_facts *f = v->clip->facts;
    const frame_step step = {e->overview->step_num, e->overview->step_den};
    const int64_t *i64 = c->data;
    const uint32_t *u32 = c->data;
    switch (i) {
    case STATISTIC_FLAGS:
        return i64[k] >= 0 && i64[k] <= FLAGS_ALL;
    case STATISTIC_SIZE:
        return !index->size || u32[k] == index->size[k];
    case STATISTICS_TIME:
        return !index->time || i64[k] == index->time[k];
    case OVERVIEW_TIME:
        return !index->time || i64[k] == index->time[overview_frame(step, k)];
    case OVERVIEW_FRAME:
        return u32[k] == overview_frame(step, k);
    case OVERVIEW_Y:
        return i64[k] == overview_axis_value(VIDEO_Y, k, f->height);
    case OVERVIEW_X:
        return i64[k] == overview_axis_value(VIDEO_X, k, f->width);
    default:
        return true;
    }
}

/* Every array must decode to as many values as it should have. */
static int check_values(verify *v, const expected *e, const index_values *index, int i,
                        cz_error *err)
{
    char rel_key[REL_KEY_MAX];
    cz_error why;
    index_column c;
    expected_values(&c, e, i);
    rel_key_first_chunk(rel_key, e->zarr, c.rel_key, c.array.n_dims);
    if (!verify_is_intact(v, rel_key))
        return CZ_OK;
    const int rc = columns_fetch(&c, 1, v->store->os, NULL, v->clip->marker, &why);
    if (rc < 0)
        return verify_failure(v, rel_key, rc, &why, err);
    uint64_t k = 0;
    while (k < c.array.shape[0] && value_is_right(v, &c, e, index, i, k))
        k++;
    if (k < c.array.shape[0])
        verify_report(v, CZ_FORMAT, rel_key, i <= STATISTICS_TIME ? (int64_t)k : -1,
                      "value %" PRIu64 " contradicts the index or the clip's `analysis`", k);
    free(c.data);
    return CZ_OK;
}

static bool group_is_intact(const verify *v, const char *group)
{
    const commit_marker *m = v->clip->marker;
    const size_t n = strlen(group);
    for (size_t i = 0; i < m->n_objects; i++)
        if (strncmp(m->object[i].key, group, n) == 0 && m->object[i].key[n] == '/' && !v->intact[i])
            return false;
    return true;
}

/* *out: the number of scenes; *ret_known: false if objects of the group are damaged or missing. */
static int check_scenes(uint64_t *out, bool *ret_known, verify *v, cz_error *err)
{
    cz_scene *scenes = NULL;
    size_t n = 0;
    cz_error why;
    char rel_key[REL_KEY_MAX];
    *ret_known = false;
    if (!group_is_intact(v, "scenes"))
        return CZ_OK;
    (void)snprintf(rel_key, sizeof rel_key, "scenes/%s", zarr_attributes_name(v->store->zarr));
    const int rc = scenes_of_marker(&scenes, &n, v->store->os, NULL, v->clip->marker, &why);
    cz_scenes_free(&scenes);
    if (rc < 0)
        return verify_failure(v, rel_key, rc, &why, err);
    *out = n;
    *ret_known = true;
    return CZ_OK;
}

/* ---- All of it ------------------------------------------------------------------------------ */

static int check_all(verify *v, const expected *e, bool has_scenes, cz_error *err)
{
    const void *time = NULL;
    const char *const time_key = v->store->zarr == ZARR_V2 ? "index/time/0" : "index/time/c/0";
    int rc = verify_documents(v, e, "statistics", 0, STATISTICS_TIME, err);
    if (rc == CZ_OK)
        rc = verify_documents(v, e, "overview", OVERVIEW_PICTURE, OVERVIEW_X, err);
    if (rc == CZ_OK && has_scenes)
        rc = verify_documents(v, e, "scenes", SCENE_COLUMNS, SCENE_SIGNATURE, err);
    /* An index that cannot be read has been reported. */
    if (rc < 0 ||
        (verify_is_intact(v, time_key) && (rc = cz_column_read(&time, v->clip, CZ_TIME, err)) < 0 &&
         rc != CZ_FORMAT && rc != CZ_CORRUPT))
        return rc;
    const index_values index = {.time = time, .size = v->table ? clip_sizes(v->clip) : NULL};
    rc = CZ_OK;
    for (int i = 0; rc == CZ_OK && i < SCENE_COLUMNS; i++)
        if (i != OVERVIEW_PICTURE)
            rc = check_values(v, e, &index, i, err);
    return rc;
}

int verify_analysis(verify *v, cz_error *err)
{
    const commit_marker *m = v->clip->marker;
    cz_overview overview;
    cz_error why;
    bool has_scenes = false;
    check_version(v);
    if (!m->overview)
        return CZ_OK;
    int rc = cz_clip_overview(&overview, v->clip, &why);
    if (rc < 0)
        return verify_failure(v, rel_key_marker(m->zarr), rc, &why, err);
    expected e = {.overview = &overview,
                  .frames = m->facts.frames,
                  .version = m->analysis_version,
                  .zarr = m->zarr};
    rc = check_scenes(&e.scenes, &has_scenes, v, err);
    if (rc < 0)
        return rc;
    check_complete(v, &e);
    return check_all(v, &e, has_scenes, err);
}
