#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/serve/replies.h"
#include "store/text/encode.h"

/* Names that begin with a dot are not objects of a store, but of a version control system, an
 * editor or an interrupted put; except for Zarr version 2. */
static bool is_hidden(const char *key)
{
    for (const char *at = key; at; at = strchr(at, '/')) {
        at += *at == '/';
        if (*at == '.' && strcmp(at, ".zgroup") != 0 && strcmp(at, ".zarray") != 0 &&
            strcmp(at, ".zattrs") != 0 && strcmp(at, ".zmetadata") != 0)
            return true;
    }
    return false;
}

static const char *type_of(const char *key)
{
    static const struct {
        const char *ending, *type;
    } types[] = {{".json", "application/json"},           {".jsonl", "application/x-ndjson"},
                 {".md", "text/markdown; charset=utf-8"}, {".zgroup", "application/json"},
                 {".zarray", "application/json"},         {".zattrs", "application/json"},
                 {".zmetadata", "application/json"}};
    const size_t n = strlen(key);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const size_t m = strlen(types[i].ending);
        if (n >= m && strcmp(key + n - m, types[i].ending) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

/* A number before `behind`; returns the position after that. */
static const char *number(uint64_t *out, const char *at, char behind)
{
    char digits[24];
    const size_t n = strspn(at, "0123456789");
    if (n == 0 || n >= sizeof digits || at[n] != behind)
        return NULL;
    memcpy(digits, at, n);
    digits[n] = '\0';
    return parse_decimal(out, digits) ? at + n + (behind != '\0') : NULL;
}

/* "bytes=A-B", "bytes=A-", "bytes=-N". Any other header is ignored (RFC 9110, section 14.2), as is
 * a list of ranges. False: the range has no byte of the object. */
static bool apply_range(reply *r, const char *range)
{
    uint64_t first, last = UINT64_MAX;
    if (!range || strncmp(range, "bytes=", 6) != 0 || strchr(range, ','))
        return true;
    const char *at = range + 6;
    if (*at == '-') {
        if (!number(&last, at + 1, '\0'))
            return true;
        first = last < r->total ? r->total - last : 0;
        if (last == 0 || r->total == 0)
            return false;
        last = r->total - 1;
    } else {
        at = number(&first, at, '-');
        if (!at || (*at && !number(&last, at, '\0')) || last < first)
            return true;
        if (first >= r->total)
            return false;
    }
    last = last < r->total ? last : r->total - 1;
    r->offset = first;
    r->length = last - first + 1;
    r->status = 206;
    return true;
}

int reply_object(reply *r, site *s, const char *key, const char *range, cz_error *err)
{
    if (is_hidden(key))
        return cz_fail(err, CZ_ABSENT, "%s: no such object", key);
    const int rc = os_stat(s->os, key, &r->total, err);
    if (rc < 0)
        return rc;
    r->status = 200;
    r->type = type_of(key);
    r->length = r->total;
    if (!apply_range(r, range)) {
        r->status = 416;
        return CZ_OK;
    }
    r->object = strdup(key);
    return r->object ? CZ_OK : cz_fail_memory(err, "%s", key);
}
