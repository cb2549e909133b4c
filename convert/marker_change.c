#include "convert/marker_change.h"

#include <string.h>

#include "catalog/catalog_changes.h"
#include "convert/inventory.h"
#include "format/conversion_record.h"

static int taken_over(const marker_change *c, cz_error *err)
{
    return cz_fail(err, CZ_CHANGED, "clips/%s: a conversion or a removal took it over", c->name);
}

int marker_change_read(marker_change *c, cz_error *err)
{
    if (!clip_name_ok(c->name))
        return cz_fail(err, CZ_USAGE, "\"%.200s\": invalid clip name", c->name);
    clip_key(c->key, c->name, rel_key_marker(c->zarr));
    cz_error why = {0};
    int rc = os_get_all(c->os, c->key, COMMIT_MARKER_MAX, &c->text, &why);
    if (rc == CZ_OK)
        return commit_marker_parse(&c->marker, c->zarr, c->text.at, c->text.len, c->name, c->key,
                                   err);
    if (rc == CZ_ABSENT)
        return cz_fail(err, rc, "clips/%s: no such clip", c->name);
    if (err)
        *err = why;
    return rc;
}

void marker_change_free(marker_change *c)
{
    commit_marker_free(&c->marker);
    buf_free(&c->text);
}

/* ---- The record ---- */

static int refuse(const marker_change *c, cz_error *err)
{
    cz_fail(err, CZ_EXISTS,
            "clips/%s: a conversion or a removal is under way, or was interrupted (%s)", c->name,
            c->os->url);
    cz_hint(err, "try again, or complete it with `camzarr convert`, `analyse` or `rm`");
    return CZ_EXISTS;
}

static int put_record(const marker_change *c, bool replace, cz_error *err)
{
    const cz_facts *f = &c->marker->facts;
    return conversion_record_write(c->os, c->name, c->record, f->source_name, f->source_bytes,
                                   replace, err);
}

int marker_change_begin(const marker_change *c, bool replace, cz_error *err)
{
    conversion_record there = {0};
    cz_error why = {0};
    int rc = put_record(c, false, &why);
    if (rc == CZ_EXISTS) {
        rc = conversion_record_read(&there, c->os, c->name, &why);
        if (rc == CZ_OK && strcmp(there.fingerprint, c->record) == 0)
            return CZ_OK;
        if (rc == CZ_OK || rc == CZ_ABSENT || rc == CZ_FORMAT) {
            if (!replace || there.is_removal)
                return refuse(c, err);
            rc = put_record(c, true, &why);
        }
    }
    if (rc < 0 && err)
        *err = why;
    return rc;
}

/* ---- The marker ---- */

/* Is the text the marker that is there? One that is shorter is CORRUPT to os_same_read(). */
static int is_there(bool *same, const marker_change *c, const buf *text, cz_error *err)
{
    cz_error why = {0};
    const int rc = os_same_read(c->os, c->key, text->at, text->len, same, &why);
    if (rc == CZ_ABSENT || rc == CZ_CORRUPT) {
        *same = false;
        return CZ_OK;
    }
    if (rc < 0 && err)
        *err = why;
    return rc;
}

/* Before the record was put, another conversion may have come and gone. A process that makes the
 * same change may have put the marker already. */
static int put_marker(const marker_change *c, const buf *after, cz_error *err)
{
    bool same = false;
    int rc = is_there(&same, c, &c->text, err);
    if (rc == CZ_OK && same) {
        rc = catalog_note_change(c->os, c->name, err);
        return rc == CZ_OK ? os_put(c->os, c->key, after->at, after->len, OS_COMMIT, err) : rc;
    }
    if (rc == CZ_OK)
        rc = is_there(&same, c, after, err);
    return rc == CZ_OK && !same ? taken_over(c, err) : rc;
}

/* Are all objects that the marker names there? */
static int check_objects(const marker_change *c, const buf *text, cz_error *err)
{
    char what[INVENTORY_WHAT] = "";
    commit_marker *m = NULL;
    inventory v = {0};
    size_t wrong = 0;
    cz_error why = {0};
    int rc = commit_marker_parse(&m, c->zarr, text->at, text->len, c->name, c->key, &why);
    if (rc == CZ_OK)
        rc = inventory_of_marker(&v, c->os, m, c->name, &why);
    if (rc == CZ_OK)
        rc = inventory_check(&v, c->os, c->name, &wrong, what, &why);
    inventory_free(&v);
    commit_marker_free(&m);
    if (wrong > 0 || rc == CZ_ABSENT || rc == CZ_CORRUPT || rc == CZ_FORMAT)
        return taken_over(c, err);
    if (rc < 0 && err)
        *err = why;
    return rc;
}

/* The put may have taken minutes to arrive. A record of another conversion or removal then says
 * that the clip was taken over; an absent one may belong to one that has come and gone, and then
 * the list of chunks, which the marker names by its digest, is missing or another. */
static int check_owner(const marker_change *c, const buf *text, cz_error *err)
{
    conversion_record there;
    cz_error why = {0};
    const int rc = conversion_record_read(&there, c->os, c->name, &why);
    if (rc == CZ_OK && strcmp(there.fingerprint, c->record) == 0)
        return CZ_OK;
    if (rc == CZ_ABSENT)
        return check_objects(c, text, err);
    if (rc == CZ_OK || rc == CZ_FORMAT)
        return taken_over(c, err);
    if (err)
        *err = why;
    return rc;
}

/* Remove the marker that was put on another conversion's clip, or on a removed one. */
static void withdraw(const marker_change *c, const buf *text)
{
    bool same = false;
    if (os_same_read(c->os, c->key, text->at, text->len, &same, NULL) == CZ_OK && same)
        (void)os_remove(c->os, c->key, NULL);
}

int marker_change_put(marker_change *c, buf *after, cz_error *err)
{
    int rc = put_marker(c, after, err);
    if (rc == CZ_OK && (rc = check_owner(c, after, err)) == CZ_CHANGED)
        withdraw(c, after);
    if (rc == CZ_OK) {
        buf_free(&c->text);
        c->text = *after;
        *after = (buf){0};
    }
    return rc;
}

int marker_change_end(const marker_change *c, int rc, cz_error *err)
{
    cz_error why = {0};
    const int removed = conversion_record_remove(c->os, c->name, c->record, &why);
    if (rc < 0 || removed == CZ_OK)
        return rc;
    if (removed == CZ_CHANGED) {
        withdraw(c, &c->text);
        return taken_over(c, err);
    }
    if (err)
        *err = why;
    return removed;
}
