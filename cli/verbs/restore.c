/* camzarr restore: recreates the MOV, bit for bit. */
#include <string.h>

#include "cli/missing_clip.h"
#include "cli/network.h"
#include "cli/out_file.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/verbs/verbs.h"

typedef struct writing {
    out_file f;
    progress bar;
    progress_state done;
    cz_error err; /* of writing: cz_restore() returns only its code */
} writing;

static int write_some(void *user, const void *data, size_t n)
{
    writing *w = user;
    if (interrupted())
        return cz_fail(&w->err, CZ_CANCELLED, "%s: stopped", w->bar.what);
    const int rc = out_write(&w->f, data, n, &w->err);
    w->done.bytes_done += n;
    progress_show(&w->bar, &w->done);
    return rc;
}

/* Print the MD5 in the format of `md5sum -c`, to stderr if the MOV was written to standard output.
 */
static int report(const options *o, const cz_facts *facts, cz_error *err)
{
    const char *path = o->arg[2];
    const bool piped = strcmp(path, "-") == 0;
    if (!o->json) {
        if (!piped || !o->quiet)
            say(piped ? stderr : stdout, "%s  %s", facts->source_md5, path);
        return CZ_OK;
    }
    cJSON *line = json_object();
    json_add_text(line, "clip", facts->name);
    json_add_clean(line, "path", path);
    json_add_u64(line, "bytes", facts->source_bytes);
    json_add_text(line, "md5", facts->source_md5);
    return say_json(line, err);
}

static int restore(const options *o, cz_clip *clip, cz_error *err)
{
    const cz_facts *facts = cz_clip_facts(clip);
    writing w = {.done.bytes_total = facts->source_bytes};
    int rc = out_open(&w.f, o->arg[2], o->overwrite, err);
    if (rc < 0)
        return rc;
    progress_begin(&w.bar, facts->name, o->quiet);
    rc = cz_restore(clip, write_some, &w, err);
    progress_clear(&w.bar);
    if (rc < 0 && w.err.code)
        *err = w.err;
    if (rc == CZ_OK)
        rc = out_publish(&w.f, err);
    out_close(&w.f, err);
    return rc == CZ_OK ? report(o, facts, err) : rc;
}

int run_restore(const options *o)
{
    const cz_options opts = store_options_of(o);
    cz_error err;
    cz_store *store = NULL;
    cz_clip *clip = NULL;
    int rc;
    if (o->json && strcmp(o->arg[2], "-") == 0)
        return say_usage("restore", "--json and -: both use standard output");
    signals_handle();
    if ((rc = cz_open(&store, o->arg[0], &opts, &err)) == CZ_OK &&
        (rc = open_clip(&clip, store, o->arg[1], &err)) == CZ_OK)
        rc = restore(o, clip, &err);
    network_say_store(o, store);
    cz_clip_close(&clip);
    cz_close(&store);
    return rc < 0 ? say_error(&err) : EXIT_DONE;
}
