#include "convert/publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/takeover.h"
#include "format/conversion_record.h"

enum { PUTS_MAX = 16 }; /* threads that put small objects */

int publisher_init(publisher *p, object_store *os, const char *name, const char *fingerprint,
                   bool keep, cz_error *err)
{
    *p = (publisher){.os = os, .name = name, .fingerprint = fingerprint, .keep = keep};
    if (pthread_mutex_init(&p->lock, NULL) != 0)
        return cz_fail_memory(err, "%s: lock", name);
    return CZ_OK;
}

void publisher_free(publisher *p)
{
    free(p->object);
    (void)pthread_mutex_destroy(&p->lock);
    *p = (publisher){0};
}

/* The object exists with these bytes. An error counts as no: the put that follows reports it. */
static bool is_there(const publisher *p, const char *key, const void *data, size_t len)
{
    bool same = false;
    return p->keep && os_same(p->os, key, data, len, &same, NULL) == CZ_OK && same;
}

static int put(publisher *p, const char *key, const os_body *body, const published *o,
               cz_error *err)
{
    int rc = publish_check_owner(p, err);
    if (rc < 0)
        return rc;
    rc = os_put_body(p->os, key, body, OS_OVERWRITE, err);
    /* The put may have arrived after another conversion claimed the clip, and is undone then.
     * A conversion of the same fingerprint puts the same bytes. */
    if (rc == CZ_OK && (rc = publish_check_owner(p, err)) == CZ_CHANGED)
        takeover_undo_put(p->os, p->zarr, p->name, o, body->data);
    if (rc == CZ_OK) {
        (void)pthread_mutex_lock(&p->lock);
        p->bytes_written += body->len;
        (void)pthread_mutex_unlock(&p->lock);
    }
    return rc;
}

int publish(publisher *p, published *ret, const char *rel_key, const void *data, size_t len,
            cz_error *err)
{
    char key[KEY_MAX];
    clip_key(key, p->name, rel_key);
    published done = {.size = len};
    (void)snprintf(done.rel_key, sizeof done.rel_key, "%s", rel_key);
    const os_body body = {data, len, done.sha256};
    int rc = sha256_hex(done.sha256, data, len, err);
    if (rc == CZ_OK && !is_there(p, key, data, len))
        rc = put(p, key, &body, &done, err);
    if (rc == CZ_OK)
        *ret = done;
    return rc;
}

static int publish_and_list(publisher *p, const char *rel_key, const void *data, size_t len,
                            cz_error *err)
{
    published done;
    int rc = publish(p, &done, rel_key, data, len, err);
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
            rc = cz_fail_memory(err, "clips/%s/%s", p->name, rel_key);
        }
    }
    if (rc == CZ_OK)
        p->object[p->n_objects++] = done;
    (void)pthread_mutex_unlock(&p->lock);
    return rc;
}

/* ---- Many small objects at once ------------------------------------------------------------- */

typedef struct put_job {
    char rel_key[REL_KEY_MAX];
    size_t len;
    uint8_t data[];
} put_job;

static int run_job(void *ctx, unsigned worker, void *item, cz_error *err)
{
    put_job *job = item;
    (void)worker;
    const int rc = publish_and_list(ctx, job->rel_key, job->data, job->len, err);
    free(job);
    return rc;
}

static void discard_job(void *ctx, void *item)
{
    (void)ctx;
    free(item);
}

int publish_listed(publisher *p, const char *rel_key, const void *data, size_t len, cz_error *err)
{
    if (!p->pool)
        return publish_and_list(p, rel_key, data, len, err);
    put_job *job = malloc(sizeof *job + len);
    if (!job)
        return cz_fail_memory(err, "%s: copy of %zu bytes", rel_key, len);
    (void)snprintf(job->rel_key, sizeof job->rel_key, "%s", rel_key);
    job->len = len;
    if (len > 0)
        memcpy(job->data, data, len);
    workers_push(p->pool, job);
    return CZ_OK;
}

int publisher_begin_parallel(publisher *p, cz_error *err)
{
    static const worker_ops ops = {.run = run_job, .discard = discard_job};
    const unsigned n = p->os->puts < PUTS_MAX ? p->os->puts : PUTS_MAX;
    return n > 1 ? workers_start(&p->pool, n, n, &ops, p, err) : CZ_OK;
}

int publisher_flush(publisher *p, cz_error *err)
{
    const int rc = workers_join(&p->pool, err);
    return rc == CZ_OK ? publish_check_owner(p, err) : rc;
}

int publish_doc(publisher *p, const char *rel_key, cJSON *doc, cz_error *err)
{
    buf text = {0};
    int rc = json_print_stored(&text, doc, err);
    if (rc == CZ_OK)
        rc = publish_listed(p, rel_key, text.at, text.len, err);
    buf_free(&text);
    json_free(doc);
    return rc;
}

int publish_check_owner(publisher *p, cz_error *err)
{
    conversion_record there;
    const int rc = conversion_record_read(&there, p->os, p->name, err);
    if (rc == CZ_OK && strcmp(there.fingerprint, p->fingerprint) == 0)
        return CZ_OK;
    if (rc < 0 && rc != CZ_ABSENT)
        return rc;
    cz_fail(err, CZ_CHANGED, "clips/%s: another conversion or removal replaced this one", p->name);
    cz_hint(err, "when it has ended, run `camzarr verify` on the clip");
    return CZ_CHANGED;
}

bool publish_has(const publisher *p, const char *rel_key)
{
    for (size_t i = 0; i < p->n_objects; i++)
        if (strcmp(p->object[i].rel_key, rel_key) == 0)
            return true;
    return false;
}
