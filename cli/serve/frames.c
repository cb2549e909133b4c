#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/frame_files.h"
#include "cli/serve/encode.h"
#include "cli/serve/replies.h"
#include "store/text/encode.h"

/* A frame that is asked for, found. */
typedef struct wanted {
    cz_clip *clip;
    uint64_t frame;
    const frame_view *view;
} wanted;

/* ---- Encoding -------------------------------------------------------------------------------- */

static int append(void *user, const void *data, size_t n)
{
    buf *to = user;
    buf_add(to, data, n);
    return to->bad ? CZ_NOMEM : CZ_OK;
}

static int add_picture(buf *out, const wanted *w, const char *time, cz_error *err)
{
    cz_request req = {.frame = w->frame};
    cz_shape shape;
    int rc = cz_shape_of(&shape, w->clip, &w->view->view, err);
    if (rc == CZ_OK)
        rc = cz_pictures(w->clip, &w->view->view, &req, 1, NULL, NULL, err);
    if (rc == CZ_OK && w->view->form == SERVE_NPY) {
        rc = picture_npy_head(out, w->view->view.layout, &shape, 1, err);
        buf_add(out, req.data, shape.bytes);
    } else if (rc == CZ_OK) {
        const cz_facts *facts = cz_clip_facts(w->clip);
        const picture p = {.pixels = req.data,
                           .layout = w->view->view.layout,
                           .shape = shape,
                           .clip = facts->name,
                           .source = facts->source_name,
                           .frame = w->frame,
                           .time = time};
        rc = encode_picture(out, w->view->form, w->view->quality, facts->chroma, &p, err);
    }
    cz_request_free(&req, 1);
    return rc;
}

static int add_recorded(buf *out, const wanted *w, cz_error *err)
{
    cz_request req = {.frame = w->frame};
    if (w->view->form == SERVE_MOV)
        return cz_movie_write(w->clip, CZ_MOV, &w->frame, 1, append, out, err);
    const int rc = cz_frames_raw(w->clip, &req, 1, NULL, NULL, err);
    if (rc == CZ_OK)
        buf_add(out, req.data, req.size);
    cz_request_free(&req, 1);
    return rc;
}

/* ---- The reply ------------------------------------------------------------------------------- */

static int reply_wanted(reply *r, body_cache *cache, const wanted *w, const char *known,
                        cz_error *err)
{
    buf view = {0};
    int rc = frame_time_text(r->time, w->clip, w->view->view.fields, w->frame, err);
    frame_view_print(&view, w->view);
    const char *text = buf_text(&view);
    if (rc == CZ_OK)
        rc = text ? reply_set_etag(r, cz_clip_facts(w->clip), w->frame, text, err)
                  : cz_fail_memory(err, "ETag");
    buf_free(&view);
    if (rc < 0)
        return rc;
    r->type = frame_view_type(w->view);
    r->is_immutable = true;
    if (reply_is_made(r, cache, known))
        return CZ_OK;
    rc = w->view->form >= SERVE_ICPF ? add_recorded(&r->body, w, err)
                                     : add_picture(&r->body, w, r->time, err);
    if (rc == CZ_OK && r->body.bad)
        return cz_fail_memory(err, "frame %" PRIu64, w->frame);
    if (rc == CZ_OK)
        body_cache_put(cache, r->etag, &r->body);
    return rc;
}

/* Where the frame of a time is, for caches and for people. */
static void set_location(reply *r, const wanted *w, const char *extension)
{
    buf_printf(&r->location, "/v1/clips/");
    uri_encode(&r->location, cz_clip_facts(w->clip)->name, false);
    buf_printf(&r->location, "/frames/%" PRIu64 ".%s", w->frame, extension);
}

static int reply_of_clip(reply *r, site *s, const char *name, const target *t, const char *known,
                         cz_error *err)
{
    open_clip_entry *e = NULL;
    wanted w = {.frame = t->frame, .view = &t->view};
    int rc = clips_acquire(&e, s->clips, name, err);
    if (rc < 0)
        return rc;
    w.clip = clips_clip(e);
    if (t->kind == TARGET_AT) {
        rc = cz_frame_at(&w.frame, w.clip, t->time, err);
        if (rc == CZ_OK)
            set_location(r, &w, frame_view_extension(&t->view));
    } else if (w.frame >= cz_clip_facts(w.clip)->frames) {
        rc = cz_fail(err, CZ_ABSENT, "%s: no frame %" PRIu64 "; it has frames 0 to %" PRIu64, name,
                     w.frame, cz_clip_facts(w.clip)->frames - 1);
    }
    if (rc == CZ_OK)
        rc = reply_wanted(r, s->cache, &w, known, err);
    if (rc == CZ_CHANGED)
        clips_forget(s->clips, e);
    clips_release(s->clips, &e);
    return rc;
}

/* Of a clip that was replaced since it was opened, once more. */
static int reply_named(reply *r, site *s, const char *name, const target *t, const char *known,
                       cz_error *err)
{
    const int rc = reply_of_clip(r, s, name, t, known, err);
    if (rc != CZ_CHANGED)
        return rc;
    reply_free(r);
    return reply_of_clip(r, s, name, t, known, err);
}

int reply_frame(reply *r, site *s, const target *t, const char *known, cz_error *err)
{
    char *name = NULL;
    if (t->kind != TARGET_AT)
        return reply_named(r, s, t->text, t, known, err);
    int rc = clips_at(&name, s->clips, t->time, err);
    if (rc == CZ_OK)
        rc = reply_named(r, s, name, t, known, err);
    free(name);
    return rc;
}
