#include "format/specification.h"

#include <criterion/criterion.h>
#include <string.h>

#include "format/specification_text.h"
#include "format/store_root.h"
#include "tests/unit/support/alloc_fail.h"

static bool same(object_store *os, const char *key, const void *bytes, size_t n)
{
    size_t len = 0;
    const void *there = os_memory_at(os, key, &len);
    return there && len == n && memcmp(there, bytes, n) == 0;
}

Test(specification, a_new_store_carries_both_texts)
{
    static const struct {
        zarr_format zarr;
        const char *format, *pixels, *doc;
    } versions[] = {
        {ZARR_V3, "specification/format/c/0", "specification/pixels/c/0",
         "specification/pixels/zarr.json"},
        {ZARR_V2, "specification/format/0", "specification/pixels/0",
         "specification/pixels/.zattrs"},
    };
    for (size_t i = 0; i < 2; i++) {
        object_store *os = NULL;
        uint64_t size = 0;
        cr_assert_eq(os_memory(&os, NULL), CZ_OK);
        cr_assert_eq(store_root_prepare(os, versions[i].zarr, true, NULL), CZ_OK);
        cr_expect(same(os, versions[i].format, specification_format, specification_format_size));
        cr_expect(same(os, versions[i].pixels, specification_pixels, specification_pixels_size));
        cr_expect_eq(os_stat(os, versions[i].doc, &size, NULL), CZ_OK);
        os_close(&os);
    }
    static const char title[] = "# The store, format 1.";
    cr_expect_eq(memcmp(specification_format, title, sizeof title - 1), 0);
}

Test(specification, a_text_that_is_there_stays)
{
    object_store *os = NULL;
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    cr_assert_eq(os_put(os, "specification/format/c/0", "other", 5, OS_CREATE, NULL), CZ_OK);
    cr_assert_eq(specification_put(os, ZARR_V3, NULL), CZ_OK);
    cr_expect(same(os, "specification/format/c/0", "other", 5));
    cr_expect(
        same(os, "specification/pixels/c/0", specification_pixels, specification_pixels_size));
    os_close(&os);
}

/* A conversion that was killed before clips/ was put has left a root without them. */
Test(specification, it_is_put_before_the_group_of_clips)
{
    object_store *os = NULL;
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    cr_assert_eq(store_root_prepare(os, ZARR_V3, true, NULL), CZ_OK);
    cr_assert_eq(os_remove(os, "clips/zarr.json", NULL), CZ_OK);
    cr_assert_eq(os_remove(os, "specification/format/c/0", NULL), CZ_OK);
    cr_assert_eq(store_root_prepare(os, ZARR_V3, true, NULL), CZ_OK);
    cr_expect(
        same(os, "specification/format/c/0", specification_format, specification_format_size));
    cr_assert_eq(os_remove(os, "specification/format/c/0", NULL), CZ_OK);
    cr_assert_eq(store_root_prepare(os, ZARR_V3, true, NULL), CZ_OK);
    cr_expect_not(
        same(os, "specification/format/c/0", specification_format, specification_format_size),
        "a store that is complete is not given one");
    os_close(&os);
}

Test(specification, without_memory)
{
    for (size_t n = 1;; n++) {
        object_store *os = NULL;
        cr_assert_eq(os_memory(&os, NULL), CZ_OK);
        alloc_fail_at(n);
        const int rc = specification_put(os, n % 2 ? ZARR_V3 : ZARR_V2, NULL);
        const bool failed = alloc_fail_end();
        os_close(&os);
        cr_assert_eq(rc, failed ? CZ_NOMEM : CZ_OK, "allocation %zu", n);
        if (!failed)
            break;
    }
}
