/* Undoing the last put or remove of a conversion or removal that has lost its clip to another one.
 *
 * A put and the check that the record is still one's own are two requests, so a put or remove may
 * land on an object of the conversion that took the clip over. That conversion lists its objects
 * after it has put its commit marker; the one that lost undoes its request first and then looks for
 * a marker. In either order one of the two notices, and a commit marker that names an object which
 * is absent or has other bytes is removed. */
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
