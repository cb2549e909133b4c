#include "cli/serve/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/workers.h"
#include "cli/serve/origin.h"
#include "cli/serve/replies.h"
#include "reader/reader.h"

enum {
    CONNECTIONS_MAX = 1024,
    CONNECTION_MEMORY = 32 << 10, /* request line and headers */
    IDLE_SECONDS = 60,
    BODY_MAX = 64 << 10, /* of a POST */
    BLOCK = 1 << 20,     /* of an object that is read while it is sent */
    THREADS_MAX = 256,
};

struct http_server {
    struct MHD_Daemon *daemon;
    site site;
    http_server_options options;
    uint16_t port;
    bool is_loopback;
    buf policy; /* Content-Security-Policy of the page */
};

/* A request in progress. */
typedef struct request {
    char *target;
    bool has_begun;
    buf body;
    bool is_too_large;
} request;

/* ---- Responses ------------------------------------------------------------------------------- */

/* A range of an object, block by block: MHD reads at most BLOCK bytes at a time. */
typedef struct object_stream {
    site *site;
    char *key;
    uint64_t offset;
} object_stream;

static ssize_t read_block(void *user, uint64_t at, char *to, size_t room)
{
    const object_stream *o = user;
    os_read want = {.key = o->key, .offset = o->offset + at, .len = room, .to = to};
    const int rc = os_get(o->site->os, &want, 1, NULL, NULL);
    return rc == CZ_OK && want.rc == CZ_OK ? (ssize_t)room : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void free_stream(void *user)
{
    object_stream *o = user;
    free(o->key);
    free(o);
}

static struct MHD_Response *object_response(site *s, reply *r)
{
    object_stream *o = malloc(sizeof *o);
    if (!o)
        return NULL;
    *o = (object_stream){s, r->object, r->offset};
    r->object = NULL;
    struct MHD_Response *made =
        MHD_create_response_from_callback(r->length, BLOCK, read_block, o, free_stream);
    if (!made)
        free_stream(o);
    return made;
}

/* The body of the reply is moved. */
static struct MHD_Response *body_response(reply *r)
{
    struct MHD_Response *made =
        MHD_create_response_from_buffer(r->body.len, r->body.at, MHD_RESPMEM_MUST_FREE);
    if (made)
        r->body = (buf){0};
    return made;
}

static void add_range_headers(struct MHD_Response *to, const reply *r)
{
    char text[80];
    (void)MHD_add_response_header(to, "Accept-Ranges", "bytes");
    if (r->status == 206)
        (void)snprintf(text, sizeof text, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, r->offset,
                       r->offset + r->length - 1, r->total);
    else
        (void)snprintf(text, sizeof text, "bytes */%" PRIu64, r->total);
    if (r->status != 200)
        (void)MHD_add_response_header(to, "Content-Range", text);
}

static void add_headers(struct MHD_Response *to, const http_server *s, reply *r, target_kind kind)
{
    (void)MHD_add_response_header(to, "Content-Type", r->type ? r->type : "text/plain");
    (void)MHD_add_response_header(to, "X-Content-Type-Options", "nosniff");
    (void)MHD_add_response_header(to, "Cache-Control",
                                  r->is_immutable ? "public, max-age=3600" : "no-cache");
    if (r->etag[0])
        (void)MHD_add_response_header(to, "ETag", r->etag);
    if (r->time[0])
        (void)MHD_add_response_header(to, "X-Frame-Time", r->time);
    const char *location = r->location.len ? buf_text(&r->location) : NULL;
    if (location)
        (void)MHD_add_response_header(to, r->status == 303 ? "Location" : "Content-Location",
                                      location);
    if (kind == TARGET_OBJECT && (r->status == 200 || r->status == 206 || r->status == 416))
        add_range_headers(to, r);
    if (kind == TARGET_HOME)
        (void)MHD_add_response_header(to, "Content-Security-Policy", (const char *)s->policy.at);
    if (r->status == 503)
        (void)MHD_add_response_header(to, "Retry-After", "5");
    if (r->status == 405)
        (void)MHD_add_response_header(to, "Allow", "GET, HEAD, OPTIONS");
}

/* Pages of other origins read answers if the server allows theirs; a range of the store, too. */
static void add_cors(struct MHD_Response *to, const http_server *s, struct MHD_Connection *c)
{
    const bool all = s->options.origin && strcmp(s->options.origin, "*") == 0;
    const char *from = all ? "*" : MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Origin");
    if (!all)
        (void)MHD_add_response_header(to, "Vary", "Origin");
    if (!from || !origin_is_allowed(from, s->options.origin))
        return;
    (void)MHD_add_response_header(to, "Access-Control-Allow-Origin", from);
    (void)MHD_add_response_header(to, "Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS");
    (void)MHD_add_response_header(to, "Access-Control-Allow-Headers",
                                  "Range, If-None-Match, Content-Type, X-Api-Key");
    (void)MHD_add_response_header(to, "Access-Control-Expose-Headers",
                                  "Content-Range, Content-Length, ETag, X-Frame-Time");
    (void)MHD_add_response_header(to, "Access-Control-Max-Age", "86400");
}

static enum MHD_Result send_reply(http_server *s, struct MHD_Connection *c, const char *method,
                                  const request *q, target_kind kind, reply *r)
{
    struct MHD_Response *response = r->object ? object_response(&s->site, r) : body_response(r);
    if (!response)
        return MHD_NO; /* closes the connection */
    add_headers(response, s, r, kind);
    add_cors(response, s, c);
    const enum MHD_Result sent = MHD_queue_response(c, r->status, response);
    MHD_destroy_response(response);
    if (s->options.log)
        s->options.log(s->options.user, method, q->target, r->status);
    return sent;
}

/* ---- Requests -------------------------------------------------------------------------------- */

/* A IIIF description names its own address, as the client wrote it. */
static int answer_info(reply *r, http_server *s, struct MHD_Connection *c, const request *q,
                       const target *t, cz_error *err)
{
    const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host");
    const size_t path = strcspn(q->target, "?") - strlen("/info.json");
    buf base = {0};
    buf_printf(&base, "http://%s%.*s", host ? host : "localhost", (int)path, q->target);
    const char *text = buf_text(&base);
    const int rc =
        text ? reply_iiif_info(r, &s->site, t, text, err) : cz_fail_memory(err, "description");
    buf_free(&base);
    return rc;
}

static int answer(reply *r, http_server *s, struct MHD_Connection *c, const request *q,
                  const target *t, cz_error *err)
{
    const char *known = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "If-None-Match");
    const char *range = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Range");
    switch (t->kind) {
    case TARGET_HOME:
        return reply_home(r, &s->site, t->frame, err);
    case TARGET_OPENAPI:
        return reply_openapi(r, err);
    case TARGET_CLIPS:
        return reply_clips(r, &s->site, err);
    case TARGET_CLIP:
        return reply_clip(r, &s->site, t->text, err);
    case TARGET_FRAME:
    case TARGET_AT:
        return reply_frame(r, &s->site, t, known, err);
    case TARGET_OBJECT:
        return reply_object(r, &s->site, t->text, range, err);
    case TARGET_IIIF_BASE:
        r->status = 303;
        buf_printf(&r->location, "%s/info.json", q->target);
        return CZ_OK;
    case TARGET_IIIF_INFO:
        return answer_info(r, s, c, q, t, err);
    case TARGET_IIIF_IMAGE:
        return reply_iiif_image(r, &s->site, t, known, err);
    case TARGET_LAZYCACHE_MOVIE:
        return reply_lazycache(r, &s->site, t->text, q->target, err);
    default:
        return reply_capture(r, &s->site, q->body.at, q->body.len, err);
    }
}

static void refuse(reply *r, unsigned status, int code, const char *message)
{
    cz_error err;
    cz_fail(&err, code, "%s", message);
    reply_error(r, &err);
    r->status = status;
}

/* Is the method one of the target's? */
static bool method_fits(const char *method, target_kind kind)
{
    const bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    return kind == TARGET_CAPTURE ? strcmp(method, "POST") == 0 : reads;
}

/* Fill the reply, whatever becomes of the request. */
static void reply_to(reply *r, target *t, http_server *s, struct MHD_Connection *c,
                     const char *method, const request *q)
{
    cz_error err = {0};
    const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Host");
    int rc = CZ_OK;
    if (s->is_loopback && host && !host_is_loopback(host))
        refuse(r, 421, CZ_DENIED, "Host: this server answers to names of this machine only");
    else if (strcmp(method, "OPTIONS") == 0)
        r->status = 204;
    else if ((rc = target_parse(t, q->target, &err)) == CZ_OK && !method_fits(method, t->kind))
        refuse(r, 405, CZ_USAGE, "method not allowed");
    else if (rc == CZ_OK && q->is_too_large)
        refuse(r, 413, CZ_USAGE, "the request is too large");
    else if (rc == CZ_OK)
        rc = answer(r, s, c, q, t, &err);
    if (rc < 0)
        reply_error(r, &err);
}

static enum MHD_Result respond(http_server *s, struct MHD_Connection *c, const char *method,
                               const request *q)
{
    reply r = {0};
    target t = {0};
    reply_to(&r, &t, s, c, method, q);
    const enum MHD_Result sent = send_reply(s, c, method, q, t.kind, &r);
    reply_free(&r);
    return sent;
}

static void *begin_request(void *user, const char *raw, struct MHD_Connection *c)
{
    (void)user;
    (void)c;
    request *q = calloc(1, sizeof *q);
    if (q && !(q->target = strdup(raw))) {
        free(q);
        q = NULL;
    }
    return q;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *n, void **state)
{
    request *q = *state;
    (void)url;
    (void)version;
    if (!q)
        return MHD_NO;
    if (!q->has_begun) { /* the headers; a body may follow */
        q->has_begun = true;
        return MHD_YES;
    }
    if (*n > 0) {
        q->is_too_large |= *n > BODY_MAX - q->body.len;
        if (!q->is_too_large)
            buf_add(&q->body, data, *n);
        *n = 0;
        return q->body.bad ? MHD_NO : MHD_YES;
    }
    return respond(user, c, method, q);
}

static void end_request(void *user, struct MHD_Connection *c, void **state,
                        enum MHD_RequestTerminationCode why)
{
    request *q = *state;
    (void)user;
    (void)c;
    (void)why;
    if (q) {
        buf_free(&q->body);
        free(q->target);
        free(q);
    }
    *state = NULL;
}

/* Targets are decoded by target_parse(). */
static size_t keep_encoded(void *user, struct MHD_Connection *c, char *text)
{
    (void)user;
    (void)c;
    return strlen(text);
}

static void discard_message(void *user, const char *format, va_list args)
{
    (void)user;
    (void)format;
    (void)args;
}

/* ---- Start and stop -------------------------------------------------------------------------- */

typedef union socket_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} socket_address;

static bool parse_address(socket_address *out, const char *text, uint16_t port)
{
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        return true;
    }
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        return true;
    }
    return false;
}

bool is_loopback_address(const char *address)
{
    socket_address a;
    if (!parse_address(&a, address, 0))
        return false;
    return a.any.sa_family == AF_INET ? (ntohl(a.v4.sin_addr.s_addr) >> 24) == 127
                                      : IN6_IS_ADDR_LOOPBACK(&a.v6.sin6_addr);
}

static int listen_on(http_server *s, const socket_address *a, cz_error *err)
{
    const http_server_options *o = &s->options;
    unsigned threads = o->threads ? o->threads : 2 * workers_wanted(0);
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG;
    if (threads > THREADS_MAX)
        threads = THREADS_MAX;
    if (a->any.sa_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    errno = 0;
    /* The logger comes first, or messages about later options go to stderr. */
    s->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, discard_message, NULL,
        MHD_OPTION_SOCK_ADDR, &a->any, MHD_OPTION_THREAD_POOL_SIZE, threads,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_URI_LOG_CALLBACK, begin_request, NULL, MHD_OPTION_UNESCAPE_CALLBACK,
        keep_encoded, NULL, MHD_OPTION_NOTIFY_COMPLETED, end_request, NULL, MHD_OPTION_END);
    if (s->daemon)
        return CZ_OK;
    const int why = errno;
    if (why == EADDRINUSE) {
        cz_fail(err, CZ_EXISTS, "%s port %u: in use", o->address, o->port);
        cz_hint(err, "--port 0 takes one that is free");
        return CZ_EXISTS;
    }
    return why ? cz_fail_errno(err, why, "%s port %u", o->address, o->port)
               : cz_fail(err, CZ_IO, "%s port %u: the server did not start", o->address, o->port);
}

int http_server_start(http_server **out, cz_store *store, const http_server_options *options,
                      cz_error *err)
{
    socket_address address;
    if (!parse_address(&address, options->address, options->port))
        return cz_fail(err, CZ_USAGE, "%s: not an IP address", options->address);
    http_server *s = calloc(1, sizeof *s);
    if (!s)
        return cz_fail_memory(err, "server");
    s->options = *options;
    s->site = (site){.store = store, .os = store->os};
    s->is_loopback = is_loopback_address(options->address);
    int rc = clips_new(&s->site.clips, store, err);
    if (rc == CZ_OK)
        rc = body_cache_new(&s->site.cache, (size_t)options->memory, err);
    if (rc == CZ_OK)
        rc = home_policy(&s->policy, err);
    if (rc == CZ_OK && !buf_text(&s->policy))
        rc = cz_fail_memory(err, "server");
    if (rc == CZ_OK)
        rc = listen_on(s, &address, err);
    if (rc == CZ_OK)
        s->port = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    if (rc < 0)
        http_server_stop(&s);
    else
        *out = s;
    return rc;
}

uint16_t http_server_port(const http_server *s)
{
    return s->port;
}

void http_server_stop(http_server **ref)
{
    http_server *s = *ref;
    if (!s)
        return;
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    clips_free(&s->site.clips);
    body_cache_free(&s->site.cache);
    buf_free(&s->policy);
    free(s);
    *ref = NULL;
}
