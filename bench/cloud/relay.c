/* relay PORT MILLISECONDS: a port on loopback that adds latency to another one and nothing else.
 *
 * Prints its own port, and runs until it is killed. Bytes are forwarded in order, half a round trip
 * after they arrived, without a limit of bandwidth. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/queue.h"

enum { PIECE = 256 << 10, UNDER_WAY = 256 };

typedef struct piece {
    struct timespec due;
    size_t len;
    char data[PIECE];
} piece;

/* One direction of a connection. */
typedef struct direction {
    int from, to;
    queue *under_way;
} direction;

static long delay_ns;

static void fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static void *give(void *arg)
{
    direction *d = arg;
    for (piece *p; (p = queue_pop(d->under_way)); free(p)) {
        (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &p->due, NULL);
        for (size_t sent = 0; sent < p->len;) {
            const ssize_t n = send(d->to, p->data + sent, p->len - sent, MSG_NOSIGNAL);
            if (n < 0)
                break; /* the other end has closed: discard the data */
            sent += (size_t)n;
        }
    }
    (void)shutdown(d->to, SHUT_WR);
    return NULL;
}

static void *take(void *arg)
{
    direction *d = arg;
    for (;;) {
        piece *p = malloc(sizeof *p);
        const ssize_t n = p ? recv(d->from, p->data, PIECE, 0) : -1;
        if (n <= 0) {
            free(p);
            break;
        }
        p->len = (size_t)n;
        (void)clock_gettime(CLOCK_MONOTONIC, &p->due);
        p->due.tv_nsec += delay_ns;
        p->due.tv_sec += p->due.tv_nsec / 1000000000;
        p->due.tv_nsec %= 1000000000;
        if (!queue_push(d->under_way, p))
            free(p);
    }
    queue_close(d->under_way);
    return NULL;
}

static void start(pthread_t *t, void *(*run)(void *), void *arg)
{
    if (pthread_create(t, NULL, run, arg) != 0)
        fail("thread");
}

static int upstream(int port)
{
    const struct sockaddr_in there = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int s = socket(AF_INET, SOCK_STREAM, 0);
    if (s < 0 || connect(s, (const struct sockaddr *)&there, sizeof there) < 0)
        fail("connect");
    return s;
}

typedef struct connection {
    int client, port;
} connection;

static void *serve(void *arg)
{
    connection *c = arg;
    const int one = 1, up = upstream(c->port);
    direction way[2] = {{.from = c->client, .to = up}, {.from = up, .to = c->client}};
    pthread_t thread[4];
    for (size_t i = 0; i < 2; i++) {
        (void)setsockopt(way[i].to, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (queue_new(&way[i].under_way, UNDER_WAY, NULL) < 0)
            fail("queue");
        start(&thread[2 * i], take, &way[i]);
        start(&thread[2 * i + 1], give, &way[i]);
    }
    for (int i = 0; i < 4; i++)
        (void)pthread_join(thread[i], NULL);
    for (int i = 0; i < 2; i++)
        queue_free(&way[i].under_way);
    (void)close(c->client);
    (void)close(up);
    free(c);
    return NULL;
}

int main(int argc, char **argv)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof here;
    if (argc != 3) {
        (void)fprintf(stderr, "usage: relay PORT MILLISECONDS\n");
        return EXIT_FAILURE;
    }
    const int port = (int)strtol(argv[1], NULL, 10), s = socket(AF_INET, SOCK_STREAM, 0);
    delay_ns = (long)(strtod(argv[2], NULL) * 1e6 / 2);
    if (s < 0 || bind(s, (const struct sockaddr *)&here, sizeof here) < 0 || listen(s, 64) < 0 ||
        getsockname(s, (struct sockaddr *)&here, &len) < 0)
        fail("listen");
    (void)printf("%d\n", ntohs(here.sin_port));
    (void)fflush(stdout);
    for (;;) {
        pthread_t t;
        connection *c = malloc(sizeof *c);
        if (!c)
            fail("memory");
        *c = (connection){.client = accept(s, NULL, NULL), .port = port};
        if (c->client < 0)
            fail("accept");
        start(&t, serve, c);
        (void)pthread_detach(t);
    }
}
