/* Objects in memory, in an array sorted by key. */
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "store/objects/object_store.h"

enum { RANGE_COST = 1 << 10 };

typedef struct entry {
    char *key;
    uint8_t *data; /* never NULL */
    size_t len;
} entry;

typedef struct memory {
    object_store base;
    os_fault fault;
    void *user;
    pthread_mutex_t lock; /* of the members below; never held during callbacks */
    entry *at;
    size_t n, cap;
} memory;

static int fault_before(const memory *m, os_op op, const char *key, cz_error *err)
{
    return m->fault ? m->fault(m->user, op, key, err) : CZ_OK;
}

/* The index of key, or where to insert it. */
static size_t index_of(const memory *m, const char *key)
{
    size_t low = 0, high = m->n;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (strcmp(m->at[mid].key, key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static entry *find(const memory *m, const char *key)
{
    const size_t i = index_of(m, key);
    return i < m->n && strcmp(m->at[i].key, key) == 0 ? &m->at[i] : NULL;
}

static int no_such(const char *key, cz_error *err)
{
    return cz_fail(err, CZ_ABSENT, "%s: no such object", key);
}

static int get_one(memory *m, os_read *r)
{
    int rc = fault_before(m, OS_GET, r->key, &r->err);
    if (rc != CZ_OK)
        return rc;
    pthread_mutex_lock(&m->lock);
    const entry *e = find(m, r->key);
    if (!e)
        rc = no_such(r->key, &r->err);
    else if (r->offset > e->len || r->len > e->len - r->offset)
        rc = cz_fail(&r->err, CZ_CORRUPT,
                     "%s: has %zu bytes (%zu requested from offset %" PRIu64 ")", r->key, e->len,
                     r->len, r->offset);
    else if (r->len)
        memcpy(r->to, e->data + r->offset, r->len);
    pthread_mutex_unlock(&m->lock);
    return rc;
}

static int memory_get(object_store *os, os_read *reads, size_t n, void (*done)(os_read *r),
                      cz_error *err)
{
    int first = CZ_OK;
    for (size_t i = 0; i < n; i++) {
        os_read *r = &reads[i];
        r->rc = get_one((memory *)os, r);
        if (r->rc != CZ_OK && first == CZ_OK) {
            first = r->rc;
            if (err)
                *err = r->err;
        }
        if (done)
            done(r);
    }
    return first;
}

static int memory_get_all(object_store *os, const char *key, size_t max, buf *out, cz_error *err)
{
    memory *m = (memory *)os;
    int rc = fault_before(m, OS_GET, key, err);
    if (rc != CZ_OK)
        return rc;
    pthread_mutex_lock(&m->lock);
    const entry *e = find(m, key);
    if (!e)
        rc = no_such(key, err);
    else if (e->len > max)
        rc = cz_fail(err, CZ_CORRUPT, "%s: has %zu bytes (expected at most %zu)", key, e->len, max);
    else
        buf_add(out, e->data, e->len);
    if (rc == CZ_OK && out->bad)
        rc = cz_fail(err, CZ_NOMEM, "%s: out of memory (%zu bytes)", key, e->len);
    pthread_mutex_unlock(&m->lock);
    return rc;
}

static int memory_stat(object_store *os, const char *key, uint64_t *ret_size, cz_error *err)
{
    memory *m = (memory *)os;
    int rc = fault_before(m, OS_STAT, key, err);
    if (rc != CZ_OK)
        return rc;
    pthread_mutex_lock(&m->lock);
    const entry *e = find(m, key);
    if (e)
        *ret_size = e->len;
    else
        rc = no_such(key, err);
    pthread_mutex_unlock(&m->lock);
    return rc;
}

/* Make room for another entry. */
static bool reserve(memory *m)
{
    if (m->n < m->cap)
        return true;
    const size_t cap = m->cap ? 2 * m->cap : 16;
    entry *at = realloc(m->at, cap * sizeof *at);
    if (!at)
        return false;
    m->at = at;
    m->cap = cap;
    return true;
}

/* On success *e is moved, or replaced by the old entry, which the caller frees. */
static int insert(memory *m, entry *e, os_put_mode mode, cz_error *err)
{
    entry *existing = find(m, e->key);
    if (existing && (mode == OS_CREATE || mode == OS_COMMIT_NEW))
        return cz_fail(err, CZ_EXISTS, "%s: exists already", e->key);
    if (existing) {
        const entry old = *existing;
        *existing = *e;
        *e = old;
        return CZ_OK;
    }
    if (!reserve(m))
        return cz_fail_memory(err, "%s", e->key);
    const size_t i = index_of(m, e->key);
    memmove(m->at + i + 1, m->at + i, (m->n - i) * sizeof *m->at);
    m->at[i] = *e;
    m->n++;
    *e = (entry){0};
    return CZ_OK;
}

static void entry_free(entry *e)
{
    free(e->key);
    free(e->data);
}

static int memory_put(object_store *os, const char *key, const os_body *body, os_put_mode mode,
                      cz_error *err)
{
    memory *m = (memory *)os;
    const size_t len = body->len;
    int rc = fault_before(m, OS_PUT, key, err);
    if (rc != CZ_OK)
        return rc;
    entry e = {strdup(key), malloc(len ? len : 1), len};
    if (e.key && e.data) {
        if (len)
            memcpy(e.data, body->data, len);
        pthread_mutex_lock(&m->lock);
        rc = insert(m, &e, mode, err);
        pthread_mutex_unlock(&m->lock);
    } else {
        rc = cz_fail(err, CZ_NOMEM, "%s: out of memory (%zu bytes)", key, len);
    }
    entry_free(&e);
    return rc;
}

/* The first key not less than `from`, if it has the prefix. */
static bool next_object(memory *m, const char *from, const char *prefix, char key[OS_KEY_MAX + 1],
                        uint64_t *size)
{
    pthread_mutex_lock(&m->lock);
    const size_t i = index_of(m, from);
    const bool found = i < m->n && strncmp(m->at[i].key, prefix, strlen(prefix)) == 0;
    if (found) {
        memcpy(key, m->at[i].key, strlen(m->at[i].key) + 1);
        *size = m->at[i].len;
    }
    pthread_mutex_unlock(&m->lock);
    return found;
}

static int memory_list(object_store *os, const char *prefix, bool delimiter,
                       int (*each)(void *user, const os_object *o), void *user, cz_error *err)
{
    memory *m = (memory *)os;
    int rc = fault_before(m, OS_LIST, prefix, err);
    char key[OS_KEY_MAX + 1], from[OS_KEY_MAX + 2];
    uint64_t size = 0;
    memcpy(from, prefix, strlen(prefix) + 1);
    while (rc == CZ_OK && next_object(m, from, prefix, key, &size)) {
        char *slash = delimiter ? strchr(key + strlen(prefix), '/') : NULL;
        if (slash) {
            slash[1] = '\0';
            size = 0;
        }
        /* Continue after the object, or after the folder. No key has a byte below ' '. */
        const size_t len = strlen(key) - (slash != NULL);
        memcpy(from, key, len);
        from[len] = slash ? '/' + 1 : '\x01';
        from[len + 1] = '\0';
        rc = each(user, &(os_object){.key = key, .size = size});
    }
    return rc;
}

static int memory_remove(object_store *os, const char *key, cz_error *err)
{
    memory *m = (memory *)os;
    int rc = fault_before(m, OS_REMOVE, key, err);
    if (rc != CZ_OK)
        return rc;
    pthread_mutex_lock(&m->lock);
    entry *e = find(m, key);
    if (e) {
        entry_free(e);
        m->n--;
        memmove(e, e + 1, (m->n - (size_t)(e - m->at)) * sizeof *e);
    } else {
        rc = no_such(key, err);
    }
    pthread_mutex_unlock(&m->lock);
    return rc;
}

static void memory_close(object_store *os)
{
    memory *m = (memory *)os;
    for (size_t i = 0; i < m->n; i++)
        entry_free(&m->at[i]);
    free(m->at);
    (void)pthread_mutex_destroy(&m->lock);
    free(m->base.url);
    free(m);
}

int os_memory(object_store **out, cz_error *err)
{
    static const object_store_ops ops = {.get = memory_get,
                                         .get_all = memory_get_all,
                                         .stat = memory_stat,
                                         .put = memory_put,
                                         .list = memory_list,
                                         .remove = memory_remove,
                                         .close = memory_close};
    *out = NULL;
    memory *m = calloc(1, sizeof *m);
    char *url = strdup("memory:");
    if (!m || !url || pthread_mutex_init(&m->lock, NULL) != 0) {
        free(url);
        free(m);
        return cz_fail_memory(err, "memory");
    }
    m->base = (object_store){.ops = &ops, .url = url, .range_cost = RANGE_COST};
    *out = &m->base;
    return CZ_OK;
}

void os_memory_fault(object_store *os, os_fault fault, void *user)
{
    memory *m = (memory *)os;
    m->fault = fault;
    m->user = user;
}

uint8_t *os_memory_at(object_store *os, const char *key, size_t *ret_len)
{
    memory *m = (memory *)os;
    pthread_mutex_lock(&m->lock);
    const entry *e = find(m, key);
    uint8_t *data = e ? e->data : NULL;
    *ret_len = e ? e->len : 0;
    pthread_mutex_unlock(&m->lock);
    return data;
}
