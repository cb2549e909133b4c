#include "catalog/stored_catalog.h"

/* Without permission to list, a bucket says DENIED of objects that are absent. */
static bool is_none(int rc, const object_store *os)
{
    return rc == CZ_ABSENT || (rc == CZ_DENIED && os_is_remote(os));
}

static bool is_unusable(int rc)
{
    return rc == CZ_CORRUPT || rc == CZ_FORMAT || rc == CZ_NEWER || rc == CZ_DENIED;
}

static int read_text(stored_catalog *out, object_store *os, cz_error *err)
{
    buf text = {0};
    int rc = os_get_all(os, CATALOG_KEY, CATALOG_MAX, &text, err);
    if (rc == CZ_OK)
        rc = catalog_text_parse(&out->text, &text, CATALOG_KEY, err);
    buf_free(&text);
    return rc;
}

/* The notes are listed first. An update puts the catalog before it removes notes; in the other
 * order a reader could get the catalog from before the update and the notes from after it. */
int stored_catalog_read(stored_catalog *out, object_store *os, cz_error *err)
{
    cz_error why = {0};
    *out = (stored_catalog){.can_list = true};
    int rc = catalog_notes_list(&out->notes, os, &why);
    if (rc == CZ_OK && !out->notes.has_catalog)
        return CZ_OK;
    if (rc == CZ_UNSUPPORTED || (rc == CZ_DENIED && os_is_remote(os))) {
        out->can_list = false;
        rc = CZ_OK;
    }
    if (rc == CZ_OK)
        rc = read_text(out, os, &why);
    if (rc == CZ_OK || is_none(rc, os))
        return CZ_OK;
    if (is_unusable(rc)) {
        out->unusable = why;
        return CZ_OK;
    }
    stored_catalog_free(out);
    if (err)
        *err = why;
    return rc;
}

void stored_catalog_free(stored_catalog *c)
{
    catalog_text_free(&c->text);
    catalog_notes_free(&c->notes);
}

const catalog_clip *stored_catalog_row(const stored_catalog *c, const char *name)
{
    if (!c->text || catalog_notes_have(&c->notes, name))
        return NULL;
    return catalog_text_find(c->text, name);
}
