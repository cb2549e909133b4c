/* The libcurl options of an attempt, and sending its payload. */
#include <string.h>

#include "store/http/attempt.h"

enum {
    RECEIVE_BUFFER = 256 << 10,
    SEND_BUFFER = 512 << 10,
    EXPECT_MIN = 1 << 20,
    EXPECT_MS = 500,    /* wait for "100 Continue"; then the payload is sent anyway */
    RATE_INTERVALS = 4, /* per second: how often bytes move when the rate is limited */
};

/* In functions that return rc: after one option is refused, set no other. */
#define SET(option, value) rc = rc != CURLE_OK ? rc : curl_easy_setopt(e, option, value)

static size_t on_send(char *to, size_t one, size_t room, void *user)
{
    http_attempt *t = user;
    (void)one;
    attempt_touch(t);
    const size_t left = t->body_len - t->sent, n = left < room ? left : room;
    if (n > 0)
        memcpy(to, (const uint8_t *)t->body + t->sent, n);
    t->sent += n;
    return n;
}

/* libcurl sends the body again if a reused connection turns out to be closed. */
static int on_rewind(void *user, curl_off_t offset, int origin)
{
    http_attempt *t = user;
    if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > t->body_len)
        return CURL_SEEKFUNC_FAIL;
    t->sent = (size_t)offset;
    t->resent = true;
    return CURL_SEEKFUNC_OK;
}

/* With a rate limit libcurl pauses after each buffer. Small buffers keep the pauses far below
 * stall_ms. */
static long buffer_size(size_t normal, size_t least, uint64_t rate)
{
    const uint64_t size = rate / RATE_INTERVALS;
    if (rate == 0 || size >= normal)
        return (long)normal;
    return (long)(size < least ? least : size);
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
    SET(CURLOPT_UPLOAD_BUFFERSIZE, buffer_size(SEND_BUFFER, 16 << 10, rate));
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
    /* For a small payload, waiting for "100 Continue" costs more than sending it in vain. */
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
    SET(CURLOPT_BUFFERSIZE, buffer_size(RECEIVE_BUFFER, 1 << 10, o->rate_limit));
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
    SET(CURLOPT_WRITEFUNCTION, attempt_on_body);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_HEADERFUNCTION, attempt_on_header);
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
        attempt_touch(t);
    return rc;
}
