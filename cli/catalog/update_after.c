#include "cli/catalog/update_after.h"

#include <string.h>

#include "cli/place.h"
#include "cli/say.h"

void catalog_update_after(const char *url, bool quiet)
{
    cz_store *store = NULL;
    cz_error err;
    if (place_is_address(url) && strncmp(url, "file://", 7) != 0)
        return;
    int rc = cz_open(&store, url, NULL, &err);
    if (rc == CZ_OK)
        rc = cz_catalog_write(NULL, store, NULL, &err);
    cz_close(&store);
    if (rc == CZ_OK || quiet)
        return;
    say(stderr, "camzarr: warning: catalog not updated: %s", err.message);
    say(stderr, "`camzarr catalog STORE` updates it");
}
