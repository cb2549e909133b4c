#include "reader/verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/pause.h"

/* ---- Findings ------------------------------------------------------------------------------- */

int verify_read_state(const verify *v, char out[2][SHA256_HEX + 1], cz_error *err)
{
    const char *const rel_key[] = {rel_key_marker(v->store->zarr), REL_KEY_RECORD};
    int rc = CZ_OK;
    for (size_t i = 0; rc == CZ_OK && i < 2; i++) {
        char key[KEY_MAX];
        cz_error why = {0};
        buf text = {0};
        memset(out[i], 0, sizeof out[i]);
        clip_key(key, v->name, rel_key[i]);
        rc = os_get_all(v->store->os, key, COMMIT_MARKER_MAX, &text, &why);
        if (rc == CZ_OK)
            rc = sha256_hex(out[i], text.at, text.len, &why);
        buf_free(&text);
        if (rc != CZ_OK && rc != CZ_NOMEM && rc != CZ_UNREACHABLE)
            rc = CZ_OK;
        if (rc < 0 && err)
            *err = why;
    }
    return rc;
}

/* Whether the clip is being converted or removed: known only if the store has locks. */
static bool is_being_written(const verify *v)
{
    char prefix[KEY_MAX];
    clip_key(prefix, v->name, "");
    return os_is_locked(v->store->os, prefix);
}

/* Whether the commit marker or begun.json differs from what it was when the attempt began. */
static bool state_differs(verify *v, bool *ret_has_record)
{
    char now[2][SHA256_HEX + 1];
    v->reread_rc = verify_read_state(v, now, &v->reread_err);
    *ret_has_record = v->reread_rc == CZ_OK && now[1][0] != '\0';
    return v->reread_rc == CZ_OK && memcmp(now, v->state, sizeof now) != 0;
}

/* Called before a difference is reported. A conversion or removal that runs at the same time
 * changes the commit marker or begun.json before any other object, so that whenever it is the cause
 * of the difference, it is detected here. One that has only begun.json left to remove is detected
 * by its lock. Without locks, a marker beside begun.json was left by a killed conversion, or
 * belongs to one that is checking what it has published: the latter soon removes one of the two. */
static bool has_changed(verify *v)
{
    enum { PAUSE_MS = 250, PAUSES = 12 };
    bool has_record = false;
    if (!v->has_state || v->state_reread)
        return v->changed || v->reread_rc < 0;
    v->state_reread = true;
    v->changed = state_differs(v, &has_record) || is_being_written(v);
    for (int i = 0; has_record && !v->store->os->ops->lock && !v->changed && i < PAUSES; i++) {
        pause_ms(PAUSE_MS);
        v->changed = state_differs(v, &has_record);
    }
    return v->changed || v->reread_rc < 0;
}

static void report(verify *v, int code, const char *rel_key, int64_t frame, const char *what)
{
    char key[KEY_MAX];
    if (has_changed(v))
        return;
    v->differences++;
    clip_key(key, v->name, rel_key);
    const cz_finding finding = {.code = code, .key = key, .frame = frame, .what = what};
    if (v->job->found)
        v->job->found(v->job->user, &finding);
}

void verify_report(verify *v, int code, const char *rel_key, int64_t frame, const char *fmt, ...)
{
    char what[512];
    va_list ap;
    va_start(ap, fmt);
    if (vsnprintf(what, sizeof what, fmt, ap) < 0)
        what[0] = '\0';
    va_end(ap);
    report(v, code, rel_key, frame, what);
}

int verify_failure(verify *v, const char *rel_key, int rc, const cz_error *why, cz_error *err)
{
    char key[KEY_MAX];
    if (rc == CZ_NOMEM || rc == CZ_UNREACHABLE || rc == CZ_CANCELLED) {
        if (err)
            *err = *why;
        return rc;
    }
    /* The key is a member of the finding, so it is cut from the message. */
    clip_key(key, v->name, rel_key);
    const size_t n = strlen(key);
    const bool named =
        strncmp(why->message, key, n) == 0 && strncmp(why->message + n, ": ", 2) == 0;
    report(v, rc, rel_key, -1, why->message + (named ? n + 2 : 0));
    return CZ_OK;
}

int verify_progress(verify *v, uint64_t n, cz_error *err)
{
    v->bytes_done += n;
    if (v->bytes_done > v->bytes_total) /* a clip that differs from its commit marker */
        v->bytes_done = v->bytes_total;
    if (v->job->progress && v->job->progress(v->job->user, v->bytes_done, v->bytes_total) != 0)
        return cz_fail(err, CZ_CANCELLED, "%s: verifying was stopped", v->name);
    return CZ_OK;
}

/* ---- One object ----------------------------------------------------------------------------- */

/* *ret_all: each() has not stopped it. */
static int read_through(verify *v, const char *key, uint64_t size, verify_each each, void *user,
                        digest *d, bool *ret_all, cz_error *err)
{
    *ret_all = false;
    for (uint64_t at = 0; at < size;) {
        const uint8_t *bytes = NULL;
        size_t n = 0;
        const int rc = object_buffer_at(&v->buffer, key, at, size, &bytes, &n, err);
        if (rc < 0)
            return rc;
        digest_update(d, bytes, n);
        if (each && !each(user, at, bytes, n))
            return CZ_OK;
        at += n;
    }
    *ret_all = true;
    return CZ_OK;
}

/* The size has been compared. */
static int digest_object(verify *v, const char *rel_key, uint64_t size, verify_each each,
                         void *user, object_state *out, cz_error *err)
{
    char key[KEY_MAX];
    cz_error why;
    bool all = false;
    digest *d = NULL;
    int rc = digest_new(&d, DIGEST_SHA256, err);
    if (rc < 0)
        return rc;
    clip_key(key, v->name, rel_key);
    const uint64_t there = out->size < size ? out->size : size;
    rc = read_through(v, key, there, each, user, d, &all, &why);
    if (rc < 0)
        rc = verify_failure(v, rel_key, rc, &why, err);
    else if (all && out->size == size) {
        rc = digest_final_hex(d, out->sha256, err);
        out->whole = rc == CZ_OK;
    }
    digest_free(&d);
    return rc;
}

int verify_object(verify *v, const char *rel_key, uint64_t size, verify_each each, void *user,
                  object_state *out, cz_error *err)
{
    char key[KEY_MAX];
    cz_error why;
    *out = (object_state){0};
    clip_key(key, v->name, rel_key);
    const int rc = os_stat(v->store->os, key, &out->size, &why);
    if (rc == CZ_ABSENT) {
        verify_report(v, CZ_ABSENT, rel_key, -1, "it is missing");
        return CZ_OK;
    }
    if (rc < 0)
        return verify_failure(v, rel_key, rc, &why, err);
    out->there = true;
    if (out->size != size)
        verify_report(v, CZ_CORRUPT, rel_key, -1,
                      "it has %" PRIu64 " bytes and should have %" PRIu64, out->size, size);
    if (out->size != size && !each)
        return CZ_OK;
    return digest_object(v, rel_key, size, each, user, out, err);
}

/* ---- Comparing ------------------------------------------------------------------------------ */

bool verify_is_intact(const verify *v, const char *rel_key)
{
    const marker_object *o = commit_marker_find(v->clip->marker, rel_key);
    return o && v->intact[o - v->clip->marker->object];
}

int verify_compare(verify *v, uint64_t offset, const uint8_t *bytes, size_t n, size_t *ret_at,
                   cz_error *err)
{
    const uint64_t size = source_size(v->original);
    const uint64_t have = offset < size ? size - offset : 0;
    const size_t end = n < have ? n : (size_t)have;
    *ret_at = n;
    for (size_t at = 0, part; at < end; at += part) {
        part = end - at < ORIGINAL_BYTES ? end - at : ORIGINAL_BYTES;
        const int rc = source_read_at(v->original, offset + at, v->original_bytes, part, err);
        if (rc < 0)
            return rc;
        if (memcmp(bytes + at, v->original_bytes, part) == 0)
            continue;
        while (bytes[at] == v->original_bytes[at % ORIGINAL_BYTES])
            at++;
        *ret_at = at;
        return CZ_OK;
    }
    return CZ_OK;
}

void verify_require(verify *v, const char *rel_key)
{
    if (!commit_marker_find(v->clip->marker, rel_key))
        verify_report(v, CZ_FORMAT, rel_key_marker(v->store->zarr), -1, "it doesn't list %s",
                      rel_key);
}

void verify_require_node(verify *v, const char *path, const char *(*part)(zarr_format, size_t))
{
    char rel_key[REL_KEY_MAX];
    const char *name;
    for (size_t i = 0; (name = part(v->store->zarr, i)); i++) {
        (void)snprintf(rel_key, sizeof rel_key, "%.60s/%s", path, name);
        verify_require(v, rel_key);
    }
}
