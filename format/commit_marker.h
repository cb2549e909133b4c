/* The commit marker of a clip: the attributes of the group clips/NAME (docs/format.md).
 *
 * It describes the clip and covers all other objects of it by their digests: those that it lists
 * itself, and the shards and chunks of source/bytes through chunks.jsonl. A parsed marker does not
 * change, so that any number of threads may read it. */
#ifndef CZ_FORMAT_COMMIT_MARKER_H
#define CZ_FORMAT_COMMIT_MARKER_H

#include "store/json/json.h"
#include "store/objects/object_store.h"
#include "store/zarr/zarr.h"

typedef struct marker_object {
    const char *key;    /* below clips/NAME/ */
    uint64_t size;      /* bytes */
    const char *sha256; /* lower-case hex */
} marker_object;

typedef struct commit_marker {
    cz_facts facts; /* the first member: cz_facts_free() casts it to the marker */
    zarr_format zarr;
    const char *fingerprint;
    const char *overview;      /* of the analysis: pictures a second, or "all"; NULL: it has none */
    uint32_t analysis_version; /* of its definitions; 0: it has none */
    uint64_t frame_bytes;      /* bytes of the source that belong to frames */
    uint64_t bytes;            /* of the text that was parsed */
    marker_object *object;     /* in ascending order of key */
    size_t n_objects;
    cJSON *doc;        /* owns all strings above */
    const cJSON *ours; /* in doc: the attribute camzarr */
} commit_marker;

/* Parse n bytes, the commit marker of the clip `name`; `what` names it in messages. The caller owns
 * *out. All numbers are bounded, so that sums and products of them don't overflow. Errors: NEWER,
 * CORRUPT (its digest is wrong), FORMAT (the digest is right, but it is not a commit marker of this
 * clip), NOMEM. */
int commit_marker_parse(commit_marker **out, zarr_format zarr, const void *text, size_t n,
                        const char *name, const char *what, cz_error *err);
/* Fetch it with one request, and parse it. Errors: also USAGE (invalid clip name), ABSENT, and
 * those of os_get_all(). */
int commit_marker_read(commit_marker **out, object_store *os, zarr_format zarr, const char *name,
                       cz_error *err);
void commit_marker_free(commit_marker **m); /* NULL-safe */

/* Whether the text has the digest that it contains (docs/format.md), by the rules of this major
 * version; nothing else is checked. Errors: NOMEM, IO. */
int commit_marker_check_digest(bool *ret_right, const void *text, size_t n, cz_error *err);

/* The 64 digits of the digest in the text of a commit marker; NULL if it has none. */
const char *commit_marker_digest(const void *text, size_t n);

/* The object of this key below clips/NAME/; NULL if the marker does not list it. */
const marker_object *commit_marker_find(const commit_marker *m, const char *rel_key);
/* Number of shards, including those without bytes, and of chunks of source/bytes. */
uint64_t commit_marker_shards(const commit_marker *m);
uint64_t commit_marker_source_chunks(const commit_marker *m);

#endif
