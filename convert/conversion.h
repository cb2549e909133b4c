/* The state that the steps of a conversion share: convert.c and existing_clip.c. */
#ifndef CZ_CONVERT_CONVERSION_H
#define CZ_CONVERT_CONVERSION_H

#include <camzarr.h>

#include "convert/inventory.h"
#include "analyse/overview_frames.h"
#include "convert/plan.h"
#include "convert/warnings.h"
#include "format/owner_attributes.h"
#include "source/read_ahead.h"
#include "source/source.h"
#include "store/objects/object_store.h"

/* The state of a conversion, from checking the job to releasing everything. */
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
    overview_rate overview; /* the job's, or that of the clip that is there already */
    char fingerprint[SHA256_HEX + 1];
    char sidecar[MD5_HEX + 1];   /* MD5 of the .md5 file beside the source; "" without one */
    owner_attributes attributes; /* of the job */
    cJSON *clip_attributes;      /* the owner's, of the existing clip; NULL: none, or no clip */
    warnings warnings;
    char damage[INVENTORY_WHAT]; /* of an existing clip: the first of n_damaged objects */
    size_t n_damaged;
    bool has_commit_marker; /* as of the last existing_clip_read() */
    bool has_removal;       /* the same, of a removal's record */
} conversion;

static inline zarr_format conversion_zarr(const conversion *c)
{
    return (zarr_format)c->job->zarr_format;
}

#endif
