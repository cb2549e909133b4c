#include "reader/extra_bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "reader/chunk_digests.h"
#include "reader/index_column.h"

#define RANGES_DOC "source/range_offset/zarr.json"
enum {
    DOC_MAX = 1 << 20,
    CHUNK_STORED_MAX = SOURCE_CHUNK + (SOURCE_CHUNK >> 7), /* incompressible bytes grow in zstd */
};

/* Read the document of source/range_offset, and compare it with the commit marker. */
static int read_document(buf *text, const char *key, const cz_clip *clip, cz_error *err)
{
    char hex[SHA256_HEX + 1];
    const marker_object *o = commit_marker_find(clip->marker, RANGES_DOC);
    if (!o)
        return cz_fail(err, CZ_FORMAT, "%s: the clip's commit marker doesn't list it", key);
    int rc = os_get_all(clip->store->os, key, DOC_MAX, text, err);
    if (rc == CZ_OK)
        rc = sha256_hex(hex, text->at, text->len, err);
    if (rc == CZ_OK && (text->len != o->size || strcmp(hex, o->sha256) != 0))
        rc = cz_fail(err, CZ_CORRUPT, "%s: its SHA-256 isn't the one in the commit marker", key);
    return rc;
}

/* Number of ranges, from the shape of source/range_offset. */
static int count_by_shape(uint64_t *out, const cz_clip *clip, cz_error *err)
{
    char key[KEY_MAX];
    buf text = {0};
    cJSON *doc = NULL;
    clip_key(key, clip->marker->facts.name, RANGES_DOC);
    int rc = read_document(&text, key, clip, err);
    if (rc == CZ_OK)
        rc = json_parse(&doc, text.at, text.len, key, err);
    if (rc == CZ_OK)
        rc = zarr_array_length(out, doc, key, err);
    json_free(doc);
    buf_free(&text);
    return rc;
}

/* The same in version 2, from the size of the object, which is not compressed. */
static void count_by_size(uint64_t *out, const commit_marker *m)
{
    char rel_key[REL_KEY_MAX];
    rel_key_column(rel_key, m->zarr, "source/range_offset");
    const marker_object *o = commit_marker_find(m, rel_key);
    *out = o ? o->size / sizeof(uint64_t) : 0;
}

static int count_ranges(uint64_t *out, const cz_clip *clip, cz_error *err)
{
    const cz_facts *f = &clip->marker->facts;
    int rc = CZ_OK;
    if (clip->marker->zarr == ZARR_V2)
        count_by_size(out, clip->marker);
    else
        rc = count_by_shape(out, clip, err);
    /* There is a frame between any two ranges, since they don't touch. */
    if (rc == CZ_OK && *out > f->frames + 1)
        return cz_fail(err, CZ_FORMAT, "%s: %" PRIu64 " ranges of its source can't be", f->name,
                       *out);
    return rc;
}

static int check_ranges(const extra_ranges *r, const commit_marker *m, cz_error *err)
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
                       "%s: %" PRIu64 " extra bytes in its source, its ranges have %" PRIu64,
                       m->facts.name, m->facts.source_bytes - m->frame_bytes, sum);
    return CZ_OK;
}

int extra_ranges_load(extra_ranges *out, const cz_clip *clip, cz_error *err)
{
    index_column v[2] = {{.rel_key = "source/range_offset"}, {.rel_key = "source/range_length"}};
    *out = (extra_ranges){0};
    int rc = count_ranges(&out->n, clip, err);
    if (rc < 0)
        return rc;
    source_range_array(&v[0].array, clip->marker->zarr, out->n);
    source_range_array(&v[1].array, clip->marker->zarr, out->n);
    if ((rc = columns_fetch(v, 2, clip->store->os, clip->store->cache, clip->marker, err)) < 0)
        return rc;
    out->offset = v[0].data;
    out->length = v[1].data;
    if ((rc = check_ranges(out, clip->marker, err)) < 0)
        extra_ranges_free(out);
    return rc;
}

void extra_ranges_free(extra_ranges *r)
{
    if (!r)
        return;
    free(r->offset);
    free(r->length);
    *r = (extra_ranges){0};
}

int extra_ranges_of(const extra_ranges **out, cz_clip *clip, cz_error *err)
{
    extra_ranges *there = atomic_load_explicit(&clip->ranges, memory_order_acquire);
    *out = there;
    if (there)
        return CZ_OK;
    extra_ranges *mine = calloc(1, sizeof *mine);
    if (!mine)
        return cz_fail_memory(err, "%s: list of extra bytes", clip->facts->name);
    const int rc = extra_ranges_load(mine, clip, err);
    if (rc < 0) {
        free(mine);
        return rc;
    }
    /* The first one to be stored stays: another thread may hold its address. */
    if (atomic_compare_exchange_strong(&clip->ranges, &there, mine)) {
        *out = mine;
        return CZ_OK;
    }
    extra_ranges_free(mine);
    free(mine);
    *out = there;
    return CZ_OK;
}

static uint64_t count_extra_bytes(const cz_clip *clip)
{
    return clip->marker->facts.source_bytes - clip->marker->frame_bytes;
}

size_t extra_chunk_used(const cz_clip *clip, uint64_t i)
{
    const uint64_t left = count_extra_bytes(clip) - i * SOURCE_CHUNK;
    return left < SOURCE_CHUNK ? (size_t)left : SOURCE_CHUNK;
}

int extra_chunk_fetch(buf *stored, const cz_clip *clip, uint64_t i, cz_error *err)
{
    char key[KEY_MAX];
    source_chunk_key(key, clip->marker->zarr, clip->marker->facts.name, i);
    stored->len = 0;
    return os_get_all(clip->store->os, key, CHUNK_STORED_MAX, stored, err);
}

int extra_chunk_decode(uint8_t *to, const cz_clip *clip, uint64_t i, const buf *stored,
                       cz_error *err)
{
    char key[KEY_MAX];
    zarr_array array;
    source_chunk_key(key, clip->marker->zarr, clip->marker->facts.name, i);
    source_bytes_array(&array, clip->marker->zarr, count_extra_bytes(clip));
    return zarr_decode(to, (size_t)array.chunk[0], &array, stored->at, stored->len, key, err);
}

static int read_chunk(extra_chunk *c, cz_clip *clip, uint64_t i, cz_error *err)
{
    char key[KEY_MAX];
    buf stored = {0};
    const chunk_digests *known = NULL;
    int rc = chunk_digests_of(&known, clip, err);
    if (rc < 0)
        return rc;
    source_chunk_key(key, clip->marker->zarr, clip->marker->facts.name, i);
    if (i >= known->n)
        return cz_fail(err, CZ_FORMAT, "%s: the clip has no such chunk", key);
    if ((rc = extra_chunk_fetch(&stored, clip, i, err)) == CZ_OK &&
        (rc = chunk_digest_check(&known->at[i], stored.at, stored.len, key, err)) == CZ_OK)
        rc = extra_chunk_decode(c->bytes, clip, i, &stored, err);
    buf_free(&stored);
    return rc;
}

int extra_chunk_take(extra_chunk **out, cz_clip *clip, uint64_t i, cz_error *err)
{
    extra_chunk *c = atomic_exchange(&clip->chunk, NULL);
    if (!c || c->number != i) {
        if (!c && !(c = malloc(sizeof *c + SOURCE_CHUNK)))
            return cz_fail_memory(err, "%s: chunk of extra bytes", clip->facts->name);
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

void extra_chunk_release(cz_clip *clip, extra_chunk **c)
{
    if (*c)
        free(atomic_exchange(&clip->chunk, *c));
    *c = NULL;
}

void extra_bytes_free(cz_clip *clip)
{
    extra_ranges *ranges = atomic_exchange(&clip->ranges, NULL);
    chunk_digests *digests = atomic_exchange(&clip->chunk_digests, NULL);
    extra_ranges_free(ranges);
    free(ranges);
    chunk_digests_free(&digests);
    free(atomic_exchange(&clip->chunk, NULL));
}

/* ---- Segments in the order of the MOV ------------------------------------------------------- */

int segments_begin(segments *out, cz_clip *clip, const extra_ranges *ranges, cz_error *err)
{
    const void *offset = NULL;
    const int rc = cz_column_read(&offset, clip, CZ_SOURCE_OFFSET, err);
    if (rc == CZ_OK)
        *out = (segments){.clip = clip, .frame_offset = offset, .ranges = ranges};
    return rc;
}

int segments_next(segments *p, segment *out, cz_error *err)
{
    const cz_facts *f = p->clip->facts;
    const uint32_t *size = clip_sizes(p->clip);
    while (p->frame < f->frames && size[p->frame] == 0)
        p->frame++;
    const bool more_frames = p->frame < f->frames, more_ranges = p->range < p->ranges->n;
    if (more_frames && p->frame_offset[p->frame] == p->at) {
        *out = (segment){p->at, size[p->frame], (int64_t)p->frame, 0};
        p->frame++;
    } else if (more_ranges && p->ranges->offset[p->range] == p->at) {
        *out = (segment){p->at, p->ranges->length[p->range], -1, p->extra_at};
        p->extra_at += out->length;
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
