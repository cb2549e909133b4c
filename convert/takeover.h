/* Undoing the last put or remove of a process (conversion or removal) whose clip was claimed by
 * another one.
 *
 * Checking the record and putting an object are two requests, so a put or remove of the old process
 * A may change an object of the new process B:
 *
 *     A: 1. put or remove the object    2. read the record: it is B's
 *        3. after a put: remove the object, unless B has a commit marker that names it
 *        4. read B's commit marker; remove it if it names the object, which is absent or different
 *     B: 1. put the objects              2. put the commit marker
 *        3. list the objects; withdraw the marker if one is absent or has another size
 *
 * Either step 3 of B comes after step 3 of A and finds the difference, or the marker exists in
 * step 4 of A. In both cases no commit marker remains that names an absent or different object. */
#ifndef CZ_CONVERT_TAKEOVER_H
#define CZ_CONVERT_TAKEOVER_H

#include "convert/pass_result.h"
#include "store/objects/object_store.h"

/* After a put of o, with the bytes `data`. Errors are ignored: verify finds what remains. */
void takeover_undo_put(object_store *os, zarr_format zarr, const char *clip, const published *o,
                       const void *data);
/* After a remove. */
void takeover_undo_remove(object_store *os, zarr_format zarr, const char *clip,
                          const char *rel_key);

#endif
