/* cz_attributes_read(), cz_attributes_write(), and the change of a clip.
 *
 * The commit marker is replaced under a conversion record that has the fingerprint of the clip
 * itself. To every other conversion and removal this is the end of the clip's own conversion: one
 * that takes the clip over replaces the record, and a record that a killed process left makes the
 * clip neither incomplete nor another's. */
#include "convert/clip_attributes.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_changes.h"
#include "format/clip_lock.h"
#include "convert/inventory.h"
#include "format/commit_marker_write.h"
#include "format/conversion_record.h"
#include "format/layout.h"
#include "format/owner_attributes.h"
#include "format/store_root.h"
#include "reader/reader.h"

/* ---- A clip --------------------------------------------------------------------------------- */

/* One change. */
typedef struct change {
    object_store *os;
    const char *name;
    char key[KEY_MAX]; /* of the commit marker */
    commit_marker *marker;
    buf before, after; /* texts of the marker */
} change;

static int taken_over(const change *c, cz_error *err)
{
    return cz_fail(err, CZ_CHANGED, "clips/%s: a conversion or a removal took it over", c->name);
}

static int read_marker(change *c, zarr_format zarr, cz_error *err)
{
    if (!clip_name_ok(c->name))
        return cz_fail(err, CZ_USAGE, "\"%.200s\": invalid clip name", c->name);
    clip_key(c->key, c->name, rel_key_marker(zarr));
    cz_error why = {0};
    int rc = os_get_all(c->os, c->key, COMMIT_MARKER_MAX, &c->before, &why);
    if (rc == CZ_OK)
        return commit_marker_parse(&c->marker, zarr, c->before.at, c->before.len, c->name, c->key,
                                   err);
    if (rc == CZ_ABSENT)
        return cz_fail(err, rc, "clips/%s: no such clip", c->name);
    if (err)
        *err = why;
    return rc;
}

/* A record with the clip's own fingerprint is one that a killed process left or, in a store without
 * locks, one of a conversion that puts the same clip. */
static int begin(const change *c, cz_error *err)
{
    conversion_record there;
    cz_error why = {0};
    const cz_facts *f = &c->marker->facts;
    int rc = conversion_record_write(c->os, c->name, c->marker->fingerprint, f->source_name,
                                     f->source_bytes, false, &why);
    if (rc == CZ_EXISTS) {
        rc = conversion_record_read(&there, c->os, c->name, &why);
        if (rc == CZ_OK && strcmp(there.fingerprint, c->marker->fingerprint) == 0)
            return CZ_OK;
        if (rc == CZ_OK || rc == CZ_ABSENT || rc == CZ_FORMAT) {
            cz_fail(err, CZ_EXISTS,
                    "clips/%s: a conversion or a removal is under way, or was interrupted (%s)",
                    c->name, c->os->url);
            cz_hint(err, "try again, or complete it with `camzarr convert` or `camzarr rm`");
            return CZ_EXISTS;
        }
    }
    if (rc < 0 && err)
        *err = why;
    return rc;
}

/* Before the record was put, another conversion may have come and gone. */
static int put_marker(const change *c, cz_error *err)
{
    bool same = false;
    cz_error why = {0};
    const int rc = os_same_read(c->os, c->key, c->before.at, c->before.len, &same, &why);
    if (rc == CZ_ABSENT || (rc == CZ_OK && !same))
        return taken_over(c, err);
    if (rc == CZ_OK)
        return os_put(c->os, c->key, c->after.at, c->after.len, OS_COMMIT, err);
    if (err)
        *err = why;
    return rc;
}

/* Are all objects that the marker names there? */
static int check_objects(const change *c, cz_error *err)
{
    char what[INVENTORY_WHAT] = "";
    inventory v = {0};
    size_t wrong = 0;
    cz_error why = {0};
    int rc = inventory_of_marker(&v, c->os, c->marker, c->name, &why);
    if (rc == CZ_OK)
        rc = inventory_check(&v, c->os, c->name, &wrong, what, &why);
    inventory_free(&v);
    if (wrong > 0 || rc == CZ_ABSENT || rc == CZ_CORRUPT || rc == CZ_FORMAT)
        return taken_over(c, err);
    if (rc < 0 && err)
        *err = why;
    return rc;
}

/* The put may have taken minutes to arrive. A record of another conversion or removal then says
 * that the clip was taken over; an absent one may belong to one that has come and gone, and then
 * the list of chunks, which the marker names by its digest, is missing or another. */
static int check_owner(const change *c, cz_error *err)
{
    conversion_record there;
    cz_error why = {0};
    const int rc = conversion_record_read(&there, c->os, c->name, &why);
    if (rc == CZ_OK && strcmp(there.fingerprint, c->marker->fingerprint) == 0)
        return CZ_OK;
    if (rc == CZ_ABSENT)
        return check_objects(c, err);
    if (rc == CZ_OK || rc == CZ_FORMAT)
        return taken_over(c, err);
    if (err)
        *err = why;
    return rc;
}

/* Remove the marker that was put on another conversion's clip, or on a removed one. */
static void withdraw(const change *c)
{
    bool same = false;
    if (os_same_read(c->os, c->key, c->after.at, c->after.len, &same, NULL) == CZ_OK && same)
        (void)os_remove(c->os, c->key, NULL);
}

static int replace(const change *c, cz_error *err)
{
    int rc = begin(c, err);
    if (rc < 0)
        return rc;
    rc = catalog_note_change(c->os, c->name, err);
    if (rc == CZ_OK)
        rc = put_marker(c, err);
    if (rc == CZ_OK && (rc = check_owner(c, err)) == CZ_CHANGED)
        withdraw(c);
    cz_error why = {0};
    const int removed = conversion_record_remove(c->os, c->name, c->marker->fingerprint, &why);
    if (rc == CZ_OK && removed == CZ_CHANGED) {
        withdraw(c);
        return taken_over(c, err);
    }
    if (rc == CZ_OK && removed < 0) {
        rc = removed;
        if (err)
            *err = why;
    }
    return rc;
}

int clip_attributes_replace(bool *ret_changed, object_store *os, zarr_format zarr, const char *name,
                            const cJSON *owner, cz_error *err)
{
    change c = {.os = os, .name = name};
    bool changed = false;
    int rc = read_marker(&c, zarr, err);
    if (rc == CZ_OK)
        rc = commit_marker_rewrite(&c.after, c.marker, owner, c.key, err);
    if (rc == CZ_OK) {
        changed = c.before.len != c.after.len || memcmp(c.before.at, c.after.at, c.after.len) != 0;
        /* A process that was killed after its put has left the record. */
        rc = changed ? replace(&c, err)
                     : conversion_record_remove(os, name, c.marker->fingerprint, err);
    }
    if (rc == CZ_OK)
        *ret_changed = changed;
    commit_marker_free(&c.marker);
    buf_free(&c.before);
    buf_free(&c.after);
    return rc;
}

int clip_attributes_set(bool *ret_changed, object_store *os, zarr_format zarr, const char *name,
                        const cJSON *owner, cz_error *err)
{
    change c = {.os = os, .name = name};
    clip_lock lock = {0};
    /* The lock makes a folder for a clip that is not there. */
    int rc = read_marker(&c, zarr, err);
    commit_marker_free(&c.marker);
    buf_free(&c.before);
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
