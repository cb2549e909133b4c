#include "convert/sweep.h"

#include <string.h>

#include "convert/begun.h"

/* Keys are collected before the first one is removed: a list that changes while it is read is nobody's promise. */
typedef struct strays {
    publisher *to;
    const plan *plan;
    const pass_result *result;
    size_t prefix; /* length of "clips/NAME/" */
    buf keys;      /* each with its NUL */
    buf *left;     /* the same */
} strays;

/* Is it one of those that the pass has put? */
static bool is_put(const strays *s, const char *rest)
{
    uint64_t i;
    if (rest_is_shard(&i, s->plan->zarr, rest))
        return i < s->plan->n_shards && s->result->shard[i].rest[0];
    return rest_is_source_chunk(&i, s->plan->zarr, rest) && i < s->result->n_chunks;
}

static int collect(void *user, const os_object *o)
{
    strays *s = user;
    const char *rest = o->key + s->prefix;
    const bool known = strcmp(rest, rest_mark(s->plan->zarr)) == 0 ||
                       strcmp(rest, REST_BEGUN) == 0 || is_put(s, rest) || publish_has(s->to, rest);
    if (!known && !rest_is_of_format(s->plan->zarr, rest))
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

int sweep(publisher *to, const plan *p, const pass_result *r, buf *left, cz_error *err)
{
    char prefix[KEY_MAX];
    key_clip(prefix, to->name, "");
    strays s = {.to = to, .plan = p, .result = r, .prefix = strlen(prefix), .left = left};
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

static int collect_leftover(void *user, const os_object *o)
{
    leftovers *l = user;
    const char *rest = o->key + l->prefix;
    const size_t n = strlen(rest);
    if (strcmp(rest, REST_BEGUN) == 0)
        l->begun = true;
    else if (n > 5 && strcmp(rest + n - 5, ".part") == 0 && rest_is_of_format(l->zarr, rest))
        buf_add(&l->keys, o->key, strlen(o->key) + 1);
    return CZ_OK;
}

/* An unreadable record is a crash's; a readable one goes only if it is ours, since a removal's or another
 * conversion's may have come meanwhile. */
static int remove_begun(object_store *os, const char *clip, const char *fingerprint, cz_error *err)
{
    char key[KEY_MAX];
    cz_error why = {0};
    int rc = begun_remove(os, clip, fingerprint, &why);
    if (rc == CZ_FORMAT) {
        key_clip(key, clip, REST_BEGUN);
        rc = os_remove(os, key, &why);
    }
    if (rc == CZ_ABSENT)
        return CZ_OK;
    if (rc < 0 && err)
        *err = why;
    return rc;
}

int sweep_leftovers(object_store *os, zarr_format zarr, const char *clip, const char *fingerprint,
                    cz_error *err)
{
    char prefix[KEY_MAX];
    key_clip(prefix, clip, "");
    leftovers l = {.zarr = zarr, .prefix = strlen(prefix)};
    int rc = os_list(os, prefix, false, collect_leftover, &l, err);
    if (rc == CZ_OK && l.keys.bad)
        rc = cz_fail(err, CZ_NOMEM, "%s", prefix);
    if (rc == CZ_OK)
        rc = remove_keys(os, &l.keys, err);
    if (rc == CZ_OK && l.begun)
        rc = remove_begun(os, clip, fingerprint, err);
    buf_free(&l.keys);
    return rc;
}
