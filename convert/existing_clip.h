/* The state of the clip in the store before it is converted, and the start of the conversion.
 *
 * In stores without locks the order of these steps prevents two conversions, or a conversion and a
 * removal, from publishing a mixture. A killed conversion can be resumed in any store
 * (docs/architecture.md, The commit marker). */
#ifndef CZ_CONVERT_EXISTING_CLIP_H
#define CZ_CONVERT_EXISTING_CLIP_H

#include "convert/conversion.h"

typedef enum existing_clip {
    CLIP_ABSENT,        /* neither commit marker nor conversion record */
    CLIP_INTERRUPTED,   /* this conversion, incomplete */
    CLIP_UNREADABLE,    /* a record that a crash left incomplete; no object was put after it */
    CLIP_BEING_REMOVED, /* a removal's record; the commit marker is gone */
    CLIP_COMPLETE,      /* this conversion, complete */
    CLIP_DAMAGED,       /* the same, but objects were changed or removed since */
    CLIP_CONFLICTING,   /* another source, or other options */
} existing_clip;

/* Read the record and the commit marker. A clip that differs in its analysis alone is the same
 * clip, unless the job overwrites: its rate of the overview and its fingerprint become the
 * conversion's, so that it stays as it is. Sets c->has_commit_marker and c->has_removal, c's
 * clip_attributes, and of a complete clip the report's MD5 and damaged_frames. Errors: the store's.
 */
int existing_clip_read(existing_clip *out, conversion *c, cz_error *err);
/* Set the rate of the overview, and the fingerprint with it. Errors: NOMEM, and those of reading
 * the source. */
int conversion_set_overview(conversion *c, overview_rate rate, cz_error *err);
/* Compare a CLIP_COMPLETE with a listing: where an object is missing or has another size, *clip
 * becomes CLIP_DAMAGED, and c->damage and c->n_damaged are set. Errors: CHANGED (the marker is
 * gone), and the store's. */
int existing_clip_check(existing_clip *clip, conversion *c, cz_error *err);
/* Set the error for a clip that the job may not replace. Returns EXISTS. */
int existing_clip_refuse(const conversion *c, cz_error *err);
/* Write the conversion record and remove the commit marker, if there is one. Errors: EXISTS or
 * CHANGED (another conversion began, or ended, since existing_clip_read()), and the store's. */
int claim_clip(conversion *c, existing_clip clip, cz_error *err);

#endif
