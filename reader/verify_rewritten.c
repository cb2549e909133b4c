/* A shard that a Zarr library has overwritten: it has frames and a shard index, but is no movie.
 *
 * Assigning to video/video through plain Zarr does that. Every frame would be reported as damaged,
 * because none is at its place; instead the cause is reported once. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reader/verify.h"

enum { HEAD = 8 };

/* The first bytes of the shard, and its index. */
typedef struct ends {
    uint8_t head[HEAD];
    uint8_t *index;
    size_t index_len;
} ends;

static int read_ends(ends *e, const verify *v, const char *rel_key, uint64_t size, cz_error *why)
{
    char key[KEY_MAX];
    clip_key(key, v->name, rel_key);
    os_read r[2] = {
        {.key = key, .len = HEAD, .to = e->head},
        {.key = key, .offset = size - e->index_len, .len = e->index_len, .to = e->index}};
    return os_get(v->store->os, r, 2, NULL, why);
}

/* Whether the shard is one of plain Zarr: a frame begins where a movie has its header. *ret_frames:
 * the number of frames in the index. */
static bool is_plain(const ends *e, const shard_span *span, size_t n, size_t *ret_frames)
{
    bool at_begin = false;
    *ret_frames = 0;
    for (size_t i = 0; i < n; i++) {
        *ret_frames += span[i].offset != SHARD_ABSENT;
        at_begin |= span[i].offset == 0;
    }
    return at_begin && memcmp(e->head + 4, "ftyp", 4) != 0;
}

int verify_rewritten(verify *v, const char *rel_key, uint64_t should, bool *ret, cz_error *err)
{
    char key[KEY_MAX];
    cz_error why;
    uint64_t size = 0;
    size_t frames = 0;
    const size_t n = v->clip->facts->frames_per_shard;
    ends e = {.index_len = shard_index_size(n)};
    shard_span *span = NULL;
    int rc = CZ_OK;
    *ret = false;
    clip_key(key, v->name, rel_key);
    /* Damage alone does not change the size; what cannot be read is reported by verify_object(). */
    if (os_stat(v->store->os, key, &size, &why) < 0 || size == should || size < e.index_len + HEAD)
        return CZ_OK;
    e.index = malloc(e.index_len);
    span = calloc(n, sizeof *span);
    if (!e.index || !span)
        rc = cz_fail_memory(err, "%s: shard index", rel_key);
    else if (read_ends(&e, v, rel_key, size, &why) == CZ_OK &&
             shard_index_read(span, n, e.index, size - e.index_len, rel_key, &why) == CZ_OK)
        *ret = is_plain(&e, span, n, &frames);
    if (*ret)
        verify_report(v, CZ_CORRUPT, rel_key, -1,
                      "overwritten by a Zarr library: no longer a movie, and has %zu frame%s; "
                      "converting the source again replaces it",
                      frames, frames == 1 ? "" : "s");
    free(span);
    free(e.index);
    return rc;
}
