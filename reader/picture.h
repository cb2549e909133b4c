/* From the decoder's words to those of camzarr.h: views, shapes, and memory that planes fill. */
#ifndef CZ_READER_PICTURE_H
#define CZ_READER_PICTURE_H

#include "prores/prores.h"

/* Bytes of pictures that are made at once where the library chooses how many, unless one has more.
 */
enum { PICTURES_ROOM = 256 << 20 };
/* Is a picture of so many bytes worth its memory? Any is that has up to PICTURES_ROOM; a larger one
 * only if the len bytes of the frame can hold the slices that its header claims. Errors: FORMAT. */
int picture_check(const prores_header *head, size_t len, size_t bytes, cz_error *err);

/* A view (NULL: all defaults), its RGB made with that matrix. */
prores_options picture_options(const cz_view *view, prores_matrix matrix);
/* Planes one behind the other, rows without gaps. */
cz_shape picture_shape(const prores_shape *shape);
/* The planes of such a picture at pixels. */
prores_image picture_image(const cz_shape *shape, void *pixels);

#endif
