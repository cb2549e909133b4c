#include "tests/prores/peer.h"

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(bool ok, const char *what)
{
    if (ok)
        return;
    (void)fprintf(stderr, "FFmpeg: %s\n", what);
    exit(EXIT_FAILURE);
}

AVFrame *peer_decode(const uint8_t *frame, size_t len, int width, int height, bool twelve)
{
    const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_PRORES);
    AVCodecContext *c = codec ? avcodec_alloc_context3(codec) : NULL;
    AVFrame *out = av_frame_alloc();
    AVPacket *packet = av_packet_alloc();
    need(c && out && packet && av_new_packet(packet, (int)len) == 0, "no ProRes decoder");
    memcpy(packet->data, frame, len);
    av_log_set_level(AV_LOG_QUIET);
    c->width = width;
    c->height = height;
    c->thread_count = 1;
    c->codec_tag = twelve ? MKTAG('a', 'p', '4', 'h') : MKTAG('a', 'p', 'c', 'n');
    need(avcodec_open2(c, codec, NULL) == 0, "the decoder didn't open");
    if (avcodec_send_packet(c, packet) < 0 || avcodec_receive_frame(c, out) < 0)
        av_frame_free(&out);
    av_packet_free(&packet);
    avcodec_free_context(&c);
    return out;
}

AVFrame *peer_picture(enum AVPixelFormat format, int width, int height)
{
    AVFrame *out = av_frame_alloc();
    need(out != NULL, "out of memory");
    out->format = format;
    out->width = width;
    out->height = height;
    need(av_frame_get_buffer(out, 0) == 0, "out of memory");
    return out;
}

static bool is_full(enum AVPixelFormat format)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(format);
    return d->nb_components < 3 || (d->flags & AV_PIX_FMT_FLAG_RGB) != 0;
}

AVFrame *peer_convert(const AVFrame *in, enum AVPixelFormat format, int colorspace)
{
    AVFrame *out = peer_picture(format, in->width, in->height);
    const int flags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_BITEXACT;
    struct SwsContext *sws = sws_getContext(in->width, in->height, in->format, in->width,
                                            in->height, format, flags, NULL, NULL, NULL);
    need(sws != NULL, "no conversion");
    const int *coefs = sws_getCoefficients(colorspace);
    (void)sws_setColorspaceDetails(sws, coefs, is_full(in->format), coefs, is_full(format), 0,
                                   1 << 16, 1 << 16);
    sws_scale(sws, (const uint8_t *const *)in->data, in->linesize, 0, in->height, out->data,
              out->linesize);
    sws_freeContext(sws);
    return out;
}

static AVCodecContext *open_encoder(const peer_encoder *how, const AVFrame *picture)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(how->name);
    AVCodecContext *c = codec ? avcodec_alloc_context3(codec) : NULL;
    need(c != NULL, how->name);
    c->width = picture->width;
    c->height = picture->height;
    c->pix_fmt = picture->format;
    c->time_base = (AVRational){1, 25};
    c->thread_count = 1;
    if (how->interlace)
        c->flags |= AV_CODEC_FLAG_INTERLACED_DCT;
    if (how->quality) {
        c->flags |= AV_CODEC_FLAG_QSCALE;
        c->global_quality = how->quality * FF_QP2LAMBDA;
    }
    need(av_set_options_string(c, how->options, "=", ":") >= 0, how->options);
    if (avcodec_open2(c, codec, NULL) < 0)
        avcodec_free_context(&c);
    return c;
}

bool peer_encode(buf *out, const peer_encoder *how, const AVFrame *picture)
{
    AVCodecContext *c = open_encoder(how, picture);
    AVFrame *in = av_frame_clone(picture);
    AVPacket *packet = av_packet_alloc();
    need(in && packet, "out of memory");
    in->pts = 0;
    in->quality = c ? c->global_quality : 0;
    in->interlaced_frame = how->interlace != 0;
    in->top_field_first = how->interlace == 1;
    const bool ok = c && avcodec_send_frame(c, in) == 0 && avcodec_receive_packet(c, packet) == 0;
    if (ok)
        buf_add(out, packet->data, (size_t)packet->size);
    av_packet_free(&packet);
    av_frame_free(&in);
    avcodec_free_context(&c);
    return ok;
}
