#include "source/backend.h"

#include <inttypes.h>

int source_changed(const source *s, const char *how, cz_error *err)
{
    cz_fail(err, CZ_CHANGED, "%s: %s while it was read", s->shown, how);
    cz_hint(err, "wait until it is no longer written to, then start again");
    return CZ_CHANGED;
}

int source_check_range(const source *s, uint64_t offset, size_t len, cz_error *err)
{
    if (offset > s->size || len > s->size - offset)
        return cz_fail(err, CZ_CHANGED, "%s: %zu bytes at %" PRIu64 " requested, it has %" PRIu64,
                       s->shown, len, offset, s->size);
    return CZ_OK;
}
