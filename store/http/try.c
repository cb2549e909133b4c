#include "store/http/try.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    HEADERS_MAX = 64 << 10, /* of an answer; what is beyond is dropped */
    RECEIVE_BUFFER = 256 << 10,
    SEND_BUFFER = 512 << 10,
    EXPECT_MIN = 1 << 20,
    EXPECT_MS = 500, /* what a server has to say "100 Continue", before a body goes out anyway */
    REDIRECTS = 5,
};

int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void moved(http_try *t)
{
    atomic_store_explicit(&t->moved, now_ms(), memory_order_relaxed);
}

/* ---- Where the body goes ---------------------------------------------------------------------- */

static int wrong(http_try *t, int code, const char *why)
{
    t->result = TRY_WRONG;
    return cz_fail(&t->err, code, "%s: %s (bytes %" PRIu64 " to %" PRIu64 ", HTTP %d)",
                   t->request->what, why, t->first, t->first + t->len - 1, t->answer.status);
}

static int too_short(http_try *t, uint64_t total)
{
    t->result = TRY_FAILED;
    return cz_fail(&t->err, CZ_CORRUPT,
                   "%s: has %" PRIu64 " bytes (%zu from %" PRIu64 " on were asked for)",
                   t->request->what, total, t->request->len, t->request->offset);
}

/* Is the answer the range that was asked for, of the object that it was begun with? */
static int check_range(http_try *t)
{
    uint64_t first = 0, last = 0, total = 0;
    const http_request *r = t->request;
    const uint64_t end = t->first + t->len;
    const char *etag = http_answer_header(&t->answer, "ETag");
    if (r->have > 0 && r->etag[0] && etag && strcmp(etag, r->etag) != 0) {
        t->result = TRY_FAILED;
        return cz_fail(&t->err, CZ_CHANGED, "%s: another one now than when it was begun with",
                       r->what);
    }
    if (t->answer.status == 200) {
        if (t->first > 0 || !http_answer_length(&t->answer, &total) || total > end)
            return wrong(t, CZ_UNSUPPORTED, "the server gives all of it instead of a part");
        return total == end ? CZ_OK : too_short(t, total);
    }
    if (t->answer.status != 206 || !http_answer_range(&t->answer, &first, &last, &total))
        return wrong(t, CZ_CORRUPT, "the server doesn't say which part it gives");
    if (first == t->first && last + 1 < end && total == last + 1)
        return too_short(t, total);
    if (first != t->first || last + 1 != end)
        return wrong(t, CZ_CORRUPT, "the server gives another part");
    return CZ_OK;
}

static int too_large(http_try *t)
{
    t->result = TRY_FAILED;
    return cz_fail(&t->err, CZ_CORRUPT, "%s: has more than the %zu bytes that are expected",
                   t->request->what, t->request->max);
}

/* The answer's head is there: what becomes of its body? */
static int place(http_try *t)
{
    long status = 0;
    uint64_t length;
    const http_request *r = t->request;
    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    t->answer.status = (int)status;
    t->placed = true;
    if (status / 100 != 2) {
        t->place = PUT_ERROR;
    } else if (r->len > 0) {
        t->place = PUT_RANGE;
        return check_range(t);
    } else if (r->all) {
        t->place = PUT_ALL;
        if (http_answer_length(&t->answer, &length) && length > r->max)
            return too_large(t);
    }
    return CZ_OK;
}

void http_request_put(const http_request *r, size_t at, const void *bytes, size_t n)
{
    const struct iovec all = {r->to, r->len}, *part = r->to ? &all : r->to_parts;
    const struct iovec *end = part + (r->to ? 1 : r->parts);
    const uint8_t *from = bytes;
    for (; part < end && n > 0; part++) {
        if (at >= part->iov_len) {
            at -= part->iov_len;
            continue;
        }
        const size_t room = part->iov_len - at, some = n < room ? n : room;
        memcpy((uint8_t *)part->iov_base + at, from, some);
        from += some;
        n -= some;
        at = 0;
    }
}

static size_t on_body(char *at, size_t one, size_t n, void *user)
{
    http_try *t = user;
    const http_request *r = t->request;
    (void)one; /* always 1 */
    moved(t);
    if (!t->placed && place(t) < 0)
        return CURL_WRITEFUNC_ERROR;
    if (t->place == PUT_RANGE) {
        if (n > t->len - t->got) {
            (void)wrong(t, CZ_CORRUPT, "the server gives more than was asked for");
            return CURL_WRITEFUNC_ERROR;
        }
        if (t->hedge)
            memcpy(t->aside + t->got, at, n);
        else
            http_request_put(r, (size_t)(t->first - r->offset) + t->got, at, n);
        t->got += n;
        return n;
    }
    if (t->place == PUT_ALL && n > r->max - t->text.len) {
        (void)too_large(t);
        return CURL_WRITEFUNC_ERROR;
    }
    t->got += n;
    t->enough = t->place != PUT_ALL && t->got > HTTP_ERROR_BODY;
    if (t->place != PUT_NOWHERE && !t->enough)
        buf_add(&t->text, at, n);
    return t->enough || t->text.bad ? CURL_WRITEFUNC_ERROR : n;
}

/* Only the last answer's headers count: before it there may be a 100 and redirects. */
static size_t on_header(char *at, size_t one, size_t n, void *user)
{
    http_try *t = user;
    buf *to = &t->answer.headers;
    (void)one;
    moved(t);
    if (n >= 5 && memcmp(at, "HTTP/", 5) == 0)
        to->len = 0;
    size_t len = n;
    while (len > 0 && (at[len - 1] == '\r' || at[len - 1] == '\n' || at[len - 1] == ' '))
        len--;
    if (len > 0 && len < HEADERS_MAX - to->len && !memchr(at, '\0', len)) {
        uint8_t *line = buf_grow(to, len + 1); /* at once: no line is without its NUL */
        if (!line)
            return 0;
        memcpy(line, at, len);
        line[len] = '\0';
    }
    return n;
}

/* ---- What is sent ----------------------------------------------------------------------------- */

static size_t on_send(char *to, size_t one, size_t room, void *user)
{
    http_try *t = user;
    (void)one;
    moved(t);
    const size_t left = t->body_len - t->sent, n = left < room ? left : room;
    if (n > 0)
        memcpy(to, (const uint8_t *)t->body + t->sent, n);
    t->sent += n;
    return n;
}

/* curl begins anew where a kept connection turned out to be closed. */
static int on_rewind(void *user, curl_off_t offset, int origin)
{
    http_try *t = user;
    if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > t->body_len)
        return CURL_SEEKFUNC_FAIL;
    t->sent = (size_t)offset;
    t->resent = true;
    return CURL_SEEKFUNC_OK;
}

static bool set_body(http_try *t, CURL *e)
{
    const char *method = t->message.method;
    CURLcode bad = 0;
    if (strcmp(method, "HEAD") == 0)
        return curl_easy_setopt(e, CURLOPT_NOBODY, 1L) == CURLE_OK;
    if (strcmp(method, "PUT") != 0 && strcmp(method, "POST") != 0)
        return curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, method) == CURLE_OK;
    bad |= curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
    bad |= curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, method);
    bad |= curl_easy_setopt(e, CURLOPT_INFILESIZE_LARGE, (curl_off_t)t->body_len);
    bad |= curl_easy_setopt(e, CURLOPT_READFUNCTION, on_send);
    bad |= curl_easy_setopt(e, CURLOPT_READDATA, t);
    bad |= curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, on_rewind);
    bad |= curl_easy_setopt(e, CURLOPT_SEEKDATA, t);
    bad |= curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, (long)SEND_BUFFER);
    bad |= curl_easy_setopt(e, CURLOPT_EXPECT_100_TIMEOUT_MS, (long)EXPECT_MS);
    return bad == 0;
}

static bool set_headers(http_try *t, CURL *e)
{
    for (size_t i = 0; i < t->message.n_headers; i++) {
        struct curl_slist *more = curl_slist_append(t->headers, t->message.header[i]);
        if (!more)
            return false;
        t->headers = more;
    }
    /* To ask before a small body costs more than to send it in vain. */
    struct curl_slist *all =
        t->body_len <= EXPECT_MIN ? curl_slist_append(t->headers, "Expect:") : t->headers;
    if (t->body_len <= EXPECT_MIN && !all)
        return false;
    t->headers = all;
    return curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers) == CURLE_OK;
}

/* Redirects lead to http and https only, and from https not to http: what was asked for in private
 * isn't sent in the open. */
static bool set_redirects(const http_try *t, CURL *e, const char *url)
{
    CURLcode bad = 0;
    const bool safe = strncasecmp(url, "https:", 6) == 0;
    bad |= curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, safe ? "https" : "http,https");
    bad |= curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, t->message.follow ? 1L : 0L);
    bad |= curl_easy_setopt(e, CURLOPT_MAXREDIRS, (long)REDIRECTS);
    return bad == 0;
}

static bool set_connection(const http_try *t, CURL *e, const try_options *o)
{
    CURLcode bad = 0;
    const unsigned ms = t->request->probe ? TRANSPORT_PROBE_MS : o->connect_ms;
    bad |= curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    bad |= curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)ms);
    bad |= curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, t->fresh ? 1L : 0L);
    bad |= curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    bad |= curl_easy_setopt(e, CURLOPT_BUFFERSIZE, (long)RECEIVE_BUFFER);
    bad |= curl_easy_setopt(e, CURLOPT_MAX_RECV_SPEED_LARGE, (curl_off_t)o->rate_limit);
    bad |= curl_easy_setopt(e, CURLOPT_MAX_SEND_SPEED_LARGE, (curl_off_t)o->rate_limit);
    bad |= curl_easy_setopt(
        e, CURLOPT_NETRC, t->message.netrc ? (long)CURL_NETRC_OPTIONAL : (long)CURL_NETRC_IGNORED);
    bad |= curl_easy_setopt(e, CURLOPT_NOPROXY, t->message.direct ? "*" : NULL);
    if (o->ca_file)
        bad |= curl_easy_setopt(e, CURLOPT_CAINFO, o->ca_file);
    return bad == 0;
}

int http_try_begin(http_try *t, CURL *easy, const try_options *options)
{
    CURLcode bad = 0;
    const char *url = buf_text(&t->message.url);
    t->easy = easy;
    bad |= curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
    bad |= curl_easy_setopt(easy, CURLOPT_URL, url);
    bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "camzarr/" CZ_VERSION);
    bad |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->why);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
    if (bad || !set_body(t, easy) || !set_headers(t, easy) || !set_redirects(t, easy, url) ||
        !set_connection(t, easy, options))
        return CZ_NOMEM;
    t->began = now_ms();
    moved(t);
    return CZ_OK;
}

/* ---- The end ---------------------------------------------------------------------------------- */

/* curl's code, for what isn't a passing trouble of the network. */
static int lasting(CURLcode code)
{
    switch (code) {
    case CURLE_OUT_OF_MEMORY:
        return CZ_NOMEM;
    case CURLE_URL_MALFORMAT:
        return CZ_USAGE;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_TOO_MANY_REDIRECTS:
        return CZ_UNSUPPORTED;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CERTPROBLEM:
        return CZ_DENIED;
    default:
        return CZ_OK;
    }
}

static void fail(http_try *t, CURLcode code)
{
    const char *why = t->why[0] ? t->why : curl_easy_strerror(code);
    const int final = lasting(code);
    t->result = final ? TRY_FAILED : TRY_BROKE;
    (void)cz_fail(&t->err, final ? final : CZ_UNREACHABLE, "%s: %s", t->request->what, why);
    if (final == CZ_DENIED)
        cz_hint(&t->err, "CURL_CA_BUNDLE=FILE names a file of certificates to trust");
}

void http_try_end(http_try *t, CURLcode code)
{
    curl_off_t seconds = 0, connected = 0;
    long status = 0;
    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &seconds);
    (void)curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
    t->retry_after = seconds > 0 && seconds < 1 << 20 ? (unsigned)seconds : 0;
    t->was_sent = connected > 0;
    if (code == CURLE_UNSUPPORTED_PROTOCOL && t->was_sent && status < 200)
        code = CURLE_WEIRD_SERVER_REPLY; /* it answered with something that isn't HTTP */
    if (t->enough)
        code = CURLE_OK;
    if (code == CURLE_OK && !t->placed)
        (void)place(t); /* there was no body */
    if (t->text.bad || t->answer.headers.bad)
        fail(t, CURLE_OUT_OF_MEMORY);
    else if (code != CURLE_OK && t->result == TRY_ANSWERED)
        fail(t, code);
    else if (t->result == TRY_ANSWERED && t->place == PUT_RANGE && t->got < t->len) {
        t->result = TRY_BROKE;
        (void)cz_fail(&t->err, CZ_UNREACHABLE, "%s: the answer ended after %zu of %zu bytes",
                      t->request->what, t->got, t->len);
    }
    t->answer.body = t->text.at ? t->text.at : (const uint8_t *)"";
    t->answer.body_len = t->text.len;
}

/* ---- Life ------------------------------------------------------------------------------------- */

int http_try_new(http_try **out, http_request *r, bool hedge, cz_error *err)
{
    int rc = CZ_OK;
    *out = NULL;
    http_try *t = calloc(1, sizeof *t);
    if (!t)
        return cz_fail(err, CZ_NOMEM, "%s: request", r->what);
    t->request = r;
    t->hedge = hedge;
    t->fresh = hedge || r->tries > 0;
    t->body = r->body;
    t->body_len = r->body_len;
    if (r->len > 0) {
        t->first = r->offset + r->have;
        t->len = r->len - r->have;
        t->aside = hedge ? malloc(t->len) : NULL;
    }
    if (r->len > 0 && hedge && !t->aside)
        rc = cz_fail(err, CZ_NOMEM, "%s: %zu bytes", r->what, t->len);
    if (rc == CZ_OK)
        rc = r->build(r, &t->message, err);
    if (rc == CZ_OK && (t->message.bad || !buf_text(&t->message.url)))
        rc = cz_fail(err, CZ_NOMEM, "%s: request", r->what);
    if (rc == CZ_OK) {
        *out = t;
        t = NULL;
    }
    http_try_free(&t);
    return rc;
}

void http_try_free(http_try **t)
{
    if (!t || !*t)
        return;
    http_try *was = *t;
    free(was->aside);
    http_message_free(&was->message);
    curl_slist_free_all(was->headers);
    buf_free(&was->answer.headers);
    buf_free(&was->text);
    free(was);
    *t = NULL;
}
