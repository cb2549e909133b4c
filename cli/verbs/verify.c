/* camzarr verify: read all objects of clips and check them against their digests. */
#include <stdlib.h>
#include <string.h>

#include "cli/network.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/verbs/verbs.h"
#include "cli/check/verify_clip.h"
#include "cli/check/verify_manifest.h"
#include "cli/check/verify_report.h"
#include "format/layout.h"
#include "reader/verify_groups.h"

static int verify_all(const options *o, cz_store *store, bool is_whole_store, char *const *name,
                      size_t n, verify_report *report)
{
    size_t intact = 0, unfinished = 0;
    int code = EXIT_DONE;
    for (size_t i = 0; i < n && code != EXIT_STOPPED && !output_failed(); i++) {
        clip_state state;
        code = verify_worse(code, clip_verify(&state, o, store, name[i], !is_whole_store, report));
        unfinished += state == CLIP_UNFINISHED;
        intact += state == CLIP_SOUND;
    }
    if (!o->json && !o->quiet && !output_failed())
        say(stderr, "%zu of %zu clip%s intact", intact, n - unfinished,
            n - unfinished == 1 ? "" : "s");
    return code;
}

/* ---- The store around the clips -------------------------------------------------------------- */

typedef struct listing {
    const options *o;
    verify_report *report;
    object_store *os;
    buf names; /* of folders, each with a NUL */
    int code;
} listing;

/* Findings about documents above the clips. */
typedef struct above {
    const options *o;
    verify_report *report;
    uint64_t found;
    finding_group group;
} above;

static void found_above(void *user, const cz_finding *f)
{
    above *a = user;
    const char *where = strchr(f->key, '/') ? "clips" : "store";
    a->found++;
    verify_report_above(a->report, f);
    if (a->o->json)
        finding_print_json(where, f);
    else
        finding_group_add(&a->group, where, f);
}

/* Each folder below clips/ is a clip or an incomplete one. Files beside the folders are ignored;
 * a symbolic link is reported. */
static int add_folder(void *user, const os_object *o)
{
    listing *l = user;
    cz_error err;
    uint64_t size;
    const char *name = o->key + sizeof "clips/" - 1;
    const size_t n = strcspn(name, "/");
    if (name[n] == '/' && n > 0) {
        buf_add(&l->names, name, n);
        buf_add(&l->names, "", 1);
    } else if (os_stat(l->os, o->key, &size, &err) == CZ_DENIED) {
        above a = {.o = l->o, .report = l->report};
        found_above(
            &a, &(cz_finding){.code = CZ_DENIED, .key = o->key, .frame = -1, .what = err.message});
        finding_group_print(&a.group);
        l->code = EXIT_DIFFERENT;
    }
    return CZ_OK;
}

/* Returns an exit code. */
static int check_groups(const options *o, cz_store *store, verify_report *report)
{
    above a = {.o = o, .report = report};
    cz_error err;
    const int rc = verify_groups(store, found_above, &a, &err);
    finding_group_print(&a.group);
    if (rc < 0)
        return say_error(&err);
    return a.found ? EXIT_DIFFERENT : EXIT_DONE;
}

/* Verify every clip that has an object. A clip without a commit marker but with a conversion record
 * is unfinished, which is no difference. */
static int verify_store(const options *o, cz_store *store, verify_report *report)
{
    object_store *os = store->os;
    cz_error err;
    size_t n = 0;
    listing l = {.o = o, .report = report, .os = os, .code = check_groups(o, store, report)};
    if (os_list(os, "clips/", true, add_folder, &l, &err) < 0)
        l.code = verify_worse(l.code, say_error(&err));
    const buf names = l.names;
    char **name = calloc(names.len + 1, sizeof *name);
    if (!name || names.bad) {
        (void)cz_fail_memory(&err, "%s: names of clips", os->url);
        l.code = verify_worse(l.code, say_error(&err));
    }
    for (size_t at = 0; name && at < names.len; at += strlen((char *)names.at + at) + 1) {
        char key[KEY_MAX];
        uint64_t size;
        name[n] = (char *)names.at + at;
        clip_key(key, name[n], REL_KEY_RECORD);
        const bool begun = os_stat(os, key, &size, NULL) == CZ_OK;
        clip_key(key, name[n], rel_key_marker(store->zarr));
        if (begun && os_stat(os, key, &size, NULL) == CZ_ABSENT) {
            verify_report_clip(report, name[n]);
            verify_report_result(report, CLIP_UNFINISHED, 0, NULL);
            clip_unfinished_say(o, name[n]);
        } else {
            n++;
        }
    }
    if (name)
        l.code = verify_worse(l.code, verify_all(o, store, true, name, n, report));
    free(name);
    buf_free(&l.names);
    return l.code;
}

/* A root document that cannot be parsed is a difference; everything else is an error. */
static int report_root(const options *o, const char *url, const cz_network *network,
                       const cz_error *err)
{
    above a = {.o = o};
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
    found_above(&a, &(cz_finding){.code = err->code,
                                  .key = key,
                                  .frame = -1,
                                  .what = err->message + (named ? n + 2 : 0)});
    finding_group_print(&a.group);
    return EXIT_DIFFERENT;
}

static int check_options(const options *o)
{
    if (o->source && o->n_args != 2)
        return say_usage("verify", "--source: requires exactly one clip");
    if (o->manifest && o->n_args > 1)
        return say_usage("verify", "%s: a clip beside --manifest", o->arg[1]);
    if (o->sample && !o->manifest)
        return say_usage("verify", "--sample: requires --manifest");
    if (o->report && o->manifest)
        return say_usage("verify", "--report and --manifest: a report is of clips that are read");
    if (o->manifest && o->decode && !o->sample)
        return say_usage("verify", "--decode: requires --sample with --manifest");
    return EXIT_DONE;
}

static int verify_with_report(const options *o, cz_store *store)
{
    cz_error err;
    verify_report *report = NULL;
    if (verify_report_open(&report, o, store, &err) < 0)
        return say_error(&err);
    const int code = o->n_args == 1
                         ? verify_store(o, store, report)
                         : verify_all(o, store, false, o->arg + 1, o->n_args - 1, report);
    const int end = verify_report_publish(report, code);
    verify_report_close(&report);
    return end;
}

int run_verify(const options *o)
{
    const cz_options opts = store_options_of(o);
    cz_error err;
    cz_store *store = NULL;
    int code = check_options(o);
    if (code != EXIT_DONE)
        return code;
    signals_handle();
    if (cz_open(&store, o->arg[0], &opts, &err) < 0)
        code = report_root(o, o->arg[0], &opts.network, &err);
    else if (o->manifest)
        code = verify_manifest(o, store);
    else
        code = verify_with_report(o, store);
    network_say_store(o, store);
    cz_close(&store);
    return code;
}
