/* convert/input/source_reader.c: blocks filled from a source, with the smallest possible pool. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/input/source_reader.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/temp_folder.h"

enum { LEN = 5 << 20, BLOCK = 70000 };

static char folder[TEMP_PATH], path[TEMP_PATH + 8];
static uint8_t *object, *seen;
static source *from;
static block_pool pool;
static queue *full; /* blocks that keep_block() was given */
static workers *pool_of_one;
static source_digest *sum;
static uint64_t bytes, frames, enough;

static int on_read(void *user, uint64_t n, uint64_t ended, cz_error *err)
{
    (void)user;
    bytes += n;
    frames += ended;
    return bytes > enough ? cz_fail(err, CZ_CANCELLED, "enough") : CZ_OK;
}

/* Block k holds the bytes of the file from k * BLOCK on. */
static int copy_block(void *ctx, unsigned worker, void *item, cz_error *err)
{
    block *b = item;
    (void)ctx;
    (void)worker;
    (void)err;
    memcpy(seen + b->number * BLOCK, b->data, b->len);
    block_release(b);
    return CZ_OK;
}

static int keep_block(void *ctx, unsigned worker, void *item, cz_error *err)
{
    (void)ctx;
    (void)worker;
    (void)err;
    (void)queue_push(full, item);
    return CZ_OK;
}

/* A digest and one worker thread. */
static source_reader_outputs outputs_begin(int (*run)(void *, unsigned, void *, cz_error *))
{
    const worker_ops ops = {.run = run};
    cr_assert_eq(source_digest_start(&sum, false, NULL), CZ_OK);
    cr_assert_eq(workers_start(&pool_of_one, 1, 4, &ops, NULL, NULL), CZ_OK);
    return (source_reader_outputs){from, sum, pool_of_one, on_read, NULL};
}

static void outputs_end(char *md5)
{
    char sha256[65];
    cr_assert_eq(workers_join(&pool_of_one, NULL), CZ_OK);
    cr_assert_eq(source_digest_end(&sum, md5, sha256, NULL), CZ_OK);
}

static void begin(size_t blocks)
{
    temp_folder(folder);
    (void)snprintf(path, sizeof path, "%s/a.mov", folder);
    object = malloc(LEN);
    seen = calloc(1, LEN);
    cr_assert(object && seen);
    for (size_t i = 0; i < LEN; i++)
        object[i] = (uint8_t)(i * 7 + i / 251);
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(object, 1, LEN, f) == LEN && fclose(f) == 0);
    cr_assert_eq(source_open(&from, path, NULL, NULL), CZ_OK);
    cr_assert_eq(block_pool_init(&pool, blocks, BLOCK, NULL), CZ_OK);
    cr_assert_eq(queue_new(&full, blocks, NULL), CZ_OK);
    bytes = frames = 0;
    enough = LEN;
}

static void end(void)
{
    queue_free(&full);
    block_pool_free(&pool);
    source_close(&from);
    temp_folder_remove(folder);
    free(object);
    free(seen);
}

/* All of the file in frames of so many bytes, each block given as soon as it is full. */
static int fill(source_reader *in, size_t frame, cz_error *err)
{
    block *b = NULL;
    int rc = CZ_OK;
    uint64_t at = 0;
    for (uint64_t k = 0; rc == CZ_OK && at < LEN; k++) {
        rc = source_reader_block(&b, in, &pool, k, err);
        const uint64_t last = LEN - at < BLOCK ? LEN : at + BLOCK;
        while (rc == CZ_OK && at < last) {
            const uint64_t n = last - at < frame ? last - at : frame;
            rc = source_reader_read(in, b, at, n, err);
            source_reader_frame(in);
            at += n;
        }
        if (rc == CZ_OK)
            rc = source_reader_submit(in, b, err);
    }
    return rc == CZ_OK ? source_reader_finish(in, err) : rc;
}

static int run(size_t frame, char *md5, cz_error *err)
{
    source_reader *in = NULL;
    const source_reader_outputs outputs = outputs_begin(copy_block);
    cr_assert_eq(source_reader_open(&in, &outputs, 0, NULL), CZ_OK);
    const int rc = fill(in, frame, err);
    source_reader_close(&in);
    source_reader_close(&in);
    outputs_end(md5);
    return rc;
}

/* A pool of one block: each is finished before the next one is free. */
Test(source_reader, whole_file_in_order)
{
    static const struct {
        size_t blocks, frame;
    } way[] = {{1, 1000}, {1, BLOCK}, {2, 333}, {3, 64}, {100, 65536}};
    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        char md5[33], expected[33];
        digest *d = NULL;
        cz_error err = {0};
        begin(way[i].blocks);
        cr_assert_eq(digest_new(&d, DIGEST_MD5, NULL), CZ_OK);
        digest_update(d, object, LEN);
        cr_assert_eq(digest_final_hex(d, expected, NULL), CZ_OK);
        digest_free(&d);
        cr_assert_eq(run(way[i].frame, md5, &err), CZ_OK, "%zu: %s", i, err.message);
        cr_expect_eq(memcmp(seen, object, LEN), 0, "%zu", i);
        cr_expect_str_eq(md5, expected);
        cr_expect_eq(bytes, LEN);
        size_t n = 0;
        for (size_t at = 0; at < LEN; at += BLOCK)
            n += ((LEN - at < BLOCK ? LEN - at : BLOCK) - 1) / way[i].frame + 1;
        cr_expect_eq(frames, n);
        end();
    }
}

/* More parts than one range may go to: every other byte into another block. */
Test(source_reader, scattered_ranges)
{
    enum { N = 3000 };
    source_reader *in = NULL;
    block *b[2];
    begin(2);
    const source_reader_outputs outputs = outputs_begin(keep_block);
    cr_assert_eq(source_reader_open(&in, &outputs, 0, NULL), CZ_OK);
    cr_assert_eq(source_reader_block(&b[0], in, &pool, 0, NULL), CZ_OK);
    cr_assert_eq(source_reader_block(&b[1], in, &pool, 1, NULL), CZ_OK);
    for (size_t i = 0; i < N; i++)
        cr_assert_eq(source_reader_read(in, b[i % 2], i, 1, NULL), CZ_OK);
    cr_assert_eq(source_reader_submit(in, b[0], NULL), CZ_OK);
    cr_assert_eq(source_reader_submit(in, b[1], NULL), CZ_OK);
    cr_assert_eq(source_reader_finish(in, NULL), CZ_OK);
    for (size_t i = 0; i < N; i++)
        cr_assert_eq(b[i % 2]->data[i / 2], object[i], "byte %zu", i);
    cr_expect_eq(queue_pop(full), b[0]);
    cr_expect_eq(queue_pop(full), b[1]);
    source_reader_close(&in);
    outputs_end(NULL);
    end();
}

/* Blocks into which nothing is read, more of them than one range has parts. */
Test(source_reader, empty_blocks)
{
    enum { N = 600 };
    source_reader *in = NULL;
    block *b = NULL;
    begin(N);
    const source_reader_outputs outputs = outputs_begin(keep_block);
    cr_assert_eq(source_reader_open(&in, &outputs, 0, NULL), CZ_OK);
    for (uint64_t i = 0; i < N; i++) {
        cr_assert_eq(source_reader_block(&b, in, &pool, i, NULL), CZ_OK);
        if (i % 256 == 255)
            cr_assert_eq(source_reader_read(in, b, 5, 10, NULL), CZ_OK);
        cr_assert_eq(source_reader_submit(in, b, NULL), CZ_OK);
    }
    cr_assert_eq(source_reader_finish(in, NULL), CZ_OK);
    for (uint64_t i = 0; i < N; i++) {
        b = queue_pop(full);
        cr_assert_eq(b->number, i);
        cr_assert_eq(b->len, i % 256 == 255 ? 10 : 0);
        cr_assert_eq(memcmp(b->data, object + 5, b->len), 0);
    }
    source_reader_close(&in);
    outputs_end(NULL);
    end();
}

Test(source_reader, callback_error_is_returned)
{
    cz_error err = {0};
    char md5[33];
    begin(2);
    enough = LEN / 2;
    cr_expect_eq(run(1000, md5, &err), CZ_CANCELLED);
    cr_expect_str_eq(err.message, "enough");
    end();
}

Test(source_reader, truncated_while_read)
{
    cz_error err = {0};
    char md5[33];
    begin(2);
    cr_assert_eq(truncate(path, LEN / 2), 0);
    cr_expect_eq(run(1000, md5, &err), CZ_CHANGED);
    end();
}

Test(source_reader, closed_pool_ends_waiting_for_a_block)
{
    source_reader *in = NULL;
    block *b = NULL;
    begin(1);
    const source_reader_outputs outputs = outputs_begin(keep_block);
    cr_assert_eq(source_reader_open(&in, &outputs, 0, NULL), CZ_OK);
    cr_assert_eq(source_reader_block(&b, in, &pool, 0, NULL), CZ_OK);
    queue_close(pool.free);
    cr_expect_eq(source_reader_block(&b, in, &pool, 1, NULL), CZ_NOMEM);
    source_reader_close(&in);
    outputs_end(NULL);
    end();
}

Test(source_reader, without_memory)
{
    begin(2);
    const source_reader_outputs outputs = outputs_begin(keep_block);
    for (size_t n = 1;; n++) {
        source_reader *in = NULL;
        block *b = NULL;
        alloc_fail_at(n);
        int rc = source_reader_open(&in, &outputs, 0, NULL);
        if (rc == CZ_OK)
            rc = source_reader_block(&b, in, &pool, 0, NULL);
        const bool failed = alloc_fail_end();
        cr_assert(rc == CZ_OK || (failed && rc == CZ_NOMEM), "allocation %zu: %d", n, rc);
        if (b)
            block_release(b);
        source_reader_close(&in);
        if (!failed)
            break;
    }
    outputs_end(NULL);
    end();
}
