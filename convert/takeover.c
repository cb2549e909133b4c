#include "convert/takeover.h"

#include <string.h>

#include "convert/inventory.h"

/* What the commit marker of the clip says of an object. */
typedef enum mention {
    NO_MARKER,
    UNKNOWN,   /* the marker, or its list of chunks, cannot be read */
    UNLISTED,  /* the marker does not name the object */
    LISTED,    /* with the digest sha256 */
    DIFFERENT, /* with another one; sha256 NULL: with any */
} mention;

static mention compare(const char *listed, const char *sha256)
{
    return sha256 && strcmp(listed, sha256) == 0 ? LISTED : DIFFERENT;
}

static mention marker_says(object_store *os, zarr_format zarr, const char *clip,
                           const char *rel_key, const char *sha256)
{
    commit_marker *m = NULL;
    inventory v = {0};
    const int rc = commit_marker_read(&m, os, zarr, clip, NULL);
    mention found = rc == CZ_ABSENT ? NO_MARKER : UNKNOWN;
    const marker_object *listed = rc == CZ_OK ? commit_marker_find(m, rel_key) : NULL;
    if (listed) { /* chunks.jsonl is one of them; without it there is no inventory */
        found = compare(listed->sha256, sha256);
    } else if (rc == CZ_OK && inventory_of_marker(&v, os, m, clip, NULL) == CZ_OK) {
        const inventory_item *item = inventory_find(&v, rel_key);
        found = item ? compare(item->sha256, sha256) : UNLISTED;
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
    bool same = false;
    clip_key(key, clip, o->rel_key);
    if (os_same(os, key, data, (size_t)o->size, &same, NULL) < 0 || !same)
        return; /* the other conversion has put it again */
    const mention there = marker_says(os, zarr, clip, o->rel_key, o->sha256);
    if (there == DIFFERENT)
        remove_marker(os, zarr, clip);
    if (there != NO_MARKER && there != UNLISTED)
        return;
    (void)os_remove(os, key, NULL);
    /* The other conversion may have put its marker since, and listed its objects before this
     * removal. */
    takeover_undo_remove(os, zarr, clip, o->rel_key);
}

void takeover_undo_remove(object_store *os, zarr_format zarr, const char *clip, const char *rel_key)
{
    char key[KEY_MAX];
    uint64_t size;
    clip_key(key, clip, rel_key);
    if (marker_says(os, zarr, clip, rel_key, NULL) == DIFFERENT &&
        os_stat(os, key, &size, NULL) == CZ_ABSENT)
        remove_marker(os, zarr, clip);
}
