
#include <stdlib.h>
#include <string.h>

#include "format/store_root.h"
#include "reader/reader.h"

enum { CACHE_BYTES = 16 << 20 }; /* some hundred columns of clips of a quarter of an hour */

int store_from_objects(cz_store **out, object_store **os, const cz_options *opts, cz_error *err)
{
    zarr_format zarr;
    *out = NULL;
    const int rc = store_root_check(&zarr, *os, err);
    if (rc < 0)
        return rc;
    object_cache *cache = NULL;
    spare *kept = NULL;
    cz_store *store = calloc(1, sizeof *store);
    if (!store || spare_new(&kept, err) < 0 ||
        (os_is_remote(*os) && object_cache_new(&cache, CACHE_BYTES, err) < 0)) {
        spare_free(&kept);
        free(store);
        return cz_fail_memory(err, "%s", (*os)->url);
    }
    store->cache = cache;
    store->spare = kept;
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
        rc = store_from_objects(out, &os, opts, err);
    os_close(&os);
    return rc;
}

cz_store *store_retain(cz_store *store)
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
        spare_free(&(*store)->spare);
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
        return CZ_OK; /* an object, not a clip */
    if (list->n == list->room) {
        const size_t room = list->room ? 2 * list->room : 64;
        char **at = realloc(list->at, room * sizeof *at);
        if (!at)
            return cz_fail_memory(list->err, "%zu names of clips", room);
        list->at = at;
        list->room = room;
    }
    char *copy = strndup(name, len);
    if (!copy)
        return cz_fail_memory(list->err, "%zu names of clips", list->n);
    if (clip_name_ok(copy))
        list->at[list->n++] = copy;
    else
        free(copy);
    return CZ_OK;
}

/* Keep the names of clips that have a commit marker. */
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
