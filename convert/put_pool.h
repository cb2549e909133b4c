/* Threads that put small objects while the next ones are made. See publisher_begin_parallel(). */
#ifndef CZ_CONVERT_PUT_POOL_H
#define CZ_CONVERT_PUT_POOL_H

#include "convert/publish.h"

typedef struct put_pool put_pool;

/* *out is NULL without an error where no thread is to be had: then whoever asks puts by itself. */
int put_pool_new(put_pool **out, publisher *to, unsigned threads, cz_error *err);
/* Takes a copy. Once one has failed the others aren't put any more, and this returns CZ_OK. */
int put_pool_put(put_pool *c, const char *rel_key, const void *data, size_t len, cz_error *err);
/* Waits for all of them. Errors: the first one's. NULL-safe. */
int put_pool_end(put_pool **c, cz_error *err);

/* What each one does (convert/publish.c). */
int publish_listed_now(publisher *p, const char *rel_key, const void *data, size_t len,
                       cz_error *err);

#endif
