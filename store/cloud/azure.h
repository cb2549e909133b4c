/* The insides of Azure's dialect.
 *
 *     azure.c         requests: paths, queries, headers, signatures; opening
 *     azure_classify.c   what an answer means
 *     azure_list.c    pages of a listing, and the list of a blob's blocks */
#ifndef CZ_STORE_CLOUD_AZURE_H
#define CZ_STORE_CLOUD_AZURE_H

#include "store/cloud/credentials/credentials.h"
#include "store/cloud/provider.h"

typedef struct azure {
    provider base;
    credentials *keys;
    char *account; /* that signs; NULL without Shared Key */
    char *sas;     /* query that permits, or NULL: kept out of every message */
    char *container;
    char *prefix; /* "" or "a/b/" */
    char *origin; /* "https://host:port" */
    char *root;   /* the container's path, encoded, with the endpoint's own: "/container" */
} azure;

/* What a part is called: base64 of its number and the beginning of the SHA-256 of its bytes. So two
 * writers of one object never take each other's blocks for their own, and two who write the same
 * may. All names of a blob have to be of one length. Errors: NOMEM. */
enum { AZURE_BLOCK_NAME = 33 };
int azure_block_name(char out[AZURE_BLOCK_NAME], size_t part, const char *sha256, cz_error *err);

int azure_classify(provider *d, const provider_request *r, const http_answer *a, cz_error *err);
int azure_parse_page(provider *d, const provider_request *r, const void *body, size_t n,
                     provider_page *page, cz_error *err);
int azure_end_body(provider *d, const provider_part *part, size_t n, buf *out, cz_error *err);

#endif
