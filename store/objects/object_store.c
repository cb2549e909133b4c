#include "store/objects/object_store.h"

#include <stdlib.h>
#include <string.h>

/* Each of these returns the reason why a key is invalid, or NULL; the rules are in the header. */
static const char *invalid_segment(const char *at, size_t n)
{
    if (n == 0)
        return "an empty segment";
    if (n > OS_SEGMENT_MAX)
        return "a segment that is too long";
    if ((n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.'))
        return "a segment of dots";
    return NULL;
}

static const char *invalid_text(const char *text)
{
    if (strlen(text) > OS_KEY_MAX)
        return "too long";
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return "a control character";
    return NULL;
}

/* A prefix may end anywhere, so its last segment is not checked. */
static const char *invalid_key(const char *key, bool prefix)
{
    const char *why = invalid_text(key);
    while (!why) {
        const size_t n = strcspn(key, "/");
        if (key[n] == '\0')
            return prefix ? NULL : invalid_segment(key, n);
        why = invalid_segment(key, n);
        key += n + 1;
    }
    return why;
}

bool os_key_valid(const char *key)
{
    return !invalid_key(key, false);
}

static int check_key(const char *key, bool prefix, cz_error *err)
{
    const char *why = invalid_key(key, prefix);
    return why ? cz_fail(err, CZ_USAGE, "key \"%.200s\": %s", key, why) : CZ_OK;
}

void os_close(object_store **os)
{
    if (!os || !*os)
        return;
    (*os)->ops->close(*os);
    *os = NULL;
}

int os_get(object_store *os, os_read *reads, size_t n, void (*done)(os_read *r), cz_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const int rc = check_key(reads[i].key, false, err);
        if (rc < 0)
            return rc;
    }
    return n ? os->ops->get(os, reads, n, done, err) : CZ_OK;
}

int os_get_all(object_store *os, const char *key, size_t max, buf *out, cz_error *err)
{
    const int rc = check_key(key, false, err);
    return rc < 0 ? rc : os->ops->get_all(os, key, max, out, err);
}

int os_stat(object_store *os, const char *key, uint64_t *ret_size, cz_error *err)
{
    const int rc = check_key(key, false, err);
    return rc < 0 ? rc : os->ops->stat(os, key, ret_size, err);
}

int os_put(object_store *os, const char *key, const void *data, size_t len, os_put_mode mode,
           cz_error *err)
{
    const os_body body = {.data = data, .len = len};
    return os_put_body(os, key, &body, mode, err);
}

int os_put_body(object_store *os, const char *key, const os_body *body, os_put_mode mode,
                cz_error *err)
{
    const int rc = check_key(key, false, err);
    return rc < 0 ? rc : os->ops->put(os, key, body, mode, err);
}

int os_list(object_store *os, const char *prefix, bool delimiter,
            int (*each)(void *user, const os_object *o), void *user, cz_error *err)
{
    const int rc = check_key(prefix, true, err);
    return rc < 0 ? rc : os->ops->list(os, prefix, delimiter, each, user, err);
}

int os_remove(object_store *os, const char *key, cz_error *err)
{
    const int rc = check_key(key, false, err);
    return rc < 0 ? rc : os->ops->remove(os, key, err);
}

int os_same_read(object_store *os, const char *key, const void *data, size_t len, bool *ret_same,
                 cz_error *err)
{
    enum { COMPARE = 1 << 20 }; /* bytes at a time */
    int rc = CZ_OK;
    uint8_t *stored = malloc(len < COMPARE ? len + 1 : COMPARE);
    *ret_same = stored != NULL;
    if (!stored)
        rc = cz_fail_memory(err, "%s: comparison", key);
    for (size_t at = 0; rc == CZ_OK && *ret_same && at < len;) {
        os_read r = {.key = key, .offset = at, .to = stored};
        r.len = len - at < COMPARE ? len - at : COMPARE;
        rc = os->ops->get(os, &r, 1, NULL, err);
        *ret_same = rc == CZ_OK && memcmp(stored, (const uint8_t *)data + at, r.len) == 0;
        at += r.len;
    }
    free(stored);
    return rc;
}

int os_same(object_store *os, const char *key, const void *data, size_t len, bool *ret_same,
            cz_error *err)
{
    uint64_t size = 0;
    int rc = check_key(key, false, err);
    if (rc < 0)
        return rc;
    if (os->ops->same)
        return os->ops->same(os, key, data, len, ret_same, err);
    rc = os->ops->stat(os, key, &size, err);
    *ret_same = false;
    if (rc == CZ_OK && size == len)
        return os_same_read(os, key, data, len, ret_same, err);
    return rc == CZ_ABSENT ? CZ_OK : rc;
}

static int check_folder(const char *prefix, const char *what, cz_error *err)
{
    const int rc = check_key(prefix, true, err);
    const size_t n = strlen(prefix);
    if (rc == CZ_OK && (n == 0 || prefix[n - 1] != '/'))
        return cz_fail(err, CZ_USAGE, "%s \"%.200s\": not a folder's prefix", what, prefix);
    return rc;
}

int os_prune(object_store *os, const char *prefix, size_t *ret_removed, cz_error *err)
{
    *ret_removed = 0;
    const int rc = check_folder(prefix, "prune", err);
    return rc == CZ_OK && os->ops->prune ? os->ops->prune(os, prefix, ret_removed, err) : rc;
}

int os_lock(object_store *os, const char *prefix, int *ret_lock, cz_error *err)
{
    *ret_lock = OS_LOCK_NONE;
    const int rc = check_folder(prefix, "lock", err);
    return rc == CZ_OK && os->ops->lock ? os->ops->lock(os, prefix, ret_lock, err) : rc;
}

void os_unlock(object_store *os, const char *prefix, int lock)
{
    if (lock >= 0)
        os->ops->unlock(os, prefix, lock);
}

bool os_is_locked(object_store *os, const char *prefix)
{
    return os->ops->is_locked && check_key(prefix, true, NULL) == CZ_OK &&
           os->ops->is_locked(os, prefix);
}

bool os_is_remote(const object_store *os)
{
    return os->ops->statistics != NULL;
}

void os_statistics(object_store *os, net_statistics *out)
{
    if (os->ops->statistics)
        os->ops->statistics(os, out);
}
