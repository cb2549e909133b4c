/* Inside cz_verify(): what its parts share.
 *
 *     verify.c            the attempts; the commit marker, the objects that it lists, surplus
 * objects verify_context.c    what the parts call: findings, progress, reading and comparing
 * objects verify_table.c    the index, against itself and the rest of the clip verify_chunks.c
 * shards and chunks of source/bytes, by the lines of chunks.jsonl verify_shard.c    one shard: its
 * frames, its own index verify_rewritten.c  a shard that a Zarr library wrote over verify_decode.c
 * the pictures
 *
 * A difference is told and the work goes on, with whatever can still be trusted; functions here
 * fail only when going on is of no use (no memory, unreachable, cancelled). */
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
                  1]; /* of the mark and begun.json when the clip was opened; "": absent */
    bool has_state, looked_again;
    int again_rc; /* of the second look */
    cz_error again_err;
    bool changed; /* they were others at the first difference: what is found since counts for
                     nothing */
    uint64_t bytes_done, bytes_total;

    cz_clip *clip;                 /* with the mark; NULL while that isn't known to be right */
    bool *sound;                   /* each of the mark's objects */
    bool table;                    /* sizes, offsets and checksums are the clip's, and can be */
    const uint64_t *source_offset; /* NULL: not to be trusted */
    extra_ranges ranges;
    bool has_ranges; /* they are to be trusted */

    object_buffer w;
    source *peer;        /* the MOV to compare with, or NULL */
    uint8_t *peer_bytes; /* PEER_BYTES of room */
} verify;
enum { PEER_BYTES = 1 << 20 };

/* SHA-256 of the commit marker and of begun.json; "" for one that is absent, or that cannot be read
 * for another reason, which is reported where it is read. Errors: NOMEM, UNREACHABLE. */
int verify_read_state(const verify *v, char out[2][SHA256_HEX + 1], cz_error *err);
/* Tell of a difference. frame: -1 where there is none. */
void verify_tell(verify *v, int code, const char *rel_key, int64_t frame, const char *fmt, ...)
    CZ_PRINTF(5, 6);
/* Tell of what a function said, and return CZ_OK; or its code, when going on is of no use. */
int verify_failure(verify *v, const char *rel_key, int rc, const cz_error *why, cz_error *err);
/* n bytes more are checked. Errors: CANCELLED. */
int verify_progress(verify *v, uint64_t n, cz_error *err);

/* Is the object below clips/NAME/ as the mark says? */
bool verify_is_sound(const verify *v, const char *rel_key);

/* What was found of an object. */
typedef struct seen {
    bool there;
    bool whole;                  /* it is there, has the size, and could be read */
    uint64_t size;               /* bytes that it has */
    char sha256[SHA256_HEX + 1]; /* "" unless whole */
} seen;
/* Takes the bytes of an object from the front; false stops. */
typedef bool (*verify_each)(void *user, uint64_t offset, const uint8_t *data, size_t n);
/* Look at an object: its size, then its bytes, in pieces that go to each() if that isn't NULL; of
 * an object that is too short or too long, the bytes that should be there go to each() as well.
 * What is wrong is told, all but the digest: the caller may know better what that means. */
int verify_object(verify *v, const char *rel_key, uint64_t size, verify_each each, void *user,
                  seen *out, cz_error *err);

/* Compare n bytes at data with those at `offset` in the MOV: *ret_at is the first that differs, or
 * n. Bytes behind the end of the MOV don't count: its size was told already. */
int verify_compare(verify *v, uint64_t offset, const uint8_t *data, size_t n, size_t *ret_at,
                   cz_error *err);

/* The parts. */
int verify_table(verify *v, cz_error *err);
int verify_chunks(verify *v, cz_error *err);
/* Every picture, where the table is to be trusted. */
int verify_decode(verify *v, cz_error *err);
/* One shard; line is NULL when chunks.jsonl isn't to be trusted. */
int verify_shard(verify *v, uint64_t shard, const chunk_list_entry *line, cz_error *err);
/* Did a Zarr library write over the shard, which should have so many bytes? If so, that is told. */
int verify_rewritten(verify *v, const char *rel_key, uint64_t should, bool *ret, cz_error *err);
/* Has one of its frames a byte? As far as is known. */
bool verify_shard_exists(const verify *v, uint64_t shard);

#endif
