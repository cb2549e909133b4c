/* Collects the entries of a listing's page, and delivers them in the order of their keys: services
 * send objects and folders as two separate lists. */
#ifndef CZ_STORE_CLOUD_LISTING_H
#define CZ_STORE_CLOUD_LISTING_H

#include "store/cloud/provider.h"

typedef struct listing_entry {
    char *key; /* relative to the store's root */
    uint64_t size;
    int64_t modified; /* as os_object.modified */
} listing_entry;

typedef struct listing_page {
    listing_entry *entry;
    size_t n, capacity;
} listing_page;

/* Add an entry; `key` is the service's, with the store's prefix. Ignored if it is not below the
 * prefix, or not a valid key (folder placeholders of some tools). Errors: NOMEM. */
int listing_page_add(listing_page *p, const char *key, const char *prefix, uint64_t size,
                     int64_t modified, bool folder, cz_error *err);
/* Sort, and call to->each() for each entry; returns what that returns. */
int listing_page_deliver(listing_page *p, provider_page *to);
void listing_page_free(listing_page *p);

#endif
