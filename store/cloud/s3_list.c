#include <string.h>

#include "base/timestamp.h"
#include "store/cloud/listing.h"
#include "store/cloud/s3.h"
#include "store/text/encode.h"
#include "store/text/xml.h"

/* ---- ListObjectsV2 --------------------------------------------------------------------------- */

/* The state of parsing a page. */
typedef struct listing {
    const s3 *s;
    listing_page listing_page;
    buf key; /* of the current entry */
    uint64_t size;
    int64_t modified;
    bool encoded; /* the service percent-encoded the keys, as requested */
    bool truncated;
} listing;

/* Keys are form-encoded, where '+' is a space. */
static bool decode_form(char *text)
{
    for (char *c = text; *c; c++)
        if (*c == '+')
            *c = ' ';
    return uri_decode(text);
}

static int bad_list(const listing *l, const char *why, cz_error *err)
{
    return cz_fail(err, CZ_FORMAT, "%s: malformed listing: %s", l->s->base.url, why);
}

static int end_entry(listing *l, bool folder, cz_error *err)
{
    const char *text = buf_text(&l->key);
    if (!text)
        return cz_fail_memory(err, "%s: list", l->s->base.url);
    if (l->encoded && !decode_form((char *)l->key.at))
        return bad_list(l, "key is not URL-encoded", err);
    return listing_page_add(&l->listing_page, text, l->s->prefix, folder ? 0 : l->size, l->modified,
                            folder, err);
}

static int end_element(listing *l, const xml *x, provider_page *to, cz_error *err)
{
    const char *text = buf_text(x->text);
    if (!text)
        return cz_fail_memory(err, "%s: list", l->s->base.url);
    const bool is_key = (xml_in(x, "Contents") && xml_is(x, "Key")) ||
                        (xml_in(x, "CommonPrefixes") && xml_is(x, "Prefix"));
    if (is_key) {
        l->key.len = 0;
        buf_add(&l->key, text, strlen(text));
    } else if (xml_in(x, "Contents") && xml_is(x, "Size")) {
        if (!parse_decimal(&l->size, text))
            return bad_list(l, "invalid size", err);
    } else if (xml_in(x, "Contents") && xml_is(x, "LastModified")) {
        if (!timestamp_parse(&l->modified, text))
            l->modified = 0;
    } else if (xml_is(x, "Contents") || xml_is(x, "CommonPrefixes")) {
        return end_entry(l, xml_is(x, "CommonPrefixes"), err);
    } else if (xml_is(x, "IsTruncated")) {
        l->truncated = strcmp(text, "true") == 0;
    } else if (xml_in(x, "ListBucketResult") && xml_is(x, "NextContinuationToken")) {
        buf_add(&to->next, text, strlen(text));
    }
    return CZ_OK;
}

static void begin_element(listing *l, const xml *x)
{
    if (xml_is(x, "Contents") || xml_is(x, "CommonPrefixes")) {
        l->key.len = 0;
        l->size = 0;
        l->modified = 0;
    }
}

/* EncodingType may follow the entries that it applies to. */
static int find_encoding(listing *l, const void *body, size_t n, cz_error *err)
{
    buf type = {0};
    (void)xml_find(&type, body, n, "EncodingType");
    const char *text = buf_text(&type);
    const bool bad = type.bad || !text;
    l->encoded = !bad && strcmp(text, "url") == 0;
    buf_free(&type);
    return bad ? cz_fail_memory(err, "%s: list", l->s->base.url) : CZ_OK;
}

int s3_parse_page(provider *d, const provider_request *r, const void *body, size_t n,
                  provider_page *to, cz_error *err)
{
    (void)r;
    listing l = {.s = (const s3 *)d};
    buf text = {0};
    xml x = xml_begin(body, n, &text);
    xml_event e = xml_next(&x);
    int rc = find_encoding(&l, body, n, err);
    if (rc == CZ_OK && (e != XML_OPEN || !xml_is(&x, "ListBucketResult")))
        rc = bad_list(&l, "not a ListBucketResult", err);
    for (; rc == CZ_OK && (e == XML_OPEN || e == XML_CLOSE); e = xml_next(&x)) {
        if (e == XML_OPEN)
            begin_element(&l, &x);
        else
            rc = end_element(&l, &x, to, err);
    }
    if (rc == CZ_OK && e == XML_BAD)
        rc = bad_list(&l, "invalid XML", err);
    if (rc == CZ_OK && (text.bad || l.key.bad || to->next.bad))
        rc = cz_fail_memory(err, "%s: list", d->url);
    if (rc == CZ_OK && l.truncated && to->next.len == 0)
        rc = bad_list(&l, "truncated, without a continuation token", err);
    if (rc == CZ_OK && !l.truncated)
        to->next.len = 0;
    if (rc == CZ_OK)
        rc = listing_page_deliver(&l.listing_page, to);
    listing_page_free(&l.listing_page);
    buf_free(&l.key);
    buf_free(&text);
    return rc;
}

/* ---- Multipart uploads ----------------------------------------------------------------------- */

int s3_parse_upload(provider *d, const void *body, size_t n, buf *out, cz_error *err)
{
    const size_t was = out->len;
    if (!xml_find(out, body, n, "UploadId") || (out->len == was && !out->bad))
        return cz_fail(err, CZ_FORMAT, "%s: response has no UploadId", d->url);
    return out->bad ? cz_fail_memory(err, "%s: upload", d->url) : CZ_OK;
}

static void add_escaped(buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '&')
            buf_printf(out, "&amp;");
        else if (*text == '<')
            buf_printf(out, "&lt;");
        else
            buf_add(out, text, 1);
    }
}

int s3_end_body(provider *d, const provider_part *part, size_t n, buf *out, cz_error *err)
{
    buf_printf(out, "<CompleteMultipartUpload>");
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "<Part><PartNumber>%zu</PartNumber><ETag>", i + 1);
        add_escaped(out, part[i].etag);
        buf_printf(out, "</ETag></Part>");
    }
    buf_printf(out, "</CompleteMultipartUpload>");
    return out->bad ? cz_fail_memory(err, "%s: upload", d->url) : CZ_OK;
}
