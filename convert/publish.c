#include "convert/publish.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/begun.h"

enum { COMPARE = 1 << 20 }; /* bytes compared at a time */

int publisher_init(publisher *p, object_store *os, const char *name, const char *fingerprint,
                   bool keep, cz_error *err)
{
    *p = (publisher){.os = os, .name = name, .fingerprint = fingerprint, .keep = keep};
    if (pthread_mutex_init(&p->lock, NULL) != 0)
        return cz_fail(err, CZ_NOMEM, "%s: lock", name);
    return CZ_OK;
}

void publisher_free(publisher *p)
{
    free(p->object);
    (void)pthread_mutex_destroy(&p->lock);
    *p = (publisher){0};
}

/* 1 when the store has exactly these bytes under the key, 0 when not: then they are written. Being
 * unable to tell is no failure here, writing will be one. */
static int same_there(object_store *os, const char *key, const uint8_t *data, size_t len)
{
    uint64_t size;
    if (os_stat(os, key, &size, NULL) < 0 || size != len)
        return 0;
    uint8_t *there = malloc(len < COMPARE ? len + 1 : COMPARE);
    int same = there != NULL;
    for (size_t at = 0; same && at < len;) {
        os_read r = {.key = key, .offset = at, .to = there};
        r.len = len - at < COMPARE ? len - at : COMPARE;
        same = os_get(os, &r, 1, NULL, NULL) == CZ_OK && memcmp(there, data + at, r.len) == 0;
        at += r.len;
    }
    free(there);
    return same;
}

int publish(publisher *p, published *ret, const char *rest, const void *data, size_t len,
            cz_error *err)
{
    char key[KEY_MAX];
    key_clip(key, p->name, rest);
    published done = {.size = len};
    (void)snprintf(done.rest, sizeof done.rest, "%s", rest);
    int rc = sha256_hex(done.sha256, data, len, err);
    if (rc < 0)
        return rc;
    const bool kept = p->keep && same_there(p->os, key, data, len);
    if (!kept) {
        rc = publish_still_ours(p, err);
        if (rc == CZ_OK)
            rc = os_put(p->os, key, data, len, OS_OVERWRITE, err);
        /* And again: whoever took the clip over while we were writing has to hear of it. */
        if (rc == CZ_OK)
            rc = publish_still_ours(p, err);
        if (rc < 0)
            return rc;
        (void)pthread_mutex_lock(&p->lock);
        p->bytes_written += len;
        (void)pthread_mutex_unlock(&p->lock);
    }
    *ret = done;
    return CZ_OK;
}

int publish_listed(publisher *p, const char *rest, const void *data, size_t len, cz_error *err)
{
    published done;
    int rc = publish(p, &done, rest, data, len, err);
    if (rc < 0)
        return rc;
    (void)pthread_mutex_lock(&p->lock);
    if (p->n_objects == p->room) {
        const size_t room = p->room ? 2 * p->room : 32;
        published *more = realloc(p->object, room * sizeof *more);
        if (more) {
            p->object = more;
            p->room = room;
        } else {
            rc = cz_fail(err, CZ_NOMEM, "clips/%s/%s", p->name, rest);
        }
    }
    if (rc == CZ_OK)
        p->object[p->n_objects++] = done;
    (void)pthread_mutex_unlock(&p->lock);
    return rc;
}

int publish_doc(publisher *p, const char *rest, cJSON *doc, cz_error *err)
{
    buf text = {0};
    int rc = json_print(&text, doc, false, err);
    if (rc == CZ_OK)
        rc = publish_listed(p, rest, text.at, text.len, err);
    buf_free(&text);
    cJSON_Delete(doc);
    return rc;
}

int publish_still_ours(publisher *p, cz_error *err)
{
    char there[SHA256_HEX + 1];
    const int rc = begun_read(there, p->os, p->name, err);
    if (rc == CZ_OK && strcmp(there, p->fingerprint) == 0)
        return CZ_OK;
    if (rc < 0 && rc != CZ_ABSENT)
        return rc;
    cz_fail(err, CZ_CHANGED, "clips/%s: another conversion took this clip over", p->name);
    cz_hint(err, "when it has ended, `camzarr verify` says whether they met");
    return CZ_CHANGED;
}

bool publish_has(const publisher *p, const char *rest)
{
    for (size_t i = 0; i < p->n_objects; i++)
        if (strcmp(p->object[i].rest, rest) == 0)
            return true;
    return false;
}
