/* camzarr convert: each MOV becomes a clip of the store. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verbs/convert_line.h"
#include "cli/attributes_file.h"
#include "cli/network.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/verbs/verbs.h"
#include "source/source.h"

/* A run over some sources. */
typedef struct run {
    const options *o;
    char *const *source;
    size_t n;
    FILE *report;   /* NULL: none */
    buf attributes; /* text of --attributes; empty: not given */
    size_t succeeded, damaged;
    size_t failed;
    size_t usage_errors, retry; /* of the failed ones */
    bool stopped;
    bool report_failed; /* a line of --report could not be written */
} run;

/* ---- Before anything is written -------------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Bytes of a base name that become the clip's name: all before the extension. */
static size_t stem(const char *base)
{
    const char *dot = strrchr(base, '.');
    return dot && dot != base ? (size_t)(dot - base) : strlen(base);
}

static int by_stem(const void *a, const void *b)
{
    const char *x = base_name(*(const char *const *)a), *y = base_name(*(const char *const *)b);
    const size_t n = stem(x), m = stem(y);
    const int order = memcmp(x, y, n < m ? n : m);
    return order ? order : (n > m) - (n < m);
}

/* Refuse two sources that would become one clip: otherwise their order would decide which of them
 * is converted. path is sorted by stem. */
static int check_order(char *const *path, size_t n)
{
    cz_error err;
    for (size_t i = 1; i < n; i++) {
        if (by_stem(&path[i - 1], &path[i]) != 0)
            continue;
        (void)cz_fail(&err, CZ_USAGE, "%s: another source, %s, has the same name", path[i],
                      path[i - 1]);
        cz_hint(&err, "convert one of them by itself, with --name NAME");
        return say_error(&err);
    }
    return 0;
}

static int check_names(const run *r)
{
    cz_error err;
    size_t n = 0;
    int code = 0;
    char **path = calloc(r->n, sizeof *path);
    while (path && n < r->n && (path[n] = source_clean(r->source[n])))
        n++;
    if (n < r->n) {
        (void)cz_fail_memory(&err, "%zu sources", r->n);
        code = say_error(&err);
    } else {
        qsort(path, n, sizeof *path, by_stem);
        code = check_order(path, n);
    }
    for (size_t i = 0; i < n; i++)
        free(path[i]);
    free(path);
    return code;
}

static int read_attributes(run *r)
{
    cz_error err;
    if (!r->o->attributes || attributes_file_read(&r->attributes, r->o->attributes, &err) == CZ_OK)
        return 0;
    return say_error(&err);
}

static int open_report(run *r)
{
    cz_error err;
    if (!r->o->report)
        return 0;
    r->report = fopen(r->o->report, "ae");
    if (r->report)
        return 0;
    (void)cz_fail_errno(&err, errno, "--report %s", r->o->report);
    return say_error(&err);
}

/* ---- One source ------------------------------------------------------------------------------ */

static int show_progress(void *user, const cz_progress *p)
{
    progress_show(user,
                  &(progress_state){.bytes_done = p->bytes_done,
                                    .bytes_total = p->bytes_total,
                                    .frames_done = p->frames_done,
                                    .frames_total = p->frames_total,
                                    .waiting = p->waiting ? "another process is converting or "
                                                            "removing this clip"
                                                          : NULL});
    return interrupted();
}

static cz_convert_job job_of(run *r, const char *from, progress *bar)
{
    const options *o = r->o;
    cz_convert_job job;
    cz_convert_defaults(&job);
    job.source = from;
    job.store = o->arg[o->n_args - 1];
    job.name = o->name;
    job.zarr_format = o->zarr_format ? (uint32_t)o->zarr_format : job.zarr_format;
    job.frames_per_shard =
        o->frames_per_shard ? (uint32_t)o->frames_per_shard : job.frames_per_shard;
    job.memory = o->memory ? o->memory : job.memory;
    job.threads = (unsigned)o->threads;
    job.overwrite = o->overwrite;
    job.recover = o->recover;
    job.sha256 = o->sha256;
    job.dry_run = o->dry_run;
    job.attributes = o->attributes ? buf_text(&r->attributes) : NULL;
    job.network = network_of(o);
    job.progress = show_progress;
    job.user = bar;
    return job;
}

/* Print the result of one source and append it to --report. False if that line could not be
 * written. */
static bool report_result(const run *r, const convert_line *line)
{
    cz_error err;
    if (!r->o->quiet && !r->o->json)
        convert_say(line, r->o->verbose);
    if (!r->o->quiet)
        convert_warn(line);
    if (line->err)
        (void)say_error(line->err);
    if (r->o->json)
        (void)say_json(convert_json(line), &err);
    if (!r->report || say_json_to(r->report, r->o->report, convert_json(line), &err) == CZ_OK)
        return true;
    (void)say_error(&err);
    return false;
}

/* The name that the clip has or would have, for lines about it. NULL when out of memory. */
static char *clip_name(const options *o, const char *from)
{
    const char *base = base_name(from);
    return o->name ? strdup(o->name) : strndup(base, stem(base));
}

static void convert_one(run *r, const char *from)
{
    progress bar;
    cz_report report;
    cz_error err;
    char *clean = source_clean(from);
    const char *shown = clean ? clean : "source";
    char *clip = clip_name(r->o, shown);
    const char *name = clip ? clip : shown;
    progress_begin(&bar, name, r->o->quiet);
    const cz_convert_job job = job_of(r, from, &bar);
    const int rc = cz_convert(&job, &report, &err);
    progress_clear(&bar);
    if (rc == CZ_CANCELLED) {
        (void)cz_fail(&err, rc, "%s: stopped", name);
        cz_hint(&err, "run the same command again to resume");
    }
    network_say(r->o, &report.network);
    const convert_line line = {.clip = name,
                               .source = shown,
                               .report = &report,
                               .err = rc < 0 ? &err : NULL,
                               .seconds = progress_seconds(&bar)};
    r->report_failed |= !report_result(r, &line);
    r->succeeded += rc == CZ_OK;
    r->failed += rc < 0;
    r->usage_errors += rc == CZ_USAGE;
    r->retry += rc == CZ_UNREACHABLE;
    r->damaged += report.damaged_frames > 0 || strcmp(report.status, "recovered") == 0;
    r->stopped |= rc == CZ_CANCELLED;
    cz_report_free(&report);
    free(clip);
    free(clean);
}

/* ---- All of them ----------------------------------------------------------------------------- */

static int code_of(const run *r)
{
    if (r->stopped)
        return EXIT_STOPPED;
    if (r->failed && r->failed == r->retry)
        return EXIT_RETRY;
    if (r->failed && r->succeeded)
        return EXIT_SOME_FAILED;
    if (r->failed)
        return r->failed == r->usage_errors ? EXIT_USAGE : EXIT_FAILED;
    if (r->report_failed)
        return EXIT_FAILED;
    if (!r->o->strict || !r->damaged)
        return EXIT_DONE;
    cz_error err;
    (void)cz_fail(&err, CZ_CORRUPT, "%zu of %zu sources: damaged, or recovered (--strict)",
                  r->damaged, r->n);
    return say_error(&err);
}

int run_convert(const options *o)
{
    run r = {.o = o, .source = o->arg, .n = o->n_args - 1};
    int code;
    if (o->name && r.n > 1)
        return say_usage("convert", "--name %s: requires exactly one source, not %zu", o->name,
                         r.n);
    if ((code = check_names(&r)) == 0 && (code = read_attributes(&r)) == 0)
        code = open_report(&r);
    if (code != 0) {
        buf_free(&r.attributes);
        return code;
    }
    signals_handle();
    for (size_t i = 0; i < r.n && !r.stopped; i++)
        if (!(r.stopped = interrupted()))
            convert_one(&r, r.source[i]);
    if (r.report && fclose(r.report) != 0)
        r.report_failed = true; /* each line was flushed, and a failure of that was reported */
    buf_free(&r.attributes);
    return code_of(&r);
}
