/* The thumbnail of a STAC Item: a frame at 1/8 scale. */
#include "base/timestamp.h"
#include "cli/export/stac.h"
#include "cli/json_facts.h"
#include "cli/picture/picture.h"

static int write_png(buf *out, const export_job *one, const cz_shape *shape, const cz_request *got,
                     cz_error *err)
{
    const picture_options with = {.compression = DEFLATE_DEFAULT};
    const cz_facts *f = cz_clip_facts(one->clip[0]);
    picture_writer w = {0};
    char text[TIMESTAMP_TEXT_MAX] = "";
    int64_t time;
    int rc = cz_time(&time, one->clip[0], got->frame, err);
    if (rc == CZ_OK && start_known(f->start_from))
        timestamp_format(text, time);
    const picture p = {.pixels = got->data,
                       .layout = CZ_RGB24,
                       .shape = *shape,
                       .clip = f->name,
                       .source = f->source_name,
                       .frame = got->frame,
                       .time = text};
    if (rc == CZ_OK)
        rc = picture_writer_open(&w, &with, err);
    if (rc == CZ_OK)
        rc = picture_png(out, &w, &p, err);
    picture_writer_close(&w);
    return rc;
}

int stac_thumbnail(buf *out, bool *ret_has, const export_job *one, cz_error *err)
{
    cz_clip *clip = one->clip[0];
    const uint64_t n = cz_clip_facts(clip)->frames, tried[] = {n / 2, n / 4, n - 1, 0};
    const cz_view view = {.layout = CZ_RGB24, .scale = 8, .threads = 1};
    cz_shape shape;
    *ret_has = false;
    int rc = cz_shape_of(&shape, clip, &view, err);
    for (size_t i = 0; rc == CZ_OK && !*ret_has && i < sizeof tried / sizeof *tried; i++) {
        cz_request req = {.frame = tried[i]};
        rc = cz_pictures(clip, &view, &req, 1, NULL, NULL, err);
        *ret_has = rc == CZ_OK;
        if (rc == CZ_OK)
            rc = write_png(out, one, &shape, &req, err);
        else if (rc == CZ_ABSENT || rc == CZ_CORRUPT || rc == CZ_FORMAT)
            rc = CZ_OK; /* the frame is damaged: another one may not be */
        cz_request_free(&req, 1);
    }
    return rc;
}
