#include "convert/takeover.h"

#include <string.h>

#include "convert/inventory.h"

/* Does the mark that is there name `rest`? With a digest: with another digest. *ret_mark: there is
 * one. */
static bool mark_contradicts(object_store *os, zarr_format zarr, const char *clip,
                             const char *rel_key, const char *sha256, bool *ret_mark)
{
    commit_marker *m = NULL;
    inventory v = {0};
    bool found = false;
    const int rc = commit_marker_read(&m, os, zarr, clip, NULL);
    *ret_mark = rc != CZ_ABSENT;
    const marker_object *listed = rc == CZ_OK ? commit_marker_find(m, rel_key) : NULL;
    if (listed) /* chunks.jsonl among them, which the inventory needs */
        found = !sha256 || strcmp(listed->sha256, sha256) != 0;
    else if (rc == CZ_OK && inventory_of_marker(&v, os, m, clip, NULL) == CZ_OK) {
        const inventory_item *item = inventory_find(&v, rel_key);
        found = item && (!sha256 || strcmp(item->sha256, sha256) != 0);
    }
    inventory_free(&v);
    commit_marker_free(&m);
    return found;
}

static void remove_mark(object_store *os, zarr_format zarr, const char *clip)
{
    char key[KEY_MAX];
    clip_key(key, clip, rel_key_marker(zarr));
    (void)os_remove(os, key, NULL);
}

void takeover_undo_put(object_store *os, zarr_format zarr, const char *clip, const published *o,
                       const void *data)
{
    char key[KEY_MAX];
    bool same = false, has_commit_marker = false;
    clip_key(key, clip, o->rel_key);
    if (os_same(os, key, data, (size_t)o->size, &same, NULL) < 0 || !same)
        return; /* the other one wrote it anew */
    if (mark_contradicts(os, zarr, clip, o->rel_key, o->sha256, &has_commit_marker))
        remove_mark(os, zarr, clip);
    if (has_commit_marker)
        return;
    (void)os_remove(os, key, NULL);
    /* The mark may have come since, and its writer's list before this removal. */
    if (mark_contradicts(os, zarr, clip, o->rel_key, NULL, &has_commit_marker))
        takeover_undo_remove(os, zarr, clip, o->rel_key);
}

void takeover_undo_remove(object_store *os, zarr_format zarr, const char *clip, const char *rel_key)
{
    char key[KEY_MAX];
    uint64_t size;
    bool has_commit_marker = false;
    clip_key(key, clip, rel_key);
    if (mark_contradicts(os, zarr, clip, rel_key, NULL, &has_commit_marker) &&
        os_stat(os, key, &size, NULL) == CZ_ABSENT)
        remove_mark(os, zarr, clip);
}
