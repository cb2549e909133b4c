/* camzarr ls: prints one line per clip; with --unfinished, per unfinished clip. */
#include <inttypes.h>

#include "base/timestamp.h"
#include "cli/check/unfinished.h"
#include "cli/json_facts.h"
#include "cli/catalog/list_clips.h"
#include "cli/units.h"
#include "cli/network.h"
#include "cli/say.h"
#include "cli/table.h"
#include "cli/verbs/verbs.h"

static const char *const titles[] = {"NAME", "START",   "DURATION", "FRAMES",
                                     "SIZE", "PICTURE", "CODEC",    "SOURCE"};
static const char align[] = "llrrrlll";
enum { N_TITLES = sizeof titles / sizeof *titles };

/* The last column with -v. */
static void begin_table(table *t, bool verbose)
{
    *t = (table){.n_columns = N_TITLES - !verbose, .align = align};
    for (size_t i = 0; i < t->n_columns; i++)
        table_add(t, "%s", titles[i]);
}

static void add_row(table *t, const cz_facts *facts, bool verbose)
{
    char start[TIMESTAMP_TEXT_MAX], size[UNITS_TEXT_MAX], duration[UNITS_TEXT_MAX];
    timestamp_format(start, facts->start);
    size_text(size, facts->source_bytes);
    duration_text(duration, facts->end - facts->start);
    table_add(t, "%s", facts->name);
    table_add(t, "%s", start_known(facts->start_from) ? start : "-");
    table_add(t, "%s", duration);
    table_add(t, "%" PRIu64, facts->frames);
    table_add(t, "%s", size);
    table_add(t, "%" PRIu32 "x%" PRIu32, facts->width, facts->height);
    table_add(t, "%s", facts->codec);
    if (verbose)
        table_add(t, "%s", facts->source_name);
}

static int print_json(const cz_facts *facts, cz_error *err)
{
    cJSON *line = json_object();
    json_add_text(line, "name", facts->name);
    json_add_span(line, facts->start, facts->end, facts->start_from);
    json_add_u64(line, "frames", facts->frames);
    json_add_u64(line, "bytes", facts->source_bytes);
    json_add_u64(line, "width", facts->width);
    json_add_u64(line, "height", facts->height);
    json_add_text(line, "codec", facts->codec);
    json_add_clean(line, "source", facts->source_name);
    return say_json(line, err);
}

typedef struct listing {
    const options *o;
    table t;
    size_t listed;
    int worst;
    bool is_remote;
} listing;

/* A clip that cannot be read is reported, and the others are still listed. */
static int add(void *user, const char *name, const cz_facts *facts, const cz_error *failed)
{
    listing *l = user;
    cz_error err;
    (void)name;
    if (output_failed())
        return CZ_CANCELLED;
    if (!facts) {
        l->worst = say_error(failed);
        return CZ_OK;
    }
    l->listed++;
    if (l->o->json)
        return print_json(facts, &err);
    add_row(&l->t, facts, l->o->verbose);
    return CZ_OK;
}

/* ---- Unfinished clips ------------------------------------------------------------------------ */

static const char *const unfinished_titles[] = {"NAME",    "KIND",        "OBJECTS", "SIZE",
                                                "CHANGED", "IN PROGRESS", "SOURCE"};
enum { N_UNFINISHED = sizeof unfinished_titles / sizeof *unfinished_titles };

static void begin_unfinished(table *t)
{
    *t = (table){.n_columns = N_UNFINISHED, .align = "llrrlll"};
    for (size_t i = 0; i < N_UNFINISHED; i++)
        table_add(t, "%s", unfinished_titles[i]);
}

static void add_unfinished_row(table *t, const unfinished_clip *u, bool is_remote)
{
    char size[UNITS_TEXT_MAX], modified[TIMESTAMP_TEXT_MAX] = "-";
    size_text(size, u->bytes);
    if (u->modified)
        timestamp_format(modified, u->modified / 1000000000 * 1000000000);
    table_add(t, "%s", u->name);
    table_add(t, "%s", unfinished_kind_name(u->kind));
    table_add(t, "%" PRIu64, u->objects);
    table_add(t, "%s", size);
    table_add(t, "%s", modified);
    table_add(t, "%s", u->in_progress ? "yes" : is_remote ? "unknown" : "no");
    table_add(t, "%s", u->kind == UNFINISHED_CONVERSION ? u->record.source_name : "-");
}

static int print_unfinished(const unfinished_clip *u, bool is_remote)
{
    cz_error err;
    cJSON *line = json_object();
    json_add_text(line, "name", u->name);
    json_add_text(line, "kind", unfinished_kind_name(u->kind));
    if (u->kind == UNFINISHED_CONVERSION) {
        json_add_clean(line, "source", u->record.source_name);
        json_add_u64(line, "source_bytes", u->record.source_bytes);
    }
    json_add_u64(line, "objects", u->objects);
    json_add_u64(line, "bytes", u->bytes);
    if (u->modified)
        json_add_time(line, "modified", u->modified);
    else
        json_add_null(line, "modified");
    if (is_remote) /* a bucket has no locks */
        json_add_null(line, "in_progress");
    else
        json_add_bool(line, "in_progress", u->in_progress);
    return say_json(line, &err);
}

static int add_unfinished(void *user, const unfinished_clip *u)
{
    listing *l = user;
    if (output_failed())
        return CZ_CANCELLED;
    l->listed++;
    if (l->o->json)
        return print_unfinished(u, l->is_remote);
    add_unfinished_row(&l->t, u, l->is_remote);
    return CZ_OK;
}

int run_ls(const options *o)
{
    const cz_options opts = store_options_of(o);
    listing l = {.o = o, .worst = EXIT_DONE};
    cz_error err;
    cz_store *store = NULL;
    if (o->unfinished)
        begin_unfinished(&l.t);
    else
        begin_table(&l.t, o->verbose);
    int rc = cz_open(&store, o->arg[0], &opts, &err);
    l.is_remote = rc == CZ_OK && os_is_remote(store->os);
    if (rc == CZ_OK && o->unfinished)
        rc = unfinished_each(store, NULL, add_unfinished, &l, &err);
    else if (rc == CZ_OK)
        rc = list_clips(store, add, &l, &err);
    if (rc == CZ_OK && !o->json && l.listed > 0)
        rc = table_print(&l.t, stdout, &err);
    if (rc < 0 && !output_failed())
        l.worst = say_error(&err);
    network_say_store(o, store);
    table_free(&l.t);
    cz_close(&store);
    return rc == CZ_OK && l.worst != EXIT_DONE && l.listed > 0 ? EXIT_SOME_FAILED : l.worst;
}
