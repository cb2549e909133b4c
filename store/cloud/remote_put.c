/* Putting objects: in one request, or in parts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/http/call.h"
#include "store/cloud/remote_request.h"

enum {
    UPLOAD_MAX = 64 << 10, /* bytes of a response */
    NOT_IMPLEMENTED = 501, /* HTTP: the service has no conditional put */
};

/* The result of a put, besides its code. */
typedef struct outcome {
    bool maybe_applied; /* an attempt before the last one may have succeeded */
    int status;         /* of the last response */
} outcome;

static outcome outcome_of(const remote_request *r)
{
    return (outcome){.maybe_applied = r->http.maybe_applied, .status = r->status};
}

int remote_writes(const remote *m, provider_op op, const char *key, cz_error *err)
{
    const provider_request r = {.op = op, .key = key};
    if (m->provider->writes)
        return CZ_OK;
    provider_fail(err, CZ_DENIED, m->provider, &r, NULL, "stores are only read over http(s)");
    cz_hint(err, "write to s3://, gs://, az:// or a folder");
    return CZ_DENIED;
}

/* ---- Parts ----------------------------------------------------------------------------------- */

typedef struct upload {
    remote *m;
    const char *key;
    const uint8_t *data;
    size_t len;
    os_put_mode mode;
    buf name; /* the upload id */
    remote_request *part;
    provider_part *sent;
    size_t n;
} upload;

static int begin_parts(upload *u, cz_error *err)
{
    provider *d = u->m->provider;
    const uint64_t n = (u->len + d->part_size - 1) / d->part_size;
    if (n > d->parts_max)
        return cz_fail(err, CZ_UNSUPPORTED, "%s: %zu bytes are more than %u parts hold", u->key,
                       u->len, d->parts_max);
    u->n = (size_t)n;
    u->part = calloc(u->n, sizeof *u->part);
    u->sent = calloc(u->n, sizeof *u->sent);
    if (!u->part || !u->sent)
        return cz_fail_memory(err, "%s: %zu parts", u->key, u->n);
    if (!d->has_begin)
        return CZ_OK;
    buf answer = {0};
    remote_request r;
    remote_prepare(&r, u->m, PROVIDER_PARTS_BEGIN, u->key);
    r.http.all = &answer;
    r.http.max = UPLOAD_MAX;
    int rc = remote_run(&r, err);
    if (rc == CZ_OK)
        rc = d->ops->parse_upload(d, answer.at, answer.len, &u->name, err);
    buf_free(&answer);
    return rc;
}

/* Submit all parts: the transport sends as many at once as it has connections. */
static int send_parts(upload *u, const char *name, cz_error *err)
{
    const size_t size = (size_t)u->m->provider->part_size;
    http_call *call = NULL;
    int rc = http_call_open(&call, u->m->transport, err);
    for (size_t i = 0; rc == CZ_OK && i < u->n; i++) {
        remote_request *r = &u->part[i];
        const size_t left = u->len - i * size;
        remote_prepare(r, u->m, PROVIDER_PART, u->key);
        r->spec.upload = name;
        r->spec.part = (unsigned)(i + 1);
        r->spec.body = r->http.body = u->data + i * size;
        r->spec.body_len = r->http.body_len = left < size ? left : size;
        http_call_add(call, &r->http);
    }
    for (http_request *over; rc == CZ_OK && (over = http_call_next(call));) {
        const remote_request *r = over->user;
        u->sent[r->spec.part - 1] = r->part;
        rc = over->rc;
        if (rc < 0 && err)
            *err = over->err;
    }
    http_call_close(&call); /* cancels the others after a failure */
    return rc;
}

static int end_parts(upload *u, const char *name, outcome *ret_outcome, cz_error *err)
{
    provider *d = u->m->provider;
    buf body = {0}, answer = {0};
    remote_request r;
    remote_prepare(&r, u->m, PROVIDER_PARTS_END, u->key);
    int rc = d->ops->end_body(d, u->sent, u->n, &body, err);
    if (rc == CZ_OK) {
        r.spec.upload = name;
        r.spec.mode = u->mode;
        r.spec.body = body.at;
        r.spec.body_len = body.len;
        r.http.all = &answer; /* a 200 may contain an error */
        r.http.max = UPLOAD_MAX;
        r.http.allow_slow = true; /* S3 sends spaces while it joins the parts */
        rc = remote_run(&r, err);
        *ret_outcome = outcome_of(&r);
    }
    buf_free(&answer);
    buf_free(&body);
    return rc;
}

/* Parts without an object cost money until the upload is aborted. */
static void abort_parts(upload *u, const char *name)
{
    remote_request r;
    remote_prepare(&r, u->m, PROVIDER_PARTS_ABORT, u->key);
    r.spec.upload = name;
    (void)remote_run(&r, NULL); /* the earlier failure is reported */
}

/* An earlier attempt may have joined the parts, and its response got lost: then the upload no
 * longer exists, but the object does. */
static bool are_joined(const upload *u, const outcome *result)
{
    bool same = false;
    return result->maybe_applied &&
           os_same(&u->m->base, u->key, u->data, u->len, &same, NULL) == CZ_OK && same;
}

static int put_parts(upload *u, outcome *ret_outcome, cz_error *err)
{
    int rc = begin_parts(u, err);
    const char *name = rc == CZ_OK ? buf_text(&u->name) : NULL;
    if (rc == CZ_OK && !name)
        rc = cz_fail_memory(err, "%s: upload", u->key);
    const bool is_started = rc == CZ_OK && u->m->provider->has_begin;
    if (rc == CZ_OK)
        rc = send_parts(u, name, err);
    if (rc == CZ_OK)
        rc = end_parts(u, name, ret_outcome, err);
    if (rc < 0 && are_joined(u, ret_outcome))
        rc = CZ_OK;
    if (rc < 0 && is_started)
        abort_parts(u, name);
    buf_free(&u->name);
    free(u->part);
    free(u->sent);
    return rc;
}

/* ---- Put ------------------------------------------------------------------------------------- */

static int put_once(remote *m, const char *key, const os_body *body, os_put_mode mode,
                    outcome *ret_outcome, cz_error *err)
{
    if (body->len > m->provider->put_max) {
        upload u = {.m = m, .key = key, .data = body->data, .len = body->len, .mode = mode};
        return put_parts(&u, ret_outcome, err);
    }
    remote_request r;
    buf answer = {0};
    remote_prepare(&r, m, PROVIDER_PUT, key);
    r.spec.mode = mode;
    r.spec.body = body->data;
    r.spec.body_len = body->len;
    if (body->sha256)
        (void)snprintf(r.sums.sha256, sizeof r.sums.sha256, "%s", body->sha256);
    r.http.all = &answer; /* a 200 may contain an error */
    r.http.max = UPLOAD_MAX;
    const int rc = remote_run(&r, err);
    *ret_outcome = outcome_of(&r);
    buf_free(&answer);
    return rc;
}

/* If the object has the contents of this put, an earlier attempt succeeded, and its response got
 * lost. */
static bool has_contents(remote *m, const char *key, const os_body *body)
{
    bool same = false;
    return os_same(&m->base, key, body->data, body->len, &same, NULL) == CZ_OK && same;
}

/* CREATE for services without conditional put. Not atomic: two concurrent writers may both succeed.
 */
static int stat_and_put(remote *m, const char *key, const os_body *body, cz_error *err)
{
    uint64_t size;
    outcome result = {0};
    cz_error why;
    const int rc = os_stat(&m->base, key, &size, &why);
    if (rc == CZ_OK)
        return cz_fail(err, CZ_EXISTS, "%s: exists already", key);
    if (rc != CZ_ABSENT) {
        if (err)
            *err = why;
        return rc;
    }
    return put_once(m, key, body, OS_OVERWRITE, &result, err);
}

int remote_put(object_store *os, const char *key, const os_body *body, os_put_mode mode,
               cz_error *err)
{
    remote *m = (remote *)os;
    outcome result = {0};
    int rc = remote_writes(m, PROVIDER_PUT, key, err);
    if (rc < 0)
        return rc;
    if (mode == OS_COMMIT_NEW) /* acknowledged objects are durable */
        mode = OS_CREATE;
    if (mode == OS_CREATE && atomic_load(&m->no_create))
        return stat_and_put(m, key, body, err);
    rc = put_once(m, key, body, mode, &result, err);
    if (rc == CZ_UNSUPPORTED && result.status == NOT_IMPLEMENTED && mode == OS_CREATE) {
        atomic_store(&m->no_create, true);
        return stat_and_put(m, key, body, err);
    }
    const bool may_be_there =
        (rc == CZ_EXISTS && mode == OS_CREATE && result.maybe_applied) ||
        (rc == CZ_IO && result.status / 100 == 2); /* a success without what proves it */
    return may_be_there && has_contents(m, key, body) ? CZ_OK : rc;
}
