#include "manifest/check.h"

#include <pthread.h>
#include <string.h>

#include "base/workers.h"
#include "mov/mov.h"
#include "source/source.h"

typedef struct check {
    manifest *m;
    const check_options *o;
    cz_network network;   /* of one source */
    pthread_mutex_t lock; /* of everything below, and of the manifest's texts */
    size_t done, failing;
    bool stopped;
} check;

/* What was found of a source. */
typedef struct finding {
    int rc;
    uint64_t size;
    uint64_t frames;
    bool lacks_moov;
    cz_error err;
} finding;

static void open_source(finding *f, const check *c, const manifest_row *row)
{
    source *s = NULL;
    mov_movie *movie = NULL;
    f->size = MANIFEST_SIZE_UNKNOWN;
    f->rc = source_open(&s, row->source, &c->network, &f->err);
    if (f->rc == CZ_OK) {
        const mov_input in = {source_read_at, s, source_size(s), source_name(s)};
        f->size = in.size;
        f->rc = in.size ? mov_open(&movie, &in, &f->err) : CZ_OK;
        f->lacks_moov = f->rc == CZ_ABSENT;
        f->frames = movie ? movie->n_frames : 0;
    }
    if (f->lacks_moov)
        f->rc = CZ_OK;
    mov_close(&movie);
    source_close(&s);
}

/* A file of another size than the listing's was replaced or is still being written: the check's
 * size counts, for it is the conversion's, too. */
static int note_finding(check *c, manifest_row *row, const finding *f, cz_error *err)
{
    row->why = NULL;
    row->problem = MANIFEST_SOUND;
    if (f->rc < 0) {
        row->problem = MANIFEST_UNREADABLE;
        return manifest_explain(c->m, row, f->err.message, err);
    }
    row->size = f->size;
    row->size_is_rounded = false;
    row->frames = f->frames <= UINT32_MAX ? (uint32_t)f->frames : 0;
    row->is_unread = false;
    if (f->size == 0)
        row->problem = MANIFEST_EMPTY;
    else if (f->lacks_moov)
        row->problem = MANIFEST_BROKEN_OFF;
    return CZ_OK;
}

/* Whether a conversion refuses the name of the clip. */
static bool has_bad_name(finding *f, const check *c, const manifest_row *row)
{
    char name[MANIFEST_SOURCE_MAX + 1];
    manifest_name(name, row);
    if (!c->o->name_ok || c->o->name_ok(name))
        return false;
    f->rc =
        cz_fail(&f->err, CZ_USAGE, "%.100s: invalid clip name: set \"name\" in the manifest", name);
    return true;
}

static int check_row(void *ctx, unsigned worker, void *item, cz_error *err)
{
    check *c = ctx;
    manifest_row *row = item;
    finding f = {0};
    (void)worker;
    (void)pthread_mutex_lock(&c->lock);
    const bool stopped = c->stopped;
    (void)pthread_mutex_unlock(&c->lock);
    if (stopped)
        return CZ_OK;
    if (!has_bad_name(&f, c, row))
        open_source(&f, c, row);
    (void)pthread_mutex_lock(&c->lock);
    const int rc = note_finding(c, row, &f, err);
    c->done++;
    c->failing += row->problem == MANIFEST_UNREADABLE || row->problem == MANIFEST_EMPTY;
    if (c->o->progress && c->o->progress(c->o->user, c->done, c->failing))
        c->stopped = true;
    (void)pthread_mutex_unlock(&c->lock);
    return rc;
}

int manifest_check(size_t *failing, manifest *m, const check_options *o, cz_error *err)
{
    static const worker_ops ops = {.run = check_row};
    check c = {.m = m, .o = o, .network = o->network ? *o->network : (cz_network){0}};
    workers *pool = NULL;
    const unsigned n = c.network.connections ? c.network.connections : CHECK_THREADS;
    c.network.connections = 1;
    *failing = 0;
    if (manifest_count(m) == 0)
        return CZ_OK;
    int rc = workers_start(&pool, n, 2 * (size_t)n, &ops, &c, err);
    if (rc < 0)
        return rc;
    (void)pthread_mutex_init(&c.lock, NULL);
    for (size_t i = 0; i < manifest_count(m); i++)
        workers_push(pool, manifest_at(m, i));
    rc = workers_join(&pool, err);
    (void)pthread_mutex_destroy(&c.lock);
    *failing = c.failing;
    if (rc == CZ_OK && c.stopped)
        return cz_fail(err, CZ_CANCELLED, "check: stopped");
    return rc;
}
