/* Inside verify_analysis(): the arrays that statistics, overview and scenes must have. */
#ifndef CZ_READER_ANALYSIS_VERIFY_ANALYSIS_H
#define CZ_READER_ANALYSIS_VERIFY_ANALYSIS_H

#include "reader/index_column.h"
#include "reader/verify.h"

/* The arrays: the statistics by number, and then these. */
enum {
    STATISTICS_TIME = N_STATISTICS,
    OVERVIEW_PICTURE,
    OVERVIEW_FRAME,
    OVERVIEW_TIME,
    OVERVIEW_Y,
    OVERVIEW_X,
    SCENE_COLUMNS,
    SCENE_SIGNATURE = SCENE_COLUMNS + N_SCENE_COLUMNS,
    N_ARRAYS
};

/* What the commit marker and the scenes say. */
typedef struct expected {
    const cz_overview *overview;
    uint64_t frames, scenes;
    unsigned version;
    zarr_format zarr;
} expected;

/* Array i and its path below clips/NAME/, with the attributes, which the array's document takes
 * over; or without them. */
void expected_array(index_column *out, const expected *e, int i);
void expected_values(index_column *out, const expected *e, int i);

/* Compare the documents of a group, whose arrays are `from` to `to`, with those expected, and with
 * their copies in consolidated metadata. Errors: as all parts of verify. */
int verify_documents(verify *v, const expected *e, const char *group, int from, int to,
                     cz_error *err);

#endif
