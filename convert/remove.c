/* cz_remove(): a clip goes, its commit mark first, so that nobody sees half of it. */
#include <string.h>

#include "convert/sweep.h"
#include "reader/reader.h"

static int collect(void *user, const os_object *o)
{
    buf *keys = user;
    buf_add(keys, o->key, strlen(o->key) + 1);
    return CZ_OK;
}

int cz_remove(cz_store *store, const char *name, cz_error *err)
{
    char prefix[KEY_MAX], mark_key[KEY_MAX];
    object_store *os = store->os;
    if (!clip_name_ok(name))
        return cz_fail(err, CZ_USAGE, "%s: no name of a clip", name);
    key_clip(prefix, name, "");
    key_clip(mark_key, name, rest_mark(store->zarr));
    buf keys = {0}; /* each with its NUL */
    int rc = os_list(os, prefix, false, collect, &keys, err);
    if (rc == CZ_OK && keys.bad)
        rc = cz_fail(err, CZ_NOMEM, "%s", prefix);
    if (rc == CZ_OK && keys.len == 0)
        rc = cz_fail(err, CZ_ABSENT, "clips/%s: no such clip", name);
    if (rc == CZ_OK) {
        cz_error why;
        rc = os_remove(os, mark_key, &why);
        if (rc == CZ_ABSENT) /* begun, and never finished */
            rc = CZ_OK;
        else if (rc < 0 && err)
            *err = why;
    }
    if (rc == CZ_OK)
        rc = remove_keys(os, &keys, err);
    buf_free(&keys);
    return rc;
}
