#include "store/http/attempt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/http/curl_failure.h"

enum {
    HEADERS_MAX = 64 << 10, /* of an answer; what is beyond is dropped */
    RECEIVE_BUFFER = 256 << 10,
    SEND_BUFFER = 512 << 10,
    EXPECT_MIN = 1 << 20,
    EXPECT_MS = 500, /* what a server has to say "100 Continue", before a body goes out anyway */
    RATE_PIECES = 4, /* a second: so often bytes move where a rate is kept */
};

/* In functions that return rc: no further option once one was refused. */
#define SET(option, value) rc = rc != CURLE_OK ? rc : curl_easy_setopt(e, option, value)

int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void moved(http_attempt *t)
{
    atomic_store_explicit(&t->last_moved, now_ms(), memory_order_relaxed);
}

/* ---- Where the body goes ----------------------------------------------------------------------
 */

static int wrong(http_attempt *t, int code, const char *why)
{
    t->result = ATTEMPT_MISMATCHED;
    return cz_fail(&t->err, code, "%s: %s (bytes %" PRIu64 " to %" PRIu64 ", HTTP %d)",
                   t->request->what, why, t->first, t->first + t->len - 1, t->answer.status);
}

/* final: the server says so of the object; else it may be a response of a proxy's. */
static int too_short(http_attempt *t, uint64_t total, bool final)
{
    t->result = final ? ATTEMPT_FAILED : ATTEMPT_MISMATCHED;
    return cz_fail(&t->err, CZ_CORRUPT,
                   "%s: has %" PRIu64 " bytes (%zu from %" PRIu64 " on were asked for)",
                   t->request->what, total, t->request->len, t->request->offset);
}

/* Is the answer the range that was asked for, of the object that it was begun with? */
static int check_range(http_attempt *t)
{
    uint64_t first = 0, last = 0, total = 0;
    const http_request *r = t->request;
    const uint64_t end = t->first + t->len;
    const char *etag = http_answer_header(&t->answer, "ETag");
    if (r->received > 0 && r->etag[0] && etag && strcmp(etag, r->etag) != 0) {
        t->result = ATTEMPT_FAILED;
        return cz_fail(&t->err, CZ_CHANGED, "%s: another one now than when it was begun with",
                       r->what);
    }
    if (t->answer.status == 200) { /* all of something: it may be a page of an error's */
        if (t->first > 0 || !http_answer_length(&t->answer, &total) || total > end)
            return wrong(t, CZ_UNSUPPORTED, "the server gives all of it instead of a part");
        return total == end ? CZ_OK : too_short(t, total, false);
    }
    if (t->answer.status != 206 || !http_answer_range(&t->answer, &first, &last, &total))
        return wrong(t, CZ_CORRUPT, "the server doesn't say which part it gives");
    if (first == t->first && last + 1 < end && total == last + 1)
        return too_short(t, total, true);
    if (first != t->first || last + 1 != end)
        return wrong(t, CZ_CORRUPT, "the server gives another part");
    return CZ_OK;
}

static int too_large(http_attempt *t)
{
    t->result = ATTEMPT_FAILED;
    return cz_fail(&t->err, CZ_CORRUPT, "%s: has more than the %zu bytes that are expected",
                   t->request->what, t->request->max);
}

/* The answer's head is there: what becomes of its body? */
static int place(http_attempt *t)
{
    long status = 0;
    uint64_t length;
    const http_request *r = t->request;
    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    t->answer.status = (int)status;
    t->sink_chosen = true;
    speed_phase(&t->speed, now_ms(), t->received + t->acknowledged);
    if (status / 100 != 2) {
        t->sink = SINK_ERROR;
    } else if (r->len > 0) {
        t->sink = SINK_RANGE;
        return check_range(t);
    } else if (r->all) {
        t->sink = SINK_ALL;
        if (http_answer_length(&t->answer, &length) && length > r->max)
            return too_large(t);
    }
    return CZ_OK;
}

void http_request_store(const http_request *r, size_t at, const void *bytes, size_t n)
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
    http_attempt *t = user;
    const http_request *r = t->request;
    (void)one; /* always 1 */
    moved(t);
    if (!t->sink_chosen && place(t) < 0)
        return CURL_WRITEFUNC_ERROR;
    if (t->sink == SINK_RANGE) {
        if (n > t->len - t->received) {
            (void)wrong(t, CZ_CORRUPT, "the server gives more than was asked for");
            return CURL_WRITEFUNC_ERROR;
        }
        if (t->hedge)
            memcpy(t->hedge_buffer + t->received, at, n);
        else
            http_request_store(r, (size_t)(t->first - r->offset) + t->received, at, n);
        t->received += n;
        return n;
    }
    if (t->sink == SINK_ALL && n > r->max - t->body_text.len) {
        (void)too_large(t);
        return CURL_WRITEFUNC_ERROR;
    }
    t->received += n;
    t->truncated = t->sink != SINK_ALL && t->received > HTTP_ERROR_BODY;
    if (t->sink != SINK_NONE && !t->truncated)
        buf_add(&t->body_text, at, n);
    return t->truncated || t->body_text.bad ? CURL_WRITEFUNC_ERROR : n;
}

/* Only the last answer's headers count: before it there may be a 100 and redirects. */
static size_t on_header(char *at, size_t one, size_t n, void *user)
{
    http_attempt *t = user;
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

/* ---- What is sent -----------------------------------------------------------------------------
 */

static size_t on_send(char *to, size_t one, size_t room, void *user)
{
    http_attempt *t = user;
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
    http_attempt *t = user;
    if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > t->body_len)
        return CURL_SEEKFUNC_FAIL;
    t->sent = (size_t)offset;
    t->resent = true;
    return CURL_SEEKFUNC_OK;
}

/* libcurl waits between two pieces where a rate is kept: for a small part of what counts as a
 * stall. */
static long piece_of(size_t usual, size_t least, uint64_t rate)
{
    const uint64_t piece = rate / RATE_PIECES;
    if (rate == 0 || piece >= usual)
        return (long)usual;
    return (long)(piece < least ? least : piece);
}

static CURLcode set_body(http_attempt *t, CURL *e, uint64_t rate)
{
    CURLcode rc = CURLE_OK;
    const char *method = t->message.method;
    if (strcmp(method, "HEAD") == 0)
        return curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
    if (strcmp(method, "PUT") != 0 && strcmp(method, "POST") != 0)
        return curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, method);
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_CUSTOMREQUEST, method);
    SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)t->body_len);
    SET(CURLOPT_READFUNCTION, on_send);
    SET(CURLOPT_READDATA, t);
    SET(CURLOPT_SEEKFUNCTION, on_rewind);
    SET(CURLOPT_SEEKDATA, t);
    SET(CURLOPT_UPLOAD_BUFFERSIZE, piece_of(SEND_BUFFER, 16 << 10, rate));
    SET(CURLOPT_EXPECT_100_TIMEOUT_MS, (long)EXPECT_MS);
    return rc;
}

static CURLcode set_headers(http_attempt *t, CURL *e)
{
    for (size_t i = 0; i < t->message.n_headers; i++) {
        struct curl_slist *more = curl_slist_append(t->headers, t->message.header[i]);
        if (!more)
            return CURLE_OUT_OF_MEMORY;
        t->headers = more;
    }
    /* To ask before a small body costs more than to send it in vain. */
    struct curl_slist *all =
        t->body_len <= EXPECT_MIN ? curl_slist_append(t->headers, "Expect:") : t->headers;
    if (t->body_len <= EXPECT_MIN && !all)
        return CURLE_OUT_OF_MEMORY;
    t->headers = all;
    return curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
}

static CURLcode set_connection(const http_attempt *t, CURL *e, const attempt_options *o)
{
    CURLcode rc = CURLE_OK;
    const unsigned ms = t->request->probe ? TRANSPORT_PROBE_MS : o->connect_ms;
    const long netrc = t->message.netrc ? CURL_NETRC_OPTIONAL : CURL_NETRC_IGNORED;
    const char *no_proxy = t->message.direct ? "*" : NULL;
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)ms);
    SET(CURLOPT_FRESH_CONNECT, t->fresh_connection ? 1L : 0L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_BUFFERSIZE, piece_of(RECEIVE_BUFFER, 1 << 10, o->rate_limit));
    SET(CURLOPT_MAX_RECV_SPEED_LARGE, (curl_off_t)o->rate_limit);
    SET(CURLOPT_MAX_SEND_SPEED_LARGE, (curl_off_t)o->rate_limit);
    SET(CURLOPT_NETRC, netrc);
    SET(CURLOPT_NOPROXY, no_proxy);
    if (o->ca_file)
        SET(CURLOPT_CAINFO, o->ca_file);
    return rc;
}

static CURLcode set_callbacks(http_attempt *t, CURL *e)
{
    CURLcode rc = CURLE_OK;
    SET(CURLOPT_PRIVATE, t);
    SET(CURLOPT_URL, buf_text(&t->message.url));
    SET(CURLOPT_USERAGENT, "camzarr/" CZ_VERSION);
    SET(CURLOPT_ERRORBUFFER, t->curl_error);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, t);
    return rc;
}

CURLcode http_attempt_begin(http_attempt *t, CURL *easy, const attempt_options *options,
                            sockets *open)
{
    const int64_t now = now_ms();
    t->easy = easy;
    t->redirects.allow_private = options->allow_private_redirects;
    speed_begin(&t->speed, now);
    if (!t->deadline)
        t->deadline = now + t->deadline_ms;
    CURLcode rc = set_callbacks(t, easy);
    rc = rc != CURLE_OK ? rc : set_body(t, easy, options->rate_limit);
    rc = rc != CURLE_OK ? rc : set_headers(t, easy);
    if (rc == CURLE_OK)
        rc = redirect_set(&t->redirects, easy, open, buf_text(&t->message.url), t->message.follow);
    rc = rc != CURLE_OK ? rc : set_connection(t, easy, options);
    if (rc == CURLE_OK)
        moved(t);
    return rc;
}

/* ---- The end ----------------------------------------------------------------------------------
 */

/* libcurl's own words, which have the host's name or the certificate's trouble; else those for the
 * code. */
void http_attempt_fail(http_attempt *t, CURLcode code)
{
    const curl_failure *f = curl_failure_of(code);
    const char *why = t->curl_error[0] ? t->curl_error : f->why;
    long os = 0;
    t->result = f->code == CZ_UNREACHABLE ? ATTEMPT_BROKEN : ATTEMPT_FAILED;
    if (code == CURLE_COULDNT_CONNECT)
        (void)curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &os);
    if (os)
        (void)cz_fail_errno(&t->err, (int)os, "%s: %s", t->request->what, why);
    else
        (void)cz_fail(&t->err, f->code, "%s: %s", t->request->what, why);
    t->err.code = f->code;
    if (f->hint)
        cz_hint(&t->err, "%s", f->hint);
}

/* Returns false where that isn't why it ended. */
static bool fail_redirect(http_attempt *t, CURLcode code)
{
    const char *to = http_answer_header(&t->answer, "Location");
    char *why = redirect_refusal(&t->redirects, code, t->answer.status, to ? to : "");
    if (!why)
        return false;
    t->result = ATTEMPT_FAILED;
    (void)cz_fail(&t->err, t->redirects.refused ? CZ_DENIED : CZ_UNSUPPORTED, "%s: %s",
                  t->request->what, why);
    if (t->redirects.refused)
        cz_hint(&t->err, "--allow-private-redirects permits it");
    free(why);
    return true;
}

void http_attempt_end(http_attempt *t, CURLcode code)
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
    t->answer.status = (int)status;
    if (t->truncated)
        code = CURLE_OK;
    if (code == CURLE_OK && !t->sink_chosen)
        (void)place(t); /* there was no body */
    if (t->body_text.bad || t->answer.headers.bad)
        http_attempt_fail(t, CURLE_OUT_OF_MEMORY);
    else if (code != CURLE_OK && t->result == ATTEMPT_COMPLETE && !fail_redirect(t, code))
        http_attempt_fail(t, code);
    else if (t->result == ATTEMPT_COMPLETE && t->sink == SINK_RANGE && t->received < t->len) {
        t->result = ATTEMPT_BROKEN;
        (void)cz_fail(&t->err, CZ_UNREACHABLE, "%s: the answer ended after %zu of %zu bytes",
                      t->request->what, t->received, t->len);
    }
    t->answer.body = t->body_text.at ? t->body_text.at : (const uint8_t *)"";
    t->answer.body_len = t->body_text.len;
}

/* ---- Life -------------------------------------------------------------------------------------
 */

int http_attempt_new(http_attempt **out, http_request *r, bool hedge, cz_error *err)
{
    int rc = CZ_OK;
    *out = NULL;
    http_attempt *t = calloc(1, sizeof *t);
    if (!t)
        return cz_fail(err, CZ_NOMEM, "%s: request", r->what);
    t->request = r;
    t->hedge = hedge;
    t->fresh_connection = hedge || r->attempts > 0;
    t->body = r->body;
    t->body_len = r->body_len;
    if (r->len > 0) {
        t->first = r->offset + r->received;
        t->len = r->len - r->received;
        t->hedge_buffer = hedge ? malloc(t->len) : NULL;
    }
    if (r->len > 0 && hedge && !t->hedge_buffer)
        rc = cz_fail(err, CZ_NOMEM, "%s: %zu bytes", r->what, t->len);
    if (rc == CZ_OK)
        rc = r->build(r, &t->message, err);
    if (rc == CZ_OK && (t->message.bad || !buf_text(&t->message.url)))
        rc = cz_fail(err, CZ_NOMEM, "%s: request", r->what);
    if (rc == CZ_OK) {
        *out = t;
        t = NULL;
    }
    http_attempt_free(&t);
    return rc;
}

void http_attempt_free(http_attempt **t)
{
    if (!t || !*t)
        return;
    http_attempt *was = *t;
    free(was->hedge_buffer);
    http_message_free(&was->message);
    curl_slist_free_all(was->headers);
    buf_free(&was->answer.headers);
    buf_free(&was->body_text);
    free(was);
    *t = NULL;
}
