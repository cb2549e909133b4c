/* Listings behind http(s): folders of a web server, pages of a bucket, files of JSON lines. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "manifest/bucket_listing.h"
#include "manifest/html_listing.h"
#include "manifest/listing.h"
#include "manifest/sidecars.h"
#include "manifest/web.h"
#include "store/text/encode.h"
#include "store/text/shown_url.h"

enum {
    BATCH = 8, /* pages requested at once; the transport has fewer connections */
    BUCKET_PAGES_MAX = 1 << 20,
    FILE_MAX = 256 << 20, /* bytes of a file of JSON lines */
};

/* ---- Which folders --------------------------------------------------------------------------- */

/* The number that a segment of exactly n digits is; -1: it is something else. */
static int number_of(const char *at, size_t len, size_t n)
{
    int v = 0;
    if (len != n)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (at[i] < '0' || at[i] > '9')
            return -1;
        v = v * 10 + (at[i] - '0');
    }
    return v;
}

/* Year, month and day of the segments "2018/07/12"; 0 where they end earlier. */
static void find_date(int ymd[3], const char *path)
{
    static const struct {
        size_t digits;
        int min, max;
    } part[3] = {{4, 1970, 2149}, {2, 1, 12}, {2, 1, 31}};
    int n = 0;
    ymd[0] = ymd[1] = ymd[2] = 0;
    while (*path && n < 3) {
        const size_t len = strcspn(path, "/");
        const int v = number_of(path, len, part[n].digits);
        if (v >= part[n].min && v <= part[n].max)
            ymd[n++] = v;
        else if (n > 0)
            return;
        path += len + (path[len] == '/');
    }
}

bool listing_may_hold(const char *path, const manifest_filter *f)
{
    static const int64_t DAY = 86400 * INT64_C(1000000000);
    int ymd[3];
    int64_t from, to;
    find_date(ymd, path);
    if (!f || !ymd[0])
        return true;
    const bool day = ymd[2] > 0, month = ymd[1] > 0;
    const int next_year = ymd[0] + (!month || ymd[1] == 12), next = month ? ymd[1] % 12 + 1 : 1;
    if (!timestamp_from_civil(&from, ymd[0], month ? ymd[1] : 1, day ? ymd[2] : 1, 0, 0, 0) ||
        !timestamp_from_civil(&to, next_year, next, 1, 0, 0, 0))
        return true;
    if (day)
        to = from + DAY;
    return !(f->has_since && to + DAY <= f->since) && !(f->has_until && from - DAY >= f->until);
}

/* ---- Folders of a web server ----------------------------------------------------------------- */

typedef struct crawl {
    listing_state *s;
    transport *transport;
    const char *base; /* the URL that sources begin with; ends with '/' */
    const char *path; /* of the base on the server */
    char **folder;    /* below the base, each with a final '/'; "" is the base itself */
    size_t n, capacity;
    const char *current; /* the folder whose page is parsed */
    size_t bytes;        /* of the page's body */
    sidecars sidecars;
} crawl;

static unsigned depth_of(const char *folder)
{
    unsigned depth = 0;
    for (; *folder; folder++)
        depth += *folder == '/';
    return depth;
}

static int add_folder(crawl *c, const char *href, cz_error *err)
{
    char *folder = NULL;
    if (c->n == LISTING_FOLDERS_MAX)
        return cz_fail(err, CZ_FORMAT, "%s: more than %d folders", c->s->shown,
                       LISTING_FOLDERS_MAX);
    if (href && depth_of(c->current) >= LISTING_DEPTH_MAX)
        return cz_fail(err, CZ_FORMAT, "%s%s: more than %d folders deep", c->base, c->current,
                       LISTING_DEPTH_MAX);
    if (c->n == c->capacity) {
        const size_t capacity = c->capacity ? 2 * c->capacity : 64;
        char **more = realloc(c->folder, capacity * sizeof *more);
        if (!more)
            return cz_fail_memory(err, "%s: %zu folders", c->s->shown, capacity);
        c->folder = more;
        c->capacity = capacity;
    }
    if (asprintf(&folder, "%s%s%s", href ? c->current : "", href ? href : "", href ? "/" : "") < 0)
        return cz_fail_memory(err, "%s: folder", c->s->shown);
    c->folder[c->n++] = folder;
    return CZ_OK;
}

static void skip_entry(const crawl *c, const html_entry *e, const char *problem)
{
    cz_error why;
    (void)cz_fail(&why, CZ_FORMAT, "%s%s: row %" PRIu32 ": %s", c->s->shown, c->current, e->line,
                  problem);
    listing_skip(c->s, &why);
}

static int on_entry(void *user, const html_entry *e, cz_error *err)
{
    crawl *c = user;
    char source[MANIFEST_SOURCE_MAX + 1];
    if (e->problem) {
        skip_entry(c, e, e->problem);
        return CZ_OK;
    }
    if (e->is_folder) {
        char below[MANIFEST_SOURCE_MAX + 1];
        const int n = snprintf(below, sizeof below, "%s%s%s/", c->path, c->current, e->href);
        if (n >= (int)sizeof below) {
            skip_entry(c, e, "address of a folder is too long");
            return CZ_OK;
        }
        return listing_may_hold(below, c->s->o->filter) ? add_folder(c, e->href, err) : CZ_OK;
    }
    if (!movie_is(e->name) && !sidecar_is(e->name))
        return CZ_OK;
    const int n = snprintf(source, sizeof source, "%s%s%s", c->base, c->current, e->href);
    if (n >= (int)sizeof source) {
        skip_entry(c, e, "address is too long");
        return CZ_OK;
    }
    if (sidecar_is(e->name)) {
        sidecars_add(&c->sidecars, source);
        return listing_count(c->s, strlen(source), err);
    }
    manifest_row row = {.source = source,
                        .size = e->size,
                        .size_is_rounded = e->size_is_rounded,
                        .modified = e->modified,
                        .line = e->line};
    return listing_add(c->s, &row, err);
}

static int parse_folder(crawl *c, size_t i, const void *body, size_t n, cz_error *err)
{
    char path[MANIFEST_SOURCE_MAX + 1];
    const size_t first = manifest_count(c->s->to);
    c->current = c->folder[i];
    (void)snprintf(path, sizeof path, "%s%s", c->path, c->current);
    int rc = html_listing_parse(body, n, path, on_entry, c, err);
    if (rc == CZ_OK)
        rc = sidecars_apply(&c->sidecars, c->s->to, first, err);
    return rc == CZ_OK ? listing_page(c->s, err) : rc;
}

/* Request the folders from `from` on, at most BATCH of them, and parse their pages in order. */
static int crawl_batch(crawl *c, size_t from, size_t n, cz_error *err)
{
    web_request request[BATCH] = {0};
    int rc = CZ_OK;
    for (size_t i = 0; rc == CZ_OK && i < n; i++) {
        buf url = {0};
        buf_printf(&url, "%s%s", c->base, c->folder[from + i]);
        const char *text = buf_text(&url);
        rc = text ? web_get(&request[i], text, WEB_PAGE_MAX, err)
                  : cz_fail_memory(err, "%s: folder", c->s->shown);
        buf_free(&url);
    }
    if (rc == CZ_OK)
        rc = web_run(c->transport, request, n, err);
    for (size_t i = 0; rc == CZ_OK && i < n; i++) {
        const web_request *r = &request[i];
        rc = r->http.rc;
        if (rc < 0 && err)
            *err = r->http.err;
        if (rc == CZ_OK)
            rc = parse_folder(c, from + i, r->body.at, r->body.len, err);
    }
    for (size_t i = 0; i < n; i++)
        web_request_free(&request[i]);
    return rc;
}

static int crawl_folders(listing_state *s, transport *t, const char *base, const web_request *first,
                         cz_error *err)
{
    const char *host = strstr(base, "://") + 3;
    crawl c = {
        .s = s, .transport = t, .base = base, .path = host + strcspn(host, "/"), .current = ""};
    int rc = add_folder(&c, NULL, err);
    if (rc == CZ_OK)
        rc = parse_folder(&c, 0, first->body.at, first->body.len, err);
    for (size_t i = 1; rc == CZ_OK && i < c.n;) {
        const size_t n = c.n - i < BATCH ? c.n - i : BATCH;
        rc = crawl_batch(&c, i, n, err);
        i += n;
    }
    for (size_t i = 0; i < c.n; i++)
        free(c.folder[i]);
    free(c.folder);
    buf_free(&c.sidecars.texts);
    return rc;
}

/* ---- Pages of a bucket ----------------------------------------------------------------------- */

typedef struct bucket {
    listing_state *s;
    const char *base; /* of the bucket or container, without a final '/' */
    sidecars sidecars;
    size_t entries;
    size_t idle; /* pages in a row without one */
} bucket;

static int on_key(void *user, const bucket_entry *e, cz_error *err)
{
    bucket *b = user;
    buf source = {0};
    b->entries++;
    if (!movie_is(e->key) && !sidecar_is(e->key))
        return CZ_OK;
    buf_printf(&source, "%s/", b->base);
    uri_encode(&source, e->key, true);
    const char *text = buf_text(&source);
    int rc = text ? CZ_OK : cz_fail_memory(err, "%s: listing", b->s->shown);
    if (rc == CZ_OK && sidecar_is(e->key)) {
        sidecars_add(&b->sidecars, text);
        rc = listing_count(b->s, strlen(text), err);
    } else if (rc == CZ_OK) {
        manifest_row row = {.source = text,
                            .size = e->has_size ? e->size : MANIFEST_SIZE_UNKNOWN,
                            .has_md5 = e->has_md5,
                            .modified = e->modified,
                            .line = (uint32_t)(b->entries <= UINT32_MAX ? b->entries : 0)};
        memcpy(row.md5, e->md5, sizeof row.md5);
        rc = listing_add(b->s, &row, err);
    }
    buf_free(&source);
    return rc;
}

/* The URL of the next page: the first one's, its own token replaced. */
static int next_url(buf *out, const char *url, bucket_kind kind, const char *token, cz_error *err)
{
    const char *name = kind == BUCKET_S3 ? "continuation-token" : "marker";
    const size_t n = strcspn(url, "?#");
    out->len = 0;
    buf_add(out, url, n);
    const char *mark = "?";
    for (const char *at = url[n] == '?' ? url + n + 1 : ""; *at && *at != '#';) {
        const size_t len = strcspn(at, "&#");
        if (strncmp(at, name, strlen(name)) != 0 || at[strlen(name)] != '=') {
            buf_printf(out, "%s%.*s", mark, (int)len, at);
            mark = "&";
        }
        at += len + (at[len] == '&');
    }
    buf_printf(out, "%s%s=", mark, name);
    uri_encode(out, token, false);
    return buf_text(out) ? CZ_OK : cz_fail_memory(err, "listing");
}

static int fetch(web_request *r, transport *t, const char *url, size_t max, cz_error *err)
{
    int rc = web_get(r, url, max, err);
    if (rc == CZ_OK)
        rc = web_run(t, r, 1, err);
    if (rc == CZ_OK && (rc = r->http.rc) < 0 && err)
        *err = r->http.err;
    return rc;
}

static int read_bucket(listing_state *s, transport *t, const char *base, const char *url,
                       web_request *page, cz_error *err)
{
    bucket b = {.s = s, .base = base};
    buf token = {0}, last = {0}, next = {0};
    const size_t first = manifest_count(s->to);
    const bucket_kind kind = bucket_kind_of(page->body.at, page->body.len);
    int rc = CZ_OK;
    for (size_t pages = 1; rc == CZ_OK; pages++) {
        const size_t before_page = b.entries;
        token.len = 0;
        rc = bucket_page_parse(page->body.at, page->body.len, s->shown, &token, on_key, &b, err);
        if (rc == CZ_OK)
            rc = listing_page(s, err);
        if (rc < 0 || token.len == 0)
            break;
        b.idle = b.entries > before_page ? 0 : b.idle + 1;
        const char *text = buf_text(&token), *before = buf_text(&last);
        if (!text || !before)
            rc = cz_fail_memory(err, "%s: listing", s->shown);
        else if (pages == BUCKET_PAGES_MAX || b.idle == LISTING_IDLE_PAGES ||
                 strcmp(text, before) == 0)
            rc = cz_fail(err, CZ_FORMAT, "%s: listing makes no progress", s->shown);
        else
            rc = next_url(&next, url, kind, text, err);
        web_request_free(page);
        if (rc == CZ_OK)
            rc = fetch(page, t, (const char *)next.at, WEB_PAGE_MAX, err);
        const buf swap = last;
        last = token;
        token = swap;
    }
    if (rc == CZ_OK)
        rc = sidecars_apply(&b.sidecars, s->to, first, err);
    buf_free(&b.sidecars.texts);
    buf_free(&token);
    buf_free(&last);
    buf_free(&next);
    return rc;
}

/* ---- Any address ----------------------------------------------------------------------------- */

/* The first byte that is no white space or byte order mark; 0: there is none. */
static int first_character(const buf *body)
{
    size_t i = body->len >= 3 && memcmp(body->at, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (i < body->len && strchr(" \t\r\n", body->at[i]))
        i++;
    return i < body->len ? body->at[i] : 0;
}

/* The URL that entries of a folder are below: without query, credentials and the page's own name;
 * with a final '/'. The caller frees it. */
static char *folder_of(const char *url)
{
    char *shown = shown_url(url), *base = NULL;
    if (!shown)
        return NULL;
    size_t n = strlen(shown);
    const char *slash = strrchr(shown, '/');
    if (slash && slash > strstr(shown, "://") + 2 && strstr(slash, ".htm"))
        n = (size_t)(slash - shown);
    while (n > 0 && shown[n - 1] == '/')
        n--;
    if (asprintf(&base, "%.*s/", (int)n, shown) < 0)
        base = NULL;
    free(shown);
    return base;
}

int listing_read_web(listing_state *s, const char *url, cz_error *err)
{
    transport *t = NULL;
    web_request page = {0};
    char *base = folder_of(url);
    int rc =
        base ? web_open(&t, s->o->network, WEB_CONNECTIONS, err) : cz_fail_memory(err, "listing");
    if (rc == CZ_OK)
        rc = fetch(&page, t, url, FILE_MAX, err);
    if (rc == CZ_OK && bucket_kind_of(page.body.at, page.body.len) != BUCKET_NONE) {
        base[strlen(base) - 1] = '\0';
        rc = read_bucket(s, t, base, url, &page, err);
    } else if (rc == CZ_OK && first_character(&page.body) == '<') {
        rc = crawl_folders(s, t, base, &page, err);
    } else if (rc == CZ_OK) {
        s->is_remote = true;
        rc = listing_read_bytes(s, page.body.at, page.body.len, err);
    }
    web_request_free(&page);
    transport_close(&t);
    free(base);
    return rc;
}
