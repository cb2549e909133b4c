
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
