/* What the store has of the clip before it is converted, and the start of a conversion there.
 *
 * The order of these steps keeps apart two conversions, or a conversion and a removal, in stores
 * without locks, and makes a killed one harmless everywhere (docs/architecture.md, The commit
 * marker). */
#ifndef CZ_CONVERT_EXISTING_CLIP_H
#define CZ_CONVERT_EXISTING_CLIP_H

#include <camzarr.h>

#include "convert/inventory.h"
#include "convert/plan.h"
#include "convert/warnings.h"
#include "format/owner_attributes.h"
#include "source/read_ahead.h"
#include "source/source.h"
#include "store/objects/object_store.h"

/* What a conversion holds from beginning to end. */
typedef struct conversion {
    const cz_convert_job *job;
    cz_report *report;
    source *source;
    read_ahead *read_ahead; /* while a file without tables is searched for frames */
    mov_input in;
    mov_movie *movie;
    plan plan;
    object_store *os;     /* the caller's, or `opened` */
    object_store *opened; /* closed with the conversion; NULL: the store is the caller's */
    char name[CLIP_NAME_MAX + 1];
    char fingerprint[SHA256_HEX + 1];
    char sidecar[MD5_HEX + 1];   /* MD5 that the file beside the source gives; "" without one */
    owner_attributes attributes; /* of the job */
    cJSON *clip_attributes; /* the owner's, of the clip that was there; NULL: none, or no clip */
    warnings warnings;
    char damage[INVENTORY_WHAT]; /* of a clip that was whole: the first of n_damaged objects */
    size_t n_damaged;
    bool has_commit_marker; /* as of the last existing_clip_read() */
    bool has_removal;       /* the same, of a removal's record */
} conversion;

static inline zarr_format conversion_zarr(const conversion *c)
{
    return (zarr_format)c->job->zarr_format;
}

typedef enum existing_clip {
    CLIP_ABSENT,     /* neither commit marker nor conversion record */
    CLIP_STARTED,    /* this conversion, interrupted */
    CLIP_UNREADABLE, /* a record that a crash left incomplete; no object was put after it */
    CLIP_REMOVAL,    /* an interrupted removal; the commit marker is gone */
    CLIP_WHOLE,      /* this conversion, finished */
    CLIP_DAMAGED,    /* the same, but objects were changed or removed since */
    CLIP_OTHER,      /* another source, or other options */
} existing_clip;

/* Read the record and the commit marker; sets c->has_commit_marker and c->has_removal, c's
 * clip_attributes, and of a whole clip the report's MD5 and damaged_frames. Errors: the store's. */
int existing_clip_read(existing_clip *out, conversion *c, cz_error *err);
/* Compare a CLIP_WHOLE with a listing: where an object is missing or has another size, *clip
 * becomes CLIP_DAMAGED, and c->damage and c->n_damaged are set. Errors: CHANGED (the marker is
 * gone), and the store's. */
int existing_clip_check(existing_clip *clip, conversion *c, cz_error *err);
/* The error of a clip that the job may not replace. */
int existing_clip_refuse(const conversion *c, cz_error *err);
/* Write the conversion record and remove the commit marker, if there is one. Errors: EXISTS or
 * CHANGED (another conversion began, or ended, since existing_clip_read()), and the store's. */
int existing_clip_take(conversion *c, existing_clip clip, cz_error *err);

#endif
