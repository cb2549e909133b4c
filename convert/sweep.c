#include "convert/sweep.h"

#include <string.h>

/* Keys are collected before the first one is removed: a list that changes while it is read is nobody's promise. */
typedef struct strays {
    publisher *to;
    const plan *plan;
    const pass_result *result;
    size_t prefix; /* length of "clips/NAME/" */
    buf keys;      /* each with its NUL */
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
    if (!known)
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

int sweep(publisher *to, const plan *p, const pass_result *r, cz_error *err)
{
    char prefix[KEY_MAX];
    key_clip(prefix, to->name, "");
    strays s = {.to = to, .plan = p, .result = r, .prefix = strlen(prefix)};
    int rc = os_list(to->os, prefix, false, collect, &s, err);
    if (rc == CZ_OK && s.keys.bad)
        rc = cz_fail(err, CZ_NOMEM, "%s", prefix);
    if (rc == CZ_OK)
        rc = remove_keys(to->os, &s.keys, err);
    buf_free(&s.keys);
    return rc;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static int collect_leftover(void *user, const os_object *o)
{
    if (ends_with(o->key, "/" REST_BEGUN) || ends_with(o->key, ".part"))
        buf_add(user, o->key, strlen(o->key) + 1);
    return CZ_OK;
}

int sweep_leftovers(object_store *os, const char *clip, cz_error *err)
{
    char prefix[KEY_MAX];
    buf keys = {0};
    key_clip(prefix, clip, "");
    int rc = os_list(os, prefix, false, collect_leftover, &keys, err);
    if (rc == CZ_OK && keys.bad)
        rc = cz_fail(err, CZ_NOMEM, "%s", prefix);
    if (rc == CZ_OK)
        rc = remove_keys(os, &keys, err);
    buf_free(&keys);
    return rc;
}
