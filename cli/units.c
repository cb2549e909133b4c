#include "cli/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void size_text(char out[UNITS_TEXT_MAX], uint64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1000) {
        (void)snprintf(out, UNITS_TEXT_MAX, "%d B", (int)bytes);
        return;
    }
    size_t unit = 0;
    double v = (double)bytes / 1000;
    while (v >= 999.95) { /* would be printed as 1000.0 */
        v /= 1000;
        unit++;
    }
    (void)snprintf(out, UNITS_TEXT_MAX, "%.1f %s", v, units[unit]);
}

void duration_text(char out[UNITS_TEXT_MAX], int64_t ns)
{
    const int64_t s = ns < 0 ? 0 : ns / 1000000000;
    if (s < 3600)
        (void)snprintf(out, UNITS_TEXT_MAX, "%d:%02d", (int)(s / 60), (int)(s % 60));
    else
        (void)snprintf(out, UNITS_TEXT_MAX, "%" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60),
                       (int)(s % 60));
}

bool duration_parse(uint64_t *out, const char *text)
{
    static const struct {
        char unit;
        uint64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    uint64_t scale = UINT64_C(1000000000), v = 0;
    size_t n = strlen(text);
    for (size_t i = 0; n > 1 && i < sizeof units / sizeof *units; i++)
        if (text[n - 1] == units[i].unit)
            scale *= units[i].seconds;
    n -= n > 1 && strchr("smhd", text[n - 1]);
    if (n == 0 || n > 8)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(text[i] - '0');
    }
    return !__builtin_mul_overflow(v, scale, out);
}

const char *codec_title(const char *codec)
{
    static const char *const titles[][2] = {
        {"apco", "ProRes 422 Proxy"}, {"apcs", "ProRes 422 LT"}, {"apcn", "ProRes 422"},
        {"apch", "ProRes 422 HQ"},    {"ap4h", "ProRes 4444"},   {"ap4x", "ProRes 4444 XQ"},
    };
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        if (strcmp(titles[i][0], codec) == 0)
            return titles[i][1];
    return "";
}
