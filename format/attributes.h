/* Attributes of a clip's arrays by the CF conventions, and the document of the codec that decodes
 * frames. They are the same in a store and in what is exported from one.
 *
 * Pure; thread-safe. The caller owns each result; when memory was short, it is one that
 * json_print() refuses. */
#ifndef CZ_FORMAT_ATTRIBUTES_H
#define CZ_FORMAT_ATTRIBUTES_H

#include "format/layout.h"

/* Add the version of the format (FORMAT_TEXT) and the kind of a group ("store", "clips", "index",
 * "video", "source", ...), as every group but a clip's has them. */
void attributes_add_kind(cJSON *to, const char *format, const char *kind);

cJSON *attributes_of_time(void);
/* Column c of the index, a cz_column. */
cJSON *attributes_of_column(int c);
/* video/y or video/x. */
cJSON *attributes_of_axis(video_axis axis);
/* Pictures: red, green, blue. */
cJSON *attributes_of_pictures(void);

/* Name of the matrix that converts Y'CbCr to RGB, from the code of the frames (RDD 36,
 * matrix_coefficients) or, if that is unknown, from the height of the pictures: "bt601", "bt709",
 * "bt2020". */
const char *prores_matrix_name(uint32_t code, uint32_t height);

/* The codec camzarr.prores, which decodes a frame to uint8 RGB. In version 3 it is {"name",
 * "configuration"}; in version 2 {"id", ...} with the size of the pictures, which Zarr does not
 * pass to codecs there. */
cJSON *prores_codec_doc(zarr_format zarr, const char *matrix, uint32_t width, uint32_t height);

#endif
