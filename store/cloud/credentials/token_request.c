#include "store/cloud/credentials/token_request.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "store/json/json.h"
#include "store/text/xml.h"

enum { ANSWER_MAX = 64 << 10, TOKEN_FILE_MAX = 64 << 10 };

static int build(http_request *r, http_message *m, cz_error *err)
{
    const token_request *a = r->user;
    m->method = a->method;
    /* Metadata services use http, and are local to the machine; a proxy would reach its own. */
    m->direct = strncmp(a->url, "http://", 7) == 0;
    buf_printf(&m->url, "%s", a->url);
    for (size_t i = 0; i < TOKEN_HEADERS; i++)
        if (a->header[i].name)
            http_message_header(m, a->header[i].name, "%s", a->header[i].value);
    if (a->body)
        http_message_header(m, "Content-Type", "application/json");
    return m->bad || m->url.bad ? cz_fail_memory(err, "%s", r->what) : CZ_OK;
}

/* What the service says: <Code> and <Message> of STS, "message" or "error_description" of Identity
 * Center. */
static void add_reason(buf *out, const http_answer *a)
{
    static const char *const names[] = {"message", "error_description"};
    const char *text = NULL;
    cJSON *doc = NULL;
    buf code = {0}, why = {0};
    if (xml_find(&code, a->body, a->body_len, "Code") &&
        xml_find(&why, a->body, a->body_len, "Message")) {
        const char *first = buf_text(&code), *second = buf_text(&why);
        buf_printf(out, ": %.60s: %.300s", first ? first : "", second ? second : "");
    } else if (json_parse(&doc, a->body, a->body_len, "", NULL) == CZ_OK) {
        for (size_t i = 0; !text && i < sizeof names / sizeof *names; i++)
            if (json_text(&text, doc, names[i], "", NULL) < 0)
                text = NULL;
        if (text)
            buf_printf(out, ": %.300s", text);
    }
    json_free(doc);
    buf_free(&code);
    buf_free(&why);
    for (size_t i = 0; i < out->len; i++)
        if (out->at[i] < 0x20 || out->at[i] == 0x7f)
            out->at[i] = ' ';
}

static int classify(http_request *r, const http_answer *a, cz_error *err)
{
    buf reason = {0};
    if (a->status >= 200 && a->status < 300)
        return CZ_OK;
    add_reason(&reason, a);
    const char *text = buf_text(&reason);
    const int code = a->status >= 500 || a->status == 429 ? CZ_UNREACHABLE : CZ_DENIED;
    (void)cz_fail(err, code, "%s: HTTP %d%s", r->what, a->status, text ? text : "");
    buf_free(&reason);
    return code;
}

int token_request_run(transport *t, token_request *a, bool once, buf *answer, const char *what,
                      cz_error *err)
{
    http_request r = {.what = what,
                      .build = build,
                      .classify = classify,
                      .user = a,
                      .body = a->body,
                      .body_len = a->body ? strlen(a->body) : 0,
                      .all = answer,
                      .max = ANSWER_MAX,
                      .probe = once};
    return transport_run(t, &r, 1, NULL, err);
}

const char *token_text(buf *b)
{
    while (b->len > 0 && isspace(b->at[b->len - 1]))
        b->len--;
    for (size_t i = 0; i < b->len; i++)
        if (b->at[i] < 0x21 || b->at[i] > 0x7e)
            return NULL;
    return b->len ? buf_text(b) : NULL;
}

int token_file_read(buf *out, const char *path, const char *name, cz_error *err)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return cz_fail(err, CZ_DENIED, "%s: cannot read the file", name);
    uint8_t *to = buf_grow(out, TOKEN_FILE_MAX);
    const size_t n = to ? fread(to, 1, TOKEN_FILE_MAX, f) : 0;
    (void)fclose(f);
    if (!to)
        return cz_fail_memory(err, "%s", name);
    out->len -= TOKEN_FILE_MAX - n;
    return token_text(out) ? CZ_OK : cz_fail(err, CZ_FORMAT, "%s: no token in the file", name);
}
