#include "store/http/attempt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/http/curl_failure.h"

int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void attempt_touch(http_attempt *t)
{
    atomic_store_explicit(&t->last_moved, now_ms(), memory_order_relaxed);
}

/* ---- The end --------------------------------------------------------------------------------- */

static bool speaks_no_tls(const http_attempt *t, CURLcode code)
{
    return code == CURLE_SSL_CONNECT_ERROR &&
           (strstr(t->curl_error, "wrong version number") || /* OpenSSL */
            strstr(t->curl_error, "unexpected TLS packet")); /* GnuTLS */
}

/* Prefers libcurl's own message, which names the host or the fault of the certificate. */
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
    if (speaks_no_tls(t, code)) {
        t->result = ATTEMPT_FAILED;
        (void)cz_fail(&t->err, CZ_UNSUPPORTED, "%s: the server does not speak TLS at this port",
                      t->request->what);
        cz_hint(&t->err, "http:// in the address, or another port");
    }
    if (os == ECONNREFUSED)
        cz_hint(&t->err, "nothing listens at this address and port: check both, and the server");
    if (f->hint)
        cz_hint(&t->err, "%s", f->hint);
}

/* Returns false if no refused redirect ended the attempt. */
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
        code = CURLE_WEIRD_SERVER_REPLY; /* the response is not HTTP */
    t->answer.status = (int)status;
    if (t->truncated)
        code = CURLE_OK;
    if (code == CURLE_OK && !t->sink_chosen)
        (void)attempt_choose_sink(t); /* the response has no body */
    if (t->body_text.bad || t->answer.headers.bad)
        http_attempt_fail(t, CURLE_OUT_OF_MEMORY);
    else if (code != CURLE_OK && t->result == ATTEMPT_COMPLETE && !fail_redirect(t, code))
        http_attempt_fail(t, code);
    else if (t->result == ATTEMPT_COMPLETE && t->sink == SINK_RANGE && t->received < t->len) {
        t->result = ATTEMPT_BROKEN;
        (void)cz_fail(&t->err, CZ_UNREACHABLE, "%s: response ended after %zu of %zu bytes",
                      t->request->what, t->received, t->len);
    }
    t->answer.body = t->body_text.at ? t->body_text.at : (const uint8_t *)"";
    t->answer.body_len = t->body_text.len;
}

/* ---- Creating and freeing
 * ------------------------------------------------------------------------------------ */

int http_attempt_new(http_attempt **out, http_request *r, bool hedge, cz_error *err)
{
    int rc = CZ_OK;
    *out = NULL;
    http_attempt *t = calloc(1, sizeof *t);
    if (!t)
        return cz_fail_memory(err, "%s: request", r->what);
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
        rc = cz_fail_memory(err, "%s: %zu bytes", r->what, t->len);
    if (rc == CZ_OK)
        rc = r->build(r, &t->message, err);
    if (rc == CZ_OK && (t->message.bad || !buf_text(&t->message.url)))
        rc = cz_fail_memory(err, "%s: request", r->what);
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
