#include "convert/remove_unlisted.h"

#include <stdio.h>
#include <string.h>

#include "convert/takeover.h"
#include "format/analysis_layout.h"
#include "format/conversion_record.h"

/* Keys are collected before the first one is removed, because backends do not guarantee a listing
 * that is modified while it is read. */
typedef struct unlisted_search {
    publisher *to;
    const plan *plan;
    const pass_result *result;
    size_t prefix; /* length of "clips/NAME/" */
    buf keys;      /* each with its NUL */
    buf *left;     /* the same */
} unlisted_search;

/* The pass has put this object. */
static bool is_put(const unlisted_search *s, const char *rel_key)
{
    uint64_t i;
    if (rel_key_is_shard(&i, s->plan->zarr, rel_key))
        return i < s->plan->n_shards && s->result->shard[i].rel_key[0];
    return rel_key_is_source_chunk(&i, s->plan->zarr, rel_key) && i < s->result->n_chunks;
}

static int collect(void *user, const os_object *o)
{
    unlisted_search *s = user;
    const char *rel_key = o->key + s->prefix;
    const bool known = strcmp(rel_key, rel_key_marker(s->plan->zarr)) == 0 ||
                       strcmp(rel_key, REL_KEY_RECORD) == 0 || is_put(s, rel_key) ||
                       publish_has(s->to, rel_key);
    if (!known && !rel_key_is_of_format(s->plan->zarr, rel_key))
        buf_add(s->left, o->key, strlen(o->key) + 1);
    else if (!known)
        buf_add(&s->keys, o->key, strlen(o->key) + 1);
    return CZ_OK;
}

/* A removal that arrives after another conversion has claimed the clip is undone, as a put is. */
static int remove_one(publisher *to, const char *key, size_t prefix, cz_error *err)
{
    cz_error why = {0};
    int rc = publish_check_owner(to, err);
    if (rc < 0)
        return rc;
    rc = os_remove(to->os, key, &why);
    if (rc < 0 && rc != CZ_ABSENT) {
        if (err)
            *err = why;
        return rc;
    }
    rc = publish_check_owner(to, err);
    if (rc == CZ_CHANGED)
        takeover_undo_remove(to->os, to->zarr, to->name, key + prefix);
    return rc;
}

static int remove_each(publisher *to, const buf *keys, size_t prefix, cz_error *err)
{
    int rc = CZ_OK;
    for (size_t at = 0; rc == CZ_OK && at < keys->len;) {
        const char *key = (const char *)keys->at + at;
        rc = remove_one(to, key, prefix, err);
        at += strlen(key) + 1;
    }
    return rc;
}

int remove_unlisted(publisher *to, const plan *p, const pass_result *r, buf *left, cz_error *err)
{
    char prefix[KEY_MAX];
    clip_key(prefix, to->name, "");
    unlisted_search s = {.to = to, .plan = p, .result = r, .prefix = strlen(prefix), .left = left};
    int rc = os_list(to->os, prefix, false, collect, &s, err);
    if (rc == CZ_OK && (s.keys.bad || left->bad))
        rc = cz_fail_memory(err, "%s", prefix);
    if (rc == CZ_OK)
        rc = remove_each(to, &s.keys, s.prefix, err);
    buf_free(&s.keys);
    return rc;
}

/* ---- The analysis --------------------------------------------------------------------------- */

static int collect_analysis(void *user, const os_object *o)
{
    unlisted_search *s = user;
    const char *rel_key = o->key + s->prefix;
    if (!publish_has(s->to, rel_key) && rel_key_is_of_format(s->to->zarr, rel_key))
        buf_add(&s->keys, o->key, strlen(o->key) + 1);
    return CZ_OK;
}

int remove_unlisted_analysis(publisher *to, cz_error *err)
{
    char prefix[KEY_MAX];
    clip_key(prefix, to->name, "");
    unlisted_search s = {.to = to, .prefix = strlen(prefix)};
    int rc = CZ_OK;
    for (int i = 0; rc == CZ_OK && i < N_ANALYSIS_GROUPS; i++) {
        char group[REL_KEY_MAX];
        (void)snprintf(group, sizeof group, "%s/", analysis_group_name(i));
        clip_key(prefix, to->name, group);
        rc = os_list(to->os, prefix, false, collect_analysis, &s, err);
    }
    if (rc == CZ_OK && s.keys.bad)
        rc = cz_fail_memory(err, "%s", prefix);
    if (rc == CZ_OK)
        rc = remove_each(to, &s.keys, s.prefix, err);
    buf_free(&s.keys);
    return rc;
}

/* ---- Beside a complete clip ----------------------------------------------------------------- */

typedef struct stale_search {
    zarr_format zarr;
    size_t prefix; /* length of "clips/NAME/" */
    bool has_record;
    buf keys; /* each with its NUL */
} stale_search;

static int collect_stale(void *user, const os_object *o)
{
    stale_search *s = user;
    const char *rel_key = o->key + s->prefix;
    const size_t n = strlen(rel_key);
    if (strcmp(rel_key, REL_KEY_RECORD) == 0)
        s->has_record = true;
    else if (n > 5 && strcmp(rel_key + n - 5, ".part") == 0 &&
             rel_key_is_of_format(s->zarr, rel_key))
        buf_add(&s->keys, o->key, strlen(o->key) + 1);
    return CZ_OK;
}

/* An unreadable record was left by a crash. A readable one is removed only if it is this
 * conversion's own: another conversion or a removal may have begun. */
static int remove_stale_record(object_store *os, const char *clip, const char *fingerprint,
                               cz_error *err)
{
    char key[KEY_MAX];
    cz_error why = {0};
    int rc = conversion_record_remove(os, clip, fingerprint, &why);
    if (rc == CZ_FORMAT) {
        clip_key(key, clip, REL_KEY_RECORD);
        rc = os_remove(os, key, &why);
    }
    if (rc == CZ_ABSENT)
        return CZ_OK;
    if (rc < 0 && err)
        *err = why;
    return rc;
}

static int remove_keys(object_store *os, const buf *keys, cz_error *err)
{
    int rc = CZ_OK;
    for (size_t at = 0; rc == CZ_OK && at < keys->len;) {
        const char *key = (const char *)keys->at + at;
        cz_error why;
        rc = os_remove(os, key, &why);
        if (rc == CZ_ABSENT)
            rc = CZ_OK;
        else if (rc < 0 && err)
            *err = why;
        at += strlen(key) + 1;
    }
    return rc;
}

int remove_stale(object_store *os, zarr_format zarr, const char *clip, const char *fingerprint,
                 cz_error *err)
{
    char prefix[KEY_MAX];
    clip_key(prefix, clip, "");
    stale_search s = {.zarr = zarr, .prefix = strlen(prefix)};
    int rc = os_list(os, prefix, false, collect_stale, &s, err);
    if (rc == CZ_OK && s.keys.bad)
        rc = cz_fail_memory(err, "%s", prefix);
    /* The record is read before anything is removed: CHANGED then leaves all as it was. */
    if (rc == CZ_OK && s.has_record)
        rc = remove_stale_record(os, clip, fingerprint, err);
    if (rc == CZ_OK)
        rc = remove_keys(os, &s.keys, err);
    buf_free(&s.keys);
    return rc;
}
