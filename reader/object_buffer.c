#include "reader/object_buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int object_buffer_new(object_buffer *w, object_store *os, cz_error *err)
{
    *w = (object_buffer){.os = os, .bytes = malloc(OBJECT_BUFFER)};
    return w->bytes ? CZ_OK : cz_fail_memory(err, "buffer of %d bytes", (int)OBJECT_BUFFER);
}

void object_buffer_free(object_buffer *w)
{
    if (!w)
        return;
    free(w->bytes);
    *w = (object_buffer){0};
}

static bool holds(const object_buffer *w, const char *key, uint64_t offset, size_t len)
{
    return offset >= w->offset && offset - w->offset < w->len &&
           len <= w->len - (size_t)(offset - w->offset) && strcmp(w->key, key) == 0;
}

void object_buffer_require(object_buffer *w, const char *key, uint64_t offset, size_t len)
{
    if (!holds(w, key, offset, len))
        w->len = 0;
}

int object_buffer_at(object_buffer *w, const char *key, uint64_t offset, uint64_t end,
                     const uint8_t **ret_bytes, size_t *ret_n, cz_error *err)
{
    if (!holds(w, key, offset, 1)) {
        const size_t len = end - offset < OBJECT_BUFFER ? (size_t)(end - offset) : OBJECT_BUFFER;
        os_read read = {.key = key, .offset = offset, .len = len, .to = w->bytes};
        w->len = 0;
        const int rc = os_get(w->os, &read, 1, NULL, err);
        if (rc < 0)
            return rc;
        (void)snprintf(w->key, sizeof w->key, "%s", key);
        w->offset = offset;
        w->len = len;
    }
    const size_t in = (size_t)(offset - w->offset);
    const size_t n = w->len - in;
    *ret_bytes = w->bytes + in;
    *ret_n = n < end - offset ? n : (size_t)(end - offset);
    return CZ_OK;
}
