/* The text of a commit marker. commit_marker_parse() is the opposite direction.
 *
 * Pure; thread-safe. */
#ifndef CZ_FORMAT_COMMIT_MARKER_WRITE_H
#define CZ_FORMAT_COMMIT_MARKER_WRITE_H

#include "base/buf.h"
#include "format/commit_marker.h"

typedef struct marker_audio {
    uint32_t track; /* its id in the MOV */
    char codec[5];
    uint64_t channels, bits, rate;
} marker_audio;

/* What a marker says beyond what is read back from it. Nothing is kept. */
typedef struct marker_details {
    uint8_t primaries, transfer; /* codes of the frames (RDD 36) */
    const char *frame_rate_from; /* "tables", "assumed", "frame_header" */
    uint32_t timescale;
    bool has_start; /* facts.start is an absolute time */
    bool has_name_time, has_header_time;
    int64_t name_time, header_time; /* ns since 1970 */
    const char *source_sha256;      /* NULL: not computed */
    const marker_audio *audio;
    size_t n_audio;
    const char *timecode;      /* NULL: the MOV has none */
    unsigned analysis_version; /* of the definitions; 0: the clip has no analysis */
    const char *overview;      /* pictures a second, or "all" */
    const char *const *warning;
    size_t n_warnings;
    const cJSON *metadata; /* version 3: consolidated metadata, documents by path; or NULL */
    const cJSON *owner;    /* the owner's attributes (format/owner_attributes.h); or NULL */
} marker_details;

/* Append the text of the clip's own document, with its digest. m has everything but doc and ours;
 * its objects are in ascending order of key. The text is parsed again and compared with m; `what`
 * names it in messages. Errors: NOMEM, CORRUPT (it does not read back as it was written), and those
 * of commit_marker_parse(). */
int commit_marker_print(buf *out, const commit_marker *m, const marker_details *details,
                        const char *what, cz_error *err);
/* The text of a parsed marker with other owner's attributes, and with the digest of that text. All
 * else stays as it is. Errors: as commit_marker_print(). */
int commit_marker_rewrite(buf *out, const commit_marker *m, const cJSON *owner, const char *what,
                          cz_error *err);

/* Another analysis of a clip. */
typedef struct marker_analysis {
    const char *fingerprint;     /* of a conversion with this analysis */
    unsigned version;            /* of the definitions; 0: no analysis */
    const char *overview;        /* pictures a second, or "all" */
    const marker_object *object; /* objects of its groups, in ascending order of key */
    size_t n_objects;
    const cJSON *metadata; /* version 3: consolidated metadata of its groups, by path; or NULL */
} marker_analysis;

/* The text of a parsed marker with another analysis, as a conversion of that fingerprint prints it.
 * All else stays as it is. Errors: as commit_marker_print(). */
int commit_marker_rewrite_analysis(buf *out, const commit_marker *m, const marker_analysis *with,
                                   const char *what, cz_error *err);

#endif
