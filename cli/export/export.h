/* The forms that `camzarr export` writes: a row in the table of export.c and a file each. */
#ifndef CZ_CLI_EXPORT_EXPORT_H
#define CZ_CLI_EXPORT_EXPORT_H

#include "cli/options.h"
#include "cli/out_file.h"
#include "store/json/json.h"

typedef struct export_job {
    const options *o;
    cz_store *store; /* NULL where a MOV stands in its place */
    cz_clip **clip;  /* at least one, by their start */
    size_t n_clips;
    const char *place; /* where they come from: a store's address, or a MOV's */
    bool is_store;
    const char *path; /* OUT */
    out_file *to;     /* OUT, while it is written */
} export_job;

/* References (kerchunk's, version 1): every frame as a range of a shard or of the MOV, for Zarr
 * libraries. Errors: USAGE (clips that can't be joined, --source for several), and what reading
 * and writing say. */
int export_kerchunk(const export_job *j, cz_error *err);
/* A netCDF-4 file: the index or, with --frames, pictures. Errors: USAGE (more
 * pictures than fit), UNSUPPORTED (built without netCDF), IO, and what reading says. */
int export_netcdf(const export_job *j, cz_error *err);
/* torchcodec's custom_frame_mappings. Errors: what reading and writing say. */
int export_torchcodec(const export_job *j, cz_error *err);

/* Frames of all clips together. */
uint64_t export_frames(const export_job *j);
/* Attributes of the whole by CF and ACDD: what it is, of which clips, when. NULL-safe. */
void export_describe(cJSON *to, const export_job *j);
/* The owner's attributes: those of the store, and those that all clips have with equal values; a
 * clip's value wins. Errors: what reading says, NOMEM. */
int export_owner_attributes(cJSON *to, const export_job *j, cz_error *err);

#endif
