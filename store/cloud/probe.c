#include "store/cloud/probe.h"

#include <curl/curl.h>
#include <string.h>
#include <time.h>

#include "store/cloud/remote_request.h"

typedef struct probe {
    remote_request request; /* first: http_request.user points to it, and so to the probe */
    int (*build)(http_request *h, http_message *m, cz_error *err);
    int (*classify)(http_request *h, const http_answer *a, cz_error *err);
    probe_answer *out;
} probe;

/* Origin need not be signed. */
static int build(http_request *h, http_message *m, cz_error *err)
{
    const probe *p = h->user;
    const int rc = p->build(h, m, err);
    if (rc == CZ_OK)
        http_message_header(m, "Origin", "https://example.org");
    return rc;
}

/* S3 gives "null" to objects from before, and while, versioning is suspended. */
static void read_versions(probe_answer *out, const http_answer *a)
{
    static const char *const versions[] = {"x-amz-version-id", "x-ms-version-id"};
    static const char *const locks[] = {"x-amz-object-lock-retain-until-date",
                                        "x-ms-immutability-policy-until-date",
                                        "x-goog-retention-expiration-time"};
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        const char *id = http_answer_header(a, versions[i]);
        out->keeps_versions |= id && *id && strcmp(id, "null") != 0;
    }
    for (size_t i = 0; i < sizeof locks / sizeof *locks; i++) {
        const char *until = http_answer_header(a, locks[i]);
        if (until && strlen(until) < sizeof out->locked_until)
            memcpy(out->locked_until, until, strlen(until) + 1);
    }
}

static int classify(http_request *h, const http_answer *a, cz_error *err)
{
    const probe *p = h->user;
    const char *date = http_answer_header(a, "Date");
    const char *allowed = http_answer_header(a, "Access-Control-Allow-Origin");
    const time_t clock = date ? curl_getdate(date, NULL) : -1;
    p->out->clock = clock > 0 ? clock : 0;
    p->out->here = time(NULL);
    p->out->cors = allowed != NULL;
    read_versions(p->out, a);
    return p->classify(h, a, err);
}

bool os_behind_http(object_store *os)
{
    return remote_of(os) != NULL;
}

int os_probe(object_store *os, const char *key, probe_answer *out, cz_error *err)
{
    *out = (probe_answer){0};
    remote *m = remote_of(os);
    if (!m)
        return cz_fail(err, CZ_UNSUPPORTED, "%s: not behind HTTP", os->url);
    probe p = {.out = out};
    remote_prepare(&p.request, m, PROVIDER_STAT, key);
    p.build = p.request.http.build;
    p.classify = p.request.http.classify;
    p.request.http.build = build;
    p.request.http.classify = classify;
    return remote_run(&p.request, err);
}
