#include "cli/analysis/overview_arg.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/say.h"
#include "store/text/encode.h"

int overview_arg(uint32_t *num, uint32_t *den, const char *verb, const char *text)
{
    static const uint64_t most = 1000000;
    char digits[16] = "";
    uint64_t whole = 0, part = 0, scale = 1;
    const size_t n = strspn(text, "0123456789"), end = strlen(text);
    const bool is_fraction = text[n] == '/', is_decimal = text[n] == '.';
    *num = *den = 0;
    if (strcmp(text, "none") == 0)
        return 0;
    if (strcmp(text, "all") == 0) {
        *num = UINT32_MAX;
        *den = 1;
        return 0;
    }
    (void)snprintf(digits, sizeof digits, "%.*s", (int)n, text);
    bool right = n < 8 && end < 16 && parse_decimal(&whole, digits);
    if (right && (is_fraction || is_decimal))
        right = parse_decimal(&part, text + n + 1);
    else if (right)
        right = text[n] == '\0';
    for (size_t i = n + 1; is_decimal && right && i < end && scale <= most; i++)
        scale *= 10;
    if (is_decimal)
        whole = whole * scale + part;
    else if (is_fraction)
        scale = part;
    if (!right || whole == 0 || scale == 0 || scale > most || whole > UINT32_MAX - 1)
        return say_usage(verb,
                         "--overview %s: not pictures per second such as 1, 0.5 or 1/10, "
                         "all, or none",
                         text);
    *num = (uint32_t)whole;
    *den = (uint32_t)scale;
    return 0;
}
