/* camzarr rm: a clip goes, its commit mark first. */
#include "cli/say.h"
#include "cli/verbs.h"

static int tell(const options *o, const char *clip, cz_error *err)
{
    const char *status = o->dry_run ? "would be removed" : "removed";
    if (!o->json) {
        if (!o->quiet)
            say(stderr, "%s: %s", clip, status);
        return CZ_OK;
    }
    cJSON *line = cJSON_CreateObject();
    json_add_clean(line, "clip", clip);
    json_add_text(line, "status", "removed");
    json_add_bool(line, "dry_run", o->dry_run);
    return say_json(line, err);
}

/* A clip whose mark is damaged can be removed like any other. */
static int is_there(cz_store *store, const char *clip, cz_error *err)
{
    cz_facts *facts = NULL;
    const int rc = cz_facts_read(&facts, store, clip, err);
    cz_facts_free(&facts);
    return rc == CZ_CORRUPT || rc == CZ_FORMAT ? CZ_OK : rc;
}

int run_rm(const options *o)
{
    cz_error err;
    cz_store *store = NULL;
    const char *clip = o->arg[1];
    int rc = cz_open(&store, o->arg[0], NULL, &err);
    if (rc == CZ_OK)
        rc = o->dry_run ? is_there(store, clip, &err) : cz_remove(store, clip, &err);
    if (rc == CZ_OK)
        rc = tell(o, clip, &err);
    cz_close(&store);
    return rc < 0 ? say_error(&err) : EXIT_DONE;
}
