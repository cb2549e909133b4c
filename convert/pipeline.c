#include "convert/pipeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/frame_check.h"
#include "convert/source_reader.h"

enum {
    WORKERS_MAX = 64,
    CHUNKS_HELD = 4,      /* blocks for source/bytes */
    ASIDE_MAX = 64 << 20, /* for all that is no block of a shard: tables, chunks, compression */
};

typedef struct pass {
    const plan *plan;
    source *from;
    publisher *to;
    const pass_options *options;
    pass_result *out;

    block_pool shards, chunks;
    queue *work; /* full blocks, for the workers */
    source_digest *digest;

    pthread_mutex_t lock; /* of the first failure */
    int rc;
    cz_error err;

    /* The reading thread's own. */
    source_reader *source_reader;
    block *chunk; /* of source/bytes, while it is filled */
    cz_progress done;
} pass;

void pass_result_free(pass_result *r)
{
    if (!r)
        return;
    free(r->crc32c);
    free(r->flags);
    free(r->shard_head);
    free(r->shard);
    free(r->chunk);
    *r = (pass_result){0};
}

/* ---- Failing: the first one counts, and everybody who waits is woken ------------------------- */

static void pass_fail(pass *p, int rc, const cz_error *err)
{
    (void)pthread_mutex_lock(&p->lock);
    if (p->rc == CZ_OK) {
        p->rc = rc;
        p->err = *err;
    }
    (void)pthread_mutex_unlock(&p->lock);
    queue_close(p->shards.free);
    queue_close(p->chunks.free);
    queue_close(p->work);
}

static bool pass_failed(pass *p)
{
    (void)pthread_mutex_lock(&p->lock);
    const bool failed = p->rc != CZ_OK;
    (void)pthread_mutex_unlock(&p->lock);
    return failed;
}

/* ---- Workers --------------------------------------------------------------------------------- */

static int finish_shard(pass *p, const block *b, cz_error *err)
{
    char rel_key[REL_KEY_MAX];
    uint64_t end;
    const uint8_t *at = b->data + b->head;
    for (uint64_t i = plan_shard_frames(p->plan, b->number, &end); i < end; i++) {
        const uint32_t size = plan_frame_size(p->plan, i);
        p->out->crc32c[i] = size ? crc32c(0, at, size) : 0;
        p->out->flags[i] = frame_check(p->plan, i, at);
        at += size;
    }
    /* In version 2 a chunk that is missing would read as whatever memory held; an empty one is an
     * error. */
    if (b->len == 0 && p->plan->zarr == ZARR_V3)
        return CZ_OK;
    p->out->shard_head[b->number] = (uint32_t)b->head;
    rel_key_shard(rel_key, p->plan->zarr, b->number);
    return publish(p->to, &p->out->shard[b->number], rel_key, b->data, b->len, err);
}

static int finish_chunk(pass *p, block *b, buf *packed, cz_error *err)
{
    char rel_key[REL_KEY_MAX];
    zarr_array a;
    source_bytes_array(&a, p->plan->zarr, p->plan->extra_bytes);
    const size_t whole = (size_t)a.chunk[0];
    memset(b->data + b->len, 0, whole - b->len); /* chunks of Zarr are all of one size */
    packed->len = 0;
    const int rc = zarr_encode(packed, &a, b->data, whole, err);
    if (rc < 0)
        return rc;
    rel_key_source_chunk(rel_key, p->plan->zarr, b->number);
    return publish(p->to, &p->out->chunk[b->number], rel_key, packed->at, packed->len, err);
}

static void *worker(void *arg)
{
    pass *p = arg;
    buf packed = {0};
    for (block *b; (b = queue_pop(p->work)); block_release(b)) {
        if (pass_failed(p))
            continue;
        cz_error err = {0};
        const int rc =
            b->pool == &p->shards ? finish_shard(p, b, &err) : finish_chunk(p, b, &packed, &err);
        if (rc < 0)
            pass_fail(p, rc, &err);
    }
    buf_free(&packed);
    return NULL;
}

/* ---- The reading thread ----------------------------------------------------------------------- */

/* Some of the source has come. */
static int settled(void *user, uint64_t bytes, uint64_t frames, cz_error *err)
{
    pass *p = user;
    p->done.bytes_done += bytes;
    p->done.frames_done += frames;
    if (p->options->progress && p->options->progress(p->options->user, &p->done))
        return cz_fail(err, CZ_CANCELLED, "clips/%s: stopped", p->to->name);
    return pass_failed(p) ? CZ_CANCELLED : CZ_OK; /* which failure is known already */
}

/* A range that is no frame goes to the end of source/bytes. */
static int read_extra(pass *p, range r, cz_error *err)
{
    int rc = CZ_OK;
    while (rc == CZ_OK && r.length > 0) {
        if (!p->chunk)
            rc = source_reader_block(&p->chunk, p->source_reader, &p->chunks, p->out->n_chunks++,
                                     err);
        if (rc < 0)
            return rc;
        const uint64_t room = SOURCE_CHUNK - p->chunk->len;
        const uint64_t part = r.length < room ? r.length : room;
        rc = source_reader_read(p->source_reader, p->chunk, r.offset, part, err);
        r.offset += part;
        r.length -= part;
        if (rc == CZ_OK && p->chunk->len == SOURCE_CHUNK) {
            rc = source_reader_submit(p->source_reader, p->chunk, err);
            p->chunk = NULL;
        }
    }
    return rc;
}

/* The block of shard k with its movie header in place. */
static int begin_shard(block **out, pass *p, uint64_t k, cz_error *err)
{
    buf head = {0};
    block *b = NULL;
    int rc = plan_shard_head(&head, p->plan, k, err);
    if (rc == CZ_OK)
        rc = source_reader_block(&b, p->source_reader, &p->shards, k, err);
    if (rc == CZ_OK && head.len > 0) {
        memcpy(b->data, head.at, head.len);
        b->len = b->head = head.len;
    }
    buf_free(&head);
    *out = b;
    return rc;
}

/* The frames of shard k, and what lies before each of them; *rest counts the ranges that are
 * read. */
static int read_shard(pass *p, uint64_t k, size_t *rel_key, cz_error *err)
{
    const plan *of = p->plan;
    uint64_t end;
    block *b = NULL;
    int rc = begin_shard(&b, p, k, err);
    for (uint64_t i = plan_shard_frames(of, k, &end); rc == CZ_OK && i < end; i++) {
        const uint64_t at = of->movie->offset[i];
        while (rc == CZ_OK && *rel_key < of->n_extra && of->rel_key[*rel_key].offset < at)
            rc = read_extra(p, of->rel_key[(*rel_key)++], err);
        if (rc == CZ_OK)
            rc = source_reader_read(p->source_reader, b, at, plan_frame_size(of, i), err);
        source_reader_frame(p->source_reader);
    }
    if (rc == CZ_OK && b->len > 0) {
        plan_shard_tail(b->data + b->len, of, k, b->head);
        b->len += plan_shard_tail_size(of);
    }
    return rc == CZ_OK ? source_reader_submit(p->source_reader, b, err) : rc;
}

static int read_source(pass *p, cz_error *err)
{
    size_t rel_key = 0;
    int rc = CZ_OK;
    for (uint64_t k = 0; rc == CZ_OK && k < p->plan->n_shards; k++)
        rc = read_shard(p, k, &rel_key, err);
    while (rc == CZ_OK && rel_key < p->plan->n_extra)
        rc = read_extra(p, p->plan->rel_key[rel_key++], err);
    if (rc == CZ_OK && p->chunk)
        rc = source_reader_submit(p->source_reader, p->chunk, err);
    return rc == CZ_OK ? source_reader_finish(p->source_reader, err) : rc;
}

/* ---- All of it -------------------------------------------------------------------------------- */

static int result_init(pass_result *r, const plan *p, cz_error *err)
{
    const size_t n = (size_t)p->movie->n_frames, shards = (size_t)p->n_shards;
    const size_t chunks = (size_t)(p->extra_bytes / SOURCE_CHUNK + 1);
    r->crc32c = calloc(n, sizeof *r->crc32c);
    r->flags = calloc(n, sizeof *r->flags);
    r->shard_head = calloc(shards, sizeof *r->shard_head);
    r->shard = calloc(shards, sizeof *r->shard);
    r->chunk = calloc(chunks, sizeof *r->chunk);
    if (!r->crc32c || !r->flags || !r->shard_head || !r->shard || !r->chunk)
        return cz_fail(err, CZ_NOMEM, "tables of %zu frames", n);
    return CZ_OK;
}

static size_t least(uint64_t a, uint64_t b)
{
    return (size_t)(a < b ? a : b);
}

/* As many shards in flight as memory allows, and no more than have something to do: one that is
 * read, one a worker, one that waits for its digest, and those that are under way. */
static int pools_init(pass *p, unsigned workers, cz_error *err)
{
    const uint64_t size = p->plan->shard_bytes_max, memory = p->options->memory;
    const uint64_t aside = least(memory / 4, ASIDE_MAX);
    uint64_t n = (memory - aside) / size;
    n = least(least(n, workers + 2U + p->options->under_way / size), p->plan->n_shards);
    if (n < 2 && n < p->plan->n_shards) {
        cz_fail(err, CZ_NOMEM,
                "shards of %" PRIu64 " MiB: two don't fit into %" PRIu64 " MiB, of which %" PRIu64
                " are for other things",
                (size >> 20) + 1, memory >> 20, aside >> 20);
        cz_hint(err, "more --memory, or fewer --frames-per-shard");
        return CZ_NOMEM;
    }
    int rc = block_pool_init(&p->shards, (size_t)n, (size_t)size, err);
    if (rc == CZ_OK)
        rc = block_pool_init(&p->chunks, CHUNKS_HELD, SOURCE_CHUNK, err);
    if (rc == CZ_OK)
        rc = queue_new(&p->work, (size_t)n + CHUNKS_HELD, err);
    return rc;
}

static void pools_free(pass *p)
{
    queue_free(&p->work);
    block_pool_free(&p->shards);
    block_pool_free(&p->chunks);
}

/* The threads' life: all that were started have ended when it returns. */
static void run_stages(pass *p, unsigned workers)
{
    pthread_t thread[WORKERS_MAX];
    unsigned started = 0;
    cz_error err = {0};
    int rc = source_digest_start(&p->digest, p->options->sha256, &err);
    const source_reader_outputs ends = {p->from, p->digest, p->work, settled, p};
    if (rc == CZ_OK)
        rc = source_reader_open(&p->source_reader, &ends, p->options->under_way, &err);
    while (rc == CZ_OK && started < workers) {
        if (pthread_create(&thread[started], NULL, worker, p) == 0)
            started++;
        else if (started > 0)
            break; /* fewer will do */
        else
            rc = cz_fail(&err, CZ_NOMEM, "no thread to be had");
    }
    if (rc == CZ_OK)
        rc = read_source(p, &err);
    if (rc < 0)
        pass_fail(p, rc, &err);
    source_reader_close(&p->source_reader);
    queue_close(p->work);
    for (unsigned i = 0; i < started; i++)
        (void)pthread_join(thread[i], NULL);
    rc = source_digest_end(&p->digest, p->out->md5, p->out->sha256, &err);
    if (rc < 0)
        pass_fail(p, rc, &err);
}

int pass_run(pass_result *out, const plan *of, source *from, publisher *to,
             const pass_options *options, cz_error *err)
{
    *out = (pass_result){0};
    pass p = {.plan = of, .from = from, .to = to, .options = options, .out = out};
    p.done = (cz_progress){.bytes_total = source_size(from), .frames_total = of->movie->n_frames};
    const unsigned workers = options->threads < WORKERS_MAX ? options->threads : WORKERS_MAX;
    if (pthread_mutex_init(&p.lock, NULL) != 0)
        return cz_fail(err, CZ_NOMEM, "lock");
    int rc = result_init(out, of, err);
    if (rc == CZ_OK)
        rc = pools_init(&p, workers, err);
    if (rc == CZ_OK) {
        run_stages(&p, workers);
        rc = p.rc;
        if (rc < 0 && err)
            *err = p.err;
    }
    pools_free(&p);
    (void)pthread_mutex_destroy(&p.lock);
    if (rc < 0)
        pass_result_free(out);
    return rc;
}
