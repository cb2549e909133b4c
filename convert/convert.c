/* cz_convert(): the steps of a conversion, in the order that makes it safe (docs/format.md,
 * Converting). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/convert.h"
#include "base/workers.h"
#include "convert/analysis.h"
#include "convert/clip_attributes.h"
#include "format/clip_lock.h"
#include "convert/commit.h"
#include "convert/existing_clip.h"
#include "convert/pipeline.h"
#include "convert/remove_unlisted.h"
#include "convert/tables.h"
#include "format/conversion_record.h"
#include "format/store_root.h"

enum { READ_AHEAD_MAX = 48 << 20 }; /* 4 Gb/s at a latency of 100 ms */

void cz_convert_defaults(cz_convert_job *job)
{
    *job = (cz_convert_job){
        .zarr_format = ZARR_V3, .frames_per_shard = 64, .memory = UINT64_C(256) << 20};
}

void cz_report_free(cz_report *report)
{
    if (!report)
        return;
    warnings w = {report->warning, report->n_warnings};
    warnings_free(&w);
    free(report->clip);
    *report = (cz_report){.status = "failed"};
}

/* ---- Before anything is written ------------------------------------------------------------- */

static int check_job(const cz_convert_job *job, cz_error *err)
{
    int rc = CZ_CHECK_RESERVED("cz_convert_job", job, err);
    if (rc == CZ_OK)
        rc = CZ_CHECK_RESERVED("cz_network", &job->network, err);
    if (rc < 0)
        return rc;
    if (!job->source)
        return cz_fail(err, CZ_USAGE, "convert: no source");
    if (job->frames_per_shard < 1 || job->frames_per_shard > SHARD_FRAMES_MAX)
        return cz_fail(err, CZ_USAGE, "convert: %u frames per shard: not 1 to %d",
                       job->frames_per_shard, SHARD_FRAMES_MAX);
    if ((job->overview_num == 0) != (job->overview_den == 0))
        return cz_fail(err, CZ_USAGE, "convert: overview of %u/%u pictures per second",
                       job->overview_num, job->overview_den);
    if (job->zarr_format != ZARR_V2 && job->zarr_format != ZARR_V3)
        return cz_fail(err, CZ_USAGE, "convert: Zarr version %u: not 2 or 3", job->zarr_format);
    return CZ_OK;
}

static int read_attributes(conversion *c, cz_error *err)
{
    const char *text = c->job->attributes;
    return text ? owner_attributes_parse(&c->attributes, text, strlen(text), "attributes", err)
                : CZ_OK;
}

/* The job's name, else the source's without its extension. */
static int choose_name(conversion *c, cz_error *err)
{
    const char *name = c->job->name;
    const char *base = source_name(c->source);
    const char *dot = strrchr(base, '.');
    const size_t n = name ? strlen(name) : dot && dot != base ? (size_t)(dot - base) : strlen(base);
    if (n < sizeof c->name) {
        memcpy(c->name, name ? name : base, n);
        c->name[n] = '\0';
    }
    if (n >= sizeof c->name || !clip_name_ok(c->name)) {
        cz_fail(err, CZ_USAGE, "%s: invalid clip name", name ? name : base);
        cz_hint(err, "use --name NAME, of letters, digits and . _ + -");
        return CZ_USAGE;
    }
    c->report->clip = strdup(c->name);
    return c->report->clip ? CZ_OK : cz_fail_memory(err, "%s", c->name);
}

/* Searching a file without tables reads all of it, so it reports progress and can be cancelled. */
static int read_with_progress(void *ctx, uint64_t offset, void *to, size_t len, cz_error *err)
{
    const conversion *c = ctx;
    const cz_progress so_far = {.bytes_done = offset, .bytes_total = c->in.size};
    if (c->job->progress && c->job->progress(c->job->user, &so_far))
        return cz_fail(err, CZ_CANCELLED, "%s: stopped", source_shown(c->source));
    return c->read_ahead ? read_ahead_read(c->read_ahead, offset, to, len, err)
                         : source_read_at(c->source, offset, to, len, err);
}

/* Bytes of the source to request ahead. */
static size_t read_ahead_bytes(const conversion *c)
{
    const uint64_t part = c->job->memory / 4;
    if (!source_is_remote(c->source))
        return 0;
    return part < READ_AHEAD_MAX ? (size_t)part : READ_AHEAD_MAX;
}

static int search_frames(conversion *c, cz_error *err)
{
    const mov_input watched = {read_with_progress, c, c->in.size, c->in.name};
    const size_t memory = read_ahead_bytes(c);
    int rc = memory > 0 ? read_ahead_open(&c->read_ahead, c->source, 0, memory, err) : CZ_OK;
    if (rc == CZ_OK)
        rc = mov_recover(&c->movie, &watched, err);
    read_ahead_close(&c->read_ahead);
    return rc;
}

/* Locate the frames by the movie's tables or, without tables, by their own headers. */
static int find_frames(conversion *c, cz_error *err)
{
    int rc = CZ_ABSENT;
    if (!c->job->recover)
        rc = mov_open(&c->movie, &c->in, err);
    if (rc == CZ_ABSENT)
        rc = search_frames(c, err);
    else if (rc == CZ_FORMAT)
        cz_hint(err, "--recover searches the file for frames");
    if (rc == CZ_OK)
        rc = warnings_of_movie(&c->warnings, c->movie, err);
    return rc;
}

static int prepare_source(conversion *c, cz_error *err)
{
    const cz_convert_job *job = c->job;
    int rc = source_open(&c->source, job->source, &job->network, err);
    if (rc == CZ_OK)
        rc = choose_name(c, err);
    if (rc < 0)
        return rc;
    c->in = (mov_input){source_read_at, c->source, source_size(c->source), source_name(c->source)};
    if (c->in.size == 0) {
        c->report->status = "empty";
        return cz_fail(err, CZ_FORMAT, "%s: empty file", source_shown(c->source));
    }
    rc = source_expected_md5(c->expected_md5, c->source, job->md5, err);
    if (rc == CZ_OK)
        rc = find_frames(c, err);
    if (rc == CZ_OK)
        rc = plan_make(&c->plan, c->movie, &c->in, c->in.name, conversion_zarr(c),
                       job->frames_per_shard, err);
    if (rc == CZ_OK)
        rc = conversion_set_overview(c, (overview_rate){job->overview_num, job->overview_den}, err);
    if (rc == CZ_OK)
        c->report->frames = c->movie->n_frames;
    return rc;
}

/* ---- The conversion ------------------------------------------------------------------------- */

/* Compare the source's MD5 with the one that it must have. */
static int check_md5(const conversion *c, const char *md5, cz_error *err)
{
    if (!c->expected_md5[0] || strcmp(c->expected_md5, md5) == 0)
        return CZ_OK;
    cz_fail(err, CZ_CORRUPT, "%s: its MD5 is %s, but %s has %s", source_shown(c->source), md5,
            c->job->md5 ? "--md5" : "its .md5 file", c->expected_md5);
    return CZ_CORRUPT;
}

/* The same after the pass: what it has put stays in the store, without a commit marker. */
static int check_md5_of_pass(const conversion *c, const char *md5, cz_error *err)
{
    const int rc = check_md5(c, md5, err);
    if (rc == CZ_CORRUPT)
        cz_hint(err,
                "copy the MOV again, or give --md5 none if that MD5 is wrong; the clip is "
                "incomplete until then, and `camzarr clean STORE %.100s` removes what it has",
                c->name);
    return rc;
}

/* A server that returns a page for every address, or an error as a page. */
static int warn_of_page(conversion *c, cz_error *err)
{
    return c->job->md5 || !source_sidecar_is_page(c->source)
               ? CZ_OK
               : warnings_add(&c->warnings, err,
                              "the server returned a web page for the .md5 file: the MD5 was not "
                              "compared");
}

/* Workers check and digest frames, which needs processors, and put objects, which mostly waits if
 * object_store.puts is large. */
static unsigned workers_of(const conversion *c)
{
    const unsigned n = workers_wanted(c->job->threads);
    return !c->job->threads && c->os->puts > n ? c->os->puts : n;
}

/* Many small objects, put in parallel where that is faster. */
static int publish_tables(conversion *c, publisher *to, const pass_result *r, const analysis *shown,
                          cJSON *metadata, cz_error *err)
{
    int rc = publisher_begin_parallel(to, err);
    if (rc == CZ_OK)
        rc = tables_publish(to, &c->plan, r, shown, metadata, err);
    if (rc == CZ_OK)
        rc = chunk_list_publish(to, &c->plan, r, err);
    const int flush_rc = publisher_flush(to, rc == CZ_OK ? err : NULL);
    return rc == CZ_OK ? flush_rc : rc;
}

/* After the pass: put the tables, remove what an earlier clip left, put the commit marker,
 * remove the record. */
static int commit(conversion *c, publisher *to, const pass_result *r, const analysis *shown,
                  cz_error *err)
{
    buf left = {0};
    cJSON *metadata = json_object(); /* of the clip's group */
    int rc = source_check(c->source, err);
    if (rc == CZ_OK)
        rc = check_md5_of_pass(c, r->md5, err);
    if (rc == CZ_OK)
        rc = warnings_of_frames(&c->warnings, &c->plan, r, err);
    if (rc == CZ_OK)
        rc = publish_tables(c, to, r, shown, metadata, err);
    if (rc == CZ_OK)
        rc = remove_unlisted(to, &c->plan, r, &left, err);
    if (rc == CZ_OK) {
        const cJSON *owner = owner_attributes_for_clip(&c->attributes);
        char rate[OVERVIEW_TEXT_MAX];
        overview_rate_text(rate, c->overview);
        const marker_source from = {c->in.name,    c->warnings.text,
                                    c->warnings.n, shown ? rate : NULL,
                                    metadata,      owner ? owner : c->clip_attributes};
        rc = commit_marker_publish(to, &c->plan, r, &from, err);
    }
    if (rc == CZ_OK)
        rc = conversion_record_remove(c->os, c->name, c->fingerprint, err);
    /* After the commit marker, whose warnings depend on the source alone. */
    for (size_t at = 0; rc == CZ_OK && at < left.len;) {
        const char *key = (const char *)left.at + at;
        rc = warnings_add(&c->warnings, err, "kept %s: not part of the clip", key);
        at += strlen(key) + 1;
    }
    if (rc == CZ_OK)
        rc = warn_of_page(c, err);
    buf_free(&left);
    json_free(metadata);
    return rc;
}

/* Begin the analysis, if the clip gets one: *ret is then `shown`. */
static int begin_analysis(analysis **ret, analysis *shown, conversion *c, unsigned n_workers,
                          publisher *to, cz_error *err)
{
    const plan *p = &c->plan;
    if (c->overview.num == 0)
        return CZ_OK;
    if ((uint64_t)p->width * p->height > ANALYSIS_PIXELS_MAX)
        return warnings_add(&c->warnings, err,
                            "frames of %u x %u pixels: too large for statistics and overview",
                            p->width, p->height);
    *ret = shown;
    return analysis_begin_plan(shown, p, c->overview, n_workers, to, err);
}

static int convert(conversion *c, bool keep, cz_error *err)
{
    const cz_convert_job *job = c->job;
    const unsigned n_workers = workers_of(c) < PASS_WORKERS_MAX ? workers_of(c) : PASS_WORKERS_MAX;
    analysis shown = {0}, *analysed = NULL;
    pass_options options = {.threads = n_workers,
                            .memory = job->memory,
                            .read_ahead_bytes = read_ahead_bytes(c),
                            .sha256 = job->sha256,
                            .progress = job->progress,
                            .user = job->user};
    publisher to;
    pass_result r = {0};
    int rc = publisher_init(&to, c->os, c->name, c->fingerprint, keep, err);
    if (rc < 0)
        return rc;
    to.zarr = conversion_zarr(c);
    rc = begin_analysis(&analysed, &shown, c, n_workers, &to, err);
    options.analysis = analysed;
    if (rc == CZ_OK)
        rc = pass_run(&r, &c->plan, c->source, &to, &options, err);
    if (rc == CZ_OK)
        rc = commit(c, &to, &r, analysed, err);
    if (rc == CZ_OK) {
        cz_report *report = c->report;
        report->status = c->movie->recovered ? "recovered" : "converted";
        report->bytes_read = c->in.size;
        report->damaged_frames = damaged_frames(&c->plan, &r);
        memcpy(report->md5, r.md5, sizeof report->md5);
    }
    c->report->bytes_written = to.bytes_written;
    pass_result_free(&r);
    analysis_free(&shown);
    publisher_free(&to);
    return rc;
}

/* Give the clip that is there the job's attributes. */
static int update_attributes(conversion *c, cz_error *err)
{
    const cJSON *owner = owner_attributes_for_clip(&c->attributes);
    bool changed = false;
    int rc = CZ_OK;
    if (owner)
        rc = clip_attributes_replace(&changed, c->os, conversion_zarr(c), c->name, owner, err);
    return rc == CZ_OK && changed
               ? warnings_add(&c->warnings, err, "attributes: replaced those of the existing clip")
               : rc;
}

/* The clip is complete. A killed conversion may have left its record or temporary files. */
static int already_there(conversion *c, cz_error *err)
{
    int rc = check_md5(c, c->report->md5, err);
    if (rc == CZ_CORRUPT)
        cz_hint(err, "the clip is complete; replace the .md5 file if it is wrong, or the clip "
                     "(--overwrite) if the source was replaced");
    if (rc == CZ_OK && !c->job->dry_run)
        rc = remove_stale(c->os, conversion_zarr(c), c->name, c->fingerprint, err);
    if (rc == CZ_OK && !c->job->dry_run)
        rc = update_attributes(c, err);
    if (rc == CZ_OK)
        c->report->status = "present";
    return rc;
}

static int open_store(conversion *c, cz_error *err)
{
    const cz_convert_job *job = c->job;
    if (!c->os && !job->store)
        return cz_fail(err, CZ_USAGE, "convert: no store");
    if (!c->os) {
        const int rc = os_open(&c->opened, job->store, !job->dry_run, &job->network, err);
        if (rc < 0)
            return rc;
        c->os = c->opened;
    }
    const cJSON *owner = c->attributes.store;
    bool changed;
    int rc = store_root_prepare(c->os, conversion_zarr(c), !job->dry_run, err);
    if (rc == CZ_OK && owner && !job->dry_run)
        rc = store_root_set_attributes(&changed, c->os, owner, err);
    return rc;
}

/* While another process holds the clip's lock: it converts or removes the clip. */
static int on_wait(void *user, unsigned waited, cz_error *err)
{
    const conversion *c = user;
    const cz_progress waiting = {
        .bytes_total = c->in.size, .frames_total = c->movie->n_frames, .waiting = true};
    (void)waited;
    if (c->job->progress && c->job->progress(c->job->user, &waiting))
        return cz_fail(err, CZ_CANCELLED, "clips/%s: stopped", c->name);
    return CZ_OK;
}

/* The existing clip may not be replaced. While the lock is held, a removal's record belongs to a
 * killed process, and the conversion replaces its remains. Before the lock is taken the removal may
 * be running, and the conversion waits for it. */
static bool is_refused(const conversion *c, existing_clip there, bool may_wait, bool is_locked)
{
    if (c->job->overwrite)
        return false;
    if (there == CLIP_BEING_REMOVED)
        return !may_wait && !is_locked;
    return there == CLIP_CONFLICTING && !(may_wait && c->has_removal);
}

static int plan_only(conversion *c, existing_clip there, cz_error *err)
{
    int rc = CZ_OK;
    if (there == CLIP_COMPLETE && !c->job->overwrite)
        rc = existing_clip_check(&there, c, err);
    if (rc == CZ_OK && there == CLIP_COMPLETE && !c->job->overwrite)
        return already_there(c, err);
    if (rc == CZ_OK)
        c->report->status = "planned";
    return rc;
}

/* Convert, holding the lock if the store has locks: a record of another conversion or a removal
 * then belongs to a process that has ended. */
static int convert_alone(conversion *c, existing_clip there, cz_error *err)
{
    int rc = CZ_OK;
    if (there == CLIP_COMPLETE && !c->job->overwrite &&
        (rc = existing_clip_check(&there, c, err)) < 0)
        return rc;
    if (there == CLIP_COMPLETE && !c->job->overwrite)
        return already_there(c, err);
    rc = claim_clip(c, there, err);
    if (rc == CZ_OK)
        rc = convert(c, there != CLIP_ABSENT, err);
    if (rc == CZ_OK && c->n_damaged > 0)
        rc = warnings_add(&c->warnings, err, "repaired %zu object%s; the first: %s", c->n_damaged,
                          c->n_damaged == 1 ? "" : "s", c->damage);
    /* Without locks, of two conversions with one fingerprint the one that ends first removes the
     * record of both. */
    cz_error ignored;
    if (rc == CZ_CHANGED && source_check(c->source, &ignored) == CZ_OK &&
        existing_clip_read(&there, c, &ignored) == CZ_OK && there == CLIP_COMPLETE)
        rc = already_there(c, err);
    return rc;
}

static int convert_into_store(conversion *c, cz_error *err)
{
    clip_lock lock = {0};
    existing_clip there = CLIP_ABSENT;
    int rc = open_store(c, err);
    if (rc == CZ_OK)
        rc = existing_clip_read(&there, c, err);
    else if (rc == CZ_ABSENT && c->job->dry_run)
        rc = CZ_OK; /* a conversion would create it */
    if (rc == CZ_OK && is_refused(c, there, true, false))
        rc = existing_clip_refuse(c, err);
    if (rc < 0)
        return rc;
    if (c->job->dry_run)
        return plan_only(c, there, err);
    rc = clip_lock_take(&lock, c->os, c->name, on_wait, c, err);
    const bool is_locked = rc == CZ_OK && clip_lock_is_held(&lock);
    if (is_locked)
        rc = existing_clip_read(&there, c, err);
    if (rc == CZ_OK && is_refused(c, there, false, is_locked))
        rc = existing_clip_refuse(c, err);
    if (rc == CZ_OK)
        rc = convert_alone(c, there, err);
    clip_lock_release(&lock);
    return rc;
}

static void release(conversion *c)
{
    net_statistics network = {0};
    if (c->source)
        source_statistics(c->source, &network);
    if (c->os)
        os_statistics(c->os, &network);
    statistics_tell(&c->report->network, &network);
    c->report->warning = c->warnings.text; /* moved */
    c->report->n_warnings = c->warnings.n;
    os_close(&c->opened);
    owner_attributes_free(&c->attributes);
    json_free(c->clip_attributes);
    plan_free(&c->plan);
    mov_close(&c->movie);
    source_close(&c->source);
}

int convert_into(object_store *os, const cz_convert_job *job, cz_report *out, cz_error *err)
{
    *out = (cz_report){.status = "failed"};
    conversion c = {.job = job, .report = out, .os = os};
    cz_error why = {0}; /* also filled by look-ups of absent objects, which are no failure */
    int rc = check_job(job, &why);
    if (rc == CZ_OK)
        rc = read_attributes(&c, &why);
    if (rc == CZ_OK)
        rc = prepare_source(&c, &why);
    if (rc == CZ_OK)
        rc = convert_into_store(&c, &why);
    release(&c);
    if (rc < 0 && err)
        *err = why;
    return rc;
}

int cz_convert(const cz_convert_job *job, cz_report *out, cz_error *err)
{
    return convert_into(NULL, job, out, err);
}
