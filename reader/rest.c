#include "reader/rest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "reader/chunk_digests.h"
#include "reader/vector.h"

/* What zstd may add to bytes that it can't compress. */
#define RANGES_DOC "source/range_offset/zarr.json"
enum { DOC_MAX = 1 << 20, CHUNK_STORED_MAX = SOURCE_CHUNK + (SOURCE_CHUNK >> 7) };

/* The document of source/range_offset: one of the objects that the commit marker lists. */
static int read_document(buf *text, const char *key, const cz_clip *clip, cz_error *err)
{
    char hex[SHA256_HEX + 1];
    const mark_object *o = mark_find(clip->mark, RANGES_DOC);
    if (!o)
        return cz_fail(err, CZ_FORMAT, "%s: the clip's commit marker doesn't list it", key);
    int rc = os_get_all(clip->store->os, key, DOC_MAX, text, err);
    if (rc == CZ_OK)
        rc = sha256_hex(hex, text->at, text->len, err);
    if (rc == CZ_OK && (text->len != o->size || strcmp(hex, o->sha256) != 0))
        rc = cz_fail(err, CZ_CORRUPT, "%s: its SHA-256 isn't the one in the commit marker", key);
    return rc;
}

/* How many ranges there are, by the shape of source/range_offset. */
static int count_by_shape(uint64_t *out, const cz_clip *clip, cz_error *err)
{
    char key[KEY_MAX];
    buf text = {0};
    cJSON *doc = NULL;
    zarr_array array;
    key_clip(key, clip->mark->facts.name, RANGES_DOC);
    int rc = read_document(&text, key, clip, err);
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

int rest_ranges_of(const rest_ranges **out, cz_clip *clip, cz_error *err)
{
    rest_ranges *there = atomic_load_explicit(&clip->ranges, memory_order_acquire);
    *out = there;
    if (there)
        return CZ_OK;
    rest_ranges *mine = calloc(1, sizeof *mine);
    if (!mine)
        return cz_fail(err, CZ_NOMEM, "%s: ranges of its source", clip->facts->name);
    const int rc = rest_ranges_load(mine, clip, err);
    if (rc < 0) {
        free(mine);
        return rc;
    }
    /* The first one to be stored stays: another thread may hold its address. */
    if (atomic_compare_exchange_strong(&clip->ranges, &there, mine)) {
        *out = mine;
        return CZ_OK;
    }
    rest_ranges_free(mine);
    free(mine);
    *out = there;
    return CZ_OK;
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

static int read_chunk(rest_chunk *c, cz_clip *clip, uint64_t i, cz_error *err)
{
    char key[KEY_MAX];
    buf stored = {0};
    const chunk_digests *known = NULL;
    int rc = chunk_digests_of(&known, clip, err);
    if (rc < 0)
        return rc;
    key_source_chunk(key, clip->mark->zarr, clip->mark->facts.name, i);
    if (i >= known->n)
        return cz_fail(err, CZ_FORMAT, "%s: the clip has no such chunk", key);
    if ((rc = rest_chunk_fetch(&stored, clip, i, err)) == CZ_OK &&
        (rc = chunk_digest_check(&known->at[i], stored.at, stored.len, key, err)) == CZ_OK)
        rc = rest_chunk_decode(c->bytes, clip, i, &stored, err);
    buf_free(&stored);
    return rc;
}

int rest_chunk_take(rest_chunk **out, cz_clip *clip, uint64_t i, cz_error *err)
{
    rest_chunk *c = atomic_exchange(&clip->chunk, NULL);
    if (!c || c->number != i) {
        if (!c && !(c = malloc(sizeof *c + SOURCE_CHUNK)))
            return cz_fail(err, CZ_NOMEM, "%s: a chunk of its source", clip->facts->name);
        const int rc = read_chunk(c, clip, i, err);
        if (rc < 0) {
            free(c);
            return rc;
        }
        c->number = i;
    }
    *out = c;
    return CZ_OK;
}

void rest_chunk_give_back(cz_clip *clip, rest_chunk **c)
{
    if (*c)
        free(atomic_exchange(&clip->chunk, *c));
    *c = NULL;
}

void rest_forget(cz_clip *clip)
{
    rest_ranges *ranges = atomic_exchange(&clip->ranges, NULL);
    chunk_digests *digests = atomic_exchange(&clip->chunk_digests, NULL);
    rest_ranges_free(ranges);
    free(ranges);
    chunk_digests_free(&digests);
    free(atomic_exchange(&clip->chunk, NULL));
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
