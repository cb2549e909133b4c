#include "store/cloud/service_error.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "store/text/xml.h"

enum { CLOCK_OFF = 300 /* seconds; Azure and S3 tolerate 900 */ };

/* Keep the first value, on one line for messages. */
static void keep_first(char *to, size_t room, buf *text)
{
    const char *from = buf_text(text);
    if (!from || to[0] != '\0')
        return;
    (void)snprintf(to, room, "%s", from);
    for (; *to; to++)
        if ((unsigned char)*to < 0x20 || *to == 0x7f)
            *to = ' ';
}

static void read_body(service_error *out, const http_answer *a)
{
    buf text = {0};
    xml x = xml_begin(a->body, a->body_len, &text);
    for (xml_event e = xml_next(&x); e == XML_OPEN || e == XML_CLOSE; e = xml_next(&x)) {
        if (e == XML_OPEN && x.level == 0 && !xml_is(&x, "Error"))
            break; /* not an error document */
        if (e != XML_CLOSE || !xml_in(&x, "Error"))
            continue;
        if (xml_is(&x, "Code"))
            keep_first(out->code, sizeof out->code, &text);
        else if (xml_is(&x, "Message"))
            keep_first(out->message, sizeof out->message, &text);
        else if (xml_is(&x, "Region"))
            keep_first(out->region, sizeof out->region, &text);
    }
    buf_free(&text);
}

void service_error_read(service_error *out, const http_answer *a)
{
    *out = (service_error){0};
    if (a->body_len > 0)
        read_body(out, a);
    const char *code = http_answer_header(a, "x-ms-error-code");
    const char *region = http_answer_header(a, "x-amz-bucket-region");
    if (code && !out->code[0])
        (void)snprintf(out->code, sizeof out->code, "%s", code);
    if (region && !out->region[0])
        (void)snprintf(out->region, sizeof out->region, "%s", region);
}

bool service_error_is(const service_error *e, const char *const *codes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(e->code, codes[i]) == 0)
            return true;
    return false;
}

int service_error_fail(cz_error *err, const service_error *e, const service_error_map *table,
                       size_t n, const provider *d, const provider_request *r, const http_answer *a)
{
    for (const service_error_map *m = table; m < table + n; m++) {
        if (strcmp(e->code, m->code) != 0)
            continue;
        (void)provider_fail(err, m->rc, d, r, a, "%s", m->why);
        if (m->hint)
            cz_hint(err, "%s", m->hint);
        return m->rc;
    }
    return CZ_OK;
}

/* Seconds that this machine's clock is ahead of the service's; false if the response has no Date.
 */
static bool clock_difference(const http_answer *a, long long *ret)
{
    const char *date = http_answer_header(a, "Date");
    const time_t theirs = date ? curl_getdate(date, NULL) : -1;
    if (theirs == -1)
        return false;
    *ret = (long long)time(NULL) - (long long)theirs;
    return true;
}

bool service_error_clock_off(const http_answer *a)
{
    long long s;
    return clock_difference(a, &s) && (s > CLOCK_OFF || s < -CLOCK_OFF);
}

int service_error_clock(cz_error *err, const provider *d, const provider_request *r,
                        const http_answer *a)
{
    long long s;
    if (clock_difference(a, &s))
        provider_fail(err, CZ_DENIED, d, r, a,
                      "this machine's clock is %lld seconds %s the service's", s < 0 ? -s : s,
                      s < 0 ? "behind" : "ahead of");
    else
        provider_fail(err, CZ_DENIED, d, r, a, "the service rejects this machine's clock");
    cz_hint(err,
            "set the clock (timedatectl, chronyc): signatures are valid for some minutes only");
    return CZ_DENIED;
}
