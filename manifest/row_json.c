/* Rows as JSON lines, in both directions. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "manifest/manifest.h"
#include "manifest/md5_text.h"

static const struct {
    const char *code, *text;
} problems[] = {
    [MANIFEST_SOUND] = {NULL, ""},
    [MANIFEST_EMPTY] = {"empty", "empty file"},
    [MANIFEST_STUB] = {"stub", "too short to hold a frame"},
    [MANIFEST_BROKEN_OFF] = {"broken_off",
                             "the recording broke off before its moov atom was written; "
                             "a conversion searches it for frames"},
    [MANIFEST_FRAME_COUNT] = {"frame_count",
                              "the listing has more frames than fit into the file; ignored"},
    [MANIFEST_UNREADABLE] = {"unreadable", "cannot be converted"},
};
enum { N_PROBLEMS = sizeof problems / sizeof *problems };

const char *manifest_problem_code(manifest_problem problem)
{
    return problems[problem].code;
}

void manifest_problem_text(char *out, size_t room, const manifest_row *row)
{
    if (row->why)
        (void)snprintf(out, room, "%s", row->why);
    else if (row->problem == MANIFEST_STUB && row->size != MANIFEST_SIZE_UNKNOWN)
        (void)snprintf(out, room, "%" PRIu64 " bytes: %s", row->size, problems[row->problem].text);
    else
        (void)snprintf(out, room, "%s", problems[row->problem].text);
}

/* ---- Printing -------------------------------------------------------------------------------- */

static void add_time(cJSON *to, const char *name, bool known, int64_t ns)
{
    char text[TIMESTAMP_TEXT_MAX];
    if (known)
        timestamp_format(text, ns);
    if (known)
        json_add_text(to, name, text);
    else
        json_add_null(to, name);
}

static void add_count(cJSON *to, const char *name, bool known, uint64_t n)
{
    if (known)
        json_add_u64(to, name, n);
    else
        json_add_null(to, name);
}

static void add_problem(cJSON *to, const manifest_row *row)
{
    char text[sizeof((cz_error *)0)->message];
    if (row->problem == MANIFEST_SOUND)
        return;
    cJSON *problem = json_object();
    manifest_problem_text(text, sizeof text, row);
    json_add_text(problem, "code", manifest_problem_code((manifest_problem)row->problem));
    json_add_text(problem, "message", text);
    json_add(to, "problem", problem);
}

cJSON *manifest_json(const manifest_row *row)
{
    char text[MANIFEST_SOURCE_MAX + 1], md5[2 * MANIFEST_MD5 + 1];
    cJSON *line = json_object();
    manifest_name(text, row);
    json_add_text(line, "name", text);
    json_add_text(line, "source", row->source);
    add_count(line, "size", row->size != MANIFEST_SIZE_UNKNOWN, row->size);
    if (row->size_is_rounded)
        json_add_bool(line, "size_is_rounded", true);
    md5_format(md5, row->md5);
    if (row->has_md5)
        json_add_text(line, "md5", md5);
    else
        json_add_null(line, "md5");
    const bool is_start =
        row->time_from == MANIFEST_TIME_HEADER || row->time_from == MANIFEST_TIME_NAME;
    add_time(line, "start", is_start, row->time);
    if (row->time_from == MANIFEST_TIME_END)
        add_time(line, "end", true, row->time);
    if (row->time_from == MANIFEST_TIME_HEADER)
        json_add_text(line, "start_from", "header");
    add_time(line, "modified", row->modified != 0, row->modified);
    add_count(line, "frames", row->frames != 0, row->frames);
    add_count(line, "deployment", row->deployment != 0, row->deployment);
    if (row->has_sidecar)
        json_add_bool(line, "sidecar", true);
    if (row->is_unread)
        json_add_bool(line, "unread", true);
    add_problem(line, row);
    return line;
}

/* ---- Parsing --------------------------------------------------------------------------------- */

static bool is_given(const cJSON *from, const char *name)
{
    const cJSON *at = json_at(from, name);
    return at && !cJSON_IsNull(at);
}

static bool is_true(const cJSON *from, const char *name)
{
    return cJSON_IsTrue(json_at(from, name));
}

static int read_count(uint64_t *out, const cJSON *from, const char *name, uint64_t max,
                      const char *what, cz_error *err)
{
    if (!is_given(from, name))
        return CZ_OK;
    const int rc = json_u64(out, from, name, what, err);
    if (rc == CZ_OK && *out > max)
        return cz_fail(err, CZ_FORMAT, "%s: %s: %" PRIu64 " is out of range", what, name, *out);
    return rc;
}

static int read_time(int64_t *out, bool *ret_found, const cJSON *from, const char *name,
                     const char *what, cz_error *err)
{
    const char *text;
    *ret_found = is_given(from, name);
    if (!*ret_found)
        return CZ_OK;
    const int rc = json_text(&text, from, name, what, err);
    if (rc == CZ_OK && !timestamp_parse(out, text))
        return cz_fail(err, CZ_FORMAT, "%s: %s: not a time", what, name);
    return rc;
}

static int read_times(manifest_row *out, const cJSON *from, const char *what, cz_error *err)
{
    const cJSON *how = json_at(from, "start_from");
    bool found = false;
    int rc = read_time(&out->time, &found, from, "start", what, err);
    if (found)
        out->time_from = cJSON_IsString(how) && strcmp(how->valuestring, "header") == 0
                             ? MANIFEST_TIME_HEADER
                             : MANIFEST_TIME_NAME;
    if (rc == CZ_OK && !found) {
        rc = read_time(&out->time, &found, from, "end", what, err);
        out->time_from = found ? MANIFEST_TIME_END : MANIFEST_TIME_NONE;
    }
    if (rc == CZ_OK)
        rc = read_time(&out->modified, &found, from, "modified", what, err);
    return rc;
}

static int read_problem(manifest_row *out, const cJSON *from, const char *what, cz_error *err)
{
    const char *code;
    if (!is_given(from, "problem"))
        return CZ_OK;
    int rc = json_text(&code, from, "problem.code", what, err);
    if (rc == CZ_OK)
        rc = json_text(&out->why, from, "problem.message", what, err);
    if (rc < 0)
        return rc;
    out->problem = MANIFEST_UNREADABLE;
    for (unsigned i = MANIFEST_SOUND + 1; i < N_PROBLEMS; i++)
        if (strcmp(code, problems[i].code) == 0)
            out->problem = (uint8_t)i;
    if (out->problem != MANIFEST_UNREADABLE)
        out->why = NULL; /* manifest_problem_text() has it */
    return CZ_OK;
}

static int read_md5(manifest_row *out, const cJSON *from, const char *what, cz_error *err)
{
    const char *text;
    if (!is_given(from, "md5"))
        return CZ_OK;
    const int rc = json_text(&text, from, "md5", what, err);
    if (rc == CZ_OK && !md5_parse(out->md5, text))
        return cz_fail(err, CZ_FORMAT, "%s: md5: not 32 hexadecimal digits", what);
    out->has_md5 = rc == CZ_OK;
    return rc;
}

/* A name is kept only where it is not the source's own. */
static int read_name(manifest_row *out, const cJSON *from, const char *what, cz_error *err)
{
    char own[MANIFEST_SOURCE_MAX + 1];
    if (!is_given(from, "name"))
        return CZ_OK;
    const int rc = json_text(&out->name, from, "name", what, err);
    if (rc < 0)
        return rc;
    manifest_name(own, &(manifest_row){.source = out->source});
    if (strcmp(own, out->name) == 0)
        out->name = NULL;
    return CZ_OK;
}

int manifest_row_parse(manifest_row *out, const cJSON *from, const char *what, cz_error *err)
{
    uint64_t frames = 0, deployment = 0;
    *out = (manifest_row){.size = MANIFEST_SIZE_UNKNOWN};
    int rc = json_text(&out->source, from, "source", what, err);
    if (rc == CZ_OK)
        rc = read_name(out, from, what, err);
    if (rc == CZ_OK)
        rc = read_count(&out->size, from, "size", UINT64_MAX - 1, what, err);
    if (rc == CZ_OK)
        rc = read_count(&frames, from, "frames", UINT32_MAX, what, err);
    if (rc == CZ_OK)
        rc = read_count(&deployment, from, "deployment", UINT8_MAX, what, err);
    if (rc == CZ_OK)
        rc = read_md5(out, from, what, err);
    if (rc == CZ_OK)
        rc = read_times(out, from, what, err);
    if (rc == CZ_OK)
        rc = read_problem(out, from, what, err);
    out->frames = (uint32_t)frames;
    out->deployment = (uint8_t)deployment;
    out->size_is_rounded = is_true(from, "size_is_rounded");
    out->has_sidecar = is_true(from, "sidecar");
    out->is_unread = is_true(from, "unread");
    return rc;
}
