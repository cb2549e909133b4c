/* The output of `frame -o OUT`: one file for all frames or one file per frame, and its format.
 *
 * OUT is a file; a file with %06d (or %d) in its name, where the frame's number goes; a folder, in
 * which files are named NAME_000007.icpf; or - for standard output. */
#ifndef CZ_CLI_FRAME_TARGET_H
#define CZ_CLI_FRAME_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* File formats; each has a row in the table of frame_target.c. */
typedef enum frame_form {
    FORM_RAW,  /* frames as recorded, concatenated */
    FORM_ICPF, /* the same, one frame per file */
    FORM_MOV,
    FORM_AVI,
    FORM_PNG, /* pictures from here on */
    FORM_TIFF,
    FORM_JPEG,
    FORM_NPY,
    FORM_YUV,    /* planes as decoded, pictures concatenated */
    FORM_PIXELS, /* the same in any layout; has no extension */
} frame_form;

typedef struct frame_target {
    frame_form form;
    cz_layout layout;     /* of pictures */
    char *before, *after; /* of the file name; the frame's number goes between them */
    int digits; /* minimum digits of the number; -1: one file for all frames, named `before` */
} frame_target;

/* Parse OUT (`path`) and --format and, if OUT is a folder, create it. format may be NULL; it is a
 * file format, for an OUT without a known extension, or a pixel format. clip names the files in a
 * folder. n is the number of frames. Errors: USAGE (unknown extension, several frames for a format
 * that holds one, - without a format), NOMEM, and those of out_make_folder(). */
int target_make(frame_target *out, const char *path, const char *format, const char *clip, size_t n,
                cz_error *err);
/* Path of a frame's file; free() it. NULL when out of memory. */
char *target_path(const frame_target *t, uint64_t frame);
void target_free(frame_target *t);
/* The format holds decoded pictures. */
bool target_is_picture(const frame_target *t);

#endif
