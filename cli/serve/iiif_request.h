/* The part of a IIIF Image API 3.0 address behind the identifier. Pure; safe for untrusted input.
 * Source: https://iiif.io/api/image/3.0/, section 4. */
#ifndef CZ_CLI_SERVE_IIIF_REQUEST_H
#define CZ_CLI_SERVE_IIIF_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "cli/serve/frame_view.h"

typedef struct iiif_request {
    uint32_t x, y, width, height;   /* region of the full picture, in pixels; not empty */
    uint32_t out_width, out_height; /* before it is turned; at most those of the region */
    unsigned quarters;              /* clockwise */
    bool mirror;                    /* before it is turned */
    bool gray, bitonal;             /* bitonal: gray, of which 128 and more is white */
    serve_form form;                /* png, jpg or tif */
} iiif_request;

/* Parse "REGION/SIZE/ROTATION/QUALITY.FORMAT", percent-decoded, for a picture of this size.
 * Pictures are not enlarged. Errors: USAGE (the message names the part). */
int iiif_parse(iiif_request *out, const char *text, uint32_t width, uint32_t height, cz_error *err);

#endif
