/* cz_attributes_read(), cz_attributes_write(), and the change of a clip.
 *
 * The commit marker is replaced under a conversion record that has the fingerprint of the clip
 * itself. To every other conversion and removal this is the end of the clip's own conversion, and a
 * record that a killed process left makes the clip neither incomplete nor another's. */
#include "convert/clip_attributes.h"

#include <stdlib.h>
#include <string.h>

#include "convert/marker_change.h"
#include "format/clip_lock.h"
#include "format/commit_marker_write.h"
#include "format/conversion_record.h"
#include "format/owner_attributes.h"
#include "format/store_root.h"
#include "reader/reader.h"

/* ---- A clip --------------------------------------------------------------------------------- */

int clip_attributes_replace(bool *ret_changed, object_store *os, zarr_format zarr, const char *name,
                            const cJSON *owner, cz_error *err)
{
    marker_change c = {.os = os, .zarr = zarr, .name = name};
    buf after = {0};
    bool changed = false;
    int rc = marker_change_read(&c, err);
    if (rc == CZ_OK)
        rc = commit_marker_rewrite(&after, c.marker, owner, c.key, err);
    if (rc == CZ_OK) {
        c.record = c.marker->fingerprint;
        changed = c.text.len != after.len || memcmp(c.text.at, after.at, after.len) != 0;
        /* A process that was killed after its put has left the record. */
        rc = changed ? marker_change_begin(&c, false, err)
                     : conversion_record_remove(os, name, c.record, err);
    }
    if (rc == CZ_OK && changed) {
        rc = marker_change_put(&c, &after, err);
        rc = marker_change_end(&c, rc, err);
    }
    if (rc == CZ_OK)
        *ret_changed = changed;
    marker_change_free(&c);
    buf_free(&after);
    return rc;
}

int clip_attributes_set(bool *ret_changed, object_store *os, zarr_format zarr, const char *name,
                        const cJSON *owner, cz_error *err)
{
    marker_change c = {.os = os, .zarr = zarr, .name = name};
    clip_lock lock = {0};
    /* The lock makes a folder for a clip that is not there. */
    int rc = marker_change_read(&c, err);
    marker_change_free(&c);
    if (rc == CZ_OK)
        rc = clip_lock_take(&lock, os, name, NULL, NULL, err);
    if (rc == CZ_OK)
        rc = clip_attributes_replace(ret_changed, os, zarr, name, owner, err);
    clip_lock_release(&lock);
    return rc;
}

/* ---- cz_attributes_read() ----------------------------------------------------------------- */

static int read_of_clip(cJSON **out, const cz_store *store, const char *clip, cz_error *err)
{
    commit_marker *m = NULL;
    cz_error why = {0};
    const int rc = commit_marker_read(&m, store->os, store->zarr, clip, &why);
    if (rc == CZ_OK)
        *out = owner_attributes_of(zarr_attributes_of(m->zarr, m->doc));
    commit_marker_free(&m);
    if (rc == CZ_ABSENT)
        return cz_fail(err, rc, "clips/%s: no such clip", clip);
    if (rc < 0 && err)
        *err = why;
    return rc;
}

int cz_attributes_read(char **out, cz_store *store, const char *clip, cz_error *err)
{
    cJSON *owner = NULL;
    buf text = {0};
    *out = NULL;
    int rc = clip ? read_of_clip(&owner, store, clip, err)
                  : store_root_attributes(&owner, store->os, err);
    if (rc == CZ_OK)
        rc = json_print(&text, owner, false, err);
    const char *printed = rc == CZ_OK ? buf_text(&text) : NULL;
    if (rc == CZ_OK && !(printed && (*out = strdup(printed))))
        rc = cz_fail_memory(err, "attributes");
    json_free(owner);
    buf_free(&text);
    return rc;
}

void cz_attributes_free(char **text)
{
    if (!text)
        return;
    free(*text);
    *text = NULL;
}

/* ---- cz_attributes_write() ---------------------------------------------------------------- */

static int write_clip(size_t *count, const cz_store *store, const char *clip, const cJSON *owner,
                      cz_error *err)
{
    bool changed = false;
    const int rc = clip_attributes_set(&changed, store->os, store->zarr, clip, owner, err);
    *count += changed;
    return rc;
}

/* A clip that is removed meanwhile is none of the store's. */
static int write_every_clip(size_t *count, cz_store *store, const cJSON *owner, cz_error *err)
{
    char **name = NULL;
    size_t n = 0;
    int rc = cz_clips(&name, &n, store, err);
    for (size_t i = 0; rc == CZ_OK && i < n; i++) {
        cz_error why = {0};
        rc = write_clip(count, store, name[i], owner, &why);
        if (rc == CZ_ABSENT)
            rc = CZ_OK;
        else if (rc < 0 && err)
            *err = why;
    }
    cz_names_free(&name, n);
    return rc;
}

static int write_store(size_t *count, cz_store *store, const owner_attributes *a, cz_error *err)
{
    const cJSON *owner = owner_attributes_for_root(a);
    bool changed = false;
    int rc = owner ? store_root_set_attributes(&changed, store->os, owner, err) : CZ_OK;
    *count += changed;
    if (rc == CZ_OK && a->clips)
        rc = write_every_clip(count, store, a->clips, err);
    return rc;
}

int cz_attributes_write(size_t *changed, cz_store *store, const char *clip, const char *attributes,
                        cz_error *err)
{
    owner_attributes a;
    size_t count = 0;
    int rc = owner_attributes_parse(&a, attributes, strlen(attributes), "attributes", err);
    if (rc == CZ_OK && !clip)
        rc = write_store(&count, store, &a, err);
    else if (rc == CZ_OK && owner_attributes_for_clip(&a))
        rc = write_clip(&count, store, clip, owner_attributes_for_clip(&a), err);
    owner_attributes_free(&a);
    if (changed)
        *changed = count;
    return rc;
}
