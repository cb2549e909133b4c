/* Writes decoded pictures as PNG, TIFF, JPEG and NumPy arrays.
 *
 * Each writer appends a complete file to a buffer. The file has a text with clip, frame, time and
 * source; it depends on the frame alone. Pure; any thread. */
#ifndef CZ_CLI_PICTURE_PICTURE_H
#define CZ_CLI_PICTURE_PICTURE_H

#include "base/buf.h"

typedef struct picture {
    const uint8_t *pixels; /* as cz_pictures() gives them */
    cz_layout layout;
    cz_shape shape;
    const char *clip, *source;
    uint64_t frame;
    const char *time; /* ISO 8601; "" if the start of the clip is unknown */
} picture;

/* Errors: UNSUPPORTED (a layout that the format cannot hold; with a hint), NOMEM, IO (the library
 * failed). */
int picture_png(buf *out, const picture *p,
                cz_error *err); /* gray, gray16le, rgb24, rgb48le, rgba */
int picture_tiff(buf *out, const picture *p, cz_error *err); /* the same */
int picture_jpeg(buf *out, const picture *p, cz_error *err); /* gray, rgb24 */

/* The head of an .npy file (NumPy format 1.0) of n pictures, which follow as they are: shape
 * (height, width), (height, width, channels) or, of equal planes, (planes, height, width), with
 * n before it unless n is 1. Errors: UNSUPPORTED (planes of several sizes), NOMEM. */
int picture_npy_head(buf *out, cz_layout layout, const cz_shape *shape, size_t n, cz_error *err);

/* The text that goes into a file: "clip CLIP, frame 7, 2018-07-12T00:05:10.5Z, from SOURCE". */
void picture_describe(buf *out, const picture *p);
/* For the writers: UNSUPPORTED with a hint that names `able`. */
int picture_refuse(const picture *p, const char *form, const char *able, cz_error *err);

#endif
