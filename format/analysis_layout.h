/* The groups of a clip that say what its pictures show (docs/format.md, The analysis): statistics/,
 * overview/ and scenes/. Names, shapes and attributes of their arrays; docs/analysis.md defines the
 * values.
 *
 * Pure; thread-safe. The attributes belong to the arrays' documents. `version` is that of the
 * definitions. */
#ifndef CZ_FORMAT_ANALYSIS_LAYOUT_H
#define CZ_FORMAT_ANALYSIS_LAYOUT_H

#include "format/layout.h"

typedef enum statistic {
    STATISTIC_LUMA_MEAN,
    STATISTIC_LUMA_STD,
    STATISTIC_CB_MEAN,
    STATISTIC_CR_MEAN,
    STATISTIC_SHARPNESS,
    STATISTIC_DIFFERENCE,
    STATISTIC_SHIFT_X,
    STATISTIC_SHIFT_Y,
    STATISTIC_ZOOM,
    STATISTIC_SIZE,
    STATISTIC_LUMA_MIN,
    STATISTIC_LUMA_MAX,
    STATISTIC_LUMA_P05,
    STATISTIC_LUMA_P50,
    STATISTIC_LUMA_P95,
    STATISTIC_FLAGS,
    N_STATISTICS
} statistic;

enum { N_ANALYSIS_GROUPS = 3 };
const char *analysis_group_name(int i);
/* Whether an object of the clip, or a node in its consolidated metadata, is in one of the three
 * groups, or is one: "scenes", "scenes/zarr.json". */
bool rel_key_is_of_analysis(const char *rel_key);

const char *statistic_name(statistic s); /* "luma_mean" */
/* The array of n frames, in one chunk, and its attributes. Flags are int64, as those of the index
 * are (layout.h). */
void statistic_array(zarr_array *out, zarr_format zarr, statistic s, uint64_t n, unsigned version);

/* overview/picture: n pictures in chunks of at most 4 MiB, all but the last with as many. */
void overview_picture_array(zarr_array *out, zarr_format zarr, uint64_t n, uint32_t rows,
                            uint32_t columns, unsigned version);
/* overview/frame: the number of the frame that each picture shows. */
void overview_frame_array(zarr_array *out, zarr_format zarr, uint64_t n);
/* overview/y and overview/x: where a picture's pixels are in the frame, in the coordinates of
 * video/y and video/x: those of the first pixel of each block. `size` is the height or width of the
 * frame, n the rows or columns of a picture. */
void overview_axis_array(zarr_array *out, video_axis axis, uint64_t n);
int64_t overview_axis_value(video_axis axis, uint64_t i, uint64_t size);

/* scenes/start_frame, end_frame and representative_frame of n scenes; and scenes/signature, of rows
 * x columns cells. */
enum { N_SCENE_COLUMNS = 3 };
const char *scene_column_name(int c);
void scene_column_array(zarr_array *out, zarr_format zarr, int c, uint64_t n, unsigned version);
void scene_signature_array(zarr_array *out, zarr_format zarr, uint64_t n, uint32_t rows,
                           uint32_t columns, unsigned version);

#endif
