/* camzarr analyse: statistics, overview and scenes of clips that are there. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cli/catalog/update_after.h"
#include "cli/analysis/overview_arg.h"
#include "cli/missing_clip.h"
#include "cli/network.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/units.h"
#include "cli/verbs/verbs.h"

typedef struct run {
    const options *o;
    cz_store *store;
    uint32_t overview_num, overview_den;
    progress bar; /* of the clip */
    /* Clips, by how they ended. */
    size_t analysed, present, planned, failed, retry;
    bool stopped;
    int code; /* of the last failure */
} run;

static int show_progress(void *user, const cz_progress *p)
{
    run *r = user;
    progress_show(&r->bar, &(progress_state){.bytes_done = p->bytes_done,
                                             .bytes_total = p->bytes_total,
                                             .frames_done = p->frames_done,
                                             .frames_total = p->frames_total});
    return interrupted() || output_failed();
}

static void print_json(const run *r, const char *clip, const cz_analyse_report *report,
                       const cz_error *failed)
{
    cz_error lost;
    cJSON *line = json_object();
    json_add_clean(line, "clip", clip);
    json_add_text(line, "status", report->status);
    json_add_u64(line, "frames", report->frames);
    json_add_u64(line, "pictures", report->pictures);
    json_add_u64(line, "scenes", report->scenes);
    json_add_u64(line, "bytes_read", report->bytes_read);
    json_add_u64(line, "bytes_written", report->bytes_written);
    json_add_double(line, "seconds", round(progress_seconds(&r->bar) * 1000) / 1000);
    if (failed)
        json_add_error(line, failed);
    (void)say_json(line, &lost); /* output_finish() reports a lost line */
}

static void print_text(const run *r, const char *clip, const cz_analyse_report *report)
{
    if (strcmp(report->status, "present") == 0) {
        say(stderr, "%s: analysed already", clip);
    } else if (strcmp(report->status, "planned") == 0) {
        say(stderr, "%s: %" PRIu64 " frames would be analysed", clip, report->frames);
    } else {
        const double seconds = progress_seconds(&r->bar);
        char bytes[UNITS_TEXT_MAX];
        size_text(bytes, report->bytes_read);
        say(stderr, "%s: analysed %" PRIu64 " frames, %s in %.1f s: %" PRIu64 " scene%s", clip,
            report->frames, bytes, seconds, report->scenes, report->scenes == 1 ? "" : "s");
    }
}

static void count(run *r, int rc, const cz_analyse_report *report)
{
    r->stopped = r->stopped || rc == CZ_CANCELLED;
    if (rc < 0) {
        r->failed++;
        r->retry += rc == CZ_UNREACHABLE;
    } else {
        r->analysed += strcmp(report->status, "analysed") == 0;
        r->present += strcmp(report->status, "present") == 0;
        r->planned += strcmp(report->status, "planned") == 0;
    }
}

static void analyse(run *r, const char *clip)
{
    const cz_analyse_job job = {.overview_num = r->overview_num,
                                .overview_den = r->overview_den,
                                .threads = (unsigned)r->o->threads,
                                .dry_run = r->o->dry_run,
                                .progress = show_progress,
                                .user = r};
    cz_analyse_report report;
    cz_error err;
    progress_begin(&r->bar, clip, r->o->quiet);
    const int rc =
        explain_missing_clip(cz_analyse(&report, r->store, clip, &job, &err), r->store, clip, &err);
    progress_clear(&r->bar);
    count(r, rc, &report);
    if (r->o->json)
        print_json(r, clip, &report, rc < 0 ? &err : NULL);
    else if (rc == CZ_OK && !r->o->quiet)
        print_text(r, clip, &report);
    if (rc < 0)
        r->code = say_error(&err);
}

/* "840 clips: 838 analysed, 1 present, 1 failed" */
static void say_summary(const run *r, size_t n)
{
    const struct {
        const char *what;
        size_t n;
    } counts[] = {{"analysed", r->analysed},
                  {"present", r->present},
                  {"would be analysed", r->planned},
                  {"failed", r->failed}};
    buf text = {0};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i].n > 0)
            buf_printf(&text, "%s %zu %s", text.len ? "," : "", counts[i].n, counts[i].what);
    const char *all = buf_text(&text);
    say(stderr, "%zu clips:%s", n, all ? all : "");
    buf_free(&text);
}

static void analyse_all(run *r, char *const *name, size_t n)
{
    for (size_t i = 0; i < n && !r->stopped && !output_failed(); i++)
        analyse(r, name[i]);
    if (n > 1 && !r->o->json && !r->o->quiet)
        say_summary(r, n);
}

static int code_of(const run *r)
{
    const size_t done = r->analysed + r->present + r->planned;
    if (r->stopped)
        return EXIT_STOPPED;
    if (r->failed == 0)
        return EXIT_DONE;
    if (r->failed == r->retry)
        return EXIT_RETRY;
    return done > 0 ? EXIT_SOME_FAILED : r->failed == 1 ? r->code : EXIT_FAILED;
}

int run_analyse(const options *o)
{
    const cz_options opts = store_options_of(o);
    run r = {.o = o, .overview_num = 1, .overview_den = 1};
    char **name = NULL;
    size_t n = 0;
    cz_error err;
    const int usage =
        o->overview ? overview_arg(&r.overview_num, &r.overview_den, "analyse", o->overview) : 0;
    if (usage != 0)
        return usage;
    if (r.overview_num == 0)
        return say_usage("analyse", "--overview none: nothing to make");
    signals_handle();
    int rc = cz_open(&r.store, o->arg[0], &opts, &err);
    if (rc == CZ_OK && o->n_args == 1)
        rc = cz_clips(&name, &n, r.store, &err);
    if (rc == CZ_OK && o->n_args == 1)
        analyse_all(&r, name, n);
    else if (rc == CZ_OK)
        analyse_all(&r, o->arg + 1, o->n_args - 1);
    network_say_store(o, r.store);
    cz_names_free(&name, n);
    cz_close(&r.store);
    if (r.analysed > 0 && !r.stopped && !o->no_catalog)
        catalog_update_after(o->arg[0], o->quiet);
    return rc < 0 ? say_error(&err) : code_of(&r);
}
