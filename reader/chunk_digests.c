#include "reader/chunk_digests.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/chunk_list.h"
#include "reader/object_buffer.h"

/* ---- The lines ------------------------------------------------------------------------------ */

typedef int (*take_line)(void *user, const chunk_list_entry *line, cz_error *err);

static int take_all(chunk_list *l, take_line take, void *user, cz_error *err)
{
    chunk_list_entry line;
    int rc;
    while ((rc = chunk_list_next(l, &line, err)) > 0)
        if ((rc = take(user, &line, err)) < 0)
            return rc;
    return rc;
}

/* Pass each line to take(). The results are valid only after CZ_OK, since the digest is known at
 * the end. A line that cannot be used is reported as FORMAT only if the digest is right; otherwise
 * it is damage. */
static int each_line(const cz_clip *clip, take_line take, void *user, cz_error *err)
{
    const char *name = clip->facts->name;
    const marker_object *o = commit_marker_find(clip->marker, REL_KEY_CHUNK_LIST);
    chunk_list l;
    cz_error why;
    if (!o)
        return cz_fail(err, CZ_FORMAT, "%s: its commit marker doesn't list %s", name,
                       REL_KEY_CHUNK_LIST);
    int rc = chunk_list_open(&l, clip->store->os, name, o->size, err);
    if (rc < 0)
        return rc;
    rc = take_all(&l, take, user, &why);
    if (rc == CZ_OK || rc == CZ_FORMAT) {
        const int sound = chunk_list_check(&l, o->sha256, err);
        if (sound < 0)
            rc = sound;
        else if (rc < 0 && err)
            *err = why;
    } else if (err) {
        *err = why;
    }
    chunk_list_close(&l);
    return rc;
}

/* ---- Chunks of source/bytes ----------------------------------------------------------------- */

typedef struct reading {
    const cz_clip *clip;
    chunk_digests *to;
    uint64_t room;
} reading;

static int grow(reading *r, cz_error *err)
{
    const uint64_t room = r->room ? 2 * r->room : 16;
    chunk_digest *at = realloc(r->to->at, (size_t)room * sizeof *at);
    if (!at)
        return cz_fail_memory(err, "%s: %" PRIu64 " chunks", r->clip->facts->name, room);
    r->to->at = at;
    r->room = room;
    return CZ_OK;
}

/* The lines must be in the order of the chunks, so that memory grows with the lines that exist and
 * not with what one claims. */
static int take_chunk(void *user, const chunk_list_entry *line, cz_error *err)
{
    reading *r = user;
    uint64_t i;
    int rc;
    if (!rel_key_is_source_chunk(&i, r->clip->marker->zarr, line->rel_key))
        return CZ_OK;
    if (i != r->to->n)
        return cz_fail(err, CZ_FORMAT, "clips/%s/%s: %s isn't the chunk that comes next",
                       r->clip->facts->name, REL_KEY_CHUNK_LIST, line->rel_key);
    if (r->to->n == r->room && (rc = grow(r, err)) < 0)
        return rc;
    chunk_digest *d = &r->to->at[r->to->n++];
    d->size = line->size;
    (void)snprintf(d->sha256, sizeof d->sha256, "%s", line->sha256);
    return CZ_OK;
}

static int load(chunk_digests **out, const cz_clip *clip, cz_error *err)
{
    const uint64_t n = commit_marker_source_chunks(clip->marker);
    reading r = {.clip = clip, .to = calloc(1, sizeof *r.to)};
    if (!r.to)
        return cz_fail_memory(err, "%s: %" PRIu64 " chunks", clip->facts->name, n);
    int rc = each_line(clip, take_chunk, &r, err);
    if (rc == CZ_OK && r.to->n != n)
        rc =
            cz_fail(err, CZ_FORMAT, "clips/%s/%s: %" PRIu64 " chunks of source/bytes, not %" PRIu64,
                    clip->facts->name, REL_KEY_CHUNK_LIST, r.to->n, n);
    if (rc == CZ_OK) {
        *out = r.to;
        r.to = NULL;
    }
    chunk_digests_free(&r.to);
    return rc;
}

int chunk_digests_of(const chunk_digests **out, cz_clip *clip, cz_error *err)
{
    chunk_digests *there = atomic_load_explicit(&clip->chunk_digests, memory_order_acquire);
    chunk_digests *mine = NULL;
    if (!there) {
        const int rc = load(&mine, clip, err);
        if (rc < 0)
            return rc;
        /* The first one to be stored stays: another thread may hold its address. */
        if (atomic_compare_exchange_strong(&clip->chunk_digests, &there, mine))
            there = mine;
        else
            chunk_digests_free(&mine);
    }
    *out = there;
    return CZ_OK;
}

void chunk_digests_free(chunk_digests **d)
{
    if (!d || !*d)
        return;
    free((*d)->at);
    free(*d);
    *d = NULL;
}

/* ---- Comparing ------------------------------------------------------------------------------ */

static int compare(const chunk_digest *d, const char *hex, const char *key, cz_error *err)
{
    return strcmp(hex, d->sha256) == 0
               ? CZ_OK
               : cz_fail(err, CZ_CORRUPT, "%s: its SHA-256 isn't the one in %s", key,
                         REL_KEY_CHUNK_LIST);
}

int chunk_digest_check(const chunk_digest *d, const void *bytes, size_t n, const char *key,
                       cz_error *err)
{
    char hex[SHA256_HEX + 1];
    if (n != d->size)
        return cz_fail(err, CZ_CORRUPT, "%s: it has %zu bytes and should have %" PRIu64, key, n,
                       d->size);
    const int rc = sha256_hex(hex, bytes, n, err);
    return rc < 0 ? rc : compare(d, hex, key, err);
}

typedef struct search {
    char rel_key[REL_KEY_MAX];
    bool found;
    chunk_digest digest;
} search;

static int find_line(void *user, const chunk_list_entry *line, cz_error *err)
{
    search *s = user;
    (void)err;
    if (strcmp(line->rel_key, s->rel_key) == 0) {
        s->found = true;
        s->digest.size = line->size;
        (void)snprintf(s->digest.sha256, sizeof s->digest.sha256, "%s", line->sha256);
    }
    return CZ_OK;
}

static int digest_object(char *hex, const cz_clip *clip, const char *key, uint64_t size,
                         cz_error *err)
{
    object_buffer w = {0};
    digest *d = NULL;
    int rc = digest_new(&d, DIGEST_SHA256, err);
    if (rc == CZ_OK)
        rc = object_buffer_new(&w, clip->store->os, err);
    for (uint64_t at = 0; rc == CZ_OK && at < size;) {
        const uint8_t *bytes = NULL;
        size_t n = 0;
        rc = object_buffer_at(&w, key, at, size, &bytes, &n, err);
        if (rc == CZ_OK)
            digest_update(d, bytes, n);
        at += n;
    }
    if (rc == CZ_OK)
        rc = digest_final_hex(d, hex, err);
    object_buffer_free(&w);
    digest_free(&d);
    return rc;
}

int shard_check(const cz_clip *clip, uint64_t shard, cz_error *err)
{
    char key[KEY_MAX], hex[SHA256_HEX + 1];
    search s = {.found = false};
    rel_key_shard(s.rel_key, clip->marker->zarr, shard);
    shard_key(key, clip->marker->zarr, clip->facts->name, shard);
    int rc = each_line(clip, find_line, &s, err);
    if (rc < 0)
        return rc;
    if (!s.found)
        return cz_fail(err, CZ_FORMAT, "clips/%s/%s: it doesn't list %s", clip->facts->name,
                       REL_KEY_CHUNK_LIST, s.rel_key);
    rc = digest_object(hex, clip, key, s.digest.size, err);
    return rc < 0 ? rc : compare(&s.digest, hex, key, err);
}
