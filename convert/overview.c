#include "convert/overview.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/analysis_layout.h"

/* ---- Chunks ---- */

typedef struct picture_chunk {
    uint8_t *data;     /* NULL before the first picture, and after the last */
    uint64_t expected; /* pictures that are not there yet */
} picture_chunk;

struct overview {
    publisher *to;
    frame_step step;
    uint64_t n; /* pictures */
    uint32_t rows, columns;
    zarr_array array; /* without its attributes */
    pthread_mutex_t lock;
    picture_chunk *chunk;
};

int overview_new(overview **out, const analysed_clip *of, frame_step step, publisher *to,
                 cz_error *err)
{
    *out = NULL;
    overview *o = calloc(1, sizeof *o);
    if (!o)
        return cz_fail_memory(err, "overview");
    (void)pthread_mutex_init(&o->lock, NULL);
    o->to = to;
    o->step = step;
    o->n = overview_count(step, of->frames);
    o->rows = (of->height + 7) / 8;
    o->columns = (of->width + 7) / 8;
    overview_picture_array(&o->array, of->zarr, o->n, o->rows, o->columns, ANALYSIS_VERSION);
    json_free(o->array.attributes);
    o->array.attributes = NULL;
    const uint64_t each = o->array.chunk[0], chunks = (o->n + each - 1) / each;
    o->chunk = calloc((size_t)chunks + 1, sizeof *o->chunk);
    if (!o->chunk) {
        overview_free(&o);
        return cz_fail_memory(err, "overview of %" PRIu64 " pictures", of->frames);
    }
    for (uint64_t k = 0; k < chunks; k++)
        o->chunk[k].expected = k + 1 < chunks ? each : o->n - k * each;
    *out = o;
    return CZ_OK;
}

void overview_free(overview **pointer)
{
    overview *o = pointer ? *pointer : NULL;
    if (!o)
        return;
    const uint64_t each = o->array.chunk[0];
    for (uint64_t k = 0; o->chunk && k < (o->n + each - 1) / each; k++)
        free(o->chunk[k].data);
    free(o->chunk);
    (void)pthread_mutex_destroy(&o->lock);
    free(o);
    *pointer = NULL;
}

uint64_t overview_pictures(const overview *o, uint32_t *rows, uint32_t *columns)
{
    *rows = o->rows;
    *columns = o->columns;
    return o->n;
}

uint64_t overview_shows(const overview *o, uint64_t i)
{
    return overview_frame(o->step, i);
}

static size_t chunk_bytes(const overview *o)
{
    return (size_t)o->array.chunk[0] * o->rows * o->columns * 3;
}

static int put_chunk(const overview *o, uint64_t k, const uint8_t *data, cz_error *err)
{
    char rel_key[REL_KEY_MAX];
    buf packed = {0};
    rel_key_overview_chunk(rel_key, o->array.n_codecs > 0 ? ZARR_V3 : ZARR_V2, k);
    int rc = zarr_encode(&packed, &o->array, data, chunk_bytes(o), err);
    if (rc == CZ_OK)
        rc = publish_listed(o->to, rel_key, packed.at, packed.len, err);
    buf_free(&packed);
    return rc;
}

/* The memory of a chunk, which exists until its last picture is there. */
static uint8_t *chunk_open(overview *o, picture_chunk *chunk)
{
    (void)pthread_mutex_lock(&o->lock);
    if (!chunk->data)
        chunk->data = calloc(1, chunk_bytes(o));
    uint8_t *data = chunk->data;
    (void)pthread_mutex_unlock(&o->lock);
    return data;
}

/* A picture is there; after the last one, the memory becomes the caller's. */
static uint8_t *chunk_complete(overview *o, picture_chunk *chunk)
{
    uint8_t *data = NULL;
    (void)pthread_mutex_lock(&o->lock);
    if (--chunk->expected == 0) {
        data = chunk->data;
        chunk->data = NULL;
    }
    (void)pthread_mutex_unlock(&o->lock);
    return data;
}

int overview_add(void *user, uint64_t number, const uint8_t *rgb, uint32_t columns, uint32_t rows,
                 cz_error *err)
{
    overview *o = user;
    const uint64_t each = o->array.chunk[0], k = number / each;
    const size_t bytes = (size_t)o->rows * o->columns * 3;
    uint8_t *data = chunk_open(o, &o->chunk[k]);
    if (!data)
        return cz_fail_memory(err, "overview: chunk of %zu bytes", chunk_bytes(o));
    if (rgb && columns == o->columns && rows == o->rows)
        memcpy(data + (size_t)(number % each) * bytes, rgb, bytes);
    data = chunk_complete(o, &o->chunk[k]);
    const int rc = data ? put_chunk(o, k, data, err) : CZ_OK;
    free(data);
    return rc;
}
