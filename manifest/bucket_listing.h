/* Pages of the listings that S3 (ListObjectsV2) and Azure (List Blobs) return for a URL, without
 * credentials. Pure; safe for untrusted input. */
#ifndef CZ_MANIFEST_BUCKET_LISTING_H
#define CZ_MANIFEST_BUCKET_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

typedef enum bucket_kind { BUCKET_NONE, BUCKET_S3, BUCKET_AZURE } bucket_kind;

typedef struct bucket_entry {
    const char *key; /* decoded */
    uint64_t size;
    bool has_size;
    uint8_t md5[16]; /* Azure: Content-MD5. S3 has none: an ETag is not always an MD5 */
    bool has_md5;
    int64_t modified; /* ns since 1970; 0: unknown */
} bucket_entry;

/* The service by the root element of a page. */
bucket_kind bucket_kind_of(const void *page, size_t n);

/* Parse a page. *next gets the token of the next page, or stays empty. A result of each() other
 * than CZ_OK ends the parsing and is returned. `what` names the page in messages. Errors: FORMAT,
 * NOMEM, and those of each(). */
int bucket_page_parse(const void *page, size_t n, const char *what, buf *next,
                      int (*each)(void *user, const bucket_entry *e, cz_error *err), void *user,
                      cz_error *err);

#endif
