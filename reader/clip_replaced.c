#include <string.h>

#include "reader/reader.h"

int clip_check_replaced(const cz_clip *clip, int rc, cz_error *err)
{
    commit_marker *now = NULL;
    if ((rc != CZ_ABSENT && rc != CZ_CORRUPT) || !clip->store)
        return rc;
    const int read =
        commit_marker_read(&now, clip->store->os, clip->marker->zarr, clip->facts->name, NULL);
    const bool replaced =
        read == CZ_ABSENT ||
        (read == CZ_OK && strcmp(now->fingerprint, clip->marker->fingerprint) != 0);
    commit_marker_free(&now);
    if (!replaced)
        return rc;
    cz_fail(err, CZ_CHANGED, "clips/%s: removed or replaced while it was read", clip->facts->name);
    cz_hint(err, "open it again");
    return CZ_CHANGED;
}
