#include "reader/rest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "reader/vector.h"

/* What zstd may add to bytes that it can't compress. */
enum { DOC_MAX = 1 << 20, CHUNK_STORED_MAX = SOURCE_CHUNK + (SOURCE_CHUNK >> 7) };

/* How many ranges there are, by the shape of source/range_offset. */
static int count_by_shape(uint64_t *out, const cz_clip *clip, cz_error *err)
{
    char key[KEY_MAX];
    buf text = {0};
    cJSON *doc = NULL;
    zarr_array array;
    key_clip(key, clip->mark->facts.name, "source/range_offset/zarr.json");
    int rc = os_get_all(clip->store->os, key, DOC_MAX, &text, err);
    if (rc < 0 || (rc = json_parse(&doc, text.at, text.len, key, err)) < 0 ||
        (rc = zarr_array_parse(&array, doc, key, err)) < 0)
        goto end;
    *out = array.shape[0];
    if (array.n_dims != 1)
        rc = cz_fail(err, CZ_FORMAT, "%s: it can't have that shape", key);
end:
    json_free(doc);
    buf_free(&text);
    return rc;
}

/* And in version 2, where nothing is compressed, by the bytes that it has. */
static void count_by_size(uint64_t *out, const clip_mark *m)
{
    char rest[REST_MAX];
    rest_vector(rest, m->zarr, "source/range_offset");
    const mark_object *o = mark_find(m, rest);
    *out = o ? o->size / sizeof(uint64_t) : 0;
}

static int count_ranges(uint64_t *out, const cz_clip *clip, cz_error *err)
{
    const cz_facts *f = &clip->mark->facts;
    int rc = CZ_OK;
    if (clip->mark->zarr == ZARR_V2)
        count_by_size(out, clip->mark);
    else
        rc = count_by_shape(out, clip, err);
    /* Ranges that don't touch have a frame between them. */
    if (rc == CZ_OK && *out > f->frames + 1)
        return cz_fail(err, CZ_FORMAT, "%s: %" PRIu64 " ranges of its source can't be", f->name,
                       *out);
    return rc;
}

static int check_ranges(const rest_ranges *r, const clip_mark *m, cz_error *err)
{
    uint64_t at = 0, sum = 0;
    for (uint64_t i = 0; i < r->n; i++) {
        const uint64_t offset = r->offset[i], length = r->length[i];
        if (length == 0 || (i && offset <= at) || offset > m->facts.source_bytes ||
            length > m->facts.source_bytes - offset)
            return cz_fail(err, CZ_FORMAT,
                           "%s: range %" PRIu64 " of its source can't be %" PRIu64
                           " bytes at %" PRIu64,
                           m->facts.name, i, length, offset);
        at = offset + length;
        sum += length;
    }
    if (sum != m->facts.source_bytes - m->frame_bytes)
        return cz_fail(err, CZ_FORMAT,
                       "%s: %" PRIu64
                       " bytes of its source are no frame's, its ranges have %" PRIu64,
                       m->facts.name, m->facts.source_bytes - m->frame_bytes, sum);
    return CZ_OK;
}

int rest_ranges_load(rest_ranges *out, const cz_clip *clip, cz_error *err)
{
    vector v[2] = {{.rest = "source/range_offset"}, {.rest = "source/range_length"}};
    *out = (rest_ranges){0};
    int rc = count_ranges(&out->n, clip, err);
    if (rc < 0)
        return rc;
    source_range_array(&v[0].array, clip->mark->zarr, out->n);
    source_range_array(&v[1].array, clip->mark->zarr, out->n);
    if ((rc = vectors_load(v, 2, clip->store->os, clip->store->cache, clip->mark, err)) < 0)
        return rc;
    out->offset = v[0].data;
    out->length = v[1].data;
    if ((rc = check_ranges(out, clip->mark, err)) < 0)
        rest_ranges_free(out);
    return rc;
}

void rest_ranges_free(rest_ranges *r)
{
    if (!r)
        return;
    free(r->offset);
    free(r->length);
    *r = (rest_ranges){0};
}

static uint64_t rest_bytes(const cz_clip *clip)
{
    return clip->mark->facts.source_bytes - clip->mark->frame_bytes;
}

size_t rest_chunk_used(const cz_clip *clip, uint64_t i)
{
    const uint64_t left = rest_bytes(clip) - i * SOURCE_CHUNK;
    return left < SOURCE_CHUNK ? (size_t)left : SOURCE_CHUNK;
}

int rest_chunk_fetch(buf *stored, const cz_clip *clip, uint64_t i, cz_error *err)
{
    char key[KEY_MAX];
    key_source_chunk(key, clip->mark->zarr, clip->mark->facts.name, i);
    stored->len = 0;
    return os_get_all(clip->store->os, key, CHUNK_STORED_MAX, stored, err);
}

int rest_chunk_decode(uint8_t *to, const cz_clip *clip, uint64_t i, const buf *stored,
                      cz_error *err)
{
    char key[KEY_MAX];
    zarr_array array;
    key_source_chunk(key, clip->mark->zarr, clip->mark->facts.name, i);
    source_bytes_array(&array, clip->mark->zarr, rest_bytes(clip));
    return zarr_decode(to, (size_t)array.chunk[0], &array, stored->at, stored->len, key, err);
}

/* ---- In the order of the MOV ---------------------------------------------------------------- */

int pieces_begin(pieces *out, cz_clip *clip, const rest_ranges *ranges, cz_error *err)
{
    const void *offset = NULL;
    const int rc = cz_column_read(&offset, clip, CZ_SOURCE_OFFSET, err);
    if (rc == CZ_OK)
        *out = (pieces){.clip = clip, .frame_offset = offset, .ranges = ranges};
    return rc;
}

int pieces_next(pieces *p, piece *out, cz_error *err)
{
    const cz_facts *f = cz_clip_facts(p->clip);
    const uint32_t *size = clip_sizes(p->clip);
    while (p->frame < f->frames && size[p->frame] == 0)
        p->frame++;
    const bool more_frames = p->frame < f->frames, more_ranges = p->range < p->ranges->n;
    if (more_frames && p->frame_offset[p->frame] == p->at) {
        *out = (piece){p->at, size[p->frame], (int64_t)p->frame, 0};
        p->frame++;
    } else if (more_ranges && p->ranges->offset[p->range] == p->at) {
        *out = (piece){p->at, p->ranges->length[p->range], -1, p->rest_at};
        p->rest_at += out->length;
        p->range++;
    } else if (!more_frames && !more_ranges && p->at == f->source_bytes) {
        return 0;
    } else {
        return cz_fail(err, CZ_FORMAT,
                       "%s: byte %" PRIu64 " of its source is in no frame and no range", f->name,
                       p->at);
    }
    p->at += out->length; /* frames and ranges are checked to sum up to the size of the source */
    return 1;
}
