/* iFDO 2.2: metadata of a clip as an image set of one video, in JSON. Source: iFDO, Image FAIR
 * Digital Objects, version 2.2.1: core and capture fields. */
#include <stdlib.h>
#include <string.h>

#include "cli/export/rows.h"
#include "cli/json_facts.h"
#include "cli/say.h"
#include "reader/reader.h"

#define VERSION "v2.2.1"
#define DATETIME_FORMAT "%Y-%m-%d %H:%M:%S.%f"

static const char *text_of(const cJSON *attributes, const char *name)
{
    const cJSON *item = json_at(attributes, name);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

/* An object with a name and, if there is an address, a URI. */
static cJSON *named(const char *name, const char *uri)
{
    cJSON *out = json_object();
    json_add_text(out, "name", name);
    json_add_optional_text(out, "uri", uri);
    return out;
}

static void add_named(cJSON *to, const char *member, const cJSON *attributes, const char *attribute)
{
    const char *name = text_of(attributes, attribute);
    if (name)
        json_add(to, member, named(name, NULL));
}

static void add_people(cJSON *to, const cJSON *attributes)
{
    const char *name = text_of(attributes, "creator_name");
    if (!name)
        return;
    cJSON *creators = json_array();
    json_add(creators, NULL, named(name, text_of(attributes, "creator_url")));
    json_add(to, "image-creators", creators);
}

/* A camera at one place is stationary; where it is not, nothing is known. */
static void add_place(cJSON *to, const cJSON *attributes)
{
    export_place place;
    export_place_of(&place, attributes);
    if (place.has_position) {
        json_add_double(to, "image-latitude", place.latitude);
        json_add_double(to, "image-longitude", place.longitude);
        json_add_text(to, "image-coordinate-reference-system", "EPSG:4326");
        json_add_text(to, "image-deployment", "stationary");
    }
    if (place.has_depth)
        json_add_double(to, "image-altitude-meters", -place.depth);
}

/* ---- Header ---------------------------------------------------------------------------------- */

static int add_header(cJSON *doc, const commit_marker *m, const cJSON *attributes, cz_error *err)
{
    cJSON *to = json_object();
    char uuid[UUID_TEXT] = "";
    const int rc = export_uuid(uuid, "image set", m->fingerprint, err);
    const char *handle = text_of(attributes, "metadata_link");
    const char *license = text_of(attributes, "license");
    json_add_text(to, "image-set-name", m->facts.name);
    json_add_text(to, "image-set-uuid", uuid);
    json_add_text(to, "image-set-handle", handle ? handle : "");
    json_add_text(to, "image-set-ifdo-version", VERSION);
    json_add_optional_text(to, "image-abstract", text_of(attributes, "comment"));
    json_add_text(to, "image-acquisition", "video");
    json_add_text(to, "image-quality", "raw");
    json_add_text(to, "image-spectral-resolution", "rgb");
    json_add_text(to, "image-datetime-format", DATETIME_FORMAT);
    add_place(to, attributes);
    add_named(to, "image-context", attributes, "program");
    add_named(to, "image-project", attributes, "project");
    add_named(to, "image-platform", attributes, "platform");
    add_named(to, "image-sensor", attributes, "instrument");
    add_people(to, attributes);
    if (license)
        json_add(to, "image-license", named(license, NULL));
    json_add_optional_text(to, "image-copyright", text_of(attributes, "institution"));
    json_add(doc, "image-set-header", to);
    return rc;
}

/* ---- Items ----------------------------------------------------------------------------------- */

static void add_time(cJSON *to, int64_t ns)
{
    char text[MICROSECONDS_MAX];
    export_microseconds(text, ns);
    json_add_text(to, "image-datetime", text);
}

/* How the camera recorded, and where the file comes from. */
static cJSON *settings_of(const commit_marker *m)
{
    static const char *const names[] = {"codec",       "chroma",   "interlace", "frames",
                                        "width",       "height",   "timecode",  "start_from",
                                        "fingerprint", "software", "audio"};
    cJSON *to = json_object();
    json_add_rate(to, m->facts.rate_num, m->facts.rate_den);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const cJSON *item = json_at(m->ours, names[i]);
        if (item)
            json_add(to, names[i], json_copy(item));
    }
    json_add(to, "source", json_copy(json_at(m->ours, "source")));
    return to;
}

/* The first item of a video has what holds for all of it; its time is that of the first frame. */
static int first_item(cJSON **out, const export_job *j, const commit_marker *m, cz_error *err)
{
    char uuid[UUID_TEXT];
    buf handle = {0};
    const char *sha256 = NULL;
    int rc = export_uuid(uuid, "image", m->fingerprint, err);
    if (rc == CZ_OK)
        rc = export_source_address(&handle, j, err);
    if (rc == CZ_OK) {
        cJSON *to = json_object();
        if (start_known(m->facts.start_from))
            add_time(to, m->facts.start);
        json_add_text(to, "image-uuid", uuid);
        if (json_text(&sha256, m->ours, "source.sha256", "", NULL) == CZ_OK)
            json_add_text(to, "image-hash-sha256", sha256);
        if (handle.len)
            json_add_text(to, "image-handle", buf_text(&handle));
        json_add(to, "image-acquisition-settings", settings_of(m));
        *out = to;
    }
    buf_free(&handle);
    return rc;
}

static int add_items(cJSON *doc, const export_job *j, const commit_marker *m, cz_error *err)
{
    uint64_t *frame = NULL;
    size_t n = 0;
    cJSON *items = json_array(), *files = json_object(), *first = NULL;
    int rc = first_item(&first, j, m, err);
    if (rc == CZ_OK)
        json_add(items, NULL, first);
    if (rc == CZ_OK && start_known(m->facts.start_from))
        rc = export_rows(&frame, &n, j, true, err);
    for (size_t i = 0; rc == CZ_OK && i < n; i++) {
        int64_t time;
        if (frame[i] == 0)
            continue;
        cJSON *item = json_object();
        rc = cz_time(&time, j->clip[0], frame[i], err);
        if (rc == CZ_OK)
            add_time(item, time);
        json_add(items, NULL, item);
    }
    json_add(files, m->facts.source_name, items);
    json_add(doc, "image-set-items", files);
    free(frame);
    return rc;
}

int export_ifdo(const export_job *j, cz_error *err)
{
    const commit_marker *m = j->clip[0]->marker;
    cJSON *doc = json_object(), *attributes = json_object();
    buf text = {0};
    int rc = export_owner_attributes(attributes, j, err);
    if (rc == CZ_OK)
        rc = add_header(doc, m, attributes, err);
    if (rc == CZ_OK)
        rc = add_items(doc, j, m, err);
    if (rc == CZ_OK)
        rc = json_print(&text, doc, false, err);
    if (rc == CZ_OK)
        rc = export_write_text(j, &text, err);
    json_free(doc);
    json_free(attributes);
    buf_free(&text);
    return rc;
}
