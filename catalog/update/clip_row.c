#include "catalog/update/clip_row.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/deployment.h"
#include "format/positions.h"
#include "reader/analysis/analysis.h"
#include "reader/index_column.h"

/* Names of CamHD's recordings. */
#define CAMHD "CAMHDA301-"

static bool is_passing(int rc)
{
    return rc == CZ_UNREACHABLE || rc == CZ_NOMEM || rc == CZ_CANCELLED;
}

/* ---- From the marker ------------------------------------------------------------------------- */

static void set_positions(catalog_clip *row, const commit_marker *m)
{
    positions p;
    positions_of(&p, zarr_attributes_of(m->zarr, m->doc));
    for (size_t i = 0; i < p.n; i++) {
        const char *name = p.at[i].name, *units = "";
        (void)json_text(&units, p.at[i].attributes, "units", "", NULL);
        if (strcmp(name, "lat") == 0)
            row->lat = p.at[i].value;
        else if (strcmp(name, "lon") == 0)
            row->lon = p.at[i].value;
        else if (strcmp(units, "m") == 0)
            row->depth = strcmp(name, "depth") == 0 ? p.at[i].value : -p.at[i].value;
    }
    positions_free(&p);
}

static const char *text_or_none(const commit_marker *m, const char *path)
{
    const char *text = "";
    (void)json_text(&text, m->ours, path, "", NULL);
    return text;
}

static void set_marker(catalog_clip *row, const commit_marker *m)
{
    const cz_facts *f = &m->facts;
    *row = (catalog_clip){.facts = *f,
                          .frame_bytes = m->frame_bytes,
                          .source_url = text_or_none(m, "source.url"),
                          .source_sha256 = text_or_none(m, "source.sha256"),
                          .overview = m->overview ? m->overview : "",
                          .black_frames = -1,
                          .lat = NAN,
                          .lon = NAN,
                          .depth = NAN,
                          .marker_bytes = m->bytes,
                          .marker_digest = text_or_none(m, "digest")};
    if (strncmp(f->name, CAMHD, sizeof CAMHD - 1) == 0 && strcmp(f->start_from, "none") != 0)
        row->deployment = camhd_deployment(f->start);
    set_positions(row, m);
}

/* ---- From the analysis ----------------------------------------------------------------------- */

static int count_black(catalog_clip *row, const cz_store *store, const commit_marker *m,
                       cz_error *err)
{
    index_column v = {0};
    const uint64_t n = m->facts.frames;
    (void)snprintf(v.rel_key, sizeof v.rel_key, "statistics/%s", statistic_name(STATISTIC_FLAGS));
    statistic_array(&v.array, m->zarr, STATISTIC_FLAGS, n, m->analysis_version);
    json_free(v.array.attributes);
    v.array.attributes = NULL;
    const int rc = columns_fetch(&v, 1, store->os, NULL, m, err);
    const int64_t *flags = v.data;
    if (rc == CZ_OK)
        row->black_frames = 0;
    for (uint64_t i = 0; rc == CZ_OK && i < n; i++)
        row->black_frames += flags[i] & CZ_PICTURE_BLACK;
    free(v.data);
    return rc;
}

static int print_scenes(buf *out, const char *name, const cz_scene *from, size_t n, cz_error *err)
{
    if (n == 0)
        return CZ_OK;
    catalog_scene *scene = calloc(n, sizeof *scene);
    if (!scene)
        return cz_fail_memory(err, "%s: %zu scenes", name, n);
    for (size_t i = 0; i < n; i++) {
        scene[i] = (catalog_scene){.first = (uint32_t)from[i].first,
                                   .last = (uint32_t)from[i].last,
                                   .representative = (uint32_t)from[i].representative};
        memcpy(scene[i].signature, from[i].signature, SIGNATURE_BYTES);
    }
    const int rc = catalog_print_scenes(out, name, scene, n, err);
    free(scene);
    return rc;
}

static int add_analysis(clip_row *out, catalog_clip *row, const cz_store *store,
                        const commit_marker *m, cz_error *err)
{
    cz_scene *scene = NULL;
    size_t n = 0;
    cz_error why;
    if (!m->overview)
        return CZ_OK;
    int rc = count_black(row, store, m, &why);
    if (rc == CZ_OK)
        rc = scenes_of_marker(&scene, &n, store->os, NULL, m, &why);
    if (rc == CZ_OK)
        rc = print_scenes(&out->scenes, m->facts.name, scene, n, &why);
    if (rc == CZ_OK)
        row->n_scenes = n;
    cz_scenes_free(&scene);
    if (is_passing(rc) && err)
        *err = why;
    return is_passing(rc) ? rc : CZ_OK;
}

/* ---- The row --------------------------------------------------------------------------------- */

int clip_row_make(clip_row **out, const cz_store *store, const commit_marker *m, cz_error *err)
{
    catalog_clip row;
    clip_row *made = calloc(1, sizeof *made);
    *out = NULL;
    if (!made)
        return cz_fail_memory(err, "%s", m->facts.name);
    set_marker(&row, m);
    made->start = m->facts.start;
    int rc = add_analysis(made, &row, store, m, err);
    if (rc == CZ_OK)
        rc = catalog_print_clip(&made->line, &row, err);
    made->n_scenes = row.n_scenes;
    if (rc == CZ_OK) {
        *out = made;
        made = NULL;
    }
    clip_row_free(made);
    return rc;
}

void clip_row_free(void *row)
{
    clip_row *r = row;
    if (!r)
        return;
    buf_free(&r->line);
    buf_free(&r->scenes);
    free(r);
}
