#include "cli/place.h"

#include <string.h>
#include <strings.h>

bool place_is_address(const char *place)
{
    return strstr(place, "://") != NULL;
}

bool place_is_movie_address(const char *place)
{
    static const char ending[] = ".mov";
    if (strncasecmp(place, "http://", 7) != 0 && strncasecmp(place, "https://", 8) != 0)
        return false;
    const char *host = strchr(place, ':') + 3;
    const char *path = host + strcspn(host, "/?#"); /* hosts may end in .mov, too */
    const size_t n = strcspn(path, "?#"), own = sizeof ending - 1;
    return n > own && strncasecmp(path + n - own, ending, own) == 0;
}
