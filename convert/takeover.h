/* What an actor that lost a clip to another one does about its last write, which may have arrived
 * after the other's.
 *
 * A write and the check that the clip is still one's own are two steps. So a put or a remove may
 * land on an object of the conversion that took the clip over. That conversion lists its objects
 * after it has put its mark; the loser acts first and looks for a mark then. In either order one of
 * the two finds what is wrong, and a mark that names an object that isn't there, or isn't the one
 * that was put, does not stay. */
#ifndef CZ_CONVERT_TAKEOVER_H
#define CZ_CONVERT_TAKEOVER_H

#include "convert/pass_result.h"
#include "store/objects/object_store.h"

/* After a put of o, whose bytes are data, by the loser. Failures leave things as they are. */
void takeover_undo_put(object_store *os, zarr_format zarr, const char *clip, const published *o,
                       const void *data);
/* After a remove of `rest` by the loser. */
void takeover_undo_remove(object_store *os, zarr_format zarr, const char *clip,
                          const char *rel_key);

#endif
