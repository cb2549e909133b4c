#include "cli/serve/encode.h"

#include <string.h>

int encode_picture(buf *out, serve_form form, int quality, const char *chroma, const picture *p,
                   cz_error *err)
{
    const picture_options with = {.quality = quality,
                                  .chroma = strcmp(chroma, "4:4:4") == 0 ? CHROMA_444 : CHROMA_422};
    picture_writer writer = {0};
    int rc = picture_writer_open(&writer, &with, err);
    if (rc == CZ_OK && form == SERVE_PNG)
        rc = picture_png(out, &writer, p, err);
    else if (rc == CZ_OK && form == SERVE_TIFF)
        rc = picture_tiff(out, &writer, p, err);
    else if (rc == CZ_OK)
        rc = picture_jpeg(out, &writer, p, err);
    picture_writer_close(&writer);
    return rc;
}
