#include "convert/tables.h"

#include <inttypes.h>
#include <stdlib.h>

#include "convert/table_group.h"
#include "format/attributes.h"

/* The clip's own group without its attributes, which are in the commit marker. */
static int put_clip_group(publisher *to, zarr_format zarr, cz_error *err)
{
    zarr_node node;
    zarr_group_node(&node, zarr, json_object(), NULL, 0);
    const int rc = table_group_put_node(to, "", &node, node.n - 1, err);
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
    table_group g = {.name = "index", .zarr = p->zarr, .clip_metadata = clip_metadata};
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
        rc = table_group_put_array(to, &g, cz_column_name((cz_column)c), &a, values, err);
        free(values);
    }
    if (rc == CZ_OK)
        rc = table_group_put(
            to, &g, "index of the frames",
            p->zarr == ZARR_V3
                ? "A row a frame: size[i] bytes at shard_offset[i] of "
                  "../video/video/c/{shard[i]}/0/0/0 are frame i as it was recorded."
                : "A row a frame: ../video/video/{shard[i]}.0.0.0 is frame i as it was "
                  "recorded.",
            err);
    table_group_free(&g);
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

static int put_axis(publisher *to, table_group *g, video_axis axis, uint64_t n, cz_error *err)
{
    zarr_array a;
    int64_t *values = malloc((size_t)n * sizeof *values);
    if (!values)
        return cz_fail_memory(err, "%" PRIu64 " coordinates", n);
    for (uint64_t i = 0; i < n; i++)
        values[i] = video_axis_value(axis, i, n);
    video_axis_array(&a, axis, n);
    a.attributes = attributes_of_axis(axis);
    const int rc = table_group_put_array(to, g, video_axis_name(axis), &a, values, err);
    free(values);
    return rc;
}

/* What plain Zarr reads where a frame has no bytes. Zarr libraries do not call a codec to write a
 * chunk of the fill value alone, but drop the chunk and with it the recording. A frame all of 1 is
 * neither recorded nor written by accident; one of 0 is. */
enum { NO_FRAME = 1 };

static int put_video_array(publisher *to, table_group *g, const plan *p, cz_error *err)
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
    return table_group_put_array(to, g, "video", &a, NULL, err);
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
    table_group g = {.name = "video", .zarr = p->zarr};
    zarr_array a;
    void *values = column_values(CZ_TIME, p, r);
    if (!values)
        return cz_fail_memory(err, "times of %" PRIu64 " frames", p->movie->n_frames);
    video_time_array(&a, p->movie->n_frames);
    a.attributes = attributes_of_time();
    int rc = table_group_put_array(to, &g, "time", &a, values, err);
    free(values);
    if (rc == CZ_OK)
        rc = put_axis(to, &g, VIDEO_Y, p->height, err);
    if (rc == CZ_OK)
        rc = put_axis(to, &g, VIDEO_X, p->width, err);
    if (rc == CZ_OK)
        rc = put_video_array(to, &g, p, err);
    if (rc == CZ_OK)
        rc = table_group_put(to, &g, "frames", about_video(p->zarr), err);
    table_group_free(&g);
    return rc;
}

/* ---- The extra bytes ------------------------------------------------------------------------ */

static int put_ranges(publisher *to, table_group *g, const plan *p, bool lengths, cz_error *err)
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
    const int rc =
        table_group_put_array(to, g, lengths ? "range_length" : "range_offset", &a, values, err);
    free(values);
    return rc;
}

static int put_source(publisher *to, const plan *p, cJSON *clip_metadata, cz_error *err)
{
    table_group g = {.name = "source", .zarr = p->zarr, .clip_metadata = clip_metadata};
    zarr_array a;
    source_bytes_array(&a, p->zarr, p->extra_bytes);
    a.attributes = json_object();
    json_add_text(a.attributes, "long_name", "bytes of the source that belong to no frame");
    json_add_text(a.attributes, "units", "1");
    int rc = table_group_put_array(to, &g, "bytes", &a, NULL, err);
    if (rc == CZ_OK)
        rc = put_ranges(to, &g, p, false, err);
    if (rc == CZ_OK)
        rc = put_ranges(to, &g, p, true, err);
    if (rc == CZ_OK)
        rc = table_group_put(
            to, &g, "bytes of the source that belong to no frame",
            "All of the source that is no frame, sound included, in the order of the "
            "file. With the frames it is the source again, byte for byte.",
            err);
    table_group_free(&g);
    return rc;
}

int tables_publish(publisher *to, const plan *p, const pass_result *r, const analysis *shown,
                   cJSON *metadata, cz_error *err)
{
    int rc = put_clip_group(to, p->zarr, err);
    if (rc == CZ_OK)
        rc = put_index(to, p, r, metadata, err);
    if (rc == CZ_OK && shown)
        rc = analysis_publish(to, shown, metadata, err);
    if (rc == CZ_OK)
        rc = put_video(to, p, r, err);
    if (rc == CZ_OK)
        rc = put_source(to, p, metadata, err);
    return rc;
}
