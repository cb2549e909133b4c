#include "cli/catalog/list_clips.h"

#include "cli/say.h"
#include "reader/listing.h"

int list_clips(cz_store *store, cz_list_each each, void *user, cz_error *err)
{
    cz_error unusable = {0};
    const int rc = list_facts(store, each, user, &unusable, err);
    if (unusable.code != CZ_OK)
        say(stderr, "camzarr: warning: catalog not used: %s; `camzarr catalog` replaces it",
            unusable.message);
    return rc;
}
