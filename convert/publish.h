/* Putting a clip's objects, and keeping the list of them for the commit marker.
 *
 * Every object of a clip is put here, so each has its size and digest recorded. An object that is
 * there with the same bytes is not put again. publish() and publish_listed() may be called by any
 * number of threads at once; all else belongs to one thread. */
#ifndef CZ_CONVERT_PUBLISH_H
#define CZ_CONVERT_PUBLISH_H

#include <pthread.h>
#include <stdbool.h>

#include "base/workers.h"
#include "convert/pass_result.h"
#include "store/json/json.h"
#include "store/objects/object_store.h"

typedef struct publisher {
    object_store *os;
    zarr_format zarr;        /* of the store; set by the caller after publisher_init() */
    const char *name;        /* of the clip */
    const char *fingerprint; /* that the conversion record must have while objects are put */
    bool keep;               /* compare with the existing object before each put */
    pthread_mutex_t lock;    /* of the members below */
    uint64_t bytes_written;
    workers *pool;     /* between publisher_begin_parallel() and publisher_flush() */
    published *object; /* for the commit marker, in the order of the puts */
    size_t n_objects, room;
} publisher;

int publisher_init(publisher *p, object_store *os, const char *name, const char *fingerprint,
                   bool keep, cz_error *err);
void publisher_free(publisher *p);

/* Put one object; its size and digest go to *ret. Errors: CHANGED (another conversion or removal
 * claimed the clip), and the store's. */
int publish(publisher *p, published *ret, const char *rel_key, const void *data, size_t len,
            cz_error *err);
/* The same, and add it to the list for the commit marker. */
int publish_listed(publisher *p, const char *rel_key, const void *data, size_t len, cz_error *err);
/* For many small objects: from here on publish_listed() hands a copy to worker threads, as many as
 * object_store.puts says, and may return before the put. publisher_flush() waits for all puts and
 * returns the first error. */
int publisher_begin_parallel(publisher *p, cz_error *err);
int publisher_flush(publisher *p, cz_error *err);
/* Print a JSON document and publish_listed() it. Frees doc; NULL (it could not be allocated) is
 * NOMEM. */
int publish_doc(publisher *p, const char *rel_key, cJSON *doc, cz_error *err);

/* CHANGED unless the conversion record has the publisher's fingerprint. */
int publish_check_owner(publisher *p, cz_error *err);
/* It is in the list for the commit marker. */
bool publish_has(const publisher *p, const char *rel_key);

#endif
