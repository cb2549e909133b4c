#include "reader/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Listed objects ------------------------------------------------------------------------- */

static int check_listed(verify *v, cz_error *err)
{
    const commit_marker *m = v->clip->marker;
    for (size_t i = 0; i < m->n_objects; i++) {
        const marker_object *o = &m->object[i];
        object_state s;
        int rc = verify_object(v, o->key, o->size, NULL, NULL, &s, err);
        if (rc < 0)
            return rc;
        v->intact[i] = s.whole && strcmp(s.sha256, o->sha256) == 0;
        if (s.whole && !v->intact[i])
            verify_report(v, CZ_CORRUPT, o->key, -1,
                          "its SHA-256 isn't the one in the commit marker");
        if ((rc = verify_progress(v, o->size, err)) < 0)
            return rc;
    }
    return CZ_OK;
}

/* ---- Surplus objects ------------------------------------------------------------------------ */

static bool is_expected(const verify *v, const char *rel_key)
{
    const commit_marker *m = v->clip->marker;
    uint64_t i = 0;
    if (strcmp(rel_key, rel_key_marker(m->zarr)) == 0 || commit_marker_find(m, rel_key))
        return true;
    if (rel_key_is_shard(&i, m->zarr, rel_key))
        return i < commit_marker_shards(m) && verify_shard_exists(v, i);
    return rel_key_is_source_chunk(&i, m->zarr, rel_key) && i < commit_marker_source_chunks(m);
}

static const char *why_surplus(const char *rel_key)
{
    const size_t n = strlen(rel_key);
    if (strcmp(rel_key, REL_KEY_RECORD) == 0)
        return "a conversion was interrupted just before its end: converting again removes it";
    if (n > 5 && strcmp(rel_key + n - 5, ".part") == 0)
        return "temporary file of a killed process: converting again removes it";
    return "the clip has no such object";
}

static int check_name(void *user, const os_object *o)
{
    verify *v = user;
    char prefix[KEY_MAX];
    clip_key(prefix, v->name, "");
    const char *rel_key = o->key + strlen(prefix);
    if (!is_expected(v, rel_key))
        verify_report(v, CZ_EXISTS, rel_key, -1, "%s", why_surplus(rel_key));
    return CZ_OK;
}

static int check_names(verify *v, cz_error *err)
{
    char prefix[KEY_MAX];
    clip_key(prefix, v->name, "");
    const int rc = os_list(v->store->os, prefix, false, check_name, v, err);
    /* Without listings, readers don't find surplus objects either. */
    return rc == CZ_UNSUPPORTED ? CZ_OK : rc;
}

/* ---- The commit marker ---------------------------------------------------------------------- */

static int stop_at_first(void *user, const os_object *o)
{
    *(bool *)user = true;
    (void)o;
    return 1;
}

/* Without a commit marker: the clip does not exist, or its conversion has not ended. */
static int without_commit_marker(verify *v, const cz_error *why, cz_error *err)
{
    char prefix[KEY_MAX], begun[KEY_MAX];
    bool any = false;
    uint64_t size = 0;
    clip_key(prefix, v->name, "");
    clip_key(begun, v->name, REL_KEY_RECORD);
    int rc = os_list(v->store->os, prefix, false, stop_at_first, &any, err);
    if (rc < 0)
        return rc;
    if (!any)
        return cz_fail(err, CZ_ABSENT, "%s", why->message);
    rc = os_stat(v->store->os, begun, &size, err);
    if (rc < 0 && rc != CZ_ABSENT)
        return rc;
    verify_report(v, CZ_ABSENT, rel_key_marker(v->store->zarr), -1, "%s",
                  rc == CZ_OK ? "no commit marker: a conversion was begun and isn't finished"
                              : "no commit marker, though other objects of the clip are there");
    return CZ_OK;
}

/* A clip of a newer version is not a difference, unless the version itself is damage. */
static int is_newer(bool *out, verify *v, const char *key, cz_error *err)
{
    buf text = {0};
    int rc = os_get_all(v->store->os, key, COMMIT_MARKER_MAX, &text, err);
    if (rc == CZ_OK)
        rc = commit_marker_check_digest(out, text.at, text.len, err);
    buf_free(&text);
    return rc;
}

/* Set v->clip if the commit marker is valid; otherwise report what is wrong with it. */
static int read_commit_marker(verify *v, cz_error *err)
{
    char key[KEY_MAX];
    commit_marker *m = NULL;
    cz_error why;
    bool newer = false;
    int rc = commit_marker_read(&m, v->store->os, v->store->zarr, v->name, &why);
    if (rc == CZ_OK) {
        rc = clip_of_marker(&v->clip, v->store, &m, err);
        commit_marker_free(&m);
        return rc;
    }
    if (rc == CZ_ABSENT)
        return without_commit_marker(v, &why, err);
    clip_key(key, v->name, rel_key_marker(v->store->zarr));
    if (rc == CZ_NEWER && (rc = is_newer(&newer, v, key, err)) < 0)
        return rc;
    if (newer || why.code == CZ_USAGE) {
        if (err)
            *err = why;
        return why.code;
    }
    if (why.code == CZ_NEWER) {
        verify_report(v, CZ_CORRUPT, rel_key_marker(v->store->zarr), -1, "its digest is wrong");
        return CZ_OK;
    }
    return verify_failure(v, rel_key_marker(v->store->zarr), why.code, &why, err);
}

/* ---- The whole clip ------------------------------------------------------------------------- */

static int open_original(verify *v, cz_error *err)
{
    if (!v->job->source)
        return CZ_OK;
    const int rc = source_open(&v->original, v->job->source, &v->store->options.network, err);
    if (rc < 0)
        return rc;
    v->original_bytes = malloc(ORIGINAL_BYTES);
    return v->original_bytes ? CZ_OK : cz_fail_memory(err, "%s", source_shown(v->original));
}

static void compare_sizes(verify *v)
{
    const cz_facts *f = v->clip->facts;
    if (v->original && source_size(v->original) != f->source_bytes)
        verify_report(v, CZ_CORRUPT, rel_key_marker(v->store->zarr), -1,
                      "the clip was made from %" PRIu64 " bytes, %s has %" PRIu64, f->source_bytes,
                      source_name(v->original), source_size(v->original));
}

static int verify_clip(verify *v, cz_error *err)
{
    const commit_marker *m = v->clip->marker;
    int rc = CZ_OK;
    v->bytes_total = m->facts.source_bytes;
    for (size_t i = 0; i < m->n_objects; i++)
        v->bytes_total += m->object[i].size;
    v->intact = calloc(m->n_objects + 1, sizeof *v->intact);
    if (!v->intact)
        return cz_fail_memory(err, "%s: %zu objects", v->name, m->n_objects);
    if ((rc = object_buffer_new(&v->buffer, v->store->os, err)) < 0)
        return rc;
    compare_sizes(v);
    if ((rc = check_listed(v, err)) < 0 || (rc = verify_table(v, err)) < 0 ||
        (rc = verify_analysis(v, err)) < 0 || (rc = check_names(v, err)) < 0 ||
        (rc = verify_chunks(v, err)) < 0)
        return rc;
    return v->job->decode && v->table ? verify_decode(v, err) : CZ_OK;
}

static void end_attempt(verify *v)
{
    extra_ranges_free(&v->ranges);
    object_buffer_free(&v->buffer);
    source_close(&v->original);
    cz_clip_close(&v->clip);
    free(v->original_bytes);
    free(v->intact);
}

/* *ret_changed: the clip changed meanwhile, and nothing was reported. */
static int attempt(uint64_t *differences, bool *ret_changed, cz_store *store, const char *name,
                   const cz_verify_job *job, cz_error *err)
{
    verify v = {.store = store, .name = name, .job = job};
    int rc = open_original(&v, err);
    if (rc == CZ_OK && clip_name_ok(name)) {
        rc = verify_read_state(&v, v.state, err);
        v.has_state = rc == CZ_OK;
    }
    if (rc == CZ_OK)
        rc = read_commit_marker(&v, err);
    if (rc == CZ_OK && v.clip)
        rc = verify_clip(&v, err);
    if (rc == CZ_OK && v.reread_rc < 0) {
        rc = v.reread_rc;
        if (err)
            *err = v.reread_err;
    }
    if (rc == CZ_OK && !v.changed)
        *differences = v.differences;
    *ret_changed = v.changed;
    end_attempt(&v);
    return rc;
}

enum { ATTEMPTS = 3 };

int cz_verify(uint64_t *differences, cz_store *store, const char *name, const cz_verify_job *job,
              cz_error *err)
{
    const int rc = CZ_CHECK_RESERVED("cz_verify_job", job, err);
    if (rc < 0)
        return rc;
    for (int i = 0; i < ATTEMPTS; i++) {
        bool changed = false;
        const int done = attempt(differences, &changed, store, name, job, err);
        if (done < 0 || !changed)
            return done;
    }
    cz_fail(err, CZ_CHANGED, "clips/%s: it was changed while it was verified", name);
    cz_hint(err, "verify it again when the conversion or removal has ended");
    return CZ_CHANGED;
}
