#include "convert/root.h"

#include <string.h>

#include "reader/reader.h"

#define ROOT "zarr.json"
#define CLIPS "clips/zarr.json"

static int put(object_store *os, const char *key, const char *kind, const char *title,
               os_put_mode mode, cz_error *err)
{
    cJSON *attributes = cJSON_CreateObject(), *ours = cJSON_CreateObject();
    json_add_text(attributes, "Conventions", "CF-1.11, ACDD-1.3");
    json_add_text(attributes, "title", title);
    json_add_text(ours, "format", FORMAT_TEXT);
    json_add_text(ours, "kind", kind);
    json_add(attributes, "camzarr", ours);
    cJSON *doc = zarr_group_doc(attributes, NULL, 0);
    buf text = {0};
    int rc = json_print(&text, doc, false, err);
    if (rc == CZ_OK)
        rc = os_put(os, key, text.at, text.len, mode, err);
    buf_free(&text);
    cJSON_Delete(doc);
    return rc;
}

/* A place is free when all it holds are files that a converter left while it was making the root. */
static int refuse_others(void *user, const os_object *o)
{
    (void)user;
    return strcmp(o->key, "." ROOT ".part") == 0 ? CZ_OK : CZ_FORMAT;
}

/* There is no root: ABSENT, unless the place holds other things. */
static int check_place(object_store *os, cz_error *err)
{
    uint64_t size;
    const int rc = os_list(os, "", true, refuse_others, NULL, err);
    if (rc == CZ_OK)
        return cz_fail(err, CZ_ABSENT, "%s: no store yet", os->url);
    if (rc != CZ_FORMAT)
        return rc;
    if (os_stat(os, ROOT, &size, NULL) == CZ_OK) /* another converter was faster */
        return root_check(os, err);
    cz_fail(err, rc, "%s: not a camzarr store, and not empty", os->url);
    cz_hint(err, "name a new or an empty folder");
    return rc;
}

int root_prepare(object_store *os, bool make, cz_error *err)
{
    uint64_t size;
    int rc = os_stat(os, ROOT, &size, err);
    if (rc == CZ_OK)
        rc = root_check(os, err);
    else if (rc == CZ_ABSENT)
        rc = check_place(os, err);
    if (rc == CZ_ABSENT && make) {
        rc = put(os, ROOT, "store", "Frames of ProRes QuickTime movies", OS_CREATE, err);
        if (rc == CZ_EXISTS) /* another converter was faster: it wrote the same */
            rc = root_check(os, err);
    }
    /* Durable, both of them, once a store: half a root would be nobody's store. */
    if (rc == CZ_OK && make && os_stat(os, CLIPS, &size, NULL) == CZ_ABSENT)
        rc = put(os, CLIPS, "clips", "A group a clip", OS_COMMIT, err);
    return rc;
}
