/* camzarr catalog: brings the catalog of a store up to date. */
#include <inttypes.h>

#include "cli/network.h"
#include "cli/say.h"
#include "cli/verbs/verbs.h"

static int print_json(const char *url, const cz_catalog_report *r, cz_error *err)
{
    cJSON *line = json_object();
    json_add_clean(line, "store", url);
    json_add_u64(line, "clips", r->clips);
    json_add_u64(line, "scenes", r->scenes);
    json_add_u64(line, "unreadable_clips", r->unreadable);
    json_add_u64(line, "incomplete_clips", r->incomplete);
    json_add_u64(line, "read", r->read);
    json_add_u64(line, "gone", r->gone);
    json_add_u64(line, "bytes", r->bytes);
    json_add_bool(line, "changed", r->changed);
    return say_json(line, err);
}

static void add_count(buf *to, uint64_t n, const char *what)
{
    if (n > 0)
        buf_printf(to, ", %" PRIu64 " %s", n, what);
}

/* "3 clips, 12 scenes (1 read, 2 unreadable); written" */
static void print_text(const options *o, const cz_catalog_report *r)
{
    buf text = {0};
    buf_printf(&text, "%" PRIu64 " clip%s", r->clips, r->clips == 1 ? "" : "s");
    add_count(&text, r->scenes, r->scenes == 1 ? "scene" : "scenes");
    add_count(&text, r->read, "read");
    add_count(&text, r->gone, "dropped");
    add_count(&text, r->unreadable, "unreadable");
    add_count(&text, r->incomplete, "incomplete, not listed");
    const char *what = !r->changed ? "up to date" : o->dry_run ? "would be written" : "written";
    const char *counts = buf_text(&text);
    say(stderr, "catalog: %s: %s", counts ? counts : "", what);
    buf_free(&text);
}

int run_catalog(const options *o)
{
    const cz_options opts = store_options_of(o);
    const cz_catalog_job job = {.dry_run = o->dry_run};
    cz_catalog_report report;
    cz_store *store = NULL;
    cz_error err;
    int rc = cz_open(&store, o->arg[0], &opts, &err);
    if (rc == CZ_OK)
        rc = cz_catalog_write(&report, store, &job, &err);
    if (rc == CZ_OK && o->json)
        rc = print_json(o->arg[0], &report, &err);
    else if (rc == CZ_OK && !o->quiet)
        print_text(o, &report);
    network_say_store(o, store);
    cz_close(&store);
    return rc < 0 ? say_error(&err) : EXIT_DONE;
}
