#include "convert/pipeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/workers.h"
#include "convert/frame_check.h"
#include "convert/input/source_reader.h"

enum {
    CHUNKS_HELD = 4,      /* blocks for source/bytes */
    ASIDE_MAX = 64 << 20, /* for everything but the blocks of shards: tables, chunks, compression */
};

typedef struct pass {
    const plan *plan;
    source *from;
    publisher *to;
    const pass_options *options;
    pass_result *out;

    block_pool shards, chunks;
    workers *workers;             /* finish full blocks */
    buf packed[PASS_WORKERS_MAX]; /* of each worker: a compressed chunk */
    source_digest *digest;

    /* Used by the reading thread only. */
    source_reader *source_reader;
    block *chunk; /* of source/bytes, while it is filled */
    cz_progress done;
} pass;

/* ---- Workers -------------------------------------------------------------------------------- */

static int check_frames(pass *p, unsigned worker, const block *b, cz_error *err)
{
    uint64_t end;
    const uint8_t *at = b->data + b->head;
    for (uint64_t i = plan_shard_frames(p->plan, b->number, &end); i < end; i++) {
        const uint32_t size = plan_frame_size(p->plan, i);
        p->out->crc32c[i] = size ? crc32c(0, at, size) : 0;
        p->out->flags[i] = frame_check(p->plan, i, at);
        at += size;
    }
    return p->options->analysis ? analysis_shard(p->options->analysis, p->plan, worker, b->number,
                                                 b->data + b->head, err)
                                : CZ_OK;
}

static int finish_shard(pass *p, unsigned worker, const block *b, cz_error *err)
{
    char rel_key[REL_KEY_MAX];
    const int rc = check_frames(p, worker, b, err);
    if (rc < 0)
        return rc;
    /* In version 2 libraries return uninitialised memory for a missing chunk, and an error for an
     * empty one. */
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

static int finish_block(void *ctx, unsigned worker, void *item, cz_error *err)
{
    pass *p = ctx;
    block *b = item;
    const int rc = b->pool == &p->shards ? finish_shard(p, worker, b, err)
                                         : finish_chunk(p, b, &p->packed[worker], err);
    block_release(b);
    return rc;
}

static void discard_block(void *ctx, void *item)
{
    (void)ctx;
    block_release(item);
}

/* ---- The reading thread --------------------------------------------------------------------- */

/* A range of the source was read. */
static int on_read(void *user, uint64_t bytes, uint64_t frames, cz_error *err)
{
    pass *p = user;
    p->done.bytes_done += bytes;
    p->done.frames_done += frames;
    if (p->options->progress && p->options->progress(p->options->user, &p->done))
        return cz_fail(err, CZ_CANCELLED, "clips/%s: stopped", p->to->name);
    return workers_failed(p->workers) ? CZ_CANCELLED : CZ_OK; /* their error is the one reported */
}

/* Append extra bytes to source/bytes. */
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

/* Read the frames of shard k and the extra bytes before each of them; *next_extra is the index of
 * the next range of extra bytes. */
static int read_shard(pass *p, uint64_t k, size_t *next_extra, cz_error *err)
{
    const plan *of = p->plan;
    uint64_t end;
    block *b = NULL;
    int rc = begin_shard(&b, p, k, err);
    for (uint64_t i = plan_shard_frames(of, k, &end); rc == CZ_OK && i < end; i++) {
        const uint64_t at = of->movie->offset[i];
        while (rc == CZ_OK && *next_extra < of->n_extra && of->extra[*next_extra].offset < at)
            rc = read_extra(p, of->extra[(*next_extra)++], err);
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
    size_t next_extra = 0;
    int rc = CZ_OK;
    for (uint64_t k = 0; rc == CZ_OK && k < p->plan->n_shards; k++)
        rc = read_shard(p, k, &next_extra, err);
    while (rc == CZ_OK && next_extra < p->plan->n_extra)
        rc = read_extra(p, p->plan->extra[next_extra++], err);
    if (rc == CZ_OK && p->chunk)
        rc = source_reader_submit(p->source_reader, p->chunk, err);
    return rc == CZ_OK ? source_reader_finish(p->source_reader, err) : rc;
}

/* ---- All of it ------------------------------------------------------------------------------ */

static size_t least(uint64_t a, uint64_t b)
{
    return (size_t)(a < b ? a : b);
}

/* As many shards in flight as memory allows, and no more than have something to do: one that is
 * read, one a worker, one that waits for its digest, and those that are under way. */
static int pools_init(pass *p, unsigned n_workers, cz_error *err)
{
    const uint64_t size = p->plan->shard_bytes_max, memory = p->options->memory;
    const uint64_t aside = least(memory / 4, ASIDE_MAX);
    uint64_t n = (memory - aside) / size;
    n = least(least(n, n_workers + 2U + p->options->read_ahead_bytes / size), p->plan->n_shards);
    if (n < 2 && n < p->plan->n_shards) {
        cz_fail(err, CZ_NOMEM,
                "shards of %" PRIu64 " MiB: two do not fit into %" PRIu64 " MiB, of which %" PRIu64
                " are reserved",
                (size >> 20) + 1, memory >> 20, aside >> 20);
        cz_hint(err, "use more --memory or fewer --frames-per-shard");
        return CZ_NOMEM;
    }
    int rc = block_pool_init(&p->shards, (size_t)n, (size_t)size, err);
    if (rc == CZ_OK)
        rc = block_pool_init(&p->chunks, CHUNKS_HELD, SOURCE_CHUNK, err);
    return rc;
}

/* The threads that are started have ended when it returns. After an error the workers discard the
 * blocks that they are given, so the reading thread does not block on an empty pool. */
static int run_stages(pass *p, unsigned n_workers, cz_error *err)
{
    static const worker_ops ops = {.run = finish_block, .discard = discard_block};
    cz_error why = {0};
    int rc = source_digest_start(&p->digest, p->options->sha256, err);
    if (rc == CZ_OK)
        rc = workers_start(&p->workers, n_workers, p->shards.n + p->chunks.n, &ops, p, err);
    if (rc < 0)
        goto end;
    const source_reader_outputs outputs = {p->from, p->digest, p->workers, on_read, p};
    rc = source_reader_open(&p->source_reader, &outputs, p->options->read_ahead_bytes, &why);
    if (rc == CZ_OK)
        rc = read_source(p, &why);
    if (rc < 0)
        workers_fail(p->workers, rc, &why);
    source_reader_close(&p->source_reader);
    rc = workers_join(&p->workers, err);
end:
    if (rc < 0)
        (void)source_digest_end(&p->digest, NULL, NULL, NULL);
    return rc < 0 ? rc : source_digest_end(&p->digest, p->out->md5, p->out->sha256, err);
}

int pass_run(pass_result *out, const plan *of, source *from, publisher *to,
             const pass_options *options, cz_error *err)
{
    pass p = {.plan = of, .from = from, .to = to, .options = options, .out = out};
    p.done = (cz_progress){.bytes_total = source_size(from), .frames_total = of->movie->n_frames};
    const unsigned n_workers =
        options->threads < PASS_WORKERS_MAX ? options->threads : PASS_WORKERS_MAX;
    int rc = pass_result_init(out, of, err);
    if (rc == CZ_OK)
        rc = pools_init(&p, n_workers, err);
    if (rc == CZ_OK)
        rc = run_stages(&p, n_workers, err);
    for (unsigned i = 0; i < n_workers; i++)
        buf_free(&p.packed[i]);
    block_pool_free(&p.shards);
    block_pool_free(&p.chunks);
    if (rc < 0)
        pass_result_free(out);
    return rc;
}
