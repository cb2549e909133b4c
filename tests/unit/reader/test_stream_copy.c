/* reader/stream_copy.c: frames of a clip as a movie, and errors. The contents of movies are
 * checked with FFmpeg in tests/e2e/test_frames.py and tests/python/test_movie.py. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mov/mov.h"
#include "reader/reader.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/movie_fixture.h"

enum { FRAMES = 20, EACH = 300 };

static movie_fixture movie;
static cz_clip *clip;

static void begin(void)
{
    movie_fixture_make(&movie, FRAMES, EACH, 0);
    cr_assert_eq(cz_movie_open(&clip, movie.path, NULL, NULL), CZ_OK);
}

static void end(void)
{
    cz_clip_close(&clip);
    movie_fixture_remove(&movie);
}

TestSuite(stream_copy, .init = begin, .fini = end);

/* Takes `room` bytes, then fails with `code`. */
typedef struct sink {
    buf bytes;
    size_t room;
    int code;
} sink;

static int take(void *user, const void *data, size_t n)
{
    sink *s = user;
    if (n > s->room)
        return s->code;
    s->room -= n;
    buf_add(&s->bytes, data, n);
    return s->bytes.bad ? CZ_NOMEM : CZ_OK;
}

static int read_sink(void *ctx, uint64_t offset, void *to, size_t len, cz_error *err)
{
    const buf *b = ctx;
    if (offset > b->len || len > b->len - offset)
        return cz_fail(err, CZ_CHANGED, "the end");
    memcpy(to, b->at + offset, len);
    return CZ_OK;
}

Test(stream_copy, every_third_frame)
{
    const uint64_t frame[] = {0, 3, 6, 9};
    sink s = {.room = SIZE_MAX};
    mov_movie *m = NULL;
    cz_request want = {.frame = 6};
    cr_assert_eq(cz_movie_write(clip, CZ_MOV, frame, 4, take, &s, NULL), CZ_OK);
    const mov_input in = {read_sink, &s.bytes, s.bytes.len, "copy"};
    cr_assert_eq(mov_open(&m, &in, NULL), CZ_OK);
    cr_assert_eq(m->n_frames, 4);
    cr_assert_eq(mov_time_ns(&m->times, 2), 2 * mov_time_ns(&m->times, 1));
    cr_assert_eq(cz_frames_raw(clip, &want, 1, NULL, NULL, NULL), CZ_OK);
    cr_assert_eq(m->size[2], want.size);
    cr_assert_arr_eq(s.bytes.at + m->offset[2], want.data, want.size);
    cz_request_free(&want, 1);
    mov_close(&m);
    buf_free(&s.bytes);
}

Test(stream_copy, invalid_requests)
{
    const uint64_t back[] = {3, 2}, twice[] = {3, 3}, beyond[] = {FRAMES};
    sink s = {.room = SIZE_MAX};
    cz_error err = {0};
    cr_assert_eq(cz_movie_write(clip, CZ_MOV, back, 2, take, &s, &err), CZ_USAGE);
    cr_assert_str_eq(err.message, "frame 2 after 3: frames of a movie must ascend");
    cr_assert_eq(cz_movie_write(clip, CZ_MOV, twice, 2, take, &s, &err), CZ_USAGE);
    cr_assert_eq(cz_movie_write(clip, CZ_MOV, beyond, 1, take, &s, &err), CZ_ABSENT);
    cr_assert_eq(cz_movie_write(clip, CZ_MOV, back, 0, take, &s, &err), CZ_USAGE);
    cr_assert_eq(cz_movie_write(clip, (cz_container)2, back, 1, take, &s, &err), CZ_USAGE);
    cr_assert_eq(cz_movie_write_frame((cz_container)2, "", 0, take, &s, &err), CZ_USAGE);
    cr_assert_eq(cz_movie_write_frame(CZ_AVI, "RIFF", 4, take, &s, &err), CZ_FORMAT);
    cr_assert_str_eq(err.message, "4 bytes: not a ProRes frame");
    cr_assert_eq(s.bytes.len, 0);
}

Test(stream_copy, write_error_stops)
{
    const uint64_t frame[] = {1, 2, 3};
    for (size_t room = 0; room < (size_t)3 * EACH; room += 100)
        for (int container = CZ_MOV; container <= CZ_AVI; container++) {
            sink s = {.room = room, .code = CZ_FULL};
            cz_error err = {0};
            cr_assert_eq(cz_movie_write(clip, (cz_container)container, frame, 3, take, &s, &err),
                         CZ_FULL);
            cr_assert_eq(err.code, CZ_FULL);
            buf_free(&s.bytes);
        }
}

Test(stream_copy, one_frame)
{
    cz_request want = {.frame = 5};
    cr_assert_eq(cz_frames_raw(clip, &want, 1, NULL, NULL, NULL), CZ_OK);
    for (int container = CZ_MOV; container <= CZ_AVI; container++) {
        sink s = {.room = SIZE_MAX};
        cr_assert_eq(
            cz_movie_write_frame((cz_container)container, want.data, want.size, take, &s, NULL),
            CZ_OK);
        cr_assert_gt(s.bytes.len, want.size);
        cr_assert_not_null(memmem(s.bytes.at, s.bytes.len, want.data, want.size));
        s.room = want.size;
        s.code = CZ_CANCELLED;
        cr_assert_eq(
            cz_movie_write_frame((cz_container)container, want.data, want.size, take, &s, NULL),
            CZ_CANCELLED);
        buf_free(&s.bytes);
        /* A byte too many, or too few. */
        cr_assert_eq(
            cz_movie_write_frame((cz_container)container, want.data, want.size - 1, take, &s, NULL),
            CZ_FORMAT);
    }
    cz_request_free(&want, 1);
}

/* Ranges that are read together need memory that is done without: then the movie is the same. */
Test(stream_copy, without_memory)
{
    const uint64_t frame[] = {0, 1};
    for (int container = CZ_MOV; container <= CZ_AVI; container++) {
        sink whole = {.room = SIZE_MAX};
        bool failed = true;
        cr_assert_eq(cz_movie_write(clip, (cz_container)container, frame, 2, take, &whole, NULL),
                     CZ_OK);
        for (size_t n = 1; failed; n++) {
            sink s = {.room = SIZE_MAX};
            alloc_fail_at(n);
            const int rc = cz_movie_write(clip, (cz_container)container, frame, 2, take, &s, NULL);
            failed = alloc_fail_end();
            cr_assert(rc == CZ_OK || (failed && rc == CZ_NOMEM), "allocation %zu: %d", n, rc);
            if (rc == CZ_OK) {
                cr_assert_eq(s.bytes.len, whole.bytes.len);
                cr_assert_arr_eq(s.bytes.at, whole.bytes.at, whole.bytes.len);
            }
            buf_free(&s.bytes);
        }
        buf_free(&whole.bytes);
    }
}
