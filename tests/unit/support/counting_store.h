/* An object store that counts the requests to another one, for tests of the number of requests and
 * of round trips. */
#ifndef CZ_TESTS_UNIT_SUPPORT_COUNTING_STORE_H
#define CZ_TESTS_UNIT_SUPPORT_COUNTING_STORE_H

#include "store/objects/object_store.h"

typedef struct counting_store {
    object_store base; /* give out &counting.base */
    object_store *of;
    size_t trips;  /* calls that ask for something and wait for the answer */
    size_t ranges; /* of os_get(), and whole objects */
    size_t bytes;  /* in all ranges of os_get() */
    size_t most;   /* bytes of the largest call of os_get() */
} counting_store;

/* Closing it closes *of, which is moved, but doesn't free c. */
void counting_store_begin(counting_store *c, object_store **of);
void counting_store_reset(counting_store *c); /* the numbers, to 0 */

#endif
