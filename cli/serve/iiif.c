/* Frames by the IIIF Image API 3.0, level 2. The identifier of frame 7 of a clip is CLIP@7. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/frame_files.h"
#include "cli/picture/resample.h"
#include "cli/serve/encode.h"
#include "cli/serve/iiif_request.h"
#include "cli/serve/replies.h"
#include "store/json/json.h"

enum { QUALITY = 90 };

/* ---- The clip and the frame ------------------------------------------------------------------ */

static int open_frame(open_clip_entry **out, site *s, const target *t, cz_error *err)
{
    const int rc = clips_acquire(out, s->clips, t->text, err);
    if (rc < 0 || t->frame < cz_clip_facts(clips_clip(*out))->frames)
        return rc;
    clips_release(s->clips, out);
    return cz_fail(err, CZ_ABSENT, "%s: no frame %" PRIu64, t->text, t->frame);
}

int reply_iiif_info(reply *r, site *s, const target *t, const char *base, cz_error *err)
{
    open_clip_entry *e = NULL;
    const int rc = open_frame(&e, s, t, err);
    if (rc < 0)
        return rc;
    const cz_facts *f = cz_clip_facts(clips_clip(e));
    cJSON *doc = json_object(), *sizes = json_array(), *more = json_array();
    cJSON *qualities = json_array(), *features = json_array();
    json_add_text(doc, "@context", "http://iiif.io/api/image/3/context.json");
    json_add_text(doc, "id", base);
    json_add_text(doc, "type", "ImageService3");
    json_add_text(doc, "protocol", "http://iiif.io/api/image");
    json_add_text(doc, "profile", "level2");
    json_add_u64(doc, "width", f->width);
    json_add_u64(doc, "height", f->height);
    for (uint32_t scale = 8; scale >= 1; scale /= 2) {
        cJSON *size = json_object();
        json_add_u64(size, "width", (f->width + scale - 1) / scale);
        json_add_u64(size, "height", (f->height + scale - 1) / scale);
        json_add(sizes, NULL, size);
    }
    json_add(doc, "sizes", sizes);
    json_add_text(qualities, NULL, "color");
    json_add_text(qualities, NULL, "gray");
    json_add_text(qualities, NULL, "bitonal");
    json_add(doc, "extraQualities", qualities);
    json_add_text(features, NULL, "mirroring");
    json_add(doc, "extraFeatures", features);
    json_add_text(more, NULL, "tif");
    json_add(doc, "extraFormats", more);
    clips_release(s->clips, &e);
    r->status = 200;
    r->type = "application/ld+json;profile=\"http://iiif.io/api/image/3/context.json\"";
    const int printed = json_print(&r->body, doc, false, err);
    json_free(doc);
    return printed;
}

/* ---- The picture ----------------------------------------------------------------------------- */

/* The largest reduction in decoding that leaves at least the size asked for, and whose pixels begin
 * where the region does. */
static uint32_t scale_of(const iiif_request *q, const cz_facts *f)
{
    for (uint32_t scale = 8; scale > 1; scale /= 2) {
        const bool fits = q->x % scale == 0 && q->y % scale == 0 &&
                          (q->width % scale == 0 || q->x + q->width == f->width) &&
                          (q->height % scale == 0 || q->y + q->height == f->height);
        if (fits && (q->width + scale - 1) / scale >= q->out_width &&
            (q->height + scale - 1) / scale >= q->out_height)
            return scale;
    }
    return 1;
}

static int decode(cz_request *req, packed_picture *out, cz_clip *clip, const iiif_request *q,
                  cz_error *err)
{
    const uint32_t scale = scale_of(q, cz_clip_facts(clip));
    const cz_view view = {.layout = q->gray ? CZ_GRAY : CZ_RGB24,
                          .scale = scale,
                          .x = q->x / scale,
                          .y = q->y / scale,
                          .width = (q->width + scale - 1) / scale,
                          .height = (q->height + scale - 1) / scale,
                          .threads = 1};
    const int rc = cz_pictures(clip, &view, req, 1, NULL, NULL, err);
    *out = (packed_picture){req->data, view.width, view.height, q->gray ? 1 : 3};
    return rc;
}

/* *ret becomes a picture of its own; free() its pixels. */
static int new_picture(packed_picture *ret, uint32_t width, uint32_t height, uint32_t channels,
                       cz_error *err)
{
    *ret = (packed_picture){malloc((size_t)width * height * channels), width, height, channels};
    return ret->pixels ? CZ_OK : cz_fail_memory(err, "picture of %u x %u", width, height);
}

static int shape_picture(packed_picture *ret, const packed_picture *from, const iiif_request *q,
                         cz_error *err)
{
    packed_picture small, turned;
    int rc = new_picture(&small, q->out_width, q->out_height, from->channels, err);
    if (rc == CZ_OK)
        rc = picture_shrink(&small, from, err);
    for (size_t i = 0; rc == CZ_OK && q->bitonal && i < (size_t)small.width * small.height; i++)
        small.pixels[i] = small.pixels[i] < 128 ? 0 : 255;
    if (rc == CZ_OK && (q->quarters > 0 || q->mirror)) {
        const bool swaps = q->quarters % 2 == 1;
        rc = new_picture(&turned, swaps ? small.height : small.width,
                         swaps ? small.width : small.height, small.channels, err);
        if (rc == CZ_OK)
            picture_turn(&turned, &small, q->quarters, q->mirror);
        free(small.pixels);
        small = turned;
    }
    if (rc == CZ_OK)
        *ret = small;
    else
        free(small.pixels);
    return rc;
}

static int encode(buf *out, const packed_picture *from, const iiif_request *q, cz_clip *clip,
                  uint64_t frame, const char *time, cz_error *err)
{
    const cz_facts *f = cz_clip_facts(clip);
    const size_t bytes = (size_t)from->width * from->height * from->channels;
    const picture p = {.pixels = from->pixels,
                       .layout = q->gray ? CZ_GRAY : CZ_RGB24,
                       .shape = {.width = from->width,
                                 .height = from->height,
                                 .depth = 8,
                                 .planes = 1,
                                 .plane = {{from->width, from->height, from->channels, 0}},
                                 .bytes = bytes},
                       .clip = f->name,
                       .source = f->source_name,
                       .frame = frame,
                       .time = time};
    return encode_picture(out, q->form, QUALITY, f->chroma, &p, err);
}

static int add_image(buf *out, cz_clip *clip, uint64_t frame, const iiif_request *q,
                     const char *time, cz_error *err)
{
    cz_request req = {.frame = frame};
    packed_picture decoded, shaped = {0};
    int rc = decode(&req, &decoded, clip, q, err);
    if (rc == CZ_OK)
        rc = shape_picture(&shaped, &decoded, q, err);
    if (rc == CZ_OK)
        rc = encode(out, &shaped, q, clip, frame, time, err);
    free(shaped.pixels);
    cz_request_free(&req, 1);
    return rc == CZ_OK && out->bad ? cz_fail_memory(err, "frame %" PRIu64, frame) : rc;
}

static int reply_image(reply *r, site *s, const target *t, cz_clip *clip, const char *known,
                       cz_error *err)
{
    iiif_request q;
    char view[160];
    frame_view form;
    const cz_facts *f = cz_clip_facts(clip);
    int rc = iiif_parse(&q, t->rest, f->width, f->height, err);
    if (rc < 0)
        return rc;
    (void)snprintf(view, sizeof view, "iiif %d %u,%u,%u,%u %u,%u %u %d %d %d", (int)q.form, q.x,
                   q.y, q.width, q.height, q.out_width, q.out_height, q.quarters, q.mirror, q.gray,
                   q.bitonal);
    form.form = q.form;
    r->type = frame_view_type(&form);
    r->is_immutable = true;
    rc = frame_time_text(r->time, clip, CZ_WEAVE, t->frame, err);
    if (rc == CZ_OK)
        rc = reply_set_etag(r, f, t->frame, view, err);
    if (rc < 0)
        return rc;
    if (reply_is_made(r, s->cache, known))
        return CZ_OK;
    rc = add_image(&r->body, clip, t->frame, &q, r->time, err);
    if (rc == CZ_OK)
        body_cache_put(s->cache, r->etag, &r->body);
    return rc;
}

int reply_iiif_image(reply *r, site *s, const target *t, const char *known, cz_error *err)
{
    open_clip_entry *e = NULL;
    int rc = open_frame(&e, s, t, err);
    if (rc < 0)
        return rc;
    rc = reply_image(r, s, t, clips_clip(e), known, err);
    if (rc == CZ_CHANGED)
        clips_forget(s->clips, e);
    clips_release(s->clips, &e);
    return rc;
}
