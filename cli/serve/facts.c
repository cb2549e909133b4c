#include <inttypes.h>

#include "cli/json_facts.h"
#include "cli/say.h"
#include "cli/serve/openapi.h"
#include "cli/serve/replies.h"

static cJSON *clip_json(const cz_facts *f)
{
    cJSON *line = json_object();
    json_add_text(line, "name", f->name);
    json_add_span(line, f->start, f->end, f->start_from);
    json_add_u64(line, "frames", f->frames);
    json_add_rate(line, f->rate_num, f->rate_den);
    json_add_u64(line, "width", f->width);
    json_add_u64(line, "height", f->height);
    json_add_text(line, "codec", f->codec);
    json_add_text(line, "interlace", f->interlace);
    json_add_u64(line, "bytes", f->source_bytes);
    json_add_u64(line, "damaged_frames", f->damaged_frames);
    json_add_clean(line, "source", f->source_name);
    return line;
}

static int finish(reply *r, cJSON *doc, cz_error *err)
{
    r->status = 200;
    r->type = "application/json";
    const int rc = json_print(&r->body, doc, false, err);
    json_free(doc);
    return rc;
}

/* A clip that cannot be read is listed with its error. */
static int add_clip(void *user, const char *name, const cz_facts *facts, const cz_error *failed)
{
    cJSON *all = user;
    cJSON *line = facts ? clip_json(facts) : json_object();
    if (!facts) {
        json_add_text(line, "name", name);
        json_add_error(line, failed);
    }
    json_add(all, NULL, line);
    return CZ_OK;
}

int reply_clips(reply *r, site *s, cz_error *err)
{
    cJSON *doc = json_object(), *all = json_array();
    const int rc = cz_list(s->store, add_clip, all, err);
    json_add(doc, "clips", all);
    if (rc < 0) {
        json_free(doc);
        return rc;
    }
    return finish(r, doc, err);
}

int reply_clip(reply *r, site *s, const char *name, cz_error *err)
{
    open_clip_entry *e = NULL;
    const int rc = clips_acquire(&e, s->clips, name, err);
    if (rc < 0)
        return rc;
    cJSON *doc = clip_json(cz_clip_facts(clips_clip(e)));
    clips_release(s->clips, &e);
    return finish(r, doc, err);
}

int reply_lazycache(reply *r, site *s, const char *name, const char *url, cz_error *err)
{
    open_clip_entry *e = NULL;
    const int rc = clips_acquire(&e, s->clips, name, err);
    if (rc < 0)
        return rc;
    const cz_facts *f = cz_clip_facts(clips_clip(e));
    cJSON *doc = json_object();
    json_add_clean(doc, "URL", url);
    json_add_u64(doc, "NumFrames", f->frames);
    json_add_double(doc, "Duration", (double)(f->end - f->start) / 1e9);
    json_add_u64(doc, "FileSize", f->source_bytes);
    clips_release(s->clips, &e);
    return finish(r, doc, err);
}

int reply_openapi(reply *r, cz_error *err)
{
    buf_add(&r->body, serve_openapi, serve_openapi_size);
    r->status = 200;
    r->type = "application/json";
    return r->body.bad ? cz_fail_memory(err, "description") : CZ_OK;
}
