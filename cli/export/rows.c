#include "cli/export/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/timestamp.h"
#include "cli/select_frames.h"
#include "format/positions.h"

static int ascending(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Frames per second, rounded; 30 if the rate is unknown. */
static uint64_t frames_per_second(const cz_facts *f)
{
    const uint64_t rate =
        f->rate_den && f->rate_num ? ((uint64_t)f->rate_num + f->rate_den / 2) / f->rate_den : 30;
    return rate > 1 ? rate : 1;
}

static int every_second(uint64_t **out, size_t *n, const cz_facts *f, cz_error *err)
{
    const uint64_t step = frames_per_second(f), count = (f->frames - 1) / step + 1;
    uint64_t *frame = calloc((size_t)count, sizeof *frame);
    if (!frame)
        return cz_fail_memory(err, "%s: frame numbers", f->name);
    for (uint64_t i = 0; i < count; i++)
        frame[i] = i * step;
    *out = frame;
    *n = (size_t)count;
    return CZ_OK;
}

/* The n frames that are selected and, if `first`, frame 0: ascending, each once. */
static int sorted(uint64_t **out, size_t *n, const uint64_t *selected, bool first, cz_error *err)
{
    size_t kept = 0, all = *n;
    uint64_t *frame = malloc((all + 1) * sizeof *frame);
    if (!frame)
        return cz_fail_memory(err, "%zu frame numbers", all);
    memcpy(frame, selected, all * sizeof *frame);
    if (first)
        frame[all++] = 0;
    qsort(frame, all, sizeof *frame, ascending);
    for (size_t i = 0; i < all; i++)
        if (i == 0 || frame[i] != frame[kept - 1])
            frame[kept++] = frame[i];
    *out = frame;
    *n = kept;
    return CZ_OK;
}

int export_rows(uint64_t **out, size_t *n, const export_job *one, bool with_first, cz_error *err)
{
    uint64_t *selected = NULL;
    if (!one->o->frames)
        return every_second(out, n, cz_clip_facts(one->clip[0]), err);
    int rc = select_frames(&selected, n, one->o->frames, one->clip[0], err);
    if (rc == CZ_OK)
        rc = sorted(out, n, selected, with_first, err);
    free(selected);
    return rc;
}

void export_microseconds(char out[MICROSECONDS_MAX], int64_t ns)
{
    char whole[TIMESTAMP_TEXT_MAX];
    int64_t part = ns % 1000000000;
    if (part < 0)
        part += 1000000000;
    timestamp_format(whole, ns - part); /* without a fraction: "2018-07-12T00:15:10Z" */
    const size_t n = strcspn(whole, "Z");
    for (size_t i = 0; i < n; i++)
        if (whole[i] == 'T')
            whole[i] = ' ';
    (void)snprintf(out, MICROSECONDS_MAX, "%.*s.%06d", (int)n, whole, (int)(part / 1000));
}

void export_place_of(export_place *out, const cJSON *attributes)
{
    positions found;
    bool has_lat = false, has_lon = false;
    positions_of(&found, attributes);
    *out = (export_place){0};
    for (size_t i = 0; i < found.n; i++) {
        const position *p = &found.at[i];
        const char *units = "";
        (void)json_text(&units, p->attributes, "units", "", NULL);
        if (strcmp(p->name, "lat") == 0) {
            has_lat = fabs(p->value) <= 90;
            out->latitude = p->value;
        } else if (strcmp(p->name, "lon") == 0) {
            has_lon = fabs(p->value) <= 180;
            out->longitude = p->value;
        } else if (strcmp(units, "m") == 0) {
            out->has_depth = true;
            out->depth = strcmp(p->name, "depth") == 0 ? p->value : -p->value;
        }
    }
    out->has_position = has_lat && has_lon;
    positions_free(&found);
}

void export_csv_text(buf *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        buf_printf(out, "%s", text);
        return;
    }
    buf_add(out, "\"", 1);
    for (const char *at = text; *at; at++)
        buf_add(out, *at == '"' ? "\"\"" : at, *at == '"' ? 2 : 1);
    buf_add(out, "\"", 1);
}

void export_csv_number(buf *out, double value)
{
    cJSON *number = json_array();
    buf text = {0};
    json_add_double(number, NULL, value);
    out->bad |= json_print(&text, number, true, NULL) < 0;
    if (text.len > 3)
        buf_add(out, text.at + 1, text.len - 3); /* without brackets and newline */
    json_free(number);
    buf_free(&text);
}

int export_uuid(char out[UUID_TEXT], const char *kind, const char *text, cz_error *err)
{
    char hex[SHA256_HEX + 1];
    buf both = {0};
    buf_printf(&both, "camzarr %s %s", kind, text);
    int rc = both.bad ? cz_fail_memory(err, "%s", text) : CZ_OK;
    if (rc == CZ_OK)
        rc = sha256_hex(hex, both.at, both.len, err);
    if (rc == CZ_OK)
        (void)snprintf(out, UUID_TEXT, "%.8s-%.4s-4%.3s-%c%.3s-%.12s", hex, hex + 8, hex + 13,
                       "89ab"[(unsigned char)hex[16] % 4], hex + 17, hex + 20);
    buf_free(&both);
    return rc;
}

int export_write_text(const export_job *j, buf *text, cz_error *err)
{
    if (text->bad)
        return cz_fail_memory(err, "%s", j->path);
    const int rc = out_write(j->to, text->at, text->len, err);
    text->len = 0;
    return rc;
}
