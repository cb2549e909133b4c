/* One source over http, read by several threads at once, one of them front to back, while the
 * server closes connections. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/read_ahead.h"
#include "tests/unit/support/http_server.h"

enum { LEN = 8 << 20, THREADS = 4, ROUNDS = 25, RANGES = 6, RANGE = 20000, FAULTS = 20 };

static char object[LEN];
static source *file;

static void check(bool good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "%s\n", what);
        exit(1);
    }
}

static void *read_ranges(void *arg)
{
    unsigned seed = *(const unsigned *)arg;
    char *got = malloc((size_t)RANGES * RANGE);
    check(got != NULL, "malloc");
    for (int i = 0; i < ROUNDS; i++) {
        os_read r[RANGES];
        net_statistics s = {0};
        for (size_t j = 0; j < RANGES; j++) {
            seed = seed * 1103515245 + 12345;
            r[j] = (os_read){.offset = seed % (LEN - RANGE), .len = RANGE, .to = got + j * RANGE};
        }
        check(source_get(file, r, RANGES, NULL, NULL) == CZ_OK, "source_get");
        for (size_t j = 0; j < RANGES; j++)
            check(memcmp(r[j].to, object + r[j].offset, RANGE) == 0, "other bytes");
        source_statistics(file, &s);
        check(s.requests > 0, "statistics");
    }
    free(got);
    return NULL;
}

static void read_through(void)
{
    enum { STEP = 100000 };
    static char got[STEP];
    read_ahead *a = NULL;
    check(read_ahead_open(&a, file, 0, 2 << 20, NULL) == CZ_OK, "ahead_open");
    for (size_t at = 0; at < LEN; at += STEP) {
        const size_t n = LEN - at < STEP ? LEN - at : STEP;
        check(read_ahead_read(a, at, got, n, NULL) == CZ_OK, "ahead_read");
        check(memcmp(got, object + at, n) == 0, "other bytes");
    }
    read_ahead_close(&a);
}

int main(void)
{
    const cz_network network = {.connections = 6};
    char url[128];
    unsigned seed[THREADS];
    http_fault fault[FAULTS] = {{0}};
    pthread_t thread[THREADS];
    for (size_t i = 0; i < LEN; i++)
        object[i] = (char)(i * 7 + i / 251);
    http_server *server = http_server_start(object, LEN);
    (void)snprintf(url, sizeof url, "%s/x.mov", http_server_url(server));
    check(source_open(&file, url, &network, NULL) == CZ_OK, "source_open");
    for (size_t i = 0; i < FAULTS; i++)
        fault[i] = (http_fault){.drop = i % 5 == 0, .cut = i % 3 == 0 ? 1000 : 0};
    http_server_script(server, fault, FAULTS);
    for (size_t i = 0; i < THREADS; i++) {
        seed[i] = (unsigned)i;
        check(pthread_create(&thread[i], NULL, read_ranges, &seed[i]) == 0, "pthread_create");
    }
    read_through();
    for (size_t i = 0; i < THREADS; i++)
        (void)pthread_join(thread[i], NULL);
    source_close(&file);
    http_server_stop(server);
    return 0;
}
