/* camzarr attributes: show, set or remove the attributes that the owner of a store gives. */
#include <stdio.h>
#include <string.h>

#include "cli/attributes_file.h"
#include "cli/missing_clip.h"
#include "cli/network.h"
#include "cli/say.h"
#include "cli/verbs/verbs.h"
#include "format/owner_attributes.h"

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

/* ---- Removing ------------------------------------------------------------------------------- */

enum { NAMES_SHOWN = 180 }; /* bytes of names in a hint */

static int no_such_attribute(const cJSON *there, const char *clip, const char *name, cz_error *err)
{
    buf names = {0};
    const cJSON *member = NULL;
    cJSON_ArrayForEach(member, there)
    {
        const bool fits = names.len + strlen(member->string) < NAMES_SHOWN;
        buf_printf(&names, "%s%s", names.len ? ", " : "", fits ? member->string : "...");
        if (!fits)
            break;
    }
    cz_fail(err, CZ_ABSENT, "%s: \"%.80s\": no such attribute", clip ? clip : "the store", name);
    if (names.len > 0 && buf_text(&names))
        cz_hint(err, "there are: %s", buf_text(&names));
    buf_free(&names);
    return CZ_ABSENT;
}

static cJSON *without(const cJSON *attributes, const text_list *removed)
{
    const cJSON *member = NULL;
    cJSON *out = json_object();
    cJSON_ArrayForEach(member, attributes)
    {
        size_t i = 0;
        while (i < removed->n && strcmp(removed->at[i], member->string) != 0)
            i++;
        if (i == removed->n)
            json_add(out, member->string, json_copy(member));
    }
    return out;
}

/* The text of the attributes without those that --remove names. */
static int without_removed(buf *out, const options *o, cz_store *store, const char *clip,
                           cz_error *err)
{
    char *text = NULL;
    cJSON *attributes = NULL;
    int rc = cz_attributes_read(&text, store, clip, err);
    if (rc == CZ_OK)
        rc = json_parse(&attributes, text, strlen(text), "attributes", err);
    for (size_t i = 0; rc == CZ_OK && i < o->remove.n; i++) {
        const char *name = o->remove.at[i];
        if (owner_attributes_is_reserved(name))
            rc = owner_attributes_refuse(clip ? clip : o->arg[0], name, err);
        else if (!json_at(attributes, name))
            rc = no_such_attribute(attributes, clip, name, err);
    }
    cJSON *kept = rc == CZ_OK ? without(attributes, &o->remove) : NULL;
    if (rc == CZ_OK)
        rc = json_print(out, kept, false, err);
    json_free(kept);
    json_free(attributes);
    cz_attributes_free(&text);
    return rc;
}

int run_attributes(const options *o)
{
    if (o->set && o->remove.n > 0)
        return say_usage("attributes", "--set and --remove: give one of them");
    cz_error err;
    cz_store *store = NULL;
    buf text = {0};
    const char *clip = o->n_args > 1 ? o->arg[1] : NULL;
    const cz_options opts = store_options_of(o);
    int rc = o->set ? attributes_file_read(&text, o->set, &err) : CZ_OK;
    if (rc == CZ_OK)
        rc = cz_open(&store, o->arg[0], &opts, &err);
    if (rc == CZ_OK && o->remove.n > 0)
        rc = without_removed(&text, o, store, clip, &err);
    if (rc == CZ_OK)
        rc = o->set || o->remove.n > 0 ? set(o, store, clip, buf_text(&text), &err)
                                       : show(o, store, clip, &err);
    if (clip && store)
        rc = explain_missing_clip(rc, store, clip, &err);
    network_say_store(o, store);
    cz_close(&store);
    buf_free(&text);
    return rc < 0 ? say_error(&err) : EXIT_DONE;
}
