#include <curl/curl.h>
#include <string.h>

#include "store/cloud/azure.h"
#include "store/cloud/listing.h"
#include "store/text/encode.h"
#include "store/text/xml.h"

/* ---- List Blobs ------------------------------------------------------------------------------ */

typedef struct listing {
    const azure *s;
    listing_page listing_page;
    /* Of the current entry. */
    buf name;
    uint64_t size;
    int64_t modified;
    bool has_md5, is_folder;
} listing;

static int bad_list(const listing *l, const char *why, cz_error *err)
{
    return cz_fail(err, CZ_FORMAT, "%s: malformed listing: %s", l->s->base.url, why);
}

/* Accounts with a hierarchical namespace also list folders as blobs. Older API versions do not mark
 * them; but every object that camzarr puts has an MD5. */
static bool is_folder(const listing *l)
{
    return l->is_folder || (l->size == 0 && !l->has_md5);
}

static int end_element(listing *l, const xml *x, provider_page *to, cz_error *err)
{
    const char *text = buf_text(x->text);
    if (!text)
        return cz_fail_memory(err, "%s: list", l->s->base.url);
    const bool folder = xml_is(x, "BlobPrefix");
    if (xml_is(x, "Name") && (xml_in(x, "Blob") || xml_in(x, "BlobPrefix"))) {
        l->name.len = 0;
        buf_add(&l->name, text, strlen(text));
    } else if (xml_is(x, "Content-Length") && xml_in(x, "Properties")) {
        if (!parse_decimal(&l->size, text))
            return bad_list(l, "invalid size", err);
    } else if (xml_is(x, "Last-Modified") && xml_in(x, "Properties")) {
        const time_t when = curl_getdate(text, NULL);
        l->modified = when > 0 ? (int64_t)when * 1000000000 : 0;
    } else if (xml_is(x, "Content-MD5") && xml_in(x, "Properties")) {
        l->has_md5 = *text != '\0';
    } else if (xml_is(x, "ResourceType") && xml_in(x, "Properties")) {
        l->is_folder = strcmp(text, "directory") == 0;
    } else if (xml_is(x, "Blob") && is_folder(l)) {
        return CZ_OK;
    } else if (folder || xml_is(x, "Blob")) {
        const char *name = buf_text(&l->name);
        if (!name)
            return cz_fail_memory(err, "%s: list", l->s->base.url);
        return listing_page_add(&l->listing_page, name, l->s->prefix, folder ? 0 : l->size,
                                l->modified, folder, err);
    } else if (xml_is(x, "NextMarker") && xml_in(x, "EnumerationResults")) {
        buf_add(&to->next, text, strlen(text));
    }
    return CZ_OK;
}

int azure_parse_page(provider *d, const provider_request *r, const void *body, size_t n,
                     provider_page *to, cz_error *err)
{
    (void)r;
    listing l = {.s = (const azure *)d};
    buf text = {0};
    xml x = xml_begin(body, n, &text);
    xml_event e = xml_next(&x);
    int rc = CZ_OK;
    if (e != XML_OPEN || !xml_is(&x, "EnumerationResults"))
        rc = bad_list(&l, "not EnumerationResults", err);
    for (; rc == CZ_OK && (e == XML_OPEN || e == XML_CLOSE); e = xml_next(&x)) {
        if (e == XML_CLOSE) {
            rc = end_element(&l, &x, to, err);
        } else if (xml_is(&x, "Blob") || xml_is(&x, "BlobPrefix")) {
            l.name.len = 0;
            l.size = 0;
            l.modified = 0;
            l.has_md5 = l.is_folder = false;
        }
    }
    if (rc == CZ_OK && e == XML_BAD)
        rc = bad_list(&l, "invalid XML", err);
    if (rc == CZ_OK && (text.bad || l.name.bad || to->next.bad))
        rc = cz_fail_memory(err, "%s: list", d->url);
    if (rc == CZ_OK)
        rc = listing_page_deliver(&l.listing_page, to);
    listing_page_free(&l.listing_page);
    buf_free(&l.name);
    buf_free(&text);
    return rc;
}

/* ---- Put Block List -------------------------------------------------------------------------- */

int azure_end_body(provider *d, const provider_part *part, size_t n, buf *out, cz_error *err)
{
    (void)part; /* block ids are computed, not received */
    buf_printf(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
    int rc = CZ_OK;
    for (size_t i = 0; rc == CZ_OK && i < n; i++) {
        char name[AZURE_BLOCK_NAME];
        rc = azure_block_name(name, i + 1, part[i].sha256, err);
        buf_printf(out, "<Latest>%s</Latest>", name);
    }
    buf_printf(out, "</BlockList>");
    if (rc < 0)
        return rc;
    return out->bad ? cz_fail_memory(err, "%s: upload", d->url) : CZ_OK;
}
