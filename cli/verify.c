/* camzarr verify: read all of some clips again, and check it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/network.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "cli/verbs.h"
#include "store/layout.h"
#include "store/object_store.h"
#include "reader/reader.h"

typedef struct checking {
    const options *o;
    const char *clip;
    progress bar;
    uint64_t found;
} checking;

static void print_line(cJSON *line)
{
    cz_error err;
    if (say_json(line, &err) < 0)
        (void)say_error(&err);
}

static void finding(void *user, const cz_finding *f)
{
    checking *c = user;
    c->found++;
    progress_clear(&c->bar);
    if (!c->o->json) {
        say(stdout, "%s: %s: %s", c->clip, f->key, f->what);
        return;
    }
    cJSON *line = json_object();
    json_add_clean(line, "clip", c->clip);
    json_add_text(line, "code", cz_code_name(f->code));
    json_add_clean(line, "key", f->key);
    if (f->frame >= 0)
        json_add_i64(line, "frame", f->frame);
    json_add_clean(line, "what", f->what);
    print_line(line);
}

static int tell_progress(void *user, uint64_t done, uint64_t total)
{
    checking *c = user;
    progress_tell(&c->bar, &(progress_state){.bytes_done = done, .bytes_total = total});
    return stop_asked();
}

static void print_result(const checking *c, int rc, const cz_error *err)
{
    cJSON *line = json_object();
    json_add_clean(line, "clip", c->clip);
    json_add_text(line, "status", rc < 0 ? "failed" : c->found ? "different" : "sound");
    json_add_u64(line, "differences", c->found);
    if (rc < 0)
        json_add_error(line, err);
    print_line(line);
}

/* Returns an exit code. */
static int verify(checking *c, cz_store *store)
{
    const cz_verify_job job = {.source = c->o->source,
                               .decode = c->o->decode,
                               .found = finding,
                               .progress = tell_progress,
                               .user = c};
    cz_error err;
    uint64_t differences;
    progress_begin(&c->bar, c->clip, c->o->quiet);
    const int rc = cz_verify(&differences, store, c->clip, &job, &err);
    progress_clear(&c->bar);
    if (c->o->json)
        print_result(c, rc, &err);
    else if (rc == CZ_OK && c->found == 0 && c->o->verbose)
        say(stdout, "%s: sound", c->clip);
    if (rc < 0)
        return say_error(&err);
    return c->found ? EXIT_DIFFERENT : EXIT_DONE;
}

/* Of several exit codes the one that matters most: being stopped, then a difference, then a failure,
 * then one where a retry may help. */
static int worse(int a, int b)
{
    static const int order[] = {EXIT_STOPPED, EXIT_DIFFERENT, EXIT_USAGE, EXIT_FAILED, EXIT_RETRY};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return EXIT_DONE;
}

static int verify_all(const options *o, cz_store *store, char *const *name, size_t n)
{
    size_t sound = 0;
    int code = EXIT_DONE;
    for (size_t i = 0; i < n && code != EXIT_STOPPED; i++) {
        checking c = {.o = o, .clip = name[i]};
        const int one = verify(&c, store);
        sound += one == EXIT_DONE;
        code = worse(code, one);
    }
    if (!o->json && !o->quiet)
        say(stderr, "%zu of %zu clip%s sound", sound, n, n == 1 ? "" : "s");
    return code;
}

/* ---- The store around the clips ---------------------------------------------------------------- */

static int add_folder(void *user, const os_object *o)
{
    buf *names = user;
    const char *name = o->key + sizeof "clips/" - 1;
    const size_t n = strcspn(name, "/");
    if (name[n] == '/' && n > 0) {
        buf_add(names, name, n);
        buf_add(names, "", 1);
    }
    return CZ_OK;
}

/* Is the group of the clips one that Zarr opens? */
static int check_clips_group(const options *o, const cz_store *store, object_store *os)
{
    char key[KEY_MAX];
    checking c = {.o = o, .clip = "clips"};
    cJSON *doc = NULL;
    buf text = {0};
    cz_error err;
    const char *node, *kind;
    uint64_t version;
    const bool whole = store->zarr == ZARR_V3; /* else these are its attributes alone */
    (void)snprintf(key, sizeof key, "clips/%s", zarr_attributes_name(store->zarr));
    int rc = os_get_all(os, key, 1 << 20, &text, &err);
    if (rc == CZ_OK && (rc = json_parse(&doc, text.at, text.len, key, &err)) == CZ_OK &&
        (!whole || ((rc = json_u64(&version, doc, "zarr_format", key, &err)) == CZ_OK &&
                    (rc = json_text(&node, doc, "node_type", key, &err)) == CZ_OK)) &&
        (rc = json_text(&kind, doc, whole ? "attributes.camzarr.kind" : "camzarr.kind", key,
                        &err)) == CZ_OK &&
        ((whole && (version != 3 || strcmp(node, "group") != 0)) || strcmp(kind, "clips") != 0))
        rc = cz_fail(&err, CZ_FORMAT, "%s: not the group of a store's clips", key);
    json_free(doc);
    buf_free(&text);
    if (rc < 0)
        finding(&c, &(cz_finding){.code = rc, .key = key, .frame = -1, .what = err.message});
    return rc < 0 ? EXIT_DIFFERENT : EXIT_DONE;
}

/* Every clip that has an object; one without its mark is told of by the library. A clip that is being
 * made, or was left so, is no difference yet. */
static int verify_store(const options *o, cz_store *store, object_store *os)
{
    cz_error err;
    buf names = {0};
    size_t n = 0;
    int code = check_clips_group(o, store, os);
    if (os_list(os, "clips/", true, add_folder, &names, &err) < 0)
        code = say_error(&err);
    char **name = calloc(names.len + 1, sizeof *name);
    for (size_t at = 0; name && at < names.len; at += strlen((char *)names.at + at) + 1) {
        char key[KEY_MAX];
        uint64_t size;
        name[n] = (char *)names.at + at;
        key_clip(key, name[n], REST_BEGUN);
        const bool begun = os_stat(os, key, &size, NULL) == CZ_OK;
        key_clip(key, name[n], rest_mark(store->zarr));
        if (begun && os_stat(os, key, &size, NULL) == CZ_ABSENT)
            say(stderr, "%s: begun and not finished; converting it again goes on", name[n]);
        else
            n++;
    }
    if (name)
        code = worse(code, verify_all(o, store, name, n));
    free(name);
    buf_free(&names);
    return code;
}

/* The store can't be opened: damaged, if there is one. */
static int told_root(const options *o, object_store *os, const cz_error *err)
{
    checking c = {.o = o, .clip = "store"};
    uint64_t size;
    const char *key = zarr_attributes_name(ZARR_V3);
    if (os_stat(os, key, &size, NULL) != CZ_OK)
        key = zarr_attributes_name(ZARR_V2);
    if ((err->code != CZ_CORRUPT && err->code != CZ_FORMAT) ||
        os_stat(os, key, &size, NULL) != CZ_OK)
        return say_error(err);
    finding(&c, &(cz_finding){.code = err->code, .key = key, .frame = -1, .what = err->message});
    return EXIT_DIFFERENT;
}

int run_verify(const options *o)
{
    const cz_options opts = store_options_of(o);
    cz_error err;
    cz_store *store = NULL;
    object_store *os = NULL;
    int code;
    if (o->source && o->n_args != 2)
        return say_usage("verify", "--source: it is compared with one clip, so name one");
    stop_on_signals();
    if (os_open(&os, o->arg[0], false, &opts.network, &err) < 0)
        code = say_error(&err);
    else if (cz_open(&store, o->arg[0], &opts, &err) < 0)
        code = told_root(o, os, &err);
    else if (o->n_args == 1)
        code = verify_store(o, store, os);
    else
        code = verify_all(o, store, o->arg + 1, o->n_args - 1);
    network_say_store(o, store);
    cz_close(&store);
    os_close(&os);
    return code;
}
