/* camzarr rm: remove a clip. */
#include "cli/missing_clip.h"
#include "cli/say.h"
#include "cli/verbs/verbs.h"
#include "format/layout.h"
#include "reader/reader.h"
#include "store/cloud/probe.h"

static int report(const options *o, const char *clip, cz_error *err)
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

static void report_kept(void *user, const char *key)
{
    (void)user;
    say(stderr, "kept %s: not part of the clip", key);
}

/* Does the bucket keep versions of what is removed? Told by the response for the commit marker. */
static bool keeps_versions(const cz_store *store, const char *clip)
{
    char key[KEY_MAX];
    probe_answer answer;
    if (!os_behind_http(store->os) || !clip_name_ok(clip))
        return false;
    clip_key(key, clip, rel_key_marker(store->zarr));
    return os_probe(store->os, key, &answer, NULL) == CZ_OK && answer.keeps_versions;
}

int run_rm(const options *o)
{
    cz_error err;
    cz_store *store = NULL;
    const char *clip = o->arg[1];
    const cz_remove_job job = {.dry_run = o->dry_run, .kept = report_kept};
    int rc = cz_open(&store, o->arg[0], NULL, &err);
    const bool versions = rc == CZ_OK && !o->dry_run && keeps_versions(store, clip);
    if (rc == CZ_OK)
        rc = explain_missing_clip(cz_remove(store, clip, &job, &err), store, clip, &err);
    if (rc == CZ_OK)
        rc = report(o, clip, &err);
    if (rc == CZ_OK && versions && !o->quiet)
        say(stderr, "%s: the bucket keeps its objects as versions, which cost storage", clip);
    cz_close(&store);
    return rc < 0 ? say_error(&err) : EXIT_DONE;
}
