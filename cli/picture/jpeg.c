#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "cli/picture/picture.h"

enum { COMMENT_MAX = 65533, STEP = 64 << 10, ROWS = 16 /* of the blocks of 4:2:0 */ };

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

/* Chroma samples have the size of so many pixels. */
static void set_chroma(struct jpeg_compress_struct *jpeg, picture_chroma chroma)
{
    jpeg->comp_info[0].h_samp_factor = chroma == CHROMA_444 ? 1 : 2;
    jpeg->comp_info[0].v_samp_factor = chroma == CHROMA_420 ? 2 : 1;
}

static void write_rows(struct jpeg_compress_struct *jpeg, const picture *p, size_t row)
{
    JSAMPROW lines[ROWS];
    while (jpeg->next_scanline < jpeg->image_height) {
        const JDIMENSION left = jpeg->image_height - jpeg->next_scanline;
        const JDIMENSION n = left < ROWS ? left : ROWS;
        for (JDIMENSION i = 0; i < n; i++)
            lines[i] = (JSAMPROW)(uintptr_t)(p->pixels + (jpeg->next_scanline + i) * row);
        (void)jpeg_write_scanlines(jpeg, lines, n);
    }
}

static void write_all(struct jpeg_compress_struct *jpeg, const picture *p,
                      const picture_options *options, const buf *comment)
{
    const unsigned channels = cz_layout_channels(p->layout);
    const size_t row = (size_t)p->shape.width * channels;
    jpeg->image_width = p->shape.width;
    jpeg->image_height = p->shape.height;
    jpeg->input_components = (int)channels;
    jpeg->in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, options->quality, TRUE);
    jpeg->dct_method = JDCT_ISLOW;
    if (channels > 1)
        set_chroma(jpeg, options->chroma);
    jpeg_start_compress(jpeg, TRUE);
    if (comment->len <= COMMENT_MAX)
        jpeg_write_marker(jpeg, JPEG_COM, comment->at, (unsigned)comment->len);
    write_rows(jpeg, p, row);
    jpeg_finish_compress(jpeg);
}

int picture_jpeg(buf *out, picture_writer *w, const picture *p, cz_error *err)
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
        write_all(&jpeg, p, &w->options, &comment);
    }
    jpeg_destroy_compress(&jpeg);
    buf_free(&comment);
    return rc;
}
