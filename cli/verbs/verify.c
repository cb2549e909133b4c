/* camzarr verify: read all objects of clips and check them against their digests. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/update/verify.h"
#include "cli/missing_clip.h"
#include "cli/network.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/verbs/verbs.h"
#include "cli/verbs/verify_lines.h"
#include "format/layout.h"
#include "reader/verify_groups.h"

typedef struct checking {
    const options *o;
    const char *clip;
    progress bar;
    uint64_t found;
    finding_group group;
    const cz_store *store; /* NULL: the clip was named, so an unfinished one is a difference */
    bool unfinished;
} checking;

static void say_unfinished(const char *clip)
{
    say(stderr, "%s: incomplete; run camzarr convert again to resume", clip);
}

/* The clip's commit marker was removed after verify_store() read it: a conversion or a removal is
 * in progress. */
static bool is_unfinished(const checking *c, const cz_finding *f)
{
    char key[KEY_MAX];
    uint64_t size;
    if (!c->store || f->code != CZ_ABSENT)
        return false;
    clip_key(key, c->clip, rel_key_marker(c->store->zarr));
    if (strcmp(f->key, key) != 0)
        return false;
    clip_key(key, c->clip, REL_KEY_RECORD);
    return os_stat(c->store->os, key, &size, NULL) == CZ_OK;
}

static void finding(void *user, const cz_finding *f)
{
    checking *c = user;
    if (is_unfinished(c, f)) {
        c->unfinished = true;
        return;
    }
    c->found++;
    progress_clear(&c->bar);
    if (c->o->json)
        finding_print_json(c->clip, f);
    else
        finding_group_add(&c->group, c->clip, f);
}

static int show_progress(void *user, uint64_t done, uint64_t total)
{
    checking *c = user;
    progress_show(&c->bar, &(progress_state){.bytes_done = done, .bytes_total = total});
    return interrupted() || output_failed();
}

static void print_result(const checking *c, int rc, const cz_error *err)
{
    cJSON *line = json_object();
    json_add_clean(line, "clip", c->clip);
    json_add_text(line, "status", rc < 0 ? "failed" : c->found ? "different" : "sound");
    json_add_u64(line, "differences", c->found);
    if (rc < 0)
        json_add_error(line, err);
    cz_error lost;
    (void)say_json(line, &lost); /* output_finish() reports a lost line */
}

/* Returns an exit code. */
static int verify(checking *c, cz_store *store)
{
    const cz_verify_job job = {.source = c->o->source,
                               .decode = c->o->decode,
                               .found = finding,
                               .progress = show_progress,
                               .user = c};
    cz_error err;
    uint64_t differences;
    progress_begin(&c->bar, c->clip, c->o->quiet);
    const int rc = explain_missing_clip(cz_verify(&differences, store, c->clip, &job, &err), store,
                                        c->clip, &err);
    progress_clear(&c->bar);
    finding_group_print(&c->group);
    if (rc == CZ_CANCELLED && output_failed())
        return EXIT_FAILED; /* output_finish() prints the error */
    if (rc == CZ_OK && c->unfinished) {
        say_unfinished(c->clip);
        return EXIT_DONE;
    }
    if (c->o->json)
        print_result(c, rc, &err);
    else if (rc == CZ_OK && c->found == 0 && c->o->verbose)
        say(stdout, "%s: intact", c->clip);
    if (rc < 0)
        return say_error(&err);
    return c->found ? EXIT_DIFFERENT : EXIT_DONE;
}

/* The more severe of two exit codes: interrupted, then a difference, then a usage error, then a
 * failure, then a failure that a retry may cure. */
static int worse(int a, int b)
{
    static const int order[] = {EXIT_STOPPED, EXIT_DIFFERENT, EXIT_USAGE, EXIT_FAILED, EXIT_RETRY};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return EXIT_DONE;
}

static int verify_all(const options *o, cz_store *store, bool is_whole_store, char *const *name,
                      size_t n)
{
    size_t intact = 0, unfinished = 0;
    int code = EXIT_DONE;
    for (size_t i = 0; i < n && code != EXIT_STOPPED && !output_failed(); i++) {
        checking c = {.o = o, .clip = name[i], .store = is_whole_store ? store : NULL};
        const int one = verify(&c, store);
        unfinished += c.unfinished;
        intact += one == EXIT_DONE && !c.unfinished;
        code = worse(code, one);
    }
    if (!o->json && !o->quiet && !output_failed())
        say(stderr, "%zu of %zu clip%s intact", intact, n - unfinished,
            n - unfinished == 1 ? "" : "s");
    return code;
}

/* ---- The store around the clips -------------------------------------------------------------- */

typedef struct listing {
    const options *o;
    object_store *os;
    buf names; /* of folders, each with a NUL */
    int code;
} listing;

/* Each folder below clips/ is a clip or an incomplete one. Files beside the folders are ignored;
 * a symbolic link is reported. */
static int add_folder(void *user, const os_object *o)
{
    listing *l = user;
    checking c = {.o = l->o, .clip = "clips"};
    cz_error err;
    uint64_t size;
    const char *name = o->key + sizeof "clips/" - 1;
    const size_t n = strcspn(name, "/");
    if (name[n] == '/' && n > 0) {
        buf_add(&l->names, name, n);
        buf_add(&l->names, "", 1);
    } else if (os_stat(l->os, o->key, &size, &err) == CZ_DENIED) {
        finding(&c,
                &(cz_finding){.code = CZ_DENIED, .key = o->key, .frame = -1, .what = err.message});
        finding_group_print(&c.group);
        l->code = EXIT_DIFFERENT;
    }
    return CZ_OK;
}

/* A finding about a document above the clips. */
static void found_above(void *user, const cz_finding *f)
{
    checking *c = user;
    const bool is_catalog = strncmp(f->key, "catalog/", 8) == 0;
    c->clip = is_catalog ? "catalog" : strchr(f->key, '/') ? "clips" : "store";
    finding(c, f);
}

/* Returns an exit code. */
static int check_groups(const options *o, cz_store *store)
{
    checking c = {.o = o};
    cz_error err;
    const int rc = verify_groups(store, found_above, &c, &err);
    finding_group_print(&c.group);
    if (rc < 0)
        return say_error(&err);
    return c.found ? EXIT_DIFFERENT : EXIT_DONE;
}

/* A catalog that is out of date is no difference: readers notice it. Returns an exit code. */
static int check_catalog(const options *o, cz_store *store)
{
    checking c = {.o = o};
    catalog_state state;
    cz_error err;
    const int rc = catalog_verify(&state, store, found_above, &c, &err);
    finding_group_print(&c.group);
    if (rc < 0)
        return say_error(&err);
    if (state.is_stale && !o->json && !o->quiet)
        say(stderr,
            "catalog: out of date: %" PRIu64 " clip%s changed; `camzarr catalog` updates it",
            state.clips, state.clips == 1 ? "" : "s");
    return c.found ? EXIT_DIFFERENT : EXIT_DONE;
}

/* Verify every clip that has an object. A clip without a commit marker but with a conversion record
 * is unfinished, which is no difference. */
static int verify_store(const options *o, cz_store *store)
{
    object_store *os = store->os;
    cz_error err;
    size_t n = 0;
    listing l = {.o = o, .os = os, .code = check_groups(o, store)};
    if (os_list(os, "clips/", true, add_folder, &l, &err) < 0)
        l.code = worse(l.code, say_error(&err));
    const buf names = l.names;
    char **name = calloc(names.len + 1, sizeof *name);
    if (!name || names.bad) {
        (void)cz_fail_memory(&err, "%s: names of clips", os->url);
        l.code = worse(l.code, say_error(&err));
    }
    for (size_t at = 0; name && at < names.len; at += strlen((char *)names.at + at) + 1) {
        char key[KEY_MAX];
        uint64_t size;
        name[n] = (char *)names.at + at;
        clip_key(key, name[n], REL_KEY_RECORD);
        const bool begun = os_stat(os, key, &size, NULL) == CZ_OK;
        clip_key(key, name[n], rel_key_marker(store->zarr));
        if (begun && os_stat(os, key, &size, NULL) == CZ_ABSENT)
            say_unfinished(name[n]);
        else
            n++;
    }
    if (name)
        l.code = worse(l.code, verify_all(o, store, true, name, n));
    if (l.code != EXIT_STOPPED)
        l.code = worse(l.code, check_catalog(o, store));
    free(name);
    buf_free(&l.names);
    return l.code;
}

/* A root document that cannot be parsed is a difference; everything else is an error. */
static int report_root(const options *o, const char *url, const cz_network *network,
                       const cz_error *err)
{
    checking c = {.o = o, .clip = "store"};
    uint64_t size;
    cz_error why;
    object_store *os = NULL;
    if (err->code != CZ_CORRUPT && err->code != CZ_FORMAT)
        return say_error(err);
    if (os_open(&os, url, false, network, &why) < 0)
        return say_error(&why);
    const char *key = zarr_attributes_name(ZARR_V3);
    if (os_stat(os, key, &size, NULL) != CZ_OK)
        key = zarr_attributes_name(ZARR_V2);
    const bool is_there = os_stat(os, key, &size, NULL) == CZ_OK;
    os_close(&os);
    if (!is_there)
        return say_error(err);
    /* The finding has the key already. */
    const size_t n = strlen(key);
    const bool named = strncmp(err->message, key, n) == 0 && err->message[n] == ':';
    finding(&c, &(cz_finding){.code = err->code,
                              .key = key,
                              .frame = -1,
                              .what = err->message + (named ? n + 2 : 0)});
    finding_group_print(&c.group);
    return EXIT_DIFFERENT;
}

int run_verify(const options *o)
{
    const cz_options opts = store_options_of(o);
    cz_error err;
    cz_store *store = NULL;
    int code;
    if (o->source && o->n_args != 2)
        return say_usage("verify", "--source: requires exactly one clip");
    signals_handle();
    if (cz_open(&store, o->arg[0], &opts, &err) < 0)
        code = report_root(o, o->arg[0], &opts.network, &err);
    else if (o->n_args == 1)
        code = verify_store(o, store);
    else
        code = verify_all(o, store, false, o->arg + 1, o->n_args - 1);
    network_say_store(o, store);
    cz_close(&store);
    return code;
}
