/* Names of the members of catalog.jsonl, for the code that writes them and the code that reads
 * them. Private to this folder. docs/format.md describes each. */
#ifndef CZ_CATALOG_CATALOG_MEMBERS_H
#define CZ_CATALOG_CATALOG_MEMBERS_H

#include "format/member_names.h"

#define KIND_CATALOG "catalog"

/* Of the header. */
#define CATALOG_CLIPS "clips"
#define CATALOG_SCENES "scenes" /* also of a row */
#define CATALOG_UNREADABLE "unreadable"

/* Of a row, beside those that the commit marker has. */
#define CATALOG_START "start" /* ISO 8601, for people and other programs */
#define CATALOG_END "end"
#define CATALOG_URL "url"
#define CATALOG_DEPLOYMENT "deployment"
#define CATALOG_BLACK_FRAMES "black_frames"
#define CATALOG_LAT "lat"
#define CATALOG_LON "lon"
#define CATALOG_DEPTH "depth"
#define CATALOG_MARKER_BYTES "marker_bytes"
#define CATALOG_MARKER_DIGEST "marker_digest"

/* Of a line of scenes. */
#define CATALOG_SCENES_OF "scenes_of"
#define CATALOG_FIRST "start_frame"
#define CATALOG_LAST "end_frame"
#define CATALOG_REPRESENTATIVE "representative_frame"
#define CATALOG_SIGNATURE "signature"

/* Of a line of a clip that cannot be read, beside CATALOG_UNREADABLE. */
#define CATALOG_ERROR "error"

#endif
