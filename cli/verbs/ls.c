/* camzarr ls: prints one line per clip. */
#include <inttypes.h>

#include "base/timestamp.h"
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

int run_ls(const options *o)
{
    const cz_options opts = store_options_of(o);
    listing l = {.o = o, .worst = EXIT_DONE};
    cz_error err;
    cz_store *store = NULL;
    begin_table(&l.t, o->verbose);
    int rc = cz_open(&store, o->arg[0], &opts, &err);
    if (rc == CZ_OK)
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
