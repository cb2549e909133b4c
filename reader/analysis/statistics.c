#include <stdio.h>
#include <stdlib.h>

#include "reader/analysis/analysis.h"
#include "reader/index_column.h"

const char *cz_statistic_name(cz_statistic which)
{
    return (int)which >= 0 && (int)which < N_STATISTICS ? statistic_name((statistic)which) : NULL;
}

static int load(void **out, const cz_clip *clip, statistic which, cz_error *err)
{
    const commit_marker *m = clip->marker;
    index_column v = {0};
    (void)snprintf(v.rel_key, sizeof v.rel_key, "statistics/%s", statistic_name(which));
    statistic_array(&v.array, m->zarr, which, m->facts.frames, m->analysis_version);
    json_free(v.array.attributes);
    v.array.attributes = NULL;
    int rc = columns_fetch(&v, 1, clip->store->os, clip->store->cache, m, err);
    if (rc == CZ_OK && which == STATISTIC_FLAGS &&
        (rc = column_narrow_flags(&v, m->facts.name, err)) < 0)
        free(v.data);
    if (rc == CZ_OK)
        *out = v.data;
    return analysis_check_replaced(clip, rc, err);
}

int cz_statistic_read(const void **out, cz_clip *clip, cz_statistic which, cz_error *err)
{
    if (!cz_statistic_name(which))
        return cz_fail(err, CZ_USAGE, "%d: no statistic", (int)which);
    _Atomic(void *) *at = &clip->statistic[which];
    void *values = NULL, *none = NULL;
    int rc = analysis_check(clip, err);
    if (rc == CZ_OK && !atomic_load_explicit(at, memory_order_acquire)) {
        rc = load(&values, clip, (statistic)which, err);
        /* Another thread may have set it, and given its address to a caller. */
        if (rc == CZ_OK && !atomic_compare_exchange_strong(at, &none, values))
            free(values);
    }
    if (rc == CZ_OK)
        *out = atomic_load_explicit(at, memory_order_acquire);
    return rc;
}
