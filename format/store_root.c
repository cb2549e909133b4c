#include "format/store_root.h"

#include <stdio.h>
#include <string.h>

#include "format/layout.h"
#include "format/member_names.h"
#include "format/owner_attributes.h"
#include "format/specification.h"
#include "format/upper_groups.h"
#include "store/json/json.h"

enum { ROOT_BYTES_MAX = 1 << 20 };

/* ---- Reading -------------------------------------------------------------------------------- */

/* The root's document of version 3 or, where there is none, of version 2. Without the right to
 * list, services report an absent object as forbidden. */
static int read_root(zarr_format *ret_zarr, buf *text, object_store *os, cz_error *err)
{
    *ret_zarr = ZARR_V3;
    int rc = os_get_all(os, zarr_attributes_name(ZARR_V3), ROOT_BYTES_MAX, text, err);
    if (rc == CZ_ABSENT || rc == CZ_DENIED) {
        cz_error why;
        const int second =
            os_get_all(os, zarr_attributes_name(ZARR_V2), ROOT_BYTES_MAX, text, &why);
        if (second == CZ_OK)
            *ret_zarr = ZARR_V2;
        if (second != CZ_ABSENT && second != CZ_DENIED) {
            rc = second;
            if (rc < 0 && err)
                *err = why;
        }
    }
    if (rc == CZ_ABSENT)
        return cz_fail(err, CZ_FORMAT, "%s: not a store of camzarr's: it has no zarr.json",
                       os->url);
    return rc;
}

/* In version 3 the document that holds the attributes also says that the node is a group. */
static int check_group(const cJSON *doc, const char *what, cz_error *err)
{
    const char *node = NULL;
    uint64_t version = 0;
    int rc = json_u64(&version, doc, "zarr_format", what, err);
    if (rc == CZ_OK)
        rc = json_text(&node, doc, "node_type", what, err);
    if (rc == CZ_OK && (version != 3 || strcmp(node, "group") != 0))
        return cz_fail(err, CZ_FORMAT, "%s: not a group of Zarr version 3", what);
    return rc;
}

static int not_a_store(const char *url, const char *kind, cz_error *err)
{
    cz_fail(err, CZ_FORMAT, "%s: not a store, but its part \"%.40s\"", url, kind);
    cz_hint(err, "name the folder that holds clips/");
    return CZ_FORMAT;
}

/* Without the attribute of a root: a clip, a store from before format 1.0 was final, or a group of
 * another program. */
static int refuse(const cJSON *attributes, const char *url, cz_error *err)
{
    const char *kind = NULL;
    const cJSON *ours = json_at(attributes, MEMBER_CAMZARR);
    if (!ours)
        return cz_fail(err, CZ_FORMAT, "%s: a Zarr store, but not of camzarr's", url);
    if (json_text(&kind, ours, MEMBER_KIND, "", NULL) == CZ_OK && strcmp(kind, KIND_CLIP) == 0)
        return not_a_store(url, kind, err);
    cz_fail(err, CZ_FORMAT,
            "%s: a store of an unreleased camzarr, from before format 1.0 was final", url);
    cz_hint(err, "convert its sources again into a new store");
    return CZ_FORMAT;
}

static int check_attributes(const cJSON *attributes, const char *what, const char *url,
                            cz_error *err)
{
    const char *format = NULL, *kind = NULL;
    int rc = CZ_OK;
    if (!json_at(attributes, ATTRIBUTE_FORMAT))
        return refuse(attributes, url, err);
    if ((rc = json_text(&format, attributes, ATTRIBUTE_FORMAT, what, err)) < 0 ||
        (rc = format_check(format, url, err)) < 0 ||
        (rc = json_text(&kind, attributes, ATTRIBUTE_KIND, what, err)) < 0)
        return rc;
    return strcmp(kind, KIND_STORE) == 0 ? CZ_OK : not_a_store(url, kind, err);
}

/* Read and check the root's document. The text is appended to `text`; the caller owns *ret_doc. */
static int read_checked(cJSON **ret_doc, zarr_format *ret_zarr, buf *text, object_store *os,
                        cz_error *err)
{
    cJSON *doc = NULL;
    int rc = read_root(ret_zarr, text, os, err);
    const char *what = zarr_attributes_name(*ret_zarr);
    if (rc == CZ_OK)
        rc = json_parse(&doc, text->at, text->len, what, err);
    if (rc == CZ_OK)
        rc = check_attributes(zarr_attributes_of(*ret_zarr, doc), what, os->url, err);
    if (rc == CZ_OK && *ret_zarr == ZARR_V3)
        rc = check_group(doc, what, err);
    if (rc == CZ_OK)
        *ret_doc = doc;
    else
        json_free(doc);
    return rc;
}

int store_root_check(zarr_format *ret_zarr, object_store *os, cz_error *err)
{
    cJSON *doc = NULL;
    buf text = {0};
    const int rc = read_checked(&doc, ret_zarr, &text, os, err);
    json_free(doc);
    buf_free(&text);
    return rc;
}

/* ---- The owner's attributes ----------------------------------------------------------------- */

int store_root_attributes(cJSON **out, object_store *os, cz_error *err)
{
    cJSON *doc = NULL;
    zarr_format zarr;
    buf text = {0};
    const int rc = read_checked(&doc, &zarr, &text, os, err);
    if (rc == CZ_OK)
        *out = owner_attributes_of(zarr_attributes_of(zarr, doc));
    json_free(doc);
    buf_free(&text);
    return rc;
}

int store_root_set_attributes(bool *ret_changed, object_store *os, const cJSON *owner,
                              cz_error *err)
{
    cJSON *doc = NULL, *other = NULL;
    zarr_format zarr;
    buf before = {0}, after = {0};
    int rc = read_checked(&doc, &zarr, &before, os, err);
    if (rc == CZ_OK) {
        other = owner_attributes_replace(zarr, doc, owner);
        rc = json_print_stored(&after, other, err);
    }
    if (rc == CZ_OK) {
        const bool changed = before.len != after.len || memcmp(before.at, after.at, after.len) != 0;
        if (changed)
            rc = os_put(os, zarr_attributes_name(zarr), after.at, after.len, OS_COMMIT, err);
        if (rc == CZ_OK)
            *ret_changed = changed;
    }
    json_free(other);
    json_free(doc);
    buf_free(&after);
    buf_free(&before);
    return rc;
}

/* ---- Writing -------------------------------------------------------------------------------- */

/* A group without children. The document with its attributes is put last. */
static int put(object_store *os, zarr_format zarr, upper_group group, os_put_mode mode,
               cz_error *err)
{
    zarr_node node;
    int rc = CZ_OK;
    upper_group_node(&node, zarr, group);
    for (size_t i = 0; rc == CZ_OK && i < node.n; i++) {
        char key[KEY_MAX];
        buf text = {0};
        (void)snprintf(key, sizeof key, "%s%s", upper_group_path(group), node.part[i].name);
        rc = json_print_stored(&text, node.part[i].doc, err);
        if (rc == CZ_OK)
            rc = os_put(os, key, text.at, text.len, i + 1 < node.n ? OS_OVERWRITE : mode, err);
        buf_free(&text);
    }
    zarr_node_free(&node);
    return rc;
}

/* A place is free if it holds nothing but files of a conversion that was killed while it put the
 * root. */
static int refuse_others(void *user, const os_object *o)
{
    static const char *const ours[] = {".zarr.json.part", ".zgroup", "..zgroup.part",
                                       "..zattrs.part"};
    (void)user;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strcmp(o->key, ours[i]) == 0)
            return CZ_OK;
    return CZ_FORMAT;
}

/* The root is there: check that it is camzarr's and of the requested Zarr version. */
static int check_root(object_store *os, zarr_format zarr, cz_error *err)
{
    zarr_format there;
    const int rc = store_root_check(&there, os, err);
    if (rc < 0 || there == zarr)
        return rc;
    cz_fail(err, CZ_USAGE,
            "%s: a store of Zarr version %d, and clips of version %d don't go into it", os->url,
            (int)there, (int)zarr);
    cz_hint(err, "--zarr-format %d", (int)there);
    return CZ_USAGE;
}

/* Without a root: ABSENT, unless the place holds other things. */
static int check_place(object_store *os, zarr_format zarr, cz_error *err)
{
    uint64_t size;
    const int rc = os_list(os, "", true, refuse_others, NULL, err);
    if (rc == CZ_OK)
        return cz_fail(err, CZ_ABSENT, "%s: no store yet", os->url);
    if (rc != CZ_FORMAT)
        return rc;
    if (os_stat(os, zarr_attributes_name(zarr), &size, NULL) ==
        CZ_OK) /* another process has made it */
        return check_root(os, zarr, err);
    cz_fail(err, rc, "%s: not a camzarr store, and not empty", os->url);
    cz_hint(err, "name a new or an empty folder");
    return rc;
}

/* The root of either Zarr version. */
static int stat_root(object_store *os, cz_error *err)
{
    uint64_t size;
    const int rc = os_stat(os, zarr_attributes_name(ZARR_V3), &size, err);
    return rc == CZ_ABSENT ? os_stat(os, zarr_attributes_name(ZARR_V2), &size, err) : rc;
}

/* Temporary files of the groups' documents, left by a killed conversion. */
static int remove_temporaries(object_store *os, zarr_format zarr, cz_error *err)
{
    static const char *const folder[] = {"", "specification/", "clips/"};
    for (size_t f = 0; f < sizeof folder / sizeof *folder; f++) {
        for (size_t i = 0; zarr_group_part(zarr, i); i++) {
            char key[KEY_MAX];
            cz_error why = {0};
            (void)snprintf(key, sizeof key, "%s.%s.part", folder[f], zarr_group_part(zarr, i));
            const int rc = os_remove(os, key, &why);
            if (rc < 0 && rc != CZ_ABSENT) {
                if (err)
                    *err = why;
                return rc;
            }
        }
    }
    return CZ_OK;
}

int store_root_prepare(object_store *os, zarr_format zarr, bool make, cz_error *err)
{
    uint64_t size;
    char clips[KEY_MAX];
    (void)snprintf(clips, sizeof clips, "clips/%s", zarr_attributes_name(zarr));
    int rc = stat_root(os, err);
    if (rc == CZ_OK)
        rc = check_root(os, zarr, err);
    else if (rc == CZ_ABSENT)
        rc = check_place(os, zarr, err);
    if (rc == CZ_ABSENT && make) {
        rc = put(os, zarr, GROUP_ROOT, OS_CREATE, err);
        if (rc == CZ_EXISTS) /* another conversion has put the same bytes */
            rc = check_root(os, zarr, err);
    }
    /* All are durable before the first clip: half a root is not a store. */
    if (rc == CZ_OK && make) {
        cz_error why = {0};
        rc = os_stat(os, clips, &size, &why);
        if (rc == CZ_ABSENT) {
            rc = specification_put(os, zarr, err);
            if (rc == CZ_OK)
                rc = put(os, zarr, GROUP_CLIPS, OS_COMMIT, err);
        } else if (rc < 0 && err)
            *err = why;
    }
    if (rc == CZ_OK && make && !os_is_remote(os))
        rc = remove_temporaries(os, zarr, err);
    return rc;
}
