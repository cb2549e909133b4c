#include "convert/commit_marker_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "convert/conversion_record.h"
#include "convert/inventory.h"
#include "format/commit_marker.h"

#define SOFTWARE "camzarr " CZ_VERSION

/* ---- chunks.jsonl ---------------------------------------------------------------------------- */

static cJSON *entry(const published *o)
{
    cJSON *line = json_object();
    json_add_text(line, "key", o->rel_key);
    json_add_u64(line, "size", o->size);
    json_add_text(line, "sha256", o->sha256);
    return line;
}

static int add_lines(buf *out, const published *o, uint64_t n, cz_error *err)
{
    int rc = CZ_OK;
    for (uint64_t i = 0; rc == CZ_OK && i < n; i++) {
        if (o[i].rel_key[0] == '\0')
            continue;
        cJSON *line = entry(&o[i]);
        rc = json_print(out, line, true, err);
        json_free(line);
    }
    return rc;
}

int chunk_list_publish(publisher *to, const plan *p, const pass_result *r, cz_error *err)
{
    buf text = {0};
    int rc = add_lines(&text, r->shard, p->n_shards, err);
    if (rc == CZ_OK)
        rc = add_lines(&text, r->chunk, r->n_chunks, err);
    if (rc == CZ_OK)
        rc = publish_listed(to, REL_KEY_CHUNK_LIST, text.at, text.len, err);
    buf_free(&text);
    return rc;
}

/* ---- The marker's document ------------------------------------------------------------------- */

uint64_t damaged_frames(const plan *p, const pass_result *r)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < p->movie->n_frames; i++)
        n += (r->flags[i] & CZ_FLAGS_DAMAGE) != 0;
    return n;
}

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

/* CF and ACDD: what catalogs look for. */
static void describe_for_catalogs(cJSON *to, const plan *p, const char *name, const char *source)
{
    const int64_t start = plan_time(p, 0), end = plan_time(p, p->movie->n_frames);
    uint32_t num, den;
    json_add_text(to, "Conventions", "CF-1.11, ACDD-1.3");
    json_add_text(to, "title", name);
    json_add_text(to, "summary",
                  "Frames of a ProRes QuickTime movie, as they were recorded. Open the group index "
                  "for times and places of the frames, the group video for pictures.");
    json_add_text(to, "source", source);
    json_add_text(to, "history", SOFTWARE ": convert");
    if (p->start.from != MOV_START_NONE) {
        add_when(to, "time_coverage_start", start);
        add_when(to, "time_coverage_end", end);
    }
    if (end > start)
        add_duration(to, "time_coverage_duration", (uint64_t)end - (uint64_t)start);
    mov_frame_rate(&p->movie->times, &num, &den);
    if (num > 0)
        add_duration(to, "time_coverage_resolution", UINT64_C(1000000000) * den / num);
}

static void describe_picture(cJSON *to, const plan *p)
{
    static const char *const interlace[] = {"progressive", "top_field_first", "bottom_field_first"};
    char codec[5];
    fourcc_text(codec, p->track->codec);
    json_add_u64(to, "frames", p->movie->n_frames);
    json_add_u64(to, "width", p->width);
    json_add_u64(to, "height", p->height);
    json_add_text(to, "codec", codec);
    const bool full_chroma = p->has_model ? p->model.chroma == 3 : codec[2] == '4';
    json_add_text(to, "chroma", full_chroma ? "4:4:4" : "4:2:2");
    json_add_u64(to, "alpha_bits", (uint64_t)p->model.alpha * 8);
    json_add_text(to, "interlace", interlace[p->model.interlace]);
    json_add_u64(to, "primaries", p->model.primaries);
    json_add_u64(to, "transfer", p->model.transfer);
    json_add_u64(to, "matrix", p->model.matrix);
}

static void describe_time(cJSON *to, const plan *p)
{
    const mov_movie *m = p->movie;
    char rate[32];
    uint32_t num, den;
    mov_frame_rate(&m->times, &num, &den);
    (void)snprintf(rate, sizeof rate, "%" PRIu32 "/%" PRIu32, num, den);
    json_add_text(to, "frame_rate", rate);
    json_add_text(to, "frame_rate_from",
                  !m->recovered     ? "tables"
                  : m->rate_assumed ? "assumed"
                                    : "frame_header");
    json_add_u64(to, "timescale", m->times.timescale);
    json_add_u64(to, "frames_per_shard", p->frames_per_shard);
    json_add_i64(to, "start_ns", plan_time(p, 0));
    json_add_i64(to, "end_ns", plan_time(p, m->n_frames));
    json_add_text(to, "start_from", mov_start_source_text(p->start.from));
    if (p->start.has_name_time)
        add_when(to, "name_time", p->start.name_time);
    if (p->start.has_header_time)
        add_when(to, "header_time", p->start.header_time);
}

static void describe_source(cJSON *to, const plan *p, const pass_result *r, const char *name)
{
    cJSON *source = json_object();
    json_add_text(source, "name", name);
    json_add_u64(source, "bytes", p->movie->bytes);
    json_add_text(source, "md5", r->md5);
    if (r->sha256[0])
        json_add_text(source, "sha256", r->sha256);
    json_add_u64(source, "frame_bytes", p->frame_bytes);
    json_add(to, "source", source);
}

/* Sound and timecode: the tracks whose samples lie in source/. */
static void describe_other_tracks(cJSON *to, const mov_movie *m)
{
    cJSON *audio = json_array();
    const char *timecode = NULL;
    for (size_t i = 0; i < m->n_tracks; i++) {
        const mov_track *t = &m->track[i];
        if (t->kind == FOURCC('t', 'm', 'c', 'd') && t->timecode[0] && !timecode)
            timecode = t->timecode;
        if (t->kind != FOURCC('s', 'o', 'u', 'n'))
            continue;
        char codec[5];
        cJSON *one = json_object();
        fourcc_text(codec, t->codec);
        json_add_u64(one, "track", t->id);
        json_add_text(one, "codec", codec);
        json_add_u64(one, "channels", t->audio.channels);
        json_add_u64(one, "bits", t->audio.bits);
        json_add_u64(one, "rate", t->audio.rate);
        json_add(audio, NULL, one);
    }
    json_add(to, "audio", audio);
    json_add_optional_text(to, "timecode", timecode);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const published *)a)->rel_key, ((const published *)b)->rel_key);
}

static cJSON *describe_objects(publisher *to)
{
    cJSON *objects = json_array();
    qsort(to->object, to->n_objects, sizeof *to->object, by_key);
    for (size_t i = 0; i < to->n_objects; i++)
        json_add(objects, NULL, entry(&to->object[i]));
    return objects;
}

#define ZEROS_16 "0000000000000000"
#define ZEROS_64 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16

static cJSON *commit_marker_attributes(publisher *to, const plan *p, const pass_result *r,
                                       const marker_source *from)
{
    cJSON *attributes = json_object(), *ours = json_object();
    describe_for_catalogs(attributes, p, to->name, from->name);
    json_add_text(ours, "format", FORMAT_TEXT);
    json_add_text(ours, "kind", "clip");
    json_add_text(ours, "software", SOFTWARE);
    json_add_text(ours, "name", to->name);
    json_add_text(ours, "fingerprint", to->fingerprint);
    describe_picture(ours, p);
    describe_time(ours, p);
    json_add_bool(ours, "recovered", p->movie->recovered);
    json_add_u64(ours, "damaged_frames", damaged_frames(p, r));
    describe_source(ours, p, r, from->name);
    describe_other_tracks(ours, p->movie);
    cJSON *warnings = json_array();
    for (size_t i = 0; i < from->n_warnings; i++)
        json_add_text(warnings, NULL, from->warning[i]);
    json_add(ours, "warnings", warnings);
    json_add(ours, "objects", describe_objects(to));
    json_add_text(ours, "digest", ZEROS_64);
    json_add(attributes, "camzarr", ours);
    return attributes;
}

/* Put the digest of the text where its zeros are. They are the last ones: what follows are
 * brackets. */
static int close_with_digest(buf *text, cz_error *err)
{
    char hex[SHA256_HEX + 1];
    const int rc = sha256_hex(hex, text->at, text->len, err);
    if (rc < 0)
        return rc;
    for (size_t at = text->len; at >= SHA256_HEX; at--) {
        uint8_t *zeros = text->at + at - SHA256_HEX;
        if (memcmp(zeros, ZEROS_64, SHA256_HEX) == 0) {
            memcpy(zeros, hex, SHA256_HEX);
            return CZ_OK;
        }
    }
    return cz_fail(err, CZ_NOMEM, "commit marker: incomplete");
}

/* Parse the text as a reader does, and compare it with what it was made from. */
static int read_back(const publisher *to, const plan *p, const char *key, const buf *text,
                     cz_error *err)
{
    commit_marker *m = NULL;
    const int rc = commit_marker_parse(&m, p->zarr, text->at, text->len, to->name, key, err);
    if (rc < 0) {
        cz_prefix(err, "the commit marker does not read back");
        return rc;
    }
    bool same = m->n_objects == to->n_objects && m->facts.frames == p->movie->n_frames &&
                m->frame_bytes == p->frame_bytes && m->facts.source_bytes == p->movie->bytes &&
                strcmp(m->fingerprint, to->fingerprint) == 0;
    for (size_t i = 0; same && i < to->n_objects; i++)
        same = strcmp(m->object[i].key, to->object[i].rel_key) == 0 &&
               m->object[i].size == to->object[i].size &&
               strcmp(m->object[i].sha256, to->object[i].sha256) == 0;
    commit_marker_free(&m);
    return same ? CZ_OK
                : cz_fail(err, CZ_CORRUPT, "%s: it does not read back as it was written", key);
}

/* The marker is put where none is, since existing_clip_take() removed an earlier one. A marker that
 * was put since has the same bytes (a conversion of the same fingerprint) or is another's. */
static int put_commit_marker(publisher *to, const char *key, const buf *text, cz_error *err)
{
    bool same = false;
    int rc = os_put(to->os, key, text->at, text->len, OS_COMMIT_NEW, err);
    if (rc == CZ_OK)
        to->bytes_written += text->len;
    if (rc != CZ_EXISTS)
        return rc;
    cz_error why = {0};
    rc = os_same(to->os, key, text->at, text->len, &same, &why);
    if (rc == CZ_ABSENT || (rc == CZ_OK && !same)) /* absent: removed since the put */
        return cz_fail(err, CZ_CHANGED, "clips/%s: another conversion took this clip over",
                       to->name);
    if (rc < 0 && err)
        *err = why;
    return rc;
}

/* The record is still this conversion's, or a conversion of the same fingerprint has ended, and all
 * objects are there. An absent record does not tell that from a removal that has come and gone, but
 * the listing does. */
static int check_whole(publisher *to, const plan *p, const pass_result *r, cz_error *err)
{
    char what[INVENTORY_WHAT] = "";
    conversion_record there;
    inventory v = {0};
    size_t wrong = 0;
    cz_error why = {0};
    int rc = conversion_record_read(&there, to->os, to->name, &why);
    if (rc == CZ_FORMAT || (rc == CZ_OK && strcmp(there.fingerprint, to->fingerprint) != 0))
        return cz_fail(err, CZ_CHANGED, "clips/%s: another conversion or a removal took it over",
                       to->name);
    if (rc < 0 && rc != CZ_ABSENT) {
        if (err)
            *err = why;
        return rc;
    }
    rc = inventory_add(&v, to->object, to->n_objects, err);
    if (rc == CZ_OK)
        rc = inventory_add(&v, r->shard, p->n_shards, err);
    if (rc == CZ_OK)
        rc = inventory_add(&v, r->chunk, r->n_chunks, err);
    inventory_sort(&v);
    if (rc == CZ_OK)
        rc = inventory_check(&v, to->os, to->name, &wrong, what, err);
    if (rc == CZ_OK && wrong > 0)
        rc = cz_fail(err, CZ_CHANGED, "clips/%s/%s: changed while the clip was published", to->name,
                     what);
    inventory_free(&v);
    return rc;
}

/* The put of a marker may take minutes to arrive. A conversion or a removal that began meanwhile
 * has changed objects that the marker names, so it is removed again. */
static int withdraw_commit_marker(publisher *to, const char *key, const buf *text, cz_error *err)
{
    bool same = false;
    int rc = os_same(to->os, key, text->at, text->len, &same, err);
    if (rc == CZ_OK && same)
        rc = os_remove(to->os, key, err);
    return rc == CZ_ABSENT ? CZ_OK : rc;
}

int commit_marker_publish(publisher *to, const plan *p, const pass_result *r,
                          const marker_source *source, cz_error *err)
{
    char key[KEY_MAX];
    clip_key(key, to->name, rel_key_marker(p->zarr));
    zarr_node node;
    zarr_group_node(&node, p->zarr, commit_marker_attributes(to, p, r, source), NULL, 0);
    buf text = {0};
    int rc = json_print_stored(&text, node.part[node.n - 1].doc, err);
    if (rc == CZ_OK)
        rc = close_with_digest(&text, err);
    if (rc == CZ_OK)
        rc = read_back(to, p, key, &text, err);
    if (rc == CZ_OK)
        rc = publish_check_owner(to, err);
    if (rc == CZ_OK)
        rc = put_commit_marker(to, key, &text, err);
    if (rc == CZ_OK && (rc = check_whole(to, p, r, err)) == CZ_CHANGED) {
        const int back = withdraw_commit_marker(to, key, &text, err);
        rc = back < 0 ? back : rc;
    }
    buf_free(&text);
    zarr_node_free(&node);
    return rc;
}
