#include "reader/index_column.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "format/layout.h"

/* Compressed data may be a little larger than the values, and is never smaller by more than this
 * factor: a commit marker that claims so must not cause an allocation of that size. */
enum { SMALLEST_SHARE = 1 << 20 };

typedef struct chunk {
    char key[KEY_MAX];
    const marker_object *object; /* NULL: the array is empty and has no chunk */
    uint8_t *bytes;
    bool cached; /* it was in the cache, and compared before it was put there */
} chunk;

static size_t values_of(const index_column *v)
{
    size_t n = 1;
    for (size_t d = 0; d < v->array.n_dims; d++)
        n *= (size_t)v->array.shape[d];
    return n;
}

static size_t bytes_of(const index_column *v)
{
    return values_of(v) * zarr_type_size(v->array.type);
}

static int prepare(chunk *c, const index_column *v, const commit_marker *m, cz_error *err)
{
    char rel_key[REL_KEY_MAX];
    const size_t len = bytes_of(v);
    if (len == 0)
        return CZ_OK;
    rel_key_first_chunk(rel_key, m->zarr, v->rel_key, v->array.n_dims);
    clip_key(c->key, m->facts.name, rel_key);
    c->object = commit_marker_find(m, rel_key);
    if (!c->object)
        return cz_fail(err, CZ_FORMAT, "%s: the clip's commit marker doesn't list it", c->key);
    const uint64_t size = c->object->size;
    if (size > len + len / 8 + 4096 || size < len / SMALLEST_SHARE || size == 0)
        return cz_fail(err, CZ_FORMAT, "%s: %" PRIu64 " bytes can't hold %" PRIu64 " values",
                       c->key, size, (uint64_t)values_of(v));
    c->bytes = malloc((size_t)size);
    return c->bytes ? CZ_OK : cz_fail_memory(err, "%s: %" PRIu64 " bytes", c->key, size);
}

static int fetch(chunk *c, size_t n, object_store *os, cz_error *err)
{
    size_t wanted = 0;
    os_read *reads = calloc(n + 1, sizeof *reads); /* n may be 0 */
    if (!reads)
        return cz_fail_memory(err, "%zu objects", n);
    for (size_t i = 0; i < n; i++)
        if (c[i].object && !c[i].cached)
            reads[wanted++] =
                (os_read){.key = c[i].key, .len = (size_t)c[i].object->size, .to = c[i].bytes};
    const int rc = wanted ? os_get(os, reads, wanted, NULL, err) : CZ_OK;
    free(reads);
    return rc;
}

static int check(const chunk *c, cz_error *err)
{
    char hex[SHA256_HEX + 1];
    const int rc = sha256_hex(hex, c->bytes, (size_t)c->object->size, err);
    if (rc == CZ_OK && strcmp(hex, c->object->sha256) != 0)
        return cz_fail(err, CZ_CORRUPT, "%s: its SHA-256 isn't the one in the commit marker",
                       c->key);
    return rc;
}

static int decode(index_column *v, const chunk *c, object_cache *cache, cz_error *err)
{
    if (!c->object)
        return CZ_OK;
    const size_t len = bytes_of(v), size = (size_t)c->object->size;
    int rc = c->cached ? CZ_OK : check(c, err);
    if (rc < 0)
        return rc;
    if (!c->cached)
        object_cache_keep(cache, c->object->sha256, c->bytes, size);
    v->data = malloc(len);
    if (!v->data)
        return cz_fail_memory(err, "%s: %zu bytes", c->key, len);
    rc = zarr_decode(v->data, len, &v->array, c->bytes, size, c->key, err);
    if (rc == CZ_OK)
        zarr_little_endian(v->data, values_of(v), zarr_type_size(v->array.type));
    return rc;
}

int columns_fetch(index_column *v, size_t n, object_store *os, object_cache *cache,
                  const commit_marker *m, cz_error *err)
{
    int rc = CZ_OK;
    for (size_t i = 0; i < n; i++)
        v[i].data = NULL;
    chunk *c = calloc(n + 1, sizeof *c); /* n may be 0 */
    if (!c)
        return cz_fail_memory(err, "%s: %zu arrays", m->facts.name, n);
    for (size_t i = 0; rc == CZ_OK && i < n; i++)
        rc = prepare(&c[i], &v[i], m, err);
    for (size_t i = 0; rc == CZ_OK && i < n; i++)
        c[i].cached = c[i].object && object_cache_find(cache, c[i].object->sha256, c[i].bytes,
                                                       (size_t)c[i].object->size);
    if (rc == CZ_OK)
        rc = fetch(c, n, os, err);
    for (size_t i = 0; rc == CZ_OK && i < n; i++)
        rc = decode(&v[i], &c[i], cache, err);
    for (size_t i = 0; i < n; i++) {
        free(c[i].bytes);
        if (rc < 0) {
            free(v[i].data);
            v[i].data = NULL;
        }
    }
    free(c);
    return rc;
}

int column_narrow_flags(index_column *v, const char *clip, cz_error *err)
{
    const uint64_t n = v->array.shape[0];
    const int64_t *stored = v->data;
    uint8_t *flags = malloc((size_t)n);
    if (!flags)
        return cz_fail_memory(err, "clips/%s/%s", clip, v->rel_key);
    for (uint64_t i = 0; i < n; i++) {
        if (stored[i] < 0 || stored[i] > UINT8_MAX) {
            free(flags);
            return cz_fail(err, CZ_FORMAT, "clips/%s/%s: %" PRId64 " (frame %" PRIu64 ")", clip,
                           v->rel_key, stored[i], i);
        }
        flags[i] = (uint8_t)stored[i];
    }
    free(v->data);
    v->data = flags;
    return CZ_OK;
}
