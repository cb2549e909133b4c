#include "cli/serve/iiif_request.h"

#include <string.h>

enum { PART_MAX = 64, PERCENT = 1000000 }; /* a percentage is a whole number of millionths */

/* Digits with, for a percentage, up to six decimals: in units of 1 or of 1 / PERCENT. Returns the
 * position behind it; NULL if there is no such number. */
static const char *number(uint64_t *out, const char *at, bool percentage)
{
    uint64_t v = 0, unit = percentage ? PERCENT : 1;
    if (*at < '0' || *at > '9')
        return NULL;
    for (; *at >= '0' && *at <= '9'; at++)
        if ((v = v * 10 + (uint64_t)(*at - '0')) > UINT32_MAX)
            return NULL;
    v *= unit;
    if (percentage && *at == '.')
        for (at++; *at >= '0' && *at <= '9'; at++)
            v += (unit /= 10) * (uint64_t)(*at - '0');
    *out = v;
    return at;
}

static bool numbers(uint64_t *out, size_t n, const char *at, bool percentage)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && *at++ != ',')
            return false;
        if (!(at = number(&out[i], at, percentage)))
            return false;
    }
    return *at == '\0';
}

static uint64_t rounded(uint64_t numerator, uint64_t denominator)
{
    return (numerator + denominator / 2) / denominator;
}

static bool parse_region(iiif_request *out, const char *text, uint32_t width, uint32_t height)
{
    uint64_t v[4];
    const bool percentage = strncmp(text, "pct:", 4) == 0;
    *out = (iiif_request){.width = width, .height = height};
    if (strcmp(text, "full") == 0)
        return true;
    if (strcmp(text, "square") == 0) {
        out->width = out->height = width < height ? width : height;
        out->x = (width - out->width) / 2;
        out->y = (height - out->height) / 2;
        return true;
    }
    if (!numbers(v, 4, text + (percentage ? 4 : 0), percentage))
        return false;
    for (size_t i = 0; percentage && i < 4; i++)
        v[i] = rounded(v[i] * (i % 2 == 0 ? width : height), (uint64_t)100 * PERCENT);
    if (v[0] >= width || v[1] >= height || v[2] == 0 || v[3] == 0)
        return false;
    out->x = (uint32_t)v[0];
    out->y = (uint32_t)v[1];
    out->width = v[2] < width - v[0] ? (uint32_t)v[2] : width - out->x;
    out->height = v[3] < height - v[1] ? (uint32_t)v[3] : height - out->y;
    return true;
}

/* "max", "W,", ",H", "pct:N", "W,H", "!W,H" */
static bool size_of(uint64_t v[2], const char *text, uint32_t width, uint32_t height)
{
    const size_t n = strlen(text);
    uint64_t percent;
    v[0] = width;
    v[1] = height;
    if (strcmp(text, "max") == 0)
        return true;
    if (strncmp(text, "pct:", 4) == 0) {
        if (!numbers(&percent, 1, text + 4, true))
            return false;
        for (int i = 0; i < 2; i++)
            v[i] = rounded(v[i] * percent, (uint64_t)100 * PERCENT);
        return true;
    }
    if (*text == ',') {
        if (!numbers(&v[1], 1, text + 1, false))
            return false;
        v[0] = rounded(v[1] * width, height);
        return true;
    }
    if (n > 1 && text[n - 1] == ',' && number(&v[0], text, false) == text + n - 1) {
        v[1] = rounded(v[0] * height, width);
        return true;
    }
    if (*text != '!')
        return numbers(v, 2, text, false);
    if (!numbers(v, 2, text + 1, false))
        return false;
    if (v[0] * height < v[1] * width)
        v[1] = rounded(v[0] * height, width);
    else
        v[0] = rounded(v[1] * width, height);
    return true;
}

static bool parse_size(iiif_request *out, const char *text)
{
    uint64_t v[2];
    if (!size_of(v, text, out->width, out->height) || v[0] > out->width || v[1] > out->height ||
        v[0] == 0 || v[1] == 0)
        return false;
    out->out_width = (uint32_t)v[0];
    out->out_height = (uint32_t)v[1];
    return true;
}

static bool parse_rotation(iiif_request *out, const char *text)
{
    static const char *const turns[] = {"0", "90", "180", "270"};
    out->mirror = *text == '!';
    text += out->mirror;
    for (unsigned i = 0; i < 4; i++)
        if (strcmp(text, turns[i]) == 0) {
            out->quarters = i;
            return true;
        }
    return false;
}

static bool parse_quality(iiif_request *out, char *text)
{
    char *dot = strchr(text, '.');
    frame_view v;
    if (!dot)
        return false;
    *dot = '\0';
    out->bitonal = strcmp(text, "bitonal") == 0;
    out->gray = out->bitonal || strcmp(text, "gray") == 0;
    if (!out->gray && strcmp(text, "default") != 0 && strcmp(text, "color") != 0)
        return false;
    if (!frame_view_begin(&v, dot + 1) || v.form > SERVE_TIFF)
        return false;
    out->form = v.form;
    return true;
}

int iiif_parse(iiif_request *out, const char *text, uint32_t width, uint32_t height, cz_error *err)
{
    static const char *const names[] = {"region", "size", "rotation", "quality and format"};
    char part[4][PART_MAX];
    for (int i = 0; i < 4; i++) {
        const size_t n = strcspn(text, "/");
        if (n >= PART_MAX || (text[n] == '/') != (i < 3))
            return cz_fail(err, CZ_USAGE, "not REGION/SIZE/ROTATION/QUALITY.FORMAT");
        memcpy(part[i], text, n);
        part[i][n] = '\0';
        text += n + (i < 3);
    }
    const bool ok[] = {parse_region(out, part[0], width, height), parse_size(out, part[1]),
                       parse_rotation(out, part[2]), parse_quality(out, part[3])};
    for (int i = 0; i < 4; i++)
        if (!ok[i])
            return cz_fail(err, CZ_USAGE, "%s: not a %s of this picture", part[i], names[i]);
    return CZ_OK;
}
