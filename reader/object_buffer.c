#include "reader/object_buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int object_buffer_new(object_buffer *b, object_store *os, cz_error *err)
{
    *b = (object_buffer){.os = os, .bytes = malloc(OBJECT_BUFFER)};
    return b->bytes ? CZ_OK : cz_fail_memory(err, "buffer of %d bytes", (int)OBJECT_BUFFER);
}

void object_buffer_free(object_buffer *b)
{
    if (!b)
        return;
    free(b->bytes);
    *b = (object_buffer){0};
}

static bool holds(const object_buffer *b, const char *key, uint64_t offset, size_t len)
{
    return offset >= b->offset && offset - b->offset < b->len &&
           len <= b->len - (size_t)(offset - b->offset) && strcmp(b->key, key) == 0;
}

void object_buffer_require(object_buffer *b, const char *key, uint64_t offset, size_t len)
{
    if (!holds(b, key, offset, len))
        b->len = 0;
}

int object_buffer_at(object_buffer *b, const char *key, uint64_t offset, uint64_t end,
                     const uint8_t **ret_bytes, size_t *ret_n, cz_error *err)
{
    if (!holds(b, key, offset, 1)) {
        const size_t len = end - offset < OBJECT_BUFFER ? (size_t)(end - offset) : OBJECT_BUFFER;
        os_read read = {.key = key, .offset = offset, .len = len, .to = b->bytes};
        b->len = 0;
        const int rc = os_get(b->os, &read, 1, NULL, err);
        if (rc < 0)
            return rc;
        (void)snprintf(b->key, sizeof b->key, "%s", key);
        b->offset = offset;
        b->len = len;
    }
    const size_t in = (size_t)(offset - b->offset);
    const size_t n = b->len - in;
    *ret_bytes = b->bytes + in;
    *ret_n = n < end - offset ? n : (size_t)(end - offset);
    return CZ_OK;
}
