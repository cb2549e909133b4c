/* cz_verify(): each change of a clip is reported. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "reader/reader.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/store_fixture.h"

/* What found() was told: the first few, and whether one of them names a key. */
enum { TOLD_MAX = 8 };
typedef struct told {
    size_t n;
    struct {
        int code;
        char key[KEY_MAX];
        int64_t frame;
        char what[256];
    } at[TOLD_MAX];
    uint64_t done, total; /* as progress() had it last */
    uint64_t stop_from;   /* progress() stops at so many bytes; 0: never */
} told;

static void found(void *user, const cz_finding *f)
{
    told *t = user;
    if (t->n < TOLD_MAX) {
        t->at[t->n].code = f->code;
        t->at[t->n].frame = f->frame;
        (void)snprintf(t->at[t->n].key, sizeof t->at[0].key, "%s", f->key);
        (void)snprintf(t->at[t->n].what, sizeof t->at[0].what, "%s", f->what);
    }
    t->n++;
}

static int progress(void *user, uint64_t done, uint64_t total)
{
    told *t = user;
    t->done = done;
    t->total = total;
    return t->stop_from && done >= t->stop_from;
}

/* The tiny clip in a store in memory, which stays the store's. */
typedef struct scene {
    store_fixture f;
    object_store *os;
    cz_store *store;
    told t;
} scene;

static void begin_spoilt(scene *s, void (*spoil)(store_fixture *f))
{
    *s = (scene){.os = NULL};
    store_fixture_make(&s->f);
    if (spoil)
        spoil(&s->f);
    object_store *os = store_fixture_memory(&s->f);
    s->os = os;
    cr_assert_eq(store_from_objects(&s->store, &os, NULL, NULL), CZ_OK);
}

static void begin(scene *s)
{
    begin_spoilt(s, NULL);
}

static void end(scene *s)
{
    cz_close(&s->store);
    store_fixture_free(&s->f);
}

/* Verify, and expect it to run to its end; how many differences. */
static size_t verify_with(scene *s, const char *source)
{
    const cz_verify_job job = {
        .source = source, .found = found, .progress = progress, .user = &s->t};
    uint64_t differences = 0;
    cz_error err = {0};
    s->t.n = 0;
    const int rc = cz_verify(&differences, s->store, FIXTURE_NAME, &job, &err);
    cr_assert_eq(rc, CZ_OK, "%s", err.message);
    cr_assert_eq(differences, s->t.n);
    return s->t.n;
}

static size_t verify(scene *s)
{
    return verify_with(s, NULL);
}

/* Exactly one difference, and this is it; frame is -1 for none. */
static void expect_one(scene *s, int code, const char *rel_key, int64_t frame)
{
    char key[KEY_MAX];
    const size_t n = verify(s);
    clip_key(key, FIXTURE_NAME, rel_key);
    cr_assert_eq(n, 1, "%s: %zu: %s: %s; %s: %s", rel_key, n, s->t.at[0].key, s->t.at[0].what,
                 s->t.at[1].key, s->t.at[1].what);
    cr_assert_str_eq(s->t.at[0].key, key, "%s", s->t.at[0].what);
    cr_assert_eq(s->t.at[0].code, code, "%s: %s", key, s->t.at[0].what);
    cr_assert_eq(s->t.at[0].frame, frame, "%s: %s", key, s->t.at[0].what);
    cr_assert_str_not_empty(s->t.at[0].what);
}

/* ---- Sound ---------------------------------------------------------------------------------- */

Test(verify, intact_clip)
{
    scene s;
    begin(&s);
    cr_assert_eq(verify(&s), 0, "%s: %s", s.t.at[0].key, s.t.at[0].what);
    cr_assert_eq(s.t.done, s.t.total);
    cr_assert_gt(s.t.total, s.f.mov_len);
    end(&s);
}

Test(verify, found_callback_may_be_null)
{
    scene s;
    uint64_t differences = 7;
    const cz_verify_job job = {.source = NULL};
    begin(&s);
    cr_assert_eq(cz_verify(&differences, s.store, FIXTURE_NAME, &job, NULL), CZ_OK);
    cr_assert_eq(differences, 0);
    cr_assert_eq(os_remove(s.os, "clips/tiny/source/bytes/chunks.jsonl", NULL), CZ_OK);
    cr_assert_eq(cz_verify(&differences, s.store, FIXTURE_NAME, &job, NULL), CZ_OK);
    cr_assert_eq(differences, 1);
    end(&s);
}

/* ---- A shard that a Zarr library wrote ------------------------------------------------------- */

/* As plain Zarr writes shard 1 when frame 6 of 4 to 7 is set to the fill value: what is left of the
 * frames, from the beginning on, and the index. Returns a copy of it. */
static void plain_shard(buf *out, const store_fixture *f)
{
    shard_span at[FIXTURE_PER_SHARD];
    for (size_t i = 0; i < FIXTURE_PER_SHARD; i++) {
        const size_t frame = FIXTURE_PER_SHARD + i;
        at[i] = (shard_span){SHARD_ABSENT, SHARD_ABSENT};
        if (frame == 6 || f->size[frame] == 0)
            continue;
        at[i] = (shard_span){out->len, f->size[frame]};
        buf_add(out, store_fixture_frame(f, frame), f->size[frame]);
    }
    uint8_t *index = buf_grow(out, shard_index_size(FIXTURE_PER_SHARD));
    cr_assert_not_null(index);
    shard_index_write(index, at, FIXTURE_PER_SHARD);
}

Test(verify, shard_rewritten_by_a_zarr_library_is_reported_once)
{
    static const char rel_key[] = "video/video/c/1/0/0/0";
    scene s;
    char key[KEY_MAX];
    buf shard = {0};
    begin(&s);
    plain_shard(&shard, &s.f);
    clip_key(key, FIXTURE_NAME, rel_key);
    cr_assert_eq(os_put(s.os, key, shard.at, shard.len, OS_OVERWRITE, NULL), CZ_OK);
    expect_one(&s, CZ_CORRUPT, rel_key, -1);
    cr_assert_not_null(strstr(s.t.at[0].what, "has 2 frames"), "%s", s.t.at[0].what);
    /* Damage in it is none of that any more. */
    for (size_t i = 0; i < shard.len; i += 37) {
        shard.at[i] ^= 1;
        cr_assert_eq(os_put(s.os, key, shard.at, shard.len, OS_OVERWRITE, NULL), CZ_OK);
        cr_assert_geq(verify(&s), 1);
        shard.at[i] ^= 1;
    }
    buf_free(&shard);
    end(&s);
}

/* ---- One bit -------------------------------------------------------------------------------- */

typedef struct keys {
    char at[64][KEY_MAX];
    size_t n;
} keys;

static int add_key(void *user, const os_object *o)
{
    keys *k = user;
    cr_assert_lt(k->n, 64);
    (void)snprintf(k->at[k->n++], KEY_MAX, "%s", o->key);
    return CZ_OK;
}

/* The frame of the fixture that has this byte of the shard; -1 without one. */
static int64_t frame_at(const store_fixture *f, const char *key, size_t at)
{
    static const char before[] = "clips/tiny/video/video/c/";
    if (strncmp(key, before, sizeof before - 1) != 0)
        return -1;
    const unsigned long shard = strtoul(key + sizeof before - 1, NULL, 10);
    for (size_t i = 0; i < FIXTURE_FRAMES; i++)
        if (f->shard[i] == shard && at >= f->shard_offset[i] &&
            at < f->shard_offset[i] + f->size[i])
            return (int64_t)i;
    return -1;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), k = strlen(end);
    return n >= k && strcmp(text + n - k, end) == 0;
}

static void flip_each_byte(scene *s, const char *key, size_t step)
{
    const char *rel_key = key + strlen("clips/tiny/");
    size_t len = 0;
    uint8_t *at = os_memory_at(s->os, key, &len);
    for (size_t i = 0; i < len; i += step) {
        const uint8_t bit = (uint8_t)(1U << (i % 8));
        at[i] ^= bit;
        const size_t n = verify(s);
        cr_assert_eq(n, 1, "%s, byte %zu: %zu differences: %s", key, i, n, s->t.at[1].what);
        cr_assert_str_eq(s->t.at[0].key, key, "%s, byte %zu: %s: %s", key, i, s->t.at[0].key,
                         s->t.at[0].what);
        cr_assert(s->t.at[0].code == CZ_CORRUPT || strcmp(rel_key, MARK) == 0);
        cr_assert_eq(s->t.at[0].frame, frame_at(&s->f, key, i), "%s, byte %zu: %s", key, i,
                     s->t.at[0].what);
        at[i] ^= bit;
    }
}

/* Of documents and of the tables each byte now and then, for the sake of time: a digest covers them
 * as a whole. Of the commit marker, the shards and chunks.jsonl each. */
Test(verify, flipped_bit_anywhere_is_reported)
{
    scene s;
    keys all = {.n = 0};
    begin(&s);
    cr_assert_eq(os_list(s.os, "clips/tiny/", false, add_key, &all, NULL), CZ_OK);
    cr_assert_eq(all.n, 35);
    for (size_t i = 0; i < all.n; i++) {
        const char *key = all.at[i];
        const bool document = ends_with(key, "/zarr.json") && strcmp(key, "clips/tiny/" MARK) != 0;
        flip_each_byte(&s, key, document ? 31 : ends_with(key, "/c/0") ? 5 : 1);
    }
    cr_assert_eq(verify(&s), 0, "as it was");
    end(&s);
}

Test(verify, damaged_part_of_a_shard_is_named)
{
    static const char key[] = "clips/tiny/video/video/c/0/0/0/0";
    scene s;
    size_t len = 0;
    begin(&s);
    uint8_t *at = os_memory_at(s.os, key, &len);
    const size_t index = shard_index_size(FIXTURE_PER_SHARD);
    const struct {
        size_t at;
        const char *word;
    } parts[] = {{3, "movie header"},
                 {s.f.shard_offset[2], "CRC-32C"},
                 {len - index - 8, "free atom"},
                 {len - index - 1, "free atom"},
                 {len - index + 16, "shard index"},
                 {len - 1, "shard index"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        at[parts[i].at] ^= 1;
        expect_one(&s, CZ_CORRUPT, "video/video/c/0/0/0/0", i == 1 ? 2 : -1);
        cr_assert_not_null(strstr(s.t.at[0].what, parts[i].word), "%s", s.t.at[0].what);
        at[parts[i].at] ^= 1;
    }
    end(&s);
}

Test(verify, several_frames_of_a_shard)
{
    scene s;
    size_t len = 0;
    begin(&s);
    uint8_t *at = os_memory_at(s.os, "clips/tiny/video/video/c/3/0/0/0", &len);
    at[s.f.shard_offset[12]] ^= 1;
    at[s.f.shard_offset[14] + s.f.size[14] - 1] ^= 1;
    cr_assert_eq(verify(&s), 2);
    cr_assert_eq(s.t.at[0].frame, 12);
    cr_assert_eq(s.t.at[1].frame, 14);
    end(&s);
}

/* ---- Too few, too many, too short, too long ------------------------------------------------- */

Test(verify, missing_objects_are_named)
{
    keys all = {.n = 0};
    scene s;
    begin(&s);
    cr_assert_eq(os_list(s.os, "clips/tiny/", false, add_key, &all, NULL), CZ_OK);
    for (size_t i = 0; i < all.n; i++) {
        size_t len = 0;
        const uint8_t *at = os_memory_at(s.os, all.at[i], &len);
        uint8_t *copy = malloc(len);
        cr_assert_not_null(copy);
        memcpy(copy, at, len);
        cr_assert_eq(os_remove(s.os, all.at[i], NULL), CZ_OK);
        expect_one(&s, CZ_ABSENT, all.at[i] + strlen("clips/tiny/"), -1);
        cr_assert_eq(os_put(s.os, all.at[i], copy, len, OS_CREATE, NULL), CZ_OK);
        free(copy);
    }
    end(&s);
}

Test(verify, unexpected_objects_are_named)
{
    static const struct {
        const char *rel_key, *word;
    } more[] = {
        {"begun.json", "conversion"},
        {"index/size/c/.0.part", "killed"},
        {"index/size/c/1", "no such"},
        {"video/video/c/2/0/0/0", "no such"}, /* all its frames lack bytes */
        {"video/video/c/4/0/0/0", "no such"},
        {"video/video/c/00/0/0/0", "no such"},
        {"video/video/c/0/0/0/1", "no such"},
        {"video/video/c/18446744073709551616/0/0/0", "no such"},
        {"source/bytes/c/1", "no such"},
        {"statistics/zarr.json", "no such"},
        {"x", "no such"},
    };
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        scene s;
        char key[KEY_MAX];
        begin(&s);
        clip_key(key, FIXTURE_NAME, more[i].rel_key);
        cr_assert_eq(os_put(s.os, key, "x", 1, OS_CREATE, NULL), CZ_OK);
        expect_one(&s, CZ_EXISTS, more[i].rel_key, -1);
        cr_assert_not_null(strstr(s.t.at[0].what, more[i].word), "%s", s.t.at[0].what);
        end(&s);
    }
}

Test(verify, clips_with_a_similar_name_are_ignored)
{
    scene s;
    begin(&s);
    cr_assert_eq(os_put(s.os, "clips/tiny2/zarr.json", "x", 1, OS_CREATE, NULL), CZ_OK);
    cr_assert_eq(os_put(s.os, "clips/tin/zarr.json", "x", 1, OS_CREATE, NULL), CZ_OK);
    cr_assert_eq(verify(&s), 0);
    end(&s);
}

/* Another length: told once, and of a shard which frames that costs. */
Test(verify, objects_of_wrong_size_are_named)
{
    keys all = {.n = 0};
    scene s;
    begin(&s);
    cr_assert_eq(os_list(s.os, "clips/tiny/", false, add_key, &all, NULL), CZ_OK);
    for (size_t i = 0; i < all.n; i++) {
        const char *rel_key = all.at[i] + strlen("clips/tiny/");
        size_t len = 0;
        const uint8_t *at = os_memory_at(s.os, all.at[i], &len);
        uint8_t *copy = calloc(1, len + 1);
        cr_assert_not_null(copy);
        memcpy(copy, at, len);
        if (strcmp(rel_key, MARK) != 0) { /* whose end may be a blank more or less */
            cr_assert_eq(os_put(s.os, all.at[i], copy, len + 1, OS_OVERWRITE, NULL), CZ_OK);
            expect_one(&s, CZ_CORRUPT, rel_key, -1);
            cr_assert_eq(os_put(s.os, all.at[i], copy, len - 1, OS_OVERWRITE, NULL), CZ_OK);
            expect_one(&s, CZ_CORRUPT, rel_key, -1);
            cr_assert_not_null(strstr(s.t.at[0].what, "bytes"), "%s", s.t.at[0].what);
        }
        cr_assert_eq(os_put(s.os, all.at[i], copy, len, OS_OVERWRITE, NULL), CZ_OK);
        free(copy);
    }
    end(&s);
}

Test(verify, truncated_shard_names_its_lost_frames)
{
    static const char key[] = "clips/tiny/video/video/c/0/0/0/0";
    scene s;
    size_t len = 0;
    uint8_t copy[4096];
    begin(&s);
    const uint8_t *at = os_memory_at(s.os, key, &len);
    memcpy(copy, at, len);
    cr_assert_eq(os_put(s.os, key, copy, s.f.shard_offset[2] + 5, OS_OVERWRITE, NULL), CZ_OK);
    cr_assert_eq(verify(&s), 3);
    cr_assert_eq(s.t.at[0].frame, -1);
    cr_assert_eq(s.t.at[1].frame, 2);
    cr_assert_eq(s.t.at[2].frame, 3);
    for (size_t i = 0; i < 3; i++)
        cr_assert_str_eq(s.t.at[i].key, key);
    cr_assert_eq(os_put(s.os, key, copy, 0, OS_OVERWRITE, NULL), CZ_OK);
    cr_assert_eq(verify(&s), 5, "the shard and each of its frames");
    end(&s);
}

/* ---- No mark -------------------------------------------------------------------------------- */

Test(verify, absent_clip)
{
    scene s;
    uint64_t differences = 7;
    cz_error err = {0};
    const cz_verify_job job = {.found = found, .user = &s.t};
    begin(&s);
    cr_assert_eq(cz_verify(&differences, s.store, "nothing", &job, &err), CZ_ABSENT);
    cr_assert_not_null(strstr(err.message, "nothing"), "%s", err.message);
    cr_assert_eq(cz_verify(&differences, s.store, "../tiny", &job, &err), CZ_USAGE);
    cr_assert_eq(differences, 7);
    cr_assert_eq(s.t.n, 0);
    end(&s);
}

Test(verify, incomplete_clip)
{
    scene s;
    begin(&s);
    cr_assert_eq(os_remove(s.os, "clips/tiny/zarr.json", NULL), CZ_OK);
    expect_one(&s, CZ_ABSENT, MARK, -1);
    cr_assert_eq(os_put(s.os, "clips/tiny/begun.json", "{}", 2, OS_CREATE, NULL), CZ_OK);
    expect_one(&s, CZ_ABSENT, MARK, -1);
    cr_assert_not_null(strstr(s.t.at[0].what, "begun"), "%s", s.t.at[0].what);
    end(&s);
}

/* Another conversion has removed a shard before the marker was put; the one that put it finds that
 * out, and withdraws the marker a moment later. */
static int withdraw_marker(void *user, os_op op, const char *key, cz_error *err)
{
    scene *s = user;
    static int reads;
    (void)err;
    if (op == OS_GET && strcmp(key, "clips/tiny/begun.json") == 0 && ++reads == 3)
        cr_assert_eq(os_remove(s->os, "clips/tiny/zarr.json", NULL), CZ_OK);
    return CZ_OK;
}

Test(verify, a_marker_that_is_withdrawn_meanwhile_is_no_damage)
{
    scene s;
    begin(&s);
    cr_assert_eq(os_put(s.os, "clips/tiny/begun.json", "{}", 2, OS_CREATE, NULL), CZ_OK);
    cr_assert_eq(os_remove(s.os, "clips/tiny/video/video/c/0/0/0/0", NULL), CZ_OK);
    os_memory_fault(s.os, withdraw_marker, &s);
    expect_one(&s, CZ_ABSENT, MARK, -1);
    end(&s);
}

Test(verify, newer_clip_is_reported_only_if_damaged)
{
    scene s;
    uint64_t differences = 7;
    cz_error err = {0};
    const cz_verify_job job = {.found = found, .user = &s.t};
    begin(&s);
    store_fixture_edit(s.os, "clips/tiny/zarr.json", "\"format\": \"1.0\"", "\"format\": \"3.0\"");
    expect_one(&s, CZ_CORRUPT, MARK, -1);
    store_fixture_seal(s.os);
    s.t.n = 0;
    cr_assert_eq(cz_verify(&differences, s.store, FIXTURE_NAME, &job, &err), CZ_NEWER);
    cr_assert_eq(err.code, CZ_NEWER);
    cr_assert_eq(s.t.n, 0);
    end(&s);
}

/* ---- Written wrong, with all digests right -------------------------------------------------- */

static void expect_spoilt(void (*spoil)(store_fixture *f), const char *rel_key, int64_t frame)
{
    scene s;
    begin_spoilt(&s, spoil);
    expect_one(&s, CZ_FORMAT, rel_key, frame);
    end(&s);
}

static void shard_wrong(store_fixture *f)
{
    f->shard[6] = 2;
}
static void flag_missing_wrong(store_fixture *f)
{
    f->flags[13] = CZ_FLAG_MISSING;
}
static void place_of_nothing(store_fixture *f)
{
    f->shard_offset[9] = 1;
}
static void start_wrong(store_fixture *f)
{
    f->time[0]--;
    f->video_time[0]--;
}
static void upside_down(store_fixture *f)
{
    for (size_t i = 0; i < FIXTURE_HEIGHT; i++)
        f->y[i] = (int64_t)i;
}
static void column_displaced(store_fixture *f)
{
    f->x[FIXTURE_WIDTH - 1] += 1;
}
static void video_time_wrong(store_fixture *f)
{
    f->video_time[7]++;
}
static void frame_elsewhere(store_fixture *f)
{
    f->source_offset[6]++;
}
static void range_elsewhere(store_fixture *f)
{
    f->range_offset[1]++;
}
static void range_too_long(store_fixture *f)
{
    f->range_length[1]++;
}

Test(verify, contradictory_tables)
{
    expect_spoilt(shard_wrong, "index/shard/c/0", 6);
    expect_spoilt(flag_missing_wrong, "index/flags/c/0", 13);
    expect_spoilt(place_of_nothing, "index/shard_offset/c/0", 9);
    expect_spoilt(start_wrong, "index/time/c/0", 0);
    expect_spoilt(video_time_wrong, "video/time/c/0", -1);
    expect_spoilt(upside_down, "video/y/c/0", -1);
    expect_spoilt(column_displaced, "video/x/c/0", -1);
    expect_spoilt(frame_elsewhere, "source/range_offset/c/0", -1);
    expect_spoilt(range_elsewhere, "source/range_offset/c/0", -1);
    expect_spoilt(range_too_long, "source/range_offset/c/0", -1);
}

static void checksum_wrong(store_fixture *f)
{
    f->crc32c[4] ^= 1;
}

Test(verify, wrong_checksum_of_a_frame)
{
    scene s;
    begin_spoilt(&s, checksum_wrong);
    expect_one(&s, CZ_CORRUPT, "video/video/c/1/0/0/0", 4);
    end(&s);
}

static void offset_wrong(store_fixture *f)
{
    f->shard_offset[13] += 2;
}

Test(verify, wrong_offset_of_a_frame)
{
    scene s;
    begin_spoilt(&s, offset_wrong);
    cr_assert_gt(verify(&s), 1);
    cr_assert_str_eq(s.t.at[0].key, "clips/tiny/index/shard_offset/c/0");
    cr_assert_eq(s.t.at[0].frame, 13);
    bool shard_too = false;
    for (size_t i = 1; i < s.t.n && i < TOLD_MAX; i++)
        shard_too = shard_too || (strstr(s.t.at[i].key, "c/3/0/0/0") && s.t.at[i].frame == 13);
    cr_assert(shard_too);
    end(&s);
}

/* The mark is changed, with its digest right. */
static void expect_edited(const char *from, const char *to, const char *rel_key)
{
    scene s;
    begin(&s);
    store_fixture_edit(s.os, "clips/tiny/zarr.json", from, to);
    store_fixture_seal(s.os);
    cr_assert_gt(verify(&s), 0, "%s", to);
    char key[KEY_MAX];
    clip_key(key, FIXTURE_NAME, rel_key);
    cr_assert_str_eq(s.t.at[0].key, key, "%s: %s", s.t.at[0].key, s.t.at[0].what);
    end(&s);
}

Test(verify, commit_marker_with_wrong_counts)
{
    expect_edited("\"damaged_frames\": 6", "\"damaged_frames\": 5", "index/flags/c/0");
    expect_edited("\"frame_bytes\": ", "\"frame_bytes\": 1, \"was\": ", "index/size/c/0");
    expect_edited("\"frames\": 15", "\"frames\": 14", "index/size/c/0");
    expect_edited("\"index/time/c/0\"", "\"index/time/c/00\"", "index/time/c/00");
    expect_edited("\"frames\": 15", "\"frames\": 0", MARK);
}

/* Another chunks.jsonl, with the digest of it in the commit marker. */
static void expect_lines(const char *from, const char *to, const char *word)
{
    static const char key[] = "clips/tiny/" REL_KEY_CHUNK_LIST;
    char was[SHA256_HEX + 1], is[SHA256_HEX + 1], was_size[32], is_size[32];
    scene s;
    size_t old_len = 0, len = 0;
    begin(&s);
    const uint8_t *at = os_memory_at(s.os, key, &old_len);
    cr_assert_eq(sha256_hex(was, at, old_len, NULL), CZ_OK);
    store_fixture_edit(s.os, key, from, to);
    at = os_memory_at(s.os, key, &len);
    cr_assert_eq(sha256_hex(is, at, len, NULL), CZ_OK);
    (void)snprintf(was_size, sizeof was_size, "\"size\": %zu", old_len);
    (void)snprintf(is_size, sizeof is_size, "\"size\": %zu", len);
    store_fixture_edit(s.os, "clips/tiny/zarr.json", was, is);
    store_fixture_edit(s.os, "clips/tiny/zarr.json", was_size, is_size);
    store_fixture_seal(s.os);
    cr_assert_gt(verify(&s), 0);
    bool told_of = false;
    for (size_t i = 0; i < s.t.n && i < TOLD_MAX; i++)
        told_of = told_of || (strcmp(s.t.at[i].key, key) == 0 && strstr(s.t.at[i].what, word));
    cr_assert(told_of, "%s: %s: %s", to, s.t.at[0].key, s.t.at[0].what);
    end(&s);
}

Test(verify, invalid_chunk_list)
{
    expect_lines("\"key\":\"video/video/c/1", "\"key\":\"video/video/c/9",
                 "expected video/video/c/1");
    expect_lines("{", "x{", "JSON");
    expect_lines("\"sha256\":\"", "\"sha256\":\"0", "SHA-256");
    expect_lines("\"size\":", "\"size\":-", "size");
    expect_lines("\"size\":", "\"size\":1", "bytes by its frames");
    expect_lines("{\"key\":\"source/bytes/c/0\"",
                 "{\"key\":\"source/bytes/c/0\",\"size\":1,\"sha256\":\"" /* a line too many */
                 "0000000000000000000000000000000000000000000000000000000000000000\"}\n"
                 "{\"key\":\"source/bytes/c/0\"",
                 "more than the clip has");
}

/* ---- The source ----------------------------------------------------------------------------- */

typedef struct mov_file {
    char folder[TEMP_PATH], path[TEMP_PATH + 16];
} mov_file;

static void write_mov(mov_file *m, const void *data, size_t len)
{
    if (m->folder[0] == '\0')
        temp_folder(m->folder);
    (void)snprintf(m->path, sizeof m->path, "%s/tiny.mov", m->folder);
    FILE *f = fopen(m->path, "wb");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(data, 1, len, f), len);
    cr_assert_eq(fclose(f), 0);
}

Test(verify, against_the_source_byte_for_byte)
{
    scene s;
    mov_file m = {.folder = ""};
    begin(&s);
    write_mov(&m, s.f.mov, s.f.mov_len);
    cr_assert_eq(verify_with(&s, m.path), 0, "%s", s.t.at[0].what);
    for (size_t i = 0; i < s.f.mov_len; i++) {
        int64_t frame = -1;
        for (size_t k = 0; k < FIXTURE_FRAMES; k++)
            if (i >= s.f.source_offset[k] && i < s.f.source_offset[k] + s.f.size[k])
                frame = (int64_t)k;
        char byte[32];
        (void)snprintf(byte, sizeof byte, "byte %zu ", i);
        s.f.mov[i] ^= 8;
        write_mov(&m, s.f.mov, s.f.mov_len);
        cr_assert_eq(verify_with(&s, m.path), 1, "byte %zu", i);
        cr_assert_eq(s.t.at[0].frame, frame, "byte %zu: %s", i, s.t.at[0].what);
        cr_assert_not_null(strstr(s.t.at[0].what, byte), "%s", s.t.at[0].what);
        cr_assert_not_null(strstr(s.t.at[0].what, "tiny.mov"), "%s", s.t.at[0].what);
        s.f.mov[i] ^= 8;
    }
    temp_folder_remove(m.folder);
    end(&s);
}

Test(verify, source_of_another_size)
{
    scene s;
    mov_file m = {.folder = ""};
    begin(&s);
    const size_t sizes[] = {0, 1, s.f.mov_len - 1, s.f.mov_len + 1};
    for (size_t i = 0; i < 4; i++) {
        write_mov(&m, s.f.mov, sizes[i]);
        cr_assert_eq(verify_with(&s, m.path), 1, "%zu bytes: %s", sizes[i], s.t.at[1].what);
        cr_assert_not_null(strstr(s.t.at[0].what, "tiny.mov"), "%s", s.t.at[0].what);
    }
    temp_folder_remove(m.folder);
    end(&s);
}

Test(verify, missing_source)
{
    scene s;
    uint64_t differences = 7;
    cz_error err = {0};
    const cz_verify_job job = {.source = "/there/is/no.mov", .found = found, .user = &s.t};
    begin(&s);
    cr_assert_eq(cz_verify(&differences, s.store, FIXTURE_NAME, &job, &err), CZ_ABSENT);
    cr_assert_not_null(strstr(err.message, "/there/is/no.mov"));
    end(&s);
}

/* ---- Trouble -------------------------------------------------------------------------------- */

typedef struct trouble {
    const char *key;
    os_op op;
    int code;
} trouble;

static int refuse(void *user, os_op op, const char *key, cz_error *err)
{
    const trouble *t = user;
    return op == t->op && strcmp(key, t->key) == 0 ? cz_fail(err, t->code, "%s: scripted", key)
                                                   : CZ_OK;
}

Test(verify, unreadable_objects_are_reported)
{
    static const char *const rests[] = {MARK, "index/size/c/0", "video/video/c/1/0/0/0",
                                        "source/bytes/c/0", "source/zarr.json"};
    for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
        scene s;
        char key[KEY_MAX];
        begin(&s);
        clip_key(key, FIXTURE_NAME, rests[i]);
        trouble t = {key, OS_GET, CZ_DENIED};
        os_memory_fault(s.os, refuse, &t);
        expect_one(&s, CZ_DENIED, rests[i], -1);
        cr_assert_str_eq(s.t.at[0].what, "scripted", "the key isn't said twice");
        end(&s);
    }
}

Test(verify, unreachable_store)
{
    scene s;
    uint64_t differences = 7;
    cz_error err = {0};
    const cz_verify_job job = {.found = found, .user = &s.t};
    const trouble of[] = {
        {"clips/tiny/zarr.json", OS_GET, CZ_UNREACHABLE},
        {"clips/tiny/video/video/c/1/0/0/0", OS_GET, CZ_UNREACHABLE},
        {"clips/tiny/video/video/c/1/0/0/0", OS_STAT, CZ_UNREACHABLE},
        {"clips/tiny/", OS_LIST, CZ_UNREACHABLE},
    };
    begin(&s);
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        trouble t = of[i];
        os_memory_fault(s.os, refuse, &t);
        cr_assert_eq(cz_verify(&differences, s.store, FIXTURE_NAME, &job, &err), CZ_UNREACHABLE);
        cr_assert_not_null(strstr(err.message, "scripted"), "%s", err.message);
    }
    cr_assert_eq(differences, 7);
    cr_assert_eq(s.t.n, 0);
    end(&s);
}

Test(verify, progress_callback_error_stops)
{
    scene s;
    uint64_t differences = 7;
    begin(&s);
    const cz_verify_job job = {.found = found, .progress = progress, .user = &s.t};
    cr_assert_eq(verify(&s), 0);
    const uint64_t total = s.t.total;
    for (uint64_t from = 1; from <= total; from += 97) {
        s.t.stop_from = from;
        cr_assert_eq(cz_verify(&differences, s.store, FIXTURE_NAME, &job, NULL), CZ_CANCELLED);
        cr_assert_geq(s.t.done, from);
    }
    cr_assert_eq(differences, 7);
    end(&s);
}

Test(verify, without_memory)
{
    scene *s = malloc(sizeof *s);
    cr_assert_not_null(s);
    begin(s);
    const cz_verify_job job = {.found = found, .user = &s->t};
    for (size_t n = 1;; n++) {
        uint64_t differences = 7;
        alloc_fail_at(n);
        const int rc = cz_verify(&differences, s->store, FIXTURE_NAME, &job, NULL);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            cr_assert_eq(differences, 0);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM, "allocation %zu: %d", n, rc);
        cr_assert_eq(s->t.n, 0, "%s: %s", s->t.at[0].key, s->t.at[0].what);
    }
    end(s);
    free(s);
}
