/* beholder's POST /capture. */
#include <string.h>

#include "cli/serve/replies.h"
#include "cli/serve/target.h"
#include "store/json/json.h"
#include "store/text/encode.h"

/* "http://h/a/X.mov?q" is clip X. */
static int clip_of_url(char out[TARGET_TEXT_MAX], const char *url, cz_error *err)
{
    const size_t path = strcspn(url, "?#");
    const char *name = url;
    for (size_t i = 0; i < path; i++)
        if (url[i] == '/')
            name = url + i + 1;
    size_t n = (size_t)(url + path - name);
    if (n > 4 && strncmp(name + n - 4, ".mov", 4) == 0)
        n -= 4;
    if (n == 0 || n >= TARGET_TEXT_MAX)
        return cz_fail(err, CZ_USAGE, "videoUrl: ends in no file name");
    memcpy(out, name, n);
    out[n] = '\0';
    return uri_decode(out) && !strchr(out, '/')
               ? CZ_OK
               : cz_fail(err, CZ_USAGE, "videoUrl: ends in no file name");
}

static bool begin_image_type(frame_view *v, const cJSON *doc)
{
    const char *type;
    if (!json_at(doc, "imageType"))
        return frame_view_begin(v, "jpg");
    if (json_text(&type, doc, "imageType", "request", NULL) < 0)
        return false;
    if (strncmp(type, "image/", 6) == 0)
        type += 6;
    return frame_view_begin(v, strcmp(type, "jpeg") == 0 ? "jpg" : type) && v->form < SERVE_NPY;
}

static int parse_capture(target *t, uint64_t *ret_ms, const void *body, size_t n, cz_error *err)
{
    cJSON *doc = NULL;
    const char *url;
    *t = (target){.kind = TARGET_FRAME};
    int rc = json_parse(&doc, body, n, "request", err);
    if (rc == CZ_OK)
        rc = json_text(&url, doc, "videoUrl", "request", err);
    if (rc == CZ_OK)
        rc = json_u64(ret_ms, doc, "elapsedTimeMillis", "request", err);
    if (rc == CZ_OK)
        rc = clip_of_url(t->text, url, err);
    if (rc == CZ_OK && !begin_image_type(&t->view, doc))
        rc = cz_fail(err, CZ_USAGE, "imageType: not jpg, png or tif");
    json_free(doc);
    if (rc == CZ_FORMAT && err)
        err->code = CZ_USAGE; /* the request is wrong, not the store */
    return rc == CZ_FORMAT ? CZ_USAGE : rc;
}

int reply_capture(reply *r, site *s, const void *body, size_t n, cz_error *err)
{
    target t;
    uint64_t ms = 0;
    open_clip_entry *e = NULL;
    int64_t offset;
    int rc = parse_capture(&t, &ms, body, n, err);
    if (rc == CZ_OK)
        rc = clips_acquire(&e, s->clips, t.text, err);
    if (rc < 0)
        return rc;
    cz_clip *clip = clips_clip(e);
    if (__builtin_mul_overflow(ms, 1000000, &offset) ||
        __builtin_add_overflow(offset, cz_clip_facts(clip)->start, &offset))
        rc = cz_fail(err, CZ_USAGE, "elapsedTimeMillis: too large");
    if (rc == CZ_OK)
        rc = cz_frame_at(&t.frame, clip, offset, err);
    clips_release(s->clips, &e);
    if (rc == CZ_OK)
        rc = reply_frame(r, s, &t, NULL, err);
    r->is_immutable = false; /* the answer to a POST */
    return rc;
}
