/* cz_find(): signatures select scenes, and the pictures of their representative frames are
 * registered with the query's. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/registration.h"
#include "find/candidates.h"

enum { CHOSEN_FOR_EACH = 4, CHOSEN_MORE = 16, BATCH = 16 };

/* Memory of a thread. */
typedef struct register_memory {
    registration_memory registration;
    view_picture picture;
} register_memory;

typedef struct register_job {
    const view_job *view;
    const view_picture *query;
    register_memory *memory; /* of each thread */
} register_job;

static const cz_view small_gray = {.layout = CZ_GRAY, .scale = 8, .conceal = true, .threads = 1};

/* ---- Pictures ---- */

/* The picture that `luma` is, as cz_pictures() gives it. */
static int prepare_picture(view_picture *out, cz_clip *clip, const uint8_t *luma, cz_error *err)
{
    const cz_facts *facts = cz_clip_facts(clip);
    cz_shape shape;
    const int rc = cz_shape_of(&shape, clip, &small_gray, err);
    return rc < 0 ? rc
                  : view_picture_make(out, luma, shape.width, facts->width, facts->height, err);
}

typedef struct query {
    view_picture picture;
    view_query *cells, *halves;
} query;

static int make_query(query *out, cz_clip *clip, uint64_t frame, cz_error *err)
{
    cz_request req = {.frame = frame};
    cz_shape shape;
    int rc;
    if ((rc = cz_pictures(clip, &small_gray, &req, 1, NULL, NULL, err)) == CZ_OK &&
        (rc = cz_shape_of(&shape, clip, &small_gray, err)) == CZ_OK &&
        (rc = prepare_picture(&out->picture, clip, req.data, err)) == CZ_OK &&
        (rc = view_query_new(&out->cells, req.data, shape.width, shape.height, VIEW_QUERY_CELLS,
                             err)) == CZ_OK)
        rc = view_query_new(&out->halves, req.data, shape.width, shape.height, VIEW_QUERY_HALVES,
                            err);
    cz_request_free(&req, 1);
    return rc;
}

static void query_free(query *q)
{
    view_picture_free(&q->picture);
    view_query_free(&q->cells);
    view_query_free(&q->halves);
}

/* ---- Registration ---- */

static int register_picture(cz_match *m, const register_job *job, register_memory *memory,
                            cz_clip *clip, const cz_request *got, cz_error *err)
{
    registration r = {0};
    int64_t last;
    int rc;
    if ((rc = cz_time(&m->start, clip, m->first, err)) < 0 ||
        (rc = cz_time(&last, clip, m->last, err)) < 0)
        return rc;
    const cz_facts *facts = cz_clip_facts(clip);
    m->end = facts->end;
    if (m->last + 1 < facts->frames && (rc = cz_time(&m->end, clip, m->last + 1, err)) < 0)
        return rc;
    if ((rc = prepare_picture(&memory->picture, clip, got->data, err)) == CZ_OK)
        rc = views_register(&r, job->query, &memory->picture, &memory->registration, err);
    m->score = r.score;
    m->shift_x = r.shift_x;
    m->shift_y = r.shift_y;
    m->zoom = r.zoom;
    return rc;
}

static int register_batch(candidate **at, size_t n, const register_job *job,
                          register_memory *memory, cz_clip *clip, cz_error *err)
{
    cz_request req[BATCH] = {0};
    cz_error why;
    int rc = CZ_OK;
    for (size_t i = 0; i < n; i++)
        req[i].frame = at[i]->match.frame;
    (void)cz_pictures(clip, &small_gray, req, n, NULL, NULL, &why);
    for (size_t i = 0; i < n && rc == CZ_OK; i++) {
        if (req[i].rc == CZ_OK) {
            rc = register_picture(&at[i]->match, job, memory, clip, &req[i], err);
        } else if (req[i].rc != CZ_ABSENT && !find_is_damage(req[i].rc)) {
            *err = why;
            rc = req[i].rc;
        }
    }
    cz_request_free(req, n);
    return rc;
}

/* Register the chosen candidates of a clip. The score of the others stays 0. */
static int register_clip(void *ctx, unsigned worker, void *item, cz_error *err)
{
    const register_job *job = ctx;
    searched_clip *from = item;
    candidate *batch[BATCH];
    cz_clip *clip = NULL;
    size_t n = 0, chosen = 0;
    for (size_t i = 0; i < from->n; i++)
        chosen += from->at[i].chosen;
    if (chosen == 0)
        return CZ_OK;
    int rc = cz_clip_open(&clip, job->view->store, from->name, err);
    for (size_t i = 0; i < from->n && rc == CZ_OK; i++) {
        if (from->at[i].chosen)
            batch[n++] = &from->at[i];
        if (n == BATCH || (n > 0 && i + 1 == from->n)) {
            rc = register_batch(batch, n, job, &job->memory[worker], clip, err);
            n = 0;
        }
    }
    cz_clip_close(&clip);
    if (rc == CZ_ABSENT || find_is_damage(rc)) { /* removed or replaced meanwhile */
        from->rc = rc;
        rc = CZ_OK;
    }
    return rc;
}

static int register_all(candidates *c, const view_job *view, const query *q, cz_error *err)
{
    const unsigned threads = find_threads(view);
    register_job job = {
        .view = view, .query = &q->picture, .memory = calloc(threads, sizeof *job.memory)};
    if (!job.memory)
        return cz_fail_memory(err, "registration on %u threads", threads);
    const int rc = each_clip(c, view, register_clip, &job, err);
    for (unsigned i = 0; i < threads; i++) {
        registration_memory_free(&job.memory[i].registration);
        view_picture_free(&job.memory[i].picture);
    }
    free(job.memory);
    return rc;
}

/* ---- The result ---- */

static int by_score(const void *a, const void *b)
{
    const cz_match *x = a, *y = b;
    if (x->score < y->score || x->score > y->score)
        return x->score < y->score ? 1 : -1;
    const int order = strcmp(x->clip, y->clip);
    return order ? order : (x->scene > y->scene) - (x->scene < y->scene);
}

/* The names belong to the clips that were searched until now. */
static int copy_names(cz_found *out, cz_error *err)
{
    const size_t n = out->n;
    for (out->n = 0; out->n < n; out->n++) {
        out->match[out->n].clip = strdup(out->match[out->n].clip);
        if (!out->match[out->n].clip)
            return cz_fail_memory(err, "%zu matches", n);
    }
    return CZ_OK;
}

static int collect(cz_found *out, const candidates *c, const cz_find_job *job, cz_error *err)
{
    const double least = job->min_score > 0 ? job->min_score : CZ_FIND_SCORE;
    size_t n = 0;
    for (size_t i = 0; i < c->n_clips; i++) {
        const searched_clip *clip = &c->clip[i];
        out->scenes += clip->scenes;
        out->without_scenes += clip->rc == CZ_ABSENT;
        out->unreadable += find_is_damage(clip->rc);
        for (size_t k = 0; k < clip->n; k++) {
            out->registered += clip->at[k].chosen;
            n += clip->at[k].match.score >= least;
        }
    }
    out->clips = c->n_clips;
    out->match = calloc(n ? n : 1, sizeof *out->match);
    if (!out->match)
        return cz_fail_memory(err, "%zu matches", n);
    for (size_t i = 0; i < c->n_clips; i++)
        for (size_t k = 0; k < c->clip[i].n; k++)
            if (c->clip[i].at[k].match.score >= least)
                out->match[out->n++] = c->clip[i].at[k].match;
    qsort(out->match, out->n, sizeof *out->match, by_score);
    if (job->limit > 0 && out->n > job->limit)
        out->n = job->limit;
    return copy_names(out, err);
}

static int check_job(const cz_find_job *job, cz_error *err)
{
    for (size_t i = 0; i < sizeof job->reserved / sizeof *job->reserved; i++)
        if (job->reserved[i])
            return cz_fail(err, CZ_UNSUPPORTED, "find: option %zu is not known", i);
    if (!(job->min_score >= 0 && job->min_score <= 1))
        return cz_fail(err, CZ_USAGE, "find: a score of at least %g: not from 0 to 1",
                       job->min_score);
    if (job->limit > SIZE_MAX / 8)
        return cz_fail(err, CZ_USAGE, "find: a limit of %zu matches", job->limit);
    return CZ_OK;
}

int cz_find(cz_found *out, cz_store *store, cz_clip *clip, uint64_t frame, const cz_find_job *job,
            cz_error *err)
{
    const cz_find_job all = {0};
    const view_job view = {.store = store, .job = job ? job : &all};
    cz_found found = {0};
    candidates c = {0};
    query q = {0};
    size_t chosen;
    int rc = check_job(view.job, err);
    if (rc == CZ_OK)
        rc = make_query(&q, clip, frame, err);
    if (rc == CZ_OK) {
        const view_job with = {store, view.job, q.cells, q.halves};
        const size_t limit = with.job->limit;
        if ((rc = candidates_find(&c, &with, err)) == CZ_OK &&
            (rc = candidates_choose(&chosen, &c, limit ? CHOSEN_FOR_EACH * limit + CHOSEN_MORE : 0,
                                    err)) == CZ_OK &&
            (rc = register_all(&c, &with, &q, err)) == CZ_OK)
            rc = collect(&found, &c, with.job, err);
    }
    candidates_free(&c);
    query_free(&q);
    if (rc == CZ_OK)
        *out = found;
    else
        cz_found_free(&found);
    return rc;
}

void cz_found_free(cz_found *found)
{
    for (size_t i = 0; i < found->n; i++)
        free(found->match[i].clip);
    free(found->match);
    *found = (cz_found){0};
}
