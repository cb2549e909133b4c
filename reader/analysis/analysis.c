#include "reader/analysis/analysis.h"

#include <string.h>

int analysis_check(const cz_clip *clip, cz_error *err)
{
    const int rc = clip_needs_store(clip, "an analysis", err);
    if (rc < 0 || clip->marker->overview)
        return rc;
    cz_fail(err, CZ_ABSENT, "clips/%s: has no statistics, overview and scenes", clip->facts->name);
    cz_hint(err, "`camzarr analyse` makes them");
    return CZ_ABSENT;
}

/* An analysis of other definitions has another version, one of another rate another fingerprint. */
int analysis_check_replaced(const cz_clip *clip, int rc, cz_error *err)
{
    commit_marker *now = NULL;
    const char *name = clip->facts->name;
    rc = clip_check_replaced(clip, rc, err);
    if (rc != CZ_ABSENT && rc != CZ_CORRUPT)
        return rc;
    const int read = commit_marker_read(&now, clip->store->os, clip->marker->zarr, name, NULL);
    const bool replaced = read == CZ_OK && now->analysis_version != clip->marker->analysis_version;
    commit_marker_free(&now);
    if (!replaced)
        return rc;
    cz_fail(err, CZ_CHANGED, "clips/%s: analysed anew while it was read", name);
    cz_hint(err, "open it again");
    return CZ_CHANGED;
}
