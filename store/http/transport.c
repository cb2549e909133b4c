#include "store/http/transport.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/http/call.h"
#include "base/environment.h"

/* Where systems keep trusted certificates, for a libcurl that was built on another system. */
static const char *const ca_files[] = {
    "/etc/ssl/certs/ca-certificates.crt", /* Debian, Ubuntu, Arch */
    "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, RHEL */
    "/etc/ssl/ca-bundle.pem",             /* openSUSE */
    "/etc/ssl/cert.pem",                  /* Alpine, macOS, BSD */
};

struct transport {
    transport_options options;
    char *ca_file; /* NULL: libcurl's default */
    pid_t pid;     /* of the process that initialised libcurl */
    atomic_uint_least64_t random;
    _Atomic(engine *) engine; /* of the process that last used it; see transport_engine() */
};

/* ---- For calls ------------------------------------------------------------------------------- */

const transport_options *transport_options_of(const transport *t)
{
    return &t->options;
}

/* SplitMix64 (Steele, Lea, Flood 2014): a hash of a counter. */
uint64_t transport_random(transport *t)
{
    uint64_t z = atomic_fetch_add(&t->random, UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* After fork() the parent's engine is unusable in the child: its thread does not exist there, and
 * its sockets are shared with the parent. The child abandons it, memory included, and creates its
 * own. */
int transport_engine(engine **out, transport *t, cz_error *err)
{
    engine *current = atomic_load(&t->engine), *new = NULL;
    const engine_options o = {
        .attempt = {.rate_limit = t->options.rate_limit,
                    .connect_ms = t->options.connect_ms,
                    .allow_private_redirects = t->options.allow_private_redirects,
                    .ca_file = t->ca_file},
        .connections = t->options.connections,
        .stall_ms = t->options.stall_ms};
    while (!current || engine_pid(current) != getpid()) {
        if (!new) {
            const int rc = engine_open(&new, &o, err);
            if (rc < 0)
                return rc;
        }
        if (atomic_compare_exchange_strong(&t->engine, &current, new)) {
            current = new;
            new = NULL;
        }
    }
    engine_close(&new); /* another thread has installed one */
    *out = current;
    return CZ_OK;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

int transport_run(transport *t, http_request *r, size_t n, void (*done)(http_request *r),
                  cz_error *err)
{
    http_call *c = NULL;
    int first = http_call_open(&c, t, err);
    if (first < 0) {
        cz_prefix(err, "%s", n ? r->what : "no request");
        return first;
    }
    for (size_t i = 0; i < n; i++)
        http_call_add(c, &r[i]);
    for (http_request *over; (over = http_call_next(c));) {
        if (over->rc < 0 && first == CZ_OK) {
            first = over->rc;
            if (err)
                *err = over->err;
        }
        if (done)
            done(over);
    }
    http_call_close(&c);
    return first;
}

void transport_statistics(net_statistics *out, const transport *t)
{
    engine *e = atomic_load(&t->engine);
    if (e && engine_pid(e) == getpid())
        engine_statistics(out, e);
}

/* ---- Opening and closing
 * ------------------------------------------------------------------------------------ */

static unsigned or_default(unsigned value, unsigned fallback)
{
    return value ? value : fallback;
}

static transport_options with_defaults(const transport_options *o)
{
    return (transport_options){.connections = or_default(o->connections, TRANSPORT_CONNECTIONS),
                               .rate_limit = o->rate_limit,
                               .max_attempts = or_default(o->max_attempts, 10),
                               .backoff_ms = or_default(o->backoff_ms, 100),
                               .backoff_max_ms = or_default(o->backoff_max_ms, 20000),
                               .deadline_ms = or_default(o->deadline_ms, 300000),
                               .connect_ms = or_default(o->connect_ms, 20000),
                               .stall_ms = or_default(o->stall_ms, 30000),
                               .hedge_ms = or_default(o->hedge_ms, 2000),
                               .allow_private_redirects =
                                   o->allow_private_redirects ||
                                   environment_yes("CAMZARR_ALLOW_PRIVATE_REDIRECTS")};
}

/* The file that the environment names, as for the curl command; else libcurl's default if it
 * exists: a bundled libcurl may have been built for another system. */
static const char *find_ca_file(void)
{
    const char *named = getenv("CURL_CA_BUNDLE");
    if (!named || !*named)
        named = getenv("SSL_CERT_FILE");
    if (named && *named)
        return named;
    const char *own = curl_version_info(CURLVERSION_NOW)->cainfo;
    if (!own || access(own, R_OK) == 0)
        return NULL;
    for (size_t i = 0; i < sizeof ca_files / sizeof *ca_files; i++)
        if (access(ca_files[i], R_OK) == 0)
            return ca_files[i];
    return NULL;
}

int transport_open(transport **out, const transport_options *options, cz_error *err)
{
    struct timespec now;
    *out = NULL;
    /* Thread-safe since libcurl 7.84, and counted. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return cz_fail(err, CZ_NOMEM, "libcurl could not be initialised");
    transport *t = calloc(1, sizeof *t);
    const char *ca_file = find_ca_file();
    if (!t || (ca_file && !(t->ca_file = strdup(ca_file)))) {
        free(t);
        curl_global_cleanup();
        return cz_fail_memory(err, "transport");
    }
    (void)clock_gettime(CLOCK_REALTIME, &now);
    t->options = with_defaults(options);
    t->pid = getpid();
    atomic_init(&t->random, (uint64_t)now.tv_nsec ^ (uint64_t)t->pid << 32 ^ (uintptr_t)t);
    atomic_init(&t->engine, NULL);
    *out = t;
    return CZ_OK;
}

void transport_close(transport **t)
{
    if (!t || !*t)
        return;
    engine *e = atomic_load(&(*t)->engine);
    if (e && engine_pid(e) == getpid())
        engine_close(&e);
    if ((*t)->pid == getpid())
        curl_global_cleanup();
    free((*t)->ca_file);
    free(*t);
    *t = NULL;
}
