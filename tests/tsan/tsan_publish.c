/* Many objects put at once by publisher_begin_parallel()'s threads, one of which fails in the
 * second round; and credentials that all threads use while they are renewed. */
#include "convert/publish.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/cloud/credentials/credentials.h"

#define OURS "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
enum { OBJECTS = 300, PUTS = 8, THREADS = 4, ROUNDS = 200 };

static void check(int ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "tsan_publish: %s\n", what);
        exit(EXIT_FAILURE);
    }
}

/* ---- Objects --------------------------------------------------------------------------------- */

static int refuse_150(void *user, os_op op, const char *key, cz_error *err)
{
    (void)user;
    return op == OS_PUT && strcmp(key, "clips/c/150") == 0 ? cz_fail(err, CZ_FULL, "full") : CZ_OK;
}

static void publish_all(object_store *os, int want)
{
    publisher p;
    check(publisher_init(&p, os, "c", OURS, false, NULL) == CZ_OK, "init");
    check(publisher_begin_parallel(&p, NULL) == CZ_OK, "hurry");
    for (int i = 0; i < OBJECTS; i++) {
        char rest[16];
        (void)snprintf(rest, sizeof rest, "%d", i);
        check(publish_listed(&p, rest, rest, strlen(rest), NULL) == CZ_OK, "listed");
    }
    check(publisher_flush(&p, NULL) == want, "settle");
    check(want < 0 || p.n_objects == OBJECTS, "all of them are listed");
    publisher_free(&p);
}

static void objects(void)
{
    static const char begun[] = "{\"camzarr\":{\"fingerprint\":\"" OURS "\"}}";
    object_store *os = NULL;
    check(os_memory(&os, NULL) == CZ_OK, "memory store");
    os->puts = PUTS;
    check(os_put(os, "clips/c/begun.json", begun, sizeof begun - 1, OS_CREATE, NULL) == CZ_OK,
          "begun.json");
    publish_all(os, CZ_OK);
    os_memory_fault(os, refuse_150, NULL);
    publish_all(os, CZ_FULL);
    os_close(&os);
}

/* ---- Credentials ----------------------------------------------------------------------------- */

/* Every other time they end at once, so that the next one who wants them renews them. */
static int give(void *ctx, bool once, credential *out, cz_error *err)
{
    int *calls = ctx;
    (void)once;
    (void)err;
    *out = (credential){.token = strdup("token"), .expires = ++*calls % 2 ? time(NULL) : 0};
    return CZ_OK;
}

static void *take(void *arg)
{
    credentials *keys = arg;
    for (int i = 0; i < ROUNDS; i++) {
        credential c = {0};
        check(credentials_take(&c, keys, NULL) == CZ_OK, "take");
        check(c.token && strcmp(c.token, "token") == 0, "a token");
        credential_free(&c);
        if (i % 16 == 0)
            (void)credentials_expired(keys);
    }
    return NULL;
}

static void secrets(void)
{
    int calls = 0;
    credentials *keys = NULL;
    pthread_t thread[THREADS];
    check(credentials_renewed(&keys, (credential_source){give, NULL, &calls}, NULL) == CZ_OK,
          "credentials");
    for (size_t i = 0; i < THREADS; i++)
        check(pthread_create(&thread[i], NULL, take, keys) == 0, "thread");
    for (size_t i = 0; i < THREADS; i++)
        (void)pthread_join(thread[i], NULL);
    credentials_close(&keys);
}

int main(void)
{
    objects();
    secrets();
    return 0;
}
