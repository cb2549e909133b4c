#include "convert/input/source_reader.h"

#include <stdlib.h>

enum { PARTS = 256 }; /* of memory that one range may be read into */

/* The block that part of a range is read into. */
typedef struct part {
    block *b;
    bool last; /* of its block */
} part;

/* A range of the source. */
typedef struct segment {
    uint64_t offset, len;
    uint64_t frames; /* that end within it */
    size_t n;
    struct iovec to[PARTS];
    part part[PARTS];
} segment;

struct source_reader {
    source_reader_outputs outputs;
    source_stream *stream;
    segment *segment; /* a ring: those in flight, then the one that is being built */
    size_t n, first, in_flight;
    size_t bytes; /* of a segment */
};

/* ---- Segments that have arrived ------------------------------------------------------------- */

static void hand_over(source_reader *in, block *b)
{
    workers_push(in->outputs.workers, b);
}

/* Wait for the first segment in flight and pass its bytes to the next stages. */
static int take_first(source_reader *in, cz_error *err)
{
    segment *p = &in->segment[in->first];
    int rc = source_stream_take(in->stream, err);
    for (size_t i = 0; rc == CZ_OK && i < p->n; i++) {
        block *b = p->part[i].b;
        if (p->to[i].iov_len > 0)
            rc = source_digest_add(in->outputs.digest, b, p->to[i].iov_base, p->to[i].iov_len, err);
        if (rc == CZ_OK && p->part[i].last)
            hand_over(in, b);
    }
    if (rc == CZ_OK)
        rc = in->outputs.on_read(in->outputs.user, p->len, p->frames, err);
    in->first = (in->first + 1) % in->n;
    in->in_flight--;
    return rc;
}

/* ---- Building segments ---------------------------------------------------------------------- */

static segment *open_segment(const source_reader *in)
{
    return &in->segment[(in->first + in->in_flight) % in->n];
}

static int begin(source_reader *in, cz_error *err)
{
    int rc = in->in_flight == in->n - 1 ? take_first(in, err) : CZ_OK;
    if (rc < 0)
        return rc;
    const segment *p = open_segment(in);
    rc = source_stream_request(in->stream, p->offset, p->to, p->n, err);
    if (rc < 0)
        return rc;
    in->in_flight++;
    segment *next = open_segment(in);
    next->len = next->frames = next->n = 0;
    return CZ_OK;
}

/* Append n bytes, for which the segment has room, to b. */
static void add(segment *p, block *b, size_t n)
{
    uint8_t *at = b->data + b->len;
    struct iovec *to = p->n > 0 ? &p->to[p->n - 1] : NULL;
    if (to && (uint8_t *)to->iov_base + to->iov_len == at && p->part[p->n - 1].b == b) {
        to->iov_len += n;
    } else {
        p->to[p->n] = (struct iovec){at, n};
        p->part[p->n++] = (part){.b = b};
    }
    b->len += n;
    p->len += n;
}

int source_reader_read(source_reader *in, block *b, uint64_t offset, uint64_t n, cz_error *err)
{
    while (n > 0) {
        segment *p = open_segment(in);
        if (p->n == PARTS ||
            (p->len > 0 && (p->len == in->bytes || p->offset + p->len != offset))) {
            const int rc = begin(in, err);
            if (rc < 0)
                return rc;
            continue;
        }
        if (p->len == 0)
            p->offset = offset;
        const uint64_t room = in->bytes - p->len;
        const size_t some = n < room ? (size_t)n : (size_t)room;
        add(p, b, some);
        offset += some;
        n -= some;
    }
    return CZ_OK;
}

int source_reader_submit(source_reader *in, block *b, cz_error *err)
{
    const int rc = open_segment(in)->n == PARTS ? begin(in, err) : CZ_OK;
    segment *p = open_segment(in);
    if (rc < 0)
        return rc;
    if (p->n == 0 || p->part[p->n - 1].b != b)
        add(p, b, 0);
    p->part[p->n - 1].last = true;
    return CZ_OK;
}

void source_reader_frame(source_reader *in)
{
    open_segment(in)->frames++;
}

int source_reader_finish(source_reader *in, cz_error *err)
{
    const segment *p = open_segment(in);
    int rc = p->n > 0 || p->frames > 0 ? begin(in, err) : CZ_OK;
    while (rc == CZ_OK && in->in_flight > 0)
        rc = take_first(in, err);
    return rc;
}

/* A block returns to the pool only after the segments that fill it have been taken. */
int source_reader_block(block **out, source_reader *in, block_pool *pool, uint64_t number,
                        cz_error *err)
{
    int rc = CZ_OK;
    block *b;
    while (!(b = block_take(pool, false)) && rc == CZ_OK) {
        if (in->in_flight > 0)
            rc = take_first(in, err);
        else if (open_segment(in)->n > 0)
            rc = begin(in, err);
        else
            break;
    }
    if (!b && rc == CZ_OK && !(b = block_take(pool, true)))
        rc = cz_fail_memory(err, "buffer of %zu bytes", pool->bytes);
    if (b)
        b->number = number;
    *out = b;
    return rc;
}

/* ---- Opening and closing --------------------------------------------------------------------- */

int source_reader_open(source_reader **out, const source_reader_outputs *outputs, size_t memory,
                       cz_error *err)
{
    size_t n;
    *out = NULL;
    source_reader *in = calloc(1, sizeof *in);
    if (!in)
        return cz_fail_memory(err, "%s: read requests", source_shown(outputs->from));
    in->outputs = *outputs;
    source_stream_advice(outputs->from, memory, &n, &in->bytes);
    in->n = n + 1;
    in->segment = calloc(in->n, sizeof *in->segment);
    int rc =
        in->segment ? CZ_OK : cz_fail_memory(err, "%s: read requests", source_shown(outputs->from));
    if (rc == CZ_OK)
        rc = source_stream_open(&in->stream, outputs->from, n, err);
    if (rc < 0)
        source_reader_close(&in);
    *out = in;
    return rc;
}

void source_reader_close(source_reader **in)
{
    if (!in || !*in)
        return;
    source_stream_close(&(*in)->stream);
    free((*in)->segment);
    free(*in);
    *in = NULL;
}
