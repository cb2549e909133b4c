#include "tests/unit/support/http_server.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 1024, REQUESTS_MAX = 512, FAULTS_MAX = 64, HEAD_MAX = 2048 };

typedef struct connection {
    http_server *s;
    pthread_t thread;
    int fd;
    bool open;
} connection;

struct http_server {
    int fd;
    char url[64];
    pthread_t thread;

    pthread_mutex_t lock; /* of all below */
    char *object;
    size_t len;
    bool has_object;
    char etag[32];
    http_fault fault[FAULTS_MAX];
    size_t n_faults, next_fault;
    char head[REQUESTS_MAX][HEAD_MAX];
    size_t n_requests, script_at; /* and how many had come when the script was set */
    connection at[CONNECTIONS_MAX];
    size_t n, open, most;
    size_t read_bytes; /* at a time; 0: as they come */
    unsigned read_ms;
    bool ending;
};

/* No assertion of Criterion's: programs without it use the server, too. */
static void must(bool true_of_it)
{
    if (!true_of_it)
        abort();
}

/* ---- One request ----------------------------------------------------------------------------- */

typedef struct answer {
    int status;
    char headers[512];
    const char *body; /* the object's, or the script's */
    size_t len, cut;
    unsigned trickle_ms;
    bool drop, hang, no_body;
    size_t together;
    const char *raw, *forever;
    unsigned forever_ms;
} answer;

static const char *header_of(const char *head, const char *name)
{
    const char *at = strcasestr(head, name);
    return at ? at + strlen(name) : NULL;
}

static char *copy_of(const void *data, size_t len)
{
    char *copy = malloc(len + 1);
    must(copy != NULL);
    memcpy(copy, data, len);
    copy[len] = '\0';
    return copy;
}

/* "5-9" */
static bool read_range(const char *at, size_t *first, size_t *last)
{
    char *end;
    *first = strtoul(at, &end, 10);
    if (end == at || *end != '-')
        return false;
    at = end + 1;
    *last = strtoul(at, &end, 10);
    return end != at;
}

/* GET and HEAD, as a server does them that has nothing against us. */
static void serve(const http_server *s, const char *head, answer *a)
{
    size_t first = 0, last = s->len ? s->len - 1 : 0;
    const char *range = header_of(head, "\r\nRange: bytes="),
               *match = header_of(head, "\r\nIf-Match: ");
    a->no_body = strncmp(head, "HEAD", 4) == 0;
    if (!s->has_object) {
        a->status = 404;
    } else if (match && strncmp(match, s->etag, strlen(s->etag)) != 0) {
        a->status = 412;
    } else if (range && (!read_range(range, &first, &last) || first >= s->len)) {
        a->status = 416;
        (void)snprintf(a->headers, sizeof a->headers, "Content-Range: bytes */%zu\r\n", s->len);
    } else {
        last = last < s->len ? last : s->len - 1;
        a->status = range ? 206 : 200;
        a->len = s->len ? last - first + 1 : 0;
        a->body = s->object + first;
        int n = snprintf(a->headers, sizeof a->headers, "ETag: %s\r\n", s->etag);
        if (range)
            (void)snprintf(a->headers + n, sizeof a->headers - (size_t)n,
                           "Content-Range: bytes %zu-%zu/%zu\r\n", first, last, s->len);
    }
}

static void take(http_server *s, const char *head, const char *body, size_t len, answer *a)
{
    if (s->has_object && header_of(head, "\r\nIf-None-Match: *")) {
        a->status = 412;
        return;
    }
    free(s->object);
    s->object = copy_of(body, len);
    s->len = len;
    s->has_object = true;
    a->status = 201;
}

static void decide(http_server *s, const char *head, const char *body, size_t len, answer *a)
{
    const http_fault *f = s->next_fault < s->n_faults ? &s->fault[s->next_fault++] : NULL;
    *a = (answer){0};
    if (f && f->etag)
        (void)snprintf(s->etag, sizeof s->etag, "%s", f->etag);
    if (f && f->status) {
        a->status = f->status;
        a->len = f->body ? strlen(f->body) : 0;
        a->body = f->body;
    } else if (strncmp(head, "PUT", 3) == 0) {
        take(s, head, body, len, a);
    } else {
        serve(s, head, a);
    }
    if (f) {
        const size_t n = strlen(a->headers);
        (void)snprintf(a->headers + n, sizeof a->headers - n, "%s", f->headers ? f->headers : "");
        a->cut = f->cut;
        a->trickle_ms = f->trickle_ms;
        a->drop = f->drop;
        a->hang = f->hang;
        a->together = f->together;
        a->raw = f->raw;
        a->forever = f->forever;
        a->forever_ms = f->forever_ms;
    }
}

static bool send_all(int fd, const char *at, size_t n)
{
    while (n > 0) {
        const ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* The peer says nothing more until it closes. */
static bool is_closed(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static bool tell_raw(int fd, const answer *a)
{
    bool good = send_all(fd, a->raw, strlen(a->raw));
    while (good && a->forever && !is_closed(fd)) {
        (void)usleep(a->forever_ms * 1000);
        good = send_all(fd, a->forever, strlen(a->forever));
    }
    return false;
}

/* For ten seconds at most: what is tested fails then, and doesn't hang. */
static void wait_for_others(http_server *s, size_t together)
{
    for (int i = 0; i < 10000; i++) {
        (void)pthread_mutex_lock(&s->lock);
        const bool all = s->ending || s->n_requests - s->script_at >= together;
        (void)pthread_mutex_unlock(&s->lock);
        if (all)
            return;
        (void)usleep(1000);
    }
}

/* Returns whether the connection is kept. */
static bool tell(int fd, const answer *a)
{
    char head[1024], byte;
    if (a->hang)
        while (recv(fd, &byte, 1, 0) > 0) {
        }
    if (a->hang || a->drop)
        return false;
    if (a->raw)
        return tell_raw(fd, a);
    const int n = snprintf(head, sizeof head, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n%s\r\n",
                           a->status, a->len, a->headers);
    if (!send_all(fd, head, (size_t)n))
        return false;
    if (a->no_body)
        return true;
    for (size_t i = 0; a->trickle_ms && i < a->len; i++) {
        (void)usleep(a->trickle_ms * 1000);
        if (!send_all(fd, a->body + i, 1))
            return false;
    }
    if (a->trickle_ms)
        return true;
    return send_all(fd, a->body, a->cut && a->cut < a->len ? a->cut : a->len) && !a->cut;
}

/* ---- One connection -------------------------------------------------------------------------- */

/* The head, its NUL behind it, and how much of what follows came with it. */
static bool read_head(int fd, char *head, size_t *ret_head, size_t *ret_have)
{
    size_t have = 0;
    for (;;) {
        const ssize_t n = recv(fd, head + have, HEAD_MAX - 1 - have, 0);
        if (n <= 0)
            return false;
        have += (size_t)n;
        head[have] = '\0';
        char *end = strstr(head, "\r\n\r\n");
        if (end) {
            *ret_head = (size_t)(end - head) + 4;
            *ret_have = have - *ret_head;
            return true;
        }
    }
}

/* NULL without one: a GET allocates nothing, for tests with failing allocations. */
static char *read_body(const connection *c, const char *head, const char *begun, size_t have,
                       size_t *ret_len)
{
    const int fd = c->fd;
    (void)pthread_mutex_lock(&c->s->lock);
    const size_t most = c->s->read_bytes;
    const unsigned pause_ms = c->s->read_ms;
    (void)pthread_mutex_unlock(&c->s->lock);
    const char *length = header_of(head, "\r\nContent-Length: ");
    const size_t len = length ? strtoul(length, NULL, 10) : 0;
    char *body = len ? malloc(len) : NULL;
    if (!body || have > len)
        return body;
    memcpy(body, begun, have);
    if (header_of(head, "\r\nExpect: 100"))
        (void)send_all(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    while (have < len) {
        const size_t left = len - have;
        const ssize_t n = recv(fd, body + have, most && most < left ? most : left, 0);
        if (n <= 0)
            break;
        have += (size_t)n;
        if (most)
            (void)usleep(pause_ms * 1000);
    }
    *ret_len = have;
    return body;
}

static bool one_request(connection *c)
{
    char head[HEAD_MAX];
    size_t at = 0, have = 0, len = 0;
    answer a;
    http_server *s = c->s;
    if (!read_head(c->fd, head, &at, &have))
        return false;
    char *body = read_body(c, head, head + at, have, &len);
    head[at] = '\0';
    (void)pthread_mutex_lock(&s->lock);
    if (s->n_requests < REQUESTS_MAX)
        memcpy(s->head[s->n_requests++], head, at + 1);
    decide(s, head, body, len, &a);
    (void)pthread_mutex_unlock(&s->lock);
    wait_for_others(s, a.together);
    const bool kept = tell(c->fd, &a);
    free(body);
    return kept;
}

static void *talk(void *arg)
{
    connection *c = arg;
    while (one_request(c)) {
    }
    (void)pthread_mutex_lock(&c->s->lock);
    c->open = false;
    c->s->open--;
    (void)close(c->fd);
    (void)pthread_mutex_unlock(&c->s->lock);
    return NULL;
}

static void *listen_to_all(void *arg)
{
    http_server *s = arg;
    for (int fd; (fd = accept(s->fd, NULL, NULL)) >= 0;) {
        (void)pthread_mutex_lock(&s->lock);
        connection *c = s->n < CONNECTIONS_MAX && !s->ending ? &s->at[s->n] : NULL;
        if (c)
            *c = (connection){.s = s, .fd = fd, .open = true};
        if (c && pthread_create(&c->thread, NULL, talk, c) == 0) {
            s->n++;
            s->open++;
            s->most = s->open > s->most ? s->open : s->most;
        } else {
            (void)close(fd);
        }
        (void)pthread_mutex_unlock(&s->lock);
    }
    return NULL;
}

/* ---- The server ------------------------------------------------------------------------------ */

http_server *http_server_start(const void *object, size_t len)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    http_server *s = calloc(1, sizeof *s);
    must(s != NULL);
    s->has_object = object != NULL;
    s->object = copy_of(object ? object : "", object ? len : 0);
    s->len = object ? len : 0;
    (void)snprintf(s->etag, sizeof s->etag, "\"one\"");
    (void)pthread_mutex_init(&s->lock, NULL);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(s->fd >= 0 && bind(s->fd, (struct sockaddr *)&at, sizeof at) == 0 &&
         listen(s->fd, 64) == 0 && getsockname(s->fd, (struct sockaddr *)&at, &n) == 0);
    (void)snprintf(s->url, sizeof s->url, "http://127.0.0.1:%u", (unsigned)ntohs(at.sin_port));
    must(pthread_create(&s->thread, NULL, listen_to_all, s) == 0);
    return s;
}

void http_server_stop(http_server *s)
{
    (void)pthread_mutex_lock(&s->lock);
    s->ending = true;
    (void)shutdown(s->fd, SHUT_RDWR);
    for (size_t i = 0; i < s->n; i++)
        if (s->at[i].open)
            (void)shutdown(s->at[i].fd, SHUT_RDWR);
    (void)pthread_mutex_unlock(&s->lock);
    (void)pthread_join(s->thread, NULL);
    for (size_t i = 0; i < s->n; i++)
        (void)pthread_join(s->at[i].thread, NULL);
    (void)close(s->fd);
    (void)pthread_mutex_destroy(&s->lock);
    free(s->object);
    free(s);
}

const char *http_server_url(const http_server *s)
{
    return s->url;
}

void http_server_script(http_server *s, const http_fault *fault, size_t n)
{
    (void)pthread_mutex_lock(&s->lock);
    must(n <= FAULTS_MAX);
    if (n > 0)
        memcpy(s->fault, fault, n * sizeof *fault);
    s->n_faults = n;
    s->next_fault = 0;
    s->script_at = s->n_requests;
    (void)pthread_mutex_unlock(&s->lock);
}

void http_server_read_slowly(http_server *s, size_t bytes, unsigned pause_ms)
{
    const int object_buffer = (int)bytes;
    (void)pthread_mutex_lock(&s->lock);
    must(setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &object_buffer, sizeof object_buffer) == 0);
    s->read_bytes = bytes;
    s->read_ms = pause_ms;
    (void)pthread_mutex_unlock(&s->lock);
}

size_t http_server_requests(http_server *s)
{
    (void)pthread_mutex_lock(&s->lock);
    const size_t n = s->n_requests;
    (void)pthread_mutex_unlock(&s->lock);
    return n;
}

bool http_server_saw(http_server *s, size_t i, const char *text)
{
    (void)pthread_mutex_lock(&s->lock);
    const bool saw = i < s->n_requests && strstr(s->head[i], text);
    (void)pthread_mutex_unlock(&s->lock);
    return saw;
}

size_t http_server_connections(http_server *s)
{
    (void)pthread_mutex_lock(&s->lock);
    const size_t n = s->n;
    (void)pthread_mutex_unlock(&s->lock);
    return n;
}

size_t http_server_most(http_server *s)
{
    (void)pthread_mutex_lock(&s->lock);
    const size_t n = s->most;
    (void)pthread_mutex_unlock(&s->lock);
    return n;
}
