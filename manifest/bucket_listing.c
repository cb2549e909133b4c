#include "manifest/bucket_listing.h"

#include <string.h>

#include "base/timestamp.h"
#include "store/text/encode.h"
#include "store/text/xml.h"

typedef struct listing {
    const char *what;
    bucket_kind kind;
    bool is_encoded; /* S3: keys are form-encoded */
    bool is_truncated;
    buf key;
    bucket_entry entry;
    buf *next;
} listing;

bucket_kind bucket_kind_of(const void *page, size_t n)
{
    buf text = {0};
    xml x = xml_begin(page, n, &text);
    bucket_kind kind = BUCKET_NONE;
    if (xml_next(&x) == XML_OPEN)
        kind = xml_is(&x, "ListBucketResult")     ? BUCKET_S3
               : xml_is(&x, "EnumerationResults") ? BUCKET_AZURE
                                                  : BUCKET_NONE;
    buf_free(&text);
    return kind;
}

/* A number of exactly n digits, and the character behind it; -1 for anything else. */
static int take_number(const char **at, size_t n, char behind)
{
    int v = 0;
    for (; n > 0; n--, ++*at) {
        if (**at < '0' || **at > '9')
            return -1;
        v = v * 10 + (**at - '0');
    }
    if (**at != behind)
        return -1;
    ++*at;
    return v;
}

/* "Jul " as 7; -1 for anything else. */
static int take_month(const char **at)
{
    static const char months[12][5] = {"Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ",
                                       "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "};
    for (int i = 0; i < 12; i++)
        if (strncmp(*at, months[i], 4) == 0) {
            *at += 4;
            return i + 1;
        }
    return -1;
}

/* "Thu, 12 Jul 2018 00:16:00 GMT" (RFC 9110, IMF-fixdate), as Azure has it; 0: anything else. */
static int64_t parse_http_date(const char *text)
{
    const char *at = strchr(text, ' ');
    int64_t ns;
    if (!at++)
        return 0;
    const int day = take_number(&at, 2, ' ');
    const int month = day < 0 ? -1 : take_month(&at);
    const int year = month < 0 ? -1 : take_number(&at, 4, ' ');
    const int hour = year < 0 ? -1 : take_number(&at, 2, ':');
    const int minute = hour < 0 ? -1 : take_number(&at, 2, ':');
    const int second = minute < 0 ? -1 : take_number(&at, 2, ' ');
    return second >= 0 && strcmp(at, "GMT") == 0 &&
                   timestamp_from_civil(&ns, year, month, day, hour, minute, second)
               ? ns
               : 0;
}

static void set_md5(bucket_entry *e, const char *text)
{
    buf raw = {0};
    if (base64_decode(&raw, text) && raw.len == sizeof e->md5) {
        memcpy(e->md5, raw.at, sizeof e->md5);
        e->has_md5 = true;
    }
    buf_free(&raw);
}

/* Keys are form-encoded where S3 was asked for that: '+' is a space. */
static bool decode_key(listing *l)
{
    char *text = (char *)l->key.at;
    for (char *c = text; l->is_encoded && *c; c++)
        if (*c == '+')
            *c = ' ';
    return !l->is_encoded || uri_decode(text);
}

static void begin_entry(listing *l)
{
    l->entry = (bucket_entry){0};
    l->key.len = 0;
}

static int end_entry(listing *l, int (*each)(void *, const bucket_entry *, cz_error *), void *user,
                     cz_error *err)
{
    if (!buf_text(&l->key))
        return cz_fail_memory(err, "%s: listing", l->what);
    if (l->key.len == 0)
        return cz_fail(err, CZ_FORMAT, "%s: malformed listing: entry without a key", l->what);
    if (!decode_key(l))
        return cz_fail(err, CZ_FORMAT, "%s: malformed listing: key is not URL-encoded", l->what);
    l->entry.key = (const char *)l->key.at;
    return each(user, &l->entry, err);
}

static int set_size(listing *l, const char *text, cz_error *err)
{
    l->entry.has_size = parse_decimal(&l->entry.size, text) && l->entry.size < UINT64_MAX;
    return l->entry.has_size
               ? CZ_OK
               : cz_fail(err, CZ_FORMAT, "%s: malformed listing: invalid size", l->what);
}

static int end_element(listing *l, const xml *x,
                       int (*each)(void *, const bucket_entry *, cz_error *), void *user,
                       cz_error *err)
{
    const char *text = buf_text(x->text);
    const char *entry = l->kind == BUCKET_S3 ? "Contents" : "Blob";
    if (!text)
        return cz_fail_memory(err, "%s: listing", l->what);
    if (xml_in(x, entry) && xml_is(x, l->kind == BUCKET_S3 ? "Key" : "Name")) {
        l->key.len = 0;
        buf_add(&l->key, text, strlen(text));
    } else if ((xml_in(x, "Contents") && xml_is(x, "Size")) ||
               (xml_in(x, "Properties") && xml_is(x, "Content-Length"))) {
        return set_size(l, text, err);
    } else if (xml_in(x, "Contents") && xml_is(x, "LastModified")) {
        if (!timestamp_parse(&l->entry.modified, text))
            l->entry.modified = 0;
    } else if (xml_in(x, "Properties") && xml_is(x, "Last-Modified")) {
        l->entry.modified = parse_http_date(text);
    } else if (xml_in(x, "Properties") && xml_is(x, "Content-MD5")) {
        set_md5(&l->entry, text);
    } else if (xml_is(x, entry)) {
        return end_entry(l, each, user, err);
    } else if (xml_is(x, "IsTruncated")) {
        l->is_truncated = strcmp(text, "true") == 0;
    } else if (xml_is(x, "NextContinuationToken") || xml_is(x, "NextMarker")) {
        l->next->len = 0;
        buf_add(l->next, text, strlen(text));
    }
    return CZ_OK;
}

/* EncodingType may follow the keys that it applies to. */
static bool is_url_encoded(const void *page, size_t n)
{
    buf type = {0};
    (void)xml_find(&type, page, n, "EncodingType");
    const char *text = buf_text(&type);
    const bool encoded = text && strcmp(text, "url") == 0;
    buf_free(&type);
    return encoded;
}

int bucket_page_parse(const void *page, size_t n, const char *what, buf *next,
                      int (*each)(void *user, const bucket_entry *e, cz_error *err), void *user,
                      cz_error *err)
{
    listing l = {.what = what, .kind = bucket_kind_of(page, n), .next = next};
    buf text = {0};
    xml x = xml_begin(page, n, &text);
    int rc = CZ_OK;
    if (l.kind == BUCKET_NONE)
        return cz_fail(err, CZ_FORMAT, "%s: not the listing of a bucket or container", what);
    l.is_encoded = l.kind == BUCKET_S3 && is_url_encoded(page, n);
    xml_event e = xml_next(&x);
    for (; rc == CZ_OK && (e == XML_OPEN || e == XML_CLOSE); e = xml_next(&x)) {
        if (e == XML_CLOSE)
            rc = end_element(&l, &x, each, user, err);
        else if (xml_is(&x, "Contents") || xml_is(&x, "Blob"))
            begin_entry(&l);
    }
    if (rc == CZ_OK && e == XML_BAD)
        rc = cz_fail(err, CZ_FORMAT, "%s: malformed listing: invalid XML", what);
    if (rc == CZ_OK && (text.bad || l.key.bad || next->bad))
        rc = cz_fail_memory(err, "%s: listing", what);
    if (rc == CZ_OK && l.kind == BUCKET_S3 && l.is_truncated && next->len == 0)
        rc = cz_fail(err, CZ_FORMAT, "%s: malformed listing: truncated, without a token", what);
    if (rc == CZ_OK && l.kind == BUCKET_S3 && !l.is_truncated)
        next->len = 0;
    buf_free(&l.key);
    buf_free(&text);
    return rc;
}
