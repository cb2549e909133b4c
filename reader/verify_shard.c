/* One shard: its frames by their checksums, its own index by that of the clip, all else by its
 * digest. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "reader/verify.h"

enum { ATOM_HEAD = 8, TAIL_MAX = ATOM_HEAD + 16 * SHARD_FRAMES_MAX + 4 };

typedef struct shard_walk {
    verify *v;
    char rel_key[REL_KEY_MAX];
    uint64_t first, end; /* its frames */
    uint64_t frame;      /* the current or next one */
    uint32_t crc;        /* of its bytes so far */
    uint64_t differs;    /* offset of the first difference to the MOV; UINT64_MAX: none */
    uint64_t size;       /* expected size of the shard */
    size_t tail_len;     /* the free atom that ends it; 0 in version 2, where it is a frame alone */
    uint8_t tail[TAIL_MAX];
    int rc; /* error that stopped reading */
    cz_error *err;
} shard_walk;

static void bounds(uint64_t *first, uint64_t *end, const verify *v, uint64_t shard)
{
    const cz_facts *f = v->clip->facts;
    *first = shard * f->frames_per_shard;
    *end = *first + f->frames_per_shard;
    if (*end > f->frames)
        *end = f->frames;
}

bool verify_shard_exists(const verify *v, uint64_t shard)
{
    uint64_t i = 0, end = 0;
    if (!v->table || v->store->zarr == ZARR_V2)
        return true;
    bounds(&i, &end, v, shard);
    while (i < end && clip_sizes(v->clip)[i] == 0)
        i++;
    return i < end;
}

/* ---- Frames --------------------------------------------------------------------------------- */

static void end_frame(shard_walk *s)
{
    verify *v = s->v;
    const int64_t i = (int64_t)s->frame;
    if (s->crc != clip_checksums(v->clip)[s->frame])
        verify_report(v, CZ_CORRUPT, s->rel_key, i, "the frame's CRC-32C is wrong");
    else if (s->differs != UINT64_MAX)
        verify_report(v, CZ_CORRUPT, s->rel_key, i,
                      "the frame differs from %s (from its byte %" PRIu64 " on)",
                      source_name(v->original), s->differs);
    s->frame++;
    s->crc = 0;
    s->differs = UINT64_MAX;
}

/* A part of the current frame, at offset `in` of the frame. */
static bool frame_part(shard_walk *s, uint64_t in, const uint8_t *data, size_t n)
{
    verify *v = s->v;
    s->crc = crc32c(s->crc, data, n);
    if (!v->original || !v->source_offset || s->differs != UINT64_MAX)
        return true;
    size_t at = 0;
    const uint64_t offset = v->source_offset[s->frame] + in;
    s->rc = verify_compare(v, offset, data, n, &at, s->err);
    if (at < n)
        s->differs = offset + at;
    return s->rc == CZ_OK;
}

static bool frames_in(shard_walk *s, uint64_t offset, const uint8_t *data, size_t n)
{
    const uint64_t *begin = clip_offsets(s->v->clip);
    const uint32_t *size = clip_sizes(s->v->clip);
    while (s->frame < s->end) {
        const uint64_t from = begin[s->frame], to = from + size[s->frame];
        if (size[s->frame] == 0) {
            s->frame++;
            continue;
        }
        if (from >= offset + n)
            break;
        const uint64_t a = from > offset ? from : offset;
        const uint64_t b = to < offset + n ? to : offset + n;
        if (a < b && !frame_part(s, a - from, data + (a - offset), (size_t)(b - a)))
            return false;
        if (to > offset + n)
            break;
        end_frame(s);
    }
    return true;
}

static bool walk(void *user, uint64_t offset, const uint8_t *data, size_t n)
{
    shard_walk *s = user;
    const uint64_t tail = s->size - s->tail_len;
    if (offset + n > tail) {
        const uint64_t a = tail > offset ? tail : offset;
        memcpy(s->tail + (a - tail), data + (a - offset), (size_t)(offset + n - a));
    }
    return !s->v->table || frames_in(s, offset, data, n);
}

/* Report the frames that the shard is too short for. */
static void report_cut_frames(shard_walk *s, const object_state *found)
{
    const uint64_t *begin = clip_offsets(s->v->clip);
    const uint32_t *size = clip_sizes(s->v->clip);
    for (uint64_t i = s->frame; i < s->end; i++)
        if (size[i] && begin[i] + size[i] > found->size)
            verify_report(s->v, CZ_CORRUPT, s->rel_key, (int64_t)i,
                          "the shard ends before the frame does");
}

/* ---- All else ------------------------------------------------------------------------------- */

/* Compare the shard's own index with that of the clip. */
static int check_own_index(shard_walk *s, cz_error *err)
{
    verify *v = s->v;
    cz_error why;
    const size_t n = v->clip->facts->frames_per_shard;
    shard_span *span = calloc(n, sizeof *span);
    if (!span)
        return cz_fail_memory(err, "%s: shard index", s->rel_key);
    int rc =
        shard_index_read(span, n, s->tail + ATOM_HEAD, s->size - s->tail_len, "shard index", &why);
    if (rc < 0) {
        verify_report(v, rc, s->rel_key, -1, "%s", why.message);
        rc = rc == CZ_NOMEM ? rc : CZ_OK;
        goto end;
    }
    for (size_t k = 0; k < n; k++) {
        const uint64_t i = s->first + k;
        const bool there = i < s->end && clip_sizes(v->clip)[i] > 0;
        const shard_span want = there
                                    ? (shard_span){clip_offsets(v->clip)[i], clip_sizes(v->clip)[i]}
                                    : (shard_span){SHARD_ABSENT, SHARD_ABSENT};
        if (span[k].offset != want.offset || span[k].len != want.len)
            verify_report(v, CZ_FORMAT, s->rel_key, i < s->end ? (int64_t)i : -1,
                          "the shard's index and the clip's differ");
    }
end:
    free(span);
    return rc;
}

/* The part that differs if the digest is wrong but frames and index are right. */
static const char *other_part(const shard_walk *s)
{
    if (!s->v->table || s->tail_len == 0)
        return "its SHA-256 isn't the one in " REL_KEY_CHUNK_LIST;
    if (rd32be(s->tail) != s->tail_len || memcmp(s->tail + 4, "free", 4) != 0)
        return "the head of the free atom that holds its index is damaged";
    return "its movie header is damaged";
}

static uint64_t size_by_table(const shard_walk *s)
{
    uint64_t end = 0;
    for (uint64_t i = s->first; i < s->end; i++)
        if (clip_sizes(s->v->clip)[i])
            end = clip_offsets(s->v->clip)[i] + clip_sizes(s->v->clip)[i];
    return end + s->tail_len;
}

static int check_outside_frames(shard_walk *s, const object_state *found,
                                const chunk_list_entry *line, uint64_t reported, cz_error *err)
{
    verify *v = s->v;
    int rc = CZ_OK;
    if (v->table && found->there && found->size < s->size)
        report_cut_frames(s, found);
    if (!found->whole)
        return CZ_OK;
    if (v->table && s->tail_len && (rc = check_own_index(s, err)) < 0)
        return rc;
    const bool right = !line || strcmp(found->sha256, line->sha256) == 0;
    if (!right && v->differences == reported)
        verify_report(v, CZ_CORRUPT, s->rel_key, -1, "%s", other_part(s));
    return CZ_OK;
}

int verify_shard(verify *v, uint64_t shard, const chunk_list_entry *line, cz_error *err)
{
    object_state found;
    const uint32_t per_shard = v->clip->facts->frames_per_shard;
    if (!line && !v->table)
        return CZ_OK; /* only its existence is known */
    shard_walk *s = calloc(1, sizeof *s);
    if (!s)
        return cz_fail_memory(err, "shard %" PRIu64 " of %s", shard, v->name);
    *s = (shard_walk){.v = v, .differs = UINT64_MAX, .err = err};
    rel_key_shard(s->rel_key, v->store->zarr, shard);
    bounds(&s->first, &s->end, v, shard);
    s->frame = s->first;
    if (v->store->zarr == ZARR_V3)
        s->tail_len = ATOM_HEAD + shard_index_size(per_shard);
    const uint64_t reported = v->differences;
    if (v->table)
        s->size = size_by_table(s);
    if (line && v->table && line->size != s->size)
        verify_report(v, CZ_FORMAT, REL_KEY_CHUNK_LIST, -1,
                      "%s has %" PRIu64 " bytes by its frames, not %" PRIu64, s->rel_key, s->size,
                      line->size);
    if (line)
        s->size = line->size;
    int rc = CZ_OK;
    bool rewritten = false;
    if (s->tail_len && (rc = verify_rewritten(v, s->rel_key, s->size, &rewritten, err)) < 0)
        goto end;
    if (s->size < s->tail_len)
        verify_report(v, CZ_FORMAT, REL_KEY_CHUNK_LIST, -1, "%s is too small for a shard",
                      s->rel_key);
    else if (!rewritten &&
             (rc = verify_object(v, s->rel_key, s->size, walk, s, &found, err)) == CZ_OK &&
             (rc = s->rc) == CZ_OK)
        rc = check_outside_frames(s, &found, line, reported, err);
end:
    free(s);
    return rc;
}
