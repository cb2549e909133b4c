#include "convert/commit.h"

#include <stdlib.h>
#include <string.h>

#include "analyse/frame_statistics.h"
#include "convert/inventory.h"
#include "format/chunk_list.h"
#include "format/commit_marker_write.h"
#include "format/conversion_record.h"

/* ---- The chunk list ------------------------------------------------------------------------- */

static int add_lines(buf *out, const published *o, uint64_t n, cz_error *err)
{
    int rc = CZ_OK;
    for (uint64_t i = 0; rc == CZ_OK && i < n; i++)
        if (o[i].rel_key[0] != '\0')
            rc = chunk_list_print_line(out, o[i].rel_key, o[i].size, o[i].sha256, err);
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

/* ---- Members of the marker ------------------------------------------------------------------ */

uint64_t damaged_frames(const plan *p, const pass_result *r)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < p->movie->n_frames; i++)
        n += (r->flags[i] & CZ_FLAGS_DAMAGE) != 0;
    return n;
}

/* Pointers into the plan, the result and the publisher. */
static void describe_clip(commit_marker *m, char codec[5], const publisher *to, const plan *p,
                          const pass_result *r, const marker_source *source)
{
    static const char *const interlace[] = {"progressive", "top_field_first", "bottom_field_first"};
    cz_facts *f = &m->facts;
    fourcc_text(codec, p->track->codec);
    const bool full_chroma =
        p->has_reference_header ? p->reference_header.chroma == PRORES_444 : codec[2] == '4';
    *f = (cz_facts){.name = to->name,
                    .frames = p->movie->n_frames,
                    .width = p->width,
                    .height = p->height,
                    .codec = codec,
                    .start = plan_time(p, 0),
                    .end = plan_time(p, p->movie->n_frames),
                    .start_from = mov_start_source_text(p->start.from),
                    .chroma = full_chroma ? "4:4:4" : "4:2:2",
                    .alpha_bits = p->reference_header.alpha * 8u,
                    .matrix = p->reference_header.matrix,
                    .interlace = interlace[p->reference_header.interlace],
                    .frames_per_shard = p->frames_per_shard,
                    .damaged_frames = damaged_frames(p, r),
                    .recovered = p->movie->recovered,
                    .source_name = source->name,
                    .source_bytes = p->movie->bytes,
                    .source_md5 = r->md5};
    mov_frame_rate(&p->movie->times, &f->rate_num, &f->rate_den);
    m->zarr = p->zarr;
    m->fingerprint = to->fingerprint;
    m->frame_bytes = p->frame_bytes;
}

static void describe_details(marker_details *d, const plan *p, const pass_result *r,
                             const marker_source *source)
{
    const mov_movie *m = p->movie;
    *d = (marker_details){.primaries = p->reference_header.primaries,
                          .transfer = p->reference_header.transfer,
                          .frame_rate_from = !m->recovered     ? "tables"
                                             : m->rate_assumed ? "assumed"
                                                               : "frame_header",
                          .timescale = m->times.timescale,
                          .has_start = p->start.from != MOV_START_NONE,
                          .has_name_time = p->start.has_name_time,
                          .has_header_time = p->start.has_header_time,
                          .name_time = p->start.name_time,
                          .header_time = p->start.header_time,
                          .source_sha256 = r->sha256[0] ? r->sha256 : NULL,
                          .analysis_version = source->overview ? ANALYSIS_VERSION : 0,
                          .overview = source->overview,
                          .warning = (const char *const *)source->warning,
                          .n_warnings = source->n_warnings,
                          .metadata = source->metadata,
                          .owner = source->owner};
}

/* Audio and timecode; *ret_audio has room for every track. */
static void describe_other_tracks(marker_details *d, marker_audio *audio, const mov_movie *m)
{
    for (size_t i = 0; i < m->n_tracks; i++) {
        const mov_track *t = &m->track[i];
        if (t->kind == FOURCC('t', 'm', 'c', 'd') && t->timecode[0] && !d->timecode)
            d->timecode = t->timecode;
        if (t->kind != FOURCC('s', 'o', 'u', 'n'))
            continue;
        marker_audio *a = &audio[d->n_audio++];
        *a = (marker_audio){.track = t->id,
                            .channels = t->audio.channels,
                            .bits = t->audio.bits,
                            .rate = t->audio.rate};
        fourcc_text(a->codec, t->codec);
    }
    d->audio = audio;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const published *)a)->rel_key, ((const published *)b)->rel_key);
}

static int print_marker(buf *text, publisher *to, const plan *p, const pass_result *r,
                        const marker_source *source, const char *key, cz_error *err)
{
    char codec[5];
    commit_marker m = {0};
    marker_details details;
    int rc = CZ_OK;
    marker_audio *audio = calloc(p->movie->n_tracks + 1, sizeof *audio);
    m.object = calloc(to->n_objects + 1, sizeof *m.object);
    if (audio && m.object) {
        describe_clip(&m, codec, to, p, r, source);
        describe_details(&details, p, r, source);
        describe_other_tracks(&details, audio, p->movie);
        qsort(to->object, to->n_objects, sizeof *to->object, by_key);
        for (; m.n_objects < to->n_objects; m.n_objects++) {
            const published *o = &to->object[m.n_objects];
            m.object[m.n_objects] = (marker_object){o->rel_key, o->size, o->sha256};
        }
        rc = commit_marker_print(text, &m, &details, key, err);
    } else {
        rc = cz_fail_memory(err, "%s", key);
    }
    free(m.object);
    free(audio);
    return rc;
}

/* ---- Putting it ----------------------------------------------------------------------------- */

/* There is no marker here, since claim_clip() removed an earlier one. A marker that
 * was put since has the same bytes (a conversion of the same fingerprint) or another conversion has
 * put it. */
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
        return cz_fail(err, CZ_CHANGED, "clips/%s: another conversion or removal replaced this one",
                       to->name);
    if (rc < 0 && err)
        *err = why;
    return rc;
}

/* The record is still this conversion's, or a conversion of the same fingerprint has ended, and all
 * objects are there. A removal that has completed leaves no record, either, but then the listing
 * lacks objects. */
static int check_whole(publisher *to, const plan *p, const pass_result *r, cz_error *err)
{
    char what[INVENTORY_WHAT] = "";
    conversion_record there;
    inventory v = {0};
    size_t wrong = 0;
    cz_error why = {0};
    int rc = conversion_record_read(&there, to->os, to->name, &why);
    if (rc == CZ_FORMAT || (rc == CZ_OK && strcmp(there.fingerprint, to->fingerprint) != 0))
        return cz_fail(err, CZ_CHANGED, "clips/%s: another conversion or removal replaced this one",
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
    cz_error why = {0};
    int rc = os_same(to->os, key, text->at, text->len, &same, &why);
    if (rc == CZ_OK && same)
        rc = os_remove(to->os, key, &why);
    if (rc == CZ_OK || rc == CZ_ABSENT)
        return CZ_OK;
    if (err)
        *err = why;
    return rc;
}

int commit_marker_publish(publisher *to, const plan *p, const pass_result *r,
                          const marker_source *source, cz_error *err)
{
    char key[KEY_MAX];
    buf text = {0};
    clip_key(key, to->name, rel_key_marker(p->zarr));
    int rc = print_marker(&text, to, p, r, source, key, err);
    if (rc == CZ_OK)
        rc = publish_check_owner(to, err);
    if (rc == CZ_OK)
        rc = put_commit_marker(to, key, &text, err);
    if (rc == CZ_OK && (rc = check_whole(to, p, r, err)) == CZ_CHANGED) {
        const int back = withdraw_commit_marker(to, key, &text, err);
        rc = back < 0 ? back : rc;
    }
    buf_free(&text);
    return rc;
}
