/* format/store_root.c: creating and checking the root of a store. */
#include "format/store_root.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/support/alloc_fail.h"

/* A bucket without the right to list: the service reports an absent object as forbidden. */
static int forbid_root(void *user, os_op op, const char *key, cz_error *err)
{
    const char *only = user;
    return op == OS_GET && (!only || strcmp(key, only) == 0)
               ? cz_fail(err, CZ_DENIED, "%s: no", key)
               : CZ_OK;
}

Test(store_root, zarr2_store_that_denies_listing)
{
    static const char root[] = "{\"camzarr_format\":\"1.0\",\"camzarr_kind\":\"store\"}";
    static char only[] = "zarr.json";
    object_store *os = NULL;
    zarr_format zarr = ZARR_V3;
    cz_error err = {0};
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    os_memory_fault(os, forbid_root, only);
    cr_assert_eq(store_root_check(&zarr, os, &err), CZ_DENIED);
    cr_assert_str_eq(err.message, "zarr.json: no");
    cr_assert_eq(os_put(os, ".zattrs", root, sizeof root - 1, OS_OVERWRITE, NULL), CZ_OK);
    cr_assert_eq(store_root_check(&zarr, os, &err), CZ_OK, "%s", err.message);
    cr_assert_eq(zarr, ZARR_V2);
    os_memory_fault(os, forbid_root, NULL);
    cr_assert_eq(store_root_check(&zarr, os, &err), CZ_DENIED);
    os_close(&os);
}

/* Both groups are put once; a later call finds them, and another Zarr version is refused. */
Test(store_root, is_put_once)
{
    static const zarr_format versions[] = {ZARR_V2, ZARR_V3};
    for (size_t i = 0; i < 2; i++) {
        const zarr_format zarr = versions[i], other = versions[1 - i];
        object_store *os = NULL;
        zarr_format there = other;
        uint64_t size;
        cz_error err = {0};
        cr_assert_eq(os_memory(&os, NULL), CZ_OK);
        cr_assert_eq(store_root_prepare(os, zarr, false, &err), CZ_ABSENT);
        cr_assert_eq(store_root_prepare(os, zarr, true, &err), CZ_OK, "%s", err.message);
        cr_assert_eq(store_root_check(&there, os, &err), CZ_OK, "%s", err.message);
        cr_assert_eq(there, zarr);
        cr_assert_eq(
            os_stat(os, zarr == ZARR_V3 ? "clips/zarr.json" : "clips/.zattrs", &size, &err), CZ_OK,
            "%s", err.message);
        cr_assert_eq(store_root_prepare(os, zarr, false, &err), CZ_OK, "%s", err.message);
        cr_assert_eq(store_root_prepare(os, other, true, &err), CZ_USAGE);
        os_close(&os);
    }
}

Test(store_root, refuses_a_folder_with_other_files)
{
    object_store *os = NULL;
    cz_error err = {0};
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    cr_assert_eq(os_put(os, "holiday.jpg", "x", 1, OS_OVERWRITE, NULL), CZ_OK);
    cr_assert_eq(store_root_prepare(os, ZARR_V3, true, &err), CZ_FORMAT);
    os_close(&os);
}

Test(store_root, without_memory)
{
    for (size_t n = 1;; n++) {
        object_store *os = NULL;
        cz_error err = {0};
        cr_assert_eq(os_memory(&os, NULL), CZ_OK);
        alloc_fail_at(n);
        const int rc = store_root_prepare(os, ZARR_V3, true, &err);
        const bool hit = alloc_fail_end();
        cr_assert_eq(rc, hit ? CZ_NOMEM : CZ_OK, "%zu: %s", n, err.message);
        os_close(&os);
        if (!hit)
            break;
    }
}
