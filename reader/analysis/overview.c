/* cz_clip_overview() and cz_overview_pictures(). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/overview_frames.h"
#include "base/digest.h"
#include "reader/analysis/analysis.h"

enum { CHUNKS_AT_ONCE = 4 };

static void array_of(zarr_array *out, const cz_overview *o, const commit_marker *m)
{
    overview_picture_array(out, m->zarr, o->pictures, o->height, o->width, m->analysis_version);
    json_free(out->attributes);
    out->attributes = NULL;
}

int cz_clip_overview(cz_overview *out, const cz_clip *clip, cz_error *err)
{
    const cz_facts *f = clip->facts;
    overview_rate rate;
    zarr_array a;
    const int rc = analysis_check(clip, err);
    if (rc < 0)
        return rc;
    const commit_marker *m = clip->marker;
    if (!overview_rate_parse(&rate, m->overview))
        return cz_fail(err, CZ_FORMAT, "clips/%s: \"%.40s\" is no rate of an overview", f->name,
                       m->overview);
    const frame_step step = overview_step(rate, f->rate_num, f->rate_den);
    cz_overview o = {.pictures = overview_count(step, f->frames),
                     .width = (f->width + 7) / 8,
                     .height = (f->height + 7) / 8,
                     .step_num = step.num,
                     .step_den = step.den,
                     .rate_num = rate.num,
                     .rate_den = rate.den,
                     .version = m->analysis_version};
    array_of(&a, &o, m);
    o.chunk_pictures = a.chunk[0];
    *out = o;
    return CZ_OK;
}

/* ---- Pictures ---- */

typedef struct batch {
    cz_clip *clip;
    cz_overview about;
    zarr_array array;
    size_t picture_bytes, chunk_bytes;
    cz_request *req;
    size_t n;
} batch;

/* A chunk on its way into requests. */
typedef struct picture_chunk {
    uint64_t number;
    char key[KEY_MAX];
    const marker_object *object;
    uint8_t *packed;
    int rc;
    cz_error err;
} picture_chunk;

static bool is_of(const batch *b, const cz_request *r, uint64_t chunk)
{
    return r->rc == CZ_OK && r->frame / b->about.chunk_pictures == chunk;
}

/* Check a request, and give it memory. */
static int prepare_request(const batch *b, cz_request *r, cz_error *why)
{
    const char *name = b->clip->facts->name;
    r->size = 0;
    if (r->frame >= b->about.pictures)
        return cz_fail(why, CZ_ABSENT,
                       "picture %" PRIu64 " of %s: its overview has %" PRIu64 " pictures", r->frame,
                       name, b->about.pictures);
    r->size = b->picture_bytes;
    if (r->owned && r->room < r->size)
        cz_request_free(r, 1);
    if (r->data && r->room < r->size)
        return cz_fail(why, CZ_USAGE, "picture %" PRIu64 " of %s: %zu bytes of room for its %zu",
                       r->frame, name, r->room, r->size);
    if (r->data)
        return CZ_OK;
    r->data = malloc(b->picture_bytes);
    if (!r->data)
        return cz_fail_memory(why, "picture %" PRIu64 " of %s: %zu bytes", r->frame, name,
                              b->picture_bytes);
    r->owned = true;
    r->room = b->picture_bytes;
    return CZ_OK;
}

static int prepare_chunk(picture_chunk *c, const batch *b, cz_error *err)
{
    const commit_marker *m = b->clip->marker;
    char rel_key[REL_KEY_MAX];
    rel_key_overview_chunk(rel_key, m->zarr, c->number);
    clip_key(c->key, m->facts.name, rel_key);
    c->object = commit_marker_find(m, rel_key);
    if (!c->object)
        return cz_fail(err, CZ_FORMAT, "%s: the clip's commit marker doesn't list it", c->key);
    const uint64_t size = c->object->size;
    if (size == 0 || size > b->chunk_bytes + b->chunk_bytes / 8 + 4096)
        return cz_fail(err, CZ_FORMAT, "%s: %" PRIu64 " bytes can't hold %" PRIu64 " pictures",
                       c->key, size, b->about.chunk_pictures);
    c->packed = malloc((size_t)size);
    return c->packed ? CZ_OK : cz_fail_memory(err, "%s: %" PRIu64 " bytes", c->key, size);
}

/* Check and decode a chunk that was fetched, and copy its pictures. `pictures` has chunk_bytes. */
static int unpack(const batch *b, const picture_chunk *c, uint8_t *pictures, cz_error *err)
{
    char hex[SHA256_HEX + 1];
    const size_t size = (size_t)c->object->size;
    int rc = sha256_hex(hex, c->packed, size, err);
    if (rc == CZ_OK && strcmp(hex, c->object->sha256) != 0)
        rc = cz_fail(err, CZ_CORRUPT, "%s: its SHA-256 isn't the one in the commit marker", c->key);
    if (rc == CZ_OK)
        rc = zarr_decode(pictures, b->chunk_bytes, &b->array, c->packed, size, c->key, err);
    for (size_t i = 0; rc == CZ_OK && i < b->n; i++)
        if (is_of(b, &b->req[i], c->number))
            memcpy(b->req[i].data,
                   pictures +
                       (size_t)(b->req[i].frame % b->about.chunk_pictures) * b->picture_bytes,
                   b->picture_bytes);
    return rc;
}

/* The requests of a chunk fail; they keep no memory of the library. */
static void fail_requests(const batch *b, const picture_chunk *c)
{
    for (size_t i = 0; i < b->n; i++) {
        cz_request *r = &b->req[i];
        if (!is_of(b, r, c->number))
            continue;
        if (r->owned)
            cz_request_free(r, 1);
        r->rc = c->rc;
    }
}

/* Fetch up to CHUNKS_AT_ONCE chunks together. The first failure goes to *err. */
static int read_chunks(const batch *b, picture_chunk *c, size_t n, uint8_t *pictures, cz_error *err)
{
    os_read reads[CHUNKS_AT_ONCE] = {0};
    size_t n_reads = 0;
    int rc = CZ_OK;
    for (size_t i = 0; i < n; i++)
        if (c[i].rc == CZ_OK)
            reads[n_reads++] = (os_read){.key = c[i].key,
                                         .len = (size_t)c[i].object->size,
                                         .to = c[i].packed,
                                         .user = &c[i]};
    if (n_reads > 0)
        (void)os_get(b->clip->store->os, reads, n_reads, NULL, NULL);
    for (size_t i = 0; i < n_reads; i++) {
        picture_chunk *of = reads[i].user;
        of->rc = reads[i].rc;
        of->err = reads[i].err;
        if (of->rc == CZ_OK)
            of->rc = unpack(b, of, pictures, &of->err);
    }
    for (size_t i = 0; i < n; i++) {
        if (c[i].rc < 0)
            fail_requests(b, &c[i]);
        if (c[i].rc < 0 && rc == CZ_OK) {
            rc = c[i].rc;
            if (err)
                *err = c[i].err;
        }
        free(c[i].packed);
    }
    return rc;
}

/* The least number of a chunk, from `from` on, that a request needs; UINT64_MAX: none. */
static uint64_t next_chunk(const batch *b, uint64_t from)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < b->n; i++) {
        const uint64_t chunk = b->req[i].frame / b->about.chunk_pictures;
        if (b->req[i].rc == CZ_OK && chunk >= from && chunk < least)
            least = chunk;
    }
    return least;
}

/* Read the chunks of all requests that are valid. Returns the first failure. */
static int read_all(const batch *b, cz_error *err)
{
    int rc = CZ_OK;
    uint8_t *pictures = malloc(b->chunk_bytes);
    for (uint64_t at = next_chunk(b, 0); at != UINT64_MAX;) {
        picture_chunk c[CHUNKS_AT_ONCE] = {0};
        cz_error why = {0};
        size_t n = 0;
        for (; n < CHUNKS_AT_ONCE && at != UINT64_MAX; at = next_chunk(b, at + 1), n++) {
            c[n].number = at;
            c[n].rc = pictures ? prepare_chunk(&c[n], b, &c[n].err)
                               : cz_fail_memory(&c[n].err, "%zu bytes", b->chunk_bytes);
        }
        const int failed = read_chunks(b, c, n, pictures, &why);
        if (failed < 0 && rc == CZ_OK) {
            rc = failed;
            if (err)
                *err = why;
        }
    }
    free(pictures);
    return rc;
}

int cz_overview_pictures(cz_clip *clip, cz_request *req, size_t n, cz_error *err)
{
    batch b = {.clip = clip, .req = req, .n = n};
    cz_error why = {0};
    int first = cz_clip_overview(&b.about, clip, err);
    if (first < 0 || n == 0)
        return first;
    array_of(&b.array, &b.about, clip->marker);
    b.picture_bytes = (size_t)b.about.width * b.about.height * 3;
    b.chunk_bytes = b.picture_bytes * (size_t)b.about.chunk_pictures;
    for (size_t i = 0; i < n; i++) {
        cz_error of_request = {0};
        req[i].rc = prepare_request(&b, &req[i], &of_request);
        if (req[i].rc < 0 && first == CZ_OK) {
            first = req[i].rc;
            why = of_request;
        }
    }
    cz_error of_chunk = {0};
    int rc = read_all(&b, &of_chunk);
    rc = analysis_check_replaced(clip, rc, &of_chunk);
    if (first == CZ_OK && rc < 0) {
        first = rc;
        why = of_chunk;
    }
    if (first < 0 && err)
        *err = why;
    return first;
}
