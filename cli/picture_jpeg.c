#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "cli/picture.h"

enum { QUALITY = 95, COMMENT_MAX = 65533 };

typedef struct jpeg_job {
    struct jpeg_error_mgr base; /* the first member: libjpeg hands back its address */
    jmp_buf back;
    cz_error *err;
} jpeg_job;

static void failed(j_common_ptr jpeg)
{
    char why[JMSG_LENGTH_MAX];
    jpeg_job *job = (jpeg_job *)jpeg->err;
    jpeg->err->format_message(jpeg, why);
    cz_fail(job->err, CZ_IO, "jpeg: %s", why);
    longjmp(job->back, 1);
}

static void silent(j_common_ptr jpeg)
{
    (void)jpeg;
}

static void write_all(struct jpeg_compress_struct *jpeg, const picture *p, const buf *comment)
{
    const unsigned channels = layout_channels(p->layout);
    const size_t row = (size_t)p->shape.width * channels;
    jpeg->image_width = p->shape.width;
    jpeg->image_height = p->shape.height;
    jpeg->input_components = (int)channels;
    jpeg->in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, QUALITY, TRUE);
    jpeg->dct_method = JDCT_ISLOW;
    jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor = 1; /* no chroma lost */
    jpeg_start_compress(jpeg, TRUE);
    if (comment->len <= COMMENT_MAX)
        jpeg_write_marker(jpeg, JPEG_COM, comment->at, (unsigned)comment->len);
    while (jpeg->next_scanline < jpeg->image_height) {
        JSAMPROW line = (JSAMPROW)(p->pixels + jpeg->next_scanline * row);
        (void)jpeg_write_scanlines(jpeg, &line, 1);
    }
    jpeg_finish_compress(jpeg);
}

int picture_jpeg(buf *out, const picture *p, cz_error *err)
{
    if (p->layout != CZ_GRAY && p->layout != CZ_RGB24)
        return picture_refuse(p, "jpg", "rgb24 or gray", err);
    struct jpeg_compress_struct jpeg = {0};
    jpeg_job job = {.err = err};
    unsigned char *bytes =
        NULL; /* libjpeg's, grown by it; it has their addresses, not their values */
    unsigned long n = 0;
    buf comment = {0};
    int rc = CZ_OK;
    picture_describe(&comment, p);
    jpeg.err = jpeg_std_error(&job.base);
    job.base.error_exit = failed;
    job.base.output_message = silent;
    if (setjmp(job.back)) {
        rc = CZ_IO;
    } else {
        jpeg_create_compress(&jpeg);
        jpeg_mem_dest(&jpeg, &bytes, &n);
        write_all(&jpeg, p, &comment);
        buf_add(out, bytes, n);
        if (out->bad)
            rc = cz_fail(err, CZ_NOMEM, "jpeg: out of memory");
    }
    jpeg_destroy_compress(&jpeg);
    free(bytes);
    buf_free(&comment);
    return rc;
}
