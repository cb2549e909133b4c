/* How a frame is served: file format, and the view of its picture. Pure. */
#ifndef CZ_CLI_SERVE_FRAME_VIEW_H
#define CZ_CLI_SERVE_FRAME_VIEW_H

#include <camzarr.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

typedef enum serve_form {
    SERVE_PNG,
    SERVE_JPEG,
    SERVE_TIFF,
    SERVE_NPY,
    SERVE_ICPF, /* as recorded, from here on */
    SERVE_MOV,
} serve_form;

typedef struct frame_view {
    serve_form form;
    cz_view view;
    int quality; /* of JPEG */
} frame_view;

/* Find a format by the extension of a file; false for an unknown one. Sets the defaults of the
 * view: the layout is the format's. */
bool frame_view_begin(frame_view *out, const char *extension);
/* Apply a parameter of the query. Errors: USAGE (unknown, or invalid for the format). */
int frame_view_set(frame_view *v, const char *name, const char *value, cz_error *err);
const char *frame_view_type(const frame_view *v);      /* the media type: "image/png" */
const char *frame_view_extension(const frame_view *v); /* "png" */
/* Append text that is equal for equal results: what an ETag is made of. */
void frame_view_print(buf *out, const frame_view *v);

#endif
