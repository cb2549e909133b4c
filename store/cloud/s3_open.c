#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "store/cloud/address.h"
#include "store/cloud/s3.h"

/* The services' limits are 5 GiB in a PUT and 10 000 parts. Parts of this size make the cost of a
 * request negligible. */
#define PUT_MAX (UINT64_C(1) << 30)
#define PART_SIZE (UINT64_C(128) << 20)
enum { PARTS_MAX = 10000 };

static const s3_words aws_words = {.signature = &sigv4_aws,
                                   .checks_hash = true,
                                   .date = "x-amz-date",
                                   .hash = "x-amz-content-sha256",
                                   .token = "x-amz-security-token",
                                   .create = {"if-none-match", "*"},
                                   .payer = "x-amz-request-payer"};
static const s3_words google_words = {.signature = &sigv4_google,
                                      .date = "x-goog-date",
                                      .hash = "x-goog-content-sha256",
                                      .token = "x-goog-security-token",
                                      .create = {"x-goog-if-generation-match", "0"},
                                      .payer = "x-goog-user-project"};

static void s3_close(provider *d)
{
    s3 *s = (s3 *)d;
    credentials_close(&s->keys);
    free(s->base.url);
    free(s->bucket);
    free(s->prefix);
    free(s->origin);
    free(s->host);
    free(s->root);
    free(s->region);
    free(s->payer);
    free(s);
}

/* The text of b, which is freed; the caller frees the result. NULL: out of memory. */
static char *take_text(buf *b)
{
    const char *text = buf_text(b);
    char *copy = text && !b->bad ? strdup(text) : NULL;
    buf_free(b);
    return copy;
}

/* Set the bucket's location: BUCKET.HOST or HOST/BUCKET. */
static bool set_location(s3 *s, const endpoint *e, bool in_host)
{
    const char *scheme_end = strstr(e->origin, "://") + 3;
    const char *bucket = in_host ? s->bucket : "", *dot = in_host ? "." : "";
    buf origin = {0}, host = {0}, root = {0};
    buf_printf(&origin, "%.*s%s%s%s", (int)(scheme_end - e->origin), e->origin, bucket, dot,
               scheme_end);
    buf_printf(&host, "%s%s%s", bucket, dot, e->host);
    buf_printf(&root, "%s/", e->path);
    if (!in_host) {
        uri_encode(&root, s->bucket, false);
        buf_printf(&root, "/");
    }
    s->origin = take_text(&origin);
    s->host = take_text(&host);
    s->root = take_text(&root);
    return s->origin && s->host && s->root;
}

static int s3_new(s3 **out, const char *url, const s3_words *words, cz_error *err)
{
    static const provider_ops ops = {s3_build,        s3_classify, s3_parse_page,
                                     s3_parse_upload, s3_end_body, s3_close};
    store_address a;
    int rc = store_address_read(&a, url, err);
    if (rc < 0)
        return rc;
    s3 *s = calloc(1, sizeof *s);
    if (!s) {
        store_address_free(&a);
        return cz_fail_memory(err, "%.200s", url);
    }
    s->base = (provider){.ops = &ops,
                         .writes = true,
                         .remove_silent = words == &aws_words,
                         .has_begin = true,
                         .put_max = PUT_MAX,
                         .part_size = PART_SIZE,
                         .parts_max = PARTS_MAX,
                         .url = a.url};
    s->words = words;
    s->bucket = a.bucket; /* moved */
    s->prefix = a.prefix;
    *out = s;
    return CZ_OK;
}

/* ---- AWS, and compatible services ------------------------------------------------------ */

/* The certificate for *.s3.REGION.amazonaws.com does not cover bucket names with a dot. */
static bool bucket_in_host(const s3 *s, const aws_settings *from)
{
    if (from->path_style || from->host_style)
        return from->host_style;
    return !from->endpoint && !strchr(s->bucket, '.');
}

static int aws_set_location(s3 *s, const aws_settings *from, cz_error *err)
{
    buf usual = {0};
    endpoint e = {0};
    const bool china = strncmp(from->region, "cn-", 3) == 0;
    buf_printf(&usual, "https://s3.%s.amazonaws.com%s", from->region, china ? ".cn" : "");
    const char *url = from->endpoint ? from->endpoint : buf_text(&usual);
    int rc = url ? endpoint_read(&e, url, "the endpoint of S3", err)
                 : cz_fail_memory(err, "%s", s->base.url);
    if (rc == CZ_OK && !set_location(s, &e, bucket_in_host(s, from)))
        rc = cz_fail_memory(err, "%s", s->base.url);
    endpoint_free(&e);
    buf_free(&usual);
    return rc;
}

int provider_s3(provider **out, const char *url, transport *t, cz_error *err)
{
    s3 *s = NULL;
    aws_settings from = {0};
    int rc = s3_new(&s, url, &aws_words, err);
    if (rc < 0)
        return rc;
    rc = aws_settings_find(&from, t, err);
    if (rc == CZ_OK)
        rc = aws_set_location(s, &from, err);
    if (rc == CZ_OK && from.requester_pays && !(s->payer = strdup("requester")))
        rc = cz_fail_memory(err, "%s", s->base.url);
    if (rc == CZ_OK) {
        s->keys = from.keys; /* moved */
        s->region = from.region;
        from.keys = NULL;
        from.region = NULL;
        *out = &s->base;
        s = NULL;
    }
    aws_settings_free(&from);
    if (s)
        s3_close(&s->base);
    return rc;
}

/* ---- Google ---------------------------------------------------------------------------------- */

int provider_gs(provider **out, const char *url, transport *t, cz_error *err)
{
    s3 *s = NULL;
    gs_settings from = {0};
    endpoint e = {0};
    int rc = s3_new(&s, url, &google_words, err);
    if (rc < 0)
        return rc;
    rc = gs_settings_find(&from, t, err);
    if (rc == CZ_OK)
        rc = endpoint_read(&e, from.endpoint ? from.endpoint : "https://storage.googleapis.com",
                           "GS_ENDPOINT_URL", err);
    if (rc == CZ_OK && (!set_location(s, &e, false) || !(s->region = strdup("auto"))))
        rc = cz_fail_memory(err, "%s", s->base.url);
    if (rc == CZ_OK) {
        s->keys = from.keys; /* moved */
        s->payer = from.payer;
        from.keys = NULL;
        from.payer = NULL;
        *out = &s->base;
        s = NULL;
    }
    endpoint_free(&e);
    gs_settings_free(&from);
    if (s)
        s3_close(&s->base);
    return rc;
}
