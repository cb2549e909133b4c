#include "convert/tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/attributes.h"

/* ---- Groups and arrays ---------------------------------------------------------------------- */

/* A group while its arrays are published: their documents become its consolidated metadata. */
typedef struct group {
    const char *name;
    zarr_format zarr;
    char path[N_COLUMNS][24];
    zarr_node node[N_COLUMNS];
    zarr_node_child child[N_COLUMNS];
    size_t n;
    cJSON *clip_metadata; /* gets the documents of the group, too; NULL: it does not */
} group;

/* The first n documents of a node. */
static int put_node(publisher *to, const char *path, const zarr_node *node, size_t n, cz_error *err)
{
    int rc = CZ_OK;
    for (size_t i = 0; rc == CZ_OK && i < n; i++) {
        char rel_key[REL_KEY_MAX];
        (void)snprintf(rel_key, sizeof rel_key, "%.60s%s%s", path, *path ? "/" : "",
                       node->part[i].name);
        rc = publish_doc(to, rel_key, json_copy(node->part[i].doc), err);
    }
    return rc;
}

/* Publish an array of the group: its chunk, if it has data, and its documents. */
static int put_array(publisher *to, group *g, const char *name, zarr_array *a, void *data,
                     cz_error *err)
{
    char array[REL_KEY_MAX], rel_key[REL_KEY_MAX];
    int rc = CZ_OK;
    (void)snprintf(array, sizeof array, "%s/%s", g->name, name);
    if (data && a->shape[0] > 0) {
        const size_t element = zarr_type_size(a->type), n = (size_t)a->shape[0] * element;
        buf chunk = {0};
        zarr_little_endian(data, (size_t)a->shape[0], element);
        rel_key_column(rel_key, g->zarr, array);
        rc = zarr_encode(&chunk, a, data, n, err);
        if (rc == CZ_OK)
            rc = publish_listed(to, rel_key, chunk.at, chunk.len, err);
        buf_free(&chunk);
    }
    zarr_node *node = &g->node[g->n];
    zarr_array_node(node, g->zarr, a);
    (void)snprintf(g->path[g->n], sizeof g->path[0], "%s", name);
    g->child[g->n] = (zarr_node_child){g->path[g->n], node};
    g->n++;
    return rc == CZ_OK ? put_node(to, array, node, node->n, err) : rc;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const zarr_node_child *)a)->path, ((const zarr_node_child *)b)->path);
}

/* The documents of the group in the consolidated metadata of the clip. */
static void add_to_clip(const group *g, const cJSON *attributes)
{
    if (g->zarr != ZARR_V3 || !g->clip_metadata)
        return;
    json_add(g->clip_metadata, g->name, zarr_group_doc(json_copy(attributes), NULL, 0));
    for (size_t i = 0; i < g->n; i++) {
        char path[REL_KEY_MAX];
        (void)snprintf(path, sizeof path, "%s/%s", g->name, g->child[i].path);
        json_add(g->clip_metadata, path, json_copy(g->child[i].node->part[0].doc));
    }
}

/* `about` follows the clip's name in the title. */
static int put_group(publisher *to, group *g, const char *about, const char *comment, cz_error *err)
{
    zarr_node node;
    char title[CLIP_NAME_MAX + 64];
    cJSON *attributes = json_object();
    (void)snprintf(title, sizeof title, "%s: %s", to->name, about);
    json_add_text(attributes, "Conventions", "CF-1.11");
    json_add_text(attributes, "title", title);
    json_add_text(attributes, "history", "camzarr convert");
    json_add_text(attributes, "comment", comment);
    attributes_add_kind(attributes, g->name);
    qsort(g->child, g->n, sizeof *g->child, by_path);
    add_to_clip(g, attributes);
    zarr_group_node(&node, g->zarr, attributes, g->child, g->n);
    const int rc = put_node(to, g->name, &node, node.n, err);
    zarr_node_free(&node);
    return rc;
}

static void group_free(group *g)
{
    for (size_t i = 0; i < g->n; i++)
        zarr_node_free(&g->node[i]);
}

/* The clip's own group without its attributes, which are in the commit marker. */
static int put_clip_group(publisher *to, zarr_format zarr, cz_error *err)
{
    zarr_node node;
    zarr_group_node(&node, zarr, json_object(), NULL, 0);
    const int rc = put_node(to, "", &node, node.n - 1, err);
    zarr_node_free(&node);
    return rc;
}

/* ---- The index ------------------------------------------------------------------------------ */

/* The column's values, which the caller frees; NULL when out of memory. */
static void *column_values(int c, const plan *p, const pass_result *r)
{
    const uint64_t n = p->movie->n_frames;
    zarr_array a;
    column_array(&a, p->zarr, c, n);
    void *values = malloc((size_t)n * zarr_type_size(a.type));
    int64_t *i64 = values;
    uint64_t *u64 = values, at = 0;
    uint32_t *u32 = values;
    for (uint64_t i = 0; values && i < n; i++) {
        const uint64_t k = i / p->frames_per_shard;
        const uint32_t size = plan_frame_size(p, i);
        if (i % p->frames_per_shard == 0)
            at = r->shard_head[k];
        switch ((cz_column)c) {
        case CZ_TIME:
            i64[i] = plan_time(p, i);
            break;
        case CZ_SOURCE_OFFSET:
            u64[i] = p->movie->offset[i];
            break;
        case CZ_SIZE:
            u32[i] = size;
            break;
        case CZ_SHARD:
            u32[i] = (uint32_t)k;
            break;
        case CZ_SHARD_OFFSET:
            u64[i] = size ? at : 0;
            break;
        case CZ_CRC32C:
            u32[i] = r->crc32c[i];
            break;
        case CZ_FLAGS:
            i64[i] = r->flags[i];
            break;
        }
        at += size;
    }
    return values;
}

static int put_index(publisher *to, const plan *p, const pass_result *r, cJSON *clip_metadata,
                     cz_error *err)
{
    group g = {.name = "index", .zarr = p->zarr, .clip_metadata = clip_metadata};
    int rc = CZ_OK;
    for (int c = 0; rc == CZ_OK && c < N_COLUMNS; c++) {
        zarr_array a;
        void *values = column_values(c, p, r);
        if (!values) {
            rc = cz_fail_memory(err, "index of %" PRIu64 " frames", p->movie->n_frames);
            break;
        }
        column_array(&a, p->zarr, c, p->movie->n_frames);
        a.attributes = attributes_of_column(c);
        rc = put_array(to, &g, cz_column_name((cz_column)c), &a, values, err);
        free(values);
    }
    if (rc == CZ_OK)
        rc = put_group(to, &g, "index of the frames",
                       p->zarr == ZARR_V3
                           ? "A row a frame: size[i] bytes at shard_offset[i] of "
                             "../video/video/c/{shard[i]}/0/0/0 are frame i as it was recorded."
                           : "A row a frame: ../video/video/{shard[i]}.0.0.0 is frame i as it was "
                             "recorded.",
                       err);
    group_free(&g);
    return rc;
}

/* ---- The video ------------------------------------------------------------------------------ */

static cJSON *prores_codec(const plan *p)
{
    const uint32_t matrix =
        p->has_reference_header ? p->reference_header.matrix : p->track->video.matrix;
    const char *name = prores_matrix_name(matrix, p->height);
    return prores_codec_doc(p->zarr, name, p->width, p->height);
}

static int put_axis(publisher *to, group *g, video_axis axis, uint64_t n, cz_error *err)
{
    zarr_array a;
    int64_t *values = malloc((size_t)n * sizeof *values);
    if (!values)
        return cz_fail_memory(err, "%" PRIu64 " coordinates", n);
    for (uint64_t i = 0; i < n; i++)
        values[i] = video_axis_value(axis, i, n);
    video_axis_array(&a, axis, n);
    a.attributes = attributes_of_axis(axis);
    const int rc = put_array(to, g, video_axis_name(axis), &a, values, err);
    free(values);
    return rc;
}

/* What plain Zarr reads where a frame has no bytes. Zarr libraries do not call a codec to write a
 * chunk of the fill value alone, but drop the chunk and with it the recording. A frame all of 1 is
 * neither recorded nor written by accident; one of 0 is. */
enum { NO_FRAME = 1 };

static int put_video_array(publisher *to, group *g, const plan *p, cz_error *err)
{
    const uint64_t height = p->height, width = p->width, each = p->frames_per_shard;
    zarr_array a = {.type = ZARR_U8,
                    .n_dims = 4,
                    .shape = {p->movie->n_frames, height, width, 3},
                    .chunk = {each, height, width, 3},
                    .inner = {1, height, width, 3},
                    .dim = {"time", "y", "x", "channel"},
                    .sharded = p->zarr == ZARR_V3,
                    .inner_codec = prores_codec(p),
                    .fill_value = NO_FRAME,
                    .attributes = attributes_of_pictures()};
    return put_array(to, g, "video", &a, NULL, err);
}

#define ABOUT_CHUNKS                                                                               \
    "The chunks of video are Apple ProRes frames (SMPTE RDD 36). To read them as pixels, a Zarr "  \
    "library needs the codec camzarr.prores, which the Python package of camzarr provides. "

static const char *about_video(zarr_format zarr)
{
    return zarr == ZARR_V3
               ? ABOUT_CHUNKS "A frame that the source does not have, whose index/size is 0, "
                              "reads as the value 1, nearly black. Each shard is a QuickTime movie "
                              "that any player "
                              "plays."
               : ABOUT_CHUNKS "A program that ignores the filter, such as ncdump, shows compressed "
                              "bytes instead of pixels.";
}

static int put_video(publisher *to, const plan *p, const pass_result *r, cz_error *err)
{
    group g = {.name = "video", .zarr = p->zarr};
    zarr_array a;
    void *values = column_values(CZ_TIME, p, r);
    if (!values)
        return cz_fail_memory(err, "times of %" PRIu64 " frames", p->movie->n_frames);
    video_time_array(&a, p->movie->n_frames);
    a.attributes = attributes_of_time();
    int rc = put_array(to, &g, "time", &a, values, err);
    free(values);
    if (rc == CZ_OK)
        rc = put_axis(to, &g, VIDEO_Y, p->height, err);
    if (rc == CZ_OK)
        rc = put_axis(to, &g, VIDEO_X, p->width, err);
    if (rc == CZ_OK)
        rc = put_video_array(to, &g, p, err);
    if (rc == CZ_OK)
        rc = put_group(to, &g, "frames", about_video(p->zarr), err);
    group_free(&g);
    return rc;
}

/* ---- The extra bytes ------------------------------------------------------------------------ */

static int put_ranges(publisher *to, group *g, const plan *p, bool lengths, cz_error *err)
{
    zarr_array a;
    uint64_t *values = malloc((p->n_extra + 1) * sizeof *values);
    if (!values)
        return cz_fail_memory(err, "%zu ranges", p->n_extra);
    for (size_t i = 0; i < p->n_extra; i++)
        values[i] = lengths ? p->extra[i].length : p->extra[i].offset;
    source_range_array(&a, p->zarr, p->n_extra);
    a.attributes = json_object();
    json_add_text(a.attributes, "long_name",
                  lengths ? "bytes of the range" : "byte at which the range began in the source");
    json_add_text(a.attributes, "units", "byte");
    const int rc = put_array(to, g, lengths ? "range_length" : "range_offset", &a, values, err);
    free(values);
    return rc;
}

static int put_source(publisher *to, const plan *p, cJSON *clip_metadata, cz_error *err)
{
    group g = {.name = "source", .zarr = p->zarr, .clip_metadata = clip_metadata};
    zarr_array a;
    source_bytes_array(&a, p->zarr, p->extra_bytes);
    a.attributes = json_object();
    json_add_text(a.attributes, "long_name", "bytes of the source that belong to no frame");
    json_add_text(a.attributes, "units", "1");
    int rc = put_array(to, &g, "bytes", &a, NULL, err);
    if (rc == CZ_OK)
        rc = put_ranges(to, &g, p, false, err);
    if (rc == CZ_OK)
        rc = put_ranges(to, &g, p, true, err);
    if (rc == CZ_OK)
        rc = put_group(to, &g, "bytes of the source that belong to no frame",
                       "All of the source that is no frame, sound included, in the order of the "
                       "file. With the frames it is the source again, byte for byte.",
                       err);
    group_free(&g);
    return rc;
}

int tables_publish(publisher *to, const plan *p, const pass_result *r, cJSON *metadata,
                   cz_error *err)
{
    int rc = put_clip_group(to, p->zarr, err);
    if (rc == CZ_OK)
        rc = put_index(to, p, r, metadata, err);
    if (rc == CZ_OK)
        rc = put_video(to, p, r, err);
    if (rc == CZ_OK)
        rc = put_source(to, p, metadata, err);
    return rc;
}
