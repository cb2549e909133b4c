/* camzarr attributes: show or set the attributes that the owner of a store gives. */
#include <stdio.h>
#include <string.h>

#include "cli/attributes_file.h"
#include "cli/missing_clip.h"
#include "cli/network.h"
#include "cli/say.h"
#include "cli/verbs/verbs.h"

static void add_clip(cJSON *line, const char *clip)
{
    if (clip)
        json_add_clean(line, "clip", clip);
    else
        json_add_null(line, "clip");
}

/* A line at a time, so that control characters are replaced. */
static void show_text(const char *text)
{
    for (const char *line = text; *line;) {
        const size_t n = strcspn(line, "\n");
        say(stdout, "%.*s", (int)n, line);
        line += n + (line[n] == '\n');
    }
}

static int show(const options *o, cz_store *store, const char *clip, cz_error *err)
{
    char *text = NULL;
    cJSON *attributes = NULL;
    int rc = cz_attributes_read(&text, store, clip, err);
    if (rc == CZ_OK && !o->json) {
        show_text(text);
    } else if (rc == CZ_OK) {
        rc = json_parse(&attributes, text, strlen(text), "attributes", err);
        cJSON *line = json_object();
        add_clip(line, clip);
        json_add(line, "attributes", rc == CZ_OK ? attributes : json_object());
        if (rc == CZ_OK)
            rc = say_json(line, err);
        else
            json_free(line);
    }
    cz_attributes_free(&text);
    return rc;
}

static int set(const options *o, cz_store *store, const char *clip, const char *text, cz_error *err)
{
    size_t changed = 0;
    const int rc = cz_attributes_write(&changed, store, clip, text, err);
    if (rc < 0 && changed > 0)
        cz_hint(err, "%zu of the documents were changed; the same command changes the others",
                changed);
    if (rc < 0)
        return rc;
    if (o->json) {
        cJSON *line = json_object();
        add_clip(line, clip);
        json_add_u64(line, "changed", changed);
        return say_json(line, err);
    }
    if (!o->quiet)
        say(stderr, "%s: %zu document%s changed", clip ? clip : o->arg[0], changed,
            changed == 1 ? "" : "s");
    return CZ_OK;
}

int run_attributes(const options *o)
{
    cz_error err;
    cz_store *store = NULL;
    buf text = {0};
    const char *clip = o->n_args > 1 ? o->arg[1] : NULL;
    const cz_options opts = store_options_of(o);
    int rc = o->set ? attributes_file_read(&text, o->set, &err) : CZ_OK;
    if (rc == CZ_OK)
        rc = cz_open(&store, o->arg[0], &opts, &err);
    if (rc == CZ_OK)
        rc = o->set ? set(o, store, clip, buf_text(&text), &err) : show(o, store, clip, &err);
    if (clip && store)
        rc = explain_missing_clip(rc, store, clip, &err);
    network_say_store(o, store);
    cz_close(&store);
    buf_free(&text);
    return rc < 0 ? say_error(&err) : EXIT_DONE;
}
