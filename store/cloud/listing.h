/* Entries of a page of a listing, put into the order of their keys.
 *
 * Services give objects and folders in two rows; who asked wants one. */
#ifndef CZ_STORE_CLOUD_LISTING_H
#define CZ_STORE_CLOUD_LISTING_H

#include "store/cloud/provider.h"

typedef struct listing_entry {
    char *key; /* from the store's root */
    uint64_t size;
} listing_entry;

typedef struct listing_page {
    listing_entry *entry;
    size_t n, room;
} listing_page;

/* Keep one: `key` as the service has it, under the store's prefix. What isn't under the prefix, or
 * no key of ours could name (the marks that some tools make for folders), is left out. Errors:
 * NOMEM. */
int listing_page_add(listing_page *p, const char *key, const char *prefix, uint64_t size,
                     bool folder, cz_error *err);
/* Sort, and tell of each one. */
int listing_page_deliver(listing_page *p, provider_page *to);
void listing_page_free(listing_page *p);

#endif
