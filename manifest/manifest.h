/* A manifest: the sources of an ingest, one row for each clip.
 *
 * Rows come from listings (manifest/listing.h) and from manifests that were written before. They
 * are kept in some 200 bytes each: 80 and the text of the address. A manifest belongs to one thread
 * while it is changed; afterwards any number of threads may read it. */
#ifndef CZ_MANIFEST_MANIFEST_H
#define CZ_MANIFEST_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "store/json/json.h"

enum {
    MANIFEST_MD5 = 16,          /* bytes */
    MANIFEST_SOURCE_MAX = 8192, /* bytes of a path or address */
};
#define MANIFEST_SIZE_UNKNOWN UINT64_MAX

/* What is known to be wrong with a source. Such rows stay in the manifest, so that a report of its
 * conversion accounts for every file of the archive. */
typedef enum manifest_problem {
    MANIFEST_SOUND,
    MANIFEST_EMPTY,       /* no bytes */
    MANIFEST_STUB,        /* too short to hold a frame */
    MANIFEST_BROKEN_OFF,  /* it ends before its moov atom: its frames can be recovered */
    MANIFEST_FRAME_COUNT, /* the listing's number of frames is impossible, and was dropped */
    MANIFEST_UNREADABLE,  /* manifest_check() found that a conversion would fail */
} manifest_problem;

/* What manifest_row.time is. */
typedef enum manifest_time {
    MANIFEST_TIME_NONE,
    MANIFEST_TIME_HEADER, /* start, by the movie header */
    MANIFEST_TIME_NAME,   /* start, by the file name */
    MANIFEST_TIME_END,    /* end of the recording, by the file name, to the minute */
} manifest_time;

typedef struct manifest_row {
    const char *source; /* path, or http(s) URL */
    const char *name;   /* of the clip; NULL: as manifest_stem() has it */
    const char *why;    /* text of a problem that manifest_check() found; else NULL */
    uint64_t size;      /* bytes; MANIFEST_SIZE_UNKNOWN */
    int64_t time;       /* ns since 1970; see time_from */
    int64_t modified;   /* ns since 1970; 0: unknown */
    uint8_t md5[MANIFEST_MD5];
    uint32_t frames; /* expected; 0: unknown */
    uint32_t line;   /* of the listing, from 1; 0: it has no lines */
    uint8_t time_from, problem, deployment, listing;
    bool size_is_rounded; /* "14G" */
    bool has_md5;
    bool has_sidecar; /* the listing has its .md5 file */
    bool is_unread;   /* PyCamHD could not read it; it is probably whole (camhd.h) */
} manifest_row;

typedef struct manifest manifest;

/* Errors: NOMEM. */
int manifest_new(manifest **out, cz_error *err);
void manifest_free(manifest **m); /* NULL-safe */

/* Append a copy of *row and of its texts. A time that is missing is taken from the file name.
 * Errors: FORMAT (no source, or one that is too long), NOMEM. */
int manifest_add(manifest *m, const manifest_row *row, cz_error *err);
size_t manifest_count(const manifest *m);
/* Row i in the present order; valid until the manifest is changed. */
manifest_row *manifest_at(const manifest *m, size_t i);
/* Replace the text of a row's `why`. Errors: NOMEM. Rows may be in use by other threads, but one
 * thread at a time may call this. */
int manifest_explain(manifest *m, manifest_row *row, const char *why, cz_error *err);

/* Sort by time, name and source, and join rows of the same clip: the one of the first listing stays
 * and gets what only the others know. `conflict` (may be NULL) is called for each pair with
 * different sizes or digests; then `kept` stays as it is. */
void manifest_merge(manifest *m,
                    void (*conflict)(void *user, const manifest_row *kept,
                                     const manifest_row *other),
                    void *user);

/* Which rows to keep. All zero: all of them. */
typedef struct manifest_filter {
    bool has_since, has_until;
    int64_t since, until; /* ns: since <= time < until. Rows without a time are removed */
    uint64_t min_size;    /* bytes; rows of unknown size are kept */
    unsigned deployment;  /* of CamHD, from 1; 0: all */
} manifest_filter;
/* Remove the others; returns how many. */
size_t manifest_select(manifest *m, const manifest_filter *f);

/* Keep the rows for which a function is true. */
void manifest_keep(manifest *m, bool (*keep)(const manifest_row *row, const void *user),
                   const void *user);

/* Keep the rows of a worker: each n-th row from row k on, counted from 0. */
void manifest_share(manifest *m, uint64_t k, uint64_t n);

/* Base name of a path or address, without query and percent-encoding. out has room for
 * MANIFEST_SOURCE_MAX + 1 bytes. */
void manifest_base(char *out, const char *source);
/* The clip's name: row->name, else the base name without its extension. Same room. */
void manifest_name(char *out, const manifest_row *row);
/* "empty", "stub", ...; NULL for MANIFEST_SOUND. Static. */
const char *manifest_problem_code(manifest_problem problem);
/* One sentence about a row's problem, for messages. */
void manifest_problem_text(char *out, size_t room, const manifest_row *row);

/* A row as JSON (schemas/manifest-line.json). The caller owns it. */
cJSON *manifest_json(const manifest_row *row);
/* The reverse, for untrusted text. Texts of *out are owned by `from`. Errors: FORMAT; the message
 * begins with `what`.
 */
int manifest_row_parse(manifest_row *out, const cJSON *from, const char *what, cz_error *err);

#endif
