#include "store/text/shown_url.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* "bob:hun/ter2@host": an unencoded '/' in the password ends the authority there. (If only digits
 * precede it, they cannot be distinguished from a port.) */
static bool has_password(const char *rest, size_t authority)
{
    const char *colon = memchr(rest, ':', authority);
    return colon && *rest != '[' &&
           strspn(colon + 1, "0123456789") < authority - (size_t)(colon + 1 - rest);
}

char *shown_url(const char *url)
{
    const char *host = strstr(url, "://");
    const size_t scheme = host ? (size_t)(host - url) + 3 : 0;
    const size_t end = strcspn(url, "?#");
    const char *rest = url + scheme;
    const size_t authority = strcspn(rest, "/?#");
    const char *at = memrchr(rest, '@', authority);
    if (at)
        rest = at + 1;
    else if (has_password(rest, authority))
        rest = url + end;
    const size_t n = (size_t)(url + end - rest);
    char *shown = malloc(scheme + n + 1);
    if (!shown)
        return NULL;
    memcpy(shown, url, scheme);
    memcpy(shown + scheme, rest, n);
    shown[scheme + n] = '\0';
    return shown;
}
