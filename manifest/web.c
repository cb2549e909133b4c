#include "manifest/web.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "store/http/call.h"
#include "store/text/shown_url.h"

bool web_is_address(const char *text)
{
    return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0;
}

int web_open(transport **out, const cz_network *network, unsigned connections, cz_error *err)
{
    const bool given = network && network->connections;
    const transport_options o = {.connections = given ? network->connections : connections,
                                 .rate_limit = network ? network->rate_limit : 0,
                                 .allow_private_redirects =
                                     network && network->allow_private_redirects};
    return transport_open(out, &o, err);
}

static int build(http_request *h, http_message *m, cz_error *err)
{
    const web_request *r = (const web_request *)h;
    (void)err; /* a shortage of memory is recorded in m */
    m->method = r->head ? "HEAD" : "GET";
    m->follow = true;
    m->netrc = true;
    buf_printf(&m->url, "%s", r->url);
    return CZ_OK;
}

static int classify(http_request *h, const http_answer *a, cz_error *err)
{
    web_request *r = (web_request *)h;
    const char *type = http_answer_header(a, "Content-Type");
    const provider_request described = {.op = r->head ? PROVIDER_STAT : PROVIDER_GET_ALL,
                                        .key = ""};
    r->status = a->status;
    r->is_html = type && strncasecmp(type, "text/html", 9) == 0;
    if (!http_answer_length(a, &r->size))
        r->size = UINT64_MAX;
    const int rc = provider_classify_status(err, &r->shown, &described, a, "");
    if (a->status == 401)
        cz_hint(err, "put user and password into ~/.netrc");
    return rc;
}

static int prepare(web_request *r, const char *url, bool head, cz_error *err)
{
    r->url = strndup(url, strcspn(url, "#"));
    r->shown.url = shown_url(url);
    if (!r->url || !r->shown.url)
        return cz_fail_memory(err, "request");
    r->head = head;
    r->http = (http_request){.what = r->shown.url, .build = build, .classify = classify};
    return CZ_OK;
}

int web_get(web_request *r, const char *url, size_t max, cz_error *err)
{
    const int rc = prepare(r, url, false, err);
    r->http.all = &r->body;
    r->http.max = max;
    return rc;
}

int web_head(web_request *r, const char *url, cz_error *err)
{
    return prepare(r, url, true, err);
}

int web_run(transport *t, web_request *r, size_t n, cz_error *err)
{
    http_call *call = NULL;
    const int rc = http_call_open(&call, t, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < n; i++)
        http_call_add(call, &r[i].http);
    while (http_call_next(call)) {
    }
    http_call_close(&call);
    return CZ_OK;
}

void web_request_free(web_request *r)
{
    if (!r)
        return;
    free(r->url);
    free(r->shown.url);
    buf_free(&r->body);
    *r = (web_request){0};
}
