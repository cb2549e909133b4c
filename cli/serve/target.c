#include "cli/serve/target.h"

#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "store/objects/object_store.h"
#include "store/text/encode.h"

static int no_such_address(cz_error *err)
{
    cz_fail(err, CZ_ABSENT, "no such address");
    cz_hint(err, "/openapi.json lists those that there are");
    return CZ_ABSENT;
}

/* Move the decoded text to out->text. False: malformed, or too long. */
static bool take_text(target *out, char *encoded)
{
    if (!uri_decode(encoded) || strlen(encoded) >= TARGET_TEXT_MAX)
        return false;
    memcpy(out->text, encoded, strlen(encoded) + 1);
    return true;
}

static bool take_clip(target *out, char *encoded)
{
    return take_text(out, encoded) && *out->text && !strchr(out->text, '/');
}

/* Split "7.png" and set the format. `extension` is the one of a name without any; NULL: required.
 */
static int take_form(target *out, char *name, const char *extension, cz_error *err)
{
    char *dot = strrchr(name, '.');
    if (dot && (!extension || dot > name)) {
        extension = dot + 1;
        *dot = '\0';
    }
    if (!extension || !frame_view_begin(&out->view, extension))
        return cz_fail(err, CZ_USAGE, "%.40s: the format is png, jpg, tif, npy, icpf or mov",
                       extension ? extension : name);
    return CZ_OK;
}

static int take_frame(target *out, char *name, const char *extension, uint64_t first, cz_error *err)
{
    out->kind = TARGET_FRAME;
    const int rc = take_form(out, name, extension, err);
    if (rc < 0)
        return rc;
    if (!parse_decimal(&out->frame, name) || out->frame < first)
        return cz_fail(err, CZ_USAGE, "%.40s: not the number of a frame", name);
    out->frame -= first;
    return CZ_OK;
}

/* /v1/at/2018-07-12T00:15:10.5Z.png: the last '.' is that of the format. */
static int take_time(target *out, char *name, cz_error *err)
{
    out->kind = TARGET_AT;
    if (!uri_decode(name))
        return no_such_address(err);
    const int rc = take_form(out, name, NULL, err);
    if (rc == CZ_OK && !timestamp_parse(&out->time, name))
        return cz_fail(err, CZ_USAGE, "%.40s: not a time such as 2018-07-12T00:15:10.5Z", name);
    return rc;
}

/* CLIP, or CLIP/frames/N.FORM */
static int take_clips(target *out, char *at, cz_error *err)
{
    char *slash = strchr(at, '/');
    if (slash)
        *slash = '\0';
    if (!take_clip(out, at))
        return no_such_address(err);
    if (!slash) {
        out->kind = TARGET_CLIP;
        return CZ_OK;
    }
    if (strncmp(slash + 1, "frames/", 7) != 0 || strchr(slash + 8, '/'))
        return no_such_address(err);
    return take_frame(out, slash + 8, NULL, 0, err);
}

/* FOLDERS/CLIP.mov, or FOLDERS/CLIP.mov/frame/N */
static int take_lazycache(target *out, char *at, cz_error *err)
{
    char *end = strstr(at, ".mov");
    if (!end || (end[4] != '\0' && strncmp(end + 4, "/frame/", 7) != 0))
        return no_such_address(err);
    char *const frame = end[4] ? end + 11 : NULL;
    *end = '\0';
    char *slash = strrchr(at, '/');
    if (!take_clip(out, slash ? slash + 1 : at) || (frame && strchr(frame, '/')))
        return no_such_address(err);
    out->kind = TARGET_LAZYCACHE_MOVIE;
    return frame ? take_frame(out, frame, "png", 1, err) : CZ_OK;
}

/* CLIP@N, or CLIP@N/info.json, or CLIP@N/REGION/SIZE/ROTATION/QUALITY.FORM */
static int take_iiif(target *out, char *at, cz_error *err)
{
    char *rest = strchr(at, '/');
    if (rest)
        *rest++ = '\0';
    if (!take_clip(out, at))
        return no_such_address(err);
    char *number = strrchr(out->text, '@');
    if (!number || number == out->text || !parse_decimal(&out->frame, number + 1))
        return no_such_address(err);
    *number = '\0';
    if (!rest || strcmp(rest, "info.json") == 0) {
        out->kind = rest ? TARGET_IIIF_INFO : TARGET_IIIF_BASE;
        return CZ_OK;
    }
    out->kind = TARGET_IIIF_IMAGE;
    if (!uri_decode(rest) || strlen(rest) >= sizeof out->rest)
        return cz_fail(err, CZ_USAGE, "not REGION/SIZE/ROTATION/QUALITY.FORMAT");
    memcpy(out->rest, rest, strlen(rest) + 1);
    return CZ_OK;
}

static int take_object(target *out, char *at, cz_error *err)
{
    out->kind = TARGET_OBJECT;
    return take_text(out, at) && os_key_valid(out->text) ? CZ_OK : no_such_address(err);
}

static char *behind(char *path, const char *prefix)
{
    const size_t n = strlen(prefix);
    return strncmp(path, prefix, n) == 0 && path[n] ? path + n : NULL;
}

static int parse_path(target *out, char *path, cz_error *err)
{
    static const struct {
        const char *path;
        target_kind kind;
    } fixed[] = {{"/", TARGET_HOME},
                 {"/openapi.json", TARGET_OPENAPI},
                 {"/v1/clips", TARGET_CLIPS},
                 {"/capture", TARGET_CAPTURE}};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (strcmp(path, fixed[i].path) == 0) {
            out->kind = fixed[i].kind;
            return CZ_OK;
        }
    char *at;
    if ((at = behind(path, "/v1/clips/")))
        return take_clips(out, at, err);
    if ((at = behind(path, "/v1/at/")))
        return take_time(out, at, err);
    if ((at = behind(path, "/store/")))
        return take_object(out, at, err);
    if ((at = behind(path, "/iiif/3/")))
        return take_iiif(out, at, err);
    if ((at = behind(path, "/v1/org/")))
        return take_lazycache(out, at, err);
    return no_such_address(err);
}

static int set_parameter(target *out, const char *name, const char *value, cz_error *err)
{
    if (out->kind == TARGET_FRAME || out->kind == TARGET_AT)
        return frame_view_set(&out->view, name, value, err);
    if (out->kind != TARGET_HOME || strcmp(name, "from") != 0)
        return CZ_OK; /* ignored, as file servers do */
    return parse_decimal(&out->frame, value)
               ? CZ_OK
               : cz_fail(err, CZ_USAGE, "from=%.40s: not a number", value);
}

static int parse_query(target *out, char *query, cz_error *err)
{
    int rc = CZ_OK;
    for (char *at = query; rc == CZ_OK && at && *at;) {
        char *name = at, *value;
        at = strchr(at, '&');
        if (at)
            *at++ = '\0';
        value = strchr(name, '=');
        if (value)
            *value++ = '\0';
        if (!value || !uri_decode(name) || !uri_decode(value))
            return cz_fail(err, CZ_USAGE, "%.40s: not NAME=VALUE", name);
        rc = set_parameter(out, name, value, err);
    }
    return rc;
}

int target_parse(target *out, const char *raw, cz_error *err)
{
    char copy[TARGET_MAX];
    *out = (target){0};
    if (strlen(raw) >= sizeof copy)
        return cz_fail(err, CZ_USAGE, "the address is too long");
    memcpy(copy, raw, strlen(raw) + 1);
    char *query = strchr(copy, '?');
    if (query)
        *query++ = '\0';
    const int rc = parse_path(out, copy, err);
    return rc == CZ_OK && query ? parse_query(out, query, err) : rc;
}
