/* Attributes that the owner of a store gives: license, institution, geospatial_lat_min, ...
 * (docs/format.md, The owner's attributes). They are members of a group's `attributes`, beside
 * those that camzarr writes.
 *
 * Pure; thread-safe. */
#ifndef CZ_FORMAT_OWNER_ATTRIBUTES_H
#define CZ_FORMAT_OWNER_ATTRIBUTES_H

#include <stdbool.h>

#include "store/json/json.h"
#include "store/zarr/node.h"

enum { OWNER_BYTES_MAX = 64 << 10, OWNER_NAME_MAX = 255 };

/* A parsed file of attributes: `plain`, or one or both sections. The others are NULL. */
typedef struct owner_attributes {
    cJSON *doc;         /* owns the members below */
    const cJSON *plain; /* attributes of whatever the caller names */
    const cJSON *store; /* the section "store": of the root */
    const cJSON *clips; /* the section "clips": of every clip */
} owner_attributes;

/* Parse and check n bytes; `what` names them in messages. Free with owner_attributes_free(), also
 * after a failure. Errors: USAGE (not such a file; names the attribute), NOMEM. */
int owner_attributes_parse(owner_attributes *out, const void *text, size_t n, const char *what,
                           cz_error *err);
void owner_attributes_free(owner_attributes *a); /* repeatable */
/* Those for a clip, and for the root where no clip is named; NULL: the file has none for it. */
const cJSON *owner_attributes_for_clip(const owner_attributes *a);
const cJSON *owner_attributes_for_root(const owner_attributes *a);

/* Whether camzarr or a library writes the attribute, so that the owner can neither give nor remove
 * it; and the error that says so, USAGE. */
bool owner_attributes_is_reserved(const char *name);
int owner_attributes_refuse(const char *what, const char *name, cz_error *err);

/* The owner's members of a group's attributes; members with other values, as added by hand, are
 * left out. The caller owns the result. */
cJSON *owner_attributes_of(const cJSON *attributes);
/* Copy the members of `owner` (may be NULL) to `to`. */
void owner_attributes_add(cJSON *to, const cJSON *owner);
/* A copy of the document that holds a group's attributes, with `owner` in place of the owner's
 * attributes that it has: behind camzarr's own ones, before the member "camzarr". */
cJSON *owner_attributes_replace(zarr_format zarr, const cJSON *doc, const cJSON *owner);

#endif
