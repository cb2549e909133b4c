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
