/* Names of the members of a clip's JSON documents, for the code that writes them and the code that
 * reads them. Private to format/ and catalog/. docs/format.md describes each. */
#ifndef CZ_FORMAT_MEMBER_NAMES_H
#define CZ_FORMAT_MEMBER_NAMES_H

/* Attributes of every group but a clip's, beside those of CF and ACDD: texts, since netCDF, to
 * which xarray writes the attributes of a group, has no objects. Every name that begins with
 * "camzarr" is reserved. */
#define ATTRIBUTE_FORMAT "camzarr_format"
#define ATTRIBUTE_KIND "camzarr_kind"
#define ATTRIBUTE_ANALYSIS_VERSION "camzarr_analysis_version"
#define ATTRIBUTE_SPECIFICATION "camzarr_specification" /* of the root alone */

/* The attribute of a clip's group, and the member of the conversion record, that holds all other
 * members. */
#define MEMBER_CAMZARR "camzarr"

/* Of the commit marker and the conversion record. */
#define MEMBER_FORMAT "format"
#define MEMBER_KIND "kind"
#define KIND_STORE "store"
#define KIND_CLIPS "clips"
#define KIND_CLIP "clip"
#define MEMBER_FINGERPRINT "fingerprint"
#define MEMBER_SOURCE "source"
#define MEMBER_NAME "name" /* of the clip and, in MEMBER_SOURCE, of its file */
#define MEMBER_BYTES "bytes"

/* Of the commit marker. */
#define MEMBER_SOFTWARE "software"
#define MEMBER_FRAMES "frames"
#define MEMBER_WIDTH "width"
#define MEMBER_HEIGHT "height"
#define MEMBER_CODEC "codec"
#define MEMBER_CHROMA "chroma"
#define MEMBER_ALPHA_BITS "alpha_bits"
#define MEMBER_INTERLACE "interlace"
#define MEMBER_PRIMARIES "primaries"
#define MEMBER_TRANSFER "transfer"
#define MEMBER_MATRIX "matrix"
#define MEMBER_FRAME_RATE "frame_rate"
#define MEMBER_FRAME_RATE_FROM "frame_rate_from"
#define MEMBER_TIMESCALE "timescale"
#define MEMBER_FRAMES_PER_SHARD "frames_per_shard"
#define MEMBER_START "start_ns"
#define MEMBER_END "end_ns"
#define MEMBER_START_FROM "start_from"
#define MEMBER_NAME_TIME "name_time"
#define MEMBER_HEADER_TIME "header_time"
#define MEMBER_RECOVERED "recovered"
#define MEMBER_DAMAGED_FRAMES "damaged_frames"
#define MEMBER_MD5 "md5"                 /* in MEMBER_SOURCE */
#define MEMBER_FRAME_BYTES "frame_bytes" /* in MEMBER_SOURCE */
#define MEMBER_AUDIO "audio"
#define MEMBER_TIMECODE "timecode"
#define MEMBER_ANALYSIS "analysis" /* of a clip that has one; with MEMBER_VERSION, _OVERVIEW */
#define MEMBER_VERSION "version"
#define MEMBER_OVERVIEW "overview"
#define MEMBER_WARNINGS "warnings"
#define MEMBER_OBJECTS "objects"
#define MEMBER_DIGEST "digest"

/* Of a document of Zarr version 3. */
#define MEMBER_ATTRIBUTES "attributes"
#define MEMBER_CONSOLIDATED "consolidated_metadata"
#define MEMBER_METADATA "metadata" /* in MEMBER_CONSOLIDATED */

/* Of an audio track in the commit marker. */
#define MEMBER_TRACK "track"
#define MEMBER_CHANNELS "channels"
#define MEMBER_BITS "bits"
#define MEMBER_RATE "rate"

/* Of an object in the commit marker, and of a line of the chunk list; MEMBER_SHA256 also of the
 * commit marker's source. */
#define MEMBER_KEY "key"
#define MEMBER_SIZE "size"
#define MEMBER_SHA256 "sha256"

#endif
