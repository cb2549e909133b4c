/* Shards and chunks of source/bytes, each compared with its line in chunks.jsonl. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/verify.h"

typedef struct chunk_walk {
    verify *v;
    chunk_list lines;
    bool trusted; /* the lines have the right digest, and were in order so far */
    bool held;    /* `line` is valid and has not been used */
    chunk_list_entry line;
    /* chunks of source/bytes */
    buf stored;
    uint8_t *bytes;
    uint64_t range, in_range; /* position of the next extra byte */
} chunk_walk;

/* Read the next line to w->line, if the lines are trusted and there is one. */
static int fetch_line(chunk_walk *w, cz_error *err)
{
    cz_error why;
    if (!w->trusted || w->held)
        return CZ_OK;
    const int rc = chunk_list_next(&w->lines, &w->line, &why);
    w->held = rc > 0;
    if (rc >= 0)
        return CZ_OK;
    w->trusted = false;
    return verify_failure(w->v, REL_KEY_CHUNK_LIST, rc, &why, err);
}

/* The line of an object; NULL if it is unknown. An object that is not `certain` to be in the clip
 * is in it if the next line is its. */
static int line_of(const chunk_list_entry **out, chunk_walk *w, const char *rel_key, bool certain,
                   cz_error *err)
{
    *out = NULL;
    const int rc = fetch_line(w, err);
    if (rc < 0 || !w->trusted)
        return rc;
    if (w->held && strcmp(w->line.rel_key, rel_key) == 0) {
        *out = &w->line;
        w->held = false;
        return CZ_OK;
    }
    if (!certain)
        return CZ_OK;
    w->trusted = false;
    verify_report(w->v, CZ_FORMAT, REL_KEY_CHUNK_LIST, -1, "expected %s next, found %s", rel_key,
                  w->held ? w->line.rel_key : "the end");
    return CZ_OK;
}

static int check_lines_end(chunk_walk *w, cz_error *err)
{
    const int rc = fetch_line(w, err);
    if (rc == CZ_OK && w->trusted && w->held)
        verify_report(w->v, CZ_FORMAT, REL_KEY_CHUNK_LIST, -1,
                      "it lists more than the clip has: %s", w->line.rel_key);
    return rc;
}

/* ---- Shards --------------------------------------------------------------------------------- */

static uint64_t bytes_of_shard(const verify *v, uint64_t shard)
{
    const cz_facts *f = v->clip->facts;
    uint64_t sum = 0, i = shard * f->frames_per_shard;
    for (uint32_t k = 0; v->table && k < f->frames_per_shard && i < f->frames; k++, i++)
        sum += clip_sizes(v->clip)[i];
    return sum;
}

static int check_shards(chunk_walk *w, cz_error *err)
{
    verify *v = w->v;
    const uint64_t n = commit_marker_shards(v->clip->marker);
    for (uint64_t k = 0; k < n; k++) {
        char rel_key[REL_KEY_MAX];
        const chunk_list_entry *line = NULL;
        int rc = CZ_OK;
        if (!verify_shard_exists(v, k))
            continue;
        rel_key_shard(rel_key, v->store->zarr, k);
        if ((rc = line_of(&line, w, rel_key, v->table, err)) < 0 ||
            (rc = verify_shard(v, k, line, err)) < 0 ||
            (rc = verify_progress(v, bytes_of_shard(v, k), err)) < 0)
            return rc;
    }
    return CZ_OK;
}

/* ---- Extra bytes ---------------------------------------------------------------------------- */

/* Compare the next n extra bytes with the MOV, range by range; unless they are `good`, only
 * advance. */
static int compare_extra(chunk_walk *w, const char *rel_key, size_t n, bool good, cz_error *err)
{
    const extra_ranges *r = &w->v->ranges;
    for (size_t at = 0, part; at < n; at += part) {
        const uint64_t left = r->length[w->range] - w->in_range;
        const uint64_t offset = r->offset[w->range] + w->in_range;
        part = left < n - at ? (size_t)left : n - at;
        size_t same = part;
        const int rc = good ? verify_compare(w->v, offset, w->bytes + at, part, &same, err) : CZ_OK;
        if (rc < 0)
            return rc;
        if (same < part)
            verify_report(w->v, CZ_CORRUPT, rel_key, -1,
                          "differs from %s from its byte %" PRIu64 " on",
                          source_name(w->v->original), offset + same);
        w->in_range += part;
        if (part == left) {
            w->range++;
            w->in_range = 0;
        }
    }
    return CZ_OK;
}

/* *ret_good: the bytes have the right digest, and are decoded. */
static int check_chunk(chunk_walk *w, uint64_t i, const char *rel_key, const chunk_list_entry *line,
                       bool *ret_good, cz_error *err)
{
    verify *v = w->v;
    cz_error why;
    char hex[SHA256_HEX + 1];
    *ret_good = false;
    int rc = extra_chunk_fetch(&w->stored, v->clip, i, &why);
    if (rc == CZ_ABSENT) {
        verify_report(v, CZ_ABSENT, rel_key, -1, "it is missing");
        return CZ_OK;
    }
    if (rc < 0)
        return verify_failure(v, rel_key, rc, &why, err);
    if ((rc = sha256_hex(hex, w->stored.at, w->stored.len, err)) < 0)
        return rc;
    if (line && line->size != w->stored.len)
        verify_report(v, CZ_CORRUPT, rel_key, -1, "it has %zu bytes and should have %" PRIu64,
                      w->stored.len, line->size);
    else if (line && strcmp(hex, line->sha256) != 0)
        verify_report(v, CZ_CORRUPT, rel_key, -1,
                      "its SHA-256 isn't the one in " REL_KEY_CHUNK_LIST);
    else if ((rc = extra_chunk_decode(w->bytes, v->clip, i, &w->stored, &why)) < 0)
        return verify_failure(v, rel_key, rc, &why, err);
    else
        *ret_good = true;
    return CZ_OK;
}

static int check_source(chunk_walk *w, cz_error *err)
{
    verify *v = w->v;
    const uint64_t n = commit_marker_source_chunks(v->clip->marker);
    if (n == 0)
        return CZ_OK;
    w->bytes = malloc(SOURCE_CHUNK);
    if (!w->bytes)
        return cz_fail_memory(err, "%s: chunk of extra bytes", v->name);
    for (uint64_t i = 0; i < n; i++) {
        char rel_key[REL_KEY_MAX];
        bool good = false;
        const chunk_list_entry *line = NULL;
        const size_t used = extra_chunk_used(v->clip, i);
        int rc = CZ_OK;
        rel_key_source_chunk(rel_key, v->store->zarr, i);
        if ((rc = line_of(&line, w, rel_key, true, err)) < 0 ||
            (rc = check_chunk(w, i, rel_key, line, &good, err)) < 0 ||
            (rc = verify_progress(v, used, err)) < 0)
            return rc;
        if (v->original && v->has_ranges && (rc = compare_extra(w, rel_key, used, good, err)) < 0)
            return rc;
    }
    return CZ_OK;
}

int verify_chunks(verify *v, cz_error *err)
{
    chunk_walk w = {.v = v, .trusted = verify_is_intact(v, REL_KEY_CHUNK_LIST)};
    const marker_object *lines = commit_marker_find(v->clip->marker, REL_KEY_CHUNK_LIST);
    int rc = CZ_OK;
    if (w.trusted)
        rc = chunk_list_open(&w.lines, v->store->os, v->name, lines->size, err);
    if (rc == CZ_OK && (rc = check_shards(&w, err)) == CZ_OK &&
        (rc = check_source(&w, err)) == CZ_OK)
        rc = check_lines_end(&w, err);
    chunk_list_close(&w.lines);
    buf_free(&w.stored);
    free(w.bytes);
    return rc;
}
