/* camzarr clean: remove what interrupted conversions and removals left. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/check/unfinished.h"
#include "cli/network.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/units.h"
#include "cli/verbs/verbs.h"
#include "convert/existing/remove.h"

static const uint64_t DAY = 86400 * UINT64_C(1000000000);

typedef struct cleaning {
    const options *o;
    cz_store *store;
    bool has_age; /* --older-than */
    uint64_t age; /* ns */
    size_t removed, kept, failed;
    uint64_t bytes;
    int code; /* of the last failure */
} cleaning;

/* ---- May a clip be removed? ------------------------------------------------------------------ */

/* A bucket and some network file systems have no locks: nothing tells there whether a process works
 * on the clip. The lock is taken for a moment, since only that tells. */
static int has_locks(bool *out, object_store *os, const char *name, cz_error *err)
{
    char prefix[KEY_MAX];
    int lock;
    clip_key(prefix, name, "");
    const int rc = os_lock(os, prefix, &lock, err);
    if (rc < 0)
        return rc;
    *out = lock != OS_LOCK_NONE;
    os_unlock(os, prefix, lock);
    return CZ_OK;
}

/* Why the clip is kept; "" if it may be removed. */
static int reason_to_keep(char out[160], const cleaning *c, const unfinished_clip *u, cz_error *err)
{
    bool certain = false;
    char text[UNITS_TEXT_MAX];
    const int64_t now = (int64_t)time(NULL) * 1000000000;
    *out = '\0';
    if (u->in_progress) {
        (void)snprintf(out, 160, "another process is converting or removing it");
        return CZ_OK;
    }
    const int rc = has_locks(&certain, c->store->os, u->name, err);
    const uint64_t age = c->has_age ? c->age : certain ? 0 : DAY;
    if (rc < 0 || age == 0)
        return rc;
    duration_text(text, now - u->modified);
    if (u->modified == 0)
        (void)snprintf(out, 160, "the service does not tell when it was changed");
    else if (u->modified > now || (uint64_t)(now - u->modified) < age)
        (void)snprintf(out, 160, "changed %s ago%s", text,
                       certain ? "" : ", and without locks a conversion may be in progress");
    return CZ_OK;
}

/* ---- One clip -------------------------------------------------------------------------------- */

static void print_line(const cleaning *c, const unfinished_clip *u, const char *status,
                       const char *reason, const cz_error *failed)
{
    cz_error err;
    char size[UNITS_TEXT_MAX];
    cJSON *line = c->o->json ? json_object() : NULL;
    if (line) {
        json_add_clean(line, "clip", u->name);
        json_add_text(line, "status", status);
        json_add_u64(line, "objects", u->objects);
        json_add_u64(line, "bytes", u->bytes);
        if (*reason)
            json_add_text(line, "reason", reason);
        if (failed)
            json_add_error(line, failed);
        (void)say_json(line, &err);
        return;
    }
    size_text(size, u->bytes);
    if (*reason)
        say(stderr, "%s: kept: %s", u->name, reason);
    else if (!failed && !c->o->quiet)
        say(stderr, "%s: %s: %" PRIu64 " object%s, %s", u->name,
            strcmp(status, "planned") == 0 ? "would be removed" : status, u->objects,
            u->objects == 1 ? "" : "s", size);
}

static void fail(cleaning *c, const unfinished_clip *u, const cz_error *err)
{
    print_line(c, u, "failed", "", err);
    c->failed++;
    c->code = say_error(err);
}

static void report_kept(void *user, const char *key)
{
    (void)user;
    say(stderr, "kept %s: not part of the clip", key);
}

static int clean_clip(void *user, const unfinished_clip *u)
{
    cleaning *c = user;
    char reason[160];
    cz_error err;
    const cz_remove_job job = {.dry_run = c->o->dry_run, .kept = report_kept};
    if (interrupted() || output_failed())
        return CZ_CANCELLED;
    int rc = reason_to_keep(reason, c, u, &err);
    if (rc == CZ_OK && *reason) {
        c->kept++;
        print_line(c, u, "kept", reason, NULL);
        return CZ_OK;
    }
    if (rc == CZ_OK)
        rc = clip_remove_unfinished(c->store->os, c->store->zarr, u->name, &job, &err);
    if (rc < 0) {
        fail(c, u, &err);
        return CZ_OK;
    }
    c->removed++;
    c->bytes += u->bytes;
    print_line(c, u, job.dry_run ? "planned" : "removed", "", NULL);
    return CZ_OK;
}

/* ---- All of them ----------------------------------------------------------------------------- */

static int clean_named(cleaning *c)
{
    for (size_t i = 1; i < c->o->n_args; i++) {
        unfinished_clip u;
        cz_error err;
        int rc = unfinished_read(&u, c->store, c->o->arg[i], &err);
        if (rc == CZ_EXISTS)
            cz_hint(&err, "`camzarr rm` removes complete clips");
        if (rc == CZ_OK)
            rc = clean_clip(c, &u);
        else
            fail(c, &u, &err);
        if (rc == CZ_CANCELLED)
            return rc;
    }
    return CZ_OK;
}

static void say_summary(const cleaning *c)
{
    char size[UNITS_TEXT_MAX];
    size_text(size, c->bytes);
    say(stderr, "%zu unfinished clip%s: %zu %s (%s), %zu kept, %zu failed",
        c->removed + c->kept + c->failed, c->removed + c->kept + c->failed == 1 ? "" : "s",
        c->removed, c->o->dry_run ? "would be removed" : "removed", size, c->kept, c->failed);
}

int run_clean(const options *o)
{
    const cz_options opts = store_options_of(o);
    cleaning c = {.o = o, .has_age = o->older_than};
    cz_error err = {0};
    if (o->older_than && !duration_parse(&c.age, o->older_than))
        return say_usage("clean", "--older-than %s: not a time such as 90s, 10m or 2h",
                         o->older_than);
    signals_handle();
    int rc = cz_open(&c.store, o->arg[0], &opts, &err);
    if (rc == CZ_OK)
        rc = o->n_args > 1 ? clean_named(&c) : unfinished_each(c.store, NULL, clean_clip, &c, &err);
    if (rc == CZ_CANCELLED)
        c.code = output_failed() ? EXIT_FAILED : EXIT_STOPPED;
    else if (rc < 0)
        c.code = say_error(&err);
    else if (!o->quiet && !o->json)
        say_summary(&c);
    network_say_store(o, c.store);
    cz_close(&c.store);
    return rc == CZ_OK && c.failed > 0 && c.removed > 0 ? EXIT_SOME_FAILED : c.code;
}
