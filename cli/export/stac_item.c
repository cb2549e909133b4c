/* The STAC Item of a clip. */
#include <inttypes.h>
#include <string.h>

#include "cli/export/stac.h"
#include "cli/json_facts.h"
#include "cli/say.h"
#include "format/layout.h"
#include "reader/reader.h"

#define FILE_EXTENSION "https://stac-extensions.github.io/file/v2.1.0/schema.json"
#define PROCESSING_EXTENSION "https://stac-extensions.github.io/processing/v1.2.0/schema.json"

/* ---- Where ----------------------------------------------------------------------------------- */

static void add_point(cJSON *to, double x, double y)
{
    cJSON *point = json_array();
    json_add_double(point, NULL, x);
    json_add_double(point, NULL, y);
    json_add(to, NULL, point);
}

/* A point, or the rectangle that a moving camera stayed in: counterclockwise (RFC 7946, 3.1.6). */
static cJSON *geometry_of(const stac_box *b)
{
    cJSON *out = json_object(), *ring = json_array();
    if (b->west >= b->east && b->south >= b->north) {
        json_add_text(out, "type", "Point");
        json_add_double(ring, NULL, b->west);
        json_add_double(ring, NULL, b->south);
        json_add(out, "coordinates", ring);
        return out;
    }
    cJSON *rings = json_array();
    add_point(ring, b->west, b->south);
    add_point(ring, b->east, b->south);
    add_point(ring, b->east, b->north);
    add_point(ring, b->west, b->north);
    add_point(ring, b->west, b->south);
    json_add(rings, NULL, ring);
    json_add_text(out, "type", "Polygon");
    json_add(out, "coordinates", rings);
    return out;
}

static void add_place(cJSON *to, const cJSON *attributes)
{
    stac_box box;
    stac_box_of(&box, attributes);
    if (!box.known) {
        json_add_null(to, "geometry");
        return;
    }
    json_add(to, "geometry", geometry_of(&box));
    json_add(to, "bbox", stac_bbox(&box));
}

/* ---- Properties ------------------------------------------------------------------------------ */

/* "camzarr 0.1.0", the program that wrote the clip, as {"camzarr": "0.1.0"}. */
static void add_software(cJSON *to, const commit_marker *m)
{
    const char *software = "";
    cJSON *versions = json_object();
    char name[64];
    (void)json_text(&software, m->ours, "software", "", NULL);
    const char *space = strrchr(software, ' ');
    const size_t n = space ? (size_t)(space - software) : strlen(software);
    (void)snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1),
                   software);
    json_add_clean(versions, name, space ? space + 1 : "unknown");
    json_add(to, "processing:software", versions);
}

/* Members of the commit marker, under the same names with our prefix. */
static void add_from_marker(cJSON *to, const commit_marker *m)
{
    static const char *const names[] = {
        "format",     "fingerprint", "frames",         "width",    "height",           "codec",
        "chroma",     "frame_rate",  "interlace",      "audio",    "frames_per_shard", "start_from",
        "name_time",  "header_time", "damaged_frames", "timecode", "recovered",        "analysis",
        "alpha_bits", "source",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char name[40];
        const cJSON *item = json_at(m->ours, names[i]);
        (void)snprintf(name, sizeof name, "camzarr:%s", names[i]);
        if (item)
            json_add(to, name, json_copy(item));
    }
    json_add_u64(to, "camzarr:zarr_format", m->zarr);
}

/* A clip whose start is unknown has times that count from 1970, as everywhere in the store;
 * camzarr:start_from is "none" then. */
static cJSON *properties_of(const commit_marker *m, const cJSON *attributes, cJSON *links)
{
    const cz_facts *f = &m->facts;
    cJSON *to = json_object();
    json_add_time(to, "datetime", f->start);
    json_add_time(to, "start_datetime", f->start);
    json_add_time(to, "end_datetime", f->end);
    json_add_text(to, "title", f->name);
    stac_text(to, "description", attributes, "comment");
    stac_license(to, links, attributes);
    stac_instruments(to, attributes);
    stac_text(to, "mission", attributes, "project");
    add_software(to, m);
    add_from_marker(to, m);
    return to;
}

/* ---- Assets ---------------------------------------------------------------------------------- */

/* The digest as a multihash: code, length, digest, in hex. */
static void add_checksum(cJSON *to, const commit_marker *m)
{
    const char *sha256 = NULL;
    char text[96];
    if (json_text(&sha256, m->ours, "source.sha256", "", NULL) == CZ_OK)
        (void)snprintf(text, sizeof text, "1220%.64s", sha256);
    else
        (void)snprintf(text, sizeof text, "d50110%.32s", m->facts.source_md5);
    json_add_text(to, "file:checksum", text);
}

static int add_source(cJSON *assets, const export_job *one, const commit_marker *m, cz_error *err)
{
    buf href = {0};
    const int rc = export_source_address(&href, one, err);
    if (rc == CZ_OK && href.len) {
        cJSON *asset = json_object(), *roles = json_array();
        json_add_text(roles, NULL, "source");
        json_add_text(asset, "href", buf_text(&href));
        json_add_text(asset, "title", "the MOV that the clip was made from");
        json_add_text(asset, "type", "video/quicktime");
        json_add(asset, "roles", roles);
        json_add_u64(asset, "file:size", m->facts.source_bytes);
        add_checksum(asset, m);
        json_add(assets, "source", asset);
    }
    buf_free(&href);
    return rc;
}

static void add_thumbnail(cJSON *assets, const char *name)
{
    char href[CLIP_NAME_MAX + 8];
    cJSON *asset = json_object(), *roles = json_array();
    (void)snprintf(href, sizeof href, "./%s.png", name);
    json_add_text(roles, NULL, "thumbnail");
    json_add_text(roles, NULL, "overview");
    json_add_text(asset, "href", href);
    json_add_text(asset, "title", "a frame from the middle of the clip, at 1/8 scale");
    json_add_text(asset, "type", "image/png");
    json_add(asset, "roles", roles);
    json_add(assets, "thumbnail", asset);
}

static int add_assets(cJSON *assets, const export_job *one, const commit_marker *m, cz_error *err)
{
    static const struct {
        const char *name, *group, *role, *title;
        bool is_analysis;
    } groups[] = {
        {"clip", "", "data", "the clip: group of the others", false},
        {"video", "video", "data", "the frames; Zarr codec camzarr.prores", false},
        {"index", "index", "metadata", "time, place and checksum of each frame", false},
        {"source_bytes", "source", "metadata", "bytes of the MOV outside of frames", false},
        {"overview", "overview", "overview", "small pictures", true},
        {"statistics", "statistics", "metadata", "statistics of each frame", true},
        {"scenes", "scenes", "metadata", "stretches in which the camera does not move", true},
    };
    int rc = CZ_OK;
    for (size_t i = 0; rc == CZ_OK && i < sizeof groups / sizeof *groups; i++) {
        char key[KEY_MAX];
        if (groups[i].is_analysis && !m->overview)
            continue;
        clip_key(key, m->facts.name, groups[i].group);
        if (!groups[i].group[0])
            key[strlen(key) - 1] = '\0'; /* its '/' */
        rc = stac_asset(assets, groups[i].name, one, key, groups[i].role, groups[i].title, err);
    }
    return rc;
}

int stac_item(cJSON **out, const export_job *one, const char *id, const cJSON *attributes,
              bool has_thumbnail, cz_error *err)
{
    const commit_marker *m = one->clip[0]->marker;
    cJSON *to = json_object(), *extensions = json_array(), *links = json_array();
    cJSON *assets = json_object();
    json_add_text(extensions, NULL, FILE_EXTENSION);
    json_add_text(extensions, NULL, PROCESSING_EXTENSION);
    json_add_text(to, "type", "Feature");
    json_add_text(to, "stac_version", STAC_VERSION);
    json_add(to, "stac_extensions", extensions);
    json_add_text(to, "id", m->facts.name);
    add_place(to, attributes);
    stac_link(links, "root", "../collection.json", "application/json");
    stac_link(links, "parent", "../collection.json", "application/json");
    stac_link(links, "collection", "../collection.json", "application/json");
    json_add(to, "properties", properties_of(m, attributes, links));
    json_add(to, "links", links);
    json_add_clean(to, "collection", id);
    int rc = add_assets(assets, one, m, err);
    if (has_thumbnail)
        add_thumbnail(assets, m->facts.name);
    if (rc == CZ_OK)
        rc = add_source(assets, one, m, err);
    json_add(to, "assets", assets);
    if (rc == CZ_OK)
        *out = to;
    else
        json_free(to);
    return rc;
}
