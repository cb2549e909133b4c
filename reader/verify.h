/* Inside cz_verify(): what its parts share.
 *
 *     verify.c            attempts; the commit marker, the objects that it lists, surplus objects
 *     verify_context.c    findings, progress, reading and comparing objects: called by all others
 *     verify_table.c      the index, compared with itself and the rest of the clip
 *     verify_chunks.c     shards and chunks of source/bytes, compared with chunks.jsonl
 *     verify_shard.c      one shard: its frames, its own index
 *     verify_rewritten.c  a shard that a Zarr library has overwritten
 *     verify_decode.c     the pictures
 *     analysis/verify_analysis.c  statistics, overview and scenes
 *
 * A difference is reported, and verification continues with the data that can still be trusted. The
 * functions return an error only if continuing is pointless: NOMEM, UNREACHABLE, CANCELLED. Belongs
 * to one thread. */
#ifndef CZ_READER_VERIFY_H
#define CZ_READER_VERIFY_H

#include "format/chunk_list.h"
#include "reader/extra_bytes.h"
#include "reader/object_buffer.h"
#include "source/source.h"

typedef struct verify {
    cz_store *store;
    const char *name;
    const cz_verify_job *job;
    uint64_t differences;
    char state[2][SHA256_HEX +
                  1]; /* digests of commit marker and begun.json at the beginning; "": absent */
    bool has_state, state_reread;
    int reread_rc; /* result of reading the state again */
    cz_error reread_err;
    bool changed; /* the state was another at the first difference: all findings from then on are
                     discarded */
    uint64_t bytes_done, bytes_total;

    cz_clip *clip; /* with the commit marker; NULL unless that is valid */
    bool *intact;  /* for each object in the commit marker: it has the right digest */
    bool table;    /* the clip's sizes, offsets and checksums are loaded and valid */
    const uint64_t *source_offset; /* NULL: not valid */
    extra_ranges ranges;
    bool has_ranges; /* `ranges` is valid */

    object_buffer buffer;
    source *original;        /* the MOV to compare with; NULL without one */
    uint8_t *original_bytes; /* ORIGINAL_BYTES bytes of memory */
} verify;
enum { ORIGINAL_BYTES = 1 << 20 };

/* SHA-256 of the commit marker and of begun.json; "" for one that is absent, or that cannot be read
 * for another reason, which is reported where it is read. Errors: NOMEM, UNREACHABLE. */
int verify_read_state(const verify *v, char out[2][SHA256_HEX + 1], cz_error *err);
/* Report a difference. frame: -1 if it concerns no frame. */
void verify_report(verify *v, int code, const char *rel_key, int64_t frame, const char *fmt, ...)
    CZ_PRINTF(5, 6);
/* Report an object that the commit marker doesn't list although every clip of its kind has it; of a
 * node, its documents, which `part` names. */
void verify_require(verify *v, const char *rel_key);
void verify_require_node(verify *v, const char *path, const char *(*part)(zarr_format, size_t));
/* Report the error of a function as a difference and return CZ_OK; or return its code if continuing
 * is pointless. */
int verify_failure(verify *v, const char *rel_key, int rc, const cz_error *why, cz_error *err);
/* Add n checked bytes to the progress. Errors: CANCELLED. */
int verify_progress(verify *v, uint64_t n, cz_error *err);

/* Whether the commit marker lists the object below clips/NAME/, and it has that digest. */
bool verify_is_intact(const verify *v, const char *rel_key);

/* The state of an object. */
typedef struct object_state {
    bool there;
    bool whole;                  /* it has the expected size, and could be read */
    uint64_t size;               /* in bytes */
    char sha256[SHA256_HEX + 1]; /* "" unless whole */
} object_state;
/* Receives the bytes of an object in sequence; false stops reading. */
typedef bool (*verify_each)(void *user, uint64_t offset, const uint8_t *data, size_t n);
/* Read an object of the expected size in parts, which are passed to each() unless that is NULL; if
 * the object is too short or too long, each() receives those of the expected bytes that exist. All
 * differences are reported but that of the digest, which the caller compares: it may know the
 * reason. */
int verify_object(verify *v, const char *rel_key, uint64_t size, verify_each each, void *user,
                  object_state *out, cz_error *err);

/* Compare n bytes with those at `offset` in the MOV. *ret_at is the first one that differs, or n.
 * Bytes beyond the end of the MOV are ignored, since a difference in size has been reported.
 * Errors: those of source_read_at(). */
int verify_compare(verify *v, uint64_t offset, const uint8_t *data, size_t n, size_t *ret_at,
                   cz_error *err);

/* The parts. */
int verify_table(verify *v, cz_error *err);
int verify_chunks(verify *v, cz_error *err);
/* Requires the result of verify_table(). */
int verify_analysis(verify *v, cz_error *err);
/* Decode every picture; requires v->table. */
int verify_decode(verify *v, cz_error *err);
/* One shard; line is NULL if its line in chunks.jsonl is not valid. */
int verify_shard(verify *v, uint64_t shard, const chunk_list_entry *line, cz_error *err);
/* Whether a Zarr library has overwritten the shard, whose expected size is `should`; if so, that is
 * reported. */
int verify_rewritten(verify *v, const char *rel_key, uint64_t should, bool *ret, cz_error *err);
/* Whether a frame of the shard has bytes; true if unknown. */
bool verify_shard_exists(const verify *v, uint64_t shard);

#endif
