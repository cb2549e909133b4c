/* STAC 1.1: what the Collection and its Items share. Source: SpatioTemporal Asset Catalog
 * specification, version 1.1.0; the extensions File Info 2.1.0 and Processing 1.2.0. */
#ifndef CZ_CLI_EXPORT_STAC_H
#define CZ_CLI_EXPORT_STAC_H

#include "cli/export/export.h"

#define STAC_VERSION "1.1.0"

/* A box in degrees; none where the attributes do not say where the camera is. */
typedef struct stac_box {
    bool known;
    double west, south, east, north;
} stac_box;

/* By geospatial_lat_min, geospatial_lat_max and the same of lon. */
void stac_box_of(stac_box *out, const cJSON *attributes);
/* An array of four numbers. */
cJSON *stac_bbox(const stac_box *box);

/* Add a link. */
void stac_link(cJSON *links, const char *rel, const char *href, const char *type);
/* Add `license`, an SPDX identifier or "other", and for the latter a link to the address that the
 * attribute contains. Nothing without the attribute. */
void stac_license(cJSON *to, cJSON *links, const cJSON *attributes);
/* Add a member with the text of an attribute, if there is one. */
void stac_text(cJSON *to, const char *name, const cJSON *attributes, const char *attribute);
/* Add `platform` and `instruments`. */
void stac_instruments(cJSON *to, const cJSON *attributes);
/* Add an asset: the group `key` of the store; "": its root. Errors: as export_object_address(). */
int stac_asset(cJSON *assets, const char *name, const export_job *j, const char *key,
               const char *role, const char *title, cz_error *err);

/* The Item of the one clip of a job, in the collection `id`. Errors: those of reading, NOMEM. */
int stac_item(cJSON **out, const export_job *one, const char *id, const cJSON *attributes,
              bool has_thumbnail, cz_error *err);
/* A picture of the clip at 1/8 scale, as PNG; *ret_has is false if no frame that was tried can be
 * decoded. Errors: those of reading that are not the frames' own damage, NOMEM. */
int stac_thumbnail(buf *out, bool *ret_has, const export_job *one, cz_error *err);

#endif
