/* The commit mark of a clip: the attributes of the group clips/NAME (docs/format.md, The commit
 * mark).
 *
 * It says what the clip is and covers all of its other objects by their digests: those that it
 * lists by itself, the shards and chunks of source/bytes through chunks.jsonl. A mark that could be
 * read doesn't change: share it freely. */
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
    cz_facts facts; /* the first member: cz_facts_free() finds the mark by it */
    zarr_format zarr;
    const char *fingerprint;
    uint64_t frame_bytes;  /* how many bytes of the source are frames */
    marker_object *object; /* in ascending order of key */
    size_t n_objects;
    cJSON *doc;        /* all strings above are its own */
    const cJSON *ours; /* in doc: the member camzarr of the attributes */
} commit_marker;

/* Parse the n bytes of the mark of the clip `name`; `what` names them in messages. The caller owns
 * *out. Every number is bounded: what a caller computes from them doesn't overflow.
 * Errors: NEWER, CORRUPT (its digest is wrong), FORMAT (sound, but not the mark of this clip),
 * NOMEM. */
int commit_marker_parse(commit_marker **out, zarr_format zarr, const void *text, size_t n,
                        const char *name, const char *what, cz_error *err);
/* Fetch it, in one request, and parse it. Errors also: USAGE (no name of a clip), ABSENT, and what
 * reading says. */
int commit_marker_read(commit_marker **out, object_store *os, zarr_format zarr, const char *name,
                       cz_error *err);
void commit_marker_free(commit_marker **m); /* NULL-safe */

/* Whether the digest in the text is that of the text (see format.md): by the rules of this major
 * version, and without a look at anything else. Errors: NOMEM, IO. */
int commit_marker_check_digest(bool *ret_right, const void *text, size_t n, cz_error *err);

/* The object below clips/NAME/ that is so called; NULL if the mark lists none. */
const marker_object *commit_marker_find(const commit_marker *m, const char *rel_key);
/* Shards that the frames need, those without a byte included; and chunks of source/bytes. */
uint64_t commit_marker_shards(const commit_marker *m);
uint64_t commit_marker_source_chunks(const commit_marker *m);

#endif
