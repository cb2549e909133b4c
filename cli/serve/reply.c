#include "cli/serve/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "cli/say.h"

void reply_free(reply *r)
{
    buf_free(&r->body);
    buf_free(&r->location);
    free(r->object);
    *r = (reply){0};
}

unsigned reply_status(int code)
{
    switch (code) {
    case CZ_OK:
        return 200;
    case CZ_USAGE:
        return 400;
    case CZ_ABSENT:
        return 404;
    case CZ_DENIED:
        return 403;
    case CZ_UNSUPPORTED:
        return 422;
    case CZ_UNREACHABLE:
    case CZ_CHANGED:
        return 503; /* a retry may help */
    default:
        return 500;
    }
}

void reply_error(reply *r, const cz_error *err)
{
    cJSON *doc = json_object();
    json_add_error(doc, err);
    if (err->hint[0])
        json_add_clean(doc, "hint", err->hint);
    reply_free(r);
    r->status = reply_status(err->code);
    r->type = "application/json";
    if (json_print(&r->body, doc, false, NULL) < 0) {
        buf_free(&r->body);
        r->status = 500;
    }
    json_free(doc);
}

int reply_set_etag(reply *r, const cz_facts *clip, uint64_t frame, const char *view, cz_error *err)
{
    char hex[SHA256_HEX + 1];
    buf text = {0};
    buf_printf(&text, "%s %s %" PRIu64 " %s", cz_version(), clip->source_md5, frame, view);
    const int rc = text.bad ? cz_fail_memory(err, "ETag") : sha256_hex(hex, text.at, text.len, err);
    buf_free(&text);
    if (rc == CZ_OK)
        (void)snprintf(r->etag, sizeof r->etag, "\"%.32s\"", hex);
    return rc;
}

bool reply_is_made(reply *r, body_cache *cache, const char *known)
{
    r->status = known && strstr(known, r->etag) ? 304 : 200;
    return r->status == 304 || body_cache_get(&r->body, cache, r->etag);
}
