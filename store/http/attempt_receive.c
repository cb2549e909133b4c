/* Receiving: what an attempt does with a response's headers and body. */
#include "store/http/attempt.h"

#include <inttypes.h>
#include <string.h>

enum { HEADERS_MAX = 64 << 10 /* bytes of a response's headers; further ones are dropped */ };

static int mismatch(http_attempt *t, int code, const char *why)
{
    t->result = ATTEMPT_MISMATCHED;
    return cz_fail(&t->err, code, "%s: %s (bytes %" PRIu64 " to %" PRIu64 ", HTTP %d)",
                   t->request->what, why, t->first, t->first + t->len - 1, t->answer.status);
}

/* final: the server states the object's size; otherwise the response may be a proxy's. */
static int too_short(http_attempt *t, uint64_t total, bool final)
{
    t->result = final ? ATTEMPT_FAILED : ATTEMPT_MISMATCHED;
    return cz_fail(&t->err, CZ_CORRUPT,
                   "%s: has %" PRIu64 " bytes (%zu requested from offset %" PRIu64 ")",
                   t->request->what, total, t->request->len, t->request->offset);
}

/* Is the response the requested range, of the same object as the bytes received before? */
static int check_range(http_attempt *t)
{
    uint64_t first = 0, last = 0, total = 0;
    const http_request *r = t->request;
    const uint64_t end = t->first + t->len;
    const char *etag = http_answer_header(&t->answer, "ETag");
    if (r->received > 0 && r->etag[0] && etag && strcmp(etag, r->etag) != 0) {
        t->result = ATTEMPT_FAILED;
        return cz_fail(&t->err, CZ_CHANGED, "%s: changed while it was read", r->what);
    }
    if (t->answer.status == 200) { /* a whole document, perhaps an error page */
        if (t->first > 0 || !http_answer_length(&t->answer, &total) || total > end)
            return mismatch(t, CZ_UNSUPPORTED,
                            "server ignores the range and sends the whole object");
        return total == end ? CZ_OK : too_short(t, total, false);
    }
    if (t->answer.status != 206 || !http_answer_range(&t->answer, &first, &last, &total))
        return mismatch(t, CZ_CORRUPT, "response has no valid Content-Range");
    if (first == t->first && last + 1 < end && total == last + 1)
        return too_short(t, total, true);
    if (first != t->first || last + 1 != end)
        return mismatch(t, CZ_CORRUPT, "server sends another range");
    return CZ_OK;
}

static int too_large(http_attempt *t)
{
    t->result = ATTEMPT_FAILED;
    return cz_fail(&t->err, CZ_CORRUPT, "%s: larger than the expected %zu bytes", t->request->what,
                   t->request->max);
}

int attempt_choose_sink(http_attempt *t)
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

size_t attempt_on_body(char *at, size_t one, size_t n, void *user)
{
    http_attempt *t = user;
    const http_request *r = t->request;
    (void)one; /* always 1 */
    attempt_touch(t);
    if (!t->sink_chosen && attempt_choose_sink(t) < 0)
        return CURL_WRITEFUNC_ERROR;
    if (t->sink == SINK_RANGE) {
        if (n > t->len - t->received) {
            (void)mismatch(t, CZ_CORRUPT, "server sends more than the range");
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

/* Only the last response's headers are kept: 100 and redirects may precede it. */
size_t attempt_on_header(char *at, size_t one, size_t n, void *user)
{
    http_attempt *t = user;
    buf *to = &t->answer.headers;
    (void)one;
    attempt_touch(t);
    if (n >= 5 && memcmp(at, "HTTP/", 5) == 0)
        to->len = 0;
    size_t len = n;
    while (len > 0 && (at[len - 1] == '\r' || at[len - 1] == '\n' || at[len - 1] == ' '))
        len--;
    if (len > 0 && len < HEADERS_MAX - to->len && !memchr(at, '\0', len)) {
        uint8_t *line = buf_grow(to, len + 1); /* in one step, so that each line keeps its NUL */
        if (!line)
            return 0;
        memcpy(line, at, len);
        line[len] = '\0';
    }
    return n;
}
