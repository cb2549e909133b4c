/* cz_analyse(): statistics, overview and scenes of a clip that is there (docs/architecture.md, The
 * commit marker). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "convert/existing/frame_pass.h"
#include "convert/fingerprint.h"
#include "convert/marker_change.h"
#include "convert/remove_unlisted.h"
#include "format/clip_lock.h"
#include "format/commit_marker_write.h"
#include "format/conversion_record.h"
#include "reader/reader.h"

/* One call. */
typedef struct analyse {
    cz_store *store;
    const char *name;
    cz_analyse_job job;
    cz_analyse_report *report;
    overview_rate rate;
    char rate_text[OVERVIEW_TEXT_MAX];
    bool is_locked;
    marker_change change;
    cz_clip *clip; /* of the marker that was read */
    /* Fingerprints of conversions of the clip's source: with this analysis, and with none. */
    char with[SHA256_HEX + 1], without[SHA256_HEX + 1];
} analyse;

/* ---- Fingerprints ---- */

static int read_source(void *ctx, uint64_t offset, void *to, size_t len, cz_error *err)
{
    return cz_source_read(to, ctx, offset, len, err);
}

/* Does a conversion with these options have the fingerprint of the clip? */
static int is_converted_so(bool *ret, const analyse *a, const source_sample *sample,
                           const cz_convert_job *as, cz_error *err)
{
    char hex[SHA256_HEX + 1];
    const commit_marker *m = a->clip->marker;
    const int rc = fingerprint_of_sample(hex, sample, a->name, as, m->overview, err);
    *ret = rc == CZ_OK && strcmp(hex, m->fingerprint) == 0;
    return rc;
}

/* Find the options of the clip's conversion, which its fingerprint covers and the marker does not
 * tell: the requested number of frames a shard may have been reduced, and frames may have been
 * searched for by request. */
static int find_options(cz_convert_job *as, const analyse *a, const source_sample *sample,
                        cz_error *err)
{
    const commit_marker *m = a->clip->marker;
    const bool one_is_enough = m->zarr == ZARR_V2;
    bool found = false;
    cz_convert_defaults(as);
    as->zarr_format = m->zarr;
    as->sha256 = json_at(m->ours, "source.sha256") != NULL;
    for (int recover = 0; recover < 2; recover++) {
        as->recover = recover == 1;
        for (uint32_t n = m->facts.frames_per_shard; n <= SHARD_FRAMES_MAX; n++) {
            as->frames_per_shard = n;
            const int rc = is_converted_so(&found, a, sample, as, err);
            if (rc < 0 || found)
                return rc;
            if (one_is_enough)
                break;
        }
    }
    cz_fail(err, CZ_FORMAT, "clips/%s: its fingerprint is not that of its source's bytes", a->name);
    cz_hint(err, "convert the source again, with --overview and --overwrite");
    return CZ_FORMAT;
}

static int find_fingerprints(analyse *a, cz_error *err)
{
    const cz_facts *f = a->clip->facts;
    const mov_input in = {read_source, a->clip, f->source_bytes, f->source_name};
    source_sample sample;
    cz_convert_job as;
    int rc = source_sample_read(&sample, &in, err);
    if (rc == CZ_OK)
        rc = find_options(&as, a, &sample, err);
    if (rc == CZ_OK)
        rc = fingerprint_of_sample(a->without, &sample, a->name, &as, NULL, err);
    if (rc == CZ_OK)
        rc = fingerprint_of_sample(a->with, &sample, a->name, &as, a->rate_text, err);
    return rc;
}

/* ---- The clip that is there ---- */

/* A clip of the store, of the marker that was read. */
static int open_clip(analyse *a, cz_error *err)
{
    const marker_change *c = &a->change;
    commit_marker *m = NULL;
    int rc = commit_marker_parse(&m, c->zarr, c->text.at, c->text.len, a->name, c->key, err);
    if (rc == CZ_OK)
        rc = clip_of_marker(&a->clip, a->store, &m, err);
    commit_marker_free(&m);
    return rc == CZ_OK ? clip_table_load(a->clip, err) : rc;
}

/* Read the marker. *ret_present: the clip has this analysis. */
static int read_marker(bool *ret_present, analyse *a, cz_error *err)
{
    marker_change_free(&a->change);
    a->change = (marker_change){.os = a->store->os, .zarr = a->store->zarr, .name = a->name};
    const int rc = marker_change_read(&a->change, err);
    if (rc < 0)
        return rc;
    const commit_marker *m = a->change.marker;
    const cz_facts *f = &m->facts;
    a->report->frames = f->frames;
    a->report->pictures =
        overview_count(overview_step(a->rate, f->rate_num, f->rate_den), f->frames);
    const bool is_same = m->overview && strcmp(m->overview, a->rate_text) == 0;
    *ret_present = is_same && m->analysis_version >= ANALYSIS_VERSION;
    if (m->analysis_version > ANALYSIS_VERSION && !is_same)
        return cz_fail(err, CZ_NEWER, "clips/%s: analysed by a newer version of camzarr", a->name);
    if ((uint64_t)f->width * f->height > ANALYSIS_PIXELS_MAX)
        return cz_fail(err, CZ_UNSUPPORTED, "clips/%s: frames of %u x %u pixels: too large",
                       a->name, f->width, f->height);
    return CZ_OK;
}

/* ---- The new analysis ---- */

static int put_marker(analyse *a, const marker_analysis *with, cz_error *err)
{
    marker_change *c = &a->change;
    buf text = {0};
    int rc = commit_marker_rewrite_analysis(&text, c->marker, with, c->key, err);
    if (rc == CZ_OK) {
        a->report->bytes_written += text.len;
        rc = marker_change_put(c, &text, err);
    }
    buf_free(&text);
    return rc;
}

/* No object that a marker lists is replaced or removed: the marker that lists the earlier analysis
 * goes first. */
static int withdraw_analysis(analyse *a, cz_error *err)
{
    const marker_analysis none = {.fingerprint = a->without};
    return a->change.marker->overview ? put_marker(a, &none, err) : CZ_OK;
}

static int commit(analyse *a, const publisher *to, const cJSON *metadata, cz_error *err)
{
    marker_object *object = calloc(to->n_objects + 1, sizeof *object);
    if (!object)
        return cz_fail_memory(err, "clips/%s: %zu objects", a->name, to->n_objects);
    for (size_t i = 0; i < to->n_objects; i++)
        object[i] =
            (marker_object){to->object[i].rel_key, to->object[i].size, to->object[i].sha256};
    const marker_analysis made = {.fingerprint = a->with,
                                  .version = ANALYSIS_VERSION,
                                  .overview = a->rate_text,
                                  .object = object,
                                  .n_objects = to->n_objects,
                                  .metadata = metadata};
    const int rc = put_marker(a, &made, err);
    free(object);
    return rc;
}

/* Put the documents and arrays, in parallel where that is faster. */
static int publish_groups(publisher *to, const analysis *shown, cJSON *metadata, cz_error *err)
{
    int rc = publisher_begin_parallel(to, err);
    if (rc == CZ_OK)
        rc = analysis_publish(to, shown, metadata, err);
    const int flushed = publisher_flush(to, rc == CZ_OK ? err : NULL);
    return rc == CZ_OK ? flushed : rc;
}

static int count_scenes(analyse *a, const analysis *shown, cz_error *err)
{
    scene *scenes = NULL;
    size_t n = 0;
    const int rc = clip_analysis_scenes(&scenes, &n, shown->of, err);
    free(scenes);
    a->report->scenes = n;
    return rc;
}

/* Read and analyse the frames, and put what the marker will list. */
static int publish_analysis(analyse *a, publisher *to, cJSON *metadata, cz_error *err)
{
    const cz_facts *f = a->clip->facts;
    const unsigned n_threads = frame_pass_threads(a->job.threads, a->store->os);
    const void *time = NULL;
    analysis shown = {0};
    int rc = cz_column_read(&time, a->clip, CZ_TIME, err);
    const analysed_clip of = {.zarr = a->store->zarr,
                              .frames = f->frames,
                              .width = f->width,
                              .height = f->height,
                              .rate_num = f->rate_num,
                              .rate_den = f->rate_den,
                              .time = time};
    if (rc == CZ_OK)
        rc = analysis_begin(&shown, &of, a->rate, n_threads, to, err);
    if (rc == CZ_OK)
        rc = frame_pass_run(&a->report->bytes_read, &shown, a->clip, n_threads, a->job.progress,
                            a->job.user, err);
    if (rc == CZ_OK)
        rc = publish_groups(to, &shown, metadata, err);
    if (rc == CZ_OK)
        rc = count_scenes(a, &shown, err);
    if (rc == CZ_OK)
        rc = remove_unlisted_analysis(to, err);
    analysis_free(&shown);
    return rc;
}

/* After a failure before the new marker: the clip has no analysis, and no objects of one. Without
 * locks, another process may be making the same analysis, so that all stays as it is. */
static void clean_up(const analyse *a, publisher *to)
{
    to->n_objects = 0;
    if (a->is_locked && remove_unlisted_analysis(to, NULL) == CZ_OK)
        (void)marker_change_end(&a->change, CZ_OK, NULL);
}

static int make(analyse *a, cz_error *err)
{
    cJSON *metadata = json_object();
    publisher to;
    int rc = publisher_init(&to, a->store->os, a->name, a->with, true, err);
    if (rc < 0) {
        json_free(metadata);
        return marker_change_end(&a->change, rc, err);
    }
    to.zarr = a->store->zarr;
    rc = publish_analysis(a, &to, metadata, err);
    if (rc < 0)
        clean_up(a, &to);
    else
        rc = commit(a, &to, metadata, err);
    if (rc == CZ_OK)
        rc = marker_change_end(&a->change, rc, err);
    a->report->bytes_written += to.bytes_written;
    publisher_free(&to);
    json_free(metadata);
    return rc;
}

/* ---- The steps ---- */

/* A process that was killed after its last put has left its record. */
static int is_finished(bool *ret, const analyse *a, cz_error *err)
{
    conversion_record there;
    cz_error why = {0};
    const int rc = conversion_record_read(&there, a->store->os, a->name, &why);
    *ret = rc == CZ_ABSENT || rc == CZ_FORMAT ||
           (rc == CZ_OK && strcmp(there.fingerprint, a->change.marker->fingerprint) != 0);
    if (rc == CZ_OK || *ret)
        return CZ_OK;
    if (err)
        *err = why;
    return rc;
}

/* With the lock, if the store has locks. */
static int analyse_locked(analyse *a, cz_error *err)
{
    bool is_present = false;
    int rc = read_marker(&is_present, a, err);
    if (rc == CZ_OK && is_present) {
        a->report->status = "present";
        return conversion_record_remove(a->store->os, a->name, a->change.marker->fingerprint, err);
    }
    if (rc == CZ_OK)
        rc = open_clip(a, err);
    if (rc == CZ_OK)
        rc = find_fingerprints(a, err);
    a->change.record = a->with;
    if (rc == CZ_OK)
        rc = marker_change_begin(&a->change, a->is_locked, err);
    if (rc == CZ_OK && (rc = withdraw_analysis(a, err)) < 0)
        rc = marker_change_end(&a->change, rc, err);
    else if (rc == CZ_OK)
        rc = make(a, err);
    if (rc == CZ_OK)
        a->report->status = "analysed";
    return rc;
}

static int analyse_clip(analyse *a, cz_error *err)
{
    clip_lock lock = {0};
    bool is_present = false, is_done = false;
    int rc = read_marker(&is_present, a, err);
    if (rc == CZ_OK && is_present && !a->job.dry_run)
        rc = is_finished(&is_done, a, err);
    if (rc < 0)
        return rc;
    if (a->job.dry_run || is_done) {
        a->report->status = is_present ? "present" : "planned";
        return CZ_OK;
    }
    rc = clip_lock_take(&lock, a->store->os, a->name, NULL, NULL, err);
    if (rc == CZ_OK) {
        a->is_locked = clip_lock_is_held(&lock);
        rc = analyse_locked(a, err);
    }
    clip_lock_release(&lock);
    /* Without locks, of two processes that make the same analysis the one that ends first removes
     * the record of both. */
    if (rc == CZ_CHANGED && read_marker(&is_present, a, NULL) == CZ_OK && is_present) {
        a->report->status = "present";
        rc = CZ_OK;
    }
    return rc;
}

static int check_job(const cz_analyse_job *job, cz_error *err)
{
    const int rc = CZ_CHECK_RESERVED("cz_analyse_job", job, err);
    if (rc == CZ_OK && (job->overview_num == 0) != (job->overview_den == 0))
        return cz_fail(err, CZ_USAGE, "analyse: overview of %u/%u pictures per second",
                       job->overview_num, job->overview_den);
    return rc;
}

int cz_analyse(cz_analyse_report *out, cz_store *store, const char *name, const cz_analyse_job *job,
               cz_error *err)
{
    cz_error why = {0}; /* also filled by look-ups of absent objects, which are no failure */
    *out = (cz_analyse_report){.status = "failed"};
    analyse a = {.store = store, .name = name, .report = out, .rate = {1, 1}};
    int rc = job ? check_job(job, &why) : CZ_OK;
    if (rc == CZ_OK && job) {
        a.job = *job;
        if (job->overview_num > 0)
            a.rate = (overview_rate){job->overview_num, job->overview_den};
    }
    overview_rate_text(a.rate_text, a.rate);
    if (rc == CZ_OK)
        rc = analyse_clip(&a, &why);
    cz_clip_close(&a.clip);
    marker_change_free(&a.change);
    if (rc < 0) {
        out->status = "failed";
        out->scenes = 0;
        if (err)
            *err = why;
    }
    return rc;
}
