/* Listings of an archive with any bytes: names are single segments, parsing terminates and reads
 * none beyond the page. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "manifest/bucket_listing.h"
#include "manifest/camhd.h"
#include "manifest/html_listing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_entry(void *user, const html_entry *e, cz_error *err)
{
    (void)user;
    (void)err;
    if (e->problem ? *e->name || *e->href : !*e->name || !*e->href)
        abort();
    if (strchr(e->name, '/') || strchr(e->href, '/') || strcmp(e->name, "..") == 0)
        abort();
    return CZ_OK;
}

static int on_key(void *user, const bucket_entry *e, cz_error *err)
{
    (void)err;
    *(size_t *)user += strlen(e->key);
    return CZ_OK;
}

static void parse_row(const uint8_t *data, size_t size)
{
    cJSON *doc = NULL, *line;
    manifest_row row;
    if (json_parse(&doc, data, size, "row", NULL) < 0)
        return;
    if (manifest_row_parse(&row, doc, "row", NULL) == CZ_OK ||
        camhd_row_parse(&row, doc, "row", NULL) == CZ_OK) {
        manifest *m = NULL;
        if (manifest_new(&m, NULL) == CZ_OK && manifest_add(m, &row, NULL) == CZ_OK) {
            line = manifest_json(manifest_at(m, 0));
            json_free(line);
        }
        manifest_free(&m);
    }
    json_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    buf next = {0};
    size_t sum = 0;
    (void)html_listing_parse((const char *)data, size, "/a/", on_entry, NULL, NULL);
    (void)bucket_page_parse(data, size, "page", &next, on_key, &sum, NULL);
    parse_row(data, size);
    buf_free(&next);
    return 0;
}
