/* The peer: libavcodec's ProRes decoder, and libswscale behind it for smaller pictures. */
#ifndef CZ_BENCH_DECODE_FFMPEG_H
#define CZ_BENCH_DECODE_FFMPEG_H

#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>

typedef struct peer {
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame; /* the last one decoded */
    struct SwsContext *scaler;
    uint8_t *small[4];
    int small_stride[4];
} peer;

/* `scale` 0: decode alone; 8: to an eighth as well, by area. 4:4:4 decodes to 12 bit. */
int peer_open(peer *p, int is_444, int threads, int width, int height, int scale);
int peer_decode(peer *p, uint8_t *data, size_t size);
void peer_close(peer *p);

#endif
