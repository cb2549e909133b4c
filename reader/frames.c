/* Batches of frames (cz_frames_raw).
 *
 * The requests are sorted by frame, so that neighbours and repetitions are adjacent, and divided
 * into extents: an extent is one range of one shard. An extent of one frame is read straight to the
 * request's memory, one of several frames through a scratch buffer. The length of an extent depends
 * on the cost of a range: for a file that is less than copying a large frame, over a network more
 * than all frames of an extent. As many extents as the bound on memory allows are passed to the
 * store at once. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "reader/reader.h"

enum {
    MERGED_COSTS = 8,         /* bytes of an extent of several frames, in costs of a range */
    IN_FLIGHT_MAX = 32 << 20, /* bytes that are requested at once, unless one frame has more */
    EXTENTS_MAX = 64,         /* extents that are requested at once */
};

typedef struct ordered_request {
    uint64_t frame;
    size_t at; /* index of the request */
} ordered_request;

/* One call of cz_frames_raw. The store makes its callbacks one at a time, so nothing is locked. */
typedef struct batch {
    cz_clip *clip;
    cz_request *req;
    ordered_request *order; /* valid requests in ascending order of frame, then of index */
    void (*done)(void *user, cz_request *req);
    void *user;
    size_t first_failed; /* index of the first request that failed; SIZE_MAX: none so far */
    int rc;              /* its code */
    cz_error *err;
} batch;

typedef struct extent {
    batch *b;
    size_t first, n;      /* a part of batch.order */
    uint64_t offset, end; /* in the shard; end is the byte behind it */
    uint64_t n_frames;    /* distinct ones */
    uint8_t *to;          /* its bytes; of a single frame the memory of its first request */
    bool finished;        /* all of its requests are finished, or will be after the split */
    bool split;           /* to be read again frame by frame */
    char key[KEY_MAX];
} extent;

/* Extents that are requested at once. */
typedef struct extent_batch {
    extent *extent;
    os_read *read;
    size_t room, n_extents, n_reads;
    uint8_t *scratch; /* of extents of several frames, joined */
    size_t scratch_len;
} extent_batch;

/* ---- One request ---------------------------------------------------------------------------- */

/* Set the result and report it. A failed request keeps no memory of the library. */
static void finish(batch *b, size_t at, int rc, const cz_error *why)
{
    cz_request *r = &b->req[at];
    r->rc = rc;
    if (rc < 0) {
        if (r->owned)
            cz_request_free(r, 1);
        if (at < b->first_failed) {
            b->first_failed = at;
            b->rc = rc;
            if (b->err)
                *b->err = *why;
        }
    }
    if (b->done)
        b->done(b->user, r);
}

/* Check a request before anything is fetched. */
static int check_request(const batch *b, cz_request *r, cz_error *why)
{
    const cz_facts *f = b->clip->facts;
    r->rc = CZ_OK;
    r->size = 0;
    if (r->frame >= f->frames)
        return cz_fail(why, CZ_ABSENT, "frame %" PRIu64 " of %s: it has %" PRIu64 " frames",
                       r->frame, f->name, f->frames);
    r->size = clip_sizes(b->clip)[r->frame];
    if (r->size == 0)
        return cz_fail(why, CZ_ABSENT, "frame %" PRIu64 " of %s: the source has no byte of it",
                       r->frame, f->name);
    if (r->data && !r->owned && r->room < r->size)
        return cz_fail(why, CZ_USAGE, "frame %" PRIu64 " of %s: %zu bytes of room for its %zu",
                       r->frame, f->name, r->room, r->size);
    return CZ_OK;
}

/* Memory for the frame: the caller's, that of an earlier call, or new. */
static int make_room(const batch *b, cz_request *r, cz_error *why)
{
    if (r->owned && r->room < r->size)
        cz_request_free(r, 1);
    if (r->data)
        return CZ_OK;
    const size_t size = clip_sizes(b->clip)[r->frame];
    r->data = malloc(size);
    if (!r->data)
        return cz_fail_memory(why, "frame %" PRIu64 " of %s: %zu bytes", r->frame,
                              b->clip->facts->name, size);
    r->owned = true;
    r->room = size;
    return CZ_OK;
}

/* ---- One extent ----------------------------------------------------------------------------- */

static int check_bytes(const extent *r, uint64_t frame, const uint8_t *bytes, cz_error *why)
{
    const cz_clip *clip = r->b->clip;
    const uint32_t size = clip_sizes(clip)[frame];
    if (clip->movie || clip->store->options.no_check ||
        crc32c(0, bytes, size) == clip_checksums(clip)[frame])
        return CZ_OK;
    const uint64_t at = clip_offsets(clip)[frame];
    return cz_fail(why, CZ_CORRUPT,
                   "frame %" PRIu64 " of %s: its CRC-32C is wrong (%s, bytes %" PRIu64
                   " to %" PRIu64 ")",
                   frame, clip->facts->name, r->key, at, at + size - 1);
}

/* Deliver a frame to n requests for it. `bytes` may be the memory of the first of them, which its
 * owner may free in the callback, so the first one is finished last. */
static void deliver(const extent *r, size_t first, size_t n, const uint8_t *bytes)
{
    batch *b = r->b;
    cz_error why;
    const uint64_t frame = b->order[first].frame;
    const int sound = check_bytes(r, frame, bytes, &why);
    for (size_t i = first + n; i-- > first;) {
        const size_t at = b->order[i].at;
        cz_request *q = &b->req[at];
        cz_error full;
        int rc = sound;
        if (rc < 0)
            finish(b, at, rc, &why);
        else if ((rc = make_room(b, q, &full)) < 0)
            finish(b, at, rc, &full);
        else {
            if (q->data != bytes)
                memcpy(q->data, bytes, q->size);
            finish(b, at, CZ_OK, NULL);
        }
    }
}

static void fail_extent(extent *r, int rc, const cz_error *cause)
{
    batch *b = r->b;
    for (size_t i = r->first; i < r->first + r->n; i++) {
        cz_error why = *cause;
        cz_prefix(&why, "frame %" PRIu64 " of %s", b->order[i].frame, b->clip->facts->name);
        finish(b, b->order[i].at, rc, &why);
    }
    r->finished = true;
}

/* Number of requests from `first` on that are for the same frame. */
static size_t same_frame(const batch *b, size_t first, size_t end)
{
    size_t i = first + 1;
    while (i < end && b->order[i].frame == b->order[first].frame)
        i++;
    return i - first;
}

static void deliver_extent(extent *r)
{
    batch *b = r->b;
    const size_t end = r->first + r->n;
    for (size_t i = r->first, n; i < end; i += n) {
        n = same_frame(b, i, end);
        const uint64_t in = clip_offsets(b->clip)[b->order[i].frame] - r->offset;
        deliver(r, i, n, r->to + in);
    }
    r->finished = true;
}

/* Callback of the store. When the shard ends inside an extent, or a part cannot be read, the other
 * frames of it must not fail: they are read one by one. */
static void extent_read(os_read *read)
{
    extent *r = read->user;
    if (read->rc == CZ_OK)
        deliver_extent(r);
    else if (r->n_frames > 1 && (read->rc == CZ_CORRUPT || read->rc == CZ_IO))
        r->finished = r->split = true;
    else
        fail_extent(r, read->rc, &read->err);
}

/* ---- Extents -------------------------------------------------------------------------------- */

/* The extent that begins with request `first`; with several frames it has at most `merged` bytes.
 */
static void cut_extent(extent *r, batch *b, size_t first, size_t end, uint64_t merged)
{
    const uint64_t *offset = clip_offsets(b->clip);
    const uint32_t *size = clip_sizes(b->clip);
    const uint32_t per_shard = b->clip->facts->frames_per_shard;
    const size_t range_cost = clip_range_cost(b->clip);
    uint64_t frame = b->order[first].frame;
    const uint64_t shard = frame / per_shard;
    size_t next = first + same_frame(b, first, end);
    *r = (extent){.b = b, .first = first, .offset = offset[frame], .n_frames = 1};
    r->end = r->offset + size[frame];
    for (; next < end; next += same_frame(b, next, end)) {
        frame = b->order[next].frame;
        if (frame / per_shard != shard || offset[frame] < r->end ||
            offset[frame] - r->end > range_cost || offset[frame] + size[frame] - r->offset > merged)
            break;
        r->end = offset[frame] + size[frame];
        r->n_frames++;
    }
    r->n = next - first;
    clip_shard_key(r->key, b->clip, shard);
}

/* As many extents as may be requested at once; returns the first request after them. */
static size_t cut_extents(extent_batch *f, batch *b, size_t first, size_t end, uint64_t merged)
{
    uint64_t bytes = 0;
    for (f->n_extents = 0; first < end && f->n_extents < f->room; f->n_extents++) {
        extent *r = &f->extent[f->n_extents];
        cut_extent(r, b, first, end, merged);
        bytes += r->end - r->offset;
        if (f->n_extents > 0 && bytes > IN_FLIGHT_MAX)
            break;
        first += r->n;
    }
    return first;
}

static void grow_scratch(extent_batch *f)
{
    size_t len = 0;
    for (size_t i = 0; i < f->n_extents; i++)
        if (f->extent[i].n_frames > 1)
            len += (size_t)(f->extent[i].end - f->extent[i].offset);
    if (len <= f->scratch_len)
        return;
    free(f->scratch);
    f->scratch = malloc(len);
    f->scratch_len = f->scratch ? len : 0;
}

/* Assign memory to each extent. An extent without memory fails, or is split. */
static void place_extents(extent_batch *f)
{
    size_t used = 0;
    grow_scratch(f);
    f->n_reads = 0;
    for (size_t i = 0; i < f->n_extents; i++) {
        cz_error why;
        int rc = CZ_OK;
        extent *r = &f->extent[i];
        const size_t len = (size_t)(r->end - r->offset);
        if (r->n_frames == 1) {
            cz_request *q = &r->b->req[r->b->order[r->first].at];
            if ((rc = make_room(r->b, q, &why)) < 0)
                fail_extent(r, rc, &why);
            r->to = q->data;
        } else if (f->scratch_len - used < len) {
            r->finished = r->split = true;
        } else {
            r->to = f->scratch + used;
            used += len;
        }
        if (!r->finished)
            f->read[f->n_reads++] =
                (os_read){.key = r->key, .offset = r->offset, .len = len, .to = r->to, .user = r};
    }
}

static void fetch_requests(batch *b, size_t first, size_t end, uint64_t merged);

static void submit(extent_batch *f, batch *b)
{
    cz_error why;
    place_extents(f);
    const int rc = clip_get(b->clip, f->read, f->n_reads, extent_read, &why);
    for (size_t i = 0; i < f->n_extents; i++) {
        extent *r = &f->extent[i];
        if (!r->finished) /* the store failed before this one */
            fail_extent(r, rc, &why);
        if (r->split)
            fetch_requests(b, r->first, r->first + r->n, 0);
    }
}

/* Fetch the requests [first, end) of the order; an extent of several frames has at most `merged`
 * bytes. */
static void fetch_requests(batch *b, size_t first, size_t end, uint64_t merged)
{
    extent_batch f = {.room = end - first < EXTENTS_MAX ? end - first : EXTENTS_MAX};
    f.extent = malloc(f.room * sizeof *f.extent);
    f.read = malloc(f.room * sizeof *f.read);
    while (f.extent && f.read && first < end) {
        first = cut_extents(&f, b, first, end, merged);
        submit(&f, b);
    }
    for (; first < end; first++) {
        cz_error why;
        const int rc = cz_fail_memory(&why, "frame %" PRIu64 " of %s", b->order[first].frame,
                                      b->clip->facts->name);
        finish(b, b->order[first].at, rc, &why);
    }
    free(f.scratch);
    free(f.read);
    free(f.extent);
}

/* ---- The call ------------------------------------------------------------------------------- */

static int by_frame(const void *a, const void *b)
{
    const ordered_request *x = a, *y = b;
    if (x->frame != y->frame)
        return x->frame < y->frame ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

int cz_frames_raw(cz_clip *clip, cz_request *req, size_t n,
                  void (*done)(void *user, cz_request *req), void *user, cz_error *err)
{
    batch b = {clip, req, NULL, done, user, SIZE_MAX, CZ_OK, err};
    cz_error why;
    if (n == 0)
        return CZ_OK;
    b.order = calloc(n, sizeof *b.order);
    size_t n_ordered = 0;
    bool sorted = true;
    for (size_t i = 0; i < n; i++) {
        int rc = check_request(&b, &req[i], &why);
        if (rc == CZ_OK && !b.order)
            rc = cz_fail_memory(&why, "%zu frames of %s", n, clip->facts->name);
        if (rc < 0) {
            finish(&b, i, rc, &why);
            continue;
        }
        sorted = sorted && (n_ordered == 0 || b.order[n_ordered - 1].frame <= req[i].frame);
        b.order[n_ordered++] = (ordered_request){req[i].frame, i};
    }
    if (!sorted)
        qsort(b.order, n_ordered, sizeof *b.order, by_frame);
    if (n_ordered)
        fetch_requests(&b, 0, n_ordered, MERGED_COSTS * clip_range_cost(clip));
    free(b.order);
    /* A frame that the source does not have will never be there. */
    const bool is_known = b.first_failed == SIZE_MAX ||
                          req[b.first_failed].frame >= clip->facts->frames ||
                          clip_sizes(clip)[req[b.first_failed].frame] == 0;
    return is_known ? b.rc : clip_check_replaced(clip, b.rc, err);
}

void cz_request_free(cz_request *req, size_t n)
{
    for (size_t i = 0; req && i < n; i++) {
        if (!req[i].owned)
            continue;
        free(req[i].data);
        req[i].data = NULL;
        req[i].owned = false;
        req[i].room = 0;
    }
}
