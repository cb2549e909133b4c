/* Putting the commit marker of a clip again, with another text: other attributes of the owner, or
 * another analysis.
 *
 *     marker_change c = {.os = os, .zarr = zarr, .name = name};
 *     rc = marker_change_read(&c, &err);                        // c.marker, c.text
 *     c.record = ...;
 *     rc = marker_change_begin(&c, false, &err);                // the record is there
 *     rc = marker_change_put(&c, &after, &err);                 // once, or several times
 *     rc = marker_change_end(&c, rc, &err);                     // it is gone
 *     marker_change_free(&c);
 *
 * The caller holds the clip's lock, if the store has locks. Without locks the conversion record
 * keeps others apart: a conversion or a removal that takes the clip over replaces it, and the
 * marker that was put is then removed again. Used by one thread. */
#ifndef CZ_CONVERT_MARKER_CHANGE_H
#define CZ_CONVERT_MARKER_CHANGE_H

#include "base/buf.h"
#include "format/commit_marker.h"
#include "format/layout.h"

typedef struct marker_change {
    object_store *os;
    zarr_format zarr;
    const char *name;
    const char *record;    /* fingerprint in the conversion record meanwhile */
    char key[KEY_MAX];     /* of the commit marker */
    commit_marker *marker; /* as it was read */
    buf text;              /* of the marker that is there */
} marker_change;

/* Read the marker, once. Errors: USAGE (invalid clip name), ABSENT, and as commit_marker_read(). */
int marker_change_read(marker_change *c, cz_error *err);
void marker_change_free(marker_change *c); /* repeatable */

/* Put the conversion record, or find one of the same fingerprint: a killed process left it or, in a
 * store without locks, a process that makes the same change is under way. `replace`: that of
 * another conversion as well, which must be known to have ended. Errors: EXISTS (another conversion
 * or a removal is under way, or was interrupted), and the store's. */
int marker_change_begin(const marker_change *c, bool replace, cz_error *err);

/* Put the marker again; it is durable, as all that was put before, when this returns. `after` is
 * moved. Errors: CHANGED (the marker is not the one that c->text has, or another conversion or
 * removal took the clip over; the marker that was put is removed again), and the store's. */
int marker_change_put(marker_change *c, buf *after, cz_error *err);

/* Remove the record. rc is the result so far, and is returned if it is a failure. Errors: CHANGED
 * as above. */
int marker_change_end(const marker_change *c, int rc, cz_error *err);

#endif
