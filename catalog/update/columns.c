#include "catalog/update/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/attributes.h"
#include "format/layout.h"
#include "format/member_names.h"

#define ATTRIBUTE_DIGEST "camzarr_catalog_digest"
#define KIND_CATALOG "catalog"
enum { LEVEL = 5, DOCUMENT_MAX = 4 << 20 };

typedef struct column {
    const char *name;
    zarr_type type;
    const char *about, *units;
    size_t at; /* in catalog_clip or catalog_scene, of this type; COMPUTED: see compute() */
} column;

#define COMPUTED ((size_t)-1)
#define CLIP(field) offsetof(catalog_clip, field)
#define SCENE(field) offsetof(catalog_scene, field)

/* The names of arrays are in ascending order in consolidated metadata. */
static const column clip_columns[] = {
    {"black_frames", ZARR_I64, "frames that are black; -1 if unknown", "1", CLIP(black_frames)},
    {"bytes", ZARR_U64, "bytes of the source", "byte", CLIP(facts.source_bytes)},
    {"codec", ZARR_STRING, "codec of the frames", NULL, CLIP(facts.codec)},
    {"damaged_frames", ZARR_U64, "frames with damage", "1", CLIP(facts.damaged_frames)},
    {"deployment", ZARR_U64, "deployment of CamHD; 0 if unknown", "1", CLIP(deployment)},
    {"depth", ZARR_F64, "depth of the camera", "m", CLIP(depth)},
    {"end", ZARR_I64, "end of the last frame", NULL, CLIP(facts.end)},
    {"flags", ZARR_I64, "quality", NULL, COMPUTED},
    {"frame_rate", ZARR_F64, "nominal frames in a second", "s-1", COMPUTED},
    {"frames", ZARR_U64, "number of frames", "1", CLIP(facts.frames)},
    {"height", ZARR_U32, "rows of a picture", "1", CLIP(facts.height)},
    {"interlace", ZARR_STRING, "order of the fields", NULL, CLIP(facts.interlace)},
    {"lat", ZARR_F64, "latitude of the camera", "degrees_north", CLIP(lat)},
    {"lon", ZARR_F64, "longitude of the camera", "degrees_east", CLIP(lon)},
    {"marker_digest", ZARR_STRING, "digest of the clip's commit marker", NULL, CLIP(marker_digest)},
    {"md5", ZARR_STRING, "MD5 of the source", NULL, CLIP(facts.source_md5)},
    {"name", ZARR_STRING, "name of the clip", NULL, CLIP(facts.name)},
    {"scenes", ZARR_U64, "number of scenes", "1", CLIP(n_scenes)},
    {"sha256", ZARR_STRING, "SHA-256 of the source", NULL, CLIP(source_sha256)},
    {"source", ZARR_STRING, "file name of the source", NULL, CLIP(facts.source_name)},
    {"start", ZARR_I64, "time of the first frame", NULL, CLIP(facts.start)},
    {"start_from", ZARR_STRING, "where the start is known from", NULL, CLIP(facts.start_from)},
    {"url", ZARR_STRING, "address of the source", NULL, CLIP(source_url)},
    {"width", ZARR_U32, "columns of a picture", "1", CLIP(facts.width)},
};
static const column scene_columns[] = {
    {"clip", ZARR_U32, "row of the scene's clip in clips", "1", SCENE(clip)},
    {"end_frame", ZARR_U32, "last frame of the scene", "1", SCENE(last)},
    {"representative_frame", ZARR_U32, "frame that represents the scene", "1",
     SCENE(representative)},
    {"signature", ZARR_U8, "signature of the view", "1", SCENE(signature)},
    {"start_frame", ZARR_U32, "first frame of the scene", "1", SCENE(first)},
};
enum {
    N_CLIP_COLUMNS = sizeof clip_columns / sizeof *clip_columns,
    N_SCENE_ARRAYS = sizeof scene_columns / sizeof *scene_columns,
    FLAG_DAMAGED = 1,
    FLAG_BLACK = 2,
    FLAG_RECOVERED = 4,
};
_Static_assert((int)N_CLIP_COLUMNS <= (int)NODE_CHILDREN_MAX, "children of a group");

/* A group on its way to the store. */
typedef struct table {
    columns_sink sink;
    void *user;
    zarr_format zarr;
    const char *name; /* "clips", "scenes" */
    const column *column;
    size_t n_columns;
    const void *rows;
    size_t n, row_size;
} table;

/* ---- Values ---------------------------------------------------------------------------------- */

static int64_t flags_of(const catalog_clip *c)
{
    const cz_facts *f = &c->facts;
    const bool black = c->black_frames > 0 && (uint64_t)c->black_frames * 2 > f->frames;
    return (f->damaged_frames > 0 ? FLAG_DAMAGED : 0) | (black ? FLAG_BLACK : 0) |
           (f->recovered ? FLAG_RECOVERED : 0);
}

static void compute(void *to, const column *c, const catalog_clip *row)
{
    const cz_facts *f = &row->facts;
    const int64_t flags = flags_of(row);
    const double rate = (double)f->rate_num / (double)f->rate_den;
    if (c->type == ZARR_I64)
        memcpy(to, &flags, sizeof flags);
    else
        memcpy(to, &rate, sizeof rate);
}

/* The values of a column as a chunk, before compression. */
static int values_of(buf *out, const table *t, const column *c, cz_error *err)
{
    const size_t size = c->type == ZARR_U8 ? SIGNATURE_BYTES : zarr_type_size(c->type);
    if (c->type == ZARR_STRING)
        zarr_strings_begin(out, (uint32_t)t->n);
    for (size_t i = 0; i < t->n && !out->bad; i++) {
        const char *row = (const char *)t->rows + i * t->row_size;
        if (c->type == ZARR_STRING) {
            const char *text;
            memcpy(&text, row + c->at, sizeof text);
            zarr_strings_add(out, text);
            continue;
        }
        uint8_t *to = buf_grow(out, size);
        if (to && c->at == COMPUTED)
            compute(to, c, (const catalog_clip *)row);
        else if (to)
            memcpy(to, row + c->at, size);
    }
    if (out->bad)
        return cz_fail_memory(err, "catalog/%s/%s", t->name, c->name);
    if (c->type != ZARR_STRING)
        zarr_little_endian(out->at, out->len / zarr_type_size(c->type), zarr_type_size(c->type));
    return CZ_OK;
}

/* ---- Arrays ---------------------------------------------------------------------------------- */

static cJSON *describe(const column *c)
{
    const bool is_time = strcmp(c->name, "start") == 0 || strcmp(c->name, "end") == 0;
    cJSON *to = is_time ? attributes_of_time() : json_object();
    if (!is_time) {
        json_add_text(to, "long_name", c->about);
        json_add_optional_text(to, "units", c->units);
    }
    if (strcmp(c->name, "flags") == 0) {
        cJSON *masks = json_array();
        for (int i = 0; i < 3; i++)
            json_add_i64(masks, NULL, 1 << i);
        json_add(to, "flag_masks", masks);
        json_add_text(to, "flag_meanings", "damaged black recovered");
        json_add_text(
            to, "comment",
            "damaged: at least one frame; black: more than half of the frames; recovered: "
            "converted without a moov atom");
    }
    return to;
}

static void array_of(zarr_array *out, const table *t, const column *c, const char *dim)
{
    *out = (zarr_array){.type = c->type,
                        .n_dims = 1,
                        .shape = {t->n},
                        .chunk = {t->n ? t->n : 1},
                        .dim = {dim},
                        .attributes = describe(c)};
    if (strcmp(c->name, "signature") == 0) {
        out->n_dims = 3;
        out->shape[1] = out->chunk[1] = SIGNATURE_ROWS;
        out->shape[2] = out->chunk[2] = SIGNATURE_COLUMNS;
        out->dim[1] = "row";
        out->dim[2] = "column";
    }
    if (t->zarr == ZARR_V3)
        out->codec[out->n_codecs++] =
            (zarr_codec){.kind = ZARR_BLOSC, .level = LEVEL, .typesize = zarr_type_size(c->type)};
}

static int put_chunk(const table *t, const column *c, const zarr_array *a, cz_error *err)
{
    char key[KEY_MAX], chunk_key[CHUNK_KEY_MAX];
    buf values = {0}, chunk = {0};
    if (t->n == 0)
        return CZ_OK;
    zarr_chunk_key(chunk_key, t->zarr, 0, a->n_dims);
    (void)snprintf(key, sizeof key, "catalog/%s/%s/%s", t->name, c->name, chunk_key);
    int rc = values_of(&values, t, c, err);
    if (rc == CZ_OK)
        rc = zarr_encode(&chunk, a, values.at, values.len, err);
    if (rc == CZ_OK)
        rc = t->sink(t->user, key, chunk.at, chunk.len, err);
    buf_free(&values);
    buf_free(&chunk);
    return rc;
}

/* Put the documents of a node; path ends with '/'. */
static int put_node(columns_sink sink, void *user, const char *path, const zarr_node *node,
                    cz_error *err)
{
    int rc = CZ_OK;
    for (size_t i = 0; rc == CZ_OK && i < node->n; i++) {
        char key[KEY_MAX];
        buf text = {0};
        (void)snprintf(key, sizeof key, "%.200s%s", path, node->part[i].name);
        rc = json_print_stored(&text, node->part[i].doc, err);
        if (rc == CZ_OK)
            rc = sink(user, key, text.at, text.len, err);
        buf_free(&text);
    }
    return rc;
}

/* ---- Groups ---------------------------------------------------------------------------------- */

static cJSON *group_attributes(const char *title, const char *comment, const catalog_text *text)
{
    char hex[SHA256_HEX + 1];
    cJSON *to = json_object();
    (void)snprintf(hex, sizeof hex, "%.*s", SHA256_HEX, text->digest);
    json_add_text(to, "Conventions", "CF-1.11");
    json_add_text(to, "title", title);
    json_add_text(to, "history", "camzarr catalog");
    json_add_text(to, "comment", comment);
    attributes_add_kind(to, FORMAT_TEXT_ANALYSIS, KIND_CATALOG);
    json_add_text(to, ATTRIBUTE_DIGEST, hex);
    return to;
}

/* The documents of a group in the consolidated metadata of catalog/. */
static void add_nodes(cJSON *metadata, const table *t, const cJSON *attributes,
                      const zarr_node_child *child)
{
    json_add(metadata, t->name, zarr_group_doc(json_copy(attributes), NULL, 0));
    for (size_t i = 0; i < t->n_columns; i++) {
        char path[96];
        (void)snprintf(path, sizeof path, "%s/%s", t->name, child[i].path);
        json_add(metadata, path, json_copy(child[i].node->part[0].doc));
    }
}

/* Put the arrays, make the group's own documents, and add them to the metadata of catalog/. */
static int put_arrays(zarr_node *ret_group, cJSON *metadata, const table *t, const char *dim,
                      cJSON *attributes, cz_error *err)
{
    zarr_node node[NODE_CHILDREN_MAX] = {0};
    zarr_node_child child[NODE_CHILDREN_MAX];
    int rc = CZ_OK;
    for (size_t i = 0; i < t->n_columns; i++) {
        char path[KEY_MAX];
        zarr_array a;
        array_of(&a, t, &t->column[i], dim);
        if (rc == CZ_OK)
            rc = put_chunk(t, &t->column[i], &a, err);
        zarr_array_node(&node[i], t->zarr, &a);
        child[i] = (zarr_node_child){t->column[i].name, &node[i]};
        (void)snprintf(path, sizeof path, "catalog/%s/%s/", t->name, t->column[i].name);
        if (rc == CZ_OK)
            rc = put_node(t->sink, t->user, path, &node[i], err);
    }
    add_nodes(metadata, t, attributes, child);
    zarr_group_node(ret_group, t->zarr, attributes, child, t->n_columns);
    for (size_t i = 0; i < t->n_columns; i++)
        zarr_node_free(&node[i]);
    return rc;
}

static const char *const groups[] = {"catalog/", "catalog/clips/", "catalog/scenes/"};
enum { CATALOG, CLIPS, SCENES, N_GROUPS };

/* A reader that opens a group from here on gets an error instead of columns of two catalogs. */
static int remove_groups(object_store *os, zarr_format zarr, cz_error *err)
{
    for (size_t g = 0; g < N_GROUPS; g++) {
        const char *part;
        for (size_t i = 0; (part = zarr_group_part(zarr, i)) != NULL; i++) {
            char key[KEY_MAX];
            cz_error why;
            (void)snprintf(key, sizeof key, "%s%s", groups[g], part);
            const int rc = os_remove(os, key, &why);
            if (rc < 0 && rc != CZ_ABSENT) {
                if (err)
                    *err = why;
                return rc;
            }
        }
    }
    return CZ_OK;
}

static void catalog_node(zarr_node *out, zarr_format zarr, const catalog_text *text,
                         cJSON *metadata)
{
    cJSON *attributes = group_attributes("Catalog of the clips",
                                         "clips: a row a clip; scenes: a row a scene", text);
    zarr_group_node(out, zarr, attributes, NULL, 0);
    if (zarr == ZARR_V3)
        zarr_group_consolidate(out->part[0].doc, metadata);
    else
        json_free(metadata);
}

int catalog_columns_make(zarr_format zarr, const catalog_text *text, columns_sink sink, void *user,
                         cz_error *err)
{
    catalog_scene *scene = NULL;
    zarr_node node[N_GROUPS] = {0};
    cJSON *metadata = json_object();
    int rc = catalog_text_scenes(&scene, text, err);
    const table clips = {.sink = sink,
                         .user = user,
                         .zarr = zarr,
                         .name = "clips",
                         .column = clip_columns,
                         .n_columns = N_CLIP_COLUMNS,
                         .rows = text->clip,
                         .n = text->n_clips,
                         .row_size = sizeof *text->clip};
    const table scenes = {.sink = sink,
                          .user = user,
                          .zarr = zarr,
                          .name = "scenes",
                          .column = scene_columns,
                          .n_columns = N_SCENE_ARRAYS,
                          .rows = scene,
                          .n = (size_t)text->n_scenes,
                          .row_size = sizeof *scene};
    if (rc == CZ_OK)
        rc = put_arrays(&node[CLIPS], metadata, &clips, "clip",
                        group_attributes("Clips of the store",
                                         "A row a clip, in order of start, then name.", text),
                        err);
    if (rc == CZ_OK)
        rc = put_arrays(&node[SCENES], metadata, &scenes, "scene",
                        group_attributes("Scenes of all clips",
                                         "A row a scene, in order of clip, then frame.", text),
                        err);
    if (rc == CZ_OK)
        catalog_node(&node[CATALOG], zarr, text, metadata);
    else
        json_free(metadata);
    for (size_t g = N_GROUPS; rc == CZ_OK && g-- > 0;)
        rc = put_node(sink, user, groups[g], &node[g], err);
    for (size_t g = 0; g < N_GROUPS; g++)
        zarr_node_free(&node[g]);
    free(scene);
    return rc;
}

static int put_object(void *user, const char *key, const void *data, size_t len, cz_error *err)
{
    return os_put(user, key, data, len, OS_OVERWRITE, err);
}

int catalog_columns_put(object_store *os, zarr_format zarr, const catalog_text *text, cz_error *err)
{
    const int rc = remove_groups(os, zarr, err);
    return rc == CZ_OK ? catalog_columns_make(zarr, text, put_object, os, err) : rc;
}

/* The document of catalog/ is put after all others, so that it speaks for them. */
int catalog_columns_check(bool *ret_same, object_store *os, zarr_format zarr,
                          const catalog_text *text, cz_error *err)
{
    char key[KEY_MAX];
    buf doc = {0};
    cJSON *parsed = NULL;
    const char *found = "";
    cz_error why;
    *ret_same = false;
    (void)snprintf(key, sizeof key, "%s%s", groups[CATALOG], zarr_attributes_name(zarr));
    int rc = os_get_all(os, key, DOCUMENT_MAX, &doc, &why);
    if (rc == CZ_OK && json_parse(&parsed, doc.at, doc.len, key, NULL) == CZ_OK) {
        (void)json_text(&found, zarr_attributes_of(zarr, parsed), ATTRIBUTE_DIGEST, key, NULL);
        *ret_same = strlen(found) == SHA256_HEX && memcmp(found, text->digest, SHA256_HEX) == 0;
    }
    json_free(parsed);
    buf_free(&doc);
    if (rc == CZ_OK || rc == CZ_ABSENT || rc == CZ_CORRUPT)
        return CZ_OK;
    if (err)
        *err = why;
    return rc;
}
