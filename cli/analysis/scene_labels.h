/* Labels of stretches of frames, such as the region tags of CamHD, from a file of the user.
 *
 * CSV: a row LABEL,FIRST,LAST a stretch, whose last frame belongs to it. A first row of names gives
 * the columns another order, and may name others, which are ignored: label (or scene_tag),
 * start_frame, end_frame; with a column clip (or mov_basename), rows of other clips are ignored.
 * JSON: an array of objects with members of these names. */
#ifndef CZ_CLI_ANALYSIS_SCENE_LABELS_H
#define CZ_CLI_ANALYSIS_SCENE_LABELS_H

#include "base/buf.h"

typedef struct scene_label {
    char *text;
    uint64_t first, last;
} scene_label;

/* Zero-initialize before. */
typedef struct scene_labels {
    scene_label *at; /* in the order of the file */
    size_t n, room;
} scene_labels;

/* Read those of a clip. Errors: FORMAT (not such a file: names the row), NOMEM, and those of
 * reading. */
int scene_labels_read(scene_labels *out, const char *path, const char *clip, cz_error *err);
void scene_labels_free(scene_labels *l);

/* A label is a scene's if the frames that both have are at least half of the shorter one. */
bool scene_label_fits(const scene_label *l, const cz_scene *scene);

#endif
