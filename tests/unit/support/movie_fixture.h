/* A small ProRes movie in a temporary file, for tests that convert one.
 *
 * The frames have valid headers, followed by noise: enough for everything but a decoder. */
#ifndef CZ_TESTS_UNIT_SUPPORT_MOVIE_FIXTURE_H
#define CZ_TESTS_UNIT_SUPPORT_MOVIE_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

typedef struct movie_fixture {
    char path[128]; /* of the MOV, in a folder of its own under /tmp */
    char folder[96];
    size_t n;      /* frames */
    uint32_t size; /* of each, in bytes */
    size_t first;  /* where the first one lies in the file; the others follow directly */
    size_t bytes;  /* of the file */
} movie_fixture;

/* n frames of size bytes each (64 or more) behind their movie header, and `tail` bytes behind them
 * in a free atom. The name is test-20180712T001500.mov. Fails the running test if it can't. */
void movie_fixture_make(movie_fixture *m, size_t n, uint32_t size, size_t tail);
/* The same of frames that are given, one behind the other in data: size[i] bytes each. */
void movie_fixture_of(movie_fixture *m, const uint8_t *data, const uint32_t *size, size_t n,
                      uint16_t width, uint16_t height);
/* Write len bytes over the file at offset. */
void movie_fixture_patch(const movie_fixture *m, size_t offset, const void *data, size_t len);
void movie_fixture_remove(movie_fixture *m); /* and its folder, with a .md5 file if there is one */

/* The first 28 bytes of a frame: 32 x 32, 4:2:2, progressive, BT.709. */
void movie_fixture_head(uint8_t out[28], uint32_t size);

#endif
