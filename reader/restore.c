/* The original MOV, byte for byte (cz_restore). */
#include <inttypes.h>
#include <string.h>

#include "base/digest.h"
#include "reader/extra_bytes.h"
#include "reader/object_buffer.h"

typedef struct restore {
    cz_clip *clip;
    int (*write)(void *user, const void *data, size_t n);
    void *user;
    digest *md5;
    object_buffer shard;
    uint64_t current_shard; /* the shard of the last frame; UINT64_MAX: none yet */
    uint64_t shard_end;     /* end of its last frame */
} restore;

static int write_out(restore *r, const uint8_t *bytes, size_t n, cz_error *err)
{
    digest_update(r->md5, bytes, n);
    const int rc = r->write(r->user, bytes, n);
    return rc < 0 ? cz_fail(err, rc, "%s: restoring was stopped", r->clip->facts->name) : CZ_OK;
}

/* End of the last frame of a shard, which bounds reading ahead. */
static uint64_t frames_end(const cz_clip *clip, uint64_t shard)
{
    const cz_facts *f = clip->facts;
    const uint64_t first = shard * f->frames_per_shard;
    uint64_t end = 0;
    for (uint64_t i = first; i < f->frames && i < first + f->frames_per_shard; i++)
        if (clip_offsets(clip)[i] + clip_sizes(clip)[i] > end)
            end = clip_offsets(clip)[i] + clip_sizes(clip)[i];
    return end;
}

/* Read a frame in parts, front to back: compute its CRC-32C and, if `out` is set, write it. */
static int read_frame(restore *r, const segment *p, const char *key, bool out, uint32_t *ret_crc,
                      cz_error *err)
{
    uint64_t at = clip_offsets(r->clip)[p->frame], left = p->length;
    *ret_crc = 0;
    while (left > 0) {
        const uint8_t *bytes = NULL;
        size_t n = 0;
        int rc = object_buffer_at(&r->shard, key, at, r->shard_end, &bytes, &n, err);
        if (rc < 0)
            return rc;
        if (n > left)
            n = (size_t)left;
        *ret_crc = crc32c(*ret_crc, bytes, n);
        if (out && (rc = write_out(r, bytes, n, err)) < 0)
            return rc;
        at += n;
        left -= n;
    }
    return CZ_OK;
}

static int check_frame(const restore *r, const segment *p, const char *key, uint32_t crc,
                       cz_error *err)
{
    return crc == clip_checksums(r->clip)[p->frame]
               ? CZ_OK
               : cz_fail(err, CZ_CORRUPT, "frame %" PRId64 " of %s: its CRC-32C is wrong (%s)",
                         p->frame, r->clip->facts->name, key);
}

/* Check all bytes of a frame before any is written. A frame that fits into the buffer stays there
 * in between; a larger one is read twice. */
static int restore_frame(restore *r, const segment *p, cz_error *err)
{
    char key[KEY_MAX];
    uint32_t crc = 0;
    const cz_facts *f = r->clip->facts;
    const uint64_t shard = (uint64_t)p->frame / f->frames_per_shard;
    shard_key(key, r->clip->marker->zarr, f->name, shard);
    if (shard != r->current_shard) {
        r->current_shard = shard;
        r->shard_end = frames_end(r->clip, shard);
    }
    if (p->length <= OBJECT_BUFFER)
        object_buffer_require(&r->shard, key, clip_offsets(r->clip)[p->frame], (size_t)p->length);
    int rc = read_frame(r, p, key, false, &crc, err);
    if (rc < 0 || (rc = check_frame(r, p, key, crc, err)) < 0 ||
        (rc = read_frame(r, p, key, true, &crc, err)) < 0)
        return rc;
    return p->length <= OBJECT_BUFFER ? CZ_OK : check_frame(r, p, key, crc, err);
}

static int restore_range(restore *r, const segment *p, cz_error *err)
{
    uint64_t at = p->extra_offset, left = p->length;
    int rc = CZ_OK;
    while (rc == CZ_OK && left > 0) {
        const size_t in = (size_t)(at % SOURCE_CHUNK), room = SOURCE_CHUNK - in;
        const size_t n = left < room ? (size_t)left : room;
        extra_chunk *c = NULL;
        rc = extra_chunk_take(&c, r->clip, at / SOURCE_CHUNK, err);
        if (rc == CZ_OK)
            rc = write_out(r, c->bytes + in, n, err);
        extra_chunk_release(r->clip, &c);
        at += n;
        left -= n;
    }
    return rc;
}

static int begin(restore *r, cz_error *err)
{
    r->current_shard = UINT64_MAX;
    const int rc = digest_new(&r->md5, DIGEST_MD5, err);
    return rc < 0 ? rc : object_buffer_new(&r->shard, r->clip->store->os, err);
}

static int compare_md5(restore *r, cz_error *err)
{
    char hex[MD5_HEX + 1];
    const cz_facts *f = r->clip->facts;
    const int rc = digest_final_hex(r->md5, hex, err);
    if (rc == CZ_OK && strcmp(hex, f->source_md5) != 0)
        return cz_fail(err, CZ_CORRUPT, "%s: its bytes have the MD5 %s, its source had %s", f->name,
                       hex, f->source_md5);
    return rc;
}

int cz_restore(cz_clip *clip, int (*write)(void *user, const void *data, size_t n), void *user,
               cz_error *err)
{
    restore r = {.clip = clip, .write = write, .user = user};
    const extra_ranges *ranges = NULL;
    segments all;
    segment p;
    int rc = clip_needs_store(clip, "restoring", err);
    if (rc < 0 || (rc = begin(&r, err)) < 0 || (rc = extra_ranges_of(&ranges, clip, err)) < 0 ||
        (rc = segments_begin(&all, clip, ranges, err)) < 0)
        goto end;
    while ((rc = segments_next(&all, &p, err)) > 0) {
        rc = p.frame >= 0 ? restore_frame(&r, &p, err) : restore_range(&r, &p, err);
        if (rc < 0)
            goto end;
    }
    if (rc == CZ_OK)
        rc = compare_md5(&r, err);
end:
    object_buffer_free(&r.shard);
    digest_free(&r.md5);
    return clip_check_replaced(clip, rc, err);
}
