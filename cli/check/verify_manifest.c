#include "cli/check/verify_manifest.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/workers.h"
#include "cli/check/manifest_file.h"
#include "cli/check/verify_clip.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "convert/inventory.h"
#include "manifest/manifest.h"
#include "manifest/md5_text.h"

enum { FINDINGS_MAX = 4, CONCURRENT = 16 };

/* What was found out about a row. */
typedef struct row_check {
    const manifest_row *row;
    clip_state state;
    bool is_sampled, is_done;
    size_t n;
    struct {
        int code;
        char *key, *what; /* owned */
    } finding[FINDINGS_MAX];
    cz_error *err; /* with CLIP_FAILED */
} row_check;

typedef struct run {
    const options *o;
    cz_store *store;
    row_check *at;
    size_t n;
    pthread_mutex_t lock; /* of everything below, of is_done, and of output */
    size_t printed;       /* rows, from the first on */
    size_t count[N_CLIP_STATES], read;
    int code;
    progress bar;
} run;

/* ---- One clip -------------------------------------------------------------------------------- */

static int add_finding(row_check *c, int code, const char *clip, const char *rel_key,
                       const char *what, cz_error *err)
{
    char key[KEY_MAX];
    clip_key(key, clip, rel_key);
    c->state = code == CZ_ABSENT && c->state != CLIP_DIFFERENT ? c->state : CLIP_DIFFERENT;
    c->finding[c->n].code = code;
    c->finding[c->n].key = strdup(key);
    c->finding[c->n].what = strdup(what);
    c->n++; /* freed by row_check_free() in any case */
    return c->finding[c->n - 1].key && c->finding[c->n - 1].what ? CZ_OK
                                                                 : cz_fail_memory(err, "%s", clip);
}

/* The source that the clip was made of, and the one that the manifest has. */
static int compare_source(row_check *c, const commit_marker *m, const char *clip, cz_error *err)
{
    const manifest_row *row = c->row;
    const cz_facts *f = &m->facts;
    const char *marker = rel_key_marker(m->zarr);
    char base[MANIFEST_SOURCE_MAX + 1], md5[33], what[sizeof((cz_error *)NULL)->message];
    const bool is_exact = row->size != MANIFEST_SIZE_UNKNOWN && !row->size_is_rounded;
    int rc = CZ_OK;
    manifest_base(base, row->source);
    md5_format(md5, row->md5);
    if (strcmp(f->source_name, base) != 0) {
        (void)snprintf(what, sizeof what, "converted from %.200s, the manifest has %.200s",
                       f->source_name, base);
        rc = add_finding(c, CZ_CHANGED, clip, marker, what, err);
    }
    if (rc == CZ_OK && is_exact && f->source_bytes != row->size) {
        (void)snprintf(what, sizeof what,
                       "converted from %" PRIu64 " bytes, the manifest has %" PRIu64,
                       f->source_bytes, row->size);
        rc = add_finding(c, CZ_CHANGED, clip, marker, what, err);
    }
    if (rc == CZ_OK && row->has_md5 && strcmp(f->source_md5, md5) != 0) {
        (void)snprintf(what, sizeof what, "the source's MD5 is %s, the manifest has %s",
                       f->source_md5, md5);
        rc = add_finding(c, CZ_CHANGED, clip, marker, what, err);
    }
    return rc;
}

/* The objects that the marker names, compared with a listing. */
static int compare_objects(row_check *c, object_store *os, const commit_marker *m, const char *clip,
                           cz_error *err)
{
    inventory v = {0};
    size_t wrong = 0;
    char first[INVENTORY_WHAT] = "", what[INVENTORY_WHAT + 80];
    cz_error why = {0};
    int rc = inventory_of_marker(&v, os, m, clip, &why);
    if (rc == CZ_ABSENT || rc == CZ_CORRUPT || rc == CZ_FORMAT) {
        rc = add_finding(c, rc, clip, REL_KEY_CHUNK_LIST, why.message, &why);
        c->state = CLIP_DIFFERENT;
    } else if (rc == CZ_OK) {
        rc = inventory_check(&v, os, clip, &wrong, first, &why);
    }
    if (rc == CZ_OK && wrong > 0) {
        (void)snprintf(what, sizeof what, "%zu object%s missing or of another size: %s", wrong,
                       wrong == 1 ? "" : "s", first);
        rc = add_finding(c, CZ_CORRUPT, clip, "", what, &why);
    }
    inventory_free(&v);
    if (rc < 0 && err)
        *err = why;
    return rc;
}

/* There is no commit marker. */
static int explain_absence(row_check *c, object_store *os, const char *clip, cz_error *err)
{
    char key[KEY_MAX];
    uint64_t size;
    clip_key(key, clip, REL_KEY_RECORD);
    const int rc = os_stat(os, key, &size, err);
    if (rc < 0 && rc != CZ_ABSENT)
        return rc;
    c->state = rc == CZ_OK ? CLIP_UNFINISHED : CLIP_MISSING;
    return CZ_OK;
}

static int check_row(row_check *c, const run *r, const char *clip, cz_error *err)
{
    object_store *os = r->store->os;
    const zarr_format zarr = r->store->zarr;
    commit_marker *m = NULL;
    cz_error why = {0};
    c->state = CLIP_SOUND;
    if (!clip_name_ok(clip)) {
        c->state = CLIP_MISSING;
        return CZ_OK;
    }
    int rc = commit_marker_read(&m, os, zarr, clip, &why);
    if (rc == CZ_ABSENT) {
        rc = explain_absence(c, os, clip, &why);
    } else if (rc == CZ_CORRUPT || rc == CZ_FORMAT) {
        rc = add_finding(c, rc, clip, rel_key_marker(zarr), why.message, &why);
        c->state = CLIP_DIFFERENT;
    } else if (rc == CZ_OK) {
        rc = compare_source(c, m, clip, &why);
        if (rc == CZ_OK)
            rc = compare_objects(c, os, m, clip, &why);
    }
    commit_marker_free(&m);
    if (rc < 0 && err)
        *err = why;
    return rc;
}

/* ---- Output ---------------------------------------------------------------------------------- */

static void print_findings(const run *r, const row_check *c, const char *clip)
{
    finding_group group = {0};
    for (size_t i = 0; i < c->n; i++) {
        const cz_finding f = {.code = c->finding[i].code,
                              .key = c->finding[i].key,
                              .frame = -1,
                              .what = c->finding[i].what};
        if (r->o->json)
            finding_print_json(clip, &f);
        else
            finding_group_add(&group, clip, &f);
    }
    finding_group_print(&group);
    if (!r->o->json && c->state == CLIP_MISSING)
        say(stdout, "%s: not in the store", clip);
    if (!r->o->json && c->state == CLIP_UNFINISHED)
        say(stdout, "%s: incomplete; run camzarr convert again to resume", clip);
}

/* What a listing shows of a clip; of a sampled clip the rest follows when its bytes are read. */
static void print_row(run *r, row_check *c)
{
    char clip[MANIFEST_SOURCE_MAX + 1];
    manifest_name(clip, c->row);
    progress_clear(&r->bar);
    print_findings(r, c, clip);
    if (c->state != CLIP_SOUND && c->state != CLIP_FAILED)
        r->code = verify_worse(r->code, EXIT_DIFFERENT);
    if (c->is_sampled && c->state == CLIP_SOUND)
        return;
    r->count[c->state]++;
    if (r->o->json)
        clip_result_print(
            &(clip_result){.clip = clip, .state = c->state, .differences = c->n, .err = c->err});
    else if (c->state == CLIP_SOUND && r->o->verbose)
        say(stdout, "%s: whole", clip);
    if (c->err)
        r->code = verify_worse(r->code, say_error(c->err));
}

/* Print the rows that are done, in the manifest's order. */
static void print_done(run *r)
{
    for (; r->printed < r->n && r->at[r->printed].is_done; r->printed++)
        print_row(r, &r->at[r->printed]);
    char note[60];
    (void)snprintf(note, sizeof note, "%zu of %zu clips", r->printed, r->n);
    progress_show(&r->bar, &(progress_state){.note = note});
}

static void say_summary(const run *r)
{
    static const struct {
        clip_state state;
        const char *word;
    } part[] = {{CLIP_MISSING, "missing"},
                {CLIP_UNFINISHED, "incomplete"},
                {CLIP_DIFFERENT, "different"},
                {CLIP_FAILED, "could not be verified"}};
    char text[300];
    size_t n = (size_t)snprintf(text, sizeof text, "%zu of %zu clip%s intact", r->count[CLIP_SOUND],
                                r->n, r->n == 1 ? "" : "s");
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        if (r->count[part[i].state])
            n += (size_t)snprintf(text + n, sizeof text - n, ", %zu %s", r->count[part[i].state],
                                  part[i].word);
    if (r->o->sample)
        (void)snprintf(text + n, sizeof text - n, "; all bytes of %zu read", r->read);
    say(stderr, "%s", text);
}

/* ---- All of them ----------------------------------------------------------------------------- */

static int run_row(void *ctx, unsigned worker, void *item, cz_error *err)
{
    run *r = ctx;
    row_check *c = item;
    char clip[MANIFEST_SOURCE_MAX + 1];
    cz_error why = {0};
    (void)worker;
    if (interrupted() || output_failed())
        return CZ_OK;
    manifest_name(clip, c->row);
    if (check_row(c, r, clip, &why) < 0) {
        c->state = CLIP_FAILED;
        c->err = malloc(sizeof *c->err);
        if (!c->err)
            return cz_fail_memory(err, "%s", clip);
        *c->err = why;
    }
    (void)pthread_mutex_lock(&r->lock);
    c->is_done = true;
    print_done(r);
    (void)pthread_mutex_unlock(&r->lock);
    return CZ_OK;
}

static int check_all(run *r, cz_error *err)
{
    static const worker_ops ops = {.run = run_row};
    const uint64_t given = r->o->connections;
    const unsigned threads = given && given < CONCURRENT ? (unsigned)given : CONCURRENT;
    workers *pool = NULL;
    int rc = workers_start(&pool, threads, threads, &ops, r, err);
    for (size_t i = 0; rc == CZ_OK && i < r->n; i++)
        workers_push(pool, &r->at[i]);
    const int joined = workers_join(&pool, rc == CZ_OK ? err : NULL);
    return rc == CZ_OK ? joined : rc;
}

/* Read all objects of the sampled clips of which a listing shows nothing wrong. */
static void read_sample(run *r)
{
    char clip[MANIFEST_SOURCE_MAX + 1];
    for (size_t i = 0; i < r->n && !interrupted() && !output_failed(); i++) {
        clip_state state;
        if (!r->at[i].is_sampled || r->at[i].state != CLIP_SOUND)
            continue;
        manifest_name(clip, r->at[i].row);
        r->code = verify_worse(r->code, clip_verify(&state, r->o, r->store, clip, true, NULL));
        r->count[state]++;
        r->read += state != CLIP_FAILED;
    }
}

typedef struct sample_entry {
    uint64_t order;
    row_check *row;
} sample_entry;

static int by_order(const void *a, const void *b)
{
    const sample_entry *x = a, *y = b;
    return (x->order > y->order) - (x->order < y->order);
}

/* Of n clips, percent % and at least one are sampled: those whose names have the smallest digests.
 * So the sample depends on the names alone, and a larger one has all clips of a smaller one. */
static int choose_sample(run *r, double percent, cz_error *err)
{
    char clip[MANIFEST_SOURCE_MAX + 1], hex[SHA256_HEX + 1];
    sample_entry *entry = calloc(r->n, sizeof *entry);
    int rc = entry ? CZ_OK : cz_fail_memory(err, "%zu clips", r->n);
    for (size_t i = 0; rc == CZ_OK && i < r->n; i++) {
        manifest_name(clip, r->at[i].row);
        rc = sha256_hex(hex, clip, strlen(clip), err);
        hex[16] = '\0';
        entry[i] = (sample_entry){rc == CZ_OK ? strtoull(hex, NULL, 16) : 0, &r->at[i]};
    }
    if (rc == CZ_OK) {
        qsort(entry, r->n, sizeof *entry, by_order);
        const double wanted = ceil((double)r->n * percent / 100);
        for (size_t i = 0; i < r->n && (double)i < wanted; i++)
            entry[i].row->is_sampled = true;
    }
    free(entry);
    return rc;
}

/* "1%": above 0 and at most 100. */
static bool parse_percent(double *out, const char *text)
{
    char *end;
    *out = strtod(text, &end);
    return end > text && strcmp(end, "%") == 0 && *out > 0 && *out <= 100;
}

static void run_free(run *r)
{
    for (size_t i = 0; i < r->n; i++) {
        for (size_t k = 0; k < r->at[i].n; k++) {
            free(r->at[i].finding[k].key);
            free(r->at[i].finding[k].what);
        }
        free(r->at[i].err);
    }
    free(r->at);
}

static int verify_rows(run *r, const manifest *rows, double percent, cz_error *err)
{
    r->n = manifest_count(rows);
    r->at = calloc(r->n, sizeof *r->at);
    if (!r->at) {
        r->n = 0;
        return cz_fail_memory(err, "%zu clips", manifest_count(rows));
    }
    for (size_t i = 0; i < r->n; i++)
        r->at[i].row = manifest_at(rows, i);
    int rc = percent > 0 ? choose_sample(r, percent, err) : CZ_OK;
    progress_begin(&r->bar, "verify", r->o->quiet);
    if (rc == CZ_OK)
        rc = check_all(r, err);
    progress_clear(&r->bar);
    if (rc == CZ_OK)
        read_sample(r);
    return rc;
}

int verify_manifest(const options *o, cz_store *store)
{
    run r = {.o = o, .store = store};
    cz_error err;
    manifest *rows = NULL;
    double percent = 0;
    if (o->sample && !parse_percent(&percent, o->sample))
        return say_usage("verify", "--sample %s: not a percentage such as 1%%", o->sample);
    if (manifest_new(&rows, &err) < 0)
        return say_error(&err);
    signals_interrupt_reads(true);
    int code = manifest_file_read(rows, o->manifest);
    signals_interrupt_reads(false);
    if (code == 0) {
        (void)pthread_mutex_init(&r.lock, NULL);
        const int rc = verify_rows(&r, rows, percent, &err);
        code = rc < 0 ? verify_worse(r.code, say_error(&err)) : r.code;
        if (interrupted())
            code = EXIT_STOPPED;
        else if (!o->quiet && !output_failed())
            say_summary(&r);
        (void)pthread_mutex_destroy(&r.lock);
    }
    run_free(&r);
    manifest_free(&rows);
    return code;
}
