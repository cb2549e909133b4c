#include "manifest/camhd.h"

#include <inttypes.h>
#include <string.h>

#include "manifest/md5_text.h"
#include "mov/start_time.h"

static const int64_t SECOND = 1000000000;
static const int64_t DAY = 86400 * INT64_C(1000000000);

static bool is_given(const cJSON *from, const char *name)
{
    const cJSON *at = json_at(from, name);
    return at && !cJSON_IsNull(at);
}

static void find_problem(manifest_row *row, uint64_t frames, bool lacks_moov)
{
    if (row->size == MANIFEST_SIZE_UNKNOWN)
        return;
    if (row->size == 0)
        row->problem = MANIFEST_EMPTY;
    else if (lacks_moov && row->size < CAMHD_STUB_MAX)
        row->problem = MANIFEST_STUB;
    else if (lacks_moov && row->size % CAMHD_BLOCK == 0)
        row->problem = MANIFEST_BROKEN_OFF;
    else if (lacks_moov)
        row->is_unread = true;
    else if (frames > row->size / CAMHD_FRAME_MIN)
        row->problem = MANIFEST_FRAME_COUNT;
    else
        row->frames = (uint32_t)frames;
}

/* The header's time, if the file name does not contradict it: garbage counts come with garbage
 * times. */
static void set_time(manifest_row *row, uint64_t seconds)
{
    char base[MANIFEST_SOURCE_MAX + 1];
    mov_filename_time named;
    if (seconds == 0 || seconds > (uint64_t)(INT64_MAX / SECOND) ||
        strlen(row->source) > MANIFEST_SOURCE_MAX)
        return;
    const int64_t time = (int64_t)seconds * SECOND;
    manifest_base(base, row->source);
    mov_filename_time_parse(&named, base);
    if (named.has_time && (time < named.time - DAY || time > named.time + DAY))
        return;
    row->time = time;
    row->time_from = MANIFEST_TIME_HEADER;
}

static int read_count(uint64_t *out, const cJSON *from, const char *name, const char *what,
                      cz_error *err)
{
    return is_given(from, name) ? json_u64(out, from, name, what, err) : CZ_OK;
}

int camhd_row_parse(manifest_row *out, const cJSON *from, const char *what, cz_error *err)
{
    uint64_t frames = 0, seconds = 0, deployment = 0;
    const char *md5 = NULL;
    const cJSON *moov = json_at(from, "moov");
    *out = (manifest_row){.size = MANIFEST_SIZE_UNKNOWN};
    int rc =
        json_text(&out->source, from, is_given(from, "filename") ? "filename" : "url", what, err);
    if (rc == CZ_OK)
        rc = read_count(&out->size, from, "filesize", what, err);
    if (rc == CZ_OK && out->size == MANIFEST_SIZE_UNKNOWN && is_given(from, "filesize"))
        rc = cz_fail(err, CZ_FORMAT, "%s: filesize: out of range", what);
    if (rc == CZ_OK)
        rc = read_count(&frames, from, "frame_count", what, err);
    if (rc == CZ_OK)
        rc = read_count(&seconds, from, "timestamp", what, err);
    if (rc == CZ_OK)
        rc = read_count(&deployment, from, "deployment", what, err);
    if (rc == CZ_OK && is_given(from, "md5"))
        rc = json_text(&md5, from, "md5", what, err);
    if (rc < 0)
        return rc;
    if (md5 && *md5 && !md5_parse(out->md5, md5))
        return cz_fail(err, CZ_FORMAT, "%s: md5: not 32 hexadecimal digits", what);
    out->has_md5 = md5 && *md5;
    out->deployment = deployment <= UINT8_MAX ? (uint8_t)deployment : 0;
    find_problem(out, frames <= UINT32_MAX ? frames : UINT32_MAX, cJSON_IsFalse(moov));
    set_time(out, seconds);
    return CZ_OK;
}
