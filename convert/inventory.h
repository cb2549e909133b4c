/* The objects that a clip must have, by key and size, compared with a listing of its folder.
 *
 * A listing is one request for each 1000 objects, so that this costs far less than reading them. It
 * finds objects that are missing or have another size. It does not find other bytes of the same
 * size: cz_verify() does. */
#ifndef CZ_CONVERT_INVENTORY_H
#define CZ_CONVERT_INVENTORY_H

#include "convert/pass_result.h"
#include "format/commit_marker.h"

typedef struct inventory_item {
    char rel_key[REL_KEY_MAX]; /* of the key, behind "clips/NAME/" */
    uint64_t size;
    char sha256[SHA256_HEX + 1];
    bool found; /* set by inventory_check() */
} inventory_item;

/* Zero-initialise before. */
typedef struct inventory {
    inventory_item *at;
    size_t n, room;
} inventory;
void inventory_free(inventory *v); /* NULL-safe, repeatable */

/* Add objects that were put; those without a rel_key are skipped. Call inventory_sort() after the
 * last addition and before the inventory is used. Errors: NOMEM. */
int inventory_add(inventory *v, const published *o, uint64_t n, cz_error *err);
void inventory_sort(inventory *v);

/* The objects that a commit marker names, directly and in chunks.jsonl. Errors: NOMEM, FORMAT,
 * CORRUPT and ABSENT (of chunks.jsonl), and the store's. */
int inventory_of_marker(inventory *out, object_store *os, const commit_marker *m, const char *clip,
                        cz_error *err);

/* NULL if the inventory does not have it. */
const inventory_item *inventory_find(const inventory *v, const char *rel_key);

/* List the clip's objects. *ret_wrong counts those that are missing or of another size; the first
 * one is described in what ("KEY: WHY"). Errors: the store's. */
enum { INVENTORY_WHAT = 256 };
int inventory_check(inventory *v, object_store *os, const char *clip, size_t *ret_wrong,
                    char what[INVENTORY_WHAT], cz_error *err);

#endif
