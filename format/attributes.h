/* What the arrays of a clip say of themselves: attributes by the CF conventions, and the document
 * of the codec that makes pixels of frames. The same in a store and in what is exported from one.
 *
 * Pure. Each result is the caller's; when memory was short, it is one that json_print() refuses. */
#ifndef CZ_FORMAT_ATTRIBUTES_H
#define CZ_FORMAT_ATTRIBUTES_H

#include "store/zarr/zarr.h"

cJSON *attributes_of_time(void);
/* Column c of the index, a cz_column. */
cJSON *attributes_of_column(int c);
/* Pictures: {"long_name": "pictures: red, green, blue"}. */
cJSON *attributes_of_pictures(void);

/* Which matrix turns Y'CbCr into RGB: what the frames say (RDD 36, matrix_coefficients), else what
 * the height of the pictures suggests: "bt601", "bt709", "bt2020". */
const char *prores_matrix_name(uint32_t code, uint32_t height);

/* The codec camzarr.prores, which makes uint8 RGB of a frame. Version 3: {"name", "configuration"}.
 * Version 2 has {"id", ...}, and the size of a picture, which no codec is told there. */
cJSON *prores_codec_doc(zarr_format zarr, const char *matrix, uint32_t width, uint32_t height);

#endif
