/* The arrays of an analysis, and their documents. */
#include <stdio.h>
#include <string.h>

#include "format/analysis_layout.h"
#include "format/attributes.h"
#include "format/member_names.h"
#include "reader/analysis/verify_analysis.h"

enum { DOC_MAX = 1 << 20 };

/* ---- The arrays ----------------------------------------------------------------------------- */

/* Array i, with its attributes, and its path below clips/NAME/. */
void expected_array(index_column *out, const expected *e, int i)
{
    const cz_overview *o = e->overview;
    const char *group = i <= STATISTICS_TIME ? "statistics"
                        : i < SCENE_COLUMNS  ? "overview"
                                             : "scenes";
    const char *name = "time";
    zarr_array *a = &out->array;
    out->data = NULL;
    if (i < N_STATISTICS) {
        name = statistic_name((statistic)i);
        statistic_array(a, e->zarr, (statistic)i, e->frames, e->version);
    } else if (i == STATISTICS_TIME || i == OVERVIEW_TIME) {
        column_array(a, e->zarr, CZ_TIME, i == OVERVIEW_TIME ? o->pictures : e->frames);
        a->attributes = attributes_of_time();
    } else if (i == OVERVIEW_PICTURE) {
        name = "picture";
        overview_picture_array(a, e->zarr, o->pictures, o->height, o->width, e->version);
    } else if (i == OVERVIEW_FRAME) {
        name = "frame";
        overview_frame_array(a, e->zarr, o->pictures);
    } else if (i == OVERVIEW_Y || i == OVERVIEW_X) {
        const video_axis axis = i == OVERVIEW_Y ? VIDEO_Y : VIDEO_X;
        name = video_axis_name(axis);
        overview_axis_array(a, axis, i == OVERVIEW_Y ? o->height : o->width);
    } else if (i < SCENE_SIGNATURE) {
        name = scene_column_name(i - SCENE_COLUMNS);
        scene_column_array(a, e->zarr, i - SCENE_COLUMNS, e->scenes, e->version);
    } else {
        name = "signature";
        scene_signature_array(a, e->zarr, e->scenes, CZ_SIGNATURE_ROWS, CZ_SIGNATURE_COLUMNS,
                              e->version);
    }
    (void)snprintf(out->rel_key, sizeof out->rel_key, "%s/%s", group, name);
}

void expected_values(index_column *out, const expected *e, int i)
{
    expected_array(out, e, i);
    json_free(out->array.attributes);
    out->array.attributes = NULL;
}

/* ---- Documents ------------------------------------------------------------------------------ */

/* *out is NULL if it lacks the digest of the commit marker, or is no JSON; that is reported. */
static int read_document(cJSON **out, verify *v, const char *rel_key, cz_error *err)
{
    char key[KEY_MAX];
    buf text = {0};
    cz_error why;
    *out = NULL;
    if (!verify_is_intact(v, rel_key))
        return CZ_OK;
    clip_key(key, v->name, rel_key);
    int rc = os_get_all(v->store->os, key, DOC_MAX, &text, &why);
    if (rc == CZ_OK)
        rc = json_parse(out, text.at, text.len, key, &why);
    buf_free(&text);
    return rc < 0 ? verify_failure(v, rel_key, rc, &why, err) : CZ_OK;
}

static void check_member(verify *v, const char *rel_key, const cJSON *is, const cJSON *should)
{
    const cJSON *there = cJSON_GetObjectItemCaseSensitive(is, should->string);
    if (!there || !cJSON_Compare(there, should, true))
        verify_report(v, CZ_FORMAT, rel_key, -1,
                      "its member %s isn't that of the clip's frames and `analysis`",
                      should->string);
}

/* Texts for people may differ between versions of camzarr. */
static void check_attributes(verify *v, const char *rel_key, const cJSON *is, const cJSON *should)
{
    static const char *const names[] = {
        ATTRIBUTE_FORMAT, ATTRIBUTE_KIND, ATTRIBUTE_ANALYSIS_VERSION, "units", "flag_masks",
        "flag_meanings",  "coordinates",  "_ARRAY_DIMENSIONS"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const cJSON *member = cJSON_GetObjectItemCaseSensitive(should, names[i]);
        if (member)
            check_member(v, rel_key, is, member);
    }
}

/* Compare a document with the one that is expected, except for what readers need not know. */
static void check_document(verify *v, const char *rel_key, const char *part, const cJSON *is,
                           const cJSON *should)
{
    const cJSON *member = NULL;
    const zarr_format zarr = v->store->zarr;
    const bool has_attributes = strcmp(part, zarr_attributes_name(zarr)) == 0;
    if (has_attributes)
        check_attributes(v, rel_key, zarr_attributes_of(zarr, is),
                         zarr_attributes_of(zarr, should));
    if (has_attributes && zarr == ZARR_V2)
        return;
    cJSON_ArrayForEach(member, should)
    {
        if (strcmp(member->string, "codecs") != 0 && strcmp(member->string, "attributes") != 0)
            check_member(v, rel_key, is, member);
    }
}

/* Consolidated metadata that differ would show libraries another array. `nodes` may be NULL. */
static void check_copy(verify *v, const char *rel_key, const cJSON *nodes, const char *name,
                       const cJSON *doc)
{
    const cJSON *copy = nodes ? cJSON_GetObjectItemCaseSensitive(nodes, name) : NULL;
    if (nodes && (!copy || !cJSON_Compare(copy, doc, true)))
        verify_report(v, CZ_FORMAT, rel_key, -1, "its copy of %s differs", name);
}

/* The documents of array i; `nodes` is the consolidated metadata of its group, in `holder`. */
static int check_array(verify *v, const expected *e, int i, const cJSON *nodes, const char *holder,
                       cz_error *err)
{
    index_column c;
    zarr_node node;
    int rc = CZ_OK;
    expected_array(&c, e, i);
    zarr_array_node(&node, e->zarr, &c.array);
    const char *name = strchr(c.rel_key, '/') + 1;
    for (size_t p = 0; rc == CZ_OK && p < node.n; p++) {
        char rel_key[REL_KEY_MAX], entry[REL_KEY_MAX];
        cJSON *is = NULL;
        (void)snprintf(rel_key, sizeof rel_key, "%.64s/%s", c.rel_key, node.part[p].name);
        (void)snprintf(entry, sizeof entry, "%.40s/%s", name, node.part[p].name);
        rc = read_document(&is, v, rel_key, err);
        if (rc == CZ_OK && is) {
            check_document(v, rel_key, node.part[p].name, is, node.part[p].doc);
            check_copy(v, holder, nodes, e->zarr == ZARR_V2 ? entry : name, is);
        }
        if (rc == CZ_OK && is && e->zarr == ZARR_V3)
            check_copy(v, rel_key_marker(e->zarr),
                       json_at(v->clip->marker->doc, "consolidated_metadata.metadata"), c.rel_key,
                       is);
        json_free(is);
    }
    zarr_node_free(&node);
    return rc;
}

static int check_kind(verify *v, const char *group, cz_error *err)
{
    char rel_key[REL_KEY_MAX];
    cJSON *is = NULL;
    (void)snprintf(rel_key, sizeof rel_key, "%s/%s", group, zarr_attributes_name(v->store->zarr));
    const int rc = read_document(&is, v, rel_key, err);
    if (rc == CZ_OK && is) {
        cJSON *should = json_object();
        json_add_text(should, ATTRIBUTE_FORMAT, FORMAT_TEXT_ANALYSIS);
        json_add_text(should, ATTRIBUTE_KIND, group);
        check_attributes(v, rel_key, zarr_attributes_of(v->store->zarr, is), should);
        json_free(should);
    }
    json_free(is);
    return rc;
}

int verify_documents(verify *v, const expected *e, const char *group, int from, int to,
                     cz_error *err)
{
    char holder[REL_KEY_MAX];
    cJSON *doc = NULL;
    const bool is_v2 = e->zarr == ZARR_V2;
    (void)snprintf(holder, sizeof holder, "%s/%s", group, is_v2 ? ".zmetadata" : "zarr.json");
    int rc = check_kind(v, group, err);
    if (rc == CZ_OK)
        rc = read_document(&doc, v, holder, err);
    const cJSON *nodes =
        doc ? json_at(doc, is_v2 ? "metadata" : "consolidated_metadata.metadata") : NULL;
    if (rc == CZ_OK && doc && !nodes)
        verify_report(v, CZ_FORMAT, holder, -1, "it has no consolidated metadata");
    for (int i = from; rc == CZ_OK && i <= to; i++)
        rc = check_array(v, e, i, nodes, holder, err);
    json_free(doc);
    return rc;
}
