#include "convert/remove_unlisted.h"

#include <string.h>

#include "convert/conversion_record.h"

/* Keys are collected before the first one is removed: a list that changes while it is read is nobody's promise. */
typedef struct unlisted {
    publisher *to;
    const plan *plan;
    const pass_result *result;
    size_t prefix; /* length of "clips/NAME/" */
    buf keys;      /* each with its NUL */
    buf *left;     /* the same */
} unlisted;

/* Is it one of those that the pass has put? */
static bool is_put(const unlisted *s, const char *rel_key)
{
    uint64_t i;
    if (rel_key_is_shard(&i, s->plan->zarr, rel_key))
        return i < s->plan->n_shards && s->result->shard[i].rel_key[0];
    return rel_key_is_source_chunk(&i, s->plan->zarr, rel_key) && i < s->result->n_chunks;
}

static int collect(void *user, const os_object *o)
{
    unlisted *s = user;
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

int remove_keys(object_store *os, const buf *keys, cz_error *err)
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

int remove_unlisted(publisher *to, const plan *p, const pass_result *r, buf *left, cz_error *err)
{
    char prefix[KEY_MAX];
    clip_key(prefix, to->name, "");
    unlisted s = {.to = to, .plan = p, .result = r, .prefix = strlen(prefix), .left = left};
    int rc = os_list(to->os, prefix, false, collect, &s, err);
    if (rc == CZ_OK && (s.keys.bad || left->bad))
        rc = cz_fail(err, CZ_NOMEM, "%s", prefix);
    if (rc == CZ_OK)
        rc = remove_keys(to->os, &s.keys, err);
    buf_free(&s.keys);
    return rc;
}

typedef struct leftovers {
    zarr_format zarr;
    size_t prefix;
    bool begun;
    buf keys;
} leftovers;

static int collect_stale(void *user, const os_object *o)
{
    leftovers *l = user;
    const char *rel_key = o->key + l->prefix;
    const size_t n = strlen(rel_key);
    if (strcmp(rel_key, REL_KEY_RECORD) == 0)
        l->begun = true;
    else if (n > 5 && strcmp(rel_key + n - 5, ".part") == 0 &&
             rel_key_is_of_format(l->zarr, rel_key))
        buf_add(&l->keys, o->key, strlen(o->key) + 1);
    return CZ_OK;
}

/* An unreadable record is a crash's; a readable one goes only if it is ours, since a removal's or another
 * conversion's may have come meanwhile. */
static int remove_begun(object_store *os, const char *clip, const char *fingerprint, cz_error *err)
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

int remove_stale(object_store *os, zarr_format zarr, const char *clip, const char *fingerprint,
                 cz_error *err)
{
    char prefix[KEY_MAX];
    clip_key(prefix, clip, "");
    leftovers l = {.zarr = zarr, .prefix = strlen(prefix)};
    int rc = os_list(os, prefix, false, collect_stale, &l, err);
    if (rc == CZ_OK && l.keys.bad)
        rc = cz_fail(err, CZ_NOMEM, "%s", prefix);
    if (rc == CZ_OK)
        rc = remove_keys(os, &l.keys, err);
    if (rc == CZ_OK && l.begun)
        rc = remove_begun(os, clip, fingerprint, err);
    buf_free(&l.keys);
    return rc;
}
