#include "format/analysis_layout.h"

#include <string.h>

#include "format/attributes.h"
#include "format/member_names.h"

enum {
    OVERVIEW_CHUNK_MAX = 4 << 20, /* bytes of a chunk of pictures, if it has more than one */
    LEVEL_OF_PICTURES = 1,        /* of blosc: higher ones save less than 5 % of noisy pictures */
    LEVEL_OF_TABLES = 5,
};

typedef struct description {
    const char *name;
    zarr_type type;
    const char *about, *units, *how;
} description;

#define OF_BLOCKS "of the means of all whole blocks of 8 x 8 pixels"
#define SCALE "10-bit scale: black 64, white 940, gray chroma 512"

static const description statistics[N_STATISTICS] = {
    [STATISTIC_LUMA_MEAN] = {"luma_mean", ZARR_F32, "mean luma", "1", "mean " OF_BLOCKS "; " SCALE},
    [STATISTIC_LUMA_STD] = {"luma_std", ZARR_F32, "standard deviation of luma", "1",
                            "population standard deviation " OF_BLOCKS "; " SCALE},
    [STATISTIC_CB_MEAN] = {"cb_mean", ZARR_F32, "mean blue-difference chroma", "1",
                           "mean " OF_BLOCKS "; " SCALE},
    [STATISTIC_CR_MEAN] = {"cr_mean", ZARR_F32, "mean red-difference chroma", "1",
                           "mean " OF_BLOCKS "; " SCALE},
    [STATISTIC_SHARPNESS] = {"sharpness", ZARR_F32, "gradient energy of luma", "1",
                             "mean squared difference between horizontal neighbours, plus that "
                             "between vertical neighbours, " OF_BLOCKS},
    [STATISTIC_DIFFERENCE] = {"difference", ZARR_F32, "difference to the frame before", "1",
                              "mean absolute difference " OF_BLOCKS
                              " to those of the frame before; " SCALE},
    [STATISTIC_SHIFT_X] = {"shift_x", ZARR_F32, "shift of the content to the right", "1",
                           "pixels since the frame before: what was at p from the center is at "
                           "zoom * p + (shift_x, shift_y)"},
    [STATISTIC_SHIFT_Y] = {"shift_y", ZARR_F32, "shift of the content downwards", "1",
                           "pixels since the frame before: what was at p from the center is at "
                           "zoom * p + (shift_x, shift_y)"},
    [STATISTIC_ZOOM] = {"zoom", ZARR_F32, "zoom of the content", "1",
                        "factor by which the content became larger since the frame before"},
    [STATISTIC_SIZE] = {"size", ZARR_U32, "bytes of the frame", "byte",
                        "compressed size as recorded: much texture takes many bytes"},
    [STATISTIC_LUMA_MIN] = {"luma_min", ZARR_U16, "minimum of luma", "1",
                            "least " OF_BLOCKS "; " SCALE},
    [STATISTIC_LUMA_MAX] = {"luma_max", ZARR_U16, "maximum of luma", "1",
                            "greatest " OF_BLOCKS "; " SCALE},
    [STATISTIC_LUMA_P05] = {"luma_p05", ZARR_U16, "5th percentile of luma", "1",
                            "numpy.percentile(method=\"inverted_cdf\") " OF_BLOCKS "; " SCALE},
    [STATISTIC_LUMA_P50] = {"luma_p50", ZARR_U16, "median of luma", "1",
                            "numpy.percentile(method=\"inverted_cdf\") " OF_BLOCKS "; " SCALE},
    [STATISTIC_LUMA_P95] = {"luma_p95", ZARR_U16, "95th percentile of luma", "1",
                            "numpy.percentile(method=\"inverted_cdf\") " OF_BLOCKS "; " SCALE},
    [STATISTIC_FLAGS] = {"flags", ZARR_I64, "flags of the picture", NULL,
                         "black: luma_p95 is at most 80; frozen: no luma block differs from the "
                         "frame before; damaged: nothing is known; no_motion: shift and zoom are "
                         "not known"},
};

static const description scene_columns[N_SCENE_COLUMNS] = {
    {"start_frame", ZARR_U32, "first frame of the scene", "1",
     "a scene is a stretch of frames in which the camera does not move"},
    {"end_frame", ZARR_U32, "last frame of the scene", "1", "it belongs to the scene"},
    {"representative_frame", ZARR_U32, "frame that represents the scene", "1",
     "the undamaged frame next to the middle whose number is a multiple of 16"},
};

static cJSON *attributes_of(const description *d, unsigned version)
{
    cJSON *to = json_object();
    json_add_text(to, "long_name", d->about);
    json_add_optional_text(to, "units", d->units);
    json_add_text(to, "comment", d->how);
    json_add_u64(to, ATTRIBUTE_ANALYSIS_VERSION, version);
    return to;
}

/* An array of one dimension in one chunk, which in version 3 is compressed as the index is. */
static void one_dimensional(zarr_array *out, zarr_format zarr, zarr_type type, const char *dim,
                            uint64_t n)
{
    *out =
        (zarr_array){.type = type, .n_dims = 1, .shape = {n}, .chunk = {n ? n : 1}, .dim = {dim}};
    if (zarr == ZARR_V3)
        out->codec[out->n_codecs++] = (zarr_codec){
            .kind = ZARR_BLOSC, .level = LEVEL_OF_TABLES, .typesize = zarr_type_size(type)};
}

const char *analysis_group_name(int i)
{
    static const char *const names[N_ANALYSIS_GROUPS] = {"statistics", "overview", "scenes"};
    return names[i];
}

bool rel_key_is_of_analysis(const char *rel_key)
{
    const size_t n = strcspn(rel_key, "/");
    for (int i = 0; i < N_ANALYSIS_GROUPS; i++)
        if (strlen(analysis_group_name(i)) == n && memcmp(analysis_group_name(i), rel_key, n) == 0)
            return true;
    return false;
}

/* ---- statistics/ ---- */

const char *statistic_name(statistic s)
{
    return statistics[s].name;
}

/* The bits of frame_statistics.flags. */
static void describe_flags(cJSON *to)
{
    cJSON *masks = json_array();
    for (int i = 0; i < 4; i++)
        json_add_i64(masks, NULL, 1 << i);
    json_add(to, "flag_masks", masks);
    json_add_text(to, "flag_meanings", "black frozen damaged no_motion");
}

void statistic_array(zarr_array *out, zarr_format zarr, statistic s, uint64_t n, unsigned version)
{
    one_dimensional(out, zarr, statistics[s].type, "time", n);
    out->attributes = attributes_of(&statistics[s], version);
    if (s == STATISTIC_FLAGS)
        describe_flags(out->attributes);
}

/* ---- overview/ ---- */

void overview_picture_array(zarr_array *out, zarr_format zarr, uint64_t n, uint32_t rows,
                            uint32_t columns, unsigned version)
{
    static const description picture = {
        "picture", ZARR_U8, "pictures at 1/8 scale: red, green, blue", "1",
        "a pixel is the mean of a block of 8 x 8 pixels; black where the frame is damaged"};
    const uint64_t bytes = (uint64_t)rows * columns * 3;
    const uint64_t most = bytes < OVERVIEW_CHUNK_MAX ? OVERVIEW_CHUNK_MAX / bytes : 1;
    const uint64_t chunks = (n + most - 1) / most;
    const uint64_t each = chunks > 0 ? (n + chunks - 1) / chunks : 1;
    *out = (zarr_array){.type = ZARR_U8,
                        .n_dims = 4,
                        .shape = {n, rows, columns, 3},
                        .chunk = {each, rows, columns, 3},
                        .dim = {"time", "y", "x", "channel"},
                        .attributes = attributes_of(&picture, version)};
    json_add_text(out->attributes, "coordinates", "frame");
    if (zarr == ZARR_V3)
        out->codec[out->n_codecs++] =
            (zarr_codec){.kind = ZARR_BLOSC, .level = LEVEL_OF_PICTURES, .typesize = 1};
}

void overview_frame_array(zarr_array *out, zarr_format zarr, uint64_t n)
{
    one_dimensional(out, zarr, ZARR_U32, "time", n);
    out->attributes = json_object();
    json_add_text(out->attributes, "long_name", "number of the frame that the picture shows");
    json_add_text(out->attributes, "units", "1");
}

void overview_axis_array(zarr_array *out, video_axis axis, uint64_t n)
{
    video_axis_array(out, axis, n);
    out->attributes = json_object();
    json_add_text(out->attributes, "long_name",
                  axis == VIDEO_Y ? "row of the block's first pixel, counted from the bottom"
                                  : "column of the block's first pixel, counted from the left");
    json_add_text(out->attributes, "units", "1");
}

int64_t overview_axis_value(video_axis axis, uint64_t i, uint64_t size)
{
    return video_axis_value(axis, 8 * i, size);
}

/* ---- scenes/ ---- */

const char *scene_column_name(int c)
{
    return scene_columns[c].name;
}

void scene_column_array(zarr_array *out, zarr_format zarr, int c, uint64_t n, unsigned version)
{
    one_dimensional(out, zarr, scene_columns[c].type, "scene", n);
    out->attributes = attributes_of(&scene_columns[c], version);
}

void scene_signature_array(zarr_array *out, zarr_format zarr, uint64_t n, uint32_t rows,
                           uint32_t columns, unsigned version)
{
    static const description signature = {
        "signature", ZARR_U8, "signature of the view", "1",
        "mean luma of the representative frame in rows x columns cells, less the mean of all "
        "cells, in steps of 1/48 of their standard deviation, plus 128"};
    one_dimensional(out, zarr, ZARR_U8, "scene", n);
    out->n_dims = 3;
    out->shape[1] = out->chunk[1] = rows;
    out->shape[2] = out->chunk[2] = columns;
    out->dim[1] = "row";
    out->dim[2] = "column";
    out->attributes = attributes_of(&signature, version);
}
