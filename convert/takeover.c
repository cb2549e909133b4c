#include "convert/takeover.h"

#include <string.h>

#include "convert/inventory.h"

/* Does the mark that is there name `rest`? With a digest: with another digest. *ret_mark: there is
 * one. */
static bool mark_contradicts(object_store *os, zarr_format zarr, const char *clip, const char *rest,
                             const char *sha256, bool *ret_mark)
{
    clip_mark *m = NULL;
    inventory v = {0};
    bool found = false;
    const int rc = mark_read(&m, os, zarr, clip, NULL);
    *ret_mark = rc != CZ_ABSENT;
    const mark_object *listed = rc == CZ_OK ? mark_find(m, rest) : NULL;
    if (listed) /* chunks.jsonl among them, which the inventory needs */
        found = !sha256 || strcmp(listed->sha256, sha256) != 0;
    else if (rc == CZ_OK && inventory_of_mark(&v, os, m, clip, NULL) == CZ_OK) {
        const inventory_item *item = inventory_find(&v, rest);
        found = item && (!sha256 || strcmp(item->sha256, sha256) != 0);
    }
    inventory_free(&v);
    mark_free(&m);
    return found;
}

static void remove_mark(object_store *os, zarr_format zarr, const char *clip)
{
    char key[KEY_MAX];
    key_clip(key, clip, rest_mark(zarr));
    (void)os_remove(os, key, NULL);
}

void takeover_undo_put(object_store *os, zarr_format zarr, const char *clip, const published *o,
                       const void *data)
{
    char key[KEY_MAX];
    bool same = false, has_mark = false;
    key_clip(key, clip, o->rest);
    if (os_same(os, key, data, (size_t)o->size, &same, NULL) < 0 || !same)
        return; /* the other one wrote it anew */
    if (mark_contradicts(os, zarr, clip, o->rest, o->sha256, &has_mark))
        remove_mark(os, zarr, clip);
    if (has_mark)
        return;
    (void)os_remove(os, key, NULL);
    /* The mark may have come since, and its writer's list before this removal. */
    if (mark_contradicts(os, zarr, clip, o->rest, NULL, &has_mark))
        takeover_undo_remove(os, zarr, clip, o->rest);
}

void takeover_undo_remove(object_store *os, zarr_format zarr, const char *clip, const char *rest)
{
    char key[KEY_MAX];
    uint64_t size;
    bool has_mark = false;
    key_clip(key, clip, rest);
    if (mark_contradicts(os, zarr, clip, rest, NULL, &has_mark) &&
        os_stat(os, key, &size, NULL) == CZ_ABSENT)
        remove_mark(os, zarr, clip);
}
