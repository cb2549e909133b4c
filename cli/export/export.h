/* The export formats: each has a row in the table of cli/verbs/export.c and a source file. */
#ifndef CZ_CLI_EXPORT_EXPORT_H
#define CZ_CLI_EXPORT_EXPORT_H

#include "cli/options.h"
#include "cli/out_file.h"
#include "store/json/json.h"

typedef struct export_job {
    const options *o;
    cz_store *store; /* NULL: a MOV is exported */
    cz_clip **clip;  /* at least one, sorted by start */
    size_t n_clips;
    const char *place; /* address of the store or the MOV */
    bool is_store;
    const char *path; /* OUT */
    out_file *to;     /* OUT, while it is written */
} export_job;

/* References (kerchunk's, version 1): every frame as a range of a shard or of the MOV, for Zarr
 * libraries. Errors: USAGE (clips that cannot be joined, --source for several), and those of
 * reading and writing. */
int export_kerchunk(const export_job *j, cz_error *err);
/* A netCDF-4 file: the index or, with --frames, pictures. Errors: USAGE (more
 * pictures than fit), UNSUPPORTED (built without netCDF), IO, and those of reading. */
int export_netcdf(const export_job *j, cz_error *err);
/* torchcodec's custom_frame_mappings. Errors: those of reading and writing. */
int export_torchcodec(const export_job *j, cz_error *err);

/* Frames of all clips together. */
uint64_t export_frames(const export_job *j);
/* Add global attributes by CF and ACDD: title, source, time coverage, ... NULL-safe. */
void export_describe(cJSON *to, const export_job *j);
/* The owner's attributes: those of the store, and those that all clips have with equal values; a
 * clip's value wins. Errors: what reading says, NOMEM. */
int export_owner_attributes(cJSON *to, const export_job *j, cz_error *err);

#endif
