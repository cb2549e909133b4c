/* A STAC Collection: OUT/collection.json, and OUT/CLIP/CLIP.json with OUT/CLIP/CLIP.png for each
 * clip. The Items are written one after the other; the Collection, which links to them, is last. */
#include "cli/export/stac.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "cli/json_facts.h"
#include "cli/say.h"
#include "format/layout.h"
#include "reader/reader.h"

#define COLLECTION "collection.json"

/* ---- Parts that Collection and Items have ---------------------------------------------------- */

static double number(const cJSON *attributes, const char *name)
{
    int64_t i;
    const cJSON *item = json_at(attributes, name);
    if (cJSON_IsNumber(item))
        return item->valuedouble;
    return json_i64(&i, attributes, name, "", NULL) == CZ_OK ? (double)i : NAN;
}

void stac_box_of(stac_box *out, const cJSON *attributes)
{
    *out = (stac_box){.west = number(attributes, "geospatial_lon_min"),
                      .south = number(attributes, "geospatial_lat_min"),
                      .east = number(attributes, "geospatial_lon_max"),
                      .north = number(attributes, "geospatial_lat_max")};
    out->known = out->west >= -180 && out->west <= out->east && out->east <= 180 &&
                 out->south >= -90 && out->south <= out->north && out->north <= 90;
}

cJSON *stac_bbox(const stac_box *b)
{
    cJSON *out = json_array();
    json_add_double(out, NULL, b->west);
    json_add_double(out, NULL, b->south);
    json_add_double(out, NULL, b->east);
    json_add_double(out, NULL, b->north);
    return out;
}

void stac_link(cJSON *links, const char *rel, const char *href, const char *type)
{
    cJSON *link = json_object();
    json_add_text(link, "rel", rel);
    json_add_text(link, "href", href);
    json_add_text(link, "type", type);
    json_add(links, NULL, link);
}

static const char *text_of(const cJSON *attributes, const char *name)
{
    const cJSON *item = json_at(attributes, name);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

void stac_text(cJSON *to, const char *name, const cJSON *attributes, const char *attribute)
{
    json_add_optional_text(to, name, text_of(attributes, attribute));
}

/* The first http or https address in a text: up to white space, a comma, ... */
static void add_license_link(cJSON *links, const char *text)
{
    const char *at = strstr(text, "https://");
    buf href = {0};
    if (!at)
        at = strstr(text, "http://");
    if (!at)
        return;
    buf_add(&href, at, strcspn(at, " \t\r\n,;<>\"'()"));
    stac_link(links, "license", buf_text(&href), "text/html");
    buf_free(&href);
}

void stac_license(cJSON *to, cJSON *links, const cJSON *attributes)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_-.+";
    const char *text = text_of(attributes, "license");
    if (!text || !*text)
        return;
    const bool is_identifier = text[strspn(text, letters)] == '\0';
    json_add_text(to, "license", is_identifier ? text : "other");
    if (!is_identifier)
        add_license_link(links, text);
}

void stac_instruments(cJSON *to, const cJSON *attributes)
{
    const char *instrument = text_of(attributes, "instrument");
    stac_text(to, "platform", attributes, "platform");
    if (!instrument)
        return;
    cJSON *instruments = json_array();
    json_add_text(instruments, NULL, instrument);
    json_add(to, "instruments", instruments);
}

int stac_asset(cJSON *assets, const char *name, const export_job *j, const char *key,
               const char *role, const char *title, cz_error *err)
{
    buf href = {0};
    cJSON *asset = json_object(), *roles = json_array();
    const int rc =
        *key ? export_object_address(&href, j, key, err) : export_address(&href, j->place, err);
    json_add_text(roles, NULL, role);
    json_add_text(asset, "href", buf_text(&href));
    json_add_text(asset, "title", title);
    json_add_text(asset, "type",
                  j->store->zarr == ZARR_V2 ? "application/vnd.zarr; version=2"
                                            : "application/vnd.zarr; version=3");
    json_add(asset, "roles", roles);
    json_add(assets, name, asset);
    buf_free(&href);
    return rc;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static int write_file(const export_job *j, const char *rel, const buf *bytes, cz_error *err)
{
    buf path = {0};
    out_file f = OUT_FILE_NONE;
    buf_printf(&path, "%s/%s", j->path, rel);
    const char *name = buf_text(&path);
    int rc = name && !bytes->bad ? out_open(&f, name, j->o->overwrite, err)
                                 : cz_fail_memory(err, "%s", j->path);
    if (rc == CZ_OK)
        rc = out_write(&f, bytes->at, bytes->len, err);
    if (rc == CZ_OK)
        rc = out_publish(&f, err);
    out_close(&f, err);
    buf_free(&path);
    return rc;
}

/* doc is moved. */
static int write_document(const export_job *j, const char *rel, cJSON *doc, cz_error *err)
{
    buf text = {0};
    int rc = json_print(&text, doc, false, err);
    json_free(doc);
    if (rc == CZ_OK)
        rc = write_file(j, rel, &text, err);
    buf_free(&text);
    return rc;
}

static int make_folder(const export_job *j, const char *rel, cz_error *err)
{
    buf path = {0};
    buf_printf(&path, "%s/%s", j->path, rel);
    const char *name = buf_text(&path);
    const int rc = name ? out_make_folder(name, err) : cz_fail_memory(err, "%s", j->path);
    buf_free(&path);
    return rc;
}

/* ---- The Collection -------------------------------------------------------------------------- */

typedef struct collection {
    const export_job *j;
    buf id;
    cJSON *links;
    cJSON *attributes; /* those that all clips have with equal values; NULL: no clip so far */
    stac_box box;      /* of all clips that are somewhere */
    bool has_span;     /* of the clips whose start is known */
    int64_t start, end;
} collection;

/* The last part of the address of the store. */
static void name_by_place(buf *id, const export_job *j)
{
    buf place = {0};
    if (export_address(&place, j->place, NULL) < 0)
        place.len = 0;
    while (place.len && place.at[place.len - 1] == '/')
        place.len--;
    size_t at = place.len;
    while (at && place.at[at - 1] != '/')
        at--;
    buf_add(id, place.at + at, place.len - at);
    if (id->len == 0)
        buf_printf(id, "camzarr");
    buf_free(&place);
}

/* Needed before the first Item: the owner's attribute `id` of the store, or the store's name. */
static int find_id(collection *c, cz_error *err)
{
    cJSON *root = json_object();
    const export_job none = {.store = c->j->store, .path = c->j->path};
    const int rc = export_owner_attributes(root, &none, err);
    const char *id = text_of(root, "id");
    if (id && *id)
        buf_printf(&c->id, "%s", id);
    else
        name_by_place(&c->id, c->j);
    json_free(root);
    return rc == CZ_OK && c->id.bad ? cz_fail_memory(err, "%s", c->j->path) : rc;
}

static void widen(stac_box *to, const stac_box *by)
{
    if (!by->known)
        return;
    if (!to->known) {
        *to = *by;
        return;
    }
    to->west = fmin(to->west, by->west);
    to->south = fmin(to->south, by->south);
    to->east = fmax(to->east, by->east);
    to->north = fmax(to->north, by->north);
}

static void add_to_extent(collection *c, const cz_facts *f, const cJSON *attributes)
{
    stac_box box;
    stac_box_of(&box, attributes);
    widen(&c->box, &box);
    if (start_known(f->start_from)) {
        c->start = !c->has_span || f->start < c->start ? f->start : c->start;
        c->end = !c->has_span || f->end > c->end ? f->end : c->end;
        c->has_span = true;
    }
    cJSON *both = c->attributes ? export_common(c->attributes, attributes) : json_copy(attributes);
    json_free(c->attributes);
    c->attributes = both;
}

static void link_item(collection *c, const char *name)
{
    char href[2 * CLIP_NAME_MAX + 16];
    (void)snprintf(href, sizeof href, "./%s/%s.json", name, name);
    stac_link(c->links, "item", href, "application/geo+json");
}

static int write_item(void *user, const export_job *one, cz_error *err)
{
    collection *c = user;
    buf png = {0};
    bool has_thumbnail = false;
    char rel[2 * CLIP_NAME_MAX + 8];
    cJSON *attributes = json_object(), *item = NULL;
    const cz_facts *f = cz_clip_facts(one->clip[0]);
    int rc = export_owner_attributes(attributes, one, err);
    if (rc == CZ_OK)
        rc = stac_thumbnail(&png, &has_thumbnail, one, err);
    if (rc == CZ_OK)
        rc = make_folder(c->j, f->name, err);
    (void)snprintf(rel, sizeof rel, "%s/%s.png", f->name, f->name);
    if (rc == CZ_OK && has_thumbnail)
        rc = write_file(c->j, rel, &png, err);
    if (rc == CZ_OK)
        rc = stac_item(&item, one, buf_text(&c->id), attributes, has_thumbnail, err);
    (void)snprintf(rel, sizeof rel, "%s/%s.json", f->name, f->name);
    if (rc == CZ_OK)
        rc = write_document(c->j, rel, item, err);
    if (rc == CZ_OK) {
        add_to_extent(c, f, attributes);
        link_item(c, f->name);
    }
    json_free(attributes);
    buf_free(&png);
    return rc;
}

/* STAC requires a place: the whole world if it is not known. */
static cJSON *extent_of(const collection *c)
{
    static const stac_box world = {true, -180, -90, 180, 90};
    cJSON *extent = json_object(), *spatial = json_object(), *temporal = json_object();
    cJSON *boxes = json_array(), *intervals = json_array(), *interval = json_array();
    char start[TIMESTAMP_TEXT_MAX], end[TIMESTAMP_TEXT_MAX];
    json_add(boxes, NULL, stac_bbox(c->box.known ? &c->box : &world));
    json_add(spatial, "bbox", boxes);
    if (c->has_span) {
        timestamp_format(start, c->start);
        timestamp_format(end, c->end);
        json_add_text(interval, NULL, start);
        json_add_text(interval, NULL, end);
    } else {
        json_add_null(interval, NULL);
        json_add_null(interval, NULL);
    }
    json_add(intervals, NULL, interval);
    json_add(temporal, "interval", intervals);
    json_add(extent, "spatial", spatial);
    json_add(extent, "temporal", temporal);
    return extent;
}

/* "vents, CamHD" as ["vents", "CamHD"]. */
static void add_keywords(cJSON *to, const cJSON *attributes)
{
    const char *at = text_of(attributes, "keywords");
    cJSON *words = json_array();
    while (at && *at) {
        buf word = {0};
        at += strspn(at, ", ");
        size_t n = strcspn(at, ",");
        const char *next = at + n;
        while (n && at[n - 1] == ' ')
            n--;
        buf_add(&word, at, n);
        if (n)
            json_add_text(words, NULL, buf_text(&word));
        buf_free(&word);
        at = next;
    }
    if (cJSON_GetArraySize(words) > 0)
        json_add(to, "keywords", words);
    else
        json_free(words);
}

static void add_provider(cJSON *to, const cJSON *attributes)
{
    const char *name = text_of(attributes, "institution");
    if (!name)
        return;
    cJSON *providers = json_array(), *one = json_object(), *roles = json_array();
    json_add_text(roles, NULL, "producer");
    json_add_text(one, "name", name);
    json_add(one, "roles", roles);
    stac_text(one, "url", attributes, "creator_url");
    json_add(providers, NULL, one);
    json_add(to, "providers", providers);
}

static int write_collection(collection *c, cz_error *err)
{
    cJSON *to = json_object(), *assets = json_object();
    const char *about = text_of(c->attributes, "comment");
    json_add_text(to, "type", "Collection");
    json_add_text(to, "stac_version", STAC_VERSION);
    json_add_clean(to, "id", buf_text(&c->id));
    stac_text(to, "title", c->attributes, "project");
    json_add_text(to, "description", about && *about ? about : "Video clips in a camzarr store.");
    add_keywords(to, c->attributes);
    stac_license(to, c->links, c->attributes);
    if (!json_at(to, "license"))
        json_add_text(to, "license", "other");
    add_provider(to, c->attributes);
    json_add(to, "extent", extent_of(c));
    stac_link(c->links, "root", "./" COLLECTION, "application/json");
    json_add(to, "links", c->links);
    c->links = NULL;
    const int rc = stac_asset(assets, "store", c->j, "", "data", "the store of all clips", err);
    json_add(to, "assets", assets);
    if (rc == CZ_OK)
        return write_document(c->j, COLLECTION, to, err);
    json_free(to);
    return rc;
}

int export_stac(const export_job *j, cz_error *err)
{
    collection c = {.j = j, .links = json_array()};
    int rc = find_id(&c, err);
    if (rc == CZ_OK)
        rc = out_make_folder(j->path, err);
    if (rc == CZ_OK)
        rc = export_each_clip(j, write_item, &c, err);
    if (rc == CZ_OK)
        rc = write_collection(&c, err);
    json_free(c.attributes);
    json_free(c.links);
    buf_free(&c.id);
    return rc;
}
