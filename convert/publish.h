/* Putting a clip's objects, and keeping the list of them that the commit mark ends with.
 *
 * Every object of a clip goes through here, so that nothing is published whose digest isn't written down. What is
 * there already and right isn't written again. Any number of threads may put at once. */
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
    zarr_format zarr;        /* of the store; set by the caller */
    const char *name;        /* the clip's */
    const char *fingerprint; /* what begun.json must hold as long as we write */
    bool keep;               /* look whether an object is there and right before it is written */
    pthread_mutex_t lock;    /* of what follows */
    uint64_t bytes_written;
    workers *pool;     /* between publisher_begin_parallel() and publisher_flush() */
    published *object; /* those that the mark lists, in the order in which they were put */
    size_t n_objects, room;
} publisher;

int publisher_init(publisher *p, object_store *os, const char *name, const char *fingerprint,
                   bool keep, cz_error *err);
void publisher_free(publisher *p);

/* Put one object; its size and digest go to *ret. Errors: CHANGED when the clip is no longer ours to write, and the
 * store's. */
int publish(publisher *p, published *ret, const char *rel_key, const void *data, size_t len,
            cz_error *err);
/* The same, and list it for the mark. */
int publish_listed(publisher *p, const char *rel_key, const void *data, size_t len, cz_error *err);
/* Many small objects: from here on publish_listed() hands them to threads, where puts mostly wait (see
 * object_store.puts), and may return before they are there; publisher_flush() waits for them and says
 * what failed. Whether the clip is still ours is asked before each put, and at the end. */
int publisher_begin_parallel(publisher *p, cz_error *err);
int publisher_flush(publisher *p, cz_error *err);
/* A JSON document; deletes doc, which may be NULL for one that memory didn't suffice to build. */
int publish_doc(publisher *p, const char *rel_key, cJSON *doc, cz_error *err);

/* CHANGED unless the clip's begun.json is there and holds our fingerprint. */
int publish_check_owner(publisher *p, cz_error *err);
/* Was `rest` listed? */
bool publish_has(const publisher *p, const char *rel_key);

#endif
