/* The MOV again, bit for bit (cz_restore). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "reader/rest.h"
#include "reader/window.h"

typedef struct restore {
    cz_clip *clip;
    int (*write)(void *user, const void *data, size_t n);
    void *user;
    digest *md5;
    window shard;
    uint8_t *chunk;     /* of source/bytes, decoded */
    uint64_t chunk_at;  /* its number; UINT64_MAX: none */
    buf stored;         /* as it is stored */
    uint64_t shard_now; /* the shard whose frames were given out last; UINT64_MAX: none */
    uint64_t shard_end; /* where its last frame ends */
} restore;

static int give(restore *r, const uint8_t *bytes, size_t n, cz_error *err)
{
    digest_update(r->md5, bytes, n);
    const int rc = r->write(r->user, bytes, n);
    return rc < 0
               ? cz_fail(err, rc, "%s: what restores it was stopped", cz_clip_facts(r->clip)->name)
               : CZ_OK;
}

/* Frames are read ahead to the end of the last one of their shard. */
static uint64_t frames_end(const cz_clip *clip, uint64_t shard)
{
    const cz_facts *f = cz_clip_facts(clip);
    const uint64_t first = shard * f->frames_per_shard;
    uint64_t end = 0;
    for (uint64_t i = first; i < f->frames && i < first + f->frames_per_shard; i++)
        if (clip_offsets(clip)[i] + clip_sizes(clip)[i] > end)
            end = clip_offsets(clip)[i] + clip_sizes(clip)[i];
    return end;
}

static int give_frame(restore *r, const piece *p, cz_error *err)
{
    char key[KEY_MAX];
    const cz_facts *f = cz_clip_facts(r->clip);
    const uint64_t i = (uint64_t)p->frame, shard = i / f->frames_per_shard;
    key_shard(key, r->clip->mark->zarr, f->name, shard);
    if (shard != r->shard_now) {
        r->shard_now = shard;
        r->shard_end = frames_end(r->clip, shard);
    }
    uint64_t at = clip_offsets(r->clip)[i], left = p->length;
    uint32_t crc = 0;
    while (left > 0) {
        const uint8_t *bytes = NULL;
        size_t n = 0;
        int rc = window_at(&r->shard, key, at, r->shard_end, &bytes, &n, err);
        if (rc < 0)
            return rc;
        if (n > left)
            n = (size_t)left;
        crc = crc32c(crc, bytes, n);
        if (n == left && crc != clip_checksums(r->clip)[i])
            return cz_fail(err, CZ_CORRUPT, "frame %" PRIu64 " of %s: its CRC-32C is wrong (%s)", i,
                           f->name, key);
        if ((rc = give(r, bytes, n, err)) < 0)
            return rc;
        at += n;
        left -= n;
    }
    return CZ_OK;
}

static int need_chunk(restore *r, uint64_t i, cz_error *err)
{
    if (i == r->chunk_at)
        return CZ_OK;
    r->chunk_at = UINT64_MAX;
    int rc = rest_chunk_fetch(&r->stored, r->clip, i, err);
    if (rc == CZ_OK)
        rc = rest_chunk_decode(r->chunk, r->clip, i, &r->stored, err);
    if (rc == CZ_OK)
        r->chunk_at = i;
    return rc;
}

static int give_range(restore *r, const piece *p, cz_error *err)
{
    uint64_t at = p->rest_offset, left = p->length;
    while (left > 0) {
        const uint64_t i = at / SOURCE_CHUNK;
        const size_t in = (size_t)(at % SOURCE_CHUNK), room = SOURCE_CHUNK - in;
        const size_t n = left < room ? (size_t)left : room;
        int rc = need_chunk(r, i, err);
        if (rc < 0 || (rc = give(r, r->chunk + in, n, err)) < 0)
            return rc;
        at += n;
        left -= n;
    }
    return CZ_OK;
}

static int begin(restore *r, cz_error *err)
{
    int rc = CZ_OK;
    r->chunk_at = r->shard_now = UINT64_MAX;
    if ((rc = digest_new(&r->md5, DIGEST_MD5, err)) < 0 ||
        (rc = window_new(&r->shard, r->clip->store->os, err)) < 0)
        return rc;
    r->chunk = malloc(SOURCE_CHUNK);
    return r->chunk ? CZ_OK : cz_fail(err, CZ_NOMEM, "%s", cz_clip_facts(r->clip)->name);
}

static int compare_md5(restore *r, cz_error *err)
{
    char hex[MD5_HEX + 1];
    const cz_facts *f = cz_clip_facts(r->clip);
    const int rc = digest_hex(r->md5, hex, err);
    if (rc == CZ_OK && strcmp(hex, f->source_md5) != 0)
        return cz_fail(err, CZ_CORRUPT, "%s: its bytes have the MD5 %s, its source had %s", f->name,
                       hex, f->source_md5);
    return rc;
}

int cz_restore(cz_clip *clip, int (*write)(void *user, const void *data, size_t n), void *user,
               cz_error *err)
{
    restore r = {.clip = clip, .write = write, .user = user};
    rest_ranges ranges = {0};
    pieces all;
    piece p;
    int rc = clip_needs_store(clip, "restoring", err);
    if (rc < 0 || (rc = begin(&r, err)) < 0 || (rc = rest_ranges_load(&ranges, clip, err)) < 0 ||
        (rc = pieces_begin(&all, clip, &ranges, err)) < 0)
        goto end;
    while ((rc = pieces_next(&all, &p, err)) > 0) {
        rc = p.frame >= 0 ? give_frame(&r, &p, err) : give_range(&r, &p, err);
        if (rc < 0)
            goto end;
    }
    if (rc == CZ_OK)
        rc = compare_md5(&r, err);
end:
    rest_ranges_free(&ranges);
    window_free(&r.shard);
    digest_free(&r.md5);
    buf_free(&r.stored);
    free(r.chunk);
    return rc;
}
