/* camzarr ls: prints one line per clip. */
#include <inttypes.h>

#include "base/timestamp.h"
#include "cli/json_facts.h"
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

/* A clip that cannot be read is reported, and the others are still listed. */
static int list(const options *o, cz_store *store, char *const *name, size_t n)
{
    cz_error err;
    table t;
    size_t listed = 0;
    int worst = EXIT_DONE;
    begin_table(&t, o->verbose);
    for (size_t i = 0; i < n && !output_failed(); i++) {
        cz_facts *facts = NULL;
        int rc = cz_facts_read(&facts, store, name[i], &err);
        if (rc == CZ_OK && o->json)
            rc = print_json(facts, &err);
        else if (rc == CZ_OK)
            add_row(&t, facts, o->verbose);
        cz_facts_free(&facts);
        if (rc < 0)
            worst = say_error(&err);
        else
            listed++;
    }
    if (!o->json && listed > 0 && table_print(&t, stdout, &err) < 0)
        worst = say_error(&err);
    table_free(&t);
    return worst != EXIT_DONE && listed > 0 ? EXIT_SOME_FAILED : worst;
}

int run_ls(const options *o)
{
    const cz_options opts = store_options_of(o);
    cz_error err;
    cz_store *store = NULL;
    char **name = NULL;
    size_t n = 0;
    int code;
    if (cz_open(&store, o->arg[0], &opts, &err) < 0 || cz_clips(&name, &n, store, &err) < 0)
        code = say_error(&err);
    else
        code = list(o, store, name, n);
    network_say_store(o, store);
    cz_names_free(&name, n);
    cz_close(&store);
    return code;
}
