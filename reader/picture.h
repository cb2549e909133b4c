/* From the decoder's words to those of camzarr.h: views, shapes, and memory that planes fill. */
#ifndef CZ_READER_PICTURE_H
#define CZ_READER_PICTURE_H

#include "prores/prores.h"

/* A view (NULL: all defaults), its RGB made with that matrix. */
prores_options picture_options(const cz_view *view, prores_matrix matrix);
/* Planes one behind the other, rows without gaps. */
cz_shape picture_shape(const prores_shape *shape);
/* The planes of such a picture at pixels. */
prores_image picture_image(const cz_shape *shape, void *pixels);

#endif
