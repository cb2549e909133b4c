/* Videos for MBARI's VARS: a JSON array of objects, each the body of a POST to /v1/media of
 * vampire-squid, its video asset manager. Source: vampire-squid, domain/Media. */
#include "cli/export/rows.h"
#include "cli/json_facts.h"
#include "format/layout.h"
#include "reader/reader.h"

typedef struct list {
    const export_job *j;
    bool has_any;
} list;

static const char *text_of(const cJSON *attributes, const char *name, const char *otherwise)
{
    const cJSON *item = json_at(attributes, name);
    return cJSON_IsString(item) && item->valuestring[0] ? item->valuestring : otherwise;
}

/* The address of the MOV by --source, of a MOV itself, or of the clip in the store. */
static int address_of(buf *out, const export_job *one, cz_error *err)
{
    char key[KEY_MAX];
    if (one->o->source)
        return export_source_address(out, one, err);
    if (!one->store)
        return export_address(out, one->place, err);
    (void)snprintf(key, sizeof key, "clips/%s", cz_clip_facts(one->clip[0])->name);
    return export_object_address(out, one, key, err);
}

static void add_sound(cJSON *to, const cz_clip *clip)
{
    const char *codec = NULL;
    const cJSON *audio = clip->marker ? json_at(clip->marker->ours, "audio") : NULL;
    const cJSON *first = audio && cJSON_IsArray(audio) ? audio->child : NULL;
    if (first && json_text(&codec, first, "codec", "", NULL) == CZ_OK)
        json_add_text(to, "audio_codec", codec);
}

/* The digest, which VARS has no member for: its sha512 is of another kind. */
static void add_description(cJSON *to, const cz_facts *f)
{
    buf text = {0};
    buf_printf(&text, "%s", f->source_name);
    if (f->source_md5[0])
        buf_printf(&text, ", MD5 %s", f->source_md5);
    json_add_text(to, "description", buf_text(&text));
    buf_free(&text);
}

static cJSON *media_of(const export_job *one, const cJSON *attributes, const char *uri)
{
    const cz_facts *f = cz_clip_facts(one->clip[0]);
    cJSON *to = json_object();
    json_add_text(to, "video_sequence_name", text_of(attributes, "id", f->name));
    json_add_text(to, "camera_id",
                  text_of(attributes, "instrument", text_of(attributes, "platform", "unknown")));
    json_add_text(to, "video_name", f->name);
    json_add_text(to, "uri", uri);
    json_add_time(to, "start_timestamp", f->start);
    json_add_i64(to, "duration_millis", (f->end - f->start) / 1000000);
    json_add_text(to, "container", "video/quicktime");
    json_add_text(to, "video_codec", f->codec);
    add_sound(to, one->clip[0]);
    json_add_u64(to, "width", f->width);
    json_add_u64(to, "height", f->height);
    if (f->rate_den)
        json_add_double(to, "frame_rate", (double)f->rate_num / f->rate_den);
    json_add_u64(to, "size_bytes", f->source_bytes);
    add_description(to, f);
    json_add_optional_text(to, "video_sequence_description", text_of(attributes, "comment", NULL));
    return to;
}

static int write_media(list *l, const cJSON *media, cz_error *err)
{
    buf text = {0};
    buf_printf(&text, "%s", l->has_any ? ",\n" : "[\n");
    l->has_any = true;
    int rc = json_print(&text, media, true, err);
    if (rc == CZ_OK && text.len)
        text.len--; /* the newline, which follows the comma */
    if (rc == CZ_OK)
        rc = export_write_text(l->j, &text, err);
    buf_free(&text);
    return rc;
}

static int add_clip(void *user, const export_job *one, cz_error *err)
{
    list *l = user;
    const cz_facts *f = cz_clip_facts(one->clip[0]);
    cJSON *attributes = json_object();
    buf uri = {0};
    int rc = CZ_OK;
    if (!start_known(f->start_from))
        rc = cz_fail(err, CZ_UNSUPPORTED,
                     "%s: its start is unknown, and VARS requires one: name the other clips",
                     f->name);
    if (rc == CZ_OK)
        rc = export_owner_attributes(attributes, one, err);
    if (rc == CZ_OK)
        rc = address_of(&uri, one, err);
    if (rc == CZ_OK) {
        cJSON *media = media_of(one, attributes, buf_text(&uri));
        rc = write_media(l, media, err);
        json_free(media);
    }
    json_free(attributes);
    buf_free(&uri);
    return rc;
}

int export_vars(const export_job *j, cz_error *err)
{
    list l = {.j = j};
    const int rc = export_each_clip(j, add_clip, &l, err);
    return rc == CZ_OK ? out_write(j->to, "\n]\n", 3, err) : rc;
}
