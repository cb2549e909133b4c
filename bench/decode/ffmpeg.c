#include "bench/decode/ffmpeg.h"

#include <libavutil/imgutils.h>

static int open_scaler(peer *p, int is_444, int width, int height, int scale)
{
    const enum AVPixelFormat format = is_444 ? AV_PIX_FMT_YUV444P12LE : AV_PIX_FMT_YUV422P10LE;
    const int w = width / scale, h = height / scale;
    p->scaler = sws_getContext(width, height, format, w, h, format, SWS_AREA, NULL, NULL, NULL);
    if (!p->scaler || av_image_alloc(p->small, p->small_stride, w, h, format, 32) < 0)
        return -1;
    return 0;
}

int peer_open(peer *p, int is_444, int threads, int width, int height, int scale)
{
    *p = (peer){.packet = av_packet_alloc(), .frame = av_frame_alloc()};
    const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_PRORES);
    p->codec = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!p->codec || !p->packet || !p->frame)
        return -1;
    p->codec->codec_tag = is_444 ? MKTAG('a', 'p', '4', 'h') : MKTAG('a', 'p', 'c', 'n');
    p->codec->thread_count = threads;
    p->codec->thread_type = FF_THREAD_SLICE; /* one frame over n threads, as ours is */
    if (avcodec_open2(p->codec, codec, NULL) < 0)
        return -1;
    return scale ? open_scaler(p, is_444, width, height, scale) : 0;
}

int peer_decode(peer *p, uint8_t *data, size_t size)
{
    p->packet->data = data;
    p->packet->size = (int)size;
    if (avcodec_send_packet(p->codec, p->packet) < 0 ||
        avcodec_receive_frame(p->codec, p->frame) < 0)
        return -1;
    if (p->scaler)
        sws_scale(p->scaler, (const uint8_t *const *)p->frame->data, p->frame->linesize, 0,
                  p->frame->height, p->small, p->small_stride);
    return 0;
}

void peer_close(peer *p)
{
    sws_freeContext(p->scaler);
    av_freep(&p->small[0]);
    av_frame_free(&p->frame);
    av_packet_free(&p->packet);
    avcodec_free_context(&p->codec);
}
