#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "cli/picture/picture.h"

enum { QUALITY = 95, COMMENT_MAX = 65533, STEP = 64 << 10 };

typedef struct jpeg_job {
    struct jpeg_error_mgr base; /* the first member: libjpeg passes its address */
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

/* Destination: appends to a buf, in steps. */
typedef struct jpeg_out {
    struct jpeg_destination_mgr base; /* the first member */
    buf *out;
} jpeg_out;

static void make_room(j_compress_ptr jpeg)
{
    jpeg_out *to = (jpeg_out *)jpeg->dest;
    to->base.next_output_byte = buf_grow(to->out, STEP);
    to->base.free_in_buffer = STEP;
    if (!to->base.next_output_byte)
        ERREXIT1(jpeg, JERR_OUT_OF_MEMORY, 0);
}

static boolean step_is_full(j_compress_ptr jpeg)
{
    make_room(jpeg);
    return TRUE;
}

static void give_back(j_compress_ptr jpeg)
{
    jpeg_out *to = (jpeg_out *)jpeg->dest;
    to->out->len -= to->base.free_in_buffer;
}

static void write_all(struct jpeg_compress_struct *jpeg, const picture *p, const buf *comment)
{
    const unsigned channels = cz_layout_channels(p->layout);
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
    jpeg_out to = {{.init_destination = make_room,
                    .empty_output_buffer = step_is_full,
                    .term_destination = give_back},
                   out};
    buf comment = {0};
    int rc = CZ_OK;
    picture_describe(&comment, p);
    jpeg.err = jpeg_std_error(&job.base);
    job.base.error_exit = failed;
    job.base.output_message = silent;
    if (setjmp(job.back)) {
        rc = out->bad ? CZ_NOMEM : CZ_IO;
    } else {
        jpeg_create_compress(&jpeg);
        jpeg.dest = &to.base;
        write_all(&jpeg, p, &comment);
    }
    jpeg_destroy_compress(&jpeg);
    buf_free(&comment);
    return rc;
}
