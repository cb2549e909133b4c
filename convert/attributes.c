/* cz_attributes_read() and cz_attributes_write(). */
#include <stdlib.h>
#include <string.h>

#include "convert/clip_attributes.h"
#include "format/owner_attributes.h"
#include "format/store_root.h"
#include "reader/reader.h"

/* ---- Reading -------------------------------------------------------------------------------- */

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
    if (rc == CZ_OK && !(*out = strndup((const char *)text.at, text.len)))
        rc = cz_fail(err, CZ_NOMEM, "attributes");
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

/* ---- Writing -------------------------------------------------------------------------------- */

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
