#include "find/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "base/workers.h"

enum { REMOTE_THREADS = 16, THREADS_MAX = 64 };

bool find_is_damage(int rc)
{
    return rc == CZ_CORRUPT || rc == CZ_FORMAT || rc == CZ_NEWER || rc == CZ_CHANGED;
}

/* ---- Threads ---- */

unsigned find_threads(const view_job *job)
{
    unsigned n = workers_wanted(job->job->threads);
    if (!job->job->threads && os_is_remote(job->store->os) && n < REMOTE_THREADS)
        n = REMOTE_THREADS;
    return n < THREADS_MAX ? n : THREADS_MAX;
}

int each_clip(candidates *c, const view_job *job,
              int (*run)(void *ctx, unsigned worker, void *clip, cz_error *err), void *ctx,
              cz_error *err)
{
    const worker_ops ops = {.run = run};
    workers *w = NULL;
    const unsigned threads = find_threads(job);
    int rc = workers_start(&w, threads, threads, &ops, ctx, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < c->n_clips && !workers_failed(w); i++) {
        if (job->job->progress && job->job->progress(job->job->user, i, c->n_clips) != 0) {
            cz_error why;
            workers_fail(w, cz_fail(&why, CZ_CANCELLED, "find: stopped"), &why);
            break;
        }
        workers_push(w, &c->clip[i]);
    }
    return workers_join(&w, err);
}

/* ---- The search ---- */

/* Keep the scenes that are similar. */
static int keep_similar(searched_clip *to, const view_job *job, const cz_scene *scenes, size_t n,
                        cz_error *err)
{
    to->scenes = n;
    for (size_t i = 0; i < n; i++) {
        if (view_similarity(job->cells, scenes[i].signature) < SIMILAR_CELLS)
            continue;
        const float similarity = view_similarity(job->halves, scenes[i].signature);
        if (similarity < SIMILAR_HALVES)
            continue;
        candidate *at = realloc(to->at, (to->n + 1) * sizeof *at);
        if (!at)
            return cz_fail_memory(err, "%s: %zu scenes", to->name, n);
        to->at = at;
        to->at[to->n++] = (candidate){.match = {.clip = to->name,
                                                .scene = i,
                                                .first = scenes[i].first,
                                                .last = scenes[i].last,
                                                .frame = scenes[i].representative},
                                      .similarity = similarity};
    }
    return CZ_OK;
}

static int search_known(searched_clip *to, const view_job *job, cz_error *err)
{
    to->rc = to->known->rc;
    return to->rc < 0 ? CZ_OK : keep_similar(to, job, to->known->at, to->known->n, err);
}

static int search_clip(void *ctx, unsigned worker, void *item, cz_error *err)
{
    const view_job *job = ctx;
    searched_clip *to = item;
    cz_clip *clip = NULL;
    cz_scene *scenes = NULL;
    size_t n = 0;
    (void)worker;
    if (to->known && to->known->known)
        return search_known(to, job, err);
    int rc = cz_clip_open(&clip, job->store, to->name, err);
    const bool exists = rc == CZ_OK;
    if (rc == CZ_OK)
        rc = cz_clip_scenes(&scenes, &n, clip, err);
    to->rc = rc;
    if (rc == CZ_OK)
        rc = keep_similar(to, job, scenes, n, err);
    else if (find_is_damage(rc) || (rc == CZ_ABSENT && (exists || job->job->n_clips == 0)))
        rc = CZ_OK;
    cz_scenes_free(&scenes);
    cz_clip_close(&clip);
    return rc;
}

/* The clips that the job names, or those of the store. */
static int list_clips(candidates *out, store_scenes *listed, const view_job *job, cz_error *err)
{
    size_t n = job->job->n_clips;
    if (n == 0) {
        const int rc = store_scenes_read(listed, job->store, err);
        if (rc < 0)
            return rc;
        n = listed->n_clips;
    }
    out->clip = calloc(n ? n : 1, sizeof *out->clip);
    if (!out->clip)
        return cz_fail_memory(err, "%zu clips", n);
    for (size_t i = 0; i < n; i++) {
        searched_clip *to = &out->clip[i];
        to->known = listed->n_clips ? &listed->clip[i] : NULL;
        to->name = strdup(to->known ? to->known->name : job->job->clips[i]);
        if (!to->name)
            return cz_fail_memory(err, "%zu clips", n);
        out->n_clips++;
    }
    return CZ_OK;
}

int candidates_find(candidates *out, const view_job *job, cz_error *err)
{
    view_job shared = *job;
    store_scenes listed = {0};
    *out = (candidates){0};
    int rc = list_clips(out, &listed, job, err);
    if (rc == CZ_OK)
        rc = each_clip(out, job, search_clip, &shared, err);
    for (size_t i = 0; i < out->n_clips; i++)
        out->clip[i].known = NULL;
    store_scenes_free(&listed);
    if (rc < 0)
        candidates_free(out);
    return rc;
}

void candidates_free(candidates *c)
{
    for (size_t i = 0; i < c->n_clips; i++) {
        free(c->clip[i].at);
        free(c->clip[i].name);
    }
    free(c->clip);
    *c = (candidates){0};
}

/* ---- The most similar ---- */

typedef struct ranked {
    candidate *at;
} ranked;

static int by_similarity(const void *a, const void *b)
{
    const candidate *x = ((const ranked *)a)->at, *y = ((const ranked *)b)->at;
    if (x->similarity < y->similarity || x->similarity > y->similarity)
        return x->similarity < y->similarity ? 1 : -1;
    const int order = strcmp(x->match.clip, y->match.clip);
    return order ? order : (x->match.scene > y->match.scene) - (x->match.scene < y->match.scene);
}

int candidates_choose(size_t *ret_chosen, candidates *c, size_t n, cz_error *err)
{
    size_t all = 0, k = 0;
    for (size_t i = 0; i < c->n_clips; i++)
        all += c->clip[i].n;
    ranked *order = malloc((all ? all : 1) * sizeof *order);
    if (!order)
        return cz_fail_memory(err, "%zu scenes", all);
    for (size_t i = 0; i < c->n_clips; i++)
        for (size_t j = 0; j < c->clip[i].n; j++)
            order[k++].at = &c->clip[i].at[j];
    qsort(order, all, sizeof *order, by_similarity);
    *ret_chosen = n == 0 || n > all ? all : n;
    for (size_t i = 0; i < *ret_chosen; i++)
        order[i].at->chosen = true;
    free(order);
    return CZ_OK;
}
