/* reader/decoder.c: decoding frames in memory. */
#include <camzarr.h>
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/guard.h"

/* 16 x 16 pixels, 4:2:2, progressive, BT.709, made by hand: one slice, whose DC coefficients are
 * all 0 and which has no other. So every sample is the middle of its range. */
static const uint8_t grey[50] = {
    /* clang-format off */
    0, 0, 0, 50, 'i', 'c', 'p', 'f',                 /* the frame: its size, its mark */
    0, 20, 0, 0, 't', 'e', 's', 't', 0, 16, 0, 16,   /* header: size, version, encoder, pixels */
    2 << 6, 0, 1, 1, 1, 0, 0, 0,                     /* 4:2:2; BT.709; no alpha, no matrices */
    8 << 3, 0, 0, 0, 22, 0, 1, 0,                    /* picture: header size, size, one slice */
    0, 12,                                           /* bytes of the slice */
    6 << 3, 1, 0, 2, 0, 2,                           /* its header size, scale, sizes of y and cb */
    0x82, 0x30, 0x82, 0x00, 0x82, 0x00,              /* 100000 1000 1 1; twice 100000 1000 */
    /* clang-format on */
};

static cz_decoder *decoder(void)
{
    cz_decoder *d = NULL;
    cz_error err = {0};
    cr_assert_eq(cz_decoder_new(&d, &err), CZ_OK, "%s", err.message);
    return d;
}

/* The picture that fills a guarded buffer to its last byte. */
static guard picture(cz_shape *out, const cz_view *view, cz_matrix matrix)
{
    cz_error err = {0};
    cz_decoder *d = decoder();
    guard frame = guard_copy(grey, sizeof grey);
    cr_assert_eq(cz_decode(out, d, frame.at, frame.len, view, matrix, NULL, 0, &err), CZ_OK, "%s",
                 err.message);
    guard pixels = guard_new(out->bytes);
    cr_assert_eq(cz_decode(out, d, frame.at, frame.len, view, matrix, pixels.at, pixels.len, &err),
                 CZ_OK, "%s", err.message);
    guard_free(&frame);
    cz_decoder_free(&d);
    return pixels;
}

Test(decoder, planes_equal_those_of_the_frame)
{
    cz_shape shape;
    guard pixels = picture(&shape, NULL, CZ_MATRIX_FRAME);
    cr_assert_eq(shape.width, 16);
    cr_assert_eq(shape.height, 16);
    cr_assert_eq(shape.depth, 10);
    cr_assert_eq(shape.planes, 3);
    cr_assert_eq(shape.plane[1].width, 8);
    cr_assert_eq(shape.plane[1].offset, 512);
    cr_assert_eq(shape.plane[2].offset, 768);
    cr_assert_eq(shape.bytes, 1024);
    for (size_t i = 0; i < shape.bytes; i += 2) {
        uint16_t sample;
        memcpy(&sample, pixels.at + i, 2);
        cr_assert_eq(sample, 512, "byte %zu", i);
    }
    guard_free(&pixels);
}

/* Full range: (512 - 64) * 255 / 876 = 130.4. Without colour no matrix makes a difference. */
Test(decoder, views_and_matrices)
{
    for (cz_matrix matrix = CZ_MATRIX_FRAME; matrix <= CZ_BT2020; matrix++) {
        const cz_view view = {
            .layout = CZ_RGB24, .scale = 2, .x = 1, .y = 2, .width = 5, .height = 6};
        cz_shape shape;
        guard pixels = picture(&shape, &view, matrix);
        cr_assert_eq(shape.bytes, 90);
        for (size_t i = 0; i < shape.bytes; i++)
            cr_assert_eq(pixels.at[i], 130, "byte %zu is %u", i, pixels.at[i]);
        guard_free(&pixels);
    }
}

Test(decoder, invalid_arguments)
{
    uint8_t pixels[1024];
    cz_decoder *d = decoder();
    cz_shape untouched = {.width = 77};
    cz_error err = {0};
    const struct {
        cz_view view;
        cz_matrix matrix;
        size_t len, room;
        int code;
    } calls[] = {
        {.len = 50, .room = 1023, .code = CZ_USAGE},
        {.len = 50, .room = 1024, .matrix = (cz_matrix)4, .code = CZ_USAGE},
        {.len = 50, .room = 1024, .matrix = (cz_matrix)-1, .code = CZ_USAGE},
        {.len = 50, .room = 1024, .view = {.scale = 3}, .code = CZ_USAGE},
        {.len = 50, .room = 1024, .view = {.width = 17, .height = 1}, .code = CZ_USAGE},
        {.len = 50, .room = 1024, .view = {.layout = CZ_YUV444P12}, .code = CZ_UNSUPPORTED},
        {.len = 27, .room = 1024, .code = CZ_FORMAT},
        {.len = 0, .room = 1024, .code = CZ_FORMAT},
        {.len = 49, .room = 1024, .code = CZ_CORRUPT},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        guard frame = guard_copy(grey, calls[i].len);
        const int rc = cz_decode(&untouched, d, frame.at, frame.len, &calls[i].view,
                                 calls[i].matrix, pixels, calls[i].room, &err);
        cr_assert_eq(rc, calls[i].code, "call %zu: %d", i, rc);
        cr_assert_eq(err.code, rc);
        cr_assert_eq(untouched.width, 77);
        guard_free(&frame);
    }
    cz_decoder_free(&d);
}

/* A slice that is damaged is an error, or grey where that is asked for. */
Test(decoder, damage)
{
    uint8_t frame[sizeof grey], pixels[1024];
    cz_shape shape;
    cz_error err = {0};
    cz_decoder *d = decoder();
    memcpy(frame, grey, sizeof grey);
    frame[44] = frame[45] = 0; /* no DC codeword */
    cr_assert_eq(cz_decode(&shape, d, frame, sizeof frame, NULL, CZ_MATRIX_FRAME, pixels,
                           sizeof pixels, &err),
                 CZ_CORRUPT);
    cr_assert_not_null(strstr(err.message, "slice"), "%s", err.message);
    const cz_view view = {.conceal = true};
    cr_assert_eq(cz_decode(&shape, d, frame, sizeof frame, &view, CZ_MATRIX_FRAME, pixels,
                           sizeof pixels, &err),
                 CZ_OK);
    cz_decoder_free(&d);
    cr_assert_null(d);
    cz_decoder_free(&d);
    cz_decoder_free(NULL);
}

Test(decoder, without_memory)
{
    for (size_t n = 1;; n++) {
        uint8_t pixels[1024];
        cz_decoder *d = NULL;
        cz_shape shape;
        int rc;
        alloc_fail_at(n);
        rc = cz_decoder_new(&d, NULL);
        if (rc == CZ_OK)
            rc = cz_decode(&shape, d, grey, sizeof grey, NULL, CZ_MATRIX_FRAME, pixels,
                           sizeof pixels, NULL);
        const bool failed = alloc_fail_end();
        cr_assert_eq(rc, failed ? CZ_NOMEM : CZ_OK, "allocation %zu", n);
        cz_decoder_free(&d);
        if (!failed)
            break;
    }
}

/* Its picture would be 12 GiB; no caller is told to take them. */
Test(decoder, header_alone_allocates_no_huge_picture)
{
    cz_shape shape;
    cz_error err = {0};
    cz_decoder *d = decoder();
    uint8_t frame[sizeof grey];
    memcpy(frame, grey, sizeof grey);
    memset(frame + 16, 0xff, 4);
    const int rc = cz_decode(&shape, d, frame, sizeof frame, NULL, CZ_MATRIX_FRAME, NULL, 0, &err);
    cr_assert_eq(rc, CZ_FORMAT);
    cr_assert_not_null(strstr(err.message, "65535 x 65535"), "%s", err.message);
    cz_decoder_free(&d);
}
