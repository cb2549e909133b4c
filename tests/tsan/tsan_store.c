/* One object_store among threads that put, commit, get, list and remove: no data race, and what is
 * read is always one whole object. */
#include "store/objects/object_store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, ROUNDS = 80, KEYS = 5, LEN = 20000 };

static void check(int ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "tsan_store: %s\n", what);
        exit(EXIT_FAILURE);
    }
}

typedef struct job {
    object_store *os;
    unsigned n;
} job;

static void get(object_store *os, const char *key)
{
    char to[2][LEN / 2];
    os_read r[] = {{.key = key, .len = LEN / 2, .to = to[0]},
                   {.key = key, .offset = LEN / 2, .len = LEN / 2, .to = to[1]}};
    const int rc = os_get(os, r, 2, NULL, NULL);
    check(rc == CZ_OK || rc == CZ_ABSENT, "get");
    for (size_t half = 0; half < 2 && rc == CZ_OK; half++)
        for (size_t i = 1; i < LEN / 2; i++)
            check(to[half][i] == to[half][0], "a mixture of two objects");
}

static int count(void *user, const os_object *o)
{
    check(o->size == LEN, "an object of another size");
    ++*(int *)user;
    return 0;
}

static void *work(void *arg)
{
    const job *j = arg;
    char data[LEN], key[16];
    memset(data, (int)('a' + j->n), sizeof data);
    for (unsigned i = 0; i < ROUNDS; i++) {
        const unsigned what = (i * 7 + j->n * 3) % 10;
        (void)snprintf(key, sizeof key, "d%u/k", (i * 31 + j->n) % KEYS);
        if (what < 4) {
            const os_put_mode mode = what == 0 ? OS_COMMIT : what == 1 ? OS_CREATE : OS_OVERWRITE;
            const int rc = os_put(j->os, key, data, LEN, mode, NULL);
            check(rc == CZ_OK || (mode == OS_CREATE && rc == CZ_EXISTS), "put");
        } else if (what < 8) {
            get(j->os, key);
        } else if (what == 8) {
            const int rc = os_remove(j->os, key, NULL);
            check(rc == CZ_OK || rc == CZ_ABSENT, "remove");
        } else {
            int n = 0;
            check(os_list(j->os, "e", true, count, &n, NULL) == CZ_OK && n == 0, "list");
        }
    }
    return NULL;
}

static void among_threads(object_store *os)
{
    pthread_t t[THREADS];
    job jobs[THREADS];
    int n = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        jobs[i] = (job){os, i};
        check(pthread_create(&t[i], NULL, work, &jobs[i]) == 0, "pthread_create");
    }
    for (unsigned i = 0; i < THREADS; i++)
        check(pthread_join(t[i], NULL) == 0, "pthread_join");
    check(os_list(os, "", false, count, &n, NULL) == CZ_OK && n <= KEYS, "list at the end");
    for (unsigned i = 0; i < KEYS; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "d%u/k", i);
        const int rc = os_remove(os, key, NULL);
        check(rc == CZ_OK || rc == CZ_ABSENT, "remove at the end");
    }
    os_close(&os);
}

int main(void)
{
    char path[] = "/tmp/camzarr-tsan-XXXXXX";
    object_store *os = NULL;
    check(os_memory(&os, NULL) == CZ_OK, "os_memory");
    among_threads(os);
    check(mkdtemp(path) != NULL, "mkdtemp");
    check(os_open(&os, path, false, NULL, NULL) == CZ_OK, "os_open");
    among_threads(os);
    check(remove(path) == 0, "something was left behind");
    return 0;
}
