/* Writes decoded pictures as PNG, TIFF, JPEG and NumPy arrays.
 *
 * Each writer appends a complete file to a buffer. The file has a text with clip, frame, time and
 * source. It depends on the frame and the options alone, not on the thread or on earlier pictures;
 * another version of a compression library may give other bytes for the same pixels. */
#ifndef CZ_CLI_PICTURE_PICTURE_H
#define CZ_CLI_PICTURE_PICTURE_H

#include "base/buf.h"
#include "cli/picture/deflate.h"

typedef struct picture {
    const uint8_t *pixels; /* as cz_pictures() gives them */
    cz_layout layout;
    cz_shape shape;
    const char *clip, *source;
    uint64_t frame;
    const char *time; /* ISO 8601; "" if the start of the clip is unknown */
} picture;

/* Chroma subsampling of JPEG. */
typedef enum picture_chroma { CHROMA_444, CHROMA_422, CHROMA_420 } picture_chroma;

typedef struct picture_options {
    deflate_level compression; /* of PNG and TIFF */
    int quality;               /* of JPEG, 1 to 100 */
    picture_chroma chroma;     /* of JPEG */
} picture_options;

/* What a writer needs for one picture at a time: a compressor, memory. One thread may use it at a
 * time. */
typedef struct picture_writer {
    picture_options options;
    deflater *deflater;
    buf rows; /* rows that are ready for compression */
} picture_writer;

/* Errors: NOMEM. */
int picture_writer_open(picture_writer *out, const picture_options *options, cz_error *err);
void picture_writer_close(picture_writer *w); /* NULL-safe, repeatable */

/* Errors: UNSUPPORTED (a layout that the format cannot hold; with a hint, or a picture that is too
 * large for it), NOMEM, IO (the library failed). */
/* gray, gray16le, rgb24, rgb48le, rgba, rgba64le */
int picture_png(buf *out, picture_writer *w, const picture *p, cz_error *err);
/* the same */
int picture_tiff(buf *out, picture_writer *w, const picture *p, cz_error *err);
/* gray, rgb24 */
int picture_jpeg(buf *out, picture_writer *w, const picture *p, cz_error *err);

/* The head of an .npy file (NumPy format 1.0) of n pictures, which follow as they are: shape
 * (height, width), (height, width, channels) or, of equal planes, (planes, height, width), with
 * n before it unless n is 1. Errors: UNSUPPORTED (planes of several sizes), NOMEM. */
int picture_npy_head(buf *out, cz_layout layout, const cz_shape *shape, size_t n, cz_error *err);

/* The text that goes into a file: "clip CLIP, frame 7, 2018-07-12T00:05:10.5Z, from SOURCE". */
void picture_describe(buf *out, const picture *p);
/* For the writers: UNSUPPORTED with a hint that names `able`. */
int picture_refuse(const picture *p, const char *form, const char *able, cz_error *err);

#endif
