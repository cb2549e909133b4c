/* camzarr rm: a clip goes, its commit mark first. */
#include "cli/say.h"
#include "cli/verbs.h"
#include "store/layout.h"
#include "store/object_store.h"

static int tell(const options *o, const char *clip, cz_error *err)
{
    const char *status = o->dry_run ? "would be removed" : "removed";
    if (!o->json) {
        if (!o->quiet)
            say(stderr, "%s: %s", clip, status);
        return CZ_OK;
    }
    cJSON *line = json_object();
    json_add_clean(line, "clip", clip);
    json_add_text(line, "status", o->dry_run ? "planned" : "removed");
    return say_json(line, err);
}

static int is_one(void *user, const os_object *o)
{
    (void)o;
    *(bool *)user = true;
    return 1; /* enough is known */
}

/* Whatever has an object of that name can be removed: a clip that is damaged, or was never finished. */
static int is_there(const char *url, const char *clip, cz_error *err)
{
    char prefix[KEY_MAX];
    object_store *os = NULL;
    bool there = false;
    if (!clip_name_ok(clip))
        return cz_fail(err, CZ_USAGE, "%s: no name of a clip", clip);
    key_clip(prefix, clip, "");
    int rc = os_open(&os, url, false, NULL, err);
    if (rc == CZ_OK)
        rc = os_list(os, prefix, false, is_one, &there, err);
    os_close(&os);
    if (rc >= 0)
        rc = there ? CZ_OK : cz_fail(err, CZ_ABSENT, "clips/%s: no such clip", clip);
    return rc;
}

int run_rm(const options *o)
{
    cz_error err;
    cz_store *store = NULL;
    const char *clip = o->arg[1];
    int rc = cz_open(&store, o->arg[0], NULL, &err);
    if (rc == CZ_OK)
        rc = o->dry_run ? is_there(o->arg[0], clip, &err) : cz_remove(store, clip, &err);
    if (rc == CZ_OK)
        rc = tell(o, clip, &err);
    cz_close(&store);
    return rc < 0 ? say_error(&err) : EXIT_DONE;
}
