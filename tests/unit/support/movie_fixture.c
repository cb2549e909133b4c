#include "tests/unit/support/movie_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "mov/write.h"

void movie_fixture_head(uint8_t out[28], uint32_t size)
{
    memset(out, 0, 28);
    wr32be(out, size);
    wr32be(out + 4, FOURCC('i', 'c', 'p', 'f'));
    wr16be(out + 8, 20); /* header size, matrices left out */
    wr32be(out + 12, FOURCC('t', 'e', 's', 't'));
    wr16be(out + 16, 32); /* width */
    wr16be(out + 18, 32); /* height */
    out[20] = 2 << 6;     /* 4:2:2, progressive */
    out[21] = 4;          /* 30000/1001 */
    out[22] = out[23] = out[24] = 1;
}

static void frame(uint8_t *out, uint32_t size, uint32_t *noise)
{
    movie_fixture_head(out, size);
    for (uint32_t i = 28; i < size; i++) {
        *noise = *noise * 1664525 + 1013904223;
        out[i] = (uint8_t)(*noise >> 24);
    }
}

/* The movie's header, to which everything else is added. */
static void begin(buf *file, movie_fixture *m, const uint32_t *size, size_t n, uint16_t width,
                  uint16_t height)
{
    *m = (movie_fixture){.folder = "/tmp/camzarr-test-XXXXXX", .n = n, .size = size[0]};
    cr_assert_not_null(mkdtemp(m->folder));
    (void)snprintf(m->path, sizeof m->path, "%s/test-20180712T001500.mov", m->folder);
    uint32_t *ticks = malloc(n * sizeof *ticks);
    cr_assert_not_null(ticks);
    for (size_t i = 0; i < n; i++)
        ticks[i] = 1001;
    const mov_write_params w = {.codec = FOURCC('a', 'p', 'c', 'n'),
                                .video = {.width = width, .height = height, .depth = 24},
                                .timescale = 30000,
                                .created = UINT64_C(3614198402)}; /* 898 s before the name's time */
    cr_assert_eq(mov_write_header(file, &w, size, ticks, n, NULL), CZ_OK);
    m->first = file->len;
    free(ticks);
}

static void end(buf *file, movie_fixture *m)
{
    m->bytes = file->len;
    FILE *f = fopen(m->path, "wb");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(file->at, 1, file->len, f), file->len);
    cr_assert_eq(fclose(f), 0);
    buf_free(file);
}

void movie_fixture_make(movie_fixture *m, size_t n, uint32_t size, size_t tail)
{
    uint32_t *sizes = malloc(n * sizeof *sizes), noise = 7;
    cr_assert_not_null(sizes);
    for (size_t i = 0; i < n; i++)
        sizes[i] = size;
    buf file = {0};
    begin(&file, m, sizes, n, 32, 32);
    for (size_t i = 0; i < n; i++)
        frame(buf_grow(&file, size), size, &noise);
    if (tail > 0) {
        uint8_t *at = buf_grow(&file, tail);
        memset(at, 0, tail);
        wr32be(at, (uint32_t)tail);
        wr32be(at + 4, FOURCC('f', 'r', 'e', 'e'));
    }
    end(&file, m);
    free(sizes);
}

void movie_fixture_of(movie_fixture *m, const uint8_t *data, const uint32_t *size, size_t n,
                      uint16_t width, uint16_t height)
{
    buf file = {0};
    begin(&file, m, size, n, width, height);
    for (size_t i = 0; i < n; data += size[i++])
        buf_add(&file, data, size[i]);
    end(&file, m);
}

void movie_fixture_patch(const movie_fixture *m, size_t offset, const void *data, size_t len)
{
    FILE *f = fopen(m->path, "r+b");
    cr_assert_not_null(f);
    cr_assert_eq(fseek(f, (long)offset, SEEK_SET), 0);
    cr_assert_eq(fwrite(data, 1, len, f), len);
    cr_assert_eq(fclose(f), 0);
}

void movie_fixture_remove(movie_fixture *m)
{
    char sidecar[160];
    (void)snprintf(sidecar, sizeof sidecar, "%s.md5", m->path);
    (void)unlink(sidecar);
    (void)unlink(m->path);
    (void)rmdir(m->folder);
}
