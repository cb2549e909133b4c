/* Addresses in exports: URIs that other programs resolve. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/export/export.h"
#include "cli/place.h"
#include "store/text/encode.h"

int export_address(buf *out, const char *place, cz_error *err)
{
    if (place_is_address(place)) {
        buf_add(out, place, strlen(place));
        return CZ_OK;
    }
    char *whole = realpath(place, NULL);
    if (!whole)
        return cz_fail_errno(err, errno, "%s", place);
    buf_printf(out, "file://");
    uri_encode(out, whole, true);
    free(whole);
    return CZ_OK;
}

/* The schemes of object stores have no percent-encoding: their addresses contain the key itself. */
static bool is_encoded(const char *place)
{
    return !place_is_address(place) || strncmp(place, "http", 4) == 0 ||
           strncmp(place, "file:", 5) == 0;
}

/* Append '/' and what lies below the address, which may end in '/'. */
static void add_below(buf *out, const char *place, const char *rel)
{
    while (out->len && out->at[out->len - 1] == '/')
        out->len--;
    buf_add(out, "/", 1);
    if (is_encoded(place))
        uri_encode(out, rel, true);
    else
        buf_add(out, rel, strlen(rel));
}

int export_object_address(buf *out, const export_job *j, const char *key, cz_error *err)
{
    const int rc = export_address(out, j->place, err);
    if (rc == CZ_OK)
        add_below(out, j->place, key);
    return rc;
}

int export_source_address(buf *out, const export_job *j, cz_error *err)
{
    const char *source = j->o->source;
    if (!source)
        return CZ_OK;
    const int rc = export_address(out, source, err);
    if (rc == CZ_OK && source[strlen(source) - 1] == '/')
        add_below(out, source, cz_clip_facts(j->clip[0])->source_name);
    return rc;
}
