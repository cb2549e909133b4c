#include "cli/serve/body_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_MAX_LEN = 80, ENTRIES_MAX = 4096 };

typedef struct entry {
    char key[KEY_MAX_LEN];
    uint8_t *data;
    size_t len;
    uint64_t used;
} entry;

struct body_cache {
    pthread_mutex_t lock;
    size_t limit, bytes, n;
    uint64_t clock;
    entry entry[ENTRIES_MAX];
};

int body_cache_new(body_cache **out, size_t bytes, cz_error *err)
{
    body_cache *c = calloc(1, sizeof *c);
    if (!c || pthread_mutex_init(&c->lock, NULL) != 0) {
        free(c);
        return cz_fail_memory(err, "cache of pictures");
    }
    c->limit = bytes;
    *out = c;
    return CZ_OK;
}

void body_cache_free(body_cache **ref)
{
    body_cache *c = *ref;
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++)
        free(c->entry[i].data);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
    *ref = NULL;
}

static entry *find(body_cache *c, const char *key)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->entry[i].key, key) == 0)
            return &c->entry[i];
    return NULL;
}

static void drop_oldest(body_cache *c)
{
    size_t oldest = 0;
    for (size_t i = 1; i < c->n; i++)
        if (c->entry[i].used < c->entry[oldest].used)
            oldest = i;
    c->bytes -= c->entry[oldest].len;
    free(c->entry[oldest].data);
    c->entry[oldest] = c->entry[--c->n];
}

bool body_cache_get(buf *out, body_cache *c, const char *etag)
{
    (void)pthread_mutex_lock(&c->lock);
    entry *e = find(c, etag);
    uint8_t *to = e ? buf_grow(out, e->len) : NULL;
    if (to) {
        e->used = ++c->clock;
        memcpy(to, e->data, e->len);
    }
    (void)pthread_mutex_unlock(&c->lock);
    return to != NULL;
}

void body_cache_put(body_cache *c, const char *etag, const buf *body)
{
    if (body->len == 0 || body->bad || body->len > c->limit / 4 || strlen(etag) >= KEY_MAX_LEN)
        return;
    uint8_t *data = malloc(body->len);
    if (!data)
        return;
    memcpy(data, body->at, body->len);
    (void)pthread_mutex_lock(&c->lock);
    entry *e = find(c, etag);
    if (!e) {
        while (c->n > 0 && (c->n == ENTRIES_MAX || c->bytes + body->len > c->limit))
            drop_oldest(c);
        e = &c->entry[c->n++];
        *e = (entry){.data = data, .len = body->len, .used = ++c->clock};
        memcpy(e->key, etag, strlen(etag) + 1);
        c->bytes += body->len;
        data = NULL;
    }
    (void)pthread_mutex_unlock(&c->lock);
    free(data); /* another thread was faster */
}

size_t body_cache_bytes(body_cache *c)
{
    (void)pthread_mutex_lock(&c->lock);
    const size_t n = c->bytes;
    (void)pthread_mutex_unlock(&c->lock);
    return n;
}
