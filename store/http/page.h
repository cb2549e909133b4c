/* Entries of a page of a listing, put into the order of their keys.
 *
 * Services give objects and folders in two rows; who asked wants one. */
#ifndef CZ_STORE_HTTP_PAGE_H
#define CZ_STORE_HTTP_PAGE_H

#include "store/http/dialect.h"

typedef struct page_entry {
    char *key; /* from the store's root */
    uint64_t size;
} page_entry;

typedef struct page {
    page_entry *entry;
    size_t n, room;
} page;

/* Keep one: `key` as the service has it, under the store's prefix. What isn't under the prefix, or no key
 * of ours could name (the marks that some tools make for folders), is left out. Errors: NOMEM. */
int page_add(page *p, const char *key, const char *prefix, uint64_t size, bool folder,
             cz_error *err);
/* Sort, and tell of each one. */
int page_tell(page *p, dialect_page *to);
void page_free(page *p);

/* Digits, and nothing else. */
bool page_number(uint64_t *out, const char *text);

#endif
