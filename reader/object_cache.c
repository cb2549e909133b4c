#include "reader/object_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

enum { OBJECTS_MAX = 1024 };

typedef struct object {
    char sha256[SHA256_HEX];
    uint64_t used; /* the cache's clock at the last use */
    size_t len;
    uint8_t *data;
} object;

struct object_cache {
    pthread_mutex_t lock; /* of the members below */
    size_t room, bytes;
    uint64_t clock;
    size_t n;
    object object[OBJECTS_MAX];
};

int object_cache_new(object_cache **out, size_t bytes, cz_error *err)
{
    *out = NULL;
    object_cache *c = calloc(1, sizeof *c);
    if (!c || pthread_mutex_init(&c->lock, NULL) != 0) {
        free(c);
        return cz_fail_memory(err, "cache of %zu bytes", bytes);
    }
    c->room = bytes;
    *out = c;
    return CZ_OK;
}

void object_cache_free(object_cache **c)
{
    if (!c || !*c)
        return;
    for (size_t i = 0; i < (*c)->n; i++)
        free((*c)->object[i].data);
    (void)pthread_mutex_destroy(&(*c)->lock);
    free(*c);
    *c = NULL;
}

static object *find(object_cache *c, const char *sha256)
{
    for (size_t i = 0; i < c->n; i++)
        if (memcmp(c->object[i].sha256, sha256, SHA256_HEX) == 0)
            return &c->object[i];
    return NULL;
}

bool object_cache_find(object_cache *c, const char *sha256, void *to, size_t len)
{
    if (!c || pthread_mutex_trylock(&c->lock) != 0)
        return false;
    object *o = find(c, sha256);
    const bool found = o && o->len == len;
    if (found) {
        memcpy(to, o->data, len);
        o->used = ++c->clock;
    }
    (void)pthread_mutex_unlock(&c->lock);
    return found;
}

static void drop_oldest(object_cache *c)
{
    object *oldest = c->object;
    for (size_t i = 1; i < c->n; i++)
        if (c->object[i].used < oldest->used)
            oldest = &c->object[i];
    c->bytes -= oldest->len;
    free(oldest->data);
    *oldest = c->object[--c->n];
}

void object_cache_keep(object_cache *c, const char *sha256, const void *data, size_t len)
{
    if (!c || len == 0 || len > c->room || pthread_mutex_trylock(&c->lock) != 0)
        return;
    uint8_t *copy = find(c, sha256) ? NULL : malloc(len);
    if (copy) {
        while (c->n > 0 && (c->n == OBJECTS_MAX || c->room - c->bytes < len))
            drop_oldest(c);
        memcpy(copy, data, len);
        object *o = &c->object[c->n++];
        *o = (object){.used = ++c->clock, .len = len, .data = copy};
        memcpy(o->sha256, sha256, SHA256_HEX);
        c->bytes += len;
    }
    (void)pthread_mutex_unlock(&c->lock);
}
