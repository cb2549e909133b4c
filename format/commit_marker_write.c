#include "format/commit_marker_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/timestamp.h"
#include "format/analysis_layout.h"
#include "format/layout.h"
#include "format/member_names.h"
#include "format/owner_attributes.h"
#include "store/zarr/node.h"

#define SOFTWARE "camzarr " CZ_VERSION

/* "PT834.867S" (ISO 8601); the duration isn't negative. */
static void add_duration(cJSON *to, const char *name, uint64_t ns)
{
    char text[48];
    int n =
        snprintf(text, sizeof text, "PT%" PRIu64 ".%09" PRIu64, ns / 1000000000, ns % 1000000000);
    while (text[n - 1] == '0')
        n--;
    if (text[n - 1] == '.')
        n--;
    (void)snprintf(text + n, sizeof text - (size_t)n, "S");
    json_add_text(to, name, text);
}

static void add_when(cJSON *to, const char *name, int64_t ns)
{
    char text[TIMESTAMP_TEXT_MAX];
    timestamp_format(text, ns);
    json_add_text(to, name, text);
}

/* Attributes of CF and ACDD, which catalogs read. */
static void describe_for_catalogs(cJSON *to, const cz_facts *f, const marker_details *d)
{
    json_add_text(to, "Conventions", "CF-1.11, ACDD-1.3");
    json_add_text(to, "title", f->name);
    json_add_text(to, "summary",
                  "Frames of a ProRes QuickTime movie, as they were recorded. Open the group index "
                  "for times and places of the frames, the group video for pictures.");
    json_add_text(to, "source", f->source_name);
    json_add_text(to, "history", SOFTWARE ": convert");
    if (d->has_start) {
        add_when(to, "time_coverage_start", f->start);
        add_when(to, "time_coverage_end", f->end);
    }
    if (f->end > f->start)
        add_duration(to, "time_coverage_duration", (uint64_t)f->end - (uint64_t)f->start);
    if (f->rate_num > 0)
        add_duration(to, "time_coverage_resolution",
                     (UINT64_C(1000000000) * f->rate_den + f->rate_num / 2) / f->rate_num);
}

static void describe_picture(cJSON *to, const cz_facts *f, const marker_details *d)
{
    json_add_u64(to, MEMBER_FRAMES, f->frames);
    json_add_u64(to, MEMBER_WIDTH, f->width);
    json_add_u64(to, MEMBER_HEIGHT, f->height);
    json_add_text(to, MEMBER_CODEC, f->codec);
    json_add_text(to, MEMBER_CHROMA, f->chroma);
    json_add_u64(to, MEMBER_ALPHA_BITS, f->alpha_bits);
    json_add_text(to, MEMBER_INTERLACE, f->interlace);
    json_add_u64(to, MEMBER_PRIMARIES, d->primaries);
    json_add_u64(to, MEMBER_TRANSFER, d->transfer);
    json_add_u64(to, MEMBER_MATRIX, f->matrix);
}

static void describe_time(cJSON *to, const cz_facts *f, const marker_details *d)
{
    char rate[32];
    (void)snprintf(rate, sizeof rate, "%" PRIu32 "/%" PRIu32, f->rate_num, f->rate_den);
    json_add_text(to, MEMBER_FRAME_RATE, rate);
    json_add_text(to, MEMBER_FRAME_RATE_FROM, d->frame_rate_from);
    json_add_u64(to, MEMBER_TIMESCALE, d->timescale);
    json_add_u64(to, MEMBER_FRAMES_PER_SHARD, f->frames_per_shard);
    json_add_i64(to, MEMBER_START, f->start);
    json_add_i64(to, MEMBER_END, f->end);
    json_add_text(to, MEMBER_START_FROM, f->start_from);
    if (d->has_name_time)
        add_when(to, MEMBER_NAME_TIME, d->name_time);
    if (d->has_header_time)
        add_when(to, MEMBER_HEADER_TIME, d->header_time);
}

static void describe_source(cJSON *to, const commit_marker *m, const marker_details *d)
{
    cJSON *source = json_object();
    json_add_text(source, MEMBER_NAME, m->facts.source_name);
    json_add_u64(source, MEMBER_BYTES, m->facts.source_bytes);
    json_add_text(source, MEMBER_MD5, m->facts.source_md5);
    json_add_optional_text(source, MEMBER_SHA256, d->source_sha256);
    json_add_u64(source, MEMBER_FRAME_BYTES, m->frame_bytes);
    json_add(to, MEMBER_SOURCE, source);
}

/* Sound and timecode: the tracks whose samples lie in source/. */
static void describe_other_tracks(cJSON *to, const marker_details *d)
{
    cJSON *audio = json_array();
    for (size_t i = 0; i < d->n_audio; i++) {
        const marker_audio *a = &d->audio[i];
        cJSON *one = json_object();
        json_add_u64(one, MEMBER_TRACK, a->track);
        json_add_text(one, MEMBER_CODEC, a->codec);
        json_add_u64(one, MEMBER_CHANNELS, a->channels);
        json_add_u64(one, MEMBER_BITS, a->bits);
        json_add_u64(one, MEMBER_RATE, a->rate);
        json_add(audio, NULL, one);
    }
    json_add(to, MEMBER_AUDIO, audio);
    json_add_optional_text(to, MEMBER_TIMECODE, d->timecode);
}

static void add_analysis(cJSON *to, unsigned version, const char *overview)
{
    if (!version)
        return;
    cJSON *analysis = json_object();
    json_add_u64(analysis, MEMBER_VERSION, version);
    json_add_text(analysis, MEMBER_OVERVIEW, overview);
    json_add(to, MEMBER_ANALYSIS, analysis);
}

static cJSON *describe_objects(const commit_marker *m)
{
    cJSON *objects = json_array();
    for (size_t i = 0; i < m->n_objects; i++) {
        const marker_object *o = &m->object[i];
        cJSON *one = json_object();
        json_add_text(one, MEMBER_KEY, o->key);
        json_add_u64(one, MEMBER_SIZE, o->size);
        json_add_text(one, MEMBER_SHA256, o->sha256);
        json_add(objects, NULL, one);
    }
    return objects;
}

#define ZEROS_16 "0000000000000000"
#define ZEROS_64 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16

static cJSON *commit_marker_attributes(const commit_marker *m, const marker_details *d)
{
    const cz_facts *f = &m->facts;
    cJSON *attributes = json_object(), *ours = json_object(), *warnings = json_array();
    describe_for_catalogs(attributes, f, d);
    owner_attributes_add(attributes, d->owner);
    json_add_text(ours, MEMBER_FORMAT, d->analysis_version ? FORMAT_TEXT_ANALYSIS : FORMAT_TEXT);
    json_add_text(ours, MEMBER_KIND, KIND_CLIP);
    json_add_text(ours, MEMBER_SOFTWARE, SOFTWARE);
    json_add_text(ours, MEMBER_NAME, f->name);
    json_add_text(ours, MEMBER_FINGERPRINT, m->fingerprint);
    describe_picture(ours, f, d);
    describe_time(ours, f, d);
    json_add_bool(ours, MEMBER_RECOVERED, f->recovered);
    json_add_u64(ours, MEMBER_DAMAGED_FRAMES, f->damaged_frames);
    describe_source(ours, m, d);
    describe_other_tracks(ours, d);
    add_analysis(ours, d->analysis_version, d->overview);
    for (size_t i = 0; i < d->n_warnings; i++)
        json_add_text(warnings, NULL, d->warning[i]);
    json_add(ours, MEMBER_WARNINGS, warnings);
    json_add(ours, MEMBER_OBJECTS, describe_objects(m));
    json_add_text(ours, MEMBER_DIGEST, ZEROS_64);
    json_add(attributes, MEMBER_CAMZARR, ours);
    return attributes;
}

/* Put the digest of the text, with zeros in its place, where it belongs. */
static int close_with_digest(buf *text, const char *what, cz_error *err)
{
    char hex[SHA256_HEX + 1];
    const char *digits = commit_marker_digest(text->at, text->len);
    if (!digits)
        return cz_fail(err, CZ_CORRUPT, "%s: it has no digest", what);
    uint8_t *place = text->at + (digits - (const char *)text->at);
    memcpy(place, ZEROS_64, SHA256_HEX);
    const int rc = sha256_hex(hex, text->at, text->len, err);
    if (rc == CZ_OK)
        memcpy(place, hex, SHA256_HEX);
    return rc;
}

/* Parse the text as a reader does, and compare it with what it was made from. */
static int read_back(const commit_marker *m, const buf *text, const char *what, cz_error *err)
{
    commit_marker *back = NULL;
    const int rc =
        commit_marker_parse(&back, m->zarr, text->at, text->len, m->facts.name, what, err);
    if (rc < 0) {
        cz_prefix(err, "the commit marker does not read back");
        return rc;
    }
    bool same = back->n_objects == m->n_objects && back->facts.frames == m->facts.frames &&
                back->frame_bytes == m->frame_bytes &&
                back->facts.source_bytes == m->facts.source_bytes &&
                strcmp(back->fingerprint, m->fingerprint) == 0;
    for (size_t i = 0; same && i < m->n_objects; i++)
        same = strcmp(back->object[i].key, m->object[i].key) == 0 &&
               back->object[i].size == m->object[i].size &&
               strcmp(back->object[i].sha256, m->object[i].sha256) == 0;
    commit_marker_free(&back);
    return same ? CZ_OK
                : cz_fail(err, CZ_CORRUPT, "%s: it does not read back as it was written", what);
}

/* Append the text of the document, closed with its digest. */
static int print_closed(buf *out, const commit_marker *m, const cJSON *doc, const char *what,
                        cz_error *err)
{
    buf text = {0};
    int rc = json_print_stored(&text, doc, err);
    if (rc == CZ_OK)
        rc = close_with_digest(&text, what, err);
    if (rc == CZ_OK)
        rc = read_back(m, &text, what, err);
    if (rc == CZ_OK) {
        buf_add(out, text.at, text.len);
        if (out->bad)
            rc = cz_fail_memory(err, "%s", what);
    }
    buf_free(&text);
    return rc;
}

int commit_marker_print(buf *out, const commit_marker *m, const marker_details *details,
                        const char *what, cz_error *err)
{
    zarr_node node;
    zarr_group_node(&node, m->zarr, commit_marker_attributes(m, details), NULL, 0);
    if (m->zarr == ZARR_V3 && details->metadata)
        zarr_group_consolidate(node.part[0].doc, json_copy(details->metadata));
    const int rc = print_closed(out, m, node.part[node.n - 1].doc, what, err);
    zarr_node_free(&node);
    return rc;
}

int commit_marker_rewrite(buf *out, const commit_marker *m, const cJSON *owner, const char *what,
                          cz_error *err)
{
    cJSON *doc = owner_attributes_replace(m->zarr, m->doc, owner);
    const int rc = print_closed(out, m, doc, what, err);
    json_free(doc);
    return rc;
}

/* ---- Another analysis ----------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    return strcmp(((const marker_object *)a)->key, ((const marker_object *)b)->key);
}

/* The marker's objects with those of the other analysis, in ascending order of key; the caller
 * frees them. NULL: out of memory. */
static marker_object *other_objects(size_t *n, const commit_marker *m, const marker_analysis *with)
{
    marker_object *object = calloc(m->n_objects + with->n_objects + 1, sizeof *object);
    size_t count = 0;
    for (size_t i = 0; object && i < m->n_objects; i++)
        if (!rel_key_is_of_analysis(m->object[i].key))
            object[count++] = m->object[i];
    for (size_t i = 0; object && i < with->n_objects; i++)
        object[count++] = with->object[i];
    if (object)
        qsort(object, count, sizeof *object, by_key);
    *n = count;
    return object;
}

/* The attribute camzarr. Its members keep their order: a conversion writes them in this one. */
static cJSON *other_members(const commit_marker *now, const marker_analysis *with)
{
    const cJSON *member = NULL;
    cJSON *ours = json_object();
    cJSON_ArrayForEach(member, now->ours)
    {
        const char *name = member->string;
        if (strcmp(name, MEMBER_FORMAT) == 0)
            json_add_text(ours, name, with->version ? FORMAT_TEXT_ANALYSIS : FORMAT_TEXT);
        else if (strcmp(name, MEMBER_FINGERPRINT) == 0)
            json_add_text(ours, name, with->fingerprint);
        else if (strcmp(name, MEMBER_OBJECTS) == 0)
            json_add(ours, name, describe_objects(now));
        else if (strcmp(name, MEMBER_WARNINGS) == 0) {
            add_analysis(ours, with->version, with->overview);
            json_add(ours, name, json_copy(member));
        } else if (strcmp(name, MEMBER_ANALYSIS) != 0)
            json_add(ours, name, json_copy(member));
    }
    return ours;
}

/* The consolidated metadata: groups of the analysis follow the index and precede the source. */
static cJSON *other_metadata(const cJSON *metadata, const marker_analysis *with)
{
    const cJSON *node = NULL, *added = NULL;
    cJSON *out = json_object();
    bool is_added = false;
    cJSON_ArrayForEach(node, metadata)
    {
        if (strcmp(node->string, "source") == 0 && !is_added) {
            cJSON_ArrayForEach(added, with->metadata)
            {
                json_add(out, added->string, json_copy(added));
            }
            is_added = true;
        }
        if (!rel_key_is_of_analysis(node->string))
            json_add(out, node->string, json_copy(node));
    }
    return out;
}

/* Copy an object with another value of one member. Moves value. */
static cJSON *with_member(const cJSON *from, const char *name, cJSON *value)
{
    const cJSON *member = NULL;
    cJSON *out = json_object();
    cJSON_ArrayForEach(member, from)
    {
        if (strcmp(member->string, name) == 0) {
            json_add(out, name, value);
            value = NULL;
        } else
            json_add(out, member->string, json_copy(member));
    }
    json_free(value);
    return out;
}

static cJSON *other_doc(const commit_marker *now, const marker_analysis *with)
{
    cJSON *attributes = with_member(zarr_attributes_of(now->zarr, now->doc), MEMBER_CAMZARR,
                                    other_members(now, with));
    if (now->zarr == ZARR_V2)
        return attributes;
    const cJSON *consolidated = json_at(now->doc, MEMBER_CONSOLIDATED);
    cJSON *out = with_member(now->doc, MEMBER_ATTRIBUTES, attributes);
    if (!consolidated)
        return out;
    cJSON *metadata = other_metadata(json_at(consolidated, MEMBER_METADATA), with);
    cJSON *both =
        with_member(out, MEMBER_CONSOLIDATED, with_member(consolidated, MEMBER_METADATA, metadata));
    json_free(out);
    return both;
}

int commit_marker_rewrite_analysis(buf *out, const commit_marker *m, const marker_analysis *with,
                                   const char *what, cz_error *err)
{
    commit_marker now = *m;
    marker_object *object = other_objects(&now.n_objects, m, with);
    if (!object)
        return cz_fail_memory(err, "%s", what);
    now.object = object;
    now.fingerprint = with->fingerprint;
    cJSON *doc = other_doc(&now, with);
    const int rc = print_closed(out, &now, doc, what, err);
    json_free(doc);
    free(object);
    return rc;
}
