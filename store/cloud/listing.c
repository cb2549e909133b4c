#include "store/cloud/listing.h"

#include <stdlib.h>
#include <string.h>

/* A folder ends with '/', which no key does. */
static bool is_valid(const char *key, bool folder)
{
    char name[OS_KEY_MAX + 1];
    const size_t n = strlen(key);
    if (!folder)
        return os_key_valid(key);
    if (n < 2 || n > OS_KEY_MAX || key[n - 1] != '/')
        return false;
    memcpy(name, key, n - 1);
    name[n - 1] = '\0';
    return os_key_valid(name);
}

int listing_page_add(listing_page *p, const char *key, const char *prefix, uint64_t size,
                     int64_t modified, bool folder, cz_error *err)
{
    const size_t n = strlen(prefix);
    if (strncmp(key, prefix, n) != 0 || !is_valid(key + n, folder))
        return CZ_OK;
    if (p->n == p->capacity) {
        const size_t capacity = p->capacity ? 2 * p->capacity : 256;
        listing_entry *more = realloc(p->entry, capacity * sizeof *more);
        if (!more)
            return cz_fail_memory(err, "listing of %zu objects", capacity);
        p->entry = more;
        p->capacity = capacity;
    }
    char *copy = strdup(key + n);
    if (!copy)
        return cz_fail_memory(err, "listing");
    p->entry[p->n++] = (listing_entry){copy, size, modified};
    return CZ_OK;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const listing_entry *)a)->key, ((const listing_entry *)b)->key);
}

int listing_page_deliver(listing_page *p, provider_page *to)
{
    int rc = CZ_OK;
    if (p->n > 0)
        qsort(p->entry, p->n, sizeof *p->entry, by_key);
    for (size_t i = 0; rc == CZ_OK && i < p->n; i++) {
        const listing_entry *e = &p->entry[i];
        const os_object o = {e->key, e->size, e->modified};
        rc = to->each(to->user, &o);
    }
    return rc;
}

void listing_page_free(listing_page *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->entry[i].key);
    free(p->entry);
    *p = (listing_page){0};
}
