/* camzarr manifest: the sources of an archive as JSON lines. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "cli/network.h"
#include "cli/out_file.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/units.h"
#include "cli/verbs/verbs.h"
#include "cli/verbs/manifest_check.h"
#include "manifest/listing.h"

enum { LISTINGS_MAX = 255 };

typedef struct run {
    const options *o;
    manifest *m;
    manifest_filter filter;
    progress bar;
    FILE *report;
    bool report_failed;
    size_t bad_rows;
    size_t failing; /* sources that --check found to fail */
    price_table prices;
} run;

/* ---- The report ------------------------------------------------------------------------------ */

/* A line of --report; `line` is moved. */
static void report(run *r, cJSON *line)
{
    cz_error err;
    if (!r->report)
        json_free(line);
    else if (say_json_to(r->report, r->o->report, line, &err) < 0 && !r->report_failed) {
        r->report_failed = true;
        (void)say_error(&err);
    }
}

static void on_bad_row(void *user, const cz_error *err)
{
    run *r = user;
    cJSON *line = json_object();
    r->bad_rows++;
    progress_clear(&r->bar);
    (void)say_error(err);
    json_add_error(line, err);
    report(r, line);
}

static void report_row(run *r, const manifest_row *row, const char *code, const char *message)
{
    char name[MANIFEST_SOURCE_MAX + 1];
    cJSON *line = json_object(), *problem = json_object();
    manifest_name(name, row);
    json_add_clean(line, "name", name);
    json_add_clean(line, "source", row->source);
    json_add_clean(line, "listing", r->o->arg[row->listing]);
    if (row->line)
        json_add_u64(line, "row", row->line);
    else
        json_add_null(line, "row");
    json_add_text(problem, "code", code);
    json_add_clean(problem, "message", message);
    json_add(line, "problem", problem);
    report(r, line);
    if (r->o->quiet)
        return;
    if (row->line)
        say(stderr, "camzarr: warning: %s: row %" PRIu32 ": %s: %s", r->o->arg[row->listing],
            row->line, name, message);
    else
        say(stderr, "camzarr: warning: %s: %s: %s", r->o->arg[row->listing], name, message);
}

static void on_conflict(void *user, const manifest_row *kept, const manifest_row *other)
{
    run *r = user;
    char message[MANIFEST_SOURCE_MAX + 128];
    (void)snprintf(message, sizeof message, "another size or digest than that of %s, which stays",
                   kept->source);
    report_row(r, other, "conflict", message);
}

/* What is known to be wrong with rows that stay. */
static void report_problems(run *r)
{
    size_t unread = 0;
    for (size_t i = 0; i < manifest_count(r->m); i++) {
        const manifest_row *row = manifest_at(r->m, i);
        char text[sizeof((cz_error *)0)->message];
        unread += row->is_unread;
        if (row->problem == MANIFEST_SOUND)
            continue;
        manifest_problem_text(text, sizeof text, row);
        report_row(r, row, manifest_problem_code((manifest_problem)row->problem), text);
    }
    if (unread > 0 && !r->o->quiet)
        say(stderr, "%zu file%s recorded as having no moov atom: probably whole", unread,
            unread == 1 ? " was" : "s were");
}

/* ---- Reading --------------------------------------------------------------------------------- */

static int on_progress(void *user, size_t pages, size_t rows)
{
    run *r = user;
    char text[64];
    (void)snprintf(text, sizeof text, "%zu files in %zu pages", rows, pages);
    progress_show(&r->bar, &(progress_state){.note = text});
    return interrupted();
}

static int parse_time(int64_t *out, bool *ret_given, const char *option, const char *text)
{
    if (text && !timestamp_parse(out, text))
        return say_usage("manifest", "--%s %s: not a time such as 2018-07-12 or 2018-07-12T00:15Z",
                         option, text);
    *ret_given = text != NULL;
    return 0;
}

static int read_listings(run *r)
{
    const options *o = r->o;
    cz_error err;
    const cz_network network = network_of(o);
    const listing_options how = {.network = &network,
                                 .filter = &r->filter,
                                 .bad_row = on_bad_row,
                                 .progress = on_progress,
                                 .user = r};
    for (size_t i = 0; i < o->n_args; i++) {
        progress_begin(&r->bar, o->arg[i], o->quiet);
        signals_interrupt_reads(strcmp(o->arg[i], "-") == 0);
        const int rc = listing_read(r->m, o->arg[i], (unsigned)i, &how, &err);
        signals_interrupt_reads(false);
        progress_clear(&r->bar);
        if (rc < 0)
            return say_error(&err);
    }
    return 0;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static int write_rows(run *r)
{
    cz_error err;
    out_file out = OUT_FILE_NONE;
    const char *path = r->o->out ? r->o->out : "-";
    int rc = CZ_OK;
    if (strcmp(path, "-") == 0) {
        for (size_t i = 0; i < manifest_count(r->m) && !output_failed(); i++)
            (void)say_json(manifest_json(manifest_at(r->m, i)), &err);
        return 0;
    }
    rc = out_open(&out, path, r->o->overwrite, &err);
    for (size_t i = 0; rc == CZ_OK && i < manifest_count(r->m); i++) {
        buf line = {0};
        cJSON *row = manifest_json(manifest_at(r->m, i));
        rc = json_print(&line, row, true, &err);
        if (rc == CZ_OK)
            rc = out_write(&out, line.at, line.len, &err);
        json_free(row);
        buf_free(&line);
    }
    if (rc == CZ_OK)
        rc = out_publish(&out, &err);
    out_close(&out, &err);
    return rc < 0 ? say_error(&err) : 0;
}

static void say_summary(const run *r)
{
    char bytes[UNITS_TEXT_MAX];
    uint64_t size = 0, frames = 0;
    size_t problems = 0, rounded = 0;
    const size_t n = manifest_count(r->m);
    for (size_t i = 0; i < n; i++) {
        const manifest_row *row = manifest_at(r->m, i);
        if (row->size != MANIFEST_SIZE_UNKNOWN && __builtin_add_overflow(size, row->size, &size))
            size = UINT64_MAX;
        frames += row->frames;
        problems += row->problem != MANIFEST_SOUND;
        rounded += row->size_is_rounded || row->size == MANIFEST_SIZE_UNKNOWN;
    }
    size_text(bytes, size);
    say(stderr, "%zu clip%s, %s%s, %" PRIu64 " frames known, %zu with problems, %zu rows skipped",
        n, n == 1 ? "" : "s", rounded ? "about " : "", bytes, frames, problems, r->bad_rows);
}

static void report_estimate(run *r)
{
    cJSON *line = json_object(), *costs = NULL;
    manifest_say_estimate(&costs, r->m, r->o, &r->prices);
    json_add(line, "estimate", costs);
    report(r, line);
}

static int work(run *r)
{
    const options *o = r->o;
    int code = read_listings(r);
    if (code != 0)
        return code;
    manifest_merge(r->m, on_conflict, r);
    (void)manifest_select(r->m, &r->filter);
    if (o->sidecars)
        code = manifest_check_sidecars(r->m, o, &r->bar, on_bad_row, r);
    if (code == 0 && o->check)
        code = manifest_check_sources(&r->failing, r->m, o, &r->bar);
    if (code != 0)
        return code;
    report_problems(r);
    if ((code = write_rows(r)) != 0)
        return code;
    if (!o->quiet)
        say_summary(r);
    if (o->check || o->link || o->prices)
        report_estimate(r);
    if (r->report_failed)
        return EXIT_FAILED;
    return r->bad_rows || r->failing ? EXIT_SOME_FAILED : EXIT_DONE;
}

int run_manifest(const options *o)
{
    run r = {.o = o, .filter = {.min_size = o->min_size, .deployment = (unsigned)o->deployment}};
    cz_error err;
    int code;
    if (o->n_args > LISTINGS_MAX)
        return say_usage("manifest", "more than %d listings", LISTINGS_MAX);
    if ((code = parse_time(&r.filter.since, &r.filter.has_since, "since", o->since)) != 0 ||
        (code = parse_time(&r.filter.until, &r.filter.has_until, "until", o->until)) != 0 ||
        (code = manifest_read_prices(&r.prices, o)) != 0)
        return code;
    if (o->report && !(r.report = fopen(o->report, "ae"))) {
        (void)cz_fail_errno(&err, errno, "--report %s", o->report);
        return say_error(&err);
    }
    signals_handle();
    code = manifest_new(&r.m, &err) == CZ_OK ? work(&r) : say_error(&err);
    if (r.report && fclose(r.report) != 0)
        code = code ? code : EXIT_FAILED;
    manifest_free(&r.m);
    return code;
}
