/* Conversion between the types of the decoder and those of camzarr.h: views, shapes, and memory
 * that planes are decoded to. Pure; thread-safe. */
#ifndef CZ_READER_PICTURE_H
#define CZ_READER_PICTURE_H

#include "prores/prores.h"

/* Bytes of pictures that are decoded at once where the library chooses their number, unless one
 * picture has more. */
enum { PICTURES_ROOM = 256 << 20 };
/* Check before a picture of `bytes` bytes is allocated. Up to PICTURES_ROOM any is accepted, a
 * larger one only if the len bytes of the frame can contain the slices that its header claims.
 * Errors: FORMAT. */
int picture_check(const prores_header *head, size_t len, size_t bytes, cz_error *err);

/* Options for a view (NULL: all defaults); RGB is converted with that matrix. */
prores_options picture_options(const cz_view *view, prores_matrix matrix);
/* The public shape: planes in sequence, rows without padding. */
cz_shape picture_shape(const prores_shape *shape);
/* The planes of a picture of this shape at `pixels`. */
prores_image picture_image(const cz_shape *shape, void *pixels);

#endif
