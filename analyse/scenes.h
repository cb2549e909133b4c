/* Scenes: the stretches of a clip in which the camera does not move, found from the statistics of
 * all frames. docs/analysis.md has the definition.
 *
 * Two frames belong to different stretches if there is a cut, a black frame, or a moving frame
 * between them. A frame moves if the content moves by more than a limit during the 16 steps before
 * it, and during the 16 steps after it: so the last frame before a pan, and the first after it,
 * belong to the stretch. */
#ifndef CZ_ANALYSE_SCENES_H
#define CZ_ANALYSE_SCENES_H

#include "analyse/frame_statistics.h"

enum {
    SCENE_FRAMES_MIN = 30,     /* or the whole clip */
    SCENE_WINDOW = 16,         /* steps over which motion is summed */
    REPRESENTATIVE_EVERY = 16, /* only such frames represent a scene */
};
#define SCENE_DRIFT_MAX                                                                            \
    4.0 /* pixels of a frame 1920 wide, during SCENE_WINDOW steps; in proportion                   \
of others, but at least 2 */
#define CUT_DIFFERENCE 12.0F /* frames that differ by less, without known motion, are no cut */

/* A scene; frames count from 0. */
typedef struct scene {
    uint64_t first, last;    /* the last one is included */
    uint64_t representative; /* the multiple of 16 next to the middle that is not damaged */
} scene;

/* Find the scenes of a clip of n frames of `width` x `height` pixels, in ascending order. The
 * caller frees *ret_scenes (NULL if there is none). Pure; any thread. Errors: CZ_NOMEM. */
int scenes_find(scene **ret_scenes, size_t *ret_count, const frame_statistics *frames, uint64_t n,
                uint32_t width, uint32_t height, cz_error *err);

/* ---- The signature of a view ---- */

enum { SIGNATURE_COLUMNS = 16, SIGNATURE_ROWS = 9 };
enum { SIGNATURE_BYTES = SIGNATURE_COLUMNS * SIGNATURE_ROWS };

/* The mean luma of 16 x 9 cells of a picture, row by row, less the mean of all cells, in steps of
 * 1/48 of their standard deviation, plus 128: independent of brightness and contrast. All 128 if
 * that is less than 1 of 1023. */
void view_signature(uint8_t out[SIGNATURE_BYTES], const dc_picture *picture);

#endif
