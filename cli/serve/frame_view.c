#include "cli/serve/frame_view.h"

#include <stdlib.h>
#include <string.h>

#include "cli/view_arg.h"

enum { QUALITY = 90 };

typedef struct form_row {
    const char *extension, *type;
    cz_layout layout;
} form_row;

static const form_row forms[] = {
    [SERVE_PNG] = {"png", "image/png", CZ_RGB24},
    [SERVE_JPEG] = {"jpg", "image/jpeg", CZ_RGB24},
    [SERVE_TIFF] = {"tif", "image/tiff", CZ_RGB48},
    [SERVE_NPY] = {"npy", "application/octet-stream", CZ_RGB24},
    [SERVE_ICPF] = {"icpf", "application/octet-stream", CZ_NATIVE},
    [SERVE_MOV] = {"mov", "video/quicktime", CZ_NATIVE},
};
enum { N_FORMS = sizeof forms / sizeof *forms };

bool frame_view_begin(frame_view *out, const char *extension)
{
    for (int i = 0; i < N_FORMS; i++)
        if (strcmp(extension, forms[i].extension) == 0) {
            *out = (frame_view){.form = (serve_form)i,
                                .view = {.layout = forms[i].layout, .threads = 1},
                                .quality = QUALITY};
            return true;
        }
    return false;
}

const char *frame_view_type(const frame_view *v)
{
    return forms[v->form].type;
}

const char *frame_view_extension(const frame_view *v)
{
    return forms[v->form].extension;
}

static int set_quality(frame_view *v, const char *value, cz_error *err)
{
    char *end;
    const long n = strtol(value, &end, 10);
    if (v->form != SERVE_JPEG)
        return cz_fail(err, CZ_USAGE, "quality: is for jpg");
    if (*value < '0' || *value > '9' || *end || n < 1 || n > 100)
        return cz_fail(err, CZ_USAGE, "quality=%.20s: not a number from 1 to 100", value);
    v->quality = (int)n;
    return CZ_OK;
}

int frame_view_set(frame_view *v, const char *name, const char *value, cz_error *err)
{
    options o = {0};
    const cz_layout layout = v->view.layout;
    if (v->form >= SERVE_ICPF)
        return cz_fail(err, CZ_USAGE, "%.40s: frames as recorded take no parameter", name);
    if (strcmp(name, "quality") == 0)
        return set_quality(v, value, err);
    if (strcmp(name, "format") == 0)
        return layout_find(&v->view.layout, value)
                   ? CZ_OK
                   : cz_fail(err, CZ_USAGE, "format=%.40s: not a pixel format", value);
    if (strcmp(name, "conceal") == 0) {
        v->view.conceal = strcmp(value, "1") == 0;
        return v->view.conceal || strcmp(value, "0") == 0
                   ? CZ_OK
                   : cz_fail(err, CZ_USAGE, "conceal=%.40s: not 0 or 1", value);
    }
    if (strcmp(name, "scale") == 0)
        o.scale = value;
    else if (strcmp(name, "region") == 0)
        o.region = value;
    else if (strcmp(name, "fields") == 0)
        o.fields = value;
    else
        return cz_fail(
            err, CZ_USAGE,
            "%.40s: no such parameter; scale, region, fields, format, quality or conceal", name);
    const bool conceal = v->view.conceal;
    const int rc = view_parse(&v->view, &o, err);
    if (rc < 0 && err) /* "--scale 3: ..." */
        memmove(err->message, err->message + 2, strlen(err->message + 2) + 1);
    v->view.conceal = conceal; /* view_parse() takes these three from the options, too */
    v->view.layout = layout;
    v->view.threads = 1;
    return rc;
}

void frame_view_print(buf *out, const frame_view *v)
{
    const cz_view *w = &v->view;
    buf_printf(out, "%s %d %d %d %u %u,%u,%u,%u %d", forms[v->form].extension, (int)w->layout,
               v->quality, (int)w->fields, w->scale, w->x, w->y, w->width, w->height,
               (int)w->conceal);
}
