/* reader/frames.c: batches of frames. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "reader/reader.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/counting_store.h"
#include "tests/unit/support/guard.h"
#include "tests/unit/support/store_fixture.h"

/* The tiny clip, open, in memory. */
typedef struct open_clip {
    store_fixture f;
    object_store *os; /* the clip's, to change it behind its back */
    counting_store counting;
    cz_clip *clip;
} open_clip;

static open_clip *begin_with(const cz_options *options)
{
    open_clip *o = calloc(1, sizeof *o);
    cz_store *store = NULL;
    cr_assert_not_null(o);
    store_fixture_make(&o->f);
    object_store *os = store_fixture_memory(&o->f), *counting = &o->counting.base;
    o->os = os;
    counting_store_begin(&o->counting, &os);
    cr_assert_eq(store_from_objects(&store, &counting, options, NULL), CZ_OK);
    cr_assert_eq(cz_clip_open(&o->clip, store, FIXTURE_NAME, NULL), CZ_OK);
    cz_close(&store);
    counting_store_reset(&o->counting);
    return o;
}

static open_clip *begin(void)
{
    return begin_with(NULL);
}

static void end(open_clip *o)
{
    cz_clip_close(&o->clip);
    store_fixture_free(&o->f);
    free(o);
}

static bool is_frame(const open_clip *o, const cz_request *r)
{
    return r->rc == CZ_OK && r->size == o->f.size[r->frame] &&
           memcmp(r->data, store_fixture_frame(&o->f, r->frame), r->size) == 0;
}

/* Flip a bit of frame i in its shard. */
static void damage(open_clip *o, size_t i)
{
    char key[KEY_MAX];
    size_t len = 0;
    shard_key(key, ZARR_V3, FIXTURE_NAME, o->f.shard[i]);
    uint8_t *shard = os_memory_at(o->os, key, &len);
    shard[o->f.shard_offset[i] + o->f.size[i] / 2] ^= 4;
}

/* ---- One frame ------------------------------------------------------------------------------ */

Test(frames, bytes_equal_those_of_the_source)
{
    open_clip *o = begin();
    for (uint64_t i = 0; i < FIXTURE_FRAMES; i++) {
        cz_request r = {.frame = i};
        cz_error err = {0};
        const int rc = cz_frames_raw(o->clip, &r, 1, NULL, NULL, &err);
        if (o->f.size[i] == 0) {
            cr_assert_eq(rc, CZ_ABSENT);
            cr_assert_eq(r.rc, CZ_ABSENT);
            cr_assert_null(r.data);
            cr_assert_not_null(strstr(err.message, "no byte of it"), "%s", err.message);
            continue;
        }
        cr_assert_eq(rc, CZ_OK, "%s", err.message);
        cr_assert(is_frame(o, &r));
        cr_assert(r.owned);
        cz_request_free(&r, 1);
        cr_assert_null(r.data);
        cz_request_free(&r, 1);
    }
    cz_request_free(NULL, 3);
    end(o);
}

Test(frames, caller_supplied_memory)
{
    open_clip *o = begin();
    for (uint64_t i = 0; i < FIXTURE_FRAMES; i++) {
        if (o->f.size[i] == 0)
            continue;
        guard g = guard_new(o->f.size[i]);
        cz_request r = {.frame = i, .data = g.at, .room = g.len};
        cr_assert_eq(cz_frames_raw(o->clip, &r, 1, NULL, NULL, NULL), CZ_OK);
        cr_assert(is_frame(o, &r));
        cr_assert_eq(r.data, g.at);
        cr_assert_not(r.owned);
        cz_request_free(&r, 1);
        cr_assert_eq(r.data, g.at, "the caller's stays");
        guard_free(&g);
    }
    end(o);
}

Test(frames, too_small_buffer_returns_the_size)
{
    open_clip *o = begin();
    guard g = guard_new(o->f.size[2] - 1);
    cz_error err;
    cz_request r = {.frame = 2, .data = g.at, .room = g.len};
    cr_assert_eq(cz_frames_raw(o->clip, &r, 1, NULL, NULL, &err), CZ_USAGE);
    cr_assert_eq(r.size, o->f.size[2]);
    cr_assert_eq(r.data, g.at);
    cr_assert_eq(g.at[0], 0xa5, "nothing was written");
    cr_assert_eq(o->counting.ranges, 0, "nothing was fetched");
    guard_free(&g);
    end(o);
}

Test(frames, missing_frames)
{
    open_clip *o = begin();
    const uint64_t beyond[] = {FIXTURE_FRAMES, UINT64_C(1) << 32, UINT64_MAX};
    for (size_t i = 0; i < 3; i++) {
        cz_request r = {.frame = beyond[i]};
        cz_error err;
        cr_assert_eq(cz_frames_raw(o->clip, &r, 1, NULL, NULL, &err), CZ_ABSENT);
        cr_assert_not_null(strstr(err.message, "15 frames"), "%s", err.message);
    }
    cr_assert_eq(cz_frames_raw(o->clip, NULL, 0, NULL, NULL, NULL), CZ_OK, "none is fine");
    end(o);
}

/* A request is used again and again, as a loop over frames does. */
Test(frames, requests_can_be_reused)
{
    open_clip *o = begin();
    cz_request r = {0};
    const uint64_t order[] = {7, 0, 13, 5, 3, 14};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        r.frame = order[i];
        const int rc = cz_frames_raw(o->clip, &r, 1, NULL, NULL, NULL);
        cr_assert_eq(rc, order[i] == 5 ? CZ_ABSENT : CZ_OK);
        cr_assert(rc < 0 || is_frame(o, &r));
    }
    cz_request_free(&r, 1);
    end(o);
}

/* ---- Batches -------------------------------------------------------------------------------- */

enum { MANY = 400 };

/* Requests in a muddled order, with repetitions; some into a buffer of the test's. */
static void muddle(cz_request *r, size_t n, uint8_t *room, size_t each)
{
    uint32_t noise = 3;
    for (size_t i = 0; i < n; i++) {
        noise = noise * 1664525 + 1013904223;
        r[i] = (cz_request){.frame = (noise >> 16) % FIXTURE_FRAMES};
        if ((noise >> 12) % 3 == 0) {
            r[i].data = room + i * each;
            r[i].room = each;
        }
    }
}

typedef struct seen_requests {
    const cz_request *req;
    size_t times[MANY];
    size_t n;
} seen_requests;

static void count_done(void *user, cz_request *r)
{
    seen_requests *s = user;
    s->times[r - s->req]++;
    s->n++;
}

Test(frames, in_any_order_with_repetitions)
{
    open_clip *o = begin();
    static uint8_t room[MANY * 256];
    cz_request r[MANY];
    seen_requests s = {.req = r};
    cz_error err = {0};
    muddle(r, MANY, room, 256);
    cr_assert_eq(cz_frames_raw(o->clip, r, MANY, count_done, &s, &err), CZ_ABSENT);
    cr_assert_eq(s.n, MANY);
    size_t first = MANY;
    for (size_t i = 0; i < MANY; i++) {
        cr_assert_eq(s.times[i], 1, "done() once for each");
        if (o->f.size[r[i].frame] > 0)
            cr_assert(is_frame(o, &r[i]), "request %zu, frame %" PRIu64, i, r[i].frame);
        else
            cr_assert_eq(r[i].rc, CZ_ABSENT);
        if (r[i].rc < 0 && first == MANY)
            first = i;
    }
    char begins[64];
    (void)snprintf(begins, sizeof begins, "frame %" PRIu64 " of " FIXTURE_NAME, r[first].frame);
    cr_assert_eq(strncmp(err.message, begins, strlen(begins)), 0, "the first: %s", err.message);
    cz_request_free(r, MANY);
    end(o);
}

Test(frames, adjacent_frames_are_fetched_together)
{
    open_clip *o = begin();
    cz_request r[FIXTURE_FRAMES];
    for (uint64_t i = 0; i < FIXTURE_FRAMES; i++)
        r[i] = (cz_request){.frame = FIXTURE_FRAMES - 1 - i};
    cr_assert_eq(cz_frames_raw(o->clip, r, FIXTURE_FRAMES, NULL, NULL, NULL), CZ_ABSENT);
    cr_assert_eq(o->counting.ranges, 3, "a range a shard");
    cr_assert_eq(o->counting.trips, 1, "all at once");
    cz_request_free(r, FIXTURE_FRAMES);

    /* A frame in between is read, and not delivered. */
    counting_store_reset(&o->counting);
    cz_request two[] = {{.frame = 0}, {.frame = 2}};
    cr_assert_eq(cz_frames_raw(o->clip, two, 2, NULL, NULL, NULL), CZ_OK);
    cr_assert_eq(o->counting.ranges, 1);
    cr_assert_eq(o->counting.bytes, o->f.size[0] + o->f.size[1] + o->f.size[2]);
    cr_assert(is_frame(o, &two[0]) && is_frame(o, &two[1]));
    cz_request_free(two, 2);

    /* One frame many times is one frame. */
    counting_store_reset(&o->counting);
    cz_request same[] = {{.frame = 6}, {.frame = 6}, {.frame = 6}};
    cr_assert_eq(cz_frames_raw(o->clip, same, 3, NULL, NULL, NULL), CZ_OK);
    cr_assert_eq(o->counting.bytes, o->f.size[6]);
    for (size_t i = 0; i < 3; i++)
        cr_assert(is_frame(o, &same[i]));
    cr_assert(same[0].data != same[1].data && same[1].data != same[2].data);
    cz_request_free(same, 3);
    end(o);
}

static void free_at_once(void *user, cz_request *r)
{
    const open_clip *o = user;
    cr_assert(o->f.size[r->frame] == 0 || is_frame(o, r));
    cz_request_free(r, 1);
}

Test(frames, may_be_freed_in_the_callback)
{
    open_clip *o = begin();
    cz_request r[] = {{.frame = 6}, {.frame = 6}, {.frame = 1}, {.frame = 2}, {.frame = 2}};
    cr_assert_eq(cz_frames_raw(o->clip, r, 5, free_at_once, o, NULL), CZ_OK);
    for (size_t i = 0; i < 5; i++)
        cr_assert_null(r[i].data);
    end(o);
}

/* ---- Damage --------------------------------------------------------------------------------- */

Test(frames, damaged_frame_does_not_affect_the_others)
{
    open_clip *o = begin();
    cz_request r[] = {{.frame = 0}, {.frame = 1}, {.frame = 2}, {.frame = 1}};
    cz_error err = {0};
    damage(o, 1);
    cr_assert_eq(cz_frames_raw(o->clip, r, 4, NULL, NULL, &err), CZ_CORRUPT);
    cr_assert_not_null(strstr(err.message, "frame 1 of tiny"), "%s", err.message);
    cr_assert_not_null(strstr(err.message, "c/0/0/0/0"), "%s", err.message);
    cr_assert(is_frame(o, &r[0]) && is_frame(o, &r[2]));
    cr_assert(r[1].rc == CZ_CORRUPT && r[3].rc == CZ_CORRUPT);
    cr_assert(!r[1].data && !r[3].data, "what is damaged isn't given out");
    cz_request_free(r, 4);
    end(o);
}

Test(frames, unchecked_damage_is_delivered)
{
    open_clip *o = begin_with(&(cz_options){.no_check = true});
    cz_request r = {.frame = 1};
    damage(o, 1);
    cr_assert_eq(cz_frames_raw(o->clip, &r, 1, NULL, NULL, NULL), CZ_OK);
    cr_assert_eq(r.size, o->f.size[1]);
    cr_assert_neq(memcmp(r.data, store_fixture_frame(&o->f, 1), r.size), 0);
    cz_request_free(&r, 1);
    end(o);
}

Test(frames, truncated_shard_affects_its_last_frames_only)
{
    open_clip *o = begin();
    cz_request r[] = {{.frame = 0}, {.frame = 1}, {.frame = 2}, {.frame = 3}};
    uint8_t copy[4096];
    size_t len = 0;
    cz_error err = {0};
    memcpy(copy, os_memory_at(o->os, "clips/tiny/video/video/c/0/0/0/0", &len), 300);
    cr_assert_eq(os_put(o->os, "clips/tiny/video/video/c/0/0/0/0", copy,
                        o->f.shard_offset[3] + o->f.size[3] - 1, OS_OVERWRITE, NULL),
                 CZ_OK);
    cr_assert_eq(cz_frames_raw(o->clip, r, 4, NULL, NULL, &err), CZ_CORRUPT);
    cr_assert(is_frame(o, &r[0]) && is_frame(o, &r[1]) && is_frame(o, &r[2]));
    cr_assert_eq(r[3].rc, CZ_CORRUPT);
    cr_assert_not_null(strstr(err.message, "frame 3 of tiny"), "%s", err.message);
    cz_request_free(r, 4);
    end(o);
}

Test(frames, missing_shard)
{
    open_clip *o = begin();
    cz_request r[] = {{.frame = 4}, {.frame = 6}, {.frame = 13}};
    cz_error err = {0};
    cr_assert_eq(os_remove(o->os, "clips/tiny/video/video/c/1/0/0/0", NULL), CZ_OK);
    cr_assert_eq(cz_frames_raw(o->clip, r, 3, NULL, NULL, &err), CZ_ABSENT);
    cr_assert(r[0].rc == CZ_ABSENT && r[1].rc == CZ_ABSENT);
    cr_assert(is_frame(o, &r[2]));
    cr_assert_not_null(strstr(err.message, "frame 4 of tiny"), "%s", err.message);
    cr_assert_not_null(strstr(err.message, "c/1/0/0/0"), "%s", err.message);
    cz_request_free(r, 3);
    end(o);
}

typedef struct trouble {
    int left; /* ranges until it comes */
    int code;
} trouble;

static int fail_once(void *user, os_op op, const char *key, cz_error *err)
{
    trouble *t = user;
    if (op != OS_GET || t->left-- != 0)
        return CZ_OK;
    return cz_fail(err, t->code, "%s: scripted", key);
}

static int drop(void *user, const void *data, size_t n)
{
    (void)user;
    (void)data;
    (void)n;
    return CZ_OK;
}

/* An object that is gone because the clip was removed, or another took its place, is no damage. */
Test(frames, clip_removed_or_replaced_meanwhile)
{
    open_clip *o = begin();
    char key[KEY_MAX], marker[KEY_MAX];
    cz_error err = {0};
    cz_request want = {.frame = 0};
    shard_key(key, ZARR_V3, FIXTURE_NAME, 0);
    clip_key(marker, FIXTURE_NAME, MARK);
    cr_assert_eq(os_remove(o->os, key, NULL), CZ_OK);
    cr_expect_eq(cz_frames_raw(o->clip, &want, 1, NULL, NULL, &err), CZ_ABSENT);

    cr_assert_eq(os_remove(o->os, marker, NULL), CZ_OK);
    cr_expect_eq(cz_frames_raw(o->clip, &want, 1, NULL, NULL, &err), CZ_CHANGED);
    cr_expect_str_eq(err.message, "clips/" FIXTURE_NAME ": removed or replaced while it was read");
    cr_expect_str_eq(err.hint, "open it again");
    cr_expect_eq(cz_restore(o->clip, drop, NULL, &err), CZ_CHANGED);
    const void *column;
    clip_key(key, FIXTURE_NAME, "index/time/c/0");
    cr_assert_eq(os_remove(o->os, key, NULL), CZ_OK);
    cr_expect_eq(cz_column_read(&column, o->clip, CZ_TIME, &err), CZ_CHANGED);
    end(o);
}

/* A failed read of several frames is retried frame by frame, unless the store is unreachable. */
Test(frames, read_errors)
{
    static const int codes[] = {CZ_IO, CZ_UNREACHABLE, CZ_DENIED};
    for (size_t i = 0; i < 3; i++) {
        open_clip *o = begin();
        trouble t = {0, codes[i]};
        cz_error err = {0};
        cz_request r[] = {{.frame = 13}, {.frame = 0}, {.frame = 1}};
        os_memory_fault(o->os, fail_once, &t);
        const int rc = cz_frames_raw(o->clip, r, 3, NULL, NULL, &err);
        cr_assert(is_frame(o, &r[0]), "another shard");
        if (codes[i] == CZ_IO) {
            cr_assert_eq(rc, CZ_OK);
            cr_assert(is_frame(o, &r[1]) && is_frame(o, &r[2]));
        } else {
            cr_assert_eq(rc, codes[i]);
            cr_assert(r[1].rc == codes[i] && r[2].rc == codes[i]);
            cr_assert_not_null(strstr(err.message, "scripted"), "%s", err.message);
        }
        cz_request_free(r, 3);
        end(o);
    }
}

/* Without memory frames fail one by one; nothing leaks, and each is over once. */
Test(frames, without_memory)
{
    open_clip *o = begin();
    for (size_t n = 1;; n++) {
        cz_request r[] = {{.frame = 0}, {.frame = 1}, {.frame = 1}, {.frame = 6}, {.frame = 13}};
        seen_requests s = {.req = r};
        alloc_fail_at(n);
        const int rc = cz_frames_raw(o->clip, r, 5, count_done, &s, NULL);
        const bool failed = alloc_fail_end();
        cr_assert_eq(s.n, 5);
        int worst = CZ_OK;
        for (size_t i = 0; i < 5; i++) {
            cr_assert_eq(s.times[i], 1);
            cr_assert(is_frame(o, &r[i]) || r[i].rc == CZ_NOMEM, "allocation %zu: %d", n, r[i].rc);
            if (r[i].rc < 0)
                worst = r[i].rc;
        }
        cr_assert_eq(rc, worst);
        cz_request_free(r, 5);
        if (!failed) {
            cr_assert_eq(rc, CZ_OK);
            break;
        }
    }
    end(o);
}

/* ---- Bounds --------------------------------------------------------------------------------- */

/* Frames of real size over the tiny clip: what its columns say is changed where it is open. */
enum { LARGE_FRAMES = FIXTURE_FRAMES };

static uint8_t *make_large(open_clip *o, uint32_t each)
{
    uint32_t *size = (uint32_t *)(uintptr_t)clip_sizes(o->clip);
    uint64_t *offset = (uint64_t *)(uintptr_t)clip_offsets(o->clip);
    uint32_t *crc = (uint32_t *)(uintptr_t)clip_checksums(o->clip);
    uint8_t *all = malloc((size_t)LARGE_FRAMES * each);
    cr_assert_not_null(all);
    o->clip->marker->facts.frames_per_shard = LARGE_FRAMES;
    for (size_t i = 0; i < LARGE_FRAMES; i++) {
        memset(all + i * each, (int)i, each);
        size[i] = each;
        offset[i] = i * each;
        crc[i] = crc32c(0, all + i * each, each);
    }
    cr_assert_eq(os_put(o->os, "clips/tiny/video/video/c/0/0/0/0", all, (size_t)LARGE_FRAMES * each,
                        OS_OVERWRITE, NULL),
                 CZ_OK);
    return all;
}

static void fetch_large(const open_clip *o, const uint64_t *frame, size_t n, const uint8_t *all)
{
    cz_request r[LARGE_FRAMES] = {{0}};
    for (size_t i = 0; i < n; i++)
        r[i].frame = frame[i];
    cr_assert_eq(cz_frames_raw(o->clip, r, n, NULL, NULL, NULL), CZ_OK);
    for (size_t i = 0; i < n; i++)
        cr_assert_eq(memcmp(r[i].data, all + r[i].frame * r[i].size, r[i].size), 0);
    cz_request_free(r, n);
}

static const uint64_t every[LARGE_FRAMES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};

/* Where a range costs as much as to read a MiB. */
Test(frames, ranges_are_merged_up_to_eight_times_their_cost)
{
    open_clip *o = begin();
    const uint32_t each = 700 << 10;
    uint8_t *all = make_large(o, each);
    o->counting.base.range_cost = 1 << 20;
    fetch_large(o, every, LARGE_FRAMES, all);
    cr_assert_eq(o->counting.ranges, 2, "eleven frames in 8 MiB");
    cr_assert_eq(o->counting.trips, 1);

    /* What lies between the first two is more than a MiB, and not worth reading; a frame is. */
    counting_store_reset(&o->counting);
    fetch_large(o, (const uint64_t[]){0, 3, 5}, 3, all);
    cr_assert_eq(o->counting.ranges, 2);
    cr_assert_eq(o->counting.bytes, (uint64_t)4 * each);

    /* Where a range costs little, nothing of this pays. */
    counting_store_reset(&o->counting);
    o->counting.base.range_cost = 16 << 10;
    fetch_large(o, every, LARGE_FRAMES, all);
    cr_assert_eq(o->counting.ranges, LARGE_FRAMES);
    free(all);
    end(o);
}

Test(frames, what_is_in_flight_is_bounded)
{
    open_clip *o = begin();
    uint8_t *all = make_large(o, 5 << 20);
    fetch_large(o, every, LARGE_FRAMES, all);
    cr_assert_eq(o->counting.ranges, LARGE_FRAMES, "too large to be merged");
    cr_assert_eq(o->counting.trips, 3);
    cr_assert_leq(o->counting.most, 32 << 20);
    free(all);
    end(o);
}
