/* The provider for Azure Blob Storage. Internal to azure*.c.
 *
 *     azure.c            requests: paths, queries, headers, signatures; opening
 *     azure_response.c   mapping responses to error codes
 *     azure_list.c       pages of a listing; the body of Put Block List */
#ifndef CZ_STORE_CLOUD_AZURE_H
#define CZ_STORE_CLOUD_AZURE_H

#include "store/cloud/credentials/credentials.h"
#include "store/cloud/provider.h"

typedef struct azure {
    provider base;
    credentials *keys;
    char *account; /* for Shared Key; else NULL */
    char *sas;     /* shared access signature, or NULL: secret, never in a message */
    char *container;
    char *prefix; /* "" or "a/b/" */
    char *origin; /* "https://host:port" */
    char *root;   /* path of the container, encoded, below the endpoint's: "/container" */
} azure;

/* The block id of a part: base64 of its number and the first digits of its SHA-256. So two writers
 * of one object share a block only if their bytes are the same. Azure requires ids of equal length
 * within a blob. Errors: NOMEM. */
enum { AZURE_BLOCK_NAME = 33 };
int azure_block_name(char out[AZURE_BLOCK_NAME], size_t part, const char *sha256, cz_error *err);

int azure_classify(provider *d, const provider_request *r, const http_answer *a, cz_error *err);
int azure_parse_page(provider *d, const provider_request *r, const void *body, size_t n,
                     provider_page *page, cz_error *err);
int azure_end_body(provider *d, const provider_part *part, size_t n, buf *out, cz_error *err);

#endif
