#include "cli/verbs/info.h"

#include "cli/check/unfinished.h"
#include "cli/json_facts.h"
#include "cli/catalog/list_clips.h"
#include "cli/missing_clip.h"
#include "cli/say.h"
#include "convert/inventory.h"
#include "reader/reader.h"

/* ---- A store --------------------------------------------------------------------------------- */

typedef struct sum {
    uint64_t clips, unreadable, frames, damaged, bytes;
    bool has_span; /* of the clips whose start is known */
    int64_t start, end;
    bool lists_folders; /* `unfinished` is known */
    uint64_t unfinished;
    name_set names; /* of clips with a commit marker */
} sum;

static void add_up(sum *s, const cz_facts *f)
{
    s->frames += f->frames;
    s->damaged += f->damaged_frames;
    s->bytes += f->source_bytes;
    if (!start_known(f->start_from))
        return;
    s->start = !s->has_span || f->start < s->start ? f->start : s->start;
    s->end = !s->has_span || f->end > s->end ? f->end : s->end;
    s->has_span = true;
}

static cJSON *sum_json(const sum *s, const char *url)
{
    cJSON *doc = json_object();
    json_add_clean(doc, "store", url);
    json_add_u64(doc, "clips", s->clips);
    json_add_u64(doc, "unreadable_clips", s->unreadable);
    if (s->lists_folders)
        json_add_u64(doc, "unfinished_clips", s->unfinished);
    json_add_u64(doc, "bytes", s->bytes);
    json_add_u64(doc, "frames", s->frames);
    json_add_u64(doc, "damaged_frames", s->damaged);
    if (s->has_span) {
        json_add_time(doc, "start", s->start);
        json_add_time(doc, "end", s->end);
    }
    return doc;
}

static int add_clip(void *user, const char *name, const cz_facts *facts, const cz_error *failed)
{
    sum *s = user;
    (void)failed;
    s->clips++;
    if (facts)
        add_up(s, facts);
    else
        s->unreadable++;
    return name_set_add(&s->names, name, NULL);
}

static int count_unfinished(void *user, const unfinished_clip *u)
{
    sum *s = user;
    (void)u;
    s->unfinished++;
    return CZ_OK;
}

int describe_store(cJSON **out, const char *url, cz_error *err)
{
    sum s = {0};
    cz_store *store = NULL;
    int rc = cz_open(&store, url, NULL, err);
    if (rc == CZ_OK)
        rc = list_clips(store, add_clip, &s, err);
    if (rc == CZ_NOMEM)
        (void)cz_fail_memory(err, "names of clips");
    if (rc == CZ_OK) {
        cz_error why = {0};
        rc = unfinished_each(store, &s.names, count_unfinished, &s, &why);
        s.lists_folders = rc == CZ_OK;
        if (rc == CZ_UNSUPPORTED) /* a web server; the clips are those of the catalog */
            rc = CZ_OK;
        if (rc < 0 && err)
            *err = why;
    }
    if (rc == CZ_OK)
        *out = sum_json(&s, url);
    name_set_free(&s.names);
    cz_close(&store);
    return rc;
}

/* ---- A clip ---------------------------------------------------------------------------------- */

/* Members of the commit marker that are copied if present (docs/format.md). */
static void add_from_marker(cJSON *to, const commit_marker *m)
{
    static const char *const names[] = {"name_time", "header_time", "audio",    "timecode",
                                        "warnings",  "format",      "software", "fingerprint"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(m->ours, names[i]);
        if (item)
            json_add(to, names[i], json_copy(item));
    }
}

static cJSON *clip_json(const commit_marker *m)
{
    const cz_facts *f = &m->facts;
    cJSON *doc = json_object();
    json_add_text(doc, "name", f->name);
    json_add_clean(doc, "source", f->source_name);
    json_add_u64(doc, "bytes", f->source_bytes);
    json_add_text(doc, "md5", f->source_md5);
    json_add_bool(doc, "moov", !f->recovered);
    json_add_u64(doc, "frames", f->frames);
    json_add_u64(doc, "damaged_frames", f->damaged_frames);
    json_add_u64(doc, "frame_bytes", m->frame_bytes);
    json_add_u64(doc, "zarr_format", m->zarr);
    json_add_u64(doc, "frames_per_shard", f->frames_per_shard);
    json_add_u64(doc, "width", f->width);
    json_add_u64(doc, "height", f->height);
    json_add_text(doc, "codec", f->codec);
    json_add_text(doc, "interlace", f->interlace);
    json_add_rate(doc, f->rate_num, f->rate_den);
    json_add_span(doc, f->start, f->end, f->start_from);
    add_from_marker(doc, m);
    return doc;
}

/* Objects that are missing or have another size, as after a Zarr library has written to the clip:
 * a warning. In a bucket a clip of version 2, which has an object for each frame, is not listed.
 * Where nothing can be listed, nothing is said. */
static void add_wrong_objects(cJSON *doc, object_store *os, const commit_marker *m)
{
    inventory there = {0};
    size_t wrong = 0;
    char what[INVENTORY_WHAT] = "", text[INVENTORY_WHAT + 160];
    const char *name = m->facts.name;
    if (m->zarr == ZARR_V2 && os_is_remote(os))
        return;
    if (inventory_of_marker(&there, os, m, name, NULL) == CZ_OK &&
        inventory_check(&there, os, name, &wrong, what, NULL) == CZ_OK && wrong > 0) {
        (void)snprintf(text, sizeof text,
                       "%zu object%s missing or of another size than written (%s): `camzarr "
                       "verify` shows all, converting the source again repairs them",
                       wrong, wrong == 1 ? "" : "s", what);
        json_add_text(cJSON_GetObjectItemCaseSensitive(doc, "warnings"), NULL, text);
    }
    inventory_free(&there);
}

int describe_clip(cJSON **out, const char *url, const char *clip, cz_error *err)
{
    cz_store *store = NULL;
    commit_marker *mark = NULL;
    int rc = cz_open(&store, url, NULL, err);
    if (rc == CZ_OK)
        rc = explain_missing_clip(commit_marker_read(&mark, store->os, store->zarr, clip, err),
                                  store, clip, err);
    if (rc == CZ_OK) {
        *out = clip_json(mark);
        add_wrong_objects(*out, store->os, mark);
    }
    commit_marker_free(&mark);
    cz_close(&store);
    return rc;
}
