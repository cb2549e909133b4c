#include "reader/reader.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROOT_BYTES_MAX = 1 << 20,
    CACHE_BYTES = 16 << 20, /* some hundred columns of clips of a quarter of an hour */
};

/* The object that tells: of version 3 or, where there is none, of version 2. Without the right
 * to list, services report an absent object as forbidden. */
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

/* Of version 3 the attributes are a part of what says that there is a group. */
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

int store_root_check(zarr_format *ret_zarr, object_store *os, cz_error *err)
{
    const char *format = NULL, *kind = NULL;
    cJSON *doc = NULL;
    buf text = {0};
    int rc = read_root(ret_zarr, &text, os, err);
    const char *what = zarr_attributes_name(*ret_zarr);
    if (rc < 0 || (rc = json_parse(&doc, text.at, text.len, what, err)) < 0)
        goto end;
    const cJSON *ours = json_at(zarr_attributes_of(*ret_zarr, doc), "camzarr");
    if (!ours) {
        rc = cz_fail(err, CZ_FORMAT, "%s: a Zarr store, but not of camzarr's", os->url);
        goto end;
    }
    if ((rc = json_text(&format, ours, "format", what, err)) < 0 ||
        (rc = format_check(format, os->url, err)) < 0 ||
        (rc = json_text(&kind, ours, "kind", what, err)) < 0 ||
        (*ret_zarr == ZARR_V3 && (rc = check_group(doc, what, err)) < 0))
        goto end;
    if (strcmp(kind, "store") != 0) {
        rc = cz_fail(err, CZ_FORMAT, "%s: not a store, but its part \"%.40s\"", os->url, kind);
        cz_hint(err, "name the folder that holds clips/");
    }
end:
    json_free(doc);
    buf_free(&text);
    return rc;
}

int store_over(cz_store **out, object_store **os, const cz_options *opts, cz_error *err)
{
    zarr_format zarr;
    *out = NULL;
    const int rc = store_root_check(&zarr, *os, err);
    if (rc < 0)
        return rc;
    object_cache *cache = NULL;
    cz_store *store = calloc(1, sizeof *store);
    if (!store || (os_is_remote(*os) && object_cache_new(&cache, CACHE_BYTES, err) < 0)) {
        free(store);
        return cz_fail(err, CZ_NOMEM, "%s", (*os)->url);
    }
    store->cache = cache;
    if (opts)
        store->options = *opts;
    atomic_init(&store->users, 1);
    store->zarr = zarr;
    store->os = *os;
    *os = NULL;
    *out = store;
    return CZ_OK;
}

int options_check(const cz_options *opts, cz_error *err)
{
    const int rc = opts ? CZ_CHECK_RESERVED("cz_options", opts, err) : CZ_OK;
    return opts && rc == CZ_OK ? CZ_CHECK_RESERVED("cz_network", &opts->network, err) : rc;
}

int cz_open(cz_store **out, const char *url, const cz_options *opts, cz_error *err)
{
    object_store *os = NULL;
    *out = NULL;
    int rc = options_check(opts, err);
    if (rc == CZ_OK)
        rc = os_open(&os, url, false, opts ? &opts->network : NULL, err);
    if (rc == CZ_OK)
        rc = store_over(out, &os, opts, err);
    os_close(&os);
    return rc;
}

cz_store *store_keep(cz_store *store)
{
    atomic_fetch_add(&store->users, 1);
    return store;
}

void cz_store_statistics(cz_statistics *out, const cz_store *store)
{
    net_statistics s = {0};
    os_statistics(store->os, &s);
    statistics_tell(out, &s);
}

void cz_close(cz_store **store)
{
    if (!store || !*store)
        return;
    if (atomic_fetch_sub(&(*store)->users, 1) == 1) {
        os_close(&(*store)->os);
        object_cache_free(&(*store)->cache);
        free(*store);
    }
    *store = NULL;
}

/* ---- Names of clips ------------------------------------------------------------------------- */

typedef struct name_list {
    char **at;
    size_t n, room;
    cz_error *err;
} name_list;

static int add_name(void *user, const os_object *o)
{
    static const char before[] = "clips/";
    name_list *list = user;
    const char *name = o->key + sizeof before - 1;
    const size_t len = strcspn(name, "/");
    if (name[len] != '/')
        return CZ_OK; /* an object, not a folder */
    if (list->n == list->room) {
        const size_t room = list->room ? 2 * list->room : 64;
        char **at = realloc(list->at, room * sizeof *at);
        if (!at)
            return cz_fail(list->err, CZ_NOMEM, "%zu names of clips", room);
        list->at = at;
        list->room = room;
    }
    char *copy = strndup(name, len);
    if (!copy)
        return cz_fail(list->err, CZ_NOMEM, "%zu names of clips", list->n);
    if (clip_name_ok(copy))
        list->at[list->n++] = copy;
    else
        free(copy);
    return CZ_OK;
}

/* Keep those whose commit mark is there. */
static int keep_whole(name_list *list, const cz_store *store, cz_error *err)
{
    size_t kept = 0;
    int rc = CZ_OK;
    for (size_t i = 0; i < list->n; i++) {
        char key[KEY_MAX];
        uint64_t size = 0;
        char *name = list->at[i];
        clip_key(key, name, rel_key_marker(store->zarr));
        if (rc == CZ_OK)
            rc = os_stat(store->os, key, &size, err);
        if (rc == CZ_OK)
            list->at[kept++] = name;
        else
            free(name);
        if (rc == CZ_ABSENT)
            rc = CZ_OK;
    }
    list->n = kept;
    return rc;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int cz_clips(char ***out, size_t *n, cz_store *store, cz_error *err)
{
    name_list list = {.err = err};
    int rc = os_list(store->os, "clips/", true, add_name, &list, err);
    if (rc == CZ_OK)
        rc = keep_whole(&list, store, err);
    if (rc < 0) {
        cz_names_free(&list.at, list.n);
        return rc;
    }
    /* Folders come in the order of "NAME/", where '-' stands before '/'. */
    if (list.n)
        qsort(list.at, list.n, sizeof *list.at, by_bytes);
    *out = list.at;
    *n = list.n;
    return CZ_OK;
}

void cz_names_free(char ***names, size_t n)
{
    if (!names || !*names)
        return;
    for (size_t i = 0; i < n; i++)
        free((*names)[i]);
    free(*names);
    *names = NULL;
}
