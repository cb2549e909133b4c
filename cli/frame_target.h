/* Where `frame -o OUT` writes, and in which form: one file for all frames, or one for each.
 *
 * OUT is a file; a file with %06d (or %d) in its name, where the frame's number goes; a folder, in
 * which files are named NAME_000007.icpf; or - for standard output. */
#ifndef CZ_CLI_FRAME_TARGET_H
#define CZ_CLI_FRAME_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* The forms that a frame can be written in: a row in the table of frame_target.c each. */
typedef enum frame_form {
    FORM_RAW,  /* frames as recorded, one behind the other */
    FORM_ICPF, /* the same, a frame a file */
    FORM_MOV,
    FORM_AVI,
    FORM_PNG, /* pictures from here on */
    FORM_TIFF,
    FORM_JPEG,
    FORM_NPY,
    FORM_YUV,    /* planes as they are decoded, one picture behind the other */
    FORM_PIXELS, /* the same of any layout, without an ending of its own */
} frame_form;

typedef struct frame_target {
    frame_form form;
    cz_layout layout;     /* of pictures */
    char *before, *after; /* of the file's name; the number goes between them */
    int digits;           /* at least so many of them; -1: one file for all, named `before` */
} frame_target;

/* format, which may be NULL, is a form where OUT's ending says none, or what pixels are. clip
 * names the files of a folder, which is made if it isn't there. n frames will be written.
 * Errors: USAGE (an ending that is no form, several frames into one file that holds one, -
 * without a format), NOMEM, and what making a folder says. */
int target_make(frame_target *out, const char *path, const char *format, const char *clip, size_t n,
                cz_error *err);
/* The file's path for a frame; free() it. NULL when out of memory. */
char *target_path(const frame_target *t, uint64_t frame);
void target_free(frame_target *t);
/* Is it a form that frames are decoded for? */
bool target_is_picture(const frame_target *t);

#endif
