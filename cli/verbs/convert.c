/* camzarr convert: each MOV becomes a clip of the store. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/analysis/overview_arg.h"
#include "cli/attributes_file.h"
#include "cli/catalog/update_after.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/units.h"
#include "cli/verbs/convert_report.h"
#include "cli/verbs/convert_run.h"
#include "cli/verbs/verbs.h"
#include "store/text/encode.h"

static const uint64_t LIST_PATIENCE = 120 * UINT64_C(1000000000);
static const uint64_t JOB_MEMORY_MIN = 16 << 20;

static int read_attributes(buf *out, const options *o)
{
    cz_error err;
    if (!o->attributes || attributes_file_read(out, o->attributes, &err) == CZ_OK)
        return 0;
    return say_error(&err);
}

static int check_budget(const options *o)
{
    const uint64_t jobs = o->jobs ? o->jobs : 1;
    if (o->memory && o->memory / jobs < JOB_MEMORY_MIN)
        return say_usage("convert", "--memory: less than 16M for each of %" PRIu64 " jobs", jobs);
    return 0;
}

/* ---- How it ended ---------------------------------------------------------------------------- */

static size_t succeeded(const convert_counts *c)
{
    return c->converted + c->recovered + c->present + c->planned;
}

static void add_count(buf *to, const char *what, size_t n)
{
    if (n > 0)
        buf_printf(to, "%s%zu %s", to->len ? ", " : "", n, what);
}

/* "300 clips: 290 converted, 6 present, 4 failed" and, last, how many of them failed. */
static void say_summary(const convert_sources *s, const convert_counts *c)
{
    buf text = {0};
    const size_t n = manifest_count(s->rows), failed = c->failed + c->empty;
    add_count(&text, "converted", c->converted);
    add_count(&text, "recovered", c->recovered);
    add_count(&text, "already in the store", c->present);
    add_count(&text, "would be converted", c->planned);
    add_count(&text, "empty", c->empty);
    add_count(&text, "failed", c->failed);
    add_count(&text, "not tried", c->not_tried);
    const char *all = buf_text(&text);
    say(stderr, "%zu clip%s%s%s", n, n == 1 ? "" : "s", all && *all ? ": " : "", all ? all : "");
    if (c->refused)
        say(stderr, "camzarr: convert: the store refuses: no further clip was tried");
    if (failed > 0)
        say(stderr, "%zu of %zu failed", failed, n);
    if (c->stopped)
        say(stderr, "run the same command again to go on");
    buf_free(&text);
}

static int code_of(const options *o, const convert_sources *s, const convert_counts *c)
{
    const size_t failed = c->failed + c->empty;
    if (c->stopped)
        return EXIT_STOPPED;
    if (failed && failed == c->retry)
        return EXIT_RETRY;
    if (failed && succeeded(c))
        return EXIT_SOME_FAILED;
    if (failed)
        return failed == c->usage_errors ? EXIT_USAGE : EXIT_FAILED;
    if (c->report_failed)
        return EXIT_FAILED;
    if (!o->strict || !c->damaged)
        return EXIT_DONE;
    cz_error err;
    (void)cz_fail(&err, CZ_CORRUPT, "%zu of %zu sources: damaged, or recovered (--strict)",
                  c->damaged, manifest_count(s->rows));
    return say_error(&err);
}

/* Once a process, and never by one of several workers, which would each do it. Also where all clips
 * were there already: the process that converted them may have been killed before it came to
 * this. */
static void update_catalog(const options *o, const convert_sources *s, const convert_counts *c)
{
    if (o->no_catalog || o->index || o->dry_run || c->stopped || succeeded(c) == 0)
        return;
    catalog_update_after(s->store, o->quiet);
}

/* ---- The command ----------------------------------------------------------------------------- */

static int convert_all(const options *o, const convert_sources *sources, buf *attributes)
{
    cz_error err;
    convert_counts counts;
    convert_setup setup = {.o = o,
                           .sources = sources,
                           .attributes = attributes,
                           .patience = sources->is_list ? LIST_PATIENCE : 0};
    int code = 0;
    if (o->patience && !duration_parse(&setup.patience, o->patience))
        code =
            say_usage("convert", "--patience %s: not a time such as 90s, 10m or 2h", o->patience);
    if (code == 0 && o->overview)
        code = overview_arg(&setup.overview_num, &setup.overview_den, "convert", o->overview);
    if (code == 0)
        code = convert_report_open(&setup.report, o->report);
    if (code != 0)
        return code;
    signals_handle();
    const int rc = convert_run(&counts, &setup, &err);
    /* Each line was flushed, and a failure of that was reported. */
    if (setup.report && fclose(setup.report) != 0)
        counts.report_failed = true;
    if (rc < 0)
        return say_error(&err);
    update_catalog(o, sources, &counts);
    const bool is_many = manifest_count(sources->rows) > 1;
    if (!o->quiet && (sources->is_list || (is_many && counts.failed + counts.empty > 0)))
        say_summary(sources, &counts);
    return code_of(o, sources, &counts);
}

int run_convert(const options *o)
{
    convert_sources sources;
    buf attributes = {0};
    int code = check_budget(o);
    if (code != 0)
        return code;
    code = convert_sources_read(&sources, o);
    if (code == 0)
        code = read_attributes(&attributes, o);
    if (code == 0)
        code = convert_all(o, &sources, &attributes);
    buf_free(&attributes);
    convert_sources_free(&sources);
    return code;
}
