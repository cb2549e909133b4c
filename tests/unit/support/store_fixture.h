/* A tiny clip whose every byte is known, written by docs/format.md and without the converter.
 *
 *     store_fixture f;
 *     object_store *os = NULL;
 *     store_fixture_make(&f);
 *     f.shard[3] = 9;                       // spoil it, if that is what the test is about
 *     os_memory(&os, NULL);
 *     store_fixture_write(os, &f);          // digests are those of what is written
 *     ...
 *     store_fixture_free(&f);
 *
 * FIXTURE_FRAMES frames in shards of FIXTURE_PER_SHARD. Frame 5 has no byte, and neither have 8 to
 * 11: shard 2 isn't written. Frame 14 is cut short by the end of the MOV. Between the frames lie
 * bytes of no frame. The movie headers of its shards are made up: no player takes them. */
#ifndef CZ_TESTS_UNIT_SUPPORT_STORE_FIXTURE_H
#define CZ_TESTS_UNIT_SUPPORT_STORE_FIXTURE_H

#include "format/layout.h"
#include "store/objects/object_store.h"
#include "tests/unit/support/temp_folder.h"

enum {
    FIXTURE_FRAMES = 15,
    FIXTURE_PER_SHARD = 4,
    FIXTURE_SHARDS = 4,
    FIXTURE_RANGES_MAX = FIXTURE_FRAMES + 1,
    FIXTURE_MOV_MAX = 4096,
    FIXTURE_WIDTH = 1920,
    FIXTURE_HEIGHT = 1080,
};
#define FIXTURE_NAME "tiny"
#define MARK "zarr.json" /* below the clip, in version 3 */
#define FIXTURE_START INT64_C(1531354500000000000)
#define FIXTURE_STEP INT64_C(33366667)

typedef struct store_fixture {
    uint8_t mov[FIXTURE_MOV_MAX]; /* the source, byte for byte */
    size_t mov_len;
    /* The index, as it will be written */
    int64_t time[FIXTURE_FRAMES], video_time[FIXTURE_FRAMES];
    int64_t y[FIXTURE_HEIGHT], x[FIXTURE_WIDTH];
    uint64_t source_offset[FIXTURE_FRAMES], shard_offset[FIXTURE_FRAMES];
    uint32_t size[FIXTURE_FRAMES], shard[FIXTURE_FRAMES], crc32c[FIXTURE_FRAMES];
    uint8_t flags[FIXTURE_FRAMES];
    /* Where the rest of the MOV came from */
    uint64_t range_offset[FIXTURE_RANGES_MAX], range_length[FIXTURE_RANGES_MAX];
    size_t n_ranges;
    uint8_t rel_key[FIXTURE_MOV_MAX];
    size_t rest_len;
    /* The shards, whole */
    buf at_shard[FIXTURE_SHARDS];
    char md5[33];
} store_fixture;

/* Each of these fails the running test if it can't do what it is asked. */
void store_fixture_make(store_fixture *f);
void store_fixture_free(store_fixture *f);
/* Root, clips/ and the clip into an empty store. */
void store_fixture_write(object_store *os, const store_fixture *f);
/* A memory store that holds it. */
object_store *store_fixture_memory(const store_fixture *f);
/* A folder with it in, to be removed by temp_folder_remove(). */
void store_fixture_folder(char path[TEMP_PATH], const store_fixture *f);

/* Of a memory store: the first `from` in an object becomes `to`, which may have another length. */
void store_fixture_edit(object_store *os, const char *key, const char *from, const char *to);
/* Of a memory store: update the digest in the commit marker. */
void store_fixture_seal(object_store *os);

/* The bytes of frame i, f->size[i] of them. */
const uint8_t *store_fixture_frame(const store_fixture *f, size_t i);

#endif
