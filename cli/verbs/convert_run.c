#include "cli/verbs/convert_run.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/pause.h"
#include "base/workers.h"
#include "cli/network.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/verbs/convert_line.h"
#include "cli/verbs/convert_metrics.h"
#include "cli/verbs/convert_present.h"
#include "cli/verbs/convert_progress.h"
#include "cli/verbs/convert_ticker.h"
#include "manifest/md5_text.h"
#include "source/source.h"

static const double METRICS_EVERY = 10;               /* seconds */
static const double STALL_AFTER = 10;                 /* seconds without progress */
static const double PAUSE_FIRST = 1, PAUSE_MOST = 30; /* seconds between tries of a clip */
enum {
    REFUSALS_MAX = 2,       /* clips in a row that the store refuses, before the run ends */
    JOB_MEMORY = 128 << 20, /* default for each of several jobs */
    CONNECTIONS = 16,       /* default of all jobs together, as the library's for one */
};

typedef struct run {
    const convert_setup *setup;
    const options *o;
    unsigned jobs;
    presence presence;
    pthread_mutex_t lock; /* of everything below, and of output */
    convert_counts counts;
    convert_progress progress;
    double metrics_at;        /* when they were written last, in seconds of the run */
    double progress_at;       /* when a conversion reported progress, began or ended */
    double unreachable_since; /* seconds of the run; < 0: the last clip was reachable */
    unsigned refusals;        /* in a row */
} run;

/* A conversion on its way: of a row, in a slot. */
typedef struct task {
    run *r;
    unsigned slot;
    const manifest_row *row;
    const char *clip;  /* name */
    const char *shown; /* source */
    double begun;      /* seconds of the run */
    uint64_t furthest; /* bytes of the source that any attempt reached */
    bool has_advanced; /* the last attempt got further, or has put objects */
} task;

/* Seconds since the run began. */
static double elapsed(const run *r)
{
    return progress_seconds(&r->progress.bar);
}

static size_t done(const convert_counts *c)
{
    return c->converted + c->recovered + c->present + c->planned + c->empty + c->failed;
}

/* ---- Progress -------------------------------------------------------------------------------- */

static void write_metrics(run *r, bool now)
{
    cz_error err;
    const double t = elapsed(r);
    if (!r->o->metrics || (!now && t - r->metrics_at < METRICS_EVERY))
        return;
    r->metrics_at = t;
    const size_t left = r->progress.n - done(&r->counts);
    if (convert_metrics_write(r->o->metrics, &r->counts, left, t, &err) < 0 &&
        !r->counts.report_failed) {
        r->counts.report_failed = true;
        progress_clear(&r->progress.bar);
        (void)say_error(&err);
    }
}

/* Each second, with the lock held. */
static void on_tick(void *user)
{
    run *r = user;
    const double quiet = elapsed(r) - r->progress_at;
    if (quiet >= STALL_AFTER)
        convert_progress_stalled(&r->progress, quiet);
    write_metrics(r, false);
}

static int on_progress(void *user, const cz_progress *p)
{
    task *t = user;
    if (p->bytes_done > t->furthest) {
        t->furthest = p->bytes_done;
        t->has_advanced = true;
    }
    (void)pthread_mutex_lock(&t->r->lock);
    t->r->progress_at = elapsed(t->r);
    convert_progress_update(&t->r->progress, t->slot, p,
                            p->waiting ? "another process is converting or removing this clip"
                                       : NULL);
    write_metrics(t->r, false);
    (void)pthread_mutex_unlock(&t->r->lock);
    return interrupted();
}

/* Wait before another try, and say why. False: a signal came, or the patience is exhausted. */
static bool pause_before_retry(const task *t, double *pause, const cz_error *why)
{
    run *r = t->r;
    char text[160];
    const double patience = (double)r->setup->patience / 1e9, from = elapsed(r);
    (void)pthread_mutex_lock(&r->lock);
    if (r->unreachable_since < 0)
        r->unreachable_since = from;
    const double since = r->unreachable_since;
    (void)pthread_mutex_unlock(&r->lock);
    if (from >= since + patience)
        return false;
    for (double now = from; now < from + *pause && !interrupted(); now = elapsed(r)) {
        pause_ms(100);
        (void)snprintf(text, sizeof text, "%.120s; trying for %.0f s", why->message, now - since);
        (void)pthread_mutex_lock(&r->lock);
        r->progress_at = now;
        convert_progress_update(&r->progress, t->slot, NULL, text);
        (void)pthread_mutex_unlock(&r->lock);
    }
    *pause = *pause * 2 < PAUSE_MOST ? *pause * 2 : PAUSE_MOST;
    return !interrupted();
}

/* ---- One clip -------------------------------------------------------------------------------- */

static unsigned share_of(uint64_t all, uint64_t n)
{
    return all / n > 0 ? (unsigned)(all / n) : 1;
}

/* Connections of all jobs of this process together. With --index K/N, --connections is for all
 * workers. */
static unsigned connections_of(const run *r)
{
    const uint64_t given = r->o->connections;
    return given ? share_of(given, r->setup->sources->workers) : CONNECTIONS;
}

static cz_convert_job job_of(task *t)
{
    const run *r = t->r;
    const options *o = r->o;
    cz_convert_job job;
    cz_convert_defaults(&job);
    job.source = t->row->source;
    job.store = r->setup->sources->store;
    job.name = t->row->name;
    job.zarr_format = o->zarr_format ? (uint32_t)o->zarr_format : job.zarr_format;
    job.frames_per_shard =
        o->frames_per_shard ? (uint32_t)o->frames_per_shard : job.frames_per_shard;
    job.memory = o->memory ? o->memory / r->jobs : r->jobs > 1 ? JOB_MEMORY : job.memory;
    job.threads = o->threads ? share_of(o->threads, r->jobs) : 0;
    job.overview_num = r->setup->overview_num;
    job.overview_den = r->setup->overview_den;
    job.overwrite = o->overwrite;
    job.recover = o->recover;
    job.sha256 = o->sha256;
    job.md5 = o->md5;
    job.dry_run = o->dry_run;
    job.attributes = o->attributes ? buf_text(r->setup->attributes) : NULL;
    job.network = network_of(o);
    if (r->jobs > 1 || r->setup->sources->workers > 1)
        job.network.connections = share_of(connections_of(r), r->jobs);
    job.network.rate_limit = o->rate_limit / r->jobs;
    job.progress = on_progress;
    job.user = t;
    return job;
}

/* The digest that the manifest has is compared when the clip is there. */
static int check_md5(const task *t, cz_report *report, cz_error *err)
{
    char md5[33];
    md5_format(md5, t->row->md5);
    if (!t->row->has_md5 || !report->md5[0] || strcmp(report->md5, md5) == 0)
        return CZ_OK;
    report->status = "failed";
    (void)cz_fail(err, CZ_CORRUPT, "%s: its MD5 is %s, the manifest has %s", t->shown, report->md5,
                  md5);
    cz_hint(err, "the clip is kept; `camzarr rm STORE %.100s` removes it", t->clip);
    return CZ_CORRUPT;
}

static int convert_once(task *t, cz_report *report, cz_error *err)
{
    bool present = false;
    *report = (cz_report){.status = "failed"};
    if (t->r->setup->sources->is_list) {
        const int rc = presence_check(&present, report, &t->r->presence, t->row, err);
        if (rc < 0 || present)
            return rc;
    }
    const cz_convert_job job = job_of(t);
    const int rc = cz_convert(&job, report, err);
    return rc == CZ_OK ? check_md5(t, report, err) : rc;
}

/* Patience is for each outage: one has ended if the last attempt has advanced. To read again what
 * an earlier attempt had read is no advance, or a store that refuses alone would be tried forever.
 */
static void end_outage_if_advanced(task *t, double *pause, const cz_report *report)
{
    if (!t->has_advanced && report->bytes_written == 0)
        return;
    *pause = PAUSE_FIRST;
    (void)pthread_mutex_lock(&t->r->lock);
    t->r->unreachable_since = -1;
    (void)pthread_mutex_unlock(&t->r->lock);
}

/* Convert, and again while a server is unreachable and there is patience. */
static int convert_patiently(task *t, cz_report *report, cz_error *err)
{
    double pause = PAUSE_FIRST;
    int rc = convert_once(t, report, err);
    while (rc == CZ_UNREACHABLE) {
        end_outage_if_advanced(t, &pause, report);
        if (!pause_before_retry(t, &pause, err))
            break;
        cz_report_free(report);
        t->has_advanced = false;
        rc = convert_once(t, report, err);
    }
    if (rc == CZ_UNREACHABLE && interrupted())
        rc = cz_fail(err, CZ_CANCELLED, "%s: stopped", t->clip);
    return rc;
}

/* The store refuses, and not only this clip. A full store refuses every clip; for other refusals,
 * the source must be readable, as far as that can be told. */
static bool is_refused_by_store(task *t, int rc)
{
    uint64_t size;
    bool known;
    if (rc != CZ_DENIED)
        return rc == CZ_FULL;
    return source_size_probe(&size, &known, &t->r->presence, t->row->source, NULL) == CZ_OK;
}

/* ---- Its result ------------------------------------------------------------------------------ */

/* Print the result of a source and append it to --report. */
static void print_result(run *r, const convert_line *line)
{
    cz_error err;
    const bool is_quiet_status = r->setup->sources->is_list && !r->o->verbose &&
                                 strcmp(line->report->status, "present") == 0;
    progress_clear(&r->progress.bar);
    network_say(r->o, &line->report->network);
    if (!r->o->quiet && !r->o->json && !is_quiet_status)
        convert_say(line, r->o->verbose);
    if (!r->o->quiet)
        convert_warn(line);
    if (line->err)
        (void)say_error(line->err);
    if (r->o->json)
        (void)say_json(convert_json(line), &err);
    FILE *to = r->setup->report;
    if (!to || say_json_to(to, r->o->report, convert_json(line), &err) == CZ_OK)
        return;
    (void)say_error(&err);
    r->counts.report_failed = true;
}

static void count_result(run *r, int rc, const cz_report *report)
{
    convert_counts *c = &r->counts;
    const struct {
        const char *status;
        size_t *n;
    } by_status[] = {{"converted", &c->converted},
                     {"recovered", &c->recovered},
                     {"present", &c->present},
                     {"planned", &c->planned}};
    const bool is_empty = rc < 0 && strcmp(report->status, "empty") == 0;
    c->empty += is_empty;
    c->failed += rc < 0 && !is_empty;
    for (size_t i = 0; rc == CZ_OK && i < sizeof by_status / sizeof *by_status; i++)
        *by_status[i].n += strcmp(report->status, by_status[i].status) == 0;
    c->usage_errors += rc == CZ_USAGE;
    c->retry += rc == CZ_UNREACHABLE;
    c->damaged += report->damaged_frames > 0 || strcmp(report->status, "recovered") == 0;
    c->stopped |= rc == CZ_CANCELLED;
    c->frames += report->bytes_read ? report->frames : 0;
    c->bytes_read += report->bytes_read;
    c->bytes_written += report->bytes_written;
    c->retries += report->network.retries;
}

static void finish(task *t, int rc, cz_report *report, cz_error *err, bool refused)
{
    run *r = t->r;
    if (rc == CZ_CANCELLED) {
        (void)cz_fail(err, rc, "%s: stopped", t->clip);
        cz_hint(err, "run the same command again to resume");
    }
    const convert_line line = {.clip = t->clip,
                               .source = t->shown,
                               .report = report,
                               .err = rc < 0 ? err : NULL,
                               .seconds = elapsed(r) - t->begun,
                               .time = (int64_t)time(NULL) * 1000000000};
    (void)pthread_mutex_lock(&r->lock);
    r->progress_at = elapsed(r);
    convert_progress_end(&r->progress, t->slot, report->bytes_read, report->frames);
    count_result(r, rc, report);
    print_result(r, &line);
    if (rc == CZ_OK) {
        r->unreachable_since = -1;
        r->refusals = 0;
    }
    r->refusals += refused;
    r->counts.refused |= refused && (rc == CZ_FULL || r->refusals >= REFUSALS_MAX);
    write_metrics(r, false);
    (void)pthread_mutex_unlock(&r->lock);
}

static void convert_row(run *r, unsigned slot, const manifest_row *row)
{
    char name[MANIFEST_SOURCE_MAX + 1];
    cz_report report;
    cz_error err;
    char *clean = source_clean(row->source);
    manifest_name(name, row);
    task t = {.r = r,
              .slot = slot,
              .row = row,
              .clip = name,
              .shown = clean ? clean : "source",
              .begun = elapsed(r)};
    (void)pthread_mutex_lock(&r->lock);
    r->progress_at = t.begun;
    convert_progress_start(&r->progress, slot, name, row);
    (void)pthread_mutex_unlock(&r->lock);
    const int rc = convert_patiently(&t, &report, &err);
    finish(&t, rc, &report, &err, rc < 0 && is_refused_by_store(&t, rc));
    cz_report_free(&report);
    free(clean);
}

/* ---- All of them ----------------------------------------------------------------------------- */

/* Whether no further clip is begun; then one is counted as not tried. */
static bool is_over(run *r)
{
    (void)pthread_mutex_lock(&r->lock);
    r->counts.stopped |= interrupted();
    const bool over = r->counts.stopped || r->counts.refused;
    r->counts.not_tried += over;
    (void)pthread_mutex_unlock(&r->lock);
    return over;
}

static int run_item(void *ctx, unsigned worker, void *item, cz_error *err)
{
    run *r = ctx;
    (void)err;
    if (!is_over(r))
        convert_row(r, worker, item);
    return CZ_OK;
}

static int run_all(run *r, cz_error *err)
{
    static const worker_ops ops = {.run = run_item};
    const manifest *rows = r->setup->sources->rows;
    workers *pool = NULL;
    int rc = r->jobs > 1 ? workers_start(&pool, r->jobs, r->jobs, &ops, r, err) : CZ_OK;
    for (size_t i = 0; rc == CZ_OK && i < manifest_count(rows); i++) {
        if (pool)
            workers_push(pool, manifest_at(rows, i));
        else
            rc = run_item(r, 0, manifest_at(rows, i), err);
    }
    const int joined = workers_join(&pool, rc == CZ_OK ? err : NULL);
    return rc == CZ_OK ? joined : rc;
}

int convert_run(convert_counts *out, const convert_setup *setup, cz_error *err)
{
    run r = {.setup = setup, .o = setup->o, .unreachable_since = -1, .metrics_at = 0};
    const size_t n = manifest_count(setup->sources->rows);
    const uint64_t jobs = setup->o->jobs ? setup->o->jobs : 1;
    ticker tick;
    r.jobs = (unsigned)(jobs < n ? jobs : n ? n : 1);
    *out = (convert_counts){0};
    int rc = presence_open(&r.presence, r.o, setup->sources->is_list ? setup->sources->store : NULL,
                           connections_of(&r), err);
    if (rc < 0)
        return rc;
    (void)pthread_mutex_init(&r.lock, NULL);
    convert_progress_begin(&r.progress, setup->sources->rows, r.o->quiet);
    write_metrics(&r, true);
    const bool is_many = setup->sources->is_list || n > 1;
    if (is_many)
        ticker_start(&tick, &r.lock, on_tick, &r);
    rc = run_all(&r, err);
    if (is_many)
        ticker_stop(&tick);
    progress_clear(&r.progress.bar);
    write_metrics(&r, true);
    (void)pthread_mutex_destroy(&r.lock);
    presence_close(&r.presence);
    *out = r.counts;
    return rc;
}
