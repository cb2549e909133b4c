#include "cli/serve/origin.h"

#include <string.h>
#include <strings.h>

static bool ends_with(const char *text, size_t n, const char *end)
{
    const size_t m = strlen(end);
    return n >= m && strncasecmp(text + n - m, end, m) == 0;
}

static bool is(const char *text, size_t n, const char *name)
{
    return n == strlen(name) && strncasecmp(text, name, n) == 0;
}

/* Four numbers that begin with 127. */
static bool is_loopback_v4(const char *text, size_t n)
{
    size_t dots = 0;
    for (size_t i = 0; i < n; i++) {
        dots += text[i] == '.';
        if (text[i] != '.' && (text[i] < '0' || text[i] > '9'))
            return false;
    }
    return dots == 3 && n > 4 && strncmp(text, "127.", 4) == 0;
}

bool host_is_loopback(const char *host)
{
    if (*host == '[')
        return strncmp(host, "[::1]", 5) == 0 && (host[5] == '\0' || host[5] == ':');
    const size_t n = strcspn(host, ":");
    return is(host, n, "localhost") || ends_with(host, n, ".localhost") || is_loopback_v4(host, n);
}

bool origin_is_allowed(const char *origin, const char *allowed)
{
    if (allowed)
        return strcmp(allowed, "*") == 0 || strcasecmp(origin, allowed) == 0;
    const char *host = strstr(origin, "://");
    return host && host_is_loopback(host + 3);
}
