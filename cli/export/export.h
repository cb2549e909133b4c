/* The export formats: each has a row in the table of cli/verbs/export.c and a source file. */
#ifndef CZ_CLI_EXPORT_EXPORT_H
#define CZ_CLI_EXPORT_EXPORT_H

#include "cli/options.h"
#include "cli/out_file.h"
#include "store/json/json.h"

typedef struct export_job {
    const options *o;
    cz_store *store; /* NULL: a MOV is exported */
    char **name;     /* of the clips, sorted; NULL for a MOV */
    size_t n_names;
    cz_clip **clip; /* open clips, sorted by start; none for forms that take one after the other */
    size_t n_clips;
    const char *place; /* address of the store or the MOV */
    bool is_store;
    const char *path; /* OUT */
    out_file *to;     /* OUT, while it is written; NULL for forms that write a folder */
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
/* A STAC Collection with an Item for each clip, in the folder OUT. Errors: those of reading and
 * writing. */
int export_stac(const export_job *j, cz_error *err);

/* A sound track as WAV. Errors: ABSENT (no sound), UNSUPPORTED (compressed sound), and those of
 * reading and writing. */
int export_wav(const export_job *j, cz_error *err);

/* Metadata of a clip as an iFDO of one video, in JSON. Errors: those of reading and writing. */
int export_ifdo(const export_job *j, cz_error *err);
/* Metadata of videos for BIIGLE, in CSV. Errors: the same. */
int export_biigle(const export_job *j, cz_error *err);
/* Pictures of frames for FathomNet, in CSV. Errors: USAGE (without --source), and the same. */
int export_fathomnet(const export_job *j, cz_error *err);
/* Videos for VARS, in JSON. Errors: UNSUPPORTED (a clip of unknown start), and the same. */
int export_vars(const export_job *j, cz_error *err);

/* Called with a job that has one open clip. */
typedef int (*export_each)(void *user, const export_job *one, cz_error *err);
/* Open the clips one after the other, in the order of their names, and call each(). Errors:
 * CANCELLED, those of cz_clip_open() and those of each(). */
int export_each_clip(const export_job *j, export_each each, void *user, cz_error *err);

/* Frames of all clips together. */
uint64_t export_frames(const export_job *j);
/* Add global attributes by CF and ACDD: title, source, time coverage, ... NULL-safe. */
void export_describe(cJSON *to, const export_job *j);
/* The owner's attributes: those of the store, and those that all clips have with equal values; a
 * clip's value wins. Without an open clip, those of the store. Errors: what reading says, NOMEM. */
int export_owner_attributes(cJSON *to, const export_job *j, cz_error *err);
/* A copy of the members of `a` that `b` has with an equal value. */
cJSON *export_common(const cJSON *a, const cJSON *b);

/* Append the address of the store or the MOV: a path becomes file:// and the absolute path,
 * percent-encoded. Errors: what realpath() says. */
int export_address(buf *out, const char *place, cz_error *err);
/* Append the address of an object of the store: rel_key below its address. Errors: the same. */
int export_object_address(buf *out, const export_job *j, const char *key, cz_error *err);
/* Append the address of the clip's MOV by --source: that address or, if it ends with '/', the MOV
 * in that folder. Appends nothing without --source. */
int export_source_address(buf *out, const export_job *j, cz_error *err);

#endif
