#include "convert/takeover.h"

#include <string.h>

#include "convert/inventory.h"

/* Does the commit marker name the object, with another digest than sha256? NULL: with any digest.
 * *ret_has_marker: there is a commit marker. */
static bool marker_contradicts(object_store *os, zarr_format zarr, const char *clip,
                               const char *rel_key, const char *sha256, bool *ret_has_marker)
{
    commit_marker *m = NULL;
    inventory v = {0};
    bool found = false;
    const int rc = commit_marker_read(&m, os, zarr, clip, NULL);
    *ret_has_marker = rc != CZ_ABSENT;
    const marker_object *listed = rc == CZ_OK ? commit_marker_find(m, rel_key) : NULL;
    if (listed) /* chunks.jsonl is one of them; without it there is no inventory */
        found = !sha256 || strcmp(listed->sha256, sha256) != 0;
    else if (rc == CZ_OK && inventory_of_marker(&v, os, m, clip, NULL) == CZ_OK) {
        const inventory_item *item = inventory_find(&v, rel_key);
        found = item && (!sha256 || strcmp(item->sha256, sha256) != 0);
    }
    inventory_free(&v);
    commit_marker_free(&m);
    return found;
}

static void remove_marker(object_store *os, zarr_format zarr, const char *clip)
{
    char key[KEY_MAX];
    clip_key(key, clip, rel_key_marker(zarr));
    (void)os_remove(os, key, NULL);
}

void takeover_undo_put(object_store *os, zarr_format zarr, const char *clip, const published *o,
                       const void *data)
{
    char key[KEY_MAX];
    bool same = false, has_marker = false;
    clip_key(key, clip, o->rel_key);
    if (os_same(os, key, data, (size_t)o->size, &same, NULL) < 0 || !same)
        return; /* the other conversion has put it again */
    if (marker_contradicts(os, zarr, clip, o->rel_key, o->sha256, &has_marker))
        remove_marker(os, zarr, clip);
    if (has_marker)
        return;
    (void)os_remove(os, key, NULL);
    /* The other conversion may have put its marker since, and listed its objects before this
     * removal. */
    if (marker_contradicts(os, zarr, clip, o->rel_key, NULL, &has_marker))
        takeover_undo_remove(os, zarr, clip, o->rel_key);
}

void takeover_undo_remove(object_store *os, zarr_format zarr, const char *clip, const char *rel_key)
{
    char key[KEY_MAX];
    uint64_t size;
    bool has_marker = false;
    clip_key(key, clip, rel_key);
    if (marker_contradicts(os, zarr, clip, rel_key, NULL, &has_marker) &&
        os_stat(os, key, &size, NULL) == CZ_ABSENT)
        remove_marker(os, zarr, clip);
}
