/* A picture as a file. */
#ifndef CZ_CLI_SERVE_ENCODE_H
#define CZ_CLI_SERVE_ENCODE_H

#include "cli/picture/picture.h"
#include "cli/serve/frame_view.h"

/* Append the file: form png, jpg or tif. chroma: of the clip, "4:2:2" or "4:4:4"; JPEG has the
 * same. Errors: those of the writers of cli/picture/picture.h. */
int encode_picture(buf *out, serve_form form, int quality, const char *chroma, const picture *p,
                   cz_error *err);

#endif
