/* catalog/catalog.jsonl: one object that holds a row for each clip of a store, and the scenes of
 * all clips (docs/format.md, The catalog).
 *
 * Its lines are JSON objects: a header with the numbers of the others; a line a clip, in order of
 * start, then name; a line for each clip that has scenes, in the same order; a line for each clip
 * whose commit marker cannot be read, in order of name; and the digest of all lines before it.
 *
 * Pure. A parsed text does not change, so that any number of threads may read it. */
#ifndef CZ_CATALOG_CATALOG_TEXT_H
#define CZ_CATALOG_CATALOG_TEXT_H

#include "base/digest.h"
#include "format/commit_marker.h"

#define CATALOG_KEY "catalog/catalog.jsonl"
enum {
    CATALOG_MAX = 512 << 20, /* bytes; a larger catalog is not used */
    SIGNATURE_ROWS = 9,
    SIGNATURE_COLUMNS = 16,
    SIGNATURE_BYTES = SIGNATURE_ROWS * SIGNATURE_COLUMNS,
};

/* A part of the text, without its newline. */
typedef struct catalog_line {
    const char *at;
    size_t len;
} catalog_line;

/* A row. Strings are never NULL; "": unknown. */
typedef struct catalog_clip {
    cz_facts facts;
    uint64_t frame_bytes;      /* bytes of the source that belong to frames */
    const char *source_url;    /* where it was read from */
    const char *source_sha256; /* hex */
    const char *overview;      /* pictures a second, or "all"; "": the clip has no analysis */
    int64_t black_frames;      /* -1: not known */
    uint64_t deployment;       /* of CamHD; 0: another camera, or the start is not known */
    double lat, lon, depth;    /* degrees north and east, meters down; NaN: not known */
    uint64_t n_scenes;
    uint64_t marker_bytes; /* size and digest of the commit marker that the row was made from */
    const char *marker_digest;
    catalog_line line;   /* the row's text, and that of its scenes (empty without scenes) */
    catalog_line scenes; /* in a parsed text */
} catalog_clip;

/* A scene; both ends belong to it. */
typedef struct catalog_scene {
    uint32_t clip; /* number of its row */
    uint32_t first, last, representative;
    uint8_t signature[SIGNATURE_BYTES]; /* docs/analysis.md, Signature of a view */
} catalog_scene;

/* A clip whose commit marker is damaged, malformed or of a newer version. */
typedef struct catalog_unreadable {
    const char *name;
    int code; /* CORRUPT, FORMAT, NEWER or DENIED */
} catalog_unreadable;

typedef struct catalog_text {
    catalog_clip *clip; /* in ascending order of start, then name */
    size_t n_clips;
    uint32_t *by_name; /* numbers of the rows, in ascending order of name */
    uint64_t n_scenes;
    catalog_unreadable *unreadable;
    size_t n_unreadable;
    const char *digest; /* 64 digits, without a NUL */
    buf text;
    char *strings; /* those of the rows */
} catalog_text;

/* Parse a catalog, whose text is moved; `what` names it in messages. Scenes are counted, and parsed
 * by catalog_text_scenes(). Memory: the text, its strings, and some 300 bytes a row; a row has more
 * bytes of text. Errors: CORRUPT (its digest is wrong, or it is truncated), NEWER, FORMAT, NOMEM.
 */
int catalog_text_parse(catalog_text **out, buf *text, const char *what, cz_error *err);
void catalog_text_free(catalog_text **c); /* NULL-safe */

/* The row of a clip; NULL if there is none. */
const catalog_clip *catalog_text_find(const catalog_text *c, const char *name);
/* All scenes, n_scenes of them, in the order of the rows, then of frames. The caller owns *out
 * (free()); NULL without scenes. Errors: FORMAT, NOMEM. */
int catalog_text_scenes(catalog_scene **out, const catalog_text *c, cz_error *err);

/* Append lines to a text: the header first, with the numbers of what follows, and the digest last.
 * Errors: NOMEM; FORMAT (a text that cannot be written as JSON). */
int catalog_print_header(buf *out, size_t clips, uint64_t scenes, size_t unreadable, cz_error *err);
int catalog_print_clip(buf *out, const catalog_clip *row, cz_error *err);
int catalog_print_scenes(buf *out, const char *name, const catalog_scene *scene, size_t n,
                         cz_error *err);
int catalog_print_unreadable(buf *out, const char *name, int code, cz_error *err);
int catalog_print_digest(buf *out, cz_error *err);

/* Order of rows: by start, then by name. */
int catalog_clip_order(const catalog_clip *a, const catalog_clip *b);

#endif
