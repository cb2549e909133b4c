/* Any bytes of a clip's MOV (cz_source_read). */
#include <inttypes.h>
#include <string.h>

#include "reader/extra_bytes.h"

/* The requested bytes of the MOV. */
typedef struct range {
    uint8_t *to;
    uint64_t offset, end;
} range;

/* The part of the request in bytes [at, at + length) of the MOV: its offset, and its length, 0 if
 * there is none. */
static size_t overlap(const range *r, uint64_t at, uint64_t length, uint64_t *ret_from)
{
    const uint64_t from = r->offset > at ? r->offset : at;
    const uint64_t end = r->end < at + length ? r->end : at + length;
    *ret_from = from;
    return from < end ? (size_t)(end - from) : 0;
}

static int read_frame(const range *r, cz_clip *clip, const segment *p, cz_error *err)
{
    uint64_t from;
    const size_t n = overlap(r, p->offset, p->length, &from);
    cz_request frame = {.frame = (uint64_t)p->frame};
    const int rc = cz_frames_raw(clip, &frame, 1, NULL, NULL, err);
    if (rc == CZ_OK)
        memcpy(r->to + (from - r->offset), frame.data + (from - p->offset), n);
    cz_request_free(&frame, 1);
    return rc;
}

/* A part of a chunk of source/bytes. */
typedef struct extra_part {
    uint64_t chunk;
    size_t in, n; /* offset in the chunk, and length */
} extra_part;

static int read_part(uint8_t *to, cz_clip *clip, const extra_part *part, cz_error *err)
{
    extra_chunk *c = NULL;
    const int rc = extra_chunk_take(&c, clip, part->chunk, err);
    if (rc == CZ_OK)
        memcpy(to, c->bytes + part->in, part->n);
    extra_chunk_release(clip, &c);
    return rc;
}

static int read_extra(const range *r, cz_clip *clip, const segment *p, cz_error *err)
{
    uint64_t from;
    size_t left = overlap(r, p->offset, p->length, &from);
    int rc = CZ_OK;
    while (rc == CZ_OK && left > 0) {
        const uint64_t at = p->extra_offset + (from - p->offset);
        const size_t in = (size_t)(at % SOURCE_CHUNK), room = SOURCE_CHUNK - in;
        const extra_part part = {at / SOURCE_CHUNK, in, left < room ? left : room};
        rc = read_part(r->to + (from - r->offset), clip, &part, err);
        from += part.n;
        left -= part.n;
    }
    return rc;
}

static int read_segments(const range *r, cz_clip *clip, const extra_ranges *ranges, cz_error *err)
{
    segments all;
    segment p;
    int rc = segments_begin(&all, clip, ranges, err);
    while (rc >= 0 && (rc = segments_next(&all, &p, err)) > 0 && p.offset < r->end) {
        uint64_t from;
        if (overlap(r, p.offset, p.length, &from) == 0)
            continue;
        rc = p.frame >= 0 ? read_frame(r, clip, &p, err) : read_extra(r, clip, &p, err);
    }
    return rc < 0 ? rc : CZ_OK;
}

int cz_source_read(void *to, cz_clip *clip, uint64_t offset, size_t len, cz_error *err)
{
    const cz_facts *f = clip->facts;
    const range r = {to, offset, offset + len};
    if (offset > f->source_bytes || len > f->source_bytes - offset)
        return cz_fail(err, CZ_ABSENT, "%s: %zu bytes at %" PRIu64 ": it has %" PRIu64,
                       f->source_name, len, offset, f->source_bytes);
    if (len == 0)
        return CZ_OK;
    if (clip->movie) {
        os_read whole = {.key = f->source_name, .offset = offset, .len = len, .to = to};
        return clip_get(clip, &whole, 1, NULL, err);
    }
    const extra_ranges *ranges = NULL;
    const int rc = extra_ranges_of(&ranges, clip, err);
    return clip_check_replaced(clip, rc < 0 ? rc : read_segments(&r, clip, ranges, err), err);
}
