#include "convert/analysis.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "convert/table_group.h"
#include "format/analysis_layout.h"
#include "format/attributes.h"

/* ---- While the source is read ---- */

int analysis_begin(analysis *out, const analysed_clip *clip, overview_rate rate, unsigned n_workers,
                   publisher *to, cz_error *err)
{
    const frame_step step = overview_step(rate, clip->rate_num, clip->rate_den);
    out->clip = *clip;
    int rc = overview_new(&out->overview, clip, step, to, err);
    const clip_analysis_options options = {.frames = clip->frames,
                                           .width = clip->width,
                                           .height = clip->height,
                                           .workers = n_workers,
                                           .overview_step = step,
                                           .picture = overview_add,
                                           .user = out->overview};
    if (rc == CZ_OK)
        rc = clip_analysis_new(&out->of, &options, err);
    return rc;
}

int analysis_begin_plan(analysis *out, const plan *p, overview_rate rate, unsigned n_workers,
                        publisher *to, cz_error *err)
{
    const uint64_t n = p->movie->n_frames;
    analysed_clip clip = {.zarr = p->zarr, .frames = n, .width = p->width, .height = p->height};
    mov_frame_rate(&p->movie->times, &clip.rate_num, &clip.rate_den);
    clip.time = out->times = malloc((size_t)n * sizeof *out->times);
    if (!out->times)
        return cz_fail_memory(err, "times of %" PRIu64 " frames", n);
    for (uint64_t i = 0; i < n; i++)
        out->times[i] = plan_time(p, i);
    return analysis_begin(out, &clip, rate, n_workers, to, err);
}

void analysis_free(analysis *a)
{
    if (!a)
        return;
    clip_analysis_free(&a->of);
    overview_free(&a->overview);
    free(a->times);
    a->times = NULL;
}

int analysis_shard(analysis *a, const plan *p, unsigned worker, uint64_t k, const uint8_t *data,
                   cz_error *err)
{
    uint32_t sizes[SHARD_FRAMES_MAX];
    uint64_t end;
    const uint64_t first = plan_shard_frames(p, k, &end);
    for (uint64_t i = first; i < end; i++)
        sizes[i - first] = plan_frame_size(p, i);
    return clip_analysis_part(a->of, worker, first, end - first, data, sizes, err);
}

/* ---- statistics/ ---- */

static float float_value(const frame_statistics *f, statistic s)
{
    switch (s) {
    case STATISTIC_LUMA_MEAN:
        return f->luma_mean;
    case STATISTIC_LUMA_STD:
        return f->luma_std;
    case STATISTIC_CB_MEAN:
        return f->cb_mean;
    case STATISTIC_CR_MEAN:
        return f->cr_mean;
    case STATISTIC_SHARPNESS:
        return f->sharpness;
    case STATISTIC_DIFFERENCE:
        return f->difference;
    case STATISTIC_SHIFT_X:
        return f->shift_x;
    case STATISTIC_SHIFT_Y:
        return f->shift_y;
    default:
        return f->zoom;
    }
}

static uint32_t integer_value(const frame_statistics *f, statistic s)
{
    switch (s) {
    case STATISTIC_SIZE:
        return f->size;
    case STATISTIC_LUMA_MIN:
        return f->luma_min;
    case STATISTIC_LUMA_MAX:
        return f->luma_max;
    case STATISTIC_LUMA_P05:
        return f->luma_p05;
    case STATISTIC_LUMA_P50:
        return f->luma_p50;
    case STATISTIC_LUMA_P95:
        return f->luma_p95;
    default:
        return f->flags;
    }
}

static void fill(void *out, zarr_type type, const frame_statistics *f, statistic s, uint64_t n)
{
    float *f32 = out;
    uint16_t *u16 = out;
    uint32_t *u32 = out;
    int64_t *i64 = out;
    for (uint64_t i = 0; i < n; i++)
        if (type == ZARR_F32)
            f32[i] = float_value(&f[i], s);
        else if (type == ZARR_U16)
            u16[i] = (uint16_t)integer_value(&f[i], s);
        else if (type == ZARR_U32)
            u32[i] = integer_value(&f[i], s);
        else
            i64[i] = integer_value(&f[i], s);
}

/* The times of the frames `shows` says, or of all. */
static int put_times(publisher *to, table_group *g, const analysed_clip *clip,
                     const overview *shows, uint64_t n, cz_error *err)
{
    zarr_array a;
    int64_t *values = malloc((size_t)n * sizeof *values);
    if (!values)
        return cz_fail_memory(err, "times of %" PRIu64 " pictures", n);
    for (uint64_t i = 0; i < n; i++)
        values[i] = clip->time[shows ? overview_shows(shows, i) : i];
    column_array(&a, clip->zarr, CZ_TIME, n);
    a.attributes = attributes_of_time();
    const int rc = table_group_put_array(to, g, "time", &a, values, err);
    free(values);
    return rc;
}

static int put_statistics(publisher *to, const analysis *shown, cJSON *clip_metadata, cz_error *err)
{
    table_group g = {.name = "statistics",
                     .format = FORMAT_TEXT_ANALYSIS,
                     .zarr = shown->clip.zarr,
                     .clip_metadata = clip_metadata};
    const uint64_t n = shown->clip.frames;
    const frame_statistics *frames = clip_analysis_frames(shown->of);
    void *values = malloc((size_t)n * sizeof(int64_t));
    if (!values)
        return cz_fail_memory(err, "statistics of %" PRIu64 " frames", n);
    int rc = put_times(to, &g, &shown->clip, NULL, n, err);
    for (int s = 0; rc == CZ_OK && s < N_STATISTICS; s++) {
        zarr_array a;
        statistic_array(&a, g.zarr, (statistic)s, n, ANALYSIS_VERSION);
        fill(values, a.type, frames, (statistic)s, n);
        rc = table_group_put_array(to, &g, statistic_name((statistic)s), &a, values, err);
    }
    if (rc == CZ_OK)
        rc = table_group_put(to, &g, "statistics of the frames",
                             "Of the means of blocks of 8 x 8 pixels, a value a frame; NaN or 0 "
                             "where it is not known. docs/analysis.md of camzarr defines each.",
                             err);
    free(values);
    table_group_free(&g);
    return rc;
}

/* ---- overview/ ---- */

static int put_axis(publisher *to, table_group *g, video_axis axis, uint64_t n, uint64_t size,
                    cz_error *err)
{
    zarr_array a;
    int64_t *values = malloc((size_t)n * sizeof *values);
    if (!values)
        return cz_fail_memory(err, "%" PRIu64 " coordinates", n);
    for (uint64_t i = 0; i < n; i++)
        values[i] = overview_axis_value(axis, i, size);
    overview_axis_array(&a, axis, n);
    const int rc = table_group_put_array(to, g, video_axis_name(axis), &a, values, err);
    free(values);
    return rc;
}

static int put_frames(publisher *to, table_group *g, const overview *shows, uint64_t n,
                      cz_error *err)
{
    zarr_array a;
    uint32_t *values = malloc((size_t)n * sizeof *values);
    if (!values)
        return cz_fail_memory(err, "overview of %" PRIu64 " pictures", n);
    for (uint64_t i = 0; i < n; i++)
        values[i] = (uint32_t)overview_shows(shows, i);
    overview_frame_array(&a, g->zarr, n);
    const int rc = table_group_put_array(to, g, "frame", &a, values, err);
    free(values);
    return rc;
}

/* The chunks of pictures are there already. */
static int put_overview(publisher *to, const analysis *shown, cJSON *clip_metadata, cz_error *err)
{
    table_group g = {.name = "overview",
                     .format = FORMAT_TEXT_ANALYSIS,
                     .zarr = shown->clip.zarr,
                     .clip_metadata = clip_metadata};
    zarr_array a;
    uint32_t rows, columns;
    const uint64_t n = overview_pictures(shown->overview, &rows, &columns);
    overview_picture_array(&a, g.zarr, n, rows, columns, ANALYSIS_VERSION);
    int rc = table_group_put_array(to, &g, "picture", &a, NULL, err);
    if (rc == CZ_OK)
        rc = put_times(to, &g, &shown->clip, shown->overview, n, err);
    if (rc == CZ_OK)
        rc = put_frames(to, &g, shown->overview, n, err);
    if (rc == CZ_OK)
        rc = put_axis(to, &g, VIDEO_Y, rows, shown->clip.height, err);
    if (rc == CZ_OK)
        rc = put_axis(to, &g, VIDEO_X, columns, shown->clip.width, err);
    if (rc == CZ_OK)
        rc = table_group_put(to, &g, "overview",
                             "Pictures at 1/8 scale of some frames, whose numbers are in frame.",
                             err);
    table_group_free(&g);
    return rc;
}

/* ---- scenes/ ---- */

static int put_signatures(publisher *to, table_group *g, const clip_analysis *of,
                          const scene *scenes, size_t n, cz_error *err)
{
    zarr_array a;
    uint8_t *values = malloc((n + 1) * SIGNATURE_BYTES);
    if (!values)
        return cz_fail_memory(err, "signatures of %zu scenes", n);
    for (size_t i = 0; i < n; i++)
        memcpy(values + i * SIGNATURE_BYTES, clip_analysis_signature(of, scenes[i].representative),
               SIGNATURE_BYTES);
    scene_signature_array(&a, g->zarr, n, SIGNATURE_ROWS, SIGNATURE_COLUMNS, ANALYSIS_VERSION);
    const int rc = table_group_put_array(to, g, "signature", &a, values, err);
    free(values);
    return rc;
}

static int put_scene_column(publisher *to, table_group *g, int c, const scene *scenes, size_t n,
                            cz_error *err)
{
    zarr_array a;
    uint32_t *values = malloc((n + 1) * sizeof *values);
    if (!values)
        return cz_fail_memory(err, "%zu scenes", n);
    for (size_t i = 0; i < n; i++)
        values[i] = (uint32_t)(c == 0   ? scenes[i].first
                               : c == 1 ? scenes[i].last
                                        : scenes[i].representative);
    scene_column_array(&a, g->zarr, c, n, ANALYSIS_VERSION);
    const int rc = table_group_put_array(to, g, scene_column_name(c), &a, values, err);
    free(values);
    return rc;
}

static int put_scenes(publisher *to, const analysis *shown, cJSON *clip_metadata, cz_error *err)
{
    table_group g = {.name = "scenes",
                     .format = FORMAT_TEXT_ANALYSIS,
                     .zarr = shown->clip.zarr,
                     .clip_metadata = clip_metadata};
    scene *scenes = NULL;
    size_t n = 0;
    int rc = clip_analysis_scenes(&scenes, &n, shown->of, err);
    for (int c = 0; rc == CZ_OK && c < N_SCENE_COLUMNS; c++)
        rc = put_scene_column(to, &g, c, scenes, n, err);
    if (rc == CZ_OK)
        rc = put_signatures(to, &g, shown->of, scenes, n, err);
    if (rc == CZ_OK)
        rc = table_group_put(to, &g, "scenes",
                             "A row a stretch of frames in which the camera does not move.", err);
    free(scenes);
    table_group_free(&g);
    return rc;
}

int analysis_publish(publisher *to, const analysis *a, cJSON *clip_metadata, cz_error *err)
{
    int rc = put_statistics(to, a, clip_metadata, err);
    if (rc == CZ_OK)
        rc = put_overview(to, a, clip_metadata, err);
    if (rc == CZ_OK)
        rc = put_scenes(to, a, clip_metadata, err);
    return rc;
}
